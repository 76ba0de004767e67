//! What can go wrong with a database.

use std::{io, path::PathBuf};

use diesel::result::{DatabaseErrorKind, Error as DieselError};

use crate::{runs::RunId, url::Backend};

/// Everything that can go wrong while storing or reading back.
///
/// No message holds a password; an address is shown as [`DatabaseUrl`](crate::DatabaseUrl) displays it.
///
/// ```
/// let error = "oracle://host/db".parse::<bro_store::DatabaseUrl>().expect_err("no such backend");
/// assert_eq!(
///     error.to_string(),
///     "oracle://host/db: unknown kind of database, expected sqlite://PATH, mysql://… or postgres://…"
/// );
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The address names no database this crate knows.
    #[error("{url}: unknown kind of database, expected sqlite://PATH, mysql://… or postgres://…")]
    UnknownBackend {
        /// The address, without its password.
        url: String,
    },
    /// The address names a database this build cannot talk to.
    #[error("{url}: this build has no {backend}; build it with the feature `{}`", .backend.feature())]
    FeatureMissing {
        /// The address, without its password.
        url: String,
        /// What is missing.
        backend: Backend,
    },
    /// The folder of a SQLite file could not be made.
    #[error("cannot create the folder {}: {source}", .folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The database could not be reached or opened.
    #[error("cannot open {url}: {reason}")]
    Connect {
        /// The address, without its password.
        url: String,
        /// What the database said.
        reason: String,
    },
    /// The tables were made by a newer version of this program.
    #[error("{url} has the newer schema {found}, this build knows {known}: update bro-ml to use it")]
    NewerSchema {
        /// The address, without its password.
        url: String,
        /// The newest migration in the database.
        found: String,
        /// The newest migration of this build.
        known: String,
    },
    /// The tables could not be brought up to date.
    #[error("cannot create or update the tables of {url}: {reason}")]
    Migrate {
        /// The address, without its password.
        url: String,
        /// What the database said.
        reason: String,
    },
    /// The database refused or failed at something.
    #[error("cannot {action}: {}", describe(.source))]
    Query {
        /// What was being done, such as `save the run`.
        action: &'static str,
        /// What the database said.
        source: DieselError,
    },
    /// There is no such run.
    #[error("there is no run {id}")]
    NoSuchRun {
        /// The number asked for.
        id: RunId,
    },
    /// There is no such finding.
    #[error("run {run} has no finding {rank}")]
    NoSuchFinding {
        /// The run.
        run: RunId,
        /// The number asked for.
        rank: u64,
    },
    /// There is no such model.
    #[error("there is no model {id}")]
    NoSuchModel {
        /// The number asked for.
        id: i64,
    },
    /// There is no such dataset.
    #[error("there is no dataset `{name}`")]
    NoSuchDataset {
        /// The name asked for.
        name: String,
    },
    /// Not a name for a dataset.
    #[error(
        "{name:?} is no name for a dataset, expected 1 to 191 characters, none of them control characters"
    )]
    DatasetName {
        /// The name given.
        name: String,
    },
    /// A log could not be read.
    #[error("{name}: {source}")]
    Log {
        /// The log.
        name: String,
        /// What is wrong with it.
        source: bro_log::Error,
    },
    /// Rows that the database should have are not there.
    #[error("{n_missing} rows are missing: something else than bro-ml has changed the tables")]
    RowsMissing {
        /// Their number.
        n_missing: u64,
    },
    /// Another import has stored rows of the same log meanwhile.
    #[error("another import is storing {name}; import it again when that one has ended")]
    ImportRace {
        /// The log.
        name: String,
    },
    /// A score that databases cannot keep.
    #[error("the score of finding {rank} is {score}, expected a finite number")]
    Score {
        /// The finding's rank.
        rank: u64,
        /// Its score.
        score: f64,
    },
    /// A text with a NUL, which PostgreSQL cannot keep.
    #[error("the text of `{field}` holds a NUL character")]
    Nul {
        /// Where it stands.
        field: &'static str,
    },
}

impl Error {
    /// Gives a failed query the action it was part of.
    pub(crate) fn query(action: &'static str) -> impl Fn(DieselError) -> Self {
        move |source| Self::Query { action, source }
    }

    /// Whether the server wants a password and the address has none.
    #[must_use]
    pub fn wants_password(&self) -> bool {
        let Self::Connect { reason, .. } = self else { return false };
        ["using password: NO", "no password supplied"].iter().any(|sign| reason.contains(sign))
    }

    /// Whether the connection is gone, so that only a new one can go on.
    #[must_use]
    pub fn is_disconnected(&self) -> bool {
        match self {
            Self::Connect { .. } => true,
            Self::Query { source: DieselError::BrokenTransactionManager, .. } => true,
            Self::Query { source: DieselError::DatabaseError(kind, info), .. } => {
                matches!(kind, DatabaseErrorKind::ClosedConnection) || is_hang_up(info.message())
            }
            _ => false,
        }
    }
}

/// Refuses texts that one of the databases could not keep, whichever is open.
pub(crate) fn check_text<'a>(
    texts: impl IntoIterator<Item = (&'static str, &'a String)>,
) -> Result<(), Error> {
    match texts.into_iter().find(|(_, text)| text.contains('\0')) {
        Some((field, _)) => Err(Error::Nul { field }),
        None => Ok(()),
    }
}

/// Whether a client library says that the server hung up; MariaDB's has no kind of its own for it.
fn is_hang_up(message: &str) -> bool {
    let signs = [
        "erver has gone away",
        "Lost connection",
        "server closed the connection",
        "terminating connection",
        "no connection to the server",
        "Connection was killed",
    ];
    signs.iter().any(|sign| message.contains(sign))
}

/// What the database said, with the cure where the cause is plain.
fn describe(source: &DieselError) -> String {
    let said = source.to_string();
    let cures = [
        ("readonly database", "the file or its folder cannot be written"),
        ("disk is full", "the disk is full; nothing of this step was kept"),
        ("malformed", "the file is damaged; restore a copy or start a new one"),
        ("not a database", "the file is something else than a SQLite database"),
        ("database is locked", "another program holds it"),
        ("no such table", "its tables were dropped; open it again to have them made"),
    ];
    match cures.iter().find(|(sign, _)| said.contains(sign)) {
        Some((_, cure)) => format!("{said} ({cure})"),
        None => said,
    }
}
