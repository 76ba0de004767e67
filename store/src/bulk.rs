//! The fast way into each database: a cached one-row statement for SQLite, `COPY` for PostgreSQL, and statements of a
//! hundred rows for MariaDB.

use std::{marker::PhantomData, net::IpAddr};

use diesel::{
    backend::Backend,
    connection::Connection,
    prelude::*,
    query_builder::{AstPass, QueryFragment, QueryId},
    serialize::ToSql,
    sql_types::{BigInt, Binary, HasSqlType, Nullable, Text},
};

use crate::{
    batch::{Batch, Cell},
    connection::AnyConnection,
    sessions::{Kind, conn, http, records},
};

/// Adds the rows of a batch to its table, numbered from `first_id`; `load_data` concerns MariaDB alone.
pub(crate) fn insert(
    connection: &mut AnyConnection,
    batch: &Batch,
    first_id: i64,
    #[cfg_attr(not(feature = "mysql"), expect(unused_variables, reason = "only MariaDB loads data"))]
    load_data: bool,
) -> QueryResult<()> {
    match connection {
        AnyConnection::Sqlite(connection) => match batch.kind {
            Kind::Conn => insert_one_by_one::<conn::table>(connection, batch, first_id),
            Kind::Http => insert_one_by_one::<http::table>(connection, batch, first_id),
            Kind::Other => insert_one_by_one::<records::table>(connection, batch, first_id),
        },
        #[cfg(feature = "mysql")]
        AnyConnection::Mysql(mysql) if load_data => {
            crate::load_data::load(mysql, batch, first_id)?;
            // The server makes warnings of what goes wrong, so the rows are counted.
            let ids = first_id..first_id + batch.n_rows as i64;
            match batch.kind.count(connection, ids)? == batch.n_rows as i64 {
                true => Ok(()),
                false => Err(diesel::result::Error::RollbackTransaction),
            }
        }
        #[cfg(feature = "mysql")]
        AnyConnection::Mysql(connection) => insert_in_groups(connection, batch, first_id),
        #[cfg(feature = "postgres")]
        AnyConnection::Postgres(connection) => copy(connection, batch, first_id),
    }
}

/// A value as a bind parameter.
enum Bind<'a> {
    Unset,
    Int(i64),
    Text(&'a str),
    Addr(AddrBytes),
}

/// An address as it is stored: 4 bytes or 16, so that a subnet is a range.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AddrBytes {
    bytes: [u8; 16],
    len: usize,
}

impl AddrBytes {
    pub(crate) fn of(addr: IpAddr) -> Self {
        let mut bytes = [0; 16];
        let len = match addr {
            IpAddr::V4(addr) => {
                bytes[..4].copy_from_slice(&addr.octets());
                4
            }
            IpAddr::V6(addr) => {
                bytes = addr.octets();
                16
            }
        };
        Self { bytes, len }
    }

    pub(crate) fn as_slice(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

/// `INSERT INTO …` with one or more rows; `Id` tells whether, and under which name, the statement is kept prepared.
struct InsertRows<'a, Id> {
    batch: &'a Batch,
    binds: Vec<Bind<'a>>,
    id: PhantomData<Id>,
}

impl<'a, Id> InsertRows<'a, Id> {
    fn new(batch: &'a Batch) -> Self {
        Self { batch, binds: Vec::with_capacity(batch.width() + 1), id: PhantomData }
    }

    /// Appends the binds of one row, its id first.
    fn push(&mut self, row_idx: usize, first_id: i64) {
        let batch = self.batch;
        self.binds.push(Bind::Int(first_id + row_idx as i64));
        self.binds.extend(batch.row(row_idx).iter().map(|cell| match *cell {
            Cell::Unset => Bind::Unset,
            Cell::Int(value) => Bind::Int(value),
            Cell::Text { start, end } => Bind::Text(batch.text(start, end)),
            Cell::Addr(addr) => Bind::Addr(AddrBytes::of(addr)),
        }));
    }
}

impl<Id: QueryId> QueryId for InsertRows<'_, Id> {
    type QueryId = InsertRows<'static, Id::QueryId>;
    const HAS_STATIC_QUERY_ID: bool = Id::HAS_STATIC_QUERY_ID;
}

impl<Id, DB> QueryFragment<DB> for InsertRows<'_, Id>
where
    DB: Backend + HasSqlType<BigInt> + HasSqlType<Text> + HasSqlType<Binary>,
    i64: ToSql<BigInt, DB>,
    Option<i64>: ToSql<Nullable<BigInt>, DB>,
    str: ToSql<Text, DB>,
    [u8]: ToSql<Binary, DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        let table = self.batch.kind.table();
        out.push_sql("INSERT INTO ");
        out.push_identifier(table.name)?;
        out.push_sql(" (id");
        for column in table.columns {
            out.push_sql(", ");
            out.push_identifier(column)?;
        }
        out.push_sql(") VALUES ");
        for (row_idx, row) in self.binds.chunks(table.columns.len() + 1).enumerate() {
            out.push_sql(if row_idx == 0 { "(" } else { "), (" });
            for (column_idx, bind) in row.iter().enumerate() {
                if column_idx > 0 {
                    out.push_sql(", ");
                }
                match bind {
                    Bind::Unset => out.push_bind_param::<Nullable<BigInt>, Option<i64>>(&None)?,
                    Bind::Int(value) => out.push_bind_param::<BigInt, i64>(value)?,
                    Bind::Text(text) => out.push_bind_param::<Text, str>(text)?,
                    Bind::Addr(addr) => out.push_bind_param::<Binary, [u8]>(addr.as_slice())?,
                }
            }
        }
        out.push_sql(")");
        Ok(())
    }
}

fn insert_one_by_one<Id: QueryId>(
    connection: &mut diesel::SqliteConnection,
    batch: &Batch,
    first_id: i64,
) -> QueryResult<()> {
    let mut row = InsertRows::<Id>::new(batch);
    for row_idx in 0..batch.n_rows {
        row.binds.clear();
        row.push(row_idx, first_id);
        connection.execute_returning_count(&row)?;
    }
    Ok(())
}

/// Statements of differing lengths are not kept prepared.
#[cfg(feature = "mysql")]
struct Unprepared;

#[cfg(feature = "mysql")]
impl QueryId for Unprepared {
    type QueryId = Self;
    const HAS_STATIC_QUERY_ID: bool = false;
}

/// At most a hundred rows and 4 MiB of text go into one statement: longer ones are slower, and servers refuse packets
/// above a limit.
#[cfg(feature = "mysql")]
fn insert_in_groups(
    connection: &mut diesel::MysqlConnection,
    batch: &Batch,
    first_id: i64,
) -> QueryResult<()> {
    const MAX_ROWS: usize = 100;
    const MAX_TEXT: usize = 4 << 20;
    let mut group = InsertRows::<Unprepared>::new(batch);
    let mut n_text = 0;
    for row_idx in 0..batch.n_rows {
        group.push(row_idx, first_id);
        n_text += text_len(batch.row(row_idx));
        let is_full = group.binds.len() >= MAX_ROWS * (batch.width() + 1) || n_text >= MAX_TEXT;
        if is_full || row_idx + 1 == batch.n_rows {
            connection.execute_returning_count(&group)?;
            group.binds.clear();
            n_text = 0;
        }
    }
    Ok(())
}

#[cfg(feature = "mysql")]
fn text_len(row: &[Cell]) -> usize {
    let len = |cell: &Cell| match cell {
        Cell::Text { start, end } => (end - start) as usize,
        _ => 0,
    };
    row.iter().map(len).sum()
}

#[cfg(feature = "postgres")]
fn copy(connection: &mut diesel::PgConnection, batch: &Batch, first_id: i64) -> QueryResult<()> {
    let write = |out: &mut dyn std::io::Write| {
        crate::delimited::write(out, batch, first_id, "\\\\x")
            .map_err(|error| diesel::result::Error::SerializationError(Box::new(error)))
    };
    match batch.kind {
        Kind::Conn => diesel::copy_from(conn::table).from_raw_data(conn::table, write).execute(connection),
        Kind::Http => diesel::copy_from(http::table).from_raw_data(http::table, write).execute(connection),
        Kind::Other => {
            diesel::copy_from(records::table).from_raw_data(records::table, write).execute(connection)
        }
    }
    .map(drop)
}
