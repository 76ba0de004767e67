use super::Column;
use crate::Header;

/// The rows of a stretch of one block under one header, as columns.
#[derive(Debug)]
pub struct Batch<'a> {
    pub(super) id: BatchId,
    pub(super) header: &'a Header,
    pub(super) columns: &'a [Option<Column>],
    pub(super) row_offsets: &'a [u32],
    pub(super) block_offset: u64,
}

/// Names a batch; the same on every pass, on any number of threads, and for a log and its compressed copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BatchId {
    /// Index of the source in the slice given to [`scan`](super::scan).
    pub source_idx: usize,
    /// Index of the block in its source.
    pub block_idx: u64,
    /// Rows of the block that stand before this batch.
    pub first_row_in_block: usize,
}

impl Batch<'_> {
    /// Number of rows.
    #[must_use]
    pub const fn n_rows(&self) -> usize {
        self.row_offsets.len()
    }

    /// The batch's name.
    #[must_use]
    pub const fn id(&self) -> BatchId {
        self.id
    }

    /// The header in force, without its position and `#open` time.
    #[must_use]
    pub const fn header(&self) -> &Header {
        self.header
    }

    /// The log's path in force, such as `conn`.
    #[must_use]
    pub fn path(&self) -> Option<&str> {
        self.header.path()
    }

    /// The column of the projection's field `column_idx` (from 0); `None` if this log has no such field.
    ///
    /// # Panics
    /// If the projection has no such field.
    #[must_use]
    pub fn column(&self, column_idx: usize) -> Option<&Column> {
        self.columns[column_idx].as_ref()
    }

    /// Number of the projection's fields.
    #[must_use]
    pub const fn column_count(&self) -> usize {
        self.columns.len()
    }

    /// Place of a row's first byte in the decompressed log.
    ///
    /// # Panics
    /// If `row` is not below [`n_rows`](Self::n_rows).
    #[must_use]
    pub fn byte_of_row(&self, row: usize) -> u64 {
        self.block_offset + u64::from(self.row_offsets[row])
    }
}
