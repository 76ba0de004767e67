use std::ops::ControlFlow;

/// What a long call is busy with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stage {
    /// Reading every cell.
    Check,
    /// Writing rows in another form.
    Convert,
    /// Counting the rows to draw a sample from.
    Count,
    /// Reading what is typical: categories, medians.
    Survey,
    /// Reading for means, variances and correlations.
    Moments,
    /// Reading and projecting every row.
    Project,
    /// Grouping the projected rows; counted in iterations.
    Cluster,
    /// Reading the rows that are grouped.
    Gather,
    /// Measuring how far apart rows are.
    Distances,
    /// Reading the rows that are shown.
    Details,
    /// Reading the rows of every pair.
    Pairs,
    /// Reading sessions.
    Sessions,
    /// Scoring.
    Score,
    /// Training; counted in epochs.
    Train,
}

impl Stage {
    /// The stage in a word or three, for a progress bar.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Check => "checking",
            Self::Convert => "converting",
            Self::Count => "counting rows",
            Self::Survey => "surveying",
            Self::Moments => "measuring",
            Self::Project => "projecting",
            Self::Cluster => "clustering",
            Self::Gather => "gathering",
            Self::Distances => "distances",
            Self::Details => "collecting",
            Self::Pairs => "pairing",
            Self::Sessions => "reading",
            Self::Score => "scoring",
            Self::Train => "training",
        }
    }

    /// A span around the work of a stage, for those who time it; its field `stage` is the [`label`](Self::label).
    pub(crate) fn span(self) -> tracing::Span {
        tracing::info_span!("stage", stage = self.label())
    }

    /// True if [`Progress::done`] counts bytes of the logs.
    #[must_use]
    pub fn counts_bytes(self) -> bool {
        !matches!(self, Self::Cluster | Self::Distances | Self::Score | Self::Train)
    }
}

/// How far a long call has come.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Progress {
    /// What it is busy with.
    pub stage: Stage,
    /// Bytes read, or iterations done, in this stage.
    pub done: u64,
    /// What `done` will be when the stage ends; an upper limit where that cannot be known.
    pub total: u64,
    /// Rows seen in this stage.
    pub n_rows: u64,
    /// What the last epoch of a training brought.
    pub epoch: Option<Epoch>,
}

/// What an epoch of a training brought.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Epoch {
    /// Mean loss of the samples trained on.
    pub loss: f64,
    /// Score of those held out, where they decide when to stop.
    pub validation_score: Option<f64>,
}

/// Where progress goes. Its answer [`ControlFlow::Break`] cancels the call, which then ends with
/// [`Error::Cancelled`](crate::Error::Cancelled).
pub type OnProgress<'a> = &'a mut dyn FnMut(&Progress) -> ControlFlow<()>;
