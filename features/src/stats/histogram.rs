/// Counts of values in bins of equal width, and of those below and above them.
///
/// ```
/// use bro_features::stats::Histogram;
/// let mut histogram = Histogram::new(0.0, 10.0, 5).expect("a range and bins");
/// histogram.update(&[0.0, 1.9, 2.0, 10.0, -1.0, 11.0, f64::NAN]);
/// assert_eq!(histogram.counts(), [2, 1, 0, 0, 1]);
/// assert_eq!((histogram.n_below(), histogram.n_above(), histogram.n_missing()), (1, 1, 1));
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Histogram {
    low: f64,
    high: f64,
    counts: Vec<u64>,
    n_below: u64,
    n_above: u64,
    n_missing: u64,
}

impl Histogram {
    /// Bins from `low` to `high`, the last with both its edges, as numpy's. `None` if there are no bins or `low` is not
    /// below `high`.
    #[must_use]
    pub fn new(low: f64, high: f64, n_bins: usize) -> Option<Self> {
        let is_range = low.is_finite() && high.is_finite() && low < high && n_bins > 0;
        is_range.then(|| Self { low, high, counts: vec![0; n_bins], n_below: 0, n_above: 0, n_missing: 0 })
    }

    /// Counts values.
    pub fn update(&mut self, values: &[f64]) {
        let n_bins = self.counts.len();
        for &value in values {
            if value.is_nan() {
                self.n_missing += 1;
            } else if value < self.low {
                self.n_below += 1;
            } else if value > self.high {
                self.n_above += 1;
            } else {
                let place = (value - self.low) / (self.high - self.low) * n_bins as f64;
                self.counts[(place as usize).min(n_bins - 1)] += 1;
            }
        }
    }

    /// Adds what `other` has counted; `None`, and nothing is added, if its bins are others.
    pub fn merge(&mut self, other: &Self) -> Option<()> {
        let bins = |one: &Self| (one.low.to_bits(), one.high.to_bits(), one.counts.len());
        if bins(self) != bins(other) {
            return None;
        }
        self.counts.iter_mut().zip(&other.counts).for_each(|(mine, theirs)| *mine += theirs);
        self.n_below += other.n_below;
        self.n_above += other.n_above;
        self.n_missing += other.n_missing;
        Some(())
    }

    /// The counts, from the lowest bin on.
    #[must_use]
    pub fn counts(&self) -> &[u64] {
        &self.counts
    }

    /// The edges of the bins: one more than there are bins.
    #[must_use]
    pub fn edges(&self) -> Vec<f64> {
        let n = self.counts.len();
        (0..=n).map(|i| self.low + (self.high - self.low) * i as f64 / n as f64).collect()
    }

    /// Values below the first bin.
    #[must_use]
    pub fn n_below(&self) -> u64 {
        self.n_below
    }

    /// Values above the last bin.
    #[must_use]
    pub fn n_above(&self) -> u64 {
        self.n_above
    }

    /// Values that are missing.
    #[must_use]
    pub fn n_missing(&self) -> u64 {
        self.n_missing
    }
}
