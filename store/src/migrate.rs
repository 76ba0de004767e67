//! Making tables and bringing them up to date, forward only.

#[cfg(any(feature = "mysql", feature = "postgres"))]
use diesel::connection::SimpleConnection;
use diesel::{backend::Backend, migration::MigrationSource, prelude::*};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use crate::{connection::AnyConnection, error::Error, url::DatabaseUrl};

const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
#[cfg(feature = "mysql")]
const MYSQL: EmbeddedMigrations = embed_migrations!("migrations/mysql");
#[cfg(feature = "postgres")]
const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// Any number will do, as long as nobody else takes it.
#[cfg(feature = "postgres")]
const POSTGRES_LOCK: i64 = 0x0062_726f_2d6d_6c00;

diesel::table! {
    __diesel_schema_migrations (version) {
        version -> Text,
    }
}

/// Which migrations a database has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SchemaStatus {
    /// Versions that were run, oldest first.
    pub applied: Vec<String>,
    /// Versions this build would run, oldest first.
    pub pending: Vec<String>,
}

/// Runs the pending migrations under a lock, so that two programs may open one database at once.
///
/// Nothing is written, and no lock taken, when there is nothing to do.
pub(crate) fn migrate(connection: &mut AnyConnection, url: &DatabaseUrl) -> Result<(), Error> {
    if status(connection, url)?.pending.is_empty() {
        return Ok(());
    }
    let failed = |reason: String| Error::Migrate { url: url.to_string(), reason: url.redact(&reason) };
    match connection {
        AnyConnection::Sqlite(connection) => connection
            .exclusive_transaction(|connection| run_pending(connection, SQLITE))
            .map_err(|Failure(reason)| failed(reason)),
        #[cfg(feature = "mysql")]
        AnyConnection::Mysql(connection) => with_lock(
            connection,
            "SELECT GET_LOCK(CONCAT('bro-ml ', DATABASE()), 600)",
            "SELECT RELEASE_LOCK(CONCAT('bro-ml ', DATABASE()))",
            MYSQL,
        )
        .map_err(|Failure(reason)| failed(reason)),
        #[cfg(feature = "postgres")]
        AnyConnection::Postgres(connection) => with_lock(
            connection,
            &format!("SELECT pg_advisory_lock({POSTGRES_LOCK})"),
            &format!("SELECT pg_advisory_unlock({POSTGRES_LOCK})"),
            POSTGRES,
        )
        .map_err(|Failure(reason)| failed(reason)),
    }
}

/// Which migrations the database has and which it lacks; refuses a schema newer than this build.
pub(crate) fn status(connection: &mut AnyConnection, url: &DatabaseUrl) -> Result<SchemaStatus, Error> {
    let known = match connection {
        AnyConnection::Sqlite(_) => known::<diesel::sqlite::Sqlite>(&SQLITE),
        #[cfg(feature = "mysql")]
        AnyConnection::Mysql(_) => known::<diesel::mysql::Mysql>(&MYSQL),
        #[cfg(feature = "postgres")]
        AnyConnection::Postgres(_) => known::<diesel::pg::Pg>(&POSTGRES),
    };
    let failed = |Failure(reason)| Error::Migrate { url: url.to_string(), reason: url.redact(&reason) };
    let (applied, known) = (applied(connection).map_err(failed)?, known.map_err(failed)?);
    if let Some(found) = applied.iter().rev().find(|version| !known.contains(version)) {
        let known = known.last().cloned().unwrap_or_default();
        return Err(Error::NewerSchema { url: url.to_string(), found: found.clone(), known });
    }
    let pending = known.into_iter().filter(|version| !applied.contains(version)).collect();
    Ok(SchemaStatus { applied, pending })
}

/// What diesel's boxed migration errors say.
struct Failure(String);

impl<E: std::fmt::Display> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(error.to_string())
    }
}

/// The versions a database has, oldest first. Asking needs no right but to read, and makes no table.
fn applied(connection: &mut AnyConnection) -> Result<Vec<String>, Failure> {
    let versions = __diesel_schema_migrations::table
        .select(__diesel_schema_migrations::version)
        .order(__diesel_schema_migrations::version)
        .load(connection);
    match versions {
        Err(error) if is_missing_table(&error) => Ok(Vec::new()),
        versions => Ok(versions?),
    }
}

fn is_missing_table(error: &diesel::result::Error) -> bool {
    let said = error.to_string();
    ["no such table", "doesn't exist", "does not exist"].iter().any(|sign| said.contains(sign))
}

/// The versions this build knows, oldest first.
fn known<DB: Backend>(source: &EmbeddedMigrations) -> Result<Vec<String>, Failure> {
    let known = MigrationSource::<DB>::migrations(source)?;
    let mut known: Vec<_> = known.iter().map(|migration| migration.name().version().to_string()).collect();
    known.sort();
    Ok(known)
}

fn run_pending<C, DB>(connection: &mut C, source: EmbeddedMigrations) -> Result<(), Failure>
where
    C: MigrationHarness<DB>,
    DB: Backend,
{
    connection.run_pending_migrations(source)?;
    Ok(())
}

/// Runs the migrations under a lock of the server's, which it also drops when the connection ends.
#[cfg(any(feature = "mysql", feature = "postgres"))]
fn with_lock<C, DB>(
    connection: &mut C,
    lock: &str,
    unlock: &str,
    source: EmbeddedMigrations,
) -> Result<(), Failure>
where
    C: MigrationHarness<DB> + SimpleConnection,
    DB: Backend,
{
    connection.batch_execute(lock)?;
    let migrated = run_pending(connection, source);
    connection.batch_execute(unlock)?;
    migrated
}
