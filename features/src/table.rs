use crate::Error;
use ndarray::{Array2, ArrayView1, Axis, s};
use rayon::prelude::*;
use std::collections::HashSet;

/// Rows that are worked on together; a fixed number, so that the number of threads changes no bit.
pub(crate) const CHUNK: usize = 4096;

/// A matrix whose columns have names: shape `(n_rows, n_features)`.
///
/// NaN stands for a missing value and is no error; infinity is refused by whatever learns from a table. Estimators
/// remember the names they were fitted with and refuse columns that are called otherwise, or stand in another order.
///
/// ```
/// use bro_features::Table;
/// use ndarray::array;
///
/// let table = Table::new(vec!["duration".into(), "orig_bytes".into()], array![[1.5, 10.0], [0.5, 20.0]])?;
/// assert_eq!((table.n_rows(), table.n_features()), (2, 2));
/// assert_eq!(table.column("orig_bytes").map(|c| c.to_vec()), Some(vec![10.0, 20.0]));
/// assert!(Table::new(vec!["a".into()], array![[1.0, 2.0]]).is_err());
/// # Ok::<(), bro_features::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    names: Vec<String>,
    x: Array2<f64>,
}

impl Table {
    /// A table of the columns of `x`, called `names` in that order.
    ///
    /// # Errors
    /// [`Error::Width`] if there are not as many names as columns; [`Error::DuplicateName`] if two are called alike.
    pub fn new(names: Vec<String>, x: Array2<f64>) -> Result<Self, Error> {
        if names.len() != x.ncols() {
            return Err(Error::Width { found: x.ncols(), expected: names.len() });
        }
        let mut seen = HashSet::new();
        if let Some(name) = names.iter().find(|name| !seen.insert(name.as_str())) {
            return Err(Error::DuplicateName { name: name.clone() });
        }
        Ok(Self { names, x })
    }

    /// Number of rows.
    #[must_use]
    pub fn n_rows(&self) -> usize {
        self.x.nrows()
    }

    /// Number of columns.
    #[must_use]
    pub fn n_features(&self) -> usize {
        self.x.ncols()
    }

    /// The columns' names, in their order.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The numbers, shape `(n_rows, n_features)`.
    #[must_use]
    pub fn x(&self) -> &Array2<f64> {
        &self.x
    }

    /// The column called `name`.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<ArrayView1<'_, f64>> {
        let index = self.names.iter().position(|known| known == name)?;
        Some(self.x.column(index))
    }

    /// The names and the numbers.
    #[must_use]
    pub fn into_parts(self) -> (Vec<String>, Array2<f64>) {
        (self.names, self.x)
    }

    /// The columns called `names`, in that order.
    ///
    /// # Errors
    /// [`Error::MissingColumn`] if one is not there; [`Error::DuplicateName`] if one is asked for twice.
    pub fn select(&self, names: &[&str]) -> Result<Self, Error> {
        let place = |name: &&str| self.names.iter().position(|known| known == name);
        let places: Option<Vec<usize>> = names.iter().map(place).collect();
        let Some(places) = places else {
            return Err(Error::of_names(&self.names, names.iter().copied()));
        };
        Self::new(names.iter().map(|&name| name.to_owned()).collect(), self.x.select(Axis(1), &places))
    }

    /// The columns of both, side by side.
    ///
    /// # Errors
    /// [`Error::Length`] if the tables have not as many rows; [`Error::DuplicateName`] if a name stands in both.
    pub fn beside(&self, right: &Self) -> Result<Self, Error> {
        if self.n_rows() != right.n_rows() {
            return Err(Error::Length { found: right.n_rows(), expected: self.n_rows() });
        }
        let names = self.names.iter().chain(&right.names).cloned().collect();
        let x =
            ndarray::concatenate(Axis(1), &[self.x.view(), right.x.view()]).expect("both have as many rows");
        Self::new(names, x)
    }

    /// Refuses a table whose columns are not those called `expected`, in that order.
    pub(crate) fn check<'a>(
        &self,
        expected: impl ExactSizeIterator<Item = &'a str> + Clone,
    ) -> Result<(), Error> {
        if self.names.iter().map(String::as_str).eq(expected.clone()) {
            return Ok(());
        }
        Err(Error::of_names(&self.names, expected))
    }

    /// A table of the same names whose cells are `cell(column, value)`, computed by many threads.
    pub(crate) fn mapped(&self, cell: impl Fn(usize, f64) -> f64 + Sync) -> Self {
        let mut x = self.x.as_standard_layout().into_owned();
        let width = self.n_features().max(1);
        let cells = x.as_slice_mut().expect("a matrix in standard layout");
        cells.par_chunks_mut(CHUNK * width).for_each(|rows| {
            for row in rows.chunks_mut(width) {
                for (column, value) in row.iter_mut().enumerate() {
                    *value = cell(column, *value);
                }
            }
        });
        Self { names: self.names.clone(), x }
    }

    /// The rows from `start` to `end`, as columns.
    pub(crate) fn columns_of(&self, start: usize, end: usize) -> impl Iterator<Item = ArrayView1<'_, f64>> {
        (0..self.n_features()).map(move |column| self.x.slice(s![start..end, column]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    fn table() -> Table {
        Table::new(vec!["a".into(), "b".into()], array![[1.0, 2.0], [3.0, 4.0]]).unwrap()
    }

    #[test]
    fn columns_are_chosen_by_name_in_the_order_asked() {
        let chosen = table().select(&["b", "a"]).unwrap();
        assert_eq!(chosen.x(), &array![[2.0, 1.0], [4.0, 3.0]]);
        assert!(table().select(&["c"]).unwrap_err().to_string().contains("no column is called `c`"));
    }

    #[test]
    fn a_name_that_stands_twice_is_refused() {
        let twice = Table::new(vec!["a".into(), "a".into()], array![[1.0, 2.0]]);
        assert_eq!(twice.unwrap_err().to_string(), "two columns are called `a`, expected names that differ");
        assert!(table().beside(&table()).is_err());
    }

    #[test]
    fn names_in_another_order_are_refused() {
        let error = table().check(["b", "a"].into_iter()).unwrap_err().to_string();
        assert_eq!(
            error,
            "column 0 is called `a`, expected `b`: bring the columns into the order of the fit"
        );
    }
}
