//! Columns brought to mean 0 and variance 1.

mod kernel;
#[cfg(feature = "serde")]
mod stored;
#[cfg(test)]
mod tests;

use ndarray::{Array1, Array2, ArrayRef2};

use crate::input::{check_finite, check_shape, check_width};
use crate::moments::ColumnMoments;
use crate::{CoMoments, Error, output};

/// Standardizes columns: subtracts the mean and divides by the population standard deviation.
///
/// A constant column is only centred (its scale is 1). A column counts as constant, as in scikit-learn, if its variance
/// is within the rounding error of its mean: `var ≤ n·ε·var + (n·ε·mean)²`.
///
/// ```
/// use bro_ml_core::StandardScaler;
/// use ndarray::array;
///
/// let x = array![[1.0, 7.0], [3.0, 7.0]];
/// let scaler = StandardScaler::fit(&x)?;
/// let scaled = scaler.transform(&x)?;
/// assert_eq!(scaled, array![[-1.0, 0.0], [1.0, 0.0]]);
/// assert_eq!(scaler.inverse_transform(&scaled)?, x);
/// # Ok::<(), bro_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(into = "stored::Stored", try_from = "stored::Stored"))]
pub struct StandardScaler {
    n_samples_seen: u64,
    mean: Array1<f64>,
    var: Array1<f64>,
    scale: Array1<f64>,
}

impl StandardScaler {
    /// Learns means and variances of `x`, shape `(n_samples, n_features)`, in one parallel pass.
    ///
    /// # Errors
    /// [`Error::NSamples`] without rows; [`Error::NFeatures`] without columns; [`Error::NonFinite`] for NaN or infinity;
    /// [`Error::Magnitude`] for values whose squares overflow.
    pub fn fit(x: &ArrayRef2<f64>) -> Result<Self, Error> {
        check_shape(x, 1)?;
        let moments = ColumnMoments::of(x)?;
        let constant = (0..x.ncols()).map(|column| moments.is_constant(column)).collect::<Vec<_>>();
        Ok(Self::new(moments.n, Array1::from(moments.mean.clone()), moments.var(), &constant))
    }

    /// [`fit`](Self::fit) and [`transform`](Self::transform) of the same rows, which are checked only once.
    ///
    /// # Errors
    /// As [`fit`](Self::fit).
    pub fn fit_transform(x: &ArrayRef2<f64>) -> Result<(Self, Array2<f64>), Error> {
        let scaler = Self::fit(x)?;
        let mut scaled = output::zeros(x.dim());
        kernel::scale_into(x, &scaler.mean, &scaler.scale, &mut scaled);
        Ok((scaler, scaled))
    }

    /// [`fit`](Self::fit) and [`transform_in_place`](Self::transform_in_place), where the rows are checked only once.
    ///
    /// # Errors
    /// As [`fit`](Self::fit); after an error `x` is unchanged.
    pub fn fit_transform_in_place(x: &mut ArrayRef2<f64>) -> Result<Self, Error> {
        let scaler = Self::fit(x)?;
        kernel::scale_in_place(x, &scaler.mean, &scaler.scale);
        Ok(scaler)
    }

    /// The scaler of rows whose co-moments are known; of no rows, one that changes nothing.
    #[must_use]
    pub fn from_co_moments(moments: &CoMoments) -> Self {
        let var = if moments.n() == 0 { Array1::ones(moments.n_features()) } else { moments.var() };
        let constant =
            (0..moments.n_features()).map(|column| moments.is_constant(column)).collect::<Vec<_>>();
        Self::new(moments.n(), Array1::from(moments.mean().to_vec()), var, &constant)
    }

    fn new(n_samples_seen: u64, mean: Array1<f64>, var: Array1<f64>, constant: &[bool]) -> Self {
        let divisor = |(var, &is_constant): (&f64, &bool)| if is_constant { 1.0 } else { var.sqrt() };
        let scale = var.iter().zip(constant).map(divisor).collect();
        Self { n_samples_seen, mean, var, scale }
    }

    /// Scaled copy of `x`, shape `(n_samples, n_features)`.
    ///
    /// # Errors
    /// [`Error::NFeatures`] for another width; [`Error::NonFinite`] for NaN or infinity.
    pub fn transform(&self, x: &ArrayRef2<f64>) -> Result<Array2<f64>, Error> {
        self.check(x)?;
        let mut scaled = output::zeros(x.dim());
        kernel::scale_into(x, &self.mean, &self.scale, &mut scaled);
        Ok(scaled)
    }

    /// Scales the rows of `x` where they are, without a copy.
    ///
    /// # Errors
    /// As [`transform`](Self::transform); after an error `x` is unchanged.
    pub fn transform_in_place(&self, x: &mut ArrayRef2<f64>) -> Result<(), Error> {
        self.check(x)?;
        kernel::scale_in_place(x, &self.mean, &self.scale);
        Ok(())
    }

    /// The rows that [`transform`](Self::transform) made `x` of, but for rounding.
    ///
    /// # Errors
    /// As [`transform`](Self::transform).
    pub fn inverse_transform(&self, x: &ArrayRef2<f64>) -> Result<Array2<f64>, Error> {
        self.check(x)?;
        Ok(&x.view() * &self.scale + &self.mean)
    }

    fn check(&self, x: &ArrayRef2<f64>) -> Result<(), Error> {
        check_width(x, self.mean.len())?;
        check_finite(x)
    }

    /// Mean of each column, shape `(n_features,)`.
    #[must_use]
    pub fn mean(&self) -> &Array1<f64> {
        &self.mean
    }

    /// Population variance of each column, shape `(n_features,)`.
    #[must_use]
    pub fn var(&self) -> &Array1<f64> {
        &self.var
    }

    /// Divisor of each column, shape `(n_features,)`: the root of the variance, or 1 for a constant column.
    #[must_use]
    pub fn scale(&self) -> &Array1<f64> {
        &self.scale
    }

    /// Rows that the means and variances were learnt from.
    #[must_use]
    pub fn n_samples_seen(&self) -> u64 {
        self.n_samples_seen
    }
}
