/// A sample drawn without replacement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sample {
    /// Rows drawn.
    pub n: u64,
    /// Rows drawn from.
    pub of: u64,
    /// The seed it was drawn with.
    pub seed: u64,
}

/// A feature that was left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dropped {
    /// The feature's name.
    pub feature: String,
    /// Why it was left out.
    pub reason: &'static str,
}
