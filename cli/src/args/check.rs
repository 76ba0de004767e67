use super::Output;
use clap::Args as ClapArgs;
use std::path::PathBuf;

/// Read every cell of logs and say what they hold: headers, rows, what is wrong with them, how well they were taken.
#[derive(Debug, ClapArgs)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Check {
    /// Logs of any kind, also gzip or zstd compressed; folders are gone through; `-` is standard input
    #[arg(value_name = "LOG", required = true)]
    pub(crate) logs: Vec<PathBuf>,

    /// Take a row that would be mended for a bad one, and fail at the end if there is a bad row or a log is cut off
    #[arg(long)]
    pub(crate) strict: bool,

    /// Columns of rows without a header: the name of a standard log such as conn, or `name:type` pairs
    #[arg(long, value_name = "SCHEMA")]
    pub(crate) schema: Option<String>,

    #[command(flatten)]
    pub(crate) output: Output,
}

const EXAMPLES: &str = "\
Examples:
  bro-ml check conn.log
  bro-ml check /opt/zeek/logs/2026-01-02
  bro-ml check --format json *.log.gz | jq '.logs[] | select(.rejected > 0)'
  bro-ml check --strict conn.log >/dev/null && bro-ml outliers conn.log

Every log is read to its end, whatever is wrong with it. Hidden files of a folder are left out; those that are no Zeek
logs are told and change nothing.

Exit codes: 0 all logs could be read (rows set aside are told), 1 a log could not be read, or --strict found fault,
2 wrong usage.";
