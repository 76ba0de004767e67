//! Indexes of the tables of rows, made after the first rows are in.

use diesel::{connection::SimpleConnection, prelude::*};

use crate::{connection::AnyConnection, error::Error, store::Store};

/// Each index: its table and column. Times need none: blocks know theirs.
const INDEXES: [(&str, &str); 7] = [
    ("conn", "id_orig_h"),
    ("conn", "id_resp_h"),
    ("conn", "uid"),
    ("http", "id_orig_h"),
    ("http", "id_resp_h"),
    ("http", "uid"),
    ("records", "uid"),
];

impl Store {
    /// Makes the indexes of the tables of rows that are missing; [`import`](Self::import) does so at its end, since
    /// filling a table without indexes and then sorting once is faster.
    ///
    /// # Errors
    /// [`Error::Query`] from the database.
    pub fn make_indexes(&mut self) -> Result<(), Error> {
        INDEXES
            .into_iter()
            .try_for_each(|(table, column)| {
                // Another import may make the same index meanwhile; then it is there at the second look.
                let connection = &mut self.connection;
                make(connection, table, column).or_else(|_| make(connection, table, column))
            })
            .map_err(Error::query("make an index"))
    }
}

fn make(connection: &mut AnyConnection, table: &str, column: &str) -> QueryResult<()> {
    match connection {
        AnyConnection::Sqlite(connection) => connection
            .batch_execute(&format!("CREATE INDEX IF NOT EXISTS {table}_{column} ON {table} ({column})")),
        #[cfg(feature = "postgres")]
        AnyConnection::Postgres(connection) => {
            connection.batch_execute("SET client_min_messages = warning")?;
            connection.batch_execute(&format!(
                "CREATE INDEX IF NOT EXISTS {table}_{column} ON {table} ({column}, id)"
            ))
        }
        #[cfg(feature = "mysql")]
        AnyConnection::Mysql(connection) => make_on_mysql(connection, table, column),
    }
}

/// MySQL has no `CREATE INDEX IF NOT EXISTS`; text is indexed by its first bytes.
#[cfg(feature = "mysql")]
fn make_on_mysql(connection: &mut diesel::MysqlConnection, table: &str, column: &str) -> QueryResult<()> {
    use diesel::{dsl::sql, sql_types::BigInt};
    let count = format!(
        "count(*) FROM information_schema.statistics WHERE table_schema = database() \
         AND table_name = '{table}' AND index_name = '{table}_{column}'"
    );
    if diesel::select(sql::<BigInt>(&count)).get_result::<i64>(connection)? > 0 {
        return Ok(());
    }
    let part = if column == "uid" { "(24)" } else { "" };
    connection.batch_execute(&format!("CREATE INDEX {table}_{column} ON {table} ({column}{part})"))
}
