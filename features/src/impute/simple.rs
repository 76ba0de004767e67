use crate::format_version::FormatVersion;
use crate::{Counts, Error, Learn, Moments, Parts, Table, Values, percentile};
use ndarray::{ArrayView1, Axis};

/// What a missing value becomes; scikit-learn's names and meanings.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum ImputeStrategy {
    /// The mean of the column.
    Mean,
    /// The median of the column.
    Median,
    /// The commonest value of the column, the least of several.
    MostFrequent,
    /// This number in every column.
    Constant(f64),
}

/// How an [`Imputer`] is fitted; names and meanings are scikit-learn's `SimpleImputer`.
///
/// ```
/// use bro_features::{ImputerParams, ImputeStrategy};
/// let params = ImputerParams { add_indicator: true, ..ImputerParams::new(ImputeStrategy::Median) };
/// assert_eq!(params.strategy, ImputeStrategy::Median);
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ImputerParams {
    /// What a missing value becomes.
    pub strategy: ImputeStrategy,
    /// Add a column `missingindicator_NAME` (1 if the value was missing, else 0) for every column that had a missing
    /// value at the fit. Default false.
    pub add_indicator: bool,
}

impl ImputerParams {
    /// No indicators.
    #[must_use]
    pub fn new(strategy: ImputeStrategy) -> Self {
        Self { strategy, add_indicator: false }
    }

    /// Learns the columns of `table`; time O(rows · ln rows × features), memory 8 bytes a value.
    ///
    /// # Errors
    /// [`Error::Infinite`]; [`Error::NoValues`] for a column without values (scikit-learn leaves such a column out);
    /// [`Error::Parameter`] for a constant that is not finite.
    pub fn fit(&self, table: &Table) -> Result<Imputer, Error> {
        self.finish(&Parts::of(table)?)
    }

    /// The imputer of rows that were learnt in parts.
    ///
    /// # Errors
    /// As [`fit`](Self::fit), but for infinity.
    pub fn finish(&self, parts: &Parts<Values>) -> Result<Imputer, Error> {
        let columns = parts.each(|name, values| {
            let value = self.strategy.typical(name, values)?;
            let had_gaps = values.in_order().len() < parts.n_rows();
            Ok(Column { name: name.to_owned(), value, has_indicator: self.add_indicator && had_gaps })
        })?;
        Ok(Imputer { format_version: FormatVersion, columns })
    }
}

impl ImputeStrategy {
    /// What stands for a missing value among these.
    pub(super) fn typical(self, name: &str, values: &Values) -> Result<f64, Error> {
        let there = ArrayView1::from(values.in_order());
        let typical = match self {
            Self::Constant(value) if value.is_finite() => Some(value),
            Self::Constant(value) => return Err(Error::parameter("the constant", &value, "a finite number")),
            Self::Mean => {
                let mut moments = Moments::default();
                moments.update(there);
                (moments.n() > 0).then(|| moments.mean())
            }
            Self::Median => percentile(&values.sorted(), 50.0),
            Self::MostFrequent => {
                let mut counts = Counts::default();
                counts.update(there);
                counts.most_frequent()
            }
        };
        typical.ok_or_else(|| Error::NoValues { column: name.to_owned() })
    }
}

/// Puts what is typical of a column in place of its missing values (NaN).
///
/// ```
/// use bro_features::{ImputerParams, ImputeStrategy, Table};
/// use ndarray::array;
///
/// let table = Table::new(vec!["duration".into()], array![[1.0], [f64::NAN], [5.0]])?;
/// let imputer = ImputerParams { add_indicator: true, ..ImputerParams::new(ImputeStrategy::Mean) }.fit(&table)?;
/// let filled = imputer.transform(&table)?;
/// assert_eq!(filled.names(), ["duration", "missingindicator_duration"]);
/// assert_eq!(filled.x(), &array![[1.0, 0.0], [3.0, 1.0], [5.0, 0.0]]);
/// # Ok::<(), bro_features::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Imputer {
    format_version: FormatVersion,
    columns: Vec<Column>,
}

#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
struct Column {
    name: String,
    value: f64,
    has_indicator: bool,
}

/// What the name of an indicator starts with.
const INDICATOR: &str = "missingindicator_";

impl Imputer {
    /// The columns without gaps, then the indicators.
    ///
    /// # Errors
    /// [`Error::MissingColumn`], [`Error::UnexpectedColumn`] or [`Error::ColumnOrder`] if the columns are not those of
    /// the fit; [`Error::DuplicateName`] if an indicator is called like a column.
    pub fn transform(&self, table: &Table) -> Result<Table, Error> {
        table.check(self.columns.iter().map(|column| column.name.as_str()))?;
        let filled =
            table.mapped(|column, value| if value.is_nan() { self.columns[column].value } else { value });
        self.indicated().try_fold(filled, |filled, column| {
            let gaps = table.column(&column.name).expect("the names were checked");
            let indicator = gaps.mapv(|value| f64::from(u8::from(value.is_nan()))).insert_axis(Axis(1));
            filled.beside(&Table::new(vec![format!("{INDICATOR}{}", column.name)], indicator)?)
        })
    }

    /// The columns with their gaps again, where an indicator tells of them; without one the filled values stay.
    ///
    /// # Errors
    /// As [`transform`](Self::transform), if the columns are not those it gives.
    pub fn inverse_transform(&self, table: &Table) -> Result<Table, Error> {
        let names: Vec<&str> = self.columns.iter().map(|column| column.name.as_str()).collect();
        let indicators: Vec<String> =
            self.indicated().map(|column| format!("{INDICATOR}{}", column.name)).collect();
        let all: Vec<&str> = names.iter().copied().chain(indicators.iter().map(String::as_str)).collect();
        table.check(all.iter().copied())?;
        let (names, mut x) = table.select(&names)?.into_parts();
        let indicated = self.columns.iter().enumerate().filter(|(_, column)| column.has_indicator);
        for ((column, _), name) in indicated.zip(&indicators) {
            let gaps = table.column(name).expect("the names were checked");
            let gapped = x.column_mut(column).into_iter().zip(gaps).filter(|(_, gap)| **gap != 0.0);
            gapped.for_each(|(value, _)| *value = f64::NAN);
        }
        Table::new(names, x)
    }

    /// What stands for a missing value of each column.
    #[must_use]
    pub fn statistics(&self) -> Vec<f64> {
        self.columns.iter().map(|column| column.value).collect()
    }

    fn indicated(&self) -> impl Iterator<Item = &Column> {
        self.columns.iter().filter(|column| column.has_indicator)
    }
}
