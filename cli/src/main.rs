//! `bro-ml`: finds what is odd in Zeek logs.

mod args;
mod bar;
mod commands;
mod config;
mod database;
mod files;
mod input;
mod output;
mod timings;
mod title;

use args::{Args, Command};
use clap::Parser;
use std::process::ExitCode;
use std::time::Instant;

fn main() -> ExitCode {
    // A folder may hold more logs than a process may have open at first; opening one too many says so itself.
    let _limit = rlimit::increase_nofile_limit(u64::MAX);
    match run(&Args::parse_from(title::arguments())) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if output::is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            output::error(&error);
            ExitCode::from(commands::exit_code(&error))
        }
    }
}

fn run(args: &Args) -> anyhow::Result<()> {
    let timings = timings::listen(&args.global)?;
    let start = Instant::now();
    let result = answer(&args.command);
    if let Some(timings) = timings {
        timings.lines(start.elapsed()).iter().for_each(|line| output::note(line));
    }
    result
}

fn answer(command: &Command) -> anyhow::Result<()> {
    match command {
        Command::Outliers(args) => commands::outliers::run(args),
        Command::Clusters(args) => commands::clusters::run(args),
        Command::Profile(args) => commands::profile::run(args),
        Command::Import(args) => commands::import::run(args),
        Command::Datasets(args) => commands::datasets::run(args),
        Command::Db(args) => commands::db::run(args),
        Command::Check(args) => commands::check::run(args),
        Command::Convert(args) => commands::convert::run(args),
        Command::Features(args) => commands::features::run(args),
        Command::Beacons(args) => commands::beacons::run(args),
        Command::Cut(args) => commands::cut::run(args),
        Command::Runs(args) => commands::runs::run(args),
        Command::Models(args) => commands::models::run(args),
        Command::Labels(args) => commands::labels::run(args),
        Command::Synth(args) => commands::synth::run(args),
        Command::Serve(args) => commands::serve::run(args),
        Command::Demo(args) => commands::demo::run(args),
        Command::Doctor(args) => commands::doctor::run(args),
        Command::Config(args) => commands::config::run(args),
        Command::Completions(args) => commands::shell::completions(args),
        Command::Man(args) => commands::shell::man(args),
    }
}
