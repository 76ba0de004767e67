use bro_features::LogKind;
use clap::Args as ClapArgs;
use std::path::PathBuf;

/// Where the rows of a question come from: logs, folders of logs, or a dataset. The same for every command.
#[derive(Debug, ClapArgs)]
pub(crate) struct Input {
    /// Logs, also gzip or zstd compressed; folders, for all logs of this kind below them; `-` is standard input
    #[arg(value_name = "LOG", required_unless_present = "dataset", conflicts_with = "dataset")]
    pub(crate) logs: Vec<PathBuf>,

    /// Take the logs of a dataset that was imported, in place of files
    #[arg(long, value_name = "NAME", conflicts_with = "schema")]
    pub(crate) dataset: Option<String>,

    #[command(flatten)]
    pub(crate) reading: Reading,
}

/// How logs are read.
#[derive(Debug, ClapArgs)]
pub(crate) struct Reading {
    /// Fail at the first row that cannot be read, or at a log that is cut off, instead of setting it aside
    #[arg(long)]
    pub(crate) strict: bool,

    /// Columns of rows without a header: the name of a standard log such as conn, or `name:type` pairs
    #[arg(long, value_name = "SCHEMA")]
    pub(crate) schema: Option<String>,
}

/// Which rows a question is about.
#[derive(Debug, ClapArgs)]
pub(crate) struct Kind {
    /// The kind of log to use, conn or http, where several are given [default: that of the first one]
    #[arg(long, value_name = "KIND")]
    pub(crate) log_kind: Option<LogKind>,
}

impl Kind {
    /// The names of the kinds that may be used.
    pub(crate) fn names(&self) -> Vec<&'static str> {
        self.log_kind.map_or_else(|| LogKind::ALL.map(LogKind::name).to_vec(), |kind| vec![kind.name()])
    }
}
