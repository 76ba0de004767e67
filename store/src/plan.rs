//! How a database finds the rows of a query, in its own words.

use diesel::{
    prelude::*,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    sql_types::{Integer, Text},
};

use crate::connection::{AnyConnection, MultiBackend};

/// A query behind the word that asks for its plan; `Row` is what a line of the plan is made of.
struct Explain<Q, Row> {
    word: &'static str,
    query: Q,
    row: std::marker::PhantomData<Row>,
}

impl<Q, Row> Explain<Q, Row> {
    fn new(word: &'static str, query: Q) -> Self {
        Self { word, query, row: std::marker::PhantomData }
    }
}

impl<Q, Row> QueryId for Explain<Q, Row> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Q, Row> Query for Explain<Q, Row> {
    type SqlType = Row;
}

impl<Q, Row> RunQueryDsl<AnyConnection> for Explain<Q, Row> {}

impl<Q: QueryFragment<MultiBackend>, Row> QueryFragment<MultiBackend> for Explain<Q, Row> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, MultiBackend>) -> QueryResult<()> {
        out.unsafe_to_cache_prepared();
        out.push_sql(self.word);
        self.query.walk_ast(out)
    }
}

/// The plan of a query, a line each.
pub(crate) fn of<Q: QueryFragment<MultiBackend>>(
    query: Q,
    connection: &mut AnyConnection,
) -> QueryResult<Vec<String>> {
    match connection {
        AnyConnection::Sqlite(_) => {
            let explained =
                Explain::<_, (Integer, Integer, Integer, Text)>::new("EXPLAIN QUERY PLAN ", query);
            let lines: Vec<(i32, i32, i32, String)> = explained.load(connection)?;
            Ok(lines.into_iter().map(|(.., line)| line).collect())
        }
        #[cfg(feature = "mysql")]
        AnyConnection::Mysql(_) => Explain::<_, Text>::new("EXPLAIN FORMAT=JSON ", query).load(connection),
        #[cfg(feature = "postgres")]
        AnyConnection::Postgres(_) => Explain::<_, Text>::new("EXPLAIN ", query).load(connection),
    }
}
