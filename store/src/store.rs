//! The open database.

use std::fmt;

use diesel::{
    Connection,
    connection::{AnsiTransactionManager, TransactionManager},
    prelude::*,
    result::Error as DieselError,
};

use crate::{
    connection::{AnyConnection, connect},
    error::Error,
    migrate::{SchemaStatus, migrate, status},
    url::DatabaseUrl,
};

type Manager = <AnyConnection as Connection>::TransactionManager;

/// One open database with its tables up to date.
///
/// Each writing call is one transaction: it is there in full or not at all. Several stores, in this process or others,
/// may be open on one database; readers do not wait for a writer.
///
/// ```
/// use bro_store::{DatabaseUrl, Store};
/// let mut store = Store::open(&"sqlite://:memory:".parse()?)?;
/// assert!(store.list_runs()?.is_empty());
/// # Ok::<(), bro_store::Error>(())
/// ```
pub struct Store {
    pub(crate) connection: AnyConnection,
    url: DatabaseUrl,
}

impl Store {
    /// Opens a database, creating the file and its folder (SQLite) and all tables where missing.
    ///
    /// # Errors
    /// [`Error::FeatureMissing`], [`Error::Folder`], [`Error::Connect`], [`Error::NewerSchema`], [`Error::Migrate`].
    pub fn open(url: &DatabaseUrl) -> Result<Self, Error> {
        let mut store = Self::open_unmigrated(url)?;
        migrate(&mut store.connection, url)?;
        Ok(store)
    }

    /// Opens a database whatever its tables look like, to ask for its [`schema_status`](Self::schema_status).
    ///
    /// # Errors
    /// [`Error::FeatureMissing`], [`Error::Folder`], [`Error::Connect`].
    pub fn open_unmigrated(url: &DatabaseUrl) -> Result<Self, Error> {
        Ok(Self { connection: connect(url)?, url: url.clone() })
    }

    /// Connects anew in place of a connection that dropped.
    pub(crate) fn reconnect(&mut self) -> Result<(), Error> {
        self.connection = connect(&self.url)?;
        Ok(())
    }

    /// The address the store was opened with.
    #[must_use]
    pub fn url(&self) -> &DatabaseUrl {
        &self.url
    }

    /// Which migrations the database has and which are pending.
    ///
    /// # Errors
    /// [`Error::NewerSchema`] if it has one that this build does not know, [`Error::Migrate`] if it cannot tell.
    pub fn schema_status(&mut self) -> Result<SchemaStatus, Error> {
        status(&mut self.connection, &self.url)
    }

    /// Runs `work` in one transaction, which an error rolls back.
    pub(crate) fn transaction<T>(
        &mut self,
        action: &'static str,
        work: impl FnOnce(&mut AnyConnection) -> QueryResult<T>,
    ) -> Result<T, Error> {
        transaction(&mut self.connection, work).map_err(Error::query(action))
    }
}

/// Runs `work` in one transaction, which an error rolls back.
pub(crate) fn transaction<T, E: From<DieselError>>(
    connection: &mut AnyConnection,
    work: impl FnOnce(&mut AnyConnection) -> Result<T, E>,
) -> Result<T, E> {
    begin(connection)?;
    match work(connection) {
        Ok(value) => {
            Manager::commit_transaction(connection)?;
            Ok(value)
        }
        Err(error) => {
            // What went wrong first is what the caller wants to know; a failed rollback ends with the connection.
            let _rolled_back = Manager::rollback_transaction(connection);
            Err(error)
        }
    }
}

/// Begins a transaction that writes. SQLite's writers queue here: a read lock could not be raised later while another
/// writer waits.
fn begin(connection: &mut AnyConnection) -> QueryResult<()> {
    match connection {
        AnyConnection::Sqlite(connection) => {
            AnsiTransactionManager::begin_transaction_sql(connection, "BEGIN IMMEDIATE")
        }
        #[cfg(any(feature = "mysql", feature = "postgres"))]
        connection => Manager::begin_transaction(connection),
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").field("url", &self.url).finish_non_exhaustive()
    }
}
