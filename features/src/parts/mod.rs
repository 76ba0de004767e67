//! What fits are made of: each column's values learnt in parts that merge.

mod counts;
mod extremes;
mod moments;
mod values;

pub use counts::Counts;
pub use extremes::Extremes;
pub use moments::Moments;
pub use values::{Values, percentile};

use crate::table::CHUNK;
use crate::{Error, Table};
use ndarray::ArrayView1;
use rayon::prelude::*;

/// What is learnt of one column. NaN counts as missing.
pub trait Learn: Default + Send {
    /// Takes in values; none is infinite.
    fn update(&mut self, values: ArrayView1<'_, f64>);

    /// Takes in what `later`, of rows that follow, has learnt.
    fn merge(&mut self, later: Self);
}

/// What was learnt of the columns of some rows; parts of rows that follow one another merge into the whole.
///
/// A fit is `new → update → merge → finish`: parts can be learnt on many threads or machines, and merged in the order
/// of their rows give the same bits as long as their rows are the same. The last step is an estimator's: what its
/// parameters' `finish` makes of the parts. `fit` does all of it, by chunks of 4,096 rows.
///
/// ```
/// use bro_features::{Moments, Parts, StandardScalerParams, Table};
/// use ndarray::array;
///
/// let [first, second] = [array![[1.0], [2.0]], array![[6.0]]].map(|x| Table::new(vec!["a".into()], x).unwrap());
/// let mut parts = Parts::<Moments>::new(first.names().to_vec());
/// parts.update(&first)?;
/// let mut rest = Parts::new(second.names().to_vec());
/// rest.update(&second)?;
/// parts.merge(rest)?;
/// let scaler = StandardScalerParams::default().finish(&parts)?;
/// assert_eq!(scaler.mean(), [3.0]);
/// # Ok::<(), bro_features::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Parts<L> {
    names: Vec<String>,
    n_rows: usize,
    columns: Vec<L>,
}

impl<L: Learn> Parts<L> {
    /// Nothing learnt yet of columns with these names.
    #[must_use]
    pub fn new(names: Vec<String>) -> Self {
        let columns = names.iter().map(|_| L::default()).collect();
        Self { names, n_rows: 0, columns }
    }

    /// What is learnt of a whole table: chunks of fixed size on many threads, merged in order.
    ///
    /// # Errors
    /// [`Error::Infinite`] naming row and column.
    pub fn of(table: &Table) -> Result<Self, Error> {
        check_finite(table)?;
        let n_chunks = table.n_rows().div_ceil(CHUNK);
        let chunks: Vec<Self> = (0..n_chunks)
            .into_par_iter()
            .map(|chunk| {
                let mut part = Self::new(table.names().to_vec());
                part.learn(table, chunk * CHUNK, ((chunk + 1) * CHUNK).min(table.n_rows()));
                part
            })
            .collect();
        let mut whole = Self::new(table.names().to_vec());
        chunks.into_iter().for_each(|part| whole.absorb(part));
        Ok(whole)
    }

    /// Learns the rows of `table`.
    ///
    /// # Errors
    /// [`Error::MissingColumn`], [`Error::UnexpectedColumn`] or [`Error::ColumnOrder`] if its columns are others;
    /// [`Error::Infinite`] naming row and column. After an error nothing was learnt.
    pub fn update(&mut self, table: &Table) -> Result<(), Error> {
        table.check(self.names.iter().map(String::as_str))?;
        let part = Self::of(table)?;
        self.absorb(part);
        Ok(())
    }

    /// Takes in what was learnt of rows that follow.
    ///
    /// # Errors
    /// As [`update`](Self::update), if the columns are others.
    pub fn merge(&mut self, later: Self) -> Result<(), Error> {
        if self.names != later.names {
            return Err(Error::of_names(&later.names, self.names.iter().map(String::as_str)));
        }
        self.absorb(later);
        Ok(())
    }

    fn learn(&mut self, table: &Table, start: usize, end: usize) {
        self.n_rows += end - start;
        self.columns
            .iter_mut()
            .zip(table.columns_of(start, end))
            .for_each(|(part, values)| part.update(values));
    }

    fn absorb(&mut self, later: Self) {
        self.n_rows += later.n_rows;
        self.columns.iter_mut().zip(later.columns).for_each(|(mine, theirs)| mine.merge(theirs));
    }
}

impl<L> Parts<L> {
    /// Number of rows learnt.
    #[must_use]
    pub fn n_rows(&self) -> usize {
        self.n_rows
    }

    /// The columns' names.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// What was learnt of each column, in their order.
    #[must_use]
    pub fn columns(&self) -> &[L] {
        &self.columns
    }

    /// Makes something of each column, given its name.
    pub(crate) fn each<T: Send>(
        &self,
        make: impl Fn(&str, &L) -> Result<T, Error> + Sync,
    ) -> Result<Vec<T>, Error>
    where
        L: Sync,
    {
        let columns: Vec<_> = self.names.iter().zip(&self.columns).collect();
        columns.into_par_iter().map(|(name, column)| make(name, column)).collect()
    }
}

fn check_finite(table: &Table) -> Result<(), Error> {
    let rows = table.x().rows();
    let infinite = rows.into_iter().enumerate().find_map(|(row, values)| {
        let column = values.iter().position(|value| value.is_infinite())?;
        Some((row, column, values[column]))
    });
    let Some((row, column, value)) = infinite else { return Ok(()) };
    Err(Error::Infinite { row, column: table.names()[column].clone(), value })
}
