//! Columns of whole logs: only the asked-for fields, decoded in parallel straight into typed columns.
//!
//! # The way of a block
//! 1. [`block`] cuts a log into blocks of whole lines. Where a block starts depends on the log's bytes alone, so workers
//!    read blocks of a plain file by themselves (`read_at` into a buffer that is used again); a compressed log is
//!    decompressed and cut by a thread of its own.
//! 2. [`separators`] finds all separators and line ends, 64 bytes at a time.
//! 3. [`parse`] tells regular rows (as many cells as fields, no meta line) from everything else by comparing places:
//!    the n-th separator of a regular row is its line end.
//! 4. [`group`] decodes 64 regular rows at a time, column by column. A cell in an unusual spelling goes through the same
//!    function as a cell of a single record, and a group with a cell that is no value is read again row by row,
//!    with the rules of [`Record`](crate::Record): that path makes the rejects.
//! 5. [`scan`](scan()) puts the blocks in order. A block is parsed from the header that the log's first block leaves; if
//!    the block before it leaves another one, it is parsed again. So a header in mid-file costs a few blocks.
//!
//! # Cost
//! Time O(bytes), memory O(threads · block) for a scan and O(columns) beside that for [`read_columns`]: the blocks in
//! flight (four for each thread and four more, 256 KiB each) with their columns. A line longer than a block grows its
//! buffer, up to [`ScanOptions::max_line_bytes`].
//!
//! How close this is to what can be had stands in [`speed`](crate::speed).
//!
//! JSON logs take the same way with a parser of objects in place of steps 2 to 4; it goes through a block twice, first for
//! the keys, so that each path has one header in it.

mod batch;
mod bitmap;
mod block;
mod collect;
mod column;
mod decode;
mod digits;
mod group;
mod huge;
mod layout;
mod options;
mod parse;
mod projection;
mod scan;
pub(crate) mod separators;
mod summary;
mod word_cache;

pub use batch::{Batch, BatchId};
pub use bitmap::Bitmap;
pub use collect::{Table, read_columns};
pub use column::{BytesColumn, Column, Dictionary, Values};
pub use options::ScanOptions;
pub use projection::Projection;
pub use scan::scan;
pub use summary::{Progress, ScanSummary};

#[cfg(test)]
mod tests;
