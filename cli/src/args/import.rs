use super::{Database, Format};
use clap::Args as ClapArgs;
use std::path::PathBuf;

/// Import logs of any kind into a dataset of the database. What the dataset has already is not imported again: of a
/// log that has grown only the new rows are, and an import that was interrupted goes on.
#[derive(Debug, ClapArgs)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Import {
    /// Logs, also gzip or zstd compressed; folders, for all logs below them; `-` is standard input
    #[arg(value_name = "LOG", required = true)]
    pub(crate) logs: Vec<PathBuf>,

    /// Name of the dataset [default: that of the folder; of one log, its own without `.log` and `.gz`; of several logs,
    /// that of their folder]
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,

    /// Of folders, take only logs of these kinds, such as conn,http [default: all]
    #[arg(long, value_name = "KINDS", value_delimiter = ',')]
    pub(crate) kinds: Vec<String>,

    /// Columns of rows without a header: the name of a standard log such as conn, or `name:type` pairs
    #[arg(long, value_name = "SCHEMA")]
    pub(crate) schema: Option<String>,

    /// Make three columns of a last one whose parts stand three blanks apart, as in the labels of IoT-23
    #[arg(long)]
    pub(crate) split_labels: bool,

    /// Send rows to MariaDB with LOAD DATA LOCAL INFILE, which is faster. Only for a server you trust: it lets the server
    /// read files of this machine
    #[arg(long)]
    pub(crate) load_data: bool,

    /// How to print what was imported
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub(crate) format: Format,

    #[command(flatten)]
    pub(crate) database: Database,
}

const EXAMPLES: &str = "\
Examples:
  bro-ml import conn.log --name monday
  bro-ml import /opt/zeek/logs/2026-01-02
  bro-ml import /opt/zeek/logs --name all --kinds conn,http
  zcat conn.log.gz | bro-ml import - --name piped
  bro-ml outliers --dataset monday

Exit codes: 0 done, 1 failed, 2 wrong usage. What was stored before a failure stays; the same command goes on.";
