use super::Database;
use clap::{Args as ClapArgs, Subcommand};

/// Look after the database.
#[derive(Debug, ClapArgs)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Db {
    #[command(subcommand)]
    pub(crate) action: DbAction,
}

const EXAMPLES: &str = "\
Examples:
  bro-ml db status
  bro-ml db status --database postgres://ann@db.example/zeek --password-file ~/.zeek-password
  bro-ml db check
  bro-ml db copy sqlite://bro-ml.db 'mysql://ann@db.example/zeek?ssl_mode=verify_ca&ssl_ca=ca.pem'

Servers are MariaDB or MySQL (mysql://USER@HOST:PORT/NAME, with unix_socket, ssl_mode and ssl_ca) and PostgreSQL
(postgres://USER@HOST:PORT/NAME, with sslmode, sslrootcert and all that libpq reads), where built in.

Exit codes: 0 done, 1 failed or faults found, 2 wrong usage.";

#[derive(Debug, Subcommand)]
pub(crate) enum DbAction {
    /// Tell which database is used, what it holds, and whether its tables are up to date
    Status {
        #[command(flatten)]
        database: Database,
    },
    /// Make the tables, or bring them up to date; every other command does so too
    Migrate {
        #[command(flatten)]
        database: Database,
    },
    /// Check that all rows are there, and the file of a SQLite database
    Check {
        #[command(flatten)]
        database: Database,
    },
    /// Give the space of deleted rows back, and renew what queries are planned by
    Vacuum {
        #[command(flatten)]
        database: Database,
    },
    /// Copy everything into another database; what it has already stays as it is
    Copy {
        /// The database to read
        #[arg(value_name = "FROM")]
        from: String,
        /// The database to write
        #[arg(value_name = "TO")]
        to: String,
    },
}
