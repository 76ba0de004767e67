use super::TextTable;
use super::text::{CategoryCounts, unknown};
use crate::format_version::FormatVersion;
use crate::{Error, Table};
use ndarray::Array2;

/// What a [`OneHotEncoder`] makes of a category that was not there at the fit; scikit-learn's names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum HandleUnknown {
    /// An error that names column and value.
    #[default]
    Error,
    /// 0 in every column of that field.
    Ignore,
    /// 1 in the column of the rare categories; 0 everywhere if the fit found none rare.
    InfrequentIfExist,
}

/// How a [`OneHotEncoder`] is fitted; names and meanings are scikit-learn's.
///
/// ```
/// use bro_features::{HandleUnknown, OneHotEncoderParams};
/// let params = OneHotEncoderParams { min_frequency: 10, ..OneHotEncoderParams::default() };
/// assert_eq!(params.handle_unknown, HandleUnknown::Error);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct OneHotEncoderParams {
    /// What becomes of a category that was not there at the fit. Default an error.
    pub handle_unknown: HandleUnknown,
    /// Categories in fewer rows share a column of the rare. Default 1: none is rare.
    pub min_frequency: u64,
    /// Most columns of a field, that of the rare among them; a field with as many categories has a rare one too.
    /// Default `None`: no limit.
    pub max_categories: Option<usize>,
}

impl Default for OneHotEncoderParams {
    fn default() -> Self {
        Self { handle_unknown: HandleUnknown::Error, min_frequency: 1, max_categories: None }
    }
}

/// One column of 0 and 1 for each category of each field, called `field=category`; an unset cell is the category
/// `(none)`, the rare ones share `(rare)`. A value that itself starts with `(` gets a backslash in front.
///
/// ```
/// use bro_features::{OneHotEncoderParams, TextTable};
/// use ndarray::array;
///
/// let table = TextTable::of(&["service"], [[Some("dns")], [Some("dns")], [Some("irc")], [None]])?;
/// let encoder = OneHotEncoderParams { min_frequency: 2, ..OneHotEncoderParams::default() }.fit(&table)?;
/// let encoded = encoder.transform(&table)?;
/// assert_eq!(encoded.names(), ["service=dns", "service=(rare)"]);
/// assert_eq!(encoded.x(), &array![[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.0, 1.0]]);
/// # Ok::<(), bro_features::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct OneHotEncoder {
    format_version: FormatVersion,
    handle_unknown: HandleUnknown,
    columns: Vec<Column>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
struct Column {
    name: String,
    /// Categories with a column of their own, in that order; unset is the last.
    own: Vec<Option<String>>,
    rare: Vec<Option<String>>,
}

impl OneHotEncoderParams {
    /// Learns the categories of `table`; time O(rows × columns), memory that of the distinct values.
    ///
    /// # Errors
    /// [`Error::Parameter`] if `max_categories` is 0.
    pub fn fit(&self, table: &TextTable) -> Result<OneHotEncoder, Error> {
        self.finish(&CategoryCounts::of(table))
    }

    /// The encoder of rows that were counted in parts.
    ///
    /// # Errors
    /// [`Error::Parameter`] if `max_categories` is 0.
    pub fn finish(&self, counts: &CategoryCounts) -> Result<OneHotEncoder, Error> {
        if self.max_categories == Some(0) {
            return Err(Error::parameter("max_categories", &0, "1 or more"));
        }
        let columns = counts.columns().map(|(name, counts)| self.column(name, &counts)).collect();
        Ok(OneHotEncoder { format_version: FormatVersion, handle_unknown: self.handle_unknown, columns })
    }

    fn column(&self, name: &str, counts: &[(Option<&str>, u64)]) -> Column {
        let mut is_rare: Vec<bool> = counts.iter().map(|(_, n)| *n < self.min_frequency).collect();
        let n_own = is_rare.iter().filter(|rare| !**rare).count();
        // As scikit-learn: the column of the rare counts even where none is rare, and of equals the last ones stay.
        if let Some(limit) = self.max_categories.filter(|limit| *limit < n_own + 1) {
            let mut order: Vec<usize> = (0..counts.len()).collect();
            order.sort_by_key(|&i| std::cmp::Reverse((counts[i].1, i)));
            order[limit - 1..].iter().for_each(|&i| is_rare[i] = true);
        }
        let (mut own, mut rare) = (Vec::new(), Vec::new());
        for ((value, _), is_rare) in counts.iter().zip(is_rare) {
            if is_rare { &mut rare } else { &mut own }.push(value.map(str::to_owned));
        }
        Column { name: name.to_owned(), own, rare }
    }
}

impl OneHotEncoder {
    /// The columns of 0 and 1.
    ///
    /// # Errors
    /// [`Error::UnknownCategory`] if unknown ones are refused; [`Error::MissingColumn`],
    /// [`Error::UnexpectedColumn`] or [`Error::ColumnOrder`] if the columns are not those of the fit.
    pub fn transform(&self, table: &TextTable) -> Result<Table, Error> {
        table.check(self.columns.iter().map(|column| column.name.as_str()))?;
        let names = self.names();
        let mut x = Array2::zeros((table.n_rows(), names.len()));
        let mut first = 0;
        for (index, column) in self.columns.iter().enumerate() {
            let places = table.numbered(index, |_, value| self.place(column, value))?;
            for (row, place) in places.into_iter().enumerate() {
                if let Some(place) = place {
                    x[[row, first + place]] = 1.0;
                }
            }
            first += column.width();
        }
        Table::new(names, x)
    }

    /// The place of a category among the columns of its field.
    fn place(&self, column: &Column, value: Option<&str>) -> Result<Option<usize>, Error> {
        let is = |known: &Option<String>| known.as_deref() == value;
        if let Some(place) = column.own.iter().position(is) {
            return Ok(Some(place));
        }
        let rare = (!column.rare.is_empty()).then_some(column.own.len());
        if column.rare.iter().any(is) {
            return Ok(rare);
        }
        match self.handle_unknown {
            HandleUnknown::Error => Err(unknown(&column.name, value)),
            HandleUnknown::Ignore => Ok(None),
            HandleUnknown::InfrequentIfExist => Ok(rare),
        }
    }

    /// The categories; unset where a field has no 1, and `(rare)` for the rare ones, which are not told apart.
    ///
    /// # Errors
    /// As [`transform`](Self::transform), if the columns are not those it gives.
    pub fn inverse_transform(&self, table: &Table) -> Result<TextTable, Error> {
        let names = self.names();
        table.check(names.iter().map(String::as_str))?;
        let fields: Vec<&str> = self.columns.iter().map(|column| column.name.as_str()).collect();
        let rows = table.x().rows().into_iter().map(|row| {
            let mut first = 0;
            let cells: Vec<Option<&str>> = self
                .columns
                .iter()
                .map(|column| {
                    let cells = row.slice(ndarray::s![first..first + column.width()]);
                    first += column.width();
                    let place = cells.iter().position(|cell| *cell != 0.0)?;
                    column.own.get(place).map_or(Some("(rare)"), |category| category.as_deref())
                })
                .collect();
            cells
        });
        TextTable::of(&fields, rows)
    }

    /// The names of the columns it gives.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        self.columns.iter().flat_map(Column::names).collect()
    }
}

impl Column {
    fn width(&self) -> usize {
        self.own.len() + usize::from(!self.rare.is_empty())
    }

    fn names(&self) -> Vec<String> {
        let rare = (!self.rare.is_empty()).then(|| format!("{}=(rare)", self.name));
        let own = self.own.iter().map(|category| match category.as_deref() {
            None => format!("{}=(none)", self.name),
            Some(text) if text.starts_with(['(', '\\']) => format!("{}=\\{text}", self.name),
            Some(text) => format!("{}={text}", self.name),
        });
        own.chain(rare).collect()
    }
}
