//! Rows on their way into a table.

use std::net::IpAddr;

use crate::sessions::Kind;

/// One value on its way in; text lies in the batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cell {
    Unset,
    Int(i64),
    Addr(IpAddr),
    Text { start: u32, end: u32 },
}

/// Rows of one table under one header. All text is printable ASCII, and tabs between the cells of a last column.
#[derive(Debug)]
pub(crate) struct Batch {
    pub(crate) kind: Kind,
    /// The header lines over the rows.
    pub(crate) layout: std::sync::Arc<Layout>,
    pub(crate) cells: Vec<Cell>,
    pub(crate) text: String,
    pub(crate) n_rows: usize,
    pub(crate) min_ts: Option<i64>,
    pub(crate) max_ts: Option<i64>,
}

/// The header lines over rows, with default separators and markers.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Layout {
    pub(crate) path: Option<String>,
    pub(crate) header: String,
}

impl Batch {
    pub(crate) fn new(kind: Kind, layout: std::sync::Arc<Layout>) -> Self {
        Self { kind, layout, cells: Vec::new(), text: String::new(), n_rows: 0, min_ts: None, max_ts: None }
    }

    /// Number of values in a row.
    pub(crate) fn width(&self) -> usize {
        self.kind.table().columns.len()
    }

    pub(crate) fn row(&self, row_idx: usize) -> &[Cell] {
        let width = self.width();
        &self.cells[row_idx * width..(row_idx + 1) * width]
    }

    pub(crate) fn text(&self, start: u32, end: u32) -> &str {
        &self.text[start as usize..end as usize]
    }

    /// Adds text.
    pub(crate) fn push_text(&mut self, text: &str) {
        let start = self.text.len();
        self.text.push_str(text);
        let place = |at: usize| u32::try_from(at).expect("a batch is cut long before 4 GiB of text");
        self.cells.push(Cell::Text { start: place(start), end: place(self.text.len()) });
    }

    /// Counts the row whose cells were pushed last.
    pub(crate) fn finish_row(&mut self, ts: Option<i64>) {
        self.n_rows += 1;
        self.min_ts = min_of(self.min_ts, ts);
        self.max_ts = self.max_ts.max(ts);
    }

    /// Takes back what was pushed after the last whole row.
    pub(crate) fn drop_unfinished(&mut self) {
        self.cells.truncate(self.n_rows * self.width());
    }
}

/// The smaller of two times, if any.
pub(crate) fn min_of(one: Option<i64>, two: Option<i64>) -> Option<i64> {
    match (one, two) {
        (Some(one), Some(two)) => Some(one.min(two)),
        (one, two) => one.or(two),
    }
}
