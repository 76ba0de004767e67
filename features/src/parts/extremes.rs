use super::Learn;
use ndarray::ArrayView1;

/// Count, least and greatest value of a column. 24 bytes.
///
/// ```
/// use bro_features::{Extremes, Learn};
/// use ndarray::array;
/// let mut extremes = Extremes::default();
/// extremes.update(array![2.0, -1.0, f64::NAN].view());
/// assert_eq!((extremes.n(), extremes.range()), (2, Some((-1.0, 2.0))));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Extremes {
    n: u64,
    min: f64,
    max: f64,
}

impl Learn for Extremes {
    fn update(&mut self, values: ArrayView1<'_, f64>) {
        let there = values.iter().filter(|value| !value.is_nan());
        there.for_each(|&value| self.merge(Self { n: 1, min: value, max: value }));
    }

    fn merge(&mut self, later: Self) {
        if self.n == 0 || later.n == 0 {
            *self = if self.n == 0 { later } else { *self };
            return;
        }
        *self = Self { n: self.n + later.n, min: self.min.min(later.min), max: self.max.max(later.max) };
    }
}

impl Extremes {
    /// Values that are there.
    #[must_use]
    pub fn n(&self) -> u64 {
        self.n
    }

    /// The least and the greatest of them, `None` without any.
    #[must_use]
    pub fn range(&self) -> Option<(f64, f64)> {
        (self.n > 0).then_some((self.min, self.max))
    }
}
