//! Runs benchmarks and prints their figures as JSON lines.

use std::error::Error;
use std::process::ExitCode;

use bro_benches::{describe, ml, parse, profile, records};

const USAGE: &str = "usage: bro-ml-bench parse LOG THREADS [RUNS]
       bro-ml-bench records CONN_LOG [RUNS]
       bro-ml-bench describe CONN_LOG THREADS
       bro-ml-bench profile LOG THREADS [RUNS]
       bro-ml-bench quantiles [RUNS]
       bro-ml-bench ml THREADS [FILTER [RUNS [best|avx2|portable]]]";

#[expect(clippy::print_stderr, reason = "errors are the program's output")]
fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match run(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &[&str]) -> Result<(), Box<dyn Error>> {
    match *args {
        ["parse", log, n_threads] => print(&parse::run(log, n_threads, "5")?.to_string()),
        ["parse", log, n_threads, n_runs] => print(&parse::run(log, n_threads, n_runs)?.to_string()),
        ["records", log] => records::run(log, "5")?.iter().for_each(|row| print(&row.to_string())),
        ["records", log, n_runs] => records::run(log, n_runs)?.iter().for_each(|row| print(&row.to_string())),
        ["describe", log, n_threads] => print(&describe::run(log, n_threads)?.to_string()),
        ["profile", log, n_threads] => print(&profile::run(log, n_threads, "3")?.to_string()),
        ["profile", log, n_threads, n_runs] => print(&profile::run(log, n_threads, n_runs)?.to_string()),
        ["quantiles"] => print(&profile::run_quantiles("5")?.to_string()),
        ["quantiles", n_runs] => print(&profile::run_quantiles(n_runs)?.to_string()),
        ["ml", n_threads] => ml::run(n_threads, "", "5", "best", &mut print)?,
        ["ml", n_threads, filter] => ml::run(n_threads, filter, "5", "best", &mut print)?,
        ["ml", n_threads, filter, n_runs] => ml::run(n_threads, filter, n_runs, "best", &mut print)?,
        ["ml", n_threads, filter, n_runs, set] => ml::run(n_threads, filter, n_runs, set, &mut print)?,
        // One row of `ml`, in the process that it starts for it.
        ["ml-row", name, n_threads, n_runs, set] => {
            print(&ml::run_row(name, n_threads, n_runs, set)?.to_string())
        }
        _ => return Err(USAGE.into()),
    }
    Ok(())
}

#[expect(clippy::print_stdout, reason = "the figures are the program's output")]
fn print(line: &str) {
    println!("{line}");
}
