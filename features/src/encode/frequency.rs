use super::TextTable;
use super::text::{CategoryCounts, table_of, unknown};
use crate::format_version::FormatVersion;
use crate::{Error, Table};
use std::collections::BTreeMap;

/// How a [`FrequencyEncoder`] is fitted.
///
/// ```
/// use bro_features::FrequencyEncoderParams;
/// assert!(!FrequencyEncoderParams::default().refuse_unknown);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct FrequencyEncoderParams {
    /// Refuse a category that was not there at the fit, instead of giving it the share 0. Default false.
    pub refuse_unknown: bool,
}

/// Replaces every category by the share of the fit's rows that had it; unset is a category like others. Two categories
/// that were as frequent become one number, so there is no way back.
///
/// ```
/// use bro_features::{FrequencyEncoderParams, TextTable};
/// use ndarray::array;
///
/// let table = TextTable::of(&["user_agent"], [[Some("curl")], [Some("curl")], [None], [Some("x")]])?;
/// let encoder = FrequencyEncoderParams::default().fit(&table)?;
/// assert_eq!(encoder.transform(&table)?.x(), &array![[0.5], [0.5], [0.25], [0.25]]);
/// # Ok::<(), bro_features::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct FrequencyEncoder {
    format_version: FormatVersion,
    params: FrequencyEncoderParams,
    columns: Vec<Column>,
}

#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
struct Column {
    name: String,
    shares: BTreeMap<String, f64>,
    unset: Option<f64>,
}

impl FrequencyEncoderParams {
    /// Learns the categories of `table`; time O(rows × columns), memory that of the distinct values.
    ///
    /// # Errors
    /// None today; the other encoders' `fit` can fail.
    pub fn fit(&self, table: &TextTable) -> Result<FrequencyEncoder, Error> {
        self.finish(&CategoryCounts::of(table))
    }

    /// The encoder of rows that were counted in parts.
    ///
    /// # Errors
    /// None today.
    pub fn finish(&self, counts: &CategoryCounts) -> Result<FrequencyEncoder, Error> {
        let n_rows = counts.n_rows().max(1) as f64;
        let column = |(name, counts): (&str, Vec<(Option<&str>, u64)>)| {
            let mut column = Column { name: name.to_owned(), shares: BTreeMap::new(), unset: None };
            for (value, n) in counts {
                let share = n as f64 / n_rows;
                match value {
                    Some(value) => drop(column.shares.insert(value.to_owned(), share)),
                    None => column.unset = Some(share),
                }
            }
            column
        };
        let columns = counts.columns().map(column).collect();
        Ok(FrequencyEncoder { format_version: FormatVersion, params: *self, columns })
    }
}

impl FrequencyEncoder {
    /// The share of every cell's category, between 0 and 1.
    ///
    /// # Errors
    /// [`Error::UnknownCategory`] if unknown ones are refused; [`Error::MissingColumn`],
    /// [`Error::UnexpectedColumn`] or [`Error::ColumnOrder`] if the columns are not those of the fit.
    pub fn transform(&self, table: &TextTable) -> Result<Table, Error> {
        table.check(self.columns.iter().map(|column| column.name.as_str()))?;
        let share = |column: &Column, name: &str, value: Option<&str>| {
            let known = value.map_or(column.unset, |value| column.shares.get(value).copied());
            match known {
                None if self.params.refuse_unknown => Err(unknown(name, value)),
                known => Ok(known.unwrap_or(0.0)),
            }
        };
        let columns = self.columns.iter().enumerate();
        let columns: Vec<_> = columns
            .map(|(i, column)| table.numbered(i, |name, value| share(column, name, value)))
            .collect::<Result<_, _>>()?;
        table_of(table.names().to_vec(), &columns, table.n_rows())
    }
}
