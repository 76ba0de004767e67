use crate::{Error, Table};
use std::collections::{BTreeMap, HashMap, HashSet};

/// Named columns of text, each value distinct once; an unset cell is a category of its own.
///
/// Memory 4 bytes a cell and the distinct values.
///
/// ```
/// use bro_features::TextTable;
///
/// let table = TextTable::of(&["service"], [[Some("dns")], [None], [Some("dns")]])?;
/// assert_eq!((table.n_rows(), table.names()), (3, &["service".to_owned()][..]));
/// assert_eq!(table.column("service").unwrap().collect::<Vec<_>>(), [Some("dns"), None, Some("dns")]);
/// # Ok::<(), bro_features::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct TextTable {
    names: Vec<String>,
    columns: Vec<TextColumn>,
    n_rows: usize,
}

#[derive(Debug, Clone, PartialEq, Default)]
struct TextColumn {
    codes: Vec<u32>,
    values: Vec<Option<String>>,
}

impl TextTable {
    /// A table of columns called `names` with these rows.
    ///
    /// # Errors
    /// [`Error::Width`] if a row has not as many cells as there are names; [`Error::DuplicateName`] if two columns are
    /// called alike.
    pub fn of<'a, R: IntoIterator<Item = Option<&'a str>>>(
        names: &[&str],
        rows: impl IntoIterator<Item = R>,
    ) -> Result<Self, Error> {
        let mut seen = HashSet::new();
        if let Some(name) = names.iter().find(|name| !seen.insert(**name)) {
            return Err(Error::DuplicateName { name: (*name).to_owned() });
        }
        let mut columns = vec![TextColumn::default(); names.len()];
        let mut known: Vec<HashMap<Option<String>, u32>> = vec![HashMap::new(); names.len()];
        let mut n_rows = 0;
        for row in rows {
            let cells: Vec<_> = row.into_iter().collect();
            if cells.len() != names.len() {
                return Err(Error::Width { found: cells.len(), expected: names.len() });
            }
            for ((column, known), cell) in columns.iter_mut().zip(&mut known).zip(cells) {
                column.push(known, cell);
            }
            n_rows += 1;
        }
        Ok(Self { names: names.iter().map(|&name| name.to_owned()).collect(), columns, n_rows })
    }

    /// Number of rows.
    #[must_use]
    pub fn n_rows(&self) -> usize {
        self.n_rows
    }

    /// The columns' names, in their order.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The cells of the column called `name`.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<impl Iterator<Item = Option<&str>>> {
        let index = self.names.iter().position(|known| known == name)?;
        let column = &self.columns[index];
        Some(column.codes.iter().map(|&code| column.values[code as usize].as_deref()))
    }

    /// Refuses a table whose columns are not those called `expected`, in that order.
    pub(super) fn check<'a>(
        &self,
        expected: impl ExactSizeIterator<Item = &'a str> + Clone,
    ) -> Result<(), Error> {
        if self.names.iter().map(String::as_str).eq(expected.clone()) {
            return Ok(());
        }
        Err(Error::of_names(&self.names, expected))
    }

    /// Numbers for the cells of the column at `index`: `number` is asked once for each distinct value.
    pub(super) fn numbered<T: Copy>(
        &self,
        index: usize,
        number: impl Fn(&str, Option<&str>) -> Result<T, Error>,
    ) -> Result<Vec<T>, Error> {
        let column = &self.columns[index];
        let numbers: Vec<T> = column
            .values
            .iter()
            .map(|value| number(&self.names[index], value.as_deref()))
            .collect::<Result<_, _>>()?;
        Ok(column.codes.iter().map(|&code| numbers[code as usize]).collect())
    }
}

impl TextColumn {
    fn push(&mut self, known: &mut HashMap<Option<String>, u32>, cell: Option<&str>) {
        let cell = cell.map(str::to_owned);
        let values = &mut self.values;
        let code = *known.entry(cell).or_insert_with_key(|cell| {
            values.push(cell.clone());
            u32::try_from(values.len() - 1).expect("fewer than 2^32 distinct values fit into memory")
        });
        self.codes.push(code);
    }
}

/// How often each category of each column occurs; parts merge in any order.
///
/// Memory is that of the distinct values.
///
/// ```
/// use bro_features::{CategoryCounts, OrdinalEncoderParams, TextTable};
///
/// let rows = |values: &[&'static str]| TextTable::of(&["proto"], values.iter().map(|v| [Some(*v)])).unwrap();
/// let mut counts = CategoryCounts::new(vec!["proto".into()]);
/// counts.update(&rows(&["udp"]))?;
/// counts.merge(CategoryCounts::of(&rows(&["tcp"])))?;
/// let encoder = OrdinalEncoderParams::default().finish(&counts)?;
/// assert_eq!(encoder.categories("proto"), Some(vec![Some("tcp"), Some("udp")]));
/// # Ok::<(), bro_features::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct CategoryCounts {
    names: Vec<String>,
    n_rows: u64,
    counts: Vec<BTreeMap<Option<String>, u64>>,
}

impl CategoryCounts {
    /// Nothing counted yet of columns with these names.
    #[must_use]
    pub fn new(names: Vec<String>) -> Self {
        let counts = vec![BTreeMap::new(); names.len()];
        Self { names, n_rows: 0, counts }
    }

    /// The categories of a whole table.
    #[must_use]
    pub fn of(table: &TextTable) -> Self {
        let mut counts = Self::new(table.names.clone());
        counts.count(table);
        counts
    }

    /// Counts the rows of `table`.
    ///
    /// # Errors
    /// [`Error::MissingColumn`], [`Error::UnexpectedColumn`] or [`Error::ColumnOrder`] if its columns are others.
    pub fn update(&mut self, table: &TextTable) -> Result<(), Error> {
        table.check(self.names.iter().map(String::as_str))?;
        self.count(table);
        Ok(())
    }

    /// Adds what `other` has counted.
    ///
    /// # Errors
    /// As [`update`](Self::update), if its columns are others.
    pub fn merge(&mut self, other: Self) -> Result<(), Error> {
        if self.names != other.names {
            return Err(Error::of_names(&other.names, self.names.iter().map(String::as_str)));
        }
        self.n_rows += other.n_rows;
        for (mine, theirs) in self.counts.iter_mut().zip(other.counts) {
            theirs.into_iter().for_each(|(value, n)| *mine.entry(value).or_default() += n);
        }
        Ok(())
    }

    fn count(&mut self, table: &TextTable) {
        self.n_rows += table.n_rows as u64;
        for (counts, column) in self.counts.iter_mut().zip(&table.columns) {
            let mut n = vec![0; column.values.len()];
            column.codes.iter().for_each(|&code| n[code as usize] += 1);
            column.values.iter().zip(n).for_each(|(value, n)| *counts.entry(value.clone()).or_default() += n);
        }
    }

    pub(super) fn n_rows(&self) -> u64 {
        self.n_rows
    }

    /// Each column's name and counts; an unset cell comes last.
    pub(super) fn columns(&self) -> impl Iterator<Item = (&str, Vec<(Option<&str>, u64)>)> {
        self.names.iter().zip(&self.counts).map(|(name, counts)| {
            let mut counts: Vec<_> = counts.iter().map(|(value, n)| (value.as_deref(), *n)).collect();
            counts.sort_by_key(|(value, _)| (value.is_none(), *value));
            (name.as_str(), counts)
        })
    }
}

/// A table of columns that were made one by one.
pub(super) fn table_of(names: Vec<String>, columns: &[Vec<f64>], n_rows: usize) -> Result<Table, Error> {
    let x = ndarray::Array2::from_shape_fn((n_rows, columns.len()), |(row, column)| columns[column][row]);
    Table::new(names, x)
}

/// The error for a category that was not there at the fit.
pub(super) fn unknown(column: &str, value: Option<&str>) -> Error {
    let value = value.map_or_else(|| "an unset value".to_owned(), |value| format!("{value:?}"));
    Error::UnknownCategory { column: column.to_owned(), value }
}
