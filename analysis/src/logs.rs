use bro_log::{ScanOptions, Source};

/// The logs a question is about, and how they are to be read.
///
/// ```
/// use bro_analysis::Logs;
/// use bro_log::Source;
/// let sources = [Source::from_bytes("conn.log", Vec::new())];
/// assert_eq!(Logs::of(&sources).sources.len(), 1);
/// ```
#[derive(Debug, Clone)]
pub struct Logs<'a> {
    /// The logs; their rows are taken in this order.
    pub sources: &'a [Source],
    /// How they are read.
    pub options: ScanOptions,
}

impl<'a> Logs<'a> {
    /// Logs that are read as usual: rows that cannot be read are set aside and counted.
    #[must_use]
    pub fn of(sources: &'a [Source]) -> Self {
        Self { sources, options: ScanOptions::default() }
    }
}
