use super::Reading;
use clap::{Args as ClapArgs, ValueEnum};
use std::path::PathBuf;

/// Write logs in another form: JSON, tab-separated, CSV or Parquet.
#[derive(Debug, ClapArgs)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Convert {
    /// Logs of one kind, also gzip or zstd compressed; `-` is standard input
    #[arg(value_name = "LOG", required = true)]
    pub(crate) logs: Vec<PathBuf>,

    /// The form wanted
    #[arg(long, value_name = "FORM", value_enum)]
    pub(crate) to: Form,

    /// The file to write; `-` is standard output
    #[arg(short = 'o', long = "output", value_name = "FILE", default_value = "-")]
    pub(crate) output: PathBuf,

    /// Take the rows of this path alone, such as conn, where the logs hold several
    #[arg(long, value_name = "PATH")]
    pub(crate) path: Option<String>,

    /// Start each JSON object with `_path`, which tells what it is a row of
    #[arg(long)]
    pub(crate) with_path: bool,

    /// Put an apostrophe before text in CSV that a spreadsheet would take for a formula
    #[arg(long)]
    pub(crate) csv_safe: bool,

    #[command(flatten)]
    pub(crate) reading: Reading,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Form {
    /// One object a line, as Zeek writes it: unset fields are left out
    Json,
    /// Tab-separated with Zeek's own separators and header
    Tsv,
    /// Names, then a row each; unset is nothing, an empty text is ""
    Csv,
    /// Typed columns: times in microseconds, counts unsigned, lists
    Parquet,
}

const EXAMPLES: &str = "\
Examples:
  bro-ml convert conn.log --to parquet -o conn.parquet
  zcat http.*.log.gz | bro-ml convert - --to json | jq .host
  bro-ml convert dns.json --to tsv -o dns.log
  bro-ml convert --to csv --csv-safe --path conn mixed.log -o conn.csv

JSON takes any rows, tab-separated output starts a new header where the columns change. CSV and Parquet, and whatever is
made of JSON, have all columns that occur in the logs; those a row lacks are unset. Rows of several paths do not fit
into one such table: name one with --path. A file that exists is replaced when the new one is complete.

Exit codes: 0 done (rows set aside are told), 1 failed, 2 wrong usage.";
