use super::Database;
use clap::{Args as ClapArgs, Subcommand};
use std::path::PathBuf;

/// Import, export or set the labels of a dataset's sessions.
#[derive(Debug, ClapArgs)]
#[command(
    after_help = "Examples:\n  bro-ml labels import office labels.tsv\n  bro-ml labels set office CHhAvVGS1DHFjwGM9 beacon\n  bro-ml labels export office >labels.tsv\n  bro-ml beacons train --dataset office"
)]
pub(crate) struct Labels {
    #[command(subcommand)]
    pub(crate) action: LabelsAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum LabelsAction {
    /// Add the labels of a file: uid, label and perhaps a note in each line, or a Zeek log with these fields
    Import {
        /// The dataset
        dataset: String,
        /// The file
        file: PathBuf,
        #[command(flatten)]
        database: Database,
    },
    /// Print the labels of a dataset: uid and label, the last one of each session
    Export {
        /// The dataset
        dataset: String,
        #[command(flatten)]
        database: Database,
    },
    /// Label one session
    Set {
        /// The dataset
        dataset: String,
        /// The session's uid
        uid: String,
        /// What it is, such as beacon or benign
        label: String,
        #[command(flatten)]
        database: Database,
    },
}
