use super::{Database, Format};
use clap::{Args as ClapArgs, Subcommand};
use std::path::PathBuf;

/// List, show, export or delete stored models.
#[derive(Debug, ClapArgs)]
#[command(
    after_help = "Examples:\n  bro-ml models list\n  bro-ml models show 3\n  bro-ml models export 3 beacons.json\n  bro-ml models delete 3"
)]
pub(crate) struct Models {
    #[command(subcommand)]
    pub(crate) action: ModelsAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ModelsAction {
    /// List the stored models, the latest first
    List {
        /// How to print them
        #[arg(long, value_enum, default_value_t = Format::Table)]
        format: Format,
        /// Time zone of printed times: UTC, local, or a name such as Europe/Berlin
        #[arg(long, value_name = "ZONE", default_value = "UTC")]
        tz: String,
        #[command(flatten)]
        database: Database,
    },
    /// Show how a model was made, as JSON
    Show {
        /// The model's number
        id: i64,
        #[command(flatten)]
        database: Database,
    },
    /// Write a model to a file
    Export {
        /// The model's number
        id: i64,
        /// The file
        file: PathBuf,
        #[command(flatten)]
        database: Database,
    },
    /// Delete a model
    Delete {
        /// The model's number
        id: i64,
        #[command(flatten)]
        database: Database,
    },
}
