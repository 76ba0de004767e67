//! Principal component analysis.

mod kernel;
mod params;
mod solve;
#[cfg(feature = "serde")]
mod stored;
#[cfg(test)]
mod tests;

use ndarray::{Array1, Array2, ArrayRef2};

pub use params::{NComponents, PcaParams, PcaSolver};

use crate::Error;
use crate::input::{check_finite, check_width};

/// Principal components fitted by [`PcaParams::fit`].
///
/// ```
/// use bro_ml_core::{NComponents, PcaParams};
/// use ndarray::array;
///
/// let x = array![[1.0, 1.0], [2.0, 2.0], [3.0, 3.1], [4.0, 3.9]];
/// let pca = PcaParams { n_components: NComponents::Count(1), ..PcaParams::new() }.fit(&x)?;
/// assert!(pca.explained_variance_ratio()[0] > 0.99);
/// let projected = pca.transform(&x)?;
/// assert_eq!(projected.dim(), (4, 1));
/// let restored = pca.inverse_transform(&projected)?;
/// assert!((&restored - &x).iter().all(|error| error.abs() < 0.1));
/// # Ok::<(), bro_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(into = "stored::Stored", try_from = "stored::Stored"))]
pub struct Pca {
    components: Array2<f64>,
    explained_variance: Array1<f64>,
    explained_variance_ratio: Array1<f64>,
    mean: Array1<f64>,
    noise_variance: f64,
    n_samples: u64,
    whiten: bool,
}

impl Pca {
    /// Projects `x`, shape `(n_samples, n_features)`, on the components; shape `(n_samples, n_components)`.
    ///
    /// One parallel pass; `x` is neither copied nor centred in memory.
    ///
    /// # Errors
    /// [`Error::NFeatures`] for another width than the fitted one; [`Error::NonFinite`] for NaN or infinity.
    pub fn transform(&self, x: &ArrayRef2<f64>) -> Result<Array2<f64>, Error> {
        check_width(x, self.mean.len())?;
        let mut axes = self.components.clone();
        if self.whiten {
            axes.rows_mut().into_iter().zip(self.whitening()).for_each(|(mut axis, scale)| axis /= scale);
        }
        let projected = kernel::project(x, &self.mean, &axes);
        // A value that is not finite makes its whole projected row so; only then is `x` read again to name it.
        if projected.iter().any(|value| !value.is_finite()) {
            check_finite(x)?;
        }
        Ok(projected)
    }

    /// Brings projected rows, shape `(n_samples, n_components)`, back to the features, `(n_samples, n_features)`: the
    /// original rows if all components were kept, else their best approximation of that rank.
    ///
    /// # Errors
    /// [`Error::NFeatures`] unless `x` has one column for each component; [`Error::NonFinite`] for NaN or infinity.
    pub fn inverse_transform(&self, x: &ArrayRef2<f64>) -> Result<Array2<f64>, Error> {
        check_width(x, self.n_components())?;
        check_finite(x)?;
        if self.whiten {
            return Ok((&x.view() * &self.whitening()).dot(&self.components) + &self.mean);
        }
        Ok(x.dot(&self.components) + &self.mean)
    }

    /// Divisors that give projected columns variance 1; a component without variance is left as it is.
    fn whitening(&self) -> Array1<f64> {
        self.explained_variance.mapv(|variance| variance.sqrt().max(f64::EPSILON))
    }

    /// Components kept.
    #[must_use]
    pub fn n_components(&self) -> usize {
        self.components.nrows()
    }

    /// Unit vectors in feature space, shape `(n_components, n_features)`, by falling variance. The sign is chosen so
    /// that the entry of largest magnitude (the first such) is positive.
    #[must_use]
    pub fn components(&self) -> &Array2<f64> {
        &self.components
    }

    /// Sample variance along each component (divided by `n_samples − 1`), shape `(n_components,)`.
    #[must_use]
    pub fn explained_variance(&self) -> &Array1<f64> {
        &self.explained_variance
    }

    /// Share of the total variance along each component, shape `(n_components,)`; zeros if there is no variance.
    #[must_use]
    pub fn explained_variance_ratio(&self) -> &Array1<f64> {
        &self.explained_variance_ratio
    }

    /// `√(explained_variance · (n_samples − 1))`, shape `(n_components,)`.
    #[must_use]
    pub fn singular_values(&self) -> Array1<f64> {
        self.explained_variance.mapv(|variance| (variance * (self.n_samples as f64 - 1.0)).sqrt())
    }

    /// Mean of each feature, shape `(n_features,)`.
    #[must_use]
    pub fn mean(&self) -> &Array1<f64> {
        &self.mean
    }

    /// Mean variance along the components left out (Tipping and Bishop's probabilistic model), 0 if none is.
    #[must_use]
    pub fn noise_variance(&self) -> f64 {
        self.noise_variance
    }

    /// Rows that the components were learnt from.
    #[must_use]
    pub fn n_samples(&self) -> u64 {
        self.n_samples
    }
}
