use super::model::{ModelSummary, PairModel, Plain, Trained, TrainedNetwork};
use super::parts::{PARTS, parts};
use super::study::{Study, StudyPair};
use crate::{Epoch, Error, OnProgress, Progress, Stage};
use bro_features::{PAIR_FEATURES, PairFeature, PairLog};
use bro_ml_core::{ClassWeight, Mlp, MlpParams, StandardScaler, TrainingData, ValidationMetric, metrics};
use bro_synth::{Beat, Planted, Scenario};
use ndarray::{Array1, Array2};

/// How a model of pairs is trained.
///
/// ```
/// use bro_analysis::PairTraining;
/// assert_eq!(PairTraining::default().params.hidden_layer_sizes, [32, 16]);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct PairTraining {
    /// The network and its training.
    pub params: MlpParams,
    /// The kinds of features the network looks at. Default all.
    pub kinds: Vec<PairFeature>,
    /// What scaled features are cut to. Default 4.
    pub clip: f64,
}

impl Default for PairTraining {
    fn default() -> Self {
        use PairFeature::{Content, Prevalence, Size, Timing};
        let params = MlpParams {
            hidden_layer_sizes: vec![32, 16],
            alpha: 0.1,
            batch_size: bro_ml_core::BatchSize::Count(128),
            max_iter: 40,
            early_stopping: true,
            validation_metric: ValidationMetric::AveragePrecision,
            n_iter_no_change: 10,
            ..MlpParams::new()
        };
        Self { params, kinds: vec![Timing, Size, Content, Prevalence], clip: 4.0 }
    }
}

/// Trains a model on labelled pairs; `held_out` pairs stop the training, temper its odds and give the figures of the
/// summary. They should be of other days, or of other hosts.
///
/// The same pairs and seed give the same model.
///
/// # Errors
/// [`Error::Kernel`] if the pairs cannot be trained on, as when all are of one class.
pub fn train_pairs(
    training: &PairTraining,
    pairs: &[&StudyPair],
    held_out: &[&StudyPair],
    summary: ModelSummary,
    on_progress: OnProgress<'_>,
) -> Result<PairModel, Error> {
    let network = network(training, pairs, held_out, on_progress)?;
    let summary = ModelSummary {
        seed: training.params.seed,
        n_samples: pairs.len() as u64,
        n_positive: pairs.iter().filter(|pair| pair.is_beacon).count() as u64,
        n_iter: network.mlp.n_iter() as u64,
        ..summary
    };
    let trained = Trained { network, plain: plain(pairs, training.params.seed)? };
    let draft = PairModel::new(&trained, summary.clone())?;
    PairModel::new(&trained, with_scores(summary, &draft, held_out)?)
}

fn network(
    training: &PairTraining,
    pairs: &[&StudyPair],
    held_out: &[&StudyPair],
    on_progress: OnProgress<'_>,
) -> Result<TrainedNetwork, Error> {
    let at = Error::at(Stage::Train);
    let features = columns(&training.kinds);
    let scaler = StandardScaler::fit(&matrix(pairs, &features)).map_err(&at)?;
    let scaled = |pairs: &[&StudyPair]| -> Result<Array2<f64>, Error> {
        let scaled = scaler.transform(&matrix(pairs, &features)).map_err(&at)?;
        Ok(scaled.mapv_into(|value| value.clamp(-training.clip, training.clip)))
    };
    let (x, x_apart, y, y_apart) = (scaled(pairs)?, scaled(held_out)?, labels(pairs), labels(held_out));
    let data = TrainingData { validation: Some((&x_apart, &y_apart)), ..TrainingData::new(&x, &y) };
    let mut mlp = fit(&training.params, &data, on_progress)?;
    mlp.calibrate(&x_apart, &y_apart).map_err(&at)?;
    let (mean, scale) = (scaler.mean().to_vec(), scaler.scale().to_vec());
    Ok(TrainedNetwork { features, clip: training.clip, mean, scale, mlp })
}

fn fit(params: &MlpParams, data: &TrainingData<'_>, on_progress: OnProgress<'_>) -> Result<Mlp, Error> {
    let total = params.max_iter as u64;
    let fitted = params.fit_with(data, None, &mut |epoch| {
        let (done, n_rows) = (epoch.n_iter as u64, data.x.nrows() as u64);
        let last = Epoch { loss: epoch.loss, validation_score: epoch.validation_score };
        on_progress(&Progress { stage: Stage::Train, done, total, n_rows, epoch: Some(last) })
    });
    fitted.map_err(Error::at(Stage::Train))
}

/// The summary with what the model makes of pairs it was not trained on.
fn with_scores(
    summary: ModelSummary,
    model: &PairModel,
    held_out: &[&StudyPair],
) -> Result<ModelSummary, Error> {
    let at = Error::at(Stage::Train);
    let all: Vec<usize> = (0..PAIR_FEATURES.len()).collect();
    let scores = model.predict(&matrix(held_out, &all))?;
    let truth = Array1::from_iter(held_out.iter().map(|pair| pair.is_beacon));
    Ok(ModelSummary {
        validation_score: metrics::average_precision(&truth, &scores).map_err(&at)?,
        calibration_error: metrics::calibration_error(&truth, &scores, 10).map_err(&at)?,
        ..summary
    })
}

/// Indices of the features of these kinds.
fn columns(kinds: &[PairFeature]) -> Vec<usize> {
    (0..PAIR_FEATURES.len()).filter(|&idx| kinds.contains(&PAIR_FEATURES[idx].1)).collect()
}

/// These features of the pairs, shape `(n_pairs, n_features)`.
pub(super) fn matrix(pairs: &[&StudyPair], features: &[usize]) -> Array2<f64> {
    Array2::from_shape_fn((pairs.len(), features.len()), |(row, idx)| pairs[row].features[features[idx]])
}

pub(super) fn labels(pairs: &[&StudyPair]) -> Array1<usize> {
    pairs.iter().map(|pair| usize::from(pair.is_beacon)).collect()
}

/// The weights of the interpretable score: a logistic regression on the parts, in which both classes count the same.
fn plain(pairs: &[&StudyPair], seed: u64) -> Result<Plain, Error> {
    let at = Error::at(Stage::Train);
    let values = pairs.iter().flat_map(|pair| parts(&pair.pair, &pair.timing)).collect();
    let x = Array2::from_shape_vec((pairs.len(), PARTS.len()), values).expect("every pair has all parts");
    let (scaler, scaled) = StandardScaler::fit_transform(&x).map_err(&at)?;
    let params = MlpParams {
        hidden_layer_sizes: Vec::new(),
        class_weight: ClassWeight::Balanced,
        learning_rate_init: 0.01,
        max_iter: 60,
        seed,
        ..MlpParams::new()
    };
    let mlp = params.fit(&scaled, &labels(pairs)).map_err(&at)?;
    // Rounded, so that people can read them.
    let rounded = |value: f64| (value * 1e4).round() / 1e4;
    let weights = mlp.coefs()[0]
        .column(0)
        .iter()
        .zip(scaler.scale())
        .map(|(coef, scale)| rounded(coef / scale))
        .collect();
    Ok(Plain {
        names: PARTS.map(str::to_owned).to_vec(),
        weights,
        usual: scaler.mean().iter().map(|&mean| rounded(mean)).collect(),
        intercept: rounded(mlp.intercepts()[0][0]),
    })
}

/// Trains a model on `n_days` synthetic days with `n_beacons` beacons each, twice as many decoys of the same timers, and
/// the ordinary traffic of an office, and on as many times four logs of a few hosts and hours; half as much more is
/// held out. This is how the shipped model was made.
///
/// # Errors
/// As [`train_pairs`], and [`Error::Synth`] for days that cannot be made.
pub fn train_default_pairs(
    seed: u64,
    n_days: u64,
    n_beacons: usize,
    on_progress: OnProgress<'_>,
) -> Result<PairModel, Error> {
    let mut days = |from: u64, to: u64| -> Result<Study, Error> {
        let mut study = Study::default();
        for day in from..to {
            let seed = seed.wrapping_mul(1_000).wrapping_add(day);
            study.extend(Study::of(&training_day(seed, n_beacons), on_progress)?);
            for log in 0..N_SMALL {
                let seed = seed.wrapping_mul(N_SMALL).wrapping_add(log);
                study.extend(Study::seen_in(&small_log(seed), seen_in(seed), on_progress)?);
            }
        }
        Ok(study)
    };
    let (trained_on, held_out) = (days(0, n_days)?, days(n_days, n_days + n_days.div_ceil(2))?);
    let training = PairTraining::default();
    let training = PairTraining { params: MlpParams { seed, ..training.params }, ..training };
    let summary = ModelSummary {
        command: format!("bro-ml beacons train-pairs --days {n_days} --beacons {n_beacons} --seed {seed}"),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        data: bro_synth::GENERATOR.to_owned(),
        ..ModelSummary::default()
    };
    let (pairs, held_out): (Vec<_>, Vec<_>) =
        (trained_on.pairs.iter().collect(), held_out.pairs.iter().collect());
    train_pairs(&training, &pairs, &held_out, summary, on_progress)
}

/// Small logs beside each training day.
const N_SMALL: u64 = 4;

/// Every other day is half as long and half as busy, and offices differ in size: logs come in all lengths.
fn training_day(seed: u64, n_beacons: usize) -> Scenario {
    let (hours, n_hosts) = match seed % 4 {
        0 => (24.0, 80),
        1 => (12.0, 40),
        2 => (24.0, 15),
        _ => (6.0, 150),
    };
    moderate(Scenario { n_hosts, ..Scenario::beacon_study(seed, hours, n_beacons) })
}

/// An hour to a day of one to ten hosts.
fn small_log(seed: u64) -> Scenario {
    let hours = [1.0, 2.0, 8.0, 24.0][(seed % 4) as usize];
    let n_hosts = 1 + (seed / 4 % 10) as usize;
    moderate(Scenario { n_hosts, ..Scenario::beacon_study(seed, hours, 1 + n_hosts / 2) })
}

/// The logs that are there of a small one: a third has all of them.
fn seen_in(seed: u64) -> &'static [PairLog] {
    match seed / 4 % 3 {
        0 => &PairLog::ALL,
        1 => &[PairLog::Conn],
        _ => &[PairLog::Http],
    }
}

fn moderate(mut scenario: Scenario) -> Scenario {
    keep_timers(&mut scenario, is_moderate);
    scenario
}

/// What can be told from chance by time: beyond that a network learns what else the generator's beacons have in common.
pub(super) fn is_moderate(beat: &Beat) -> bool {
    beat.jitter <= 0.5 && beat.loss <= 0.3
}

/// Leaves the beacons and decoys whose timers are wanted.
pub(super) fn keep_timers(scenario: &mut Scenario, is_wanted: fn(&Beat) -> bool) {
    scenario.planted.retain(|planted| match planted {
        Planted::Beacon(beacon) => is_wanted(&beacon.beat),
        Planted::Decoy(decoy) => is_wanted(&decoy.beat),
        _ => true,
    });
}
