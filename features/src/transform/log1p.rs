use crate::format_version::FormatVersion;
use crate::{Error, Extremes, Parts, Table};

/// ln(1 + value) of every column: what byte and packet counts need before means and distances make sense.
///
/// ```
/// use bro_features::{Log1p, Table};
/// use ndarray::array;
///
/// let table = Table::new(vec!["orig_bytes".into()], array![[0.0], [1.718281828459045]])?;
/// let transform = Log1p::fit(&table)?;
/// let bent = transform.transform(&table)?;
/// assert_eq!(bent.x()[[0, 0]], 0.0);
/// assert!((bent.x()[[1, 0]] - 1.0).abs() < 1e-15);
/// # Ok::<(), bro_features::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Log1p {
    format_version: FormatVersion,
    names: Vec<String>,
}

impl Log1p {
    /// Remembers the names of the columns, and sees that none holds a value of −1 or less.
    ///
    /// # Errors
    /// [`Error::Infinite`]; [`Error::Parameter`] for a column with a value that has no such logarithm.
    pub fn fit(table: &Table) -> Result<Self, Error> {
        Self::finish(&Parts::of(table)?)
    }

    /// The transform of rows that were learnt in parts.
    ///
    /// # Errors
    /// [`Error::Parameter`] for a column with a value that has no such logarithm.
    pub fn finish(parts: &Parts<Extremes>) -> Result<Self, Error> {
        let names = parts.each(|name, extremes| match extremes.range() {
            Some((min, _)) if min <= -1.0 => {
                Err(Error::parameter("the least value", &format!("{min} in column `{name}`"), "above -1"))
            }
            _ => Ok(name.to_owned()),
        })?;
        Ok(Self { format_version: FormatVersion, names })
    }

    /// ln(1 + value); NaN where a later value is −1 or less.
    ///
    /// # Errors
    /// [`Error::MissingColumn`], [`Error::UnexpectedColumn`] or [`Error::ColumnOrder`] if the columns are not those of
    /// the fit.
    pub fn transform(&self, table: &Table) -> Result<Table, Error> {
        table.check(self.names.iter().map(String::as_str))?;
        Ok(table.mapped(|_, value| if value > -1.0 { value.ln_1p() } else { f64::NAN }))
    }

    /// e^value − 1.
    ///
    /// # Errors
    /// As [`transform`](Self::transform).
    pub fn inverse_transform(&self, table: &Table) -> Result<Table, Error> {
        table.check(self.names.iter().map(String::as_str))?;
        Ok(table.mapped(|_, value| value.exp_m1()))
    }
}
