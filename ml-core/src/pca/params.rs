//! Settings, and fitting.

use ndarray::{Array1, Array2, ArrayRef2, s};

use super::{Pca, solve};
use crate::input::{check_shape, check_width};
use crate::linalg::{Eigen, symmetric_eigen};
use crate::moments::ColumnMoments;
use crate::{CoMoments, Error};

/// How many components to keep.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum NComponents {
    /// As many as there are: the lesser of samples and features.
    All,
    /// This number, at least 1.
    Count(usize),
    /// The fewest that together explain more than this share of the variance, above 0 and below 1.
    VarianceShare(f64),
}

/// How the components are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum PcaSolver {
    /// Eigenvectors of the covariance matrix: one pass over the rows, best for `n_samples ≫ n_features`. Variances
    /// below about `ε` times the largest are lost to rounding.
    CovarianceEigh,
    /// Singular value decomposition of the centred rows (QR by chunks, then one-sided Jacobi): several times slower,
    /// but exact for variances down to `ε²` times the largest. The input is not copied.
    Full,
    /// Subspace iteration from random directions: for many features and few components. Approximate unless the
    /// variances fall steeply; needs [`NComponents::Count`].
    Randomized {
        /// Directions beside those asked for; scikit-learn takes 10.
        n_oversamples: usize,
        /// Power iterations, one pass over the rows each; scikit-learn takes 4 to 7.
        n_iter: usize,
        /// Seed of the directions (`ChaCha8Rng`).
        seed: u64,
    },
}

/// Settings of a principal component analysis.
///
/// ```
/// use bro_ml_core::{CoMoments, PcaParams};
/// use ndarray::array;
///
/// let x = array![[0.0, 5.0], [1.0, 9.0], [2.0, 7.0]];
/// let standardized = CoMoments::of(&x)?.standardized();
/// let pca = PcaParams::new().fit_co_moments(&standardized)?;
/// assert!((pca.explained_variance().sum() - 3.0).abs() < 1e-12); // two columns of sample variance 3 / 2
/// # Ok::<(), bro_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct PcaParams {
    /// Components to keep; default [`NComponents::All`].
    pub n_components: NComponents,
    /// Divide each projected column by its standard deviation; default `false`.
    pub whiten: bool,
    /// Default [`PcaSolver::CovarianceEigh`].
    pub solver: PcaSolver,
}

impl Default for PcaParams {
    fn default() -> Self {
        Self::new()
    }
}

impl PcaParams {
    /// All components, not whitened.
    #[must_use]
    pub fn new() -> Self {
        Self { n_components: NComponents::All, whiten: false, solver: PcaSolver::CovarianceEigh }
    }

    /// Finds the directions of largest variance of `x`, shape `(n_samples, n_features)`.
    ///
    /// Columns in different units dominate one another: scale them first, or fit on
    /// [`CoMoments::standardized`]. Time O(n_samples · n_features² + n_features³), memory O(n_features²); `x` is not
    /// copied. Same bits on any number of threads.
    ///
    /// # Errors
    /// [`Error::NSamples`] below two rows; [`Error::NFeatures`] without columns; [`Error::NonFinite`] and
    /// [`Error::Magnitude`] for values that cannot be squared and summed; [`Error::NComponents`] for a count of 0 or above
    /// the lesser of samples and features; [`Error::Parameter`] for a share outside 0 to 1.
    ///
    /// # References
    /// Jolliffe, "Principal component analysis", 2nd edition, 2002. Tipping & Bishop, "Probabilistic principal
    /// component analysis", 1999 (`noise_variance`).
    pub fn fit(&self, x: &ArrayRef2<f64>) -> Result<Pca, Error> {
        check_shape(x, 2)?;
        let limit = x.nrows().min(x.ncols());
        self.check(limit)?;
        if self.solver == PcaSolver::CovarianceEigh {
            return self.fit_co_moments(&CoMoments::of(x)?);
        }
        let moments = ColumnMoments::of(x)?;
        let spectrum = match (self.solver, self.n_components) {
            (PcaSolver::Randomized { n_oversamples, n_iter, seed }, NComponents::Count(count)) => {
                let total = moments.var().sum() * (moments.n as f64 / (moments.n as f64 - 1.0));
                solve::randomized(x, &moments.mean, total, count + n_oversamples, n_iter, seed, limit)
            }
            (PcaSolver::Randomized { .. }, _) => {
                let expected = "a count with the randomized solver";
                return Err(Error::Parameter { name: "n_components", value: f64::NAN, expected });
            }
            _ => solve::full(x, &moments.mean, limit),
        };
        Ok(self.keep(spectrum, &moments.mean, moments.n))
    }

    /// As [`fit`](Self::fit) with [`PcaSolver::CovarianceEigh`], from the co-moments of the rows alone.
    ///
    /// # Errors
    /// [`Error::NSamples`], [`Error::NFeatures`], [`Error::NComponents`] and [`Error::Parameter`] as [`fit`](Self::fit).
    pub fn fit_co_moments(&self, moments: &CoMoments) -> Result<Pca, Error> {
        check_width(&Array2::zeros((0, moments.n_features())), moments.n_features().max(1))?;
        if moments.n() < 2 {
            return Err(Error::NSamples { found: moments.n() as usize, expected: 2 });
        }
        let limit = moments.n_features().min(usize::try_from(moments.n()).unwrap_or(usize::MAX));
        self.check(limit)?;
        let Eigen { values, vectors } = symmetric_eigen(&moments.covariance());
        let total = values.iter().map(|value| value.max(0.0)).sum();
        Ok(self.keep(Spectrum { values, vectors, limit, total }, moments.mean(), moments.n()))
    }

    fn check(&self, limit: usize) -> Result<(), Error> {
        match self.n_components {
            NComponents::Count(n_components) if n_components == 0 || n_components > limit => {
                Err(Error::NComponents { n_components, limit })
            }
            NComponents::VarianceShare(value) if !(value > 0.0 && value < 1.0) => {
                Err(Error::Parameter { name: "n_components", value, expected: "a share above 0 and below 1" })
            }
            _ => Ok(()),
        }
    }

    fn keep(&self, spectrum: Spectrum, mean: &[f64], n_samples: u64) -> Pca {
        let Spectrum { values, mut vectors, limit, total } = spectrum;
        // Rounding can leave a variance of zero slightly below zero.
        let variances = values.slice(s![..limit.min(values.len())]).mapv(|value| value.max(0.0));
        let ratios = variances.mapv(|variance| if total > 0.0 { variance / total } else { 0.0 });
        let n_components = match self.n_components {
            NComponents::All => limit,
            NComponents::Count(n_components) => n_components,
            NComponents::VarianceShare(share) => fewest_above(&ratios, share),
        };
        vectors.rows_mut().into_iter().for_each(|mut row| {
            if largest(row.iter()) < 0.0 {
                row.mapv_inplace(|value| -value);
            }
        });
        let left_out = (total - variances.slice(s![..n_components]).sum()).max(0.0);
        let noise_variance =
            if n_components < limit { left_out / (limit - n_components) as f64 } else { 0.0 };
        Pca {
            components: vectors.slice(s![..n_components, ..]).to_owned(),
            explained_variance: variances.slice(s![..n_components]).to_owned(),
            explained_variance_ratio: ratios.slice(s![..n_components]).to_owned(),
            mean: Array1::from(mean.to_vec()),
            noise_variance,
            n_samples,
            whiten: self.whiten,
        }
    }
}

/// Variances from largest to smallest and their directions, of which the first `limit` can carry variance.
pub(super) struct Spectrum {
    pub(super) values: Array1<f64>,
    pub(super) vectors: Array2<f64>,
    pub(super) limit: usize,
    /// Variance of all directions, of which `values` may hold only the largest.
    pub(super) total: f64,
}

/// The entry of largest magnitude, the first of several.
fn largest<'a>(values: impl Iterator<Item = &'a f64>) -> f64 {
    values.fold(0.0, |largest: f64, &value| if value.abs() > largest.abs() { value } else { largest })
}

/// How many of the first ratios it takes to exceed `share`.
fn fewest_above(ratios: &Array1<f64>, share: f64) -> usize {
    let mut sum = 0.0;
    let within = ratios.iter().take_while(|&ratio| {
        sum += ratio;
        sum <= share
    });
    (within.count() + 1).min(ratios.len())
}
