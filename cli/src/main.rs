//! `bro-ml`: finds what is odd in Zeek logs.

mod args;
mod bar;
mod commands;
mod database;
mod input;
mod output;

use args::{Args, Command};
use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    let args = Args::parse();
    let result = match &args.command {
        Command::Outliers(args) => commands::outliers::run(args),
        Command::Clusters(args) => commands::clusters::run(args),
        Command::Cut(args) => commands::cut::run(args),
        Command::Runs(args) => commands::runs::run(args),
        Command::Demo(args) => commands::demo::run(args),
        Command::Completions(args) => commands::shell::completions(args),
        Command::Man(args) => commands::shell::man(args),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if output::is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            output::error(&error);
            ExitCode::from(commands::exit_code(&error))
        }
    }
}
