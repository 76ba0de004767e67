//! Runs one benchmark and prints its figures as a JSON line.

use std::process::ExitCode;

use bro_benches::parse;

const USAGE: &str = "usage: bro-ml-bench parse LOG THREADS [RUNS]";

#[expect(clippy::print_stdout, clippy::print_stderr, reason = "the figures are the program's output")]
fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let figures = match args[..] {
        ["parse", log, n_threads] => parse::run(log, n_threads, "5"),
        ["parse", log, n_threads, n_runs] => parse::run(log, n_threads, n_runs),
        _ => Err(USAGE.into()),
    };
    match figures {
        Ok(figures) => {
            println!("{figures}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
