use super::Database;
use clap::Args as ClapArgs;
use std::path::PathBuf;

/// Where an answer is kept, beside being printed.
#[derive(Debug, ClapArgs)]
pub(crate) struct Keep {
    /// Write a self-contained page with the plots and the tables
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) database: Database,

    /// Do not save this run
    #[arg(long)]
    pub(crate) no_save: bool,
}
