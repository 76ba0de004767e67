use crate::{Error, Rejects, Warnings};

/// How far a scan is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Stored bytes read so far, of all sources.
    pub bytes_done: u64,
    /// Stored bytes of all sources.
    pub bytes_total: u64,
    /// Rows given so far, those of this batch included.
    pub n_rows: u64,
    /// Rows rejected so far.
    pub n_rejected: u64,
}

/// What a scan found beside the rows.
#[derive(Debug)]
pub struct ScanSummary {
    /// Rows given.
    pub n_rows: u64,
    /// Counts by reason and first examples of the rows left out, in file order; `at` counts within its source.
    pub rejects: Rejects,
    /// What was odd, for each source.
    pub warnings: Vec<Warnings>,
    /// Sources whose compressed stream is cut off or damaged, and how; all whole rows before that were given.
    pub truncated: Vec<(usize, Error)>,
    /// Each path (`None`: not said) with its number of rows, in order of first appearance.
    pub paths: Vec<(Option<String>, u64)>,
    /// False if the fold broke off.
    pub is_complete: bool,
}

impl ScanSummary {
    pub(super) fn new(n_sources: usize, max_examples: usize) -> Self {
        Self {
            n_rows: 0,
            rejects: Rejects::new(max_examples),
            warnings: vec![Warnings::default(); n_sources],
            truncated: Vec::new(),
            paths: Vec::new(),
            is_complete: true,
        }
    }

    /// Rows left out.
    #[must_use]
    pub fn n_rejected(&self) -> u64 {
        self.rejects.total()
    }

    pub(super) fn count_rows(&mut self, path: Option<&str>, n_rows: u64) {
        self.n_rows += n_rows;
        match self.paths.iter_mut().find(|(known, _)| known.as_deref() == path) {
            Some((_, known)) => *known += n_rows,
            None => self.paths.push((path.map(str::to_owned), n_rows)),
        }
    }
}
