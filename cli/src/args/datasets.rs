use super::{Database, Filter, Output};
use clap::{Args as ClapArgs, Subcommand};
use std::path::PathBuf;

/// List, show, export or delete imported datasets.
#[derive(Debug, ClapArgs)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Datasets {
    #[command(subcommand)]
    pub(crate) action: DatasetsAction,
}

const EXAMPLES: &str = "\
Examples:
  bro-ml datasets list
  bro-ml datasets show monday --format json | jq .n_records
  bro-ml datasets show monday --rows --host 10.0.0.0/8 --port 443
  bro-ml datasets show monday --rejects
  bro-ml datasets export monday --path conn --from 2026-01-02T08:00:00Z --output morning.log
  bro-ml datasets delete monday

Exit codes: 0 done, 1 failed, 2 wrong usage.";

#[derive(Debug, Subcommand)]
pub(crate) enum DatasetsAction {
    /// List the datasets
    List {
        #[command(flatten)]
        output: Output,
        #[command(flatten)]
        database: Database,
    },
    /// Show a dataset with its logs, or its rows, or what could not be read
    Show(DatasetsShow),
    /// Write the logs of a dataset again, as one log
    Export(DatasetsExport),
    /// Delete a dataset with its rows and labels; runs stay
    Delete {
        /// The dataset
        name: String,
        #[command(flatten)]
        database: Database,
    },
}

#[derive(Debug, ClapArgs)]
pub(crate) struct DatasetsShow {
    /// The dataset
    pub(crate) name: String,

    /// Show its rows, one kind of log at a time
    #[arg(long, conflicts_with = "rejects")]
    pub(crate) rows: bool,

    /// Show the rows that could not be read
    #[arg(long)]
    pub(crate) rejects: bool,

    /// Rows of logs of this kind [default: conn if there are any, else the first]
    #[arg(long, value_name = "KIND", requires = "rows")]
    pub(crate) path: Option<String>,

    /// Show at most N rows or rejects
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub(crate) limit: usize,

    /// Show the rows behind this place, which the page before it named
    #[arg(long, value_name = "PLACE", requires = "rows")]
    pub(crate) after: Option<i64>,

    #[command(flatten)]
    pub(crate) filter: Filter,

    #[command(flatten)]
    pub(crate) output: Output,

    #[command(flatten)]
    pub(crate) database: Database,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct DatasetsExport {
    /// The dataset
    pub(crate) name: String,

    /// Only rows of logs of this kind, such as conn
    #[arg(long, value_name = "KIND")]
    pub(crate) path: Option<String>,

    /// Where the log goes [default: standard output]
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) filter: Filter,

    #[command(flatten)]
    pub(crate) database: Database,
}
