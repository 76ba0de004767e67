use crate::{Error, SampleBy};
use bro_features::FeatureSelection;

/// Which features of which rows a [`FeatureMatrix`](crate::FeatureMatrix) holds.
///
/// ```
/// use bro_analysis::MatrixParams;
/// let params = MatrixParams { is_scaled: true, ..MatrixParams::default() };
/// assert!(params.sample.is_none());
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct MatrixParams {
    /// The features; those of windows, or their groups `window`, `recent` and `host`, may be among them and come last.
    /// Default: all that need not be named.
    pub features: FeatureSelection,
    /// Whether columns are brought to mean 0 and variance 1, those that do not vary to 0. Default false.
    pub is_scaled: bool,
    /// Use this many rows instead of all. Default `None`.
    pub sample: Option<usize>,
    /// How the sample is drawn. Default uniformly.
    pub sample_by: SampleBy,
    /// Seed of the sample. Default 0.
    pub seed: u64,
}

impl MatrixParams {
    /// Checks what can be checked without data.
    ///
    /// # Errors
    /// [`Error::Parameter`] naming the parameter, what it is and what it may be.
    pub fn validate(&self) -> Result<(), Error> {
        match self.sample {
            Some(0) => Err(Error::Parameter {
                name: "sample",
                found: "0".to_owned(),
                expected: "1 or more".to_owned(),
            }),
            _ => Ok(()),
        }
    }
}
