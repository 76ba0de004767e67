use super::Learn;
use ndarray::ArrayView1;

/// Count, mean and sum of squared deviations of a column. 24 bytes.
///
/// Each update is measured in two passes about its own mean; parts merge by Chan, Golub and LeVeque's formula.
///
/// ```
/// use bro_features::{Learn, Moments};
/// use ndarray::array;
/// let mut moments = Moments::default();
/// moments.update(array![1.0, f64::NAN, 3.0].view());
/// assert_eq!((moments.n(), moments.mean(), moments.var()), (2, 2.0, 1.0));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Moments {
    n: u64,
    mean: f64,
    deviations: f64,
}

impl Learn for Moments {
    fn update(&mut self, values: ArrayView1<'_, f64>) {
        let there = || values.iter().copied().filter(|value| !value.is_nan());
        let n = there().count() as u64;
        if n == 0 {
            return;
        }
        let mean = there().sum::<f64>() / n as f64;
        let residue = there().map(|value| value - mean).sum::<f64>();
        let squares = there().map(|value| (value - mean) * (value - mean)).sum::<f64>();
        let deviations = (squares - residue * residue / n as f64).max(0.0);
        self.merge(Self { n, mean: mean + residue / n as f64, deviations });
    }

    fn merge(&mut self, later: Self) {
        if self.n == 0 || later.n == 0 {
            *self = if self.n == 0 { later } else { *self };
            return;
        }
        let (n, m) = (self.n as f64, later.n as f64);
        let step = later.mean - self.mean;
        self.deviations += later.deviations + step * step * (n * m / (n + m));
        self.mean += step * (m / (n + m));
        self.n += later.n;
    }
}

impl Moments {
    /// Values that are there.
    #[must_use]
    pub fn n(&self) -> u64 {
        self.n
    }

    /// Their mean; 0 without values.
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.mean
    }

    /// Their population variance (divided by `n`); 0 without values.
    #[must_use]
    pub fn var(&self) -> f64 {
        if self.n == 0 { 0.0 } else { self.deviations / self.n as f64 }
    }

    /// True if the variance is within the rounding error of the mean, as scikit-learn decides it:
    /// `var ≤ n·ε·var + (n·ε·mean)²`.
    #[must_use]
    pub fn is_constant(&self) -> bool {
        let rounding = self.n as f64 * f64::EPSILON;
        self.var() <= rounding * self.var() + (rounding * self.mean).powi(2)
    }
}
