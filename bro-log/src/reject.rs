//! Rows set aside: counted, shown, never dropped in silence.

use crate::error::Error;

/// One row that was set aside.
#[derive(Debug)]
#[non_exhaustive]
pub struct Reject {
    /// What is wrong with it and where.
    pub error: Error,
    /// The row's bytes without line end, at most [`Rejects::MAX_RAW`] of them.
    pub raw: Vec<u8>,
}

/// The rows a lenient reader set aside: a count for each reason and the first examples.
///
/// ```
/// let log = b"#separator \\x09\n#fields\ta\tb\n#types\tcount\tcount\n1\t2\n3\n";
/// let mut reader = bro_log::Reader::from_slice(log);
/// while reader.next_record()?.is_some() {}
/// assert_eq!(reader.rejects().total(), 1);
/// assert_eq!(reader.rejects().counts().collect::<Vec<_>>(), [("missing_cells", 1)]);
/// assert_eq!(reader.rejects().examples()[0].raw, b"3");
/// # Ok::<(), bro_log::Error>(())
/// ```
#[derive(Debug)]
pub struct Rejects {
    counts: Vec<(&'static str, u64)>,
    examples: Vec<Reject>,
    max_examples: usize,
}

impl Default for Rejects {
    fn default() -> Self {
        Self::new(100)
    }
}

impl Rejects {
    /// The most bytes kept of one rejected row.
    pub const MAX_RAW: usize = 64 * 1024;

    /// The rows kept for each reason at least.
    pub const MIN_EXAMPLES: u64 = 3;

    /// An empty sink that counts all rows and keeps the first `max_examples` themselves; beyond them the first
    /// [`MIN_EXAMPLES`](Self::MIN_EXAMPLES) of each reason, so that no reason goes unseen. With 0 it keeps none.
    #[must_use]
    pub fn new(max_examples: usize) -> Self {
        Self { counts: Vec::new(), examples: Vec::new(), max_examples }
    }

    /// Sets one row aside.
    pub fn push(&mut self, error: Error, raw: &[u8]) {
        let n_of_reason = self.count(error.code());
        let is_among_first = n_of_reason <= Self::MIN_EXAMPLES && self.max_examples > 0;
        if self.examples.len() < self.max_examples || is_among_first {
            let raw = raw[..raw.len().min(Self::MAX_RAW)].to_vec();
            self.examples.push(Reject { error, raw });
        }
    }

    /// Counts a row; how many of this reason there are now.
    fn count(&mut self, code: &'static str) -> u64 {
        if let Some((_, n_rows)) = self.counts.iter_mut().find(|(known, _)| *known == code) {
            *n_rows += 1;
            return *n_rows;
        }
        self.counts.push((code, 1));
        1
    }

    /// Rows set aside so far.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.counts.iter().map(|(_, n_rows)| n_rows).sum()
    }

    /// Rows by reason ([`Error::code`]), in the order in which the reasons were first met.
    pub fn counts(&self) -> impl Iterator<Item = (&'static str, u64)> + '_ {
        self.counts.iter().copied()
    }

    /// The examples so far, which makes room for as many more.
    pub(crate) fn take_examples(&mut self) -> Vec<Reject> {
        std::mem::take(&mut self.examples)
    }

    /// The first rows set aside, in file order.
    #[must_use]
    pub fn examples(&self) -> &[Reject] {
        &self.examples
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Position;

    #[test]
    fn every_reason_has_examples_however_late_it_comes() {
        let mut rejects = Rejects::new(2);
        let at = Position::default();
        for _ in 0..10 {
            rejects.push(Error::MissingCells { at, n_cells: 1, n_fields: 2 }, b"short");
        }
        for _ in 0..10 {
            rejects.push(Error::LineTooLong { at, limit: 1 }, b"long");
        }
        let n_of = |raw: &[u8]| rejects.examples().iter().filter(|reject| reject.raw == raw).count();
        assert_eq!((n_of(b"short"), n_of(b"long"), rejects.total()), (3, 3, 20));
    }
}
