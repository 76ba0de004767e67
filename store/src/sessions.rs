//! The tables of rows, and how columns of logs lie in them.

use std::ops::Range;

use bro_log::{Scalar, Schema, Type};
use diesel::{
    define_sql_function,
    prelude::*,
    sql_types::{Binary, Nullable},
};

use crate::{
    connection::{AnyConnection, MultiBackend},
    encode::stored_text,
    filter::{AddrRange, Filter, port_codes},
    plan,
    schema::{findings, labels},
};

/// Which table holds the rows of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Conn,
    Http,
    Other,
}

/// Asks the table of a kind.
macro_rules! of_kind {
    ($kind:expr, $table:ident => $answer:expr) => {
        match $kind {
            Kind::Conn => {
                use conn as $table;
                $answer
            }
            Kind::Http => {
                use http as $table;
                $answer
            }
            Kind::Other => {
                use records as $table;
                $answer
            }
        }
    };
}

impl Kind {
    pub(crate) const ALL: [Self; 3] = [Self::Conn, Self::Http, Self::Other];

    /// The table for logs of this path.
    pub(crate) fn of_path(path: Option<&str>) -> Self {
        match path {
            Some("conn") => Self::Conn,
            Some("http") => Self::Http,
            _ => Self::Other,
        }
    }

    pub(crate) fn code(self) -> i64 {
        self as i64
    }

    pub(crate) fn from_code(code: i64) -> Self {
        Self::ALL.into_iter().find(|kind| kind.code() == code).unwrap_or(Self::Other)
    }

    pub(crate) fn table(self) -> &'static Table {
        match self {
            Self::Conn => &conn::TABLE,
            Self::Http => &http::TABLE,
            Self::Other => &records::TABLE,
        }
    }

    /// What a column of this log must be to stand in a column of the table: for [`Other`](Self::Other), of any log.
    pub(crate) fn standard_type(self, field: &str) -> Option<Type> {
        match (self, field) {
            (Self::Conn, _) => Schema::standard("conn")?.field(field).map(bro_log::Field::ty),
            (Self::Http, _) => Schema::standard("http")?.field(field).map(bro_log::Field::ty),
            (Self::Other, "ts") => Some(Type::TIME),
            (Self::Other, _) => Some(Type::STRING),
        }
    }

    /// The rows searched for, by id.
    pub(crate) fn load(
        self,
        connection: &mut AnyConnection,
        search: &Search<'_>,
    ) -> QueryResult<Vec<StoredRow>> {
        if self.lacks_field_of(search.filter) {
            return Ok(Vec::new());
        }
        of_kind!(self, table => table::load(connection, search))
    }

    /// How the database finds what [`load`](Self::load) gives, in its own words.
    pub(crate) fn plan(
        self,
        connection: &mut AnyConnection,
        search: &Search<'_>,
    ) -> QueryResult<Vec<String>> {
        if self.lacks_field_of(search.filter) {
            return Ok(Vec::new());
        }
        of_kind!(self, table => table::plan(connection, search))
    }

    /// Whether the filter asks for a field that no row of this kind has.
    fn lacks_field_of(self, filter: &Filter) -> bool {
        match self {
            Self::Conn => false,
            Self::Http => filter.needs_conn(),
            Self::Other => filter.needs_conn() || filter.needs_addrs(),
        }
    }

    /// How many rows there are with these ids.
    pub(crate) fn count(self, connection: &mut AnyConnection, ids: Range<i64>) -> QueryResult<i64> {
        of_kind!(self, table => table::count(connection, ids))
    }

    /// Deletes the rows with these ids.
    pub(crate) fn delete(self, connection: &mut AnyConnection, ids: Range<i64>) -> QueryResult<usize> {
        of_kind!(self, table => table::delete(connection, ids))
    }
}

/// Which rows of one table are wanted.
#[derive(Clone, Debug)]
pub(crate) struct Search<'a> {
    /// Rows with these ids only.
    pub(crate) ids: Range<i64>,
    pub(crate) filter: &'a Filter,
    /// The dataset whose labels the filter means.
    pub(crate) dataset_id: i64,
    /// At most so many.
    pub(crate) limit: i64,
}

/// A table of rows.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) name: &'static str,
    /// Names of its columns but `id`; the last one holds what the others have no room for.
    pub(crate) columns: &'static [&'static str],
    /// The log's names of these columns, but the last.
    pub(crate) fields: &'static [&'static str],
}

/// One value as it comes back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Stored {
    Unset,
    Int(i64),
    Text(String),
    Bytes(Vec<u8>),
}

impl From<Option<i64>> for Stored {
    fn from(value: Option<i64>) -> Self {
        value.map_or(Self::Unset, Self::Int)
    }
}

impl From<Option<String>> for Stored {
    fn from(value: Option<String>) -> Self {
        value.map_or(Self::Unset, Self::Text)
    }
}

impl From<Option<Vec<u8>>> for Stored {
    fn from(value: Option<Vec<u8>>) -> Self {
        value.map_or(Self::Unset, Self::Bytes)
    }
}

/// A row as it comes back: its values in the order of [`Table::columns`].
#[derive(Debug)]
pub(crate) struct StoredRow {
    pub(crate) id: i64,
    pub(crate) values: Vec<Stored>,
}

/// Whether a field of type `found` can stand in a column made for `standard`: `table[T]` is what `set[T]` was once.
pub(crate) fn is_same_type(found: Type, standard: Type) -> bool {
    match (found, standard) {
        (Type::Table(found) | Type::Set(found), Type::Set(standard)) => found == standard,
        (found, standard) => found == standard && found != Type::Scalar(Scalar::Unknown),
    }
}

define_sql_function! {
    /// Number of bytes.
    fn length(bytes: Nullable<Binary>) -> Nullable<Integer>;
}

/// Adds the conditions on addresses and ports to a query of a table that has them.
macro_rules! with_addrs {
    ($query:ident, $table:ident, $filter:ident, $_has:ident) => {{
        let mut query = $query;
        if let Some(range) = $filter.orig.map(AddrRange::of) {
            query = match range.each() {
                Some(addrs) => query.filter($table::id_orig_h.eq_any(addrs)),
                None => query.filter(in_range!($table::id_orig_h, range)),
            };
        }
        if let Some(range) = $filter.resp.map(AddrRange::of) {
            query = match range.each() {
                Some(addrs) => query.filter($table::id_resp_h.eq_any(addrs)),
                None => query.filter(in_range!($table::id_resp_h, range)),
            };
        }
        if let Some(range) = $filter.host.map(AddrRange::of) {
            query =
                match range.each() {
                    Some(addrs) => query
                        .filter($table::id_orig_h.eq_any(addrs.clone()).or($table::id_resp_h.eq_any(addrs))),
                    None => query
                        .filter(in_range!($table::id_orig_h, range).or(in_range!($table::id_resp_h, range))),
                };
        }
        if let Some(port) = $filter.port {
            query = query.filter($table::id_resp_p.eq_any(port_codes(port)));
        }
        query
    }};
}

/// Whether an address lies in a range; IPv4 and IPv6 ones differ in length.
macro_rules! in_range {
    ($column:expr, $range:ident) => {
        $column.between($range.first.clone(), $range.last.clone()).and(length($column).eq($range.len()))
    };
}

/// Adds the conditions that only conn logs can meet.
macro_rules! with_conn {
    ($query:ident, $table:ident, $filter:ident, $_has:ident) => {{
        let mut query = $query;
        query = with_text!(query, $table::proto, &$filter.proto);
        query = with_text!(query, $table::service, &$filter.service);
        with_text!(query, $table::conn_state, &$filter.conn_state)
    }};
}

/// Adds a condition on a text, whose `-` is unset.
macro_rules! with_text {
    ($query:ident, $column:expr, $wanted:expr) => {
        match $wanted.as_deref() {
            None => $query,
            Some("-") => $query.filter($column.is_null()),
            Some(text) => $query.filter($column.eq(stored_text(text.as_bytes()))),
        }
    };
}

/// Declares a table once: its schema, its names, and how its rows come back.
macro_rules! sessions {
    ($(#[doc = $doc:literal])* $table:ident, $row:ident, $rest:ident $(, $addrs:ident)? $(; $only_conn:ident)? {
        $($column:ident: $sql:ty, $rust:ty, $field:literal;)*
    }) => {
        $(#[doc = $doc])*
        pub(crate) mod $table {
            use super::*;

            diesel::table! {
                $table (id) {
                    id -> BigInt,
                    $($column -> Nullable<$sql>,)*
                    $rest -> Nullable<Text>,
                }
            }

            diesel::allow_tables_to_appear_in_same_query!($table, labels);
            diesel::allow_tables_to_appear_in_same_query!($table, findings);

            pub(crate) use self::$table::table;

            pub(crate) static TABLE: Table = Table {
                name: stringify!($table),
                columns: &[$(stringify!($column),)* stringify!($rest)],
                fields: &[$($field),*],
            };

            #[derive(Queryable)]
            struct $row {
                id: i64,
                $($column: Option<$rust>,)*
                $rest: Option<String>,
            }

            impl From<$row> for StoredRow {
                fn from(row: $row) -> Self {
                    Self { id: row.id, values: vec![$(row.$column.into(),)* row.$rest.into()] }
                }
            }

            fn query<'a>(search: &Search<'a>) -> $table::BoxedQuery<'a, MultiBackend> {
                let (ids, filter) = (&search.ids, search.filter);
                let mut query = table
                    .into_boxed::<MultiBackend>()
                    .filter($table::id.ge(ids.start).and($table::id.lt(ids.end)))
                    .order($table::id)
                    .limit(search.limit);
                if let Some(from) = filter.from {
                    query = query.filter($table::ts.ge(from.0));
                }
                if let Some(until) = filter.until {
                    query = query.filter($table::ts.lt(until.0));
                }
                if let Some(uid) = &filter.uid {
                    query = query.filter($table::uid.eq(stored_text(uid.as_bytes())));
                }
                if let Some(label) = &filter.label {
                    let labelled = labels::table.filter(labels::label.eq(label).and(labels::dataset_id.eq(search.dataset_id)));
                    query = query.filter($table::uid.eq_any(labelled.select(labels::uid.nullable())));
                }
                if let Some(run) = filter.run {
                    let found = findings::table.filter(findings::run_id.eq(run.0));
                    query = query.filter($table::uid.eq_any(found.select(findings::uid)));
                }
                $(let query = with_addrs!(query, $table, filter, $addrs);)?
                $(let query = with_conn!(query, $table, filter, $only_conn);)?
                query
            }

            pub(super) fn load(
                connection: &mut AnyConnection,
                search: &Search<'_>,
            ) -> QueryResult<Vec<StoredRow>> {
                let rows: Vec<$row> = query(search).load(connection)?;
                Ok(rows.into_iter().map(StoredRow::from).collect())
            }

            pub(super) fn plan(
                connection: &mut AnyConnection,
                search: &Search<'_>,
            ) -> QueryResult<Vec<String>> {
                plan::of(query(search), connection)
            }

            pub(super) fn count(connection: &mut AnyConnection, ids: Range<i64>) -> QueryResult<i64> {
                table
                    .filter($table::id.ge(ids.start).and($table::id.lt(ids.end)))
                    .count()
                    .get_result(connection)
            }

            pub(super) fn delete(
                connection: &mut AnyConnection,
                ids: Range<i64>,
            ) -> QueryResult<usize> {
                diesel::delete(table.filter($table::id.ge(ids.start).and($table::id.lt(ids.end))))
                    .execute(connection)
            }
        }
    };
}

sessions! {
    /// Rows of conn logs.
    conn, ConnRow, extra, addrs; conn_only {
        ts: BigInt, i64, "ts";
        uid: Text, String, "uid";
        id_orig_h: Binary, Vec<u8>, "id.orig_h";
        id_orig_p: BigInt, i64, "id.orig_p";
        id_resp_h: Binary, Vec<u8>, "id.resp_h";
        id_resp_p: BigInt, i64, "id.resp_p";
        proto: Text, String, "proto";
        service: Text, String, "service";
        duration: BigInt, i64, "duration";
        orig_bytes: BigInt, i64, "orig_bytes";
        resp_bytes: BigInt, i64, "resp_bytes";
        conn_state: Text, String, "conn_state";
        local_orig: BigInt, i64, "local_orig";
        local_resp: BigInt, i64, "local_resp";
        missed_bytes: BigInt, i64, "missed_bytes";
        history: Text, String, "history";
        orig_pkts: BigInt, i64, "orig_pkts";
        orig_ip_bytes: BigInt, i64, "orig_ip_bytes";
        resp_pkts: BigInt, i64, "resp_pkts";
        resp_ip_bytes: BigInt, i64, "resp_ip_bytes";
        tunnel_parents: Text, String, "tunnel_parents";
        ip_proto: BigInt, i64, "ip_proto";
    }
}

sessions! {
    /// Rows of http logs.
    http, HttpRow, extra, addrs {
        ts: BigInt, i64, "ts";
        uid: Text, String, "uid";
        id_orig_h: Binary, Vec<u8>, "id.orig_h";
        id_orig_p: BigInt, i64, "id.orig_p";
        id_resp_h: Binary, Vec<u8>, "id.resp_h";
        id_resp_p: BigInt, i64, "id.resp_p";
        trans_depth: BigInt, i64, "trans_depth";
        method: Text, String, "method";
        host: Text, String, "host";
        uri: Text, String, "uri";
        referrer: Text, String, "referrer";
        version: Text, String, "version";
        user_agent: Text, String, "user_agent";
        origin: Text, String, "origin";
        request_body_len: BigInt, i64, "request_body_len";
        response_body_len: BigInt, i64, "response_body_len";
        status_code: BigInt, i64, "status_code";
        status_msg: Text, String, "status_msg";
        info_code: BigInt, i64, "info_code";
        info_msg: Text, String, "info_msg";
        tags: Text, String, "tags";
        username: Text, String, "username";
        password: Text, String, "password";
        proxied: Text, String, "proxied";
        orig_fuids: Text, String, "orig_fuids";
        orig_filenames: Text, String, "orig_filenames";
        orig_mime_types: Text, String, "orig_mime_types";
        resp_fuids: Text, String, "resp_fuids";
        resp_filenames: Text, String, "resp_filenames";
        resp_mime_types: Text, String, "resp_mime_types";
    }
}

sessions! {
    /// Rows of all other logs.
    records, OtherRow, cells {
        ts: BigInt, i64, "ts";
        uid: Text, String, "uid";
    }
}
