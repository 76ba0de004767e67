use super::Affine;
use crate::format_version::FormatVersion;
use crate::{Error, Moments, Parts, Table};

/// How a [`StandardScaler`] is fitted; names and meanings are scikit-learn's.
///
/// ```
/// use bro_features::StandardScalerParams;
/// let params = StandardScalerParams { with_mean: false, ..StandardScalerParams::default() };
/// assert!(params.with_std);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct StandardScalerParams {
    /// Subtract the mean. Default true.
    pub with_mean: bool,
    /// Divide by the population standard deviation. Default true.
    pub with_std: bool,
}

impl Default for StandardScalerParams {
    fn default() -> Self {
        Self { with_mean: true, with_std: true }
    }
}

/// Brings named columns to mean 0 and variance 1; missing values (NaN) are left out of both and stay missing.
///
/// A column that does not vary, within rounding, is only centred. Of bare matrices without names and gaps,
/// `bro_ml_core::StandardScaler` does the same faster, and from co-moments that were measured for the components
/// anyway: that one stands inside models, this one at the door where columns have names.
///
/// ```
/// use bro_features::{StandardScalerParams, Table};
/// use ndarray::array;
///
/// let table = Table::new(vec!["orig_bytes".into()], array![[1.0], [3.0], [f64::NAN]])?;
/// let scaler = StandardScalerParams::default().fit(&table)?;
/// let scaled = scaler.transform(&table)?;
/// assert_eq!(scaled.x()[[0, 0]], -1.0);
/// assert!(scaled.x()[[2, 0]].is_nan());
/// # Ok::<(), bro_features::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct StandardScaler {
    format_version: FormatVersion,
    columns: Vec<Affine>,
}

impl StandardScalerParams {
    /// Learns the columns of `table`, shape `(n_rows, n_features)`; time O(rows × features), memory O(features).
    ///
    /// # Errors
    /// [`Error::Infinite`]; [`Error::NoValues`] for a column without values; [`Error::Magnitude`].
    pub fn fit(&self, table: &Table) -> Result<StandardScaler, Error> {
        self.finish(&Parts::of(table)?)
    }

    /// The scaler of rows that were learnt in parts.
    ///
    /// # Errors
    /// [`Error::NoValues`] for a column without values; [`Error::Magnitude`] for a variance that overflows.
    pub fn finish(&self, parts: &Parts<Moments>) -> Result<StandardScaler, Error> {
        let columns = parts.each(|name, moments| self.column(name, moments))?;
        Ok(StandardScaler { format_version: FormatVersion, columns })
    }

    fn column(&self, name: &str, moments: &Moments) -> Result<Affine, Error> {
        if moments.n() == 0 {
            return Err(Error::NoValues { column: name.to_owned() });
        }
        if !moments.var().is_finite() {
            return Err(Error::Magnitude { column: name.to_owned() });
        }
        let is_divided = self.with_std && !moments.is_constant();
        let scale = if is_divided { moments.var().sqrt() } else { 1.0 };
        Ok(Affine::new(name, if self.with_mean { moments.mean() } else { 0.0 }, scale))
    }
}

impl StandardScaler {
    /// The scaled columns.
    ///
    /// # Errors
    /// [`Error::MissingColumn`], [`Error::UnexpectedColumn`] or [`Error::ColumnOrder`] if they are not those of the
    /// fit.
    pub fn transform(&self, table: &Table) -> Result<Table, Error> {
        Affine::transform(&self.columns, table)
    }

    /// The columns that [`transform`](Self::transform) made `table` of, but for rounding.
    ///
    /// # Errors
    /// As [`transform`](Self::transform).
    pub fn inverse_transform(&self, table: &Table) -> Result<Table, Error> {
        Affine::inverse_transform(&self.columns, table)
    }

    /// What is subtracted from each column: its mean, or 0.
    #[must_use]
    pub fn mean(&self) -> Vec<f64> {
        Affine::centers(&self.columns)
    }

    /// What each column is divided by.
    #[must_use]
    pub fn scale(&self) -> Vec<f64> {
        Affine::scales(&self.columns)
    }
}
