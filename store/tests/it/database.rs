//! A fresh database with real migrations for each test, on each kind of database.

use std::{
    io::Write,
    sync::{
        Once,
        atomic::{AtomicU32, Ordering},
    },
};

use bro_store::{Backend, DatabaseUrl, Store};
use tempfile::TempDir;

/// Makes a test on each database out of one function that takes a `&Fresh`.
macro_rules! on_every_database {
    ($(#[doc = $doc:literal])* fn $name:ident($database:ident) $body:block) => {
        $(#[doc = $doc])*
        mod $name {
            #[allow(unused_imports, clippy::allow_attributes, reason = "not each test needs the imports of its file")]
            use super::*;

            fn check($database: &crate::database::Fresh) $body

            #[test]
            fn sqlite() {
                crate::database::check_on(bro_store::Backend::Sqlite, check);
            }

            #[test]
            fn mysql() {
                crate::database::check_on(bro_store::Backend::Mysql, check);
            }

            #[test]
            fn postgres() {
                crate::database::check_on(bro_store::Backend::Postgres, check);
            }
        }
    };
}
pub(crate) use on_every_database;

/// An empty database of the test's own, gone when dropped.
pub(crate) struct Fresh {
    url: DatabaseUrl,
    /// The server to drop the database from, and its name there.
    server: Option<(String, String)>,
    _folder: TempDir,
}

impl Fresh {
    /// The address of the database.
    pub(crate) fn url(&self) -> &DatabaseUrl {
        &self.url
    }

    /// Another connection to the database.
    pub(crate) fn open(&self) -> Store {
        Store::open(&self.url).unwrap()
    }
}

impl Drop for Fresh {
    fn drop(&mut self) {
        if let Some((server, name)) = &self.server {
            execute(server, &format!("DROP DATABASE IF EXISTS {name}"));
        }
    }
}

/// Runs a check on a fresh database, or says loudly that there is no server for it.
pub(crate) fn check_on(backend: Backend, check: fn(&Fresh)) {
    let folder = tempfile::tempdir().unwrap();
    if backend == Backend::Sqlite {
        let url = DatabaseUrl::sqlite(folder.path().join("fresh.db"));
        return check(&Fresh { url, server: None, _folder: folder });
    }
    let Some(server) = server(backend) else { return };
    static N_MADE: AtomicU32 = AtomicU32::new(0);
    let name = format!("bro_ml_test_{}_{}", std::process::id(), N_MADE.fetch_add(1, Ordering::Relaxed));
    execute(&server, &format!("CREATE DATABASE {name}"));
    let url = at_database(&server, &name).parse().unwrap();
    check(&Fresh { url, server: Some((server, name)), _folder: folder });
}

/// The test server for a kind of database, as the environment names it.
pub(crate) fn server(backend: Backend) -> Option<String> {
    static WARNING: Once = Once::new();
    let variable = match backend {
        Backend::Mysql => "BRO_ML_TEST_MYSQL_URL",
        _ => "BRO_ML_TEST_POSTGRES_URL",
    };
    let url = std::env::var(variable).ok().filter(|_| backend.is_built_in());
    if url.is_none() {
        WARNING.call_once(|| warn(variable));
        let is_required = std::env::var("BRO_ML_REQUIRE_DATABASES").is_ok_and(|value| value == "1");
        assert!(
            !is_required || !backend.is_built_in(),
            "BRO_ML_REQUIRE_DATABASES is 1, but {variable} is not set"
        );
    }
    url
}

/// Straight to standard error, which the test harness does not capture.
fn warn(variable: &str) {
    let message = format!(
        "\n*** The store's tests do NOT run on every database: no {variable}, or its feature is off. \
         scripts/databases starts private servers. ***\n"
    );
    std::io::stderr().write_all(message.as_bytes()).unwrap();
}

/// The server's address with its database replaced.
fn at_database(server: &str, name: &str) -> String {
    let (address, params) = server.split_once('?').unwrap_or((server, ""));
    let (host, _) = address.rsplit_once('/').expect("the address names a database");
    format!("{host}/{name}?{params}")
}

/// Runs one statement on a server or in a database, past the store.
pub(crate) fn execute(url: &str, statement: &str) {
    use diesel::{Connection, connection::SimpleConnection};
    match url.split_once("://") {
        #[cfg(feature = "mysql")]
        Some(("mysql", _)) => {
            diesel::MysqlConnection::establish(url).unwrap().batch_execute(statement).unwrap();
        }
        #[cfg(feature = "postgres")]
        Some(("postgres", _)) => {
            diesel::PgConnection::establish(url).unwrap().batch_execute(statement).unwrap()
        }
        Some(("sqlite", path)) => {
            diesel::SqliteConnection::establish(path).unwrap().batch_execute(statement).unwrap();
        }
        _ => unreachable!("a server is only named where its feature is on"),
    }
}

impl Fresh {
    /// Runs one statement in the database, past the store.
    pub(crate) fn execute(&self, statement: &str) {
        match &self.server {
            Some((server, name)) => execute(&at_database(server, name), statement),
            None => execute(&self.url.to_string(), statement),
        }
    }

    /// The name of the database on its server; empty for a file.
    pub(crate) fn name(&self) -> &str {
        self.server.as_ref().map_or("", |(_, name)| name)
    }

    /// Ends every connection to the database.
    pub(crate) fn kill_connections(&self, name: &str) {
        #[cfg(feature = "mysql")]
        {
            use diesel::{connection::SimpleConnection, prelude::*, sql_types::BigInt};
            let Some((server, _)) = &self.server else { return };
            let mut connection = diesel::MysqlConnection::establish(server).unwrap();
            let ids = format!("id FROM information_schema.processlist WHERE db = '{name}'");
            let ids: Vec<i64> =
                diesel::select(diesel::dsl::sql::<BigInt>(&ids)).load(&mut connection).unwrap();
            ids.iter().for_each(|id| connection.batch_execute(&format!("KILL {id}")).unwrap());
        }
        #[cfg(not(feature = "mysql"))]
        unreachable!("{name}: no server to hang up");
    }
}
