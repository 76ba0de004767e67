use crate::{Backslash, Schema, Strictness};

/// Settings of [`scan`](super::scan) and [`read_columns`](super::read_columns).
#[derive(Clone, Debug)]
pub struct ScanOptions {
    /// What a row that cannot be read does. Default: [`Strictness::Lenient`].
    pub strictness: Strictness,
    /// Columns of rows that have no header. Default: none, and such rows end the scan.
    pub schema: Option<Schema>,
    /// How backslashes in cells are read. Default: [`Backslash::Auto`].
    pub backslash: Backslash,
    /// Whether IoT-23's last column (`tunnel_parents   label   detailed-label`) is three. Default: no.
    pub split_labels: bool,
    /// Bytes of a block, the unit of parallel work. Default: 256 KiB.
    pub block_bytes: usize,
    /// The longest line that is read, in bytes; a longer one is rejected. Default: 64 MiB.
    pub max_line_bytes: usize,
    /// How many rejected rows are kept as examples. Default: 100.
    pub max_reject_examples: usize,
}

impl Default for ScanOptions {
    fn default() -> Self {
        Self {
            strictness: Strictness::Lenient,
            schema: None,
            backslash: Backslash::Auto,
            split_labels: false,
            block_bytes: 1 << 18,
            max_line_bytes: 1 << 26,
            max_reject_examples: 100,
        }
    }
}
