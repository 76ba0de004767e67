use crate::Error;
use bro_features::FeatureSelection;

/// How [`clusters`](crate::clusters()) works. Names and meanings are scikit-learn's where it has them.
///
/// ```
/// use bro_analysis::ClustersParams;
/// let params = ClustersParams { eps: Some(0.3), ..ClustersParams::default() };
/// assert_eq!((params.min_samples, params.x.as_str()), (5, "ln_duration"));
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct ClustersParams {
    /// Sessions at most this far apart, in standard deviations, are neighbours. Default `None`: the knee of the
    /// k-distance curve.
    pub eps: Option<f64>,
    /// A session with this many neighbours, itself among them, is at the core of a cluster. Default 5.
    pub min_samples: usize,
    /// The features to group by. Default `ln_duration`, `ln_orig_bytes`, `ln_resp_bytes`, `ln_orig_pkts`,
    /// `ln_resp_pkts`.
    pub features: FeatureSelection,
    /// The feature on the horizontal axis. Default `ln_duration`.
    pub x: String,
    /// The feature on the vertical axis. Default `ln_orig_bytes`.
    pub y: String,
    /// Seed of the sample. Default 0.
    pub seed: u64,
    /// Use this many rows, drawn without replacement, instead of all. Default `None`.
    pub sample: Option<usize>,
    /// Most noise sessions to describe; the others are counted. Default 100,000.
    pub limit: usize,
}

impl Default for ClustersParams {
    fn default() -> Self {
        let features = ["ln_duration", "ln_orig_bytes", "ln_resp_bytes", "ln_orig_pkts", "ln_resp_pkts"];
        Self {
            eps: None,
            min_samples: 5,
            features: FeatureSelection::Named(features.map(str::to_owned).to_vec()),
            x: features[0].to_owned(),
            y: features[1].to_owned(),
            seed: 0,
            sample: None,
            limit: 100_000,
        }
    }
}

impl ClustersParams {
    /// Checks what can be checked without data.
    ///
    /// # Errors
    /// [`Error::Parameter`] naming the parameter, what it is and what it may be.
    pub fn validate(&self) -> Result<(), Error> {
        for (name, value) in [("min_samples", self.min_samples), ("sample", self.sample.unwrap_or(1))] {
            if value == 0 {
                return Err(Error::Parameter {
                    name,
                    found: "0".to_owned(),
                    expected: "1 or more".to_owned(),
                });
            }
        }
        match self.eps {
            Some(eps) if !(eps > 0.0 && eps.is_finite()) => Err(Error::Parameter {
                name: "eps",
                found: eps.to_string(),
                expected: "a number above 0".to_owned(),
            }),
            _ => Ok(()),
        }
    }
}
