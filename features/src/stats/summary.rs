/// Count, extremes and the first four moments of a column, in parts that merge.
///
/// `new → update → merge → skew()`: each update is measured in two passes about its own mean, and parts merge by Pébay's
/// formulas, so large means do not cancel. NaN counts as missing. Same bits for the same parts in the same order.
/// 64 bytes.
///
/// ```
/// use bro_features::stats::Summary;
/// let mut summary = Summary::default();
/// summary.update(&[1.0, 2.0, f64::NAN]);
/// let mut rest = Summary::default();
/// rest.update(&[3.0, 10.0]);
/// summary.merge(&rest);
/// assert_eq!((summary.n(), summary.n_missing(), summary.mean()), (4, 1, 4.0));
/// assert_eq!((summary.min(), summary.max()), (Some(1.0), Some(10.0)));
/// assert!((summary.skew() - 1.763_632_6).abs() < 1e-6);
/// ```
///
/// # References
/// Pébay, "Formulas for robust, one-pass parallel computation of covariances and arbitrary-order statistical moments",
/// 2008.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Summary {
    n: u64,
    n_missing: u64,
    min: f64,
    max: f64,
    mean: f64,
    /// Sums of the second to fourth powers of deviations from the mean.
    powers: [f64; 3],
}

impl Default for Summary {
    fn default() -> Self {
        Self { n: 0, n_missing: 0, min: f64::INFINITY, max: f64::NEG_INFINITY, mean: 0.0, powers: [0.0; 3] }
    }
}

impl Summary {
    /// Takes in values.
    pub fn update(&mut self, values: &[f64]) {
        let n = values.iter().filter(|value| !value.is_nan()).count() as u64;
        self.n_missing += values.len() as u64 - n;
        if n == 0 {
            return;
        }
        let [sum] = sums(values, |value| [value]);
        let rough = sum / n as f64;
        let [rest] = sums(values, |value| [value - rough]);
        let mean = rough + rest / n as f64;
        let powers = sums(values, |value| {
            let deviation = value - mean;
            let square = deviation * deviation;
            [square, square * deviation, square * square]
        });
        // Comparisons with NaN are false, so that it is passed over.
        let min =
            values.iter().fold(f64::INFINITY, |least, &value| if value < least { value } else { least });
        let max =
            values.iter().fold(f64::NEG_INFINITY, |most, &value| if value > most { value } else { most });
        self.merge(&Self { n, n_missing: 0, min, max, mean, powers });
    }

    /// Takes in what another part has seen.
    pub fn merge(&mut self, other: &Self) {
        self.n_missing += other.n_missing;
        if self.n == 0 || other.n == 0 {
            if self.n == 0 {
                *self = Self { n_missing: self.n_missing, ..*other };
            }
            return;
        }
        let (a, b) = (self.n as f64, other.n as f64);
        let n = a + b;
        let step = other.mean - self.mean;
        let ([a2, a3, a4], [b2, b3, b4]) = (self.powers, other.powers);
        let unit = step / n;
        self.powers = [
            a2 + b2 + step * unit * a * b,
            a3 + b3 + step * unit * unit * a * b * (a - b) + 3.0 * unit * (a * b2 - b * a2),
            a4 + b4
                + step * unit * unit * unit * a * b * (a * a - a * b + b * b)
                + 6.0 * unit * unit * (a * a * b2 + b * b * a2)
                + 4.0 * unit * (a * b3 - b * a3),
        ];
        self.mean += step * b / n;
        self.n += other.n;
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
    }

    /// Values that are there.
    #[must_use]
    pub fn n(&self) -> u64 {
        self.n
    }

    /// Values that are missing.
    #[must_use]
    pub fn n_missing(&self) -> u64 {
        self.n_missing
    }

    /// The smallest value.
    #[must_use]
    pub fn min(&self) -> Option<f64> {
        (self.n > 0).then_some(self.min)
    }

    /// The largest value.
    #[must_use]
    pub fn max(&self) -> Option<f64> {
        (self.n > 0).then_some(self.max)
    }

    /// Mean; NaN without values.
    #[must_use]
    pub fn mean(&self) -> f64 {
        if self.n == 0 { f64::NAN } else { self.mean }
    }

    /// Sample variance (divided by `n − 1`), as pandas' `var`; NaN below two values.
    #[must_use]
    pub fn var(&self) -> f64 {
        if self.n < 2 { f64::NAN } else { self.powers[0] / (self.n as f64 - 1.0) }
    }

    /// Sample standard deviation, as pandas' `std`.
    #[must_use]
    pub fn std(&self) -> f64 {
        self.var().sqrt()
    }

    /// Skewness, corrected for bias as pandas' `skew`; NaN below three values, 0 if all are equal.
    #[must_use]
    pub fn skew(&self) -> f64 {
        let n = self.n as f64;
        if self.n < 3 {
            return f64::NAN;
        }
        if self.powers[0] == 0.0 {
            return 0.0;
        }
        let biased = self.powers[1] / n / (self.powers[0] / n).powf(1.5);
        biased * (n * (n - 1.0)).sqrt() / (n - 2.0)
    }

    /// Excess kurtosis, corrected for bias as pandas' `kurt`; NaN below four values, 0 if all are equal.
    #[must_use]
    pub fn kurtosis(&self) -> f64 {
        let n = self.n as f64;
        if self.n < 4 {
            return f64::NAN;
        }
        if self.powers[0] == 0.0 {
            return 0.0;
        }
        let variance = self.powers[0] / (n - 1.0);
        let scaled =
            n * (n + 1.0) / ((n - 1.0) * (n - 2.0) * (n - 3.0)) * self.powers[2] / (variance * variance);
        scaled - 3.0 * (n - 1.0).powi(2) / ((n - 2.0) * (n - 3.0))
    }
}

/// Values that are summed side by side.
const LANES: usize = 8;

/// The sums of some terms over the values that are there, in eight lanes, so that an addition need not wait for the
/// one before.
fn sums<const N: usize>(values: &[f64], terms: impl Fn(f64) -> [f64; N]) -> [f64; N] {
    let mut lanes = [[0.0; LANES]; N];
    let mut add = |values: &[f64]| {
        for (lane, &value) in values.iter().enumerate() {
            let terms = terms(value);
            for (sums, term) in lanes.iter_mut().zip(terms) {
                sums[lane] += if value.is_nan() { 0.0 } else { term };
            }
        }
    };
    let (whole, rest) = values.as_chunks::<LANES>();
    whole.iter().for_each(|chunk| add(chunk));
    add(rest);
    lanes.map(|sums| sums.iter().sum())
}
