use crate::{Error, SampleBy};
use bro_features::FeatureSelection;

/// How [`outliers`](crate::outliers()) works. Names and meanings are scikit-learn's where it has them.
///
/// ```
/// use bro_analysis::OutliersParams;
/// let params = OutliersParams { n_clusters: 12, ..OutliersParams::default() };
/// assert_eq!((params.smallest, params.n_components), (3, 2));
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct OutliersParams {
    /// Number of clusters k-means forms. Default 8.
    pub n_clusters: usize,
    /// Number of principal components the clusters are sought in. Default 2.
    pub n_components: usize,
    /// Number of k-means starts; the one with the least inertia counts. Default 1, as scikit-learn for k-means++.
    pub n_init: usize,
    /// Most iterations of one start. Default 300.
    pub max_iter: usize,
    /// k-means stops when the centres move less than this share of the mean variance. Default 1e-4.
    pub tol: f64,
    /// Seed of the sample and of the k-means starts. Default 0.
    pub seed: u64,
    /// The features to use. Default all.
    pub features: FeatureSelection,
    /// Use this many rows, drawn without replacement, instead of all. Default `None`.
    pub sample: Option<usize>,
    /// How the sample is drawn. Default uniformly.
    pub sample_by: SampleBy,
    /// The sessions of this many least-populated clusters are the outliers. Default 3.
    pub smallest: usize,
    /// Most outliers to describe; the others are counted. Default 100,000.
    pub limit: usize,
}

impl Default for OutliersParams {
    fn default() -> Self {
        Self {
            n_clusters: 8,
            n_components: 2,
            n_init: 1,
            max_iter: 300,
            tol: 1e-4,
            seed: 0,
            features: FeatureSelection::Default,
            sample: None,
            sample_by: SampleBy::Uniform,
            smallest: 3,
            limit: 100_000,
        }
    }
}

impl OutliersParams {
    /// Checks what can be checked without data.
    ///
    /// # Errors
    /// [`Error::Parameter`] naming the parameter, what it is and what it may be.
    pub fn validate(&self) -> Result<(), Error> {
        let at_least_one = [
            ("n_clusters", self.n_clusters),
            ("n_components", self.n_components),
            ("n_init", self.n_init),
            ("max_iter", self.max_iter),
            ("smallest", self.smallest),
            ("sample", self.sample.unwrap_or(1)),
        ];
        if let Some((name, _)) = at_least_one.iter().find(|(_, value)| *value == 0) {
            return Err(Error::Parameter { name, found: "0".to_owned(), expected: "1 or more".to_owned() });
        }
        if !(self.tol >= 0.0 && self.tol.is_finite()) {
            return Err(Error::Parameter {
                name: "tol",
                found: self.tol.to_string(),
                expected: "0 or more".to_owned(),
            });
        }
        if self.smallest >= self.n_clusters {
            let expected = format!("less than n_clusters, which is {}", self.n_clusters);
            return Err(Error::Parameter { name: "smallest", found: self.smallest.to_string(), expected });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_clusters_cannot_be_all_of_them() {
        let params = OutliersParams { n_clusters: 3, ..OutliersParams::default() };
        let message = params.validate().unwrap_err().to_string();
        assert_eq!(message, "smallest is 3, expected less than n_clusters, which is 3");
        assert!(OutliersParams { smallest: 2, ..params }.validate().is_ok());
    }

    #[test]
    fn zeros_and_odd_tolerances_are_refused_by_name() {
        let zero = OutliersParams { max_iter: 0, ..OutliersParams::default() };
        assert_eq!(zero.validate().unwrap_err().to_string(), "max_iter is 0, expected 1 or more");
        let nan = OutliersParams { tol: f64::NAN, ..OutliersParams::default() };
        assert_eq!(nan.validate().unwrap_err().to_string(), "tol is NaN, expected 0 or more");
    }
}
