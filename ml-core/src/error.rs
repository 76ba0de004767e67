//! The one error type of this crate.

/// What can be wrong with parameters, data or a stored model.
///
/// ```
/// use bro_ml_core::Error;
///
/// let error = Error::NClusters { n_clusters: 3, n_samples: 2 };
/// assert_eq!(error.to_string(), "n_clusters is 3, expected 1 to 2 (the number of samples)");
/// ```
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The caller's observer asked to stop.
    #[error("cancelled by the caller")]
    Cancelled,

    /// Training made the weights overflow: features of very different scale, or a step size that is too large.
    #[error(
        "the weights are not finite after epoch {n_iter}, expected scaled features and a smaller learning_rate_init"
    )]
    Diverged {
        /// Epoch after which it was seen, from 1.
        n_iter: usize,
    },

    /// A stored model was written by another version of its format.
    #[error("stored {model} has format version {found}, expected {expected}")]
    FormatVersion {
        /// Name of the model's type.
        model: &'static str,
        /// Version in the stored bytes.
        found: u32,
        /// Version that this crate reads.
        expected: u32,
    },

    /// A label that the model was not fitted with.
    #[error("label at row {row} is {label}, expected one of the classes seen at fit")]
    Label {
        /// Row, from 0.
        row: usize,
        /// The label.
        label: usize,
    },

    /// Two inputs that belong together have different lengths.
    #[error("{name} has length {found}, expected {expected}")]
    Length {
        /// The shorter or longer input.
        name: &'static str,
        /// Its length.
        found: usize,
        /// The length that fits.
        expected: usize,
    },

    /// A finite value is so large that its square overflows.
    #[error("value at row {row}, column {column} is {value:e}, expected a magnitude of at most {limit:e}")]
    Magnitude {
        /// Row, from 0.
        row: usize,
        /// Column, from 0.
        column: usize,
        /// The value.
        value: f64,
        /// The largest magnitude that is accepted.
        limit: f64,
    },

    /// All samples are of one class.
    #[error("y has {found} classes, expected at least 2")]
    NClasses {
        /// Distinct labels.
        found: usize,
    },

    /// More or fewer clusters than the samples allow.
    #[error("n_clusters is {n_clusters}, expected 1 to {n_samples} (the number of samples)")]
    NClusters {
        /// The parameter.
        n_clusters: usize,
        /// Rows of the input.
        n_samples: usize,
    },

    /// More or fewer components than the data allow.
    #[error("n_components is {n_components}, expected 1 to {limit} (the lesser of samples and features)")]
    NComponents {
        /// The parameter.
        n_components: usize,
        /// The largest number possible.
        limit: usize,
    },

    /// The matrix has another width than the model or the other matrix.
    #[error("x has {found} features, expected {expected}")]
    NFeatures {
        /// Columns of the input.
        found: usize,
        /// Columns of the model.
        expected: usize,
    },

    /// NaN or an infinity in the input.
    #[error("value at row {row}, column {column} is {value}, expected a finite number")]
    NonFinite {
        /// Row, from 0.
        row: usize,
        /// Column, from 0.
        column: usize,
        /// The value.
        value: f64,
    },

    /// Too few rows for what was asked.
    #[error("x has {found} samples, expected at least {expected}")]
    NSamples {
        /// Rows of the input.
        found: usize,
        /// The fewest rows that make sense.
        expected: usize,
    },

    /// More rows than an estimator can number.
    #[error("x has {found} samples, expected at most {limit}")]
    NSamplesLimit {
        /// Rows of the input.
        found: usize,
        /// The most rows possible.
        limit: usize,
    },

    /// Finite values so close to one another that the squares of all differences vanish.
    #[error("values differ by less than {limit:e}, too little to be squared: multiply x by a large number")]
    Spread {
        /// The least standard deviation of a column that is accepted.
        limit: f64,
    },

    /// A hyper-parameter outside its range.
    #[error("{name} is {}, expected {expected}", short(*.value))]
    Parameter {
        /// Name of the field.
        name: &'static str,
        /// What it was set to.
        value: f64,
        /// The range in words, as `a number above 0`.
        expected: &'static str,
    },
}

/// A number without hundreds of zeros.
fn short(value: f64) -> String {
    let is_plain = value == 0.0 || !value.is_finite() || (1e-6..1e15).contains(&value.abs());
    if is_plain { value.to_string() } else { format!("{value:e}") }
}
