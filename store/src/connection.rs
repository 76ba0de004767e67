//! Connections to the three databases, and their settings.

use diesel::{Connection as _, connection::SimpleConnection};

use crate::{
    error::Error,
    url::{Backend, DatabaseUrl},
};

/// One open connection; queries that are the same on all databases take it as it is.
#[derive(diesel::MultiConnection)]
pub(crate) enum AnyConnection {
    Sqlite(diesel::sqlite::SqliteConnection),
    #[cfg(feature = "mysql")]
    Mysql(diesel::mysql::MysqlConnection),
    #[cfg(feature = "postgres")]
    Postgres(diesel::pg::PgConnection),
}

/// Waiting rather than failing on a lock, a log that lets readers in, and foreign keys that hold.
const SQLITE_SETTINGS: &str =
    "PRAGMA busy_timeout = 30000; PRAGMA foreign_keys = ON; PRAGMA synchronous = NORMAL;
    PRAGMA temp_store = MEMORY; PRAGMA cache_size = -65536;";

/// Text that does not fit is an error, never cut; sessions see what others have committed.
#[cfg(feature = "mysql")]
const MYSQL_SETTINGS: [&str; 2] = [
    "SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION'",
    "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
];

/// MariaDB's client library starts TLS only where it is given a certificate, whatever `ssl_mode` says.
#[cfg(feature = "mysql")]
const NOT_ENCRYPTED: &str = "the connection is not encrypted, as ssl_mode demands: give the certificate of the authority \
    that signed the server's, as ssl_ca=FILE, and see that the server has TLS";

/// Tried with a certificate of another name: the library took it.
#[cfg(feature = "mysql")]
const NO_IDENTITY: &str = "MariaDB's client library does not compare host names: say ssl_mode=verify_ca, with an \
    authority in ssl_ca that signs this server's certificate and no other";

/// Connects and applies the settings; a SQLite file and its folder are made where missing.
pub(crate) fn connect(url: &DatabaseUrl) -> Result<AnyConnection, Error> {
    make_folder(url)?;
    let text = url.connection_text();
    let failed = |reason: &dyn std::fmt::Display| Error::Connect {
        url: url.to_string(),
        reason: url.redact(reason.to_string().trim_end()),
    };
    match url.backend() {
        Backend::Sqlite => {
            let mut connection =
                diesel::SqliteConnection::establish(&text).map_err(|error| failed(&error))?;
            connection.batch_execute(SQLITE_SETTINGS).map_err(|error| failed(&error))?;
            // A file that cannot be written keeps the journal it has and can still be read.
            let _is_read_only = connection.batch_execute("PRAGMA journal_mode = WAL").is_err();
            Ok(AnyConnection::Sqlite(connection))
        }
        #[cfg(feature = "mysql")]
        Backend::Mysql => {
            if url.ssl_mode().as_deref() == Some("verify_identity") {
                return Err(failed(&NO_IDENTITY));
            }
            let mut connection = diesel::MysqlConnection::establish(&text).map_err(|error| failed(&error))?;
            let demanded = url.ssl_mode().filter(|mode| ["required", "verify_ca"].contains(&mode.as_str()));
            if demanded.is_some() && !is_encrypted(&mut connection).map_err(|error| failed(&error))? {
                return Err(failed(&NOT_ENCRYPTED));
            }
            for setting in MYSQL_SETTINGS {
                connection.batch_execute(setting).map_err(|error| failed(&error))?;
            }
            Ok(AnyConnection::Mysql(connection))
        }
        #[cfg(feature = "postgres")]
        Backend::Postgres => diesel::PgConnection::establish(&text)
            .map(AnyConnection::Postgres)
            .map_err(|error| failed(&error)),
        #[cfg(not(all(feature = "mysql", feature = "postgres")))]
        backend => Err(Error::FeatureMissing { url: url.to_string(), backend }),
    }
}

/// Whether the server speaks TLS with us.
#[cfg(feature = "mysql")]
fn is_encrypted(connection: &mut diesel::MysqlConnection) -> diesel::QueryResult<bool> {
    use diesel::{RunQueryDsl as _, sql_types::Text};

    #[derive(diesel::QueryableByName)]
    struct Status {
        #[diesel(sql_type = Text, column_name = "Value")]
        value: String,
    }

    let status: Vec<Status> = diesel::sql_query("SHOW SESSION STATUS LIKE 'Ssl_cipher'").load(connection)?;
    Ok(status.iter().any(|status| !status.value.is_empty()))
}

fn make_folder(url: &DatabaseUrl) -> Result<(), Error> {
    let Some(path) = url.path() else { return Ok(()) };
    match path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        None => Ok(()),
        Some(folder) => std::fs::create_dir_all(folder)
            .map_err(|source| Error::Folder { folder: folder.to_owned(), source }),
    }
}
