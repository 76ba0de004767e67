//! Rows that could not be read, in the order of their log.

use std::collections::VecDeque;

use diesel::prelude::*;

use crate::{
    connection::AnyConnection,
    error::Error,
    schema::{layouts, rejects},
};

/// The bad rows of one log, loaded a few at a time.
#[derive(Debug)]
pub(crate) struct RejectFeed {
    source_id: i64,
    /// The place of the last one loaded.
    after_byte: i64,
    is_at_end: bool,
    loaded: VecDeque<BadLine>,
}

/// A bad row as it stands in a log with default separators.
#[derive(Debug)]
pub(crate) struct BadLine {
    row_no: i64,
    /// The header over it, if there was one.
    pub(crate) layout_id: Option<i64>,
    pub(crate) line: Vec<u8>,
}

impl RejectFeed {
    /// At most 64 KiB each.
    const PAGE: i64 = 200;

    pub(crate) fn of(source_id: i64) -> Self {
        Self { source_id, after_byte: -1, is_at_end: false, loaded: VecDeque::new() }
    }

    /// The next one, if it stands before this row.
    pub(crate) fn next_before(
        &mut self,
        connection: &mut AnyConnection,
        row_no: i64,
    ) -> Result<Option<BadLine>, Error> {
        if self.loaded.is_empty() && !self.is_at_end {
            self.load(connection).map_err(Error::query("read the rejects"))?;
        }
        Ok(self.loaded.pop_front_if(|bad| bad.row_no <= row_no))
    }

    fn load(&mut self, connection: &mut AnyConnection) -> QueryResult<()> {
        type Row = (i64, i64, Option<i64>, Vec<u8>, Option<Vec<u8>>);
        let rows: Vec<Row> = rejects::table
            .filter(rejects::source_id.eq(self.source_id).and(rejects::byte.gt(self.after_byte)))
            .order(rejects::byte)
            .limit(Self::PAGE)
            .select((rejects::byte, rejects::row_no, rejects::layout_id, rejects::raw, rejects::text))
            .load(connection)?;
        self.is_at_end = (rows.len() as i64) < Self::PAGE;
        for (byte, row_no, layout_id, raw, text) in rows {
            self.after_byte = byte;
            self.loaded.push_back(BadLine { row_no, layout_id, line: text.unwrap_or(raw) });
        }
        Ok(())
    }
}

/// The paths of the headers over the bad rows of a log.
pub(crate) fn paths_of_rejects(
    connection: &mut AnyConnection,
    source_id: i64,
) -> QueryResult<Vec<Option<String>>> {
    rejects::table
        .inner_join(layouts::table.on(rejects::layout_id.eq(layouts::id.nullable())))
        .filter(rejects::source_id.eq(source_id))
        .select(layouts::path)
        .distinct()
        .load(connection)
}
