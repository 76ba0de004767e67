use crate::Error;
use crate::beacons::network::{ScaledNetwork, StoredNetwork, bad, columns_of};
use bro_features::session_features;
use bro_ml_core::Mlp;
use ndarray::{Array1, ArrayRef2};
use serde::{Deserialize, Serialize};

/// A model of sessions: how probable it is that a request is a beacon's.
///
/// It carries the names of its features, their scaling, the network with its calibration, and how it was trained.
///
/// ```
/// use bro_analysis::SessionModel;
/// let error = SessionModel::from_json("{}").unwrap_err().to_string();
/// assert!(error.contains("model"));
/// ```
#[derive(Debug, Clone)]
pub struct SessionModel {
    stored: Stored,
    network: ScaledNetwork,
    columns: Vec<usize>,
}

/// How a model of sessions was trained.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct SessionSummary {
    /// The version of the program.
    pub version: String,
    /// The label that is looked for.
    pub positive: String,
    /// Sessions it was trained on.
    pub n_samples: u64,
    /// Those of them with the label.
    pub n_positive: u64,
    /// Neurons of the hidden layers.
    pub hidden_layer_sizes: Vec<usize>,
    /// Epochs.
    pub n_iter: u64,
    /// Seed of the training.
    pub seed: u64,
    /// Mean loss of each epoch.
    pub loss_curve: Vec<f64>,
    /// How sessions were held out: `pair-time`, `time`, `random`, or `none`.
    pub split: String,
    /// Scores of the sessions held out.
    pub validation: Option<SessionScores>,
    /// Scores with whole originators held out, where one address explains a class.
    pub host_split: Option<SessionScores>,
    /// What the reader of these figures should know.
    pub warnings: Vec<String>,
}

/// Scores of a model on sessions it was not trained on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct SessionScores {
    /// Sessions.
    pub n: u64,
    /// Those with the label.
    pub n_positive: u64,
    /// Area under the precision-recall curve.
    pub average_precision: f64,
    /// Area under the ROC curve; 0 where only one class occurs.
    pub roc_auc: f64,
    /// Share of the verdicts "beacon" that are right, at the threshold .5.
    pub precision: f64,
    /// Share of the beacons found, at the threshold .5.
    pub recall: f64,
    /// Expected calibration error.
    pub calibration_error: f64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Stored {
    kind: String,
    format_version: u32,
    summary: SessionSummary,
    network: StoredNetwork,
}

/// The kind under which models of sessions are stored.
pub const SESSION_MODEL: &str = "beacon sessions";
/// Raised whenever the stored fields or the meaning of a feature change.
pub const SESSION_MODEL_VERSION: u32 = 1;

impl SessionModel {
    /// Reads a model.
    ///
    /// # Errors
    /// [`Error::Model`] for text that is no such model, one of another version, or one with other features.
    pub fn from_json(text: &str) -> Result<Self, Error> {
        Self::of(serde_json::from_str(text).map_err(|error| bad(&error.to_string()))?)
    }

    fn of(stored: Stored) -> Result<Self, Error> {
        let Stored { kind, format_version, network, .. } = &stored;
        if kind != SESSION_MODEL || *format_version != SESSION_MODEL_VERSION {
            let expected = format!("{SESSION_MODEL:?} version {SESSION_MODEL_VERSION}");
            return Err(bad(&format!("it is {kind:?} version {format_version}, expected {expected}")));
        }
        let known = session_features();
        let columns = columns_of(&network.features, |name| known.iter().position(|known| known == name))?;
        let network = network.clone().build()?;
        Ok(Self { stored, network, columns })
    }

    pub(super) fn new(
        mean: &[f64],
        scale: &[f64],
        mlp: &Mlp,
        summary: SessionSummary,
    ) -> Result<Self, Error> {
        let features = session_features().to_vec();
        Self::of(Stored {
            kind: SESSION_MODEL.to_owned(),
            format_version: SESSION_MODEL_VERSION,
            summary,
            network: StoredNetwork::of(features, super::CLIP, mean, scale, mlp),
        })
    }

    /// The model with other words about it.
    pub(super) fn with_summary(mut self, summary: SessionSummary) -> Self {
        self.stored.summary = summary;
        self
    }

    /// Writes the model; the same model gives the same text.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(&self.stored).expect("numbers and names can be written") + "\n"
    }

    /// How it was trained.
    #[must_use]
    pub fn summary(&self) -> &SessionSummary {
        &self.stored.summary
    }

    /// [`summary`](Self::summary) as JSON.
    #[must_use]
    pub fn summary_json(&self) -> String {
        serde_json::to_string(&self.stored.summary).expect("numbers and names can be written")
    }

    /// The probability of each session, for rows of all [`session_features`].
    ///
    /// # Errors
    /// [`Error::Kernel`] for values that are not finite.
    pub fn predict(&self, x: &ArrayRef2<f64>) -> Result<Array1<f64>, Error> {
        self.network.predict(x, &self.columns)
    }
}
