use super::TextTable;
use super::text::{CategoryCounts, table_of, unknown};
use crate::format_version::FormatVersion;
use crate::{Error, Table};

/// What an [`OrdinalEncoder`] makes of a category that was not there at the fit.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum UnknownCode {
    /// An error that names column and value.
    #[default]
    Error,
    /// This number.
    Value(f64),
}

/// How an [`OrdinalEncoder`] is fitted.
///
/// ```
/// use bro_features::{OrdinalEncoderParams, UnknownCode};
/// let params = OrdinalEncoderParams { handle_unknown: UnknownCode::Value(-1.0) };
/// assert_ne!(params, OrdinalEncoderParams::default());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct OrdinalEncoderParams {
    /// What becomes of a category that was not there at the fit. Default an error.
    pub handle_unknown: UnknownCode,
}

/// Numbers the categories of each column from 0 in the order of their bytes, as scikit-learn does; an unset cell stays
/// missing (NaN).
///
/// ```
/// use bro_features::{OrdinalEncoderParams, TextTable};
/// use ndarray::array;
///
/// let table = TextTable::of(&["proto"], [[Some("udp")], [Some("tcp")]])?;
/// let encoder = OrdinalEncoderParams::default().fit(&table)?;
/// let codes = encoder.transform(&table)?;
/// assert_eq!(codes.x(), &array![[1.0], [0.0]]);
/// assert_eq!(encoder.inverse_transform(&codes)?, table);
/// # Ok::<(), bro_features::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct OrdinalEncoder {
    format_version: FormatVersion,
    handle_unknown: UnknownCode,
    columns: Vec<Column>,
}

#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
struct Column {
    name: String,
    categories: Vec<String>,
    has_unset: bool,
}

impl OrdinalEncoderParams {
    /// Learns the categories of `table`; time O(rows × columns), memory that of the distinct values.
    ///
    /// # Errors
    /// As [`finish`](Self::finish).
    pub fn fit(&self, table: &TextTable) -> Result<OrdinalEncoder, Error> {
        self.finish(&CategoryCounts::of(table))
    }

    /// The encoder of rows that were counted in parts.
    ///
    /// # Errors
    /// [`Error::Parameter`] if unknown categories become the number of a known one.
    pub fn finish(&self, counts: &CategoryCounts) -> Result<OrdinalEncoder, Error> {
        let column = |(name, counts): (&str, Vec<(Option<&str>, u64)>)| Column {
            name: name.to_owned(),
            categories: counts.iter().filter_map(|(value, _)| value.map(str::to_owned)).collect(),
            has_unset: counts.iter().any(|(value, _)| value.is_none()),
        };
        let columns: Vec<Column> = counts.columns().map(column).collect();
        if let UnknownCode::Value(code) = self.handle_unknown {
            let is_used = columns.iter().any(|column| category_at(column, code).is_some());
            if is_used {
                let expected = "a number that no known category has, such as -1";
                return Err(Error::parameter("handle_unknown", &code, expected));
            }
        }
        Ok(OrdinalEncoder { format_version: FormatVersion, handle_unknown: self.handle_unknown, columns })
    }
}

fn category_at(column: &Column, code: f64) -> Option<&str> {
    let is_index = code >= 0.0 && code.fract() == 0.0;
    if is_index { column.categories.get(code as usize).map(String::as_str) } else { None }
}

impl OrdinalEncoder {
    /// The number of every cell's category.
    ///
    /// # Errors
    /// [`Error::UnknownCategory`], unless unknown ones have a number; [`Error::MissingColumn`],
    /// [`Error::UnexpectedColumn`] or [`Error::ColumnOrder`] if the columns are not those of the fit.
    pub fn transform(&self, table: &TextTable) -> Result<Table, Error> {
        table.check(self.columns.iter().map(|column| column.name.as_str()))?;
        let columns = self.columns.iter().enumerate();
        let columns: Vec<_> = columns
            .map(|(i, column)| table.numbered(i, |name, value| self.code(column, name, value)))
            .collect::<Result<_, _>>()?;
        table_of(table.names().to_vec(), &columns, table.n_rows())
    }

    fn code(&self, column: &Column, name: &str, value: Option<&str>) -> Result<f64, Error> {
        let Some(text) = value else {
            return if column.has_unset { Ok(f64::NAN) } else { self.unknown(name, value) };
        };
        match column.categories.binary_search_by(|known| known.as_str().cmp(text)) {
            Ok(code) => Ok(code as f64),
            Err(_) => self.unknown(name, value),
        }
    }

    fn unknown(&self, name: &str, value: Option<&str>) -> Result<f64, Error> {
        match self.handle_unknown {
            UnknownCode::Value(code) => Ok(code),
            UnknownCode::Error => Err(unknown(name, value)),
        }
    }

    /// The categories that have these numbers; missing ones, and those of unknown categories, become unset.
    ///
    /// # Errors
    /// [`Error::UnknownCode`] for a number that no category has; as [`transform`](Self::transform) for the columns.
    pub fn inverse_transform(&self, table: &Table) -> Result<TextTable, Error> {
        table.check(self.columns.iter().map(|column| column.name.as_str()))?;
        let names: Vec<&str> = self.columns.iter().map(|column| column.name.as_str()).collect();
        let mut rows = Vec::with_capacity(table.n_rows());
        for row in table.x().rows() {
            let cells = self.columns.iter().zip(row).map(|(column, &code)| self.category(column, code));
            rows.push(cells.collect::<Result<Vec<_>, _>>()?);
        }
        TextTable::of(&names, rows)
    }

    fn category<'a>(&self, column: &'a Column, code: f64) -> Result<Option<&'a str>, Error> {
        if code.is_nan() || self.handle_unknown == UnknownCode::Value(code) {
            return Ok(None);
        }
        let known = category_at(column, code).map(Some);
        known.ok_or_else(|| Error::UnknownCode { column: column.name.clone(), code })
    }

    /// The categories of the column called `name` in the order of their numbers; `None` stands for unset and has none.
    #[must_use]
    pub fn categories(&self, name: &str) -> Option<Vec<Option<&str>>> {
        let column = self.columns.iter().find(|column| column.name == name)?;
        let known = column.categories.iter().map(|category| Some(category.as_str()));
        Some(known.chain(column.has_unset.then_some(None)).collect())
    }
}
