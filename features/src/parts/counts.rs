use super::Learn;
use ndarray::ArrayView1;
use std::collections::BTreeMap;

/// How often each value of a column occurs. About 32 bytes a distinct value.
///
/// ```
/// use bro_features::{Counts, Learn};
/// use ndarray::array;
/// let mut counts = Counts::default();
/// counts.update(array![2.0, 1.0, 2.0, 1.0, 5.0, f64::NAN].view());
/// assert_eq!(counts.most_frequent(), Some(1.0));
/// assert_eq!((counts.n(), counts.n_missing(), counts.n_distinct()), (5, 1, 3));
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Counts {
    counts: BTreeMap<Ordered, u64>,
    n_missing: u64,
}

/// A number that is not NaN, −0 being 0.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Ordered(f64);

impl Eq for Ordered {}

impl PartialOrd for Ordered {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Ordered {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.total_cmp(&other.0)
    }
}

impl Learn for Counts {
    fn update(&mut self, values: ArrayView1<'_, f64>) {
        for value in values {
            if value.is_nan() {
                self.n_missing += 1;
            } else {
                *self.counts.entry(Ordered(value + 0.0)).or_default() += 1;
            }
        }
    }

    fn merge(&mut self, later: Self) {
        self.n_missing += later.n_missing;
        later.counts.into_iter().for_each(|(value, n)| *self.counts.entry(value).or_default() += n);
    }
}

impl Counts {
    /// Values that are there.
    #[must_use]
    pub fn n(&self) -> u64 {
        self.counts.values().sum()
    }

    /// Values that are missing.
    #[must_use]
    pub fn n_missing(&self) -> u64 {
        self.n_missing
    }

    /// Distinct values.
    #[must_use]
    pub fn n_distinct(&self) -> usize {
        self.counts.len()
    }

    /// The value that occurs most often, the least of several; `None` without values.
    #[must_use]
    pub fn most_frequent(&self) -> Option<f64> {
        self.counts.iter().rev().max_by_key(|(_, n)| **n).map(|(value, _)| value.0)
    }
}
