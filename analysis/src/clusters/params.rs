use crate::{Error, SampleBy};
use bro_features::{FeatureSelection, LogKind};

/// How [`clusters`](crate::clusters()) works. Names and meanings are scikit-learn's where it has them.
///
/// ```
/// use bro_analysis::ClustersParams;
/// let params = ClustersParams { eps: Some(0.3), ..ClustersParams::default() };
/// assert_eq!((params.min_samples, params.x), (5, None));
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct ClustersParams {
    /// Sessions at most this far apart, in standard deviations, are neighbours. Default `None`: the knee of the
    /// k-distance curve.
    pub eps: Option<f64>,
    /// A session with this many neighbours, itself among them, is at the core of a cluster. Default 5.
    pub min_samples: usize,
    /// The features to group by. Default: of a conn.log `ln_duration`, `ln_orig_bytes`, `ln_resp_bytes`,
    /// `ln_orig_pkts`, `ln_resp_pkts`; of an http.log `ln_request_body_len`, `ln_response_body_len`, `ln_uri_len`,
    /// `ln_user_agent_len`, `ln_trans_depth`.
    pub features: FeatureSelection,
    /// The feature on the horizontal axis. Default `None`: `ln_duration` of a conn.log, `ln_uri_len` of an http.log.
    pub x: Option<String>,
    /// The feature on the vertical axis. Default `None`: `ln_orig_bytes` of a conn.log, `ln_response_body_len` of an
    /// http.log.
    pub y: Option<String>,
    /// Seed of the sample. Default 0.
    pub seed: u64,
    /// Use this many rows, drawn without replacement, instead of all. Default `None`.
    pub sample: Option<usize>,
    /// How the sample is drawn. Default uniformly.
    pub sample_by: SampleBy,
    /// Most noise sessions to describe; the others are counted. Default 100,000.
    pub limit: usize,
}

impl Default for ClustersParams {
    fn default() -> Self {
        Self {
            eps: None,
            min_samples: 5,
            features: FeatureSelection::Default,
            x: None,
            y: None,
            seed: 0,
            sample: None,
            sample_by: SampleBy::Uniform,
            limit: 100_000,
        }
    }
}

const CONN: [&str; 5] = ["ln_duration", "ln_orig_bytes", "ln_resp_bytes", "ln_orig_pkts", "ln_resp_pkts"];
const HTTP: [&str; 5] =
    ["ln_request_body_len", "ln_response_body_len", "ln_uri_len", "ln_user_agent_len", "ln_trans_depth"];

impl ClustersParams {
    /// The parameters with what they leave open filled in for logs of that kind.
    ///
    /// ```
    /// use bro_analysis::ClustersParams;
    /// let params = ClustersParams::default().for_kind(bro_features::LogKind::Http);
    /// assert_eq!(params.x.as_deref(), Some("ln_uri_len"));
    /// ```
    #[must_use]
    pub fn for_kind(&self, kind: LogKind) -> Self {
        let (features, x, y) = match kind {
            LogKind::Conn => (CONN, "ln_duration", "ln_orig_bytes"),
            LogKind::Http => (HTTP, "ln_uri_len", "ln_response_body_len"),
        };
        let mut params = self.clone();
        if params.features == FeatureSelection::Default {
            params.features = FeatureSelection::Named(features.map(str::to_owned).to_vec());
        }
        params.x.get_or_insert_with(|| x.to_owned());
        params.y.get_or_insert_with(|| y.to_owned());
        params
    }

    /// The features on the axes, once they are chosen.
    pub(super) fn axes(&self) -> [String; 2] {
        [self.x.clone().unwrap_or_default(), self.y.clone().unwrap_or_default()]
    }

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
