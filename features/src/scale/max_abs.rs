use super::Affine;
use crate::format_version::FormatVersion;
use crate::{Error, Extremes, Parts, Table};

/// How a [`MaxAbsScaler`] is fitted: there is nothing to choose.
///
/// ```
/// assert_eq!(bro_features::MaxAbsScalerParams, bro_features::MaxAbsScalerParams::default());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct MaxAbsScalerParams;

/// Divides each column by its greatest magnitude: between −1 and 1, and 0 stays 0. Missing values stay missing.
///
/// ```
/// use bro_features::{MaxAbsScalerParams, Table};
/// use ndarray::array;
///
/// let table = Table::new(vec!["pcr".into()], array![[1.0], [-4.0]])?;
/// let scaler = MaxAbsScalerParams.fit(&table)?;
/// assert_eq!(scaler.transform(&table)?.x(), &array![[0.25], [-1.0]]);
/// # Ok::<(), bro_features::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct MaxAbsScaler {
    format_version: FormatVersion,
    columns: Vec<Affine>,
}

impl MaxAbsScalerParams {
    /// Learns the columns of `table`; time O(rows × features), memory O(features).
    ///
    /// # Errors
    /// [`Error::Infinite`]; [`Error::NoValues`] for a column without values.
    pub fn fit(&self, table: &Table) -> Result<MaxAbsScaler, Error> {
        self.finish(&Parts::of(table)?)
    }

    /// The scaler of rows that were learnt in parts.
    ///
    /// # Errors
    /// [`Error::NoValues`] for a column without values.
    pub fn finish(&self, parts: &Parts<Extremes>) -> Result<MaxAbsScaler, Error> {
        let columns = parts.each(|name, extremes| {
            let (min, max) = extremes.range().ok_or_else(|| Error::NoValues { column: name.to_owned() })?;
            Ok(Affine::new(name, 0.0, min.abs().max(max.abs())))
        })?;
        Ok(MaxAbsScaler { format_version: FormatVersion, columns })
    }
}

impl MaxAbsScaler {
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

    /// The greatest magnitude of each column; 1 for a column of zeros.
    #[must_use]
    pub fn scale(&self) -> Vec<f64> {
        Affine::scales(&self.columns)
    }
}
