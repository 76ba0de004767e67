use super::ImputeStrategy;
use crate::format_version::FormatVersion;
use crate::{Error, Learn, Parts, Table, Values};
use std::collections::BTreeMap;

/// How a [`GroupImputer`] is fitted.
///
/// ```
/// use bro_features::{GroupImputerParams, ImputeStrategy};
/// assert_eq!(GroupImputerParams { strategy: ImputeStrategy::Mean }.strategy, ImputeStrategy::Mean);
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct GroupImputerParams {
    /// What a missing value becomes within its group.
    pub strategy: ImputeStrategy,
}

/// Puts what is typical of a row's group in place of its missing values (NaN); of all rows, if the group has no value
/// or was not there at the fit.
///
/// ```
/// use bro_features::{GroupImputerParams, ImputeStrategy, Table};
/// use ndarray::array;
///
/// let table = Table::new(vec!["resp_bytes".into()], array![[10.0], [f64::NAN], [500.0], [f64::NAN]])?;
/// let services = ["dns", "dns", "http", "ssl"];
/// let imputer = GroupImputerParams { strategy: ImputeStrategy::Median }.fit(&table, &services)?;
/// assert_eq!(imputer.transform(&table, &services)?.x(), &array![[10.0], [10.0], [500.0], [255.0]]);
/// # Ok::<(), bro_features::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct GroupImputer {
    format_version: FormatVersion,
    columns: Vec<Column>,
}

#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
struct Column {
    name: String,
    /// Of all rows.
    value: f64,
    /// Of the groups that have a value.
    groups: BTreeMap<String, f64>,
}

impl GroupImputerParams {
    /// Learns the columns of `table`, whose rows belong to `groups`; time O(rows · ln rows × features), memory 16 bytes
    /// a value.
    ///
    /// # Errors
    /// [`Error::Length`] if there are not as many groups as rows; [`Error::Infinite`]; [`Error::NoValues`] for a column
    /// without values; [`Error::Parameter`] for a constant that is not finite.
    pub fn fit(&self, table: &Table, groups: &[impl AsRef<str>]) -> Result<GroupImputer, Error> {
        check_length(table, groups)?;
        let whole: Parts<Values> = Parts::of(table)?;
        let mut columns = whole.each(|name, values| {
            let value = self.strategy.typical(name, values)?;
            Ok(Column { name: name.to_owned(), value, groups: BTreeMap::new() })
        })?;
        for (index, column) in columns.iter_mut().enumerate() {
            let mut values: BTreeMap<&str, Values> = BTreeMap::new();
            for (group, value) in groups.iter().zip(table.x().column(index)) {
                values.entry(group.as_ref()).or_default().update(ndarray::aview1(&[*value]));
            }
            let known = values.into_iter().filter(|(_, values)| !values.in_order().is_empty());
            column.groups = known
                .map(|(group, values)| Ok((group.to_owned(), self.strategy.typical(&column.name, &values)?)))
                .collect::<Result<_, Error>>()?;
        }
        Ok(GroupImputer { format_version: FormatVersion, columns })
    }
}

impl GroupImputer {
    /// The columns without gaps; row `i` belongs to `groups[i]`.
    ///
    /// # Errors
    /// [`Error::Length`] if there are not as many groups as rows; [`Error::MissingColumn`],
    /// [`Error::UnexpectedColumn`] or [`Error::ColumnOrder`] if the columns are not those of the fit.
    pub fn transform(&self, table: &Table, groups: &[impl AsRef<str>]) -> Result<Table, Error> {
        check_length(table, groups)?;
        table.check(self.columns.iter().map(|column| column.name.as_str()))?;
        let (names, mut x) = table.clone().into_parts();
        for (mut row, group) in x.rows_mut().into_iter().zip(groups) {
            for (value, column) in row.iter_mut().zip(&self.columns).filter(|(value, _)| value.is_nan()) {
                *value = column.groups.get(group.as_ref()).copied().unwrap_or(column.value);
            }
        }
        Table::new(names, x)
    }
}

fn check_length(table: &Table, groups: &[impl AsRef<str>]) -> Result<(), Error> {
    if groups.len() == table.n_rows() {
        return Ok(());
    }
    Err(Error::Length { found: groups.len(), expected: table.n_rows() })
}
