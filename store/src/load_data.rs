//! `LOAD DATA LOCAL INFILE`, the fast way into MariaDB, for servers that are trusted.

use std::io::{BufWriter, Error as IoError, Write};

use diesel::{connection::SimpleConnection, prelude::*, result::Error as DieselError};

use crate::{batch::Batch, delimited};

/// Columns that come in hexadecimal.
const ADDRS: [&str; 2] = ["id_orig_h", "id_resp_h"];

/// Adds the rows of a batch by way of a temporary file. Rows that the server does not take are warnings to it, so the
/// caller has to count.
pub(crate) fn load(connection: &mut MysqlConnection, batch: &Batch, first_id: i64) -> QueryResult<()> {
    let failed = |error: IoError| DieselError::SerializationError(Box::new(error));
    let file = tempfile::NamedTempFile::new().map_err(failed)?;
    let mut out = BufWriter::new(file.as_file());
    delimited::write(&mut out, batch, first_id, "").and_then(|()| out.flush()).map_err(failed)?;
    connection.batch_execute(&statement(batch, &file.path().display().to_string()))
}

fn statement(batch: &Batch, path: &str) -> String {
    let table = batch.kind.table();
    let is_addr = |column: &str| ADDRS.contains(&column);
    let target = |column: &&str| if is_addr(column) { format!("@{column}") } else { format!("`{column}`") };
    let targets: Vec<_> = table.columns.iter().map(target).collect();
    let addrs = table.columns.iter().filter(|column| is_addr(column));
    let sets: Vec<_> = addrs.map(|column| format!("`{column}` = UNHEX(@{column})")).collect();
    let set = if sets.is_empty() { String::new() } else { format!(" SET {}", sets.join(", ")) };
    let path = path.replace('\\', "\\\\").replace('\'', "\\'");
    format!(
        "LOAD DATA LOCAL INFILE '{path}' INTO TABLE {} CHARACTER SET ascii \
         FIELDS TERMINATED BY '\\t' ESCAPED BY '\\\\' LINES TERMINATED BY '\\n' (id, {}){set}",
        table.name,
        targets.join(", "),
    )
}
