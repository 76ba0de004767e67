use super::block::{CheckedBlock, TimeSpan};
use super::capture::Capture;
use bro_log::{Error, Position, Rejects, Schema, Strictness, Warnings};
use std::collections::BTreeMap;

/// How logs are checked.
#[derive(Debug, Clone)]
pub struct CheckParams {
    /// What counts as a bad row. Default: [`Strictness::Lenient`], as everywhere.
    pub strictness: Strictness,
    /// Columns of rows that have no header. Default: none.
    pub schema: Option<Schema>,
    /// Rejected rows kept as examples for each log. Default: 100.
    pub max_examples: usize,
}

impl Default for CheckParams {
    fn default() -> Self {
        Self { strictness: Strictness::Lenient, schema: None, max_examples: 100 }
    }
}

/// A log that is to be checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckInput {
    /// Its name.
    pub name: String,
    /// Its stored bytes, for the progress; 0 if not known.
    pub n_bytes: u64,
}

/// What the logs hold.
///
/// ```
/// use bro_analysis::{CheckInput, CheckParams, check};
/// use bro_log::Source;
/// use std::ops::ControlFlow;
///
/// let log = "#separator \\x09\n#path\tdns\n#fields\tts\trtt\n#types\ttime\tinterval\n1.5\t0.5\n2.5\tsoon\n";
/// let inputs = [CheckInput { name: "dns.log".to_owned(), n_bytes: 0 }];
/// let open = |_| Ok(Source::from_bytes("dns.log", log.as_bytes().to_vec()));
/// let found = check(&inputs, &CheckParams::default(), open, &mut |_| ControlFlow::Continue(()))?;
/// assert_eq!((found.n_rows(), found.n_rejected()), (1, 1));
/// assert_eq!(found.logs[0].rejects.examples()[0].error.code(), "syntax");
/// # Ok::<(), bro_analysis::Error>(())
/// ```
#[derive(Debug, Default)]
pub struct Check {
    /// The logs, in the order given.
    pub logs: Vec<CheckedLog>,
}

/// What one log holds.
#[derive(Debug, Default)]
pub struct CheckedLog {
    /// Its name.
    pub name: String,
    /// Each header with its rows, in the order of the log.
    pub blocks: Vec<CheckedBlock>,
    /// Rows set aside, by reason, with examples.
    pub rejects: Rejects,
    /// What was odd.
    pub warnings: Warnings,
    /// What ended the reading before the log's end.
    pub failure: Option<Failure>,
}

/// Why a log could not be read to its end.
#[derive(Debug)]
pub struct Failure {
    /// What is wrong, and where.
    pub error: Error,
}

impl Failure {
    /// Whether everything up to a place where the log is cut off was read.
    #[must_use]
    pub fn is_cut_off(&self) -> bool {
        matches!(self.error, Error::Truncated { .. })
    }

    /// Whether the file is no log at all, so that there is nothing to say about it.
    #[must_use]
    pub fn is_no_log(&self) -> bool {
        matches!(self.error, Error::NotZeek { .. } | Error::SchemaNeeded { .. })
    }
}

/// Why rows were set aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// One word.
    pub code: &'static str,
    /// How many rows.
    pub n_rows: u64,
    /// The first of them: where each is, and what is wrong with it.
    pub examples: Vec<(Position, String)>,
}

impl Reason {
    /// The most examples of one reason.
    pub const MAX_EXAMPLES: usize = 3;
}

impl CheckedLog {
    /// Rows that could be read.
    #[must_use]
    pub fn n_rows(&self) -> u64 {
        self.blocks.iter().map(|block| block.n_rows).sum()
    }

    /// Rows set aside.
    #[must_use]
    pub fn n_rejected(&self) -> u64 {
        self.rejects.total()
    }

    /// Each reason for which rows were set aside: its word, how many rows, and the first of them as messages.
    #[must_use]
    pub fn reasons(&self) -> Vec<Reason> {
        let messages = |code: &str| {
            let errors = self.rejects.examples().iter().map(|reject| &reject.error);
            let of_reason = errors.filter(|error| error.code() == code).take(Reason::MAX_EXAMPLES);
            of_reason.map(|error| (error.position().unwrap_or_default(), error.to_string())).collect()
        };
        let reason = |(code, n_rows)| Reason { code, n_rows, examples: messages(code) };
        self.rejects.counts().map(reason).collect()
    }

    /// From when to when the rows are.
    #[must_use]
    pub fn span(&self) -> Option<TimeSpan> {
        self.blocks.iter().fold(None, |span, block| TimeSpan::merge(span, block.span))
    }

    /// What its connections say about the sensor; `None` if it holds no conn.log.
    #[must_use]
    pub fn capture(&self) -> Option<Capture> {
        self.blocks.iter().filter_map(|block| block.capture).reduce(Capture::merge)
    }
}

impl Check {
    /// Rows that could be read.
    #[must_use]
    pub fn n_rows(&self) -> u64 {
        self.logs.iter().map(CheckedLog::n_rows).sum()
    }

    /// Rows set aside.
    #[must_use]
    pub fn n_rejected(&self) -> u64 {
        self.logs.iter().map(CheckedLog::n_rejected).sum()
    }

    /// Rows set aside for each reason.
    #[must_use]
    pub fn rejected(&self) -> BTreeMap<&'static str, u64> {
        let mut rejected = BTreeMap::new();
        for (reason, n_rows) in self.logs.iter().flat_map(|log| log.rejects.counts()) {
            *rejected.entry(reason).or_default() += n_rows;
        }
        rejected
    }

    /// Rows of each path; those of logs that do not say theirs stand under `-`.
    #[must_use]
    pub fn paths(&self) -> BTreeMap<&str, u64> {
        let mut paths = BTreeMap::new();
        for block in self.logs.iter().flat_map(|log| &log.blocks) {
            *paths.entry(block.header.path().unwrap_or("-")).or_default() += block.n_rows;
        }
        paths
    }

    /// From when to when the rows are.
    #[must_use]
    pub fn span(&self) -> Option<TimeSpan> {
        self.logs.iter().fold(None, |span, log| TimeSpan::merge(span, log.span()))
    }

    /// What all connections say about the sensor; `None` without a conn.log.
    #[must_use]
    pub fn capture(&self) -> Option<Capture> {
        self.logs.iter().filter_map(CheckedLog::capture).reduce(Capture::merge)
    }
}
