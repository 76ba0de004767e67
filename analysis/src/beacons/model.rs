use super::ScorePart;
use super::network::{ScaledNetwork, StoredNetwork, bad, columns_of};
use super::parts::{PARTS, parts, weighted};
use crate::Error;
use bro_features::{PAIR_FEATURES, Pair, Timing, pair_features};
use bro_ml_core::Mlp;
use ndarray::{Array1, Array2, ArrayRef2, ArrayView1};
use serde::{Deserialize, Serialize};
use std::sync::OnceLock;

/// A model of pairs: how probable it is that one is a beacon.
///
/// A beacon keeps time, and does so for no good purpose: one network looks at the times alone and says whether a timer
/// is behind them, another one looks at sizes, content and prevalence and says whether what has a timer is a beacon.
/// The score is the calibrated product of both, of `g / (g + 4)` for g gaps, since few gaps prove little, and of how
/// clearly the gaps are multiples of a period that is not mostly missed.
///
/// It carries the names of the features, their scaling, the networks with their calibration, the weights of the
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
    rhythm: (ScaledNetwork, Vec<usize>),
    purpose: (ScaledNetwork, Vec<usize>),
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
    /// Whether the pair keeps time.
    rhythm: StoredNetwork,
    /// Whether what keeps time so is a beacon.
    purpose: StoredNetwork,
    /// Slope and intercept that make probabilities of the products.
    calibration: [f64; 2],
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
const FORMAT_VERSION: u32 = 1;

/// What training gives: everything but how it came about.
pub(crate) struct Trained {
    pub(crate) rhythm: TrainedNetwork,
    pub(crate) purpose: TrainedNetwork,
    pub(crate) calibration: [f64; 2],
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

/// Gaps at which half of what they say is believed.
const HALF_BELIEVED: f64 = 4.0;
/// Share of the gaps within three tenths of a multiple of the period at which nothing, and everything, is believed;
/// calls at random have .6.
const CLEAR: [f64; 2] = [0.5, 0.9];
/// Share of the beats that have to be heard for full belief: any gaps are multiples of a very short period.
const HEARD: f64 = 0.5;
/// What is left of a pair without any period.
const LEAST_CLEAR: f64 = 0.05;

/// How far the times can be believed: few gaps prove little, and gaps that are no multiples of a period prove nothing.
fn belief(pair: &ArrayView1<'_, f64>) -> f64 {
    let feature = |name: &str| pair[column(name).expect("the name is a feature")];
    let n_gaps = (feature("ln_n").exp_m1() - 1.0).max(0.0);
    let clear = (feature("fold30") - CLEAR[0]) / (CLEAR[1] - CLEAR[0]);
    let heard = ((1.0 - feature("missing")) / HEARD).clamp(LEAST_CLEAR, 1.0);
    n_gaps / (n_gaps + HALF_BELIEVED) * clear.clamp(LEAST_CLEAR, 1.0) * heard
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
        let Stored { kind, format_version, parts, calibration, .. } = &stored;
        if kind != KIND || *format_version != FORMAT_VERSION {
            let expected = format!("{KIND:?} version {FORMAT_VERSION}");
            return Err(bad(&format!("it is {kind:?} version {format_version}, expected {expected}")));
        }
        if [parts.weights.len(), parts.usual.len(), parts.names.len()] != [PARTS.len(); 3] {
            return Err(bad("its interpretable score has other parts than this version knows"));
        }
        if !(calibration[0] > 0.0 && calibration.iter().all(|number| number.is_finite())) {
            return Err(bad("its calibration does not rise"));
        }
        let build = |network: &StoredNetwork| {
            Ok::<_, Error>((network.clone().build()?, columns_of(&network.features, column)?))
        };
        let (rhythm, purpose) = (build(&stored.rhythm)?, build(&stored.purpose)?);
        Ok(Self { stored, rhythm, purpose })
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
        let Stored { rhythm, purpose, .. } = &self.stored;
        rhythm.features.iter().chain(&purpose.features).map(String::as_str)
    }

    /// Weights are rounded to single precision, which is how they are stored.
    pub(crate) fn new(trained: &Trained, summary: ModelSummary) -> Result<Self, Error> {
        Self::of(Stored {
            kind: KIND.to_owned(),
            format_version: FORMAT_VERSION,
            summary,
            rhythm: trained.rhythm.stored(),
            purpose: trained.purpose.stored(),
            calibration: trained.calibration,
            parts: trained.plain.clone(),
        })
    }

    /// Probabilities of being a beacon, for rows of all [`PAIR_FEATURES`], shape `(n_pairs, n_features)`.
    ///
    /// # Errors
    /// [`Error::Kernel`] for values that are not finite.
    pub fn predict(&self, x: &ArrayRef2<f64>) -> Result<Array1<f64>, Error> {
        let [slope, intercept] = self.stored.calibration;
        Ok(self.products(x)?.mapv_into(|product| logistic(slope * logit(product) + intercept)))
    }

    /// What the networks say together, before it is made a probability.
    pub(crate) fn products(&self, x: &ArrayRef2<f64>) -> Result<Array1<f64>, Error> {
        let rhythm = self.rhythm.0.predict(x, &self.rhythm.1)?;
        let purpose = self.purpose.0.predict(x, &self.purpose.1)?;
        let belief = x.rows().into_iter().map(|pair| belief(&pair));
        Ok(rhythm * purpose * Array1::from_iter(belief))
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
pub(crate) fn logit(probability: f64) -> f64 {
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
