use super::Database;
use clap::{Args as ClapArgs, Subcommand};

/// Check that the program finds what it needs: database, folders, terminal.
#[derive(Debug, ClapArgs)]
#[command(
    after_help = "Examples:\n  bro-ml doctor\n  bro-ml doctor --database postgres://bro_ml@localhost/bro_ml\n\n\
                  Exit codes: 0 all is well, 1 something is not."
)]
pub(crate) struct Doctor {
    #[command(flatten)]
    pub(crate) database: Database,
}

/// Show the configuration, or where it is read from.
#[derive(Debug, ClapArgs)]
#[command(after_help = "Examples:\n  bro-ml config path\n  bro-ml config show")]
pub(crate) struct Config {
    #[command(subcommand)]
    pub(crate) action: ConfigAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ConfigAction {
    /// Print what is in force, without passwords
    Show {
        #[command(flatten)]
        database: Database,
    },
    /// Print the config file's place, whether it is there or not
    Path,
}
