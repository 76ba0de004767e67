use crate::Stage;
use bro_features::LogKind;
use std::fmt;

/// Why a question could not be answered.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A parameter is out of its range.
    #[error("{name} is {found}, expected {expected}")]
    Parameter {
        /// The parameter.
        name: &'static str,
        /// Its value.
        found: String,
        /// What it may be.
        expected: String,
    },
    /// The features asked for do not exist.
    #[error(transparent)]
    Features(#[from] bro_features::Error),
    /// No log was given.
    #[error("no log was given")]
    NoLogs,
    /// A log could not be read.
    #[error("{log}: {source}")]
    Log {
        /// Its name.
        log: String,
        /// What is wrong with it.
        source: bro_log::Error,
    },
    /// A log has no rows.
    #[error("{log} has no rows{}; give a {kind}.log that has some", because(*.n_rejected))]
    NoRows {
        /// Its name, or how many logs there are.
        log: String,
        /// The kind of log asked about.
        kind: LogKind,
        /// Rows that were set aside.
        n_rejected: u64,
    },
    /// A log is of another kind than the question is about.
    #[error(
        "{log} is not {} {kind}.log: its path is {path} and it has no {missing}; give the {kind}.log of the same folder",
        article(*.kind)
    )]
    OtherKind {
        /// Its name.
        log: String,
        /// The kind of log asked about.
        kind: LogKind,
        /// Its `#path`.
        path: String,
        /// The fields it would need, separated by commas.
        missing: String,
    },
    /// No log tells who called whom.
    #[error(
        "{log}: no row tells who called whom{}{}; give an http.log, ssl.log, dns.log or conn.log", because(*.n_rejected),
        if .others.is_empty() { String::new() } else { format!(" (found: {others})") }
    )]
    NoPairs {
        /// The names of the logs.
        log: String,
        /// Paths of the rows found instead.
        others: String,
        /// Rows that were set aside.
        n_rejected: u64,
    },
    /// A stored model cannot be used.
    #[error("the model cannot be used: {detail}")]
    Model {
        /// What is wrong with it.
        detail: String,
    },
    /// A file of labels cannot be read.
    #[error(
        "labels, line {line}: {detail}; expected a uid and its label in each line, or a Zeek log with these fields"
    )]
    Labels {
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        detail: String,
    },
    /// No label means what is looked for.
    #[error("no session is labelled {asked:?}; {}", if .found.is_empty() {
        "no session of these logs has a label".to_owned()
    } else {
        format!("found: {found}; name one with --positive")
    })]
    NoPositive {
        /// The label asked for.
        asked: String,
        /// Labels that occur.
        found: String,
    },
    /// Only one class is labelled.
    #[error(
        "all {n} labelled sessions are {label:?}, expected some of another kind to learn the difference from"
    )]
    OneClass {
        /// The only label.
        label: String,
        /// Sessions.
        n: u64,
    },
    /// Synthetic logs could not be made.
    #[error(transparent)]
    Synth(#[from] bro_synth::Error),
    /// Fewer rows than clusters.
    #[error(
        "{log} has {n_rows} rows, too few for {n_clusters} clusters; give more logs or a smaller n_clusters"
    )]
    TooFewRows {
        /// Its name, or how many logs there are.
        log: String,
        /// Rows that can be used.
        n_rows: u64,
        /// Clusters asked for.
        n_clusters: usize,
    },
    /// More components than features that vary.
    #[error("n_components is {n_components}, expected 1 to {n_features} (the number of features that vary)")]
    TooManyComponents {
        /// Components asked for.
        n_components: usize,
        /// Features that vary.
        n_features: usize,
    },
    /// A log changed between two passes.
    #[error("{log} changed while it was being read; copy it first, or wait until its writer has closed it")]
    Changed {
        /// Its name.
        log: String,
    },
    /// The numbers could not be worked with.
    #[error("{}: {source}", .stage.label())]
    Kernel {
        /// What was being done.
        stage: Stage,
        /// What is wrong.
        source: bro_ml_core::Error,
    },
    /// The callback asked to stop.
    #[error("cancelled")]
    Cancelled,
}

fn article(kind: LogKind) -> &'static str {
    if kind == LogKind::Http { "an" } else { "a" }
}

fn because(n_rejected: u64) -> String {
    if n_rejected == 0 { String::new() } else { format!(" that can be read ({n_rejected} were set aside)") }
}

impl Error {
    /// Says during which stage a kernel failed.
    pub(crate) fn at(stage: Stage) -> impl Fn(bro_ml_core::Error) -> Self {
        move |source| match source {
            bro_ml_core::Error::Cancelled => Self::Cancelled,
            source => Self::Kernel { stage, source },
        }
    }
}

/// What the reader of the findings should know.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Warning {
    /// A compressed log ends before its end.
    Truncated {
        /// Its name.
        log: String,
        /// What the reader said.
        detail: String,
    },
    /// Rows were set aside.
    Rejected {
        /// How many.
        n_rows: u64,
        /// The first of them, with its place.
        first: String,
    },
    /// Rows of another kind of log stand among those asked for.
    OtherRows {
        /// The kinds of log asked about, in words.
        asked: String,
        /// The `#path` of the others, and how many.
        others: Vec<(String, u64)>,
    },
    /// Rows lack a time or an address.
    Incomplete {
        /// How many.
        n_rows: u64,
    },
    /// Only a sample was used.
    Sampled {
        /// Rows drawn.
        n: u64,
        /// Rows drawn from.
        of: u64,
    },
    /// No feature varies: the sessions are all the same.
    AllEqual {
        /// How many sessions.
        n_rows: u64,
    },
    /// There are fewer different sessions than clusters.
    FewerClusters {
        /// Clusters that hold a session.
        found: usize,
        /// Clusters asked for.
        asked: usize,
    },
    /// Rows left a time window before their time.
    WindowsCut {
        /// How many.
        n_rows: u64,
    },
    /// Labels were asked for, and no connection has one.
    NoLabels,
    /// So many hosts or pairs reached a threshold of the profile that only those with most were counted.
    TooManySuspects,
    /// Not every session found is described.
    Cut {
        /// Sessions that are.
        listed: usize,
        /// Sessions found.
        of: u64,
    },
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Truncated { log, detail } => {
                write!(
                    f,
                    "{log} is cut off: every whole row before the cut was used, the rest is lost ({detail})"
                )
            }
            Self::Rejected { n_rows, first } => {
                write!(f, "{n_rows} rows that cannot be read were set aside; the first: {first}")
            }
            Self::OtherRows { asked, others } => {
                let others: Vec<_> =
                    others.iter().map(|(path, n)| format!("{n} rows of path {path}")).collect();
                write!(f, "left out, as they are not {asked}: {}", others.join(", "))
            }
            Self::Incomplete { n_rows } => {
                write!(f, "{n_rows} rows without a time or an address were left out")
            }
            Self::Sampled { n, of } => write!(f, "every figure is of a sample of {n} of {of} rows"),
            Self::AllEqual { n_rows } => {
                write!(
                    f,
                    "all {n_rows} sessions are equal in every feature: there is nothing that could stand out"
                )
            }
            Self::FewerClusters { found, asked } => {
                write!(f, "the sessions form only {found} different clusters of the {asked} asked for")
            }
            Self::WindowsCut { n_rows } => {
                write!(f, "{n_rows} rows left a time window before their time, as it holds 1,048,576 at most")
            }
            Self::NoLabels => {
                write!(
                    f,
                    "no connection has a label: look at the name of the column, or at the uids of the file"
                )
            }
            Self::TooManySuspects => {
                write!(
                    f,
                    "so many hosts or pairs reached a threshold that only those with most connections or bytes were \
                     looked at; raise the thresholds to be sure that none is left out"
                )
            }
            Self::Cut { listed, of } => write!(f, "{listed} of the {of} found are described"),
        }
    }
}
