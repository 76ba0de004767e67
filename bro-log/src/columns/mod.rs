//! Columns of whole logs: only the asked-for fields, decoded in parallel straight into typed columns.

mod batch;
mod bitmap;
mod block;
mod collect;
mod column;
mod decode;
mod digits;
mod group;
mod layout;
mod options;
mod parse;
mod projection;
mod scan;
mod separators;
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
