/// What can be wrong with a request for features, or with the columns an estimator is given.
#[derive(Debug, thiserror::Error, PartialEq)]
#[non_exhaustive]
pub enum Error {
    /// A feature was asked for by a name that none has.
    #[error("no feature is called `{name}`; the features are: {known}")]
    UnknownFeature {
        /// The name as given.
        name: String,
        /// The names there are, separated by commas.
        known: String,
    },
    /// The list of features is empty.
    #[error("no feature was asked for; the features are: {known}")]
    NoFeature {
        /// The names there are, separated by commas.
        known: String,
    },
    /// A matrix has not as many columns as it has names.
    #[error("the matrix has {found} columns, expected {expected}, the number of names")]
    Width {
        /// Columns of the matrix.
        found: usize,
        /// Names.
        expected: usize,
    },
    /// Rows that belong together are not as many.
    #[error("there are {found} rows, expected {expected} as in the other columns")]
    Length {
        /// Rows found.
        found: usize,
        /// Rows of what came before.
        expected: usize,
    },
    /// Two columns have the same name.
    #[error("two columns are called `{name}`, expected names that differ")]
    DuplicateName {
        /// The name.
        name: String,
    },
    /// A column that an estimator was fitted with is not there.
    #[error("no column is called `{name}`, which the fit had; the columns are: {found}")]
    MissingColumn {
        /// The name.
        name: String,
        /// The names there are, separated by commas.
        found: String,
    },
    /// A column is there that an estimator was not fitted with.
    #[error("column `{name}` was not there at the fit; leave it out, or fit again with it")]
    UnexpectedColumn {
        /// The name.
        name: String,
    },
    /// The columns stand in another order than at the fit.
    #[error(
        "column {column} is called `{found}`, expected `{expected}`: bring the columns into the order of the fit"
    )]
    ColumnOrder {
        /// Index from 0.
        column: usize,
        /// Its name.
        found: String,
        /// The name of that column at the fit.
        expected: String,
    },
    /// A value is infinite.
    #[error(
        "row {row} of column `{column}` is {value}, expected a finite number (or NaN where it is missing)"
    )]
    Infinite {
        /// Row from 0, counted from the start of the table.
        row: usize,
        /// The column.
        column: String,
        /// The value.
        value: f64,
    },
    /// The variance of a column overflows.
    #[error(
        "the values of column `{column}` are too large to be squared; transform them first, such as by ln(1 + x)"
    )]
    Magnitude {
        /// The column.
        column: String,
    },
    /// Nothing can be learnt from a column, as every value is missing.
    #[error("column `{column}` has no value that is there; leave it out, or impute a constant first")]
    NoValues {
        /// The column.
        column: String,
    },
    /// A column holds a category that was not there at the fit.
    #[error(
        "column `{column}` holds {value}, which was not there at the fit; choose what unknown categories become"
    )]
    UnknownCategory {
        /// The column.
        column: String,
        /// The value, quoted, or `an unset value`.
        value: String,
    },
    /// A code stands for no category.
    #[error("column `{column}` holds the code {code}, which stands for no category")]
    UnknownCode {
        /// The column.
        column: String,
        /// The code.
        code: f64,
    },
    /// A parameter is out of its range.
    #[error("{name} is {found}, expected {expected}")]
    Parameter {
        /// The parameter.
        name: &'static str,
        /// Its value.
        found: String,
        /// What it may be.
        expected: String,
    },
}

impl Error {
    /// Says how the names found differ from those expected.
    pub(crate) fn of_names<'a>(found: &[String], expected: impl Iterator<Item = &'a str> + Clone) -> Self {
        let missing = expected.clone().find(|name| !found.iter().any(|known| known == name));
        if let Some(name) = missing {
            return Self::MissingColumn { name: name.to_owned(), found: found.join(", ") };
        }
        if let Some(name) = found.iter().find(|name| !expected.clone().any(|known| known == *name)) {
            return Self::UnexpectedColumn { name: name.clone() };
        }
        let mut pairs = found.iter().zip(expected).enumerate();
        let (column, (found, expected)) =
            pairs.find(|(_, (found, expected))| found != expected).expect("the names differ");
        Self::ColumnOrder { column, found: found.clone(), expected: expected.to_owned() }
    }

    pub(crate) fn parameter(name: &'static str, found: &(impl ToString + ?Sized), expected: &str) -> Self {
        Self::Parameter { name, found: found.to_string(), expected: expected.to_owned() }
    }
}
