use super::input::{Kind, Reading};
use super::{Database, Format};
use bro_analysis::SampleBy;
use bro_features::FeatureSelection;
use clap::{Args as ClapArgs, ValueEnum};
use std::path::PathBuf;

/// Write the features of logs as a named matrix with the uid of each row, for notebooks; or list them.
#[derive(Debug, ClapArgs)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Features {
    /// Logs, also gzip or zstd compressed; folders, for all logs of this kind below them; `-` is standard input
    #[arg(value_name = "LOG", required_unless_present_any = ["dataset", "list"], conflicts_with = "dataset")]
    pub(crate) logs: Vec<PathBuf>,

    /// Take the logs of a dataset that was imported, in place of files
    #[arg(long, value_name = "NAME", conflicts_with = "schema")]
    pub(crate) dataset: Option<String>,

    /// List the features with their units and definitions, and those that need packets, instead
    #[arg(long, conflicts_with_all = ["logs", "dataset", "out", "to"])]
    pub(crate) list: bool,

    /// How to print the list
    #[arg(long, value_enum, default_value_t = Format::Table, requires = "list")]
    pub(crate) format: Format,

    #[command(flatten)]
    pub(crate) kind: Kind,

    /// Features to write, or the groups flow, history, address, time, window, recent and host, separated by commas
    /// [default: all but those to be named]
    #[arg(long, value_name = "NAMES")]
    pub(crate) features: Option<FeatureSelection>,

    /// What to write: csv, npy with the names and uids in FILE.json, or parquet
    #[arg(long, value_enum, default_value_t = MatrixFormat::Csv)]
    pub(crate) to: MatrixFormat,

    /// Where to write it [default: standard output; npy and parquet need a file]
    #[arg(long, short = 'o', value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,

    /// Bring the columns to mean 0 and variance 1
    #[arg(long)]
    pub(crate) scaled: bool,

    /// Use N rows instead of all
    #[arg(long, value_name = "N")]
    pub(crate) sample: Option<usize>,

    /// How they are drawn: uniform, reservoir, systematic, or stratified:COLUMN to keep the rare values of a column
    #[arg(long, value_name = "HOW", default_value_t, requires = "sample")]
    pub(crate) sample_by: SampleBy,

    /// Seed of the sample
    #[arg(long, value_name = "SEED", default_value_t = 0)]
    pub(crate) seed: u64,

    #[command(flatten)]
    pub(crate) reading: Reading,

    #[command(flatten)]
    pub(crate) database: Database,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum MatrixFormat {
    /// A header and a row for each row of the log, the uid first
    Csv,
    /// numpy's array of f64
    Npy,
    /// A column of uids and one for each feature; a feature of the build
    Parquet,
}

const EXAMPLES: &str = "\
Examples:
  bro-ml features conn.log -o features.csv
  bro-ml features conn.log --features flow,history,window --scaled --to npy -o x.npy
  bro-ml features conn.log --to parquet -o features.parquet
  bro-ml features http.log --sample 10000 --sample-by stratified:method -o sample.csv
  bro-ml features --list --log-kind http --format json

numpy.load('x.npy') gives the matrix; x.npy.json holds its columns (name, unit, definition, and mean and
scale where scaled) and the uid of each row, in the order of the matrix.

Exit codes: 0 done, 1 failed, 2 wrong usage.";
