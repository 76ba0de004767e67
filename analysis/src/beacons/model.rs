use super::ScorePart;
use super::network::{ScaledNetwork, StoredNetwork, bad, columns_of};
use super::parts::{PARTS, parts, weighted};
use crate::Error;
use bro_features::{PAIR_FEATURES, Pair, Timing, pair_features};
use bro_ml_core::Mlp;
use ndarray::{Array1, Array2, ArrayRef2, ArrayView1};
use serde::{Deserialize, Serialize};
use std::sync::OnceLock;

/// A model of pairs: how much each looks like a beacon.
///
/// A network looks at times, sizes, content and prevalence and gives the odds of a beacon, as they are among the
/// synthetic pairs it was trained on. The times alone give the odds of a timer, by a likelihood ratio that is not
/// learned ([`bro_features::Timer`]), and hold the network within bounds wherever a log is unlike those: without a timer
/// the score stays below .3, and a clear timer that nobody else has scores .8 or more. The more originators share a peer,
/// the more the network may say against it.
///
/// It carries the names of the features, their scaling, the network, the weights of the
/// interpretable score, and how it was made. The default one comes with the crate; it was trained on synthetic logs
/// alone, by the command its summary names.
///
/// ```
/// use bro_analysis::PairModel;
/// let model = PairModel::shipped();
/// let copy = PairModel::from_json(&model.to_json())?;
/// assert_eq!(copy.to_json(), model.to_json());
/// assert!(model.summary().command.contains("bro-ml"));
/// # Ok::<(), bro_analysis::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct PairModel {
    stored: Stored,
    network: ScaledNetwork,
    columns: Vec<usize>,
}

/// How a model was made.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ModelSummary {
    /// What made it, to be typed again.
    pub command: String,
    /// The version of the program.
    pub version: String,
    /// What its data came from, such as the generator and its version.
    pub data: String,
    /// Seed of the training.
    pub seed: u64,
    /// Pairs it was trained on.
    pub n_samples: u64,
    /// Beacons among them.
    pub n_positive: u64,
    /// Epochs.
    pub n_iter: u64,
    /// Average precision on pairs held out, of days it was not trained on.
    pub validation_score: f64,
    /// Expected calibration error on those pairs.
    pub calibration_error: f64,
}

/// The stored form.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Stored {
    kind: String,
    format_version: u32,
    summary: ModelSummary,
    network: StoredNetwork,
    parts: Plain,
}

/// The interpretable score: a logistic regression on the parts.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Plain {
    pub(crate) names: Vec<String>,
    pub(crate) weights: Vec<f64>,
    pub(crate) usual: Vec<f64>,
    pub(crate) intercept: f64,
}

const KIND: &str = "beacon pairs";
/// Raised whenever the stored fields or the meaning of a feature change.
const FORMAT_VERSION: u32 = 2;

/// What training gives: everything but how it came about.
pub(crate) struct Trained {
    pub(crate) network: TrainedNetwork,
    pub(crate) plain: Plain,
}

/// A trained network with the features it looks at.
pub(crate) struct TrainedNetwork {
    pub(crate) features: Vec<usize>,
    pub(crate) clip: f64,
    pub(crate) mean: Vec<f64>,
    pub(crate) scale: Vec<f64>,
    pub(crate) mlp: Mlp,
}

impl TrainedNetwork {
    fn stored(&self) -> StoredNetwork {
        let names = self.features.iter().map(|&idx| PAIR_FEATURES[idx].0.to_owned()).collect();
        StoredNetwork::of(names, self.clip, &self.mean, &self.scale, &self.mlp)
    }
}

/// Log odds of a timer at and below which there is none, and from which it is clear.
const NO_TIMER: f64 = -1.5;
const CLEAR_TIMER: f64 = 4.0;
/// The most log odds without a timer, and the least with a clear one: with what [`WITHIN`] adds, .3 and .8.
const LOW: f64 = -1.25;
const HIGH: f64 = 1.85;
/// What the upper bound rises by with the odds of a timer, below and above [`NO_TIMER`].
const UPPER_SLOPES: [f64; 2] = [0.25, 1.0];
/// What the lower bound rises by with them, below and above [`CLEAR_TIMER`].
const LOWER_SLOPES: [f64; 2] = [1.5, 0.5];
/// What each further originator of the peer lowers the lower bound by, and the most of them that count.
const PER_SOURCE: f64 = 2.5;
const MOST_SOURCES: f64 = 3.0;
/// The share of the network's log odds, at most 20.7, that counts outside of the bounds too: they keep its order.
const WITHIN: f64 = 0.02;

/// The network's log odds of a beacon within what the times and the sources of a pair allow.
fn bounded(odds: f64, pair: &ArrayView1<'_, f64>) -> f64 {
    let feature = |name: &str| pair[column(name).expect("the name is a feature")];
    let timer = feature("timer_odds");
    let others = feature("ln_other_sources").exp_m1().min(MOST_SOURCES);
    let upper = LOW + UPPER_SLOPES[usize::from(timer > NO_TIMER)] * (timer - NO_TIMER);
    let above = timer - CLEAR_TIMER;
    let lower = HIGH + LOWER_SLOPES[usize::from(above > 0.0)] * above - PER_SOURCE * others;
    odds.clamp(lower.min(upper), upper) + WITHIN * odds
}

impl PairModel {
    /// The model that comes with the crate.
    ///
    /// # Panics
    /// Never: a test reads it.
    #[must_use]
    pub fn shipped() -> &'static Self {
        static MODEL: OnceLock<PairModel> = OnceLock::new();
        MODEL.get_or_init(|| {
            Self::from_json(include_str!("default_model.json")).expect("the shipped model can be read")
        })
    }

    /// Reads a model.
    ///
    /// # Errors
    /// [`Error::Model`] for text that is no such model, one of another version, or one with other features.
    pub fn from_json(text: &str) -> Result<Self, Error> {
        let stored: Stored = serde_json::from_str(text).map_err(|error| bad(&error.to_string()))?;
        Self::of(stored)
    }

    fn of(stored: Stored) -> Result<Self, Error> {
        let Stored { kind, format_version, parts, .. } = &stored;
        if kind != KIND || *format_version != FORMAT_VERSION {
            let expected = format!("{KIND:?} version {FORMAT_VERSION}");
            return Err(bad(&format!("it is {kind:?} version {format_version}, expected {expected}")));
        }
        if [parts.weights.len(), parts.usual.len(), parts.names.len()] != [PARTS.len(); 3] {
            return Err(bad("its interpretable score has other parts than this version knows"));
        }
        let network = stored.network.clone().build()?;
        let columns = columns_of(&stored.network.features, column)?;
        Ok(Self { stored, network, columns })
    }

    /// Writes the model; the same model gives the same text.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(&self.stored).expect("numbers and names can be written") + "\n"
    }

    /// How it was made.
    #[must_use]
    pub fn summary(&self) -> &ModelSummary {
        &self.stored.summary
    }

    /// The names of the features it looks at.
    pub fn features(&self) -> impl Iterator<Item = &str> {
        self.stored.network.features.iter().map(String::as_str)
    }

    /// Weights are rounded to single precision, which is how they are stored.
    pub(crate) fn new(trained: &Trained, summary: ModelSummary) -> Result<Self, Error> {
        Self::of(Stored {
            kind: KIND.to_owned(),
            format_version: FORMAT_VERSION,
            summary,
            network: trained.network.stored(),
            parts: trained.plain.clone(),
        })
    }

    /// How much each pair looks like a beacon, 0 to 1, for rows of all [`PAIR_FEATURES`], shape `(n_pairs, n_features)`.
    ///
    /// # Errors
    /// [`Error::Kernel`] for values that are not finite.
    pub fn predict(&self, x: &ArrayRef2<f64>) -> Result<Array1<f64>, Error> {
        let odds = self.network.predict(x, &self.columns)?.mapv_into(logit);
        let score = |(pair, odds): (ArrayView1<'_, f64>, &f64)| logistic(bounded(*odds, &pair));
        Ok(x.rows().into_iter().zip(&odds).map(score).collect())
    }

    /// The interpretable score of a pair and its parts.
    #[must_use]
    pub fn plain_score(&self, pair: &Pair, timing: &Timing) -> (f64, Vec<ScorePart>) {
        let plain = &self.stored.parts;
        let parts = weighted(&parts(pair, timing), &plain.weights, &plain.usual);
        let sum: f64 = plain.intercept + parts.iter().map(|part| part.contribution).sum::<f64>();
        (logistic(sum), parts)
    }
}

/// Log odds of a probability; those of 0 and 1 are finite.
fn logit(probability: f64) -> f64 {
    let probability = probability.clamp(1e-9, 1.0 - 1e-9);
    (probability / (1.0 - probability)).ln()
}

fn logistic(sum: f64) -> f64 {
    1.0 / (1.0 + (-sum).exp())
}

/// Index of a feature among [`PAIR_FEATURES`].
fn column(name: &str) -> Option<usize> {
    PAIR_FEATURES.iter().position(|(known, _)| *known == name)
}

/// The features of every pair, shape `(n_pairs, n_features)`.
pub(crate) fn matrix<'a>(pairs: impl ExactSizeIterator<Item = (&'a Pair, &'a Timing)>) -> Array2<f64> {
    let n_pairs = pairs.len();
    let values = pairs.flat_map(|(pair, timing)| pair_features(pair, timing)).collect();
    Array2::from_shape_vec((n_pairs, PAIR_FEATURES.len()), values).expect("every pair has all features")
}
