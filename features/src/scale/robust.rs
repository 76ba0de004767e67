use super::Affine;
use crate::format_version::FormatVersion;
use crate::{Error, Parts, Table, Values, percentile};

/// How a [`RobustScaler`] is fitted; names and meanings are scikit-learn's.
///
/// ```
/// use bro_features::RobustScalerParams;
/// let params = RobustScalerParams { quantile_range: (5.0, 95.0), ..RobustScalerParams::default() };
/// assert!(params.with_centering && params.with_scaling);
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct RobustScalerParams {
    /// Subtract the median. Default true.
    pub with_centering: bool,
    /// Divide by the distance of the two quantiles. Default true.
    pub with_scaling: bool,
    /// The two quantiles, in percent. Default 25 and 75.
    pub quantile_range: (f64, f64),
}

impl Default for RobustScalerParams {
    fn default() -> Self {
        Self { with_centering: true, with_scaling: true, quantile_range: (25.0, 75.0) }
    }
}

/// Subtracts each column's median and divides by its interquartile range, which a few extremes do not move. Missing
/// values stay missing.
///
/// ```
/// use bro_features::{RobustScalerParams, Table};
/// use ndarray::array;
///
/// let table = Table::new(vec!["duration".into()], array![[1.0], [2.0], [3.0], [4.0], [1e9]])?;
/// let scaler = RobustScalerParams::default().fit(&table)?;
/// assert_eq!((scaler.center(), scaler.scale()), (vec![3.0], vec![2.0]));
/// # Ok::<(), bro_features::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct RobustScaler {
    format_version: FormatVersion,
    columns: Vec<Affine>,
}

impl RobustScalerParams {
    /// Learns the columns of `table` exactly; time O(rows · ln rows × features), memory 8 bytes a value.
    ///
    /// # Errors
    /// [`Error::Parameter`] for quantiles that are none; [`Error::Infinite`]; [`Error::NoValues`] for a column without
    /// values.
    pub fn fit(&self, table: &Table) -> Result<RobustScaler, Error> {
        self.finish(&Parts::of(table)?)
    }

    /// The scaler of rows that were learnt in parts.
    ///
    /// # Errors
    /// [`Error::Parameter`] for quantiles that are none; [`Error::NoValues`] for a column without values.
    pub fn finish(&self, parts: &Parts<Values>) -> Result<RobustScaler, Error> {
        let (low, high) = self.quantile_range;
        if !(0.0 <= low && low <= high && high <= 100.0) {
            let expected = "two percentages between 0 and 100, the lower one first";
            return Err(Error::parameter("quantile_range", &format!("({low}, {high})"), expected));
        }
        let columns = parts.each(|name, values| self.column(name, values))?;
        Ok(RobustScaler { format_version: FormatVersion, columns })
    }

    fn column(&self, name: &str, values: &Values) -> Result<Affine, Error> {
        let sorted = values.sorted();
        let at = |q| percentile(&sorted, q).ok_or_else(|| Error::NoValues { column: name.to_owned() });
        let center = at(50.0)?;
        let width = at(self.quantile_range.1)? - at(self.quantile_range.0)?;
        let width = if width < 10.0 * f64::EPSILON { 1.0 } else { width };
        let scale = if self.with_scaling { width } else { 1.0 };
        Ok(Affine::new(name, if self.with_centering { center } else { 0.0 }, scale))
    }
}

impl RobustScaler {
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

    /// What is subtracted from each column: its median, or 0.
    #[must_use]
    pub fn center(&self) -> Vec<f64> {
        Affine::centers(&self.columns)
    }

    /// What each column is divided by.
    #[must_use]
    pub fn scale(&self) -> Vec<f64> {
        Affine::scales(&self.columns)
    }
}
