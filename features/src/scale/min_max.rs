use crate::format_version::FormatVersion;
use crate::{Error, Extremes, Parts, Table};

/// How a [`MinMaxScaler`] is fitted; names and meanings are scikit-learn's.
///
/// ```
/// use bro_features::MinMaxScalerParams;
/// let params = MinMaxScalerParams { clip: true, ..MinMaxScalerParams::default() };
/// assert_eq!(params.feature_range, (0.0, 1.0));
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct MinMaxScalerParams {
    /// Where the least and the greatest value of the fit go. Default 0 and 1.
    pub feature_range: (f64, f64),
    /// Whether later values beyond those go no farther. Default false.
    pub clip: bool,
}

impl Default for MinMaxScalerParams {
    fn default() -> Self {
        Self { feature_range: (0.0, 1.0), clip: false }
    }
}

/// Stretches each column so that its least and greatest value meet the ends of a range. Missing values stay missing.
///
/// ```
/// use bro_features::{MinMaxScalerParams, Table};
/// use ndarray::array;
///
/// let table = Table::new(vec!["resp_pkts".into()], array![[10.0], [30.0], [20.0]])?;
/// let scaler = MinMaxScalerParams::default().fit(&table)?;
/// assert_eq!(scaler.transform(&table)?.x(), &array![[0.0], [1.0], [0.5]]);
/// # Ok::<(), bro_features::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct MinMaxScaler {
    format_version: FormatVersion,
    params: MinMaxScalerParams,
    columns: Vec<Column>,
}

#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
struct Column {
    name: String,
    data_min: f64,
    data_max: f64,
}

impl MinMaxScalerParams {
    /// Learns the columns of `table`; time O(rows × features), memory O(features).
    ///
    /// # Errors
    /// [`Error::Parameter`] for a range that is none; [`Error::Infinite`]; [`Error::NoValues`] for a column without
    /// values.
    pub fn fit(&self, table: &Table) -> Result<MinMaxScaler, Error> {
        self.finish(&Parts::of(table)?)
    }

    /// The scaler of rows that were learnt in parts.
    ///
    /// # Errors
    /// [`Error::Parameter`] for a range that is none; [`Error::NoValues`] for a column without values.
    pub fn finish(&self, parts: &Parts<Extremes>) -> Result<MinMaxScaler, Error> {
        let (low, high) = self.feature_range;
        if !(low < high && (high - low).is_finite()) {
            let expected = "two numbers, the lower one first";
            return Err(Error::parameter("feature_range", &format!("({low}, {high})"), expected));
        }
        let columns = parts.each(|name, extremes| {
            let (data_min, data_max) =
                extremes.range().ok_or_else(|| Error::NoValues { column: name.to_owned() })?;
            Ok(Column { name: name.to_owned(), data_min, data_max })
        })?;
        Ok(MinMaxScaler { format_version: FormatVersion, params: *self, columns })
    }
}

impl MinMaxScaler {
    /// The scaled columns.
    ///
    /// # Errors
    /// [`Error::MissingColumn`], [`Error::UnexpectedColumn`] or [`Error::ColumnOrder`] if they are not those of the
    /// fit.
    pub fn transform(&self, table: &Table) -> Result<Table, Error> {
        table.check(self.columns.iter().map(|column| column.name.as_str()))?;
        let (low, high) = self.params.feature_range;
        let steps: Vec<_> = self.columns.iter().map(|column| self.step(column)).collect();
        Ok(table.mapped(|column, value| {
            let scaled = value * steps[column] + (low - self.columns[column].data_min * steps[column]);
            if self.params.clip { scaled.clamp(low, high) } else { scaled }
        }))
    }

    /// The columns that [`transform`](Self::transform) made `table` of, but for rounding and for what was clipped.
    ///
    /// # Errors
    /// As [`transform`](Self::transform).
    pub fn inverse_transform(&self, table: &Table) -> Result<Table, Error> {
        table.check(self.columns.iter().map(|column| column.name.as_str()))?;
        let low = self.params.feature_range.0;
        let steps: Vec<_> = self.columns.iter().map(|column| self.step(column)).collect();
        Ok(table.mapped(|column, value| {
            let shift = low - self.columns[column].data_min * steps[column];
            (value - shift) / steps[column]
        }))
    }

    /// What a value is multiplied by; a column that does not vary counts as one unit wide.
    fn step(&self, column: &Column) -> f64 {
        let (low, high) = self.params.feature_range;
        let width = column.data_max - column.data_min;
        (high - low) / if width < 10.0 * f64::EPSILON { 1.0 } else { width }
    }

    /// The least value of each column at the fit.
    #[must_use]
    pub fn data_min(&self) -> Vec<f64> {
        self.columns.iter().map(|column| column.data_min).collect()
    }

    /// The greatest value of each column at the fit.
    #[must_use]
    pub fn data_max(&self) -> Vec<f64> {
        self.columns.iter().map(|column| column.data_max).collect()
    }
}
