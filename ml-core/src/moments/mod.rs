//! Means, variances, covariances and correlations in one pass that can be split and merged.

mod columns;
mod kernel;
#[cfg(feature = "serde")]
mod stored;
#[cfg(test)]
mod tests;

use ndarray::{Array1, Array2, ArrayRef2};

pub(crate) use columns::ColumnMoments;

use crate::Error;
use crate::input::{check_width, first_non_finite, row_major};
use crate::parallel::map_chunks;
use crate::simd::{self, InstructionSet};

/// Rows that one task reads before its result is merged; fixed, so that results do not depend on the threads.
const CHUNK_ROWS: usize = 16_384;

/// Beyond this magnitude squares may overflow when they are summed.
pub(crate) const MAX_MAGNITUDE: f64 = 1e145;

/// Count, mean and sums of products of deviations of some rows: the state from which means, variances, covariances,
/// correlations, scalers and principal components are made, without holding the rows.
///
/// `new → update(batch)… → merge(other)… → covariance()`: parts made of different rows, by different threads or
/// machines, merge into the state of all rows. Deviations are taken from the mean of 128 rows at a time and merged
/// pairwise, so large means do not cancel: for values around 10⁹ with a spread of 1 about seven digits more survive
/// than from `Σx² − (Σx)²/n`.
///
/// One pass of O(n_rows · n_features²) and O(n_features²) memory; the input is neither copied nor changed. Same bits on
/// any number of threads.
///
/// ```
/// use bro_ml_core::CoMoments;
/// use ndarray::array;
///
/// let mut moments = CoMoments::new(2);
/// moments.update(&array![[1.0, 10.0], [2.0, 20.0]])?;
/// moments.merge(&CoMoments::of(&array![[3.0, 30.0], [4.0, 20.0]])?)?;
/// assert_eq!(moments.n(), 4);
/// assert_eq!(moments.mean(), [2.5, 20.0]);
/// assert_eq!(moments.covariance()[[0, 1]], 20.0 / 3.0);
/// # Ok::<(), bro_ml_core::Error>(())
/// ```
///
/// # References
/// Chan, Golub & LeVeque, "Updating formulae and a pairwise algorithm for computing sample variances", 1979.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(into = "stored::Stored", try_from = "stored::Stored"))]
pub struct CoMoments {
    n: u64,
    mean: Array1<f64>,
    /// Sums of products of deviations from the mean; symmetric.
    co: Array2<f64>,
}

impl CoMoments {
    /// The state of no rows of `n_features` columns.
    #[must_use]
    pub fn new(n_features: usize) -> Self {
        Self { n: 0, mean: Array1::zeros(n_features), co: Array2::zeros((n_features, n_features)) }
    }

    /// The state of the rows of `x`.
    ///
    /// # Errors
    /// As [`update`](Self::update).
    pub fn of(x: &ArrayRef2<f64>) -> Result<Self, Error> {
        let mut moments = Self::new(x.ncols());
        moments.update(x)?;
        Ok(moments)
    }

    /// Adds the rows of `x`, shape `(n_rows, n_features)`, in parallel. After an error nothing was added.
    ///
    /// # Errors
    /// [`Error::NFeatures`] for another width; [`Error::NonFinite`] for NaN or infinity; [`Error::Magnitude`] if a
    /// sum of products overflows.
    pub fn update(&mut self, x: &ArrayRef2<f64>) -> Result<(), Error> {
        check_width(x, self.n_features())?;
        self.update_with(simd::in_use(), x)
    }

    fn update_with(&mut self, set: InstructionSet, x: &ArrayRef2<f64>) -> Result<(), Error> {
        let d = self.n_features();
        if d == 0 {
            self.n += x.nrows() as u64;
            return Ok(());
        }
        let rows = row_major(x);
        let values = rows.as_slice().expect("row-major without gaps");
        let parts = map_chunks(x.nrows(), CHUNK_ROWS, |range| {
            kernel::co_moments(set, &values[range.start * d..range.end * d], d)
        });
        let mut sum = self.clone();
        parts.iter().for_each(|part| sum.add(part));
        if !sum.is_finite() {
            return Err(not_summable(x));
        }
        *self = sum;
        Ok(())
    }

    /// Adds the rows that `other` has seen.
    ///
    /// # Errors
    /// [`Error::NFeatures`] for another width.
    pub fn merge(&mut self, other: &Self) -> Result<(), Error> {
        if other.n_features() != self.n_features() {
            return Err(Error::NFeatures { found: other.n_features(), expected: self.n_features() });
        }
        self.add(other);
        Ok(())
    }

    fn add(&mut self, other: &Self) {
        if other.n == 0 {
            return;
        }
        let n = (self.n + other.n) as f64;
        let share = other.n as f64 / n;
        let delta = &other.mean - &self.mean;
        let weight = self.n as f64 * share;
        for ((mut row, other_row), &delta_row) in
            self.co.rows_mut().into_iter().zip(other.co.rows()).zip(&delta)
        {
            for ((sum, &other), &delta_column) in row.iter_mut().zip(other_row).zip(&delta) {
                *sum += other + weight * (delta_row * delta_column);
            }
        }
        self.mean.scaled_add(share, &delta);
        self.n += other.n;
    }

    fn is_finite(&self) -> bool {
        self.mean.iter().chain(&self.co).all(|value| value.is_finite())
    }

    /// Rows seen.
    #[must_use]
    pub fn n(&self) -> u64 {
        self.n
    }

    /// Columns of the rows.
    #[must_use]
    pub fn n_features(&self) -> usize {
        self.mean.len()
    }

    /// Mean of each column, shape `(n_features,)`; zeros before any row.
    #[must_use]
    pub fn mean(&self) -> &[f64] {
        self.mean.as_slice().expect("an owned vector is contiguous")
    }

    /// Population variance of each column (divided by `n`), as the standard scaler uses it; NaN before any row.
    #[must_use]
    pub fn var(&self) -> Array1<f64> {
        self.co.diag().mapv(|sum| sum / self.n as f64)
    }

    /// Sums of products of deviations from the means, shape `(n_features, n_features)`.
    #[must_use]
    pub fn sums_of_products(&self) -> &Array2<f64> {
        &self.co
    }

    /// The state of the same rows with only these columns, in this order.
    ///
    /// ```
    /// let moments = bro_ml_core::CoMoments::of(&ndarray::array![[1.0, 5.0, 2.0], [3.0, 5.0, 4.0]])?;
    /// let some = moments.select(&[2, 0]);
    /// assert_eq!(some.mean(), [3.0, 2.0]);
    /// assert_eq!(some.covariance()[[0, 1]], 2.0);
    /// # Ok::<(), bro_ml_core::Error>(())
    /// ```
    ///
    /// # Panics
    /// If there is no such column.
    #[must_use]
    pub fn select(&self, columns: &[usize]) -> Self {
        let dim = (columns.len(), columns.len());
        Self {
            n: self.n,
            mean: columns.iter().map(|&column| self.mean[column]).collect(),
            co: Array2::from_shape_fn(dim, |(row, column)| self.co[[columns[row], columns[column]]]),
        }
    }

    /// Sample covariance (divided by `n − 1`), shape `(n_features, n_features)`; not finite below two rows.
    #[must_use]
    pub fn covariance(&self) -> Array2<f64> {
        &self.co / (self.n as f64 - 1.0)
    }

    /// Whether a column has no more variance than the rounding of its mean makes.
    ///
    /// # Panics
    /// If there is no such column.
    #[must_use]
    pub fn is_constant(&self, column: usize) -> bool {
        is_rounding(self.n, self.mean[column], self.co[[column, column]] / self.n as f64)
    }

    /// Pearson's correlation of each pair of columns, shape `(n_features, n_features)`, exactly 1 on the diagonal.
    ///
    /// A constant column has no correlation: its row and column are NaN, as in `numpy.corrcoef`. A column counts as
    /// constant if its variance is within the rounding error of its mean.
    #[must_use]
    pub fn correlation(&self) -> Array2<f64> {
        let root = |column: usize| self.co[[column, column]].sqrt();
        let spread = (0..self.n_features())
            .map(|column| if self.is_constant(column) { f64::NAN } else { root(column) })
            .collect::<Vec<_>>();
        Array2::from_shape_fn(self.co.dim(), |(row, column)| {
            if row == column && !spread[row].is_nan() {
                return 1.0;
            }
            (self.co[[row, column]] / spread[row] / spread[column]).clamp(-1.0, 1.0)
        })
    }

    /// The state of the same rows after [`StandardScaler`](crate::StandardScaler): means 0 and variances 1, so that
    /// principal components of standardized columns need no second pass. Constant columns have a variance of 0.
    #[must_use]
    pub fn standardized(&self) -> Self {
        let n = self.n as f64;
        let co = self.correlation().mapv(|r| if r.is_nan() { 0.0 } else { n * r });
        Self { n: self.n, mean: Array1::zeros(self.n_features()), co }
    }
}

/// Whether a variance may be nothing but the rounding error of the mean: as scikit-learn,
/// `var ≤ n·ε·var + (n·ε·mean)²`.
fn is_rounding(n: u64, mean: f64, var: f64) -> bool {
    let error = n as f64 * f64::EPSILON;
    var <= error * var + (error * mean).powi(2)
}

/// Why sums over `x` are not finite.
#[cold]
fn not_summable(x: &ArrayRef2<f64>) -> Error {
    if x.iter().any(|value| !value.is_finite()) {
        return first_non_finite(x);
    }
    let largest = x.indexed_iter().max_by(|a, b| a.1.abs().total_cmp(&b.1.abs()));
    let ((row, column), &value) = largest.expect("only rows with values give sums that are not finite");
    Error::Magnitude { row, column, value, limit: MAX_MAGNITUDE }
}
