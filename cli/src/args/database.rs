use clap::Args as ClapArgs;
use std::path::PathBuf;

/// Which database, and where its password comes from.
#[derive(Debug, ClapArgs)]
pub(crate) struct Database {
    /// Where runs and datasets are kept: sqlite://PATH, mysql://USER@HOST/NAME or postgres://USER@HOST/NAME [default:
    /// `database.url` of the config file, else bro-ml/bro-ml.db in the user's data folder]
    #[arg(long, value_name = "URL", env = "BRO_ML_DATABASE_URL", hide_env_values = true)]
    pub(crate) database: Option<String>,

    /// File whose first line is the database's password [default: that of the address, of ~/.my.cnf or ~/.pgpass, else
    /// asked for on a terminal]
    #[arg(long, value_name = "FILE")]
    pub(crate) password_file: Option<PathBuf>,
}
