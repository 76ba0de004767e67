use super::gates::{self, Gate};
use super::measure::{Ranking, recall, threshold};
use super::rivals::Rival;
use crate::beacons::model::{ModelSummary, PairModel, matrix};
use crate::beacons::study::{Study, StudyPair};
use crate::beacons::train::{PairTraining, is_moderate, keep_timers, train_pairs};
use crate::{Error, OnProgress};
use bro_features::{PAIR_FEATURES, PairEvents, PairFeature, Timing, pair_features};
use bro_ml_core::MlpParams;
use bro_synth::{Beat, Scenario};
use std::collections::BTreeMap;

/// How much the protocol looks at.
///
/// ```
/// assert_eq!(bro_analysis::EvaluateParams::default().n_beacons, 60);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvaluateParams {
    /// Synthetic days to train on; a third as many more stop the training. Default 6.
    pub n_train: u64,
    /// Synthetic days of each test. Default 4.
    pub n_test: u64,
    /// Beacons of a day before some are taken out. Default 60.
    pub n_beacons: usize,
    /// Seed of everything. Default 1.
    pub seed: u64,
}

impl Default for EvaluateParams {
    fn default() -> Self {
        Self { n_train: 6, n_test: 4, n_beacons: 60, seed: 1 }
    }
}

/// What the protocol found.
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluation {
    /// What it was asked.
    pub params: EvaluateParams,
    /// The generator and its version.
    pub generator: &'static str,
    /// The tests, the headline ones first.
    pub tasks: Vec<Task>,
    /// Recall at one false alarm in a thousand, by jitter and loss.
    pub cells: Vec<Cell>,
    /// How many beats it takes.
    pub delays: Vec<Delay>,
    /// What was promised, and whether it holds.
    pub gates: Vec<Gate>,
}

/// One test: what was trained on, what it was tested with, and how everybody did.
#[derive(Debug, Clone, PartialEq)]
pub struct Task {
    /// Its name.
    pub name: String,
    /// What it asks, in a sentence.
    pub description: String,
    /// Whether its figures may be quoted alone: training and test differ in what matters.
    pub is_headline: bool,
    /// Pairs tested.
    pub n_pairs: usize,
    /// Beacons among them.
    pub n_beacons: usize,
    /// Everybody's figures.
    pub scored: Vec<Scored>,
}

/// How one method did in one test.
#[derive(Debug, Clone, PartialEq)]
pub struct Scored {
    /// The method.
    pub method: String,
    /// Its figures.
    pub ranking: Ranking,
}

/// Recall in one cell of the heat map.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cell {
    /// Jitter of the timers.
    pub jitter: f64,
    /// Share of their beats that were lost.
    pub loss: f64,
    /// Beacons.
    pub n: usize,
    /// Share of them above the score that one in a thousand others reach.
    pub recall: f64,
    /// The same for RITA v5.
    pub rita_recall: f64,
}

/// Share of beacons found after so many events.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Delay {
    /// Events seen.
    pub n_events: usize,
    /// Beacons with at least so many.
    pub n: usize,
    /// Share of them above the threshold by then.
    pub found: f64,
}

impl Task {
    /// The figures of a method.
    #[must_use]
    pub fn of(&self, method: &str) -> Option<&Ranking> {
        self.scored.iter().find(|scored| scored.method == method).map(|scored| &scored.ranking)
    }
}

/// Our methods' names.
pub(crate) const MLP: &str = "bro-ml";
pub(crate) const TIMING_ONLY: &str = "bro-ml without content and prevalence";
pub(crate) const LOGISTIC: &str = "logistic regression";

/// Which timers are kept.
type Keep = fn(&Beat) -> bool;

/// Jitter and loss that are trained on, and those that are not.
const MILD: Keep = |beat| beat.jitter <= 0.3 && beat.loss <= 0.1;
const HARSH: Keep = |beat| beat.jitter >= 0.5 && (0.2..=0.6).contains(&beat.loss);

/// Runs the whole protocol: trains on synthetic logs and tests on others that differ in jitter and loss, in family, in
/// time; with and without decoys of the same timers; beside the published rules of other programs on the same pairs.
///
/// The same parameters give the same figures. Time: some minutes.
///
/// # Errors
/// [`Error::Kernel`] if a set has no beacons, as with too few asked for; [`Error::Cancelled`] when `on_progress` says so.
pub fn evaluate(params: &EvaluateParams, on_progress: OnProgress<'_>) -> Result<Evaluation, Error> {
    let mut bench = Bench::new(params, on_progress)?;
    let mut tasks = vec![bench.shifted(Decoys::Without)?, bench.shifted(Decoys::With)?];
    tasks.push(bench.keep_alive()?);
    tasks.extend(bench.left_out()?);
    tasks.push(bench.later()?);
    tasks.push(bench.noisy()?);
    let (cells, delays) = bench.map()?;
    let gates = gates::gates(&tasks, bench.mild.model(MLP))?;
    Ok(Evaluation { params: params.clone(), generator: bro_synth::GENERATOR, tasks, cells, delays, gates })
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Decoys {
    With,
    Without,
}

/// The days of the protocol and the models trained on mild timers.
struct Bench<'p, 'f> {
    params: &'p EvaluateParams,
    on_progress: OnProgress<'f>,
    mild: Models,
    /// Trained on moderate timers, as the shipped model.
    any: Models,
    harsh: Study,
    all: Study,
}

/// The models of one training set.
struct Models(Vec<(&'static str, PairModel)>);

impl Models {
    fn model(&self, name: &str) -> &PairModel {
        let found = self.0.iter().find(|(known, _)| *known == name);
        &found.expect("every training makes all models").1
    }
}

impl<'p, 'f> Bench<'p, 'f> {
    fn new(params: &'p EvaluateParams, on_progress: OnProgress<'f>) -> Result<Self, Error> {
        let n_stop = params.n_train.div_ceil(3);
        let train = days(params, 0..params.n_train, MILD, on_progress)?;
        let stop = days(params, 100..100 + n_stop, MILD, on_progress)?;
        let mild = models(&refs(&train), &refs(&stop), params.seed, on_progress)?;
        let train = days(params, 0..params.n_train, is_moderate, on_progress)?;
        let stop = days(params, 100..100 + n_stop, is_moderate, on_progress)?;
        let any = models(&refs(&train), &refs(&stop), params.seed, on_progress)?;
        let harsh = days(params, 200..200 + params.n_test, HARSH, on_progress)?;
        let all = days(params, 300..300 + params.n_test, |_| true, on_progress)?;
        Ok(Self { params, on_progress, mild, any, harsh, all })
    }

    fn shifted(&mut self, decoys: Decoys) -> Result<Task, Error> {
        let pairs = self.harsh.pairs.iter().filter(|pair| decoys == Decoys::With || !is_decoy(pair));
        let (name, description) = match decoys {
            Decoys::Without => (
                "shifted",
                "trained on jitter up to .3 and loss up to .1, tested on jitter from .5 and loss from .3; ordinary traffic around",
            ),
            Decoys::With => {
                ("matched decoys", "as shifted, and two harmless programs with the timer of each beacon")
            }
        };
        task(
            name,
            description,
            true,
            &pairs.collect::<Vec<_>>(),
            self.harsh.range,
            &self.mild,
            self.params.seed,
        )
    }

    fn keep_alive(&mut self) -> Result<Task, Error> {
        let is_kept_alive = |pair: &&StudyPair| {
            pair.actor.per_connection > 1
                && pair.pair.log.path() == "http"
                && pair.actor.beat.as_ref().is_some_and(is_moderate)
        };
        let pairs = self
            .all
            .pairs
            .iter()
            .filter(|pair| if pair.is_beacon { is_kept_alive(pair) } else { !is_decoy(pair) });
        let description = "beacons that keep their connection alive, of jitter up to .5 and loss up to .3; ordinary traffic around; trained on other days of the same laws";
        task(
            "keep-alive",
            description,
            false,
            &pairs.collect::<Vec<_>>(),
            self.all.range,
            &self.any,
            self.params.seed,
        )
    }

    /// Trained without one channel, tested on it alone.
    fn left_out(&mut self) -> Result<Vec<Task>, Error> {
        let train = days(self.params, 0..self.params.n_train, |_| true, self.on_progress)?;
        let stop = days(self.params, 100..100 + self.params.n_train.div_ceil(3), |_| true, self.on_progress)?;
        let mut tasks = Vec::new();
        for channel in ["http", "ssl", "dns", "conn"] {
            let is_left_out = |pair: &&StudyPair| pair.is_beacon && pair.pair.log.path() == channel;
            let without = |study: &'_ Study| {
                study.pairs.iter().filter(|pair| !is_left_out(pair)).cloned().collect::<Vec<_>>()
            };
            let (train, stop) = (without(&train), without(&stop));
            let models = models(
                &train.iter().collect::<Vec<_>>(),
                &stop.iter().collect::<Vec<_>>(),
                self.params.seed,
                self.on_progress,
            )?;
            let pairs: Vec<&StudyPair> =
                self.all.pairs.iter().filter(|pair| !pair.is_beacon || is_left_out(pair)).collect();
            if pairs.iter().any(|pair| pair.is_beacon) {
                let name = format!("without {channel}");
                let description = format!(
                    "trained without beacons seen in {channel}.log, tested on them alone; decoys among the rest"
                );
                tasks.push(task(
                    &name,
                    &description,
                    false,
                    &pairs,
                    self.all.range,
                    &models,
                    self.params.seed,
                )?);
            }
        }
        Ok(tasks)
    }

    /// The same models on days of another week.
    fn later(&mut self) -> Result<Task, Error> {
        let later = |scenario: Scenario| Scenario { start: scenario.start + 19 * 86_400_000_000, ..scenario };
        let study = made(self.params, 400..400 + self.params.n_test, HARSH, later, self.on_progress)?;
        let description = "as matched decoys, on weekend days three weeks later";
        task("time shift", description, true, &refs(&study), study.range, &self.mild, self.params.seed)
    }

    /// Trained with one label in twenty wrong.
    fn noisy(&mut self) -> Result<Task, Error> {
        let mut train = days(self.params, 0..self.params.n_train, MILD, self.on_progress)?;
        let stop = days(self.params, 100..100 + self.params.n_train.div_ceil(3), MILD, self.on_progress)?;
        // One beacon in twenty is called harmless, and as many others are called beacons.
        let n_wrong = train.n_beacons() / 20;
        let flip = |pairs: &mut dyn Iterator<Item = &mut StudyPair>| {
            pairs.step_by(20).take(n_wrong).for_each(|pair| pair.is_beacon ^= true)
        };
        let (mut beacons, mut others): (Vec<_>, Vec<_>) =
            train.pairs.iter_mut().partition(|pair| pair.is_beacon);
        flip(&mut beacons.iter_mut().map(|pair| &mut **pair));
        flip(&mut others.iter_mut().map(|pair| &mut **pair));
        let models = models(&refs(&train), &refs(&stop), self.params.seed, self.on_progress)?;
        let description = "as matched decoys, with one label in twenty of the training wrong";
        task(
            "label noise",
            description,
            true,
            &refs(&self.harsh),
            self.harsh.range,
            &models,
            self.params.seed,
        )
    }

    /// The heat map and the delays, at the score that one in a thousand of the ordinary traffic reaches.
    fn map(&mut self) -> Result<(Vec<Cell>, Vec<Delay>), Error> {
        let pairs: Vec<&StudyPair> =
            self.all.pairs.iter().filter(|pair| pair.is_beacon || !is_decoy(pair)).collect();
        let truth = truth(&pairs);
        let ours = predict(self.mild.model(MLP), &pairs)?;
        let rita: Vec<f64> =
            pairs.iter().map(|pair| Rival::RitaV5.score(&pair.pair, self.all.range)).collect();
        let thresholds = [threshold(&truth, &ours), threshold(&truth, &rita)];
        let mut cells: BTreeMap<(u64, u64), Vec<usize>> = BTreeMap::new();
        for (idx, pair) in pairs.iter().enumerate() {
            if let Some(beat) = pair.actor.beat.filter(|_| pair.is_beacon) {
                cells.entry((beat.jitter.to_bits(), beat.loss.to_bits())).or_default().push(idx);
            }
        }
        let cell = |((jitter, loss), rows): ((u64, u64), Vec<usize>)| {
            let share = |scores: &[f64], threshold| {
                let scores: Vec<f64> = rows.iter().map(|&row| scores[row]).collect();
                recall(&vec![true; rows.len()], &scores, threshold)
            };
            Cell {
                jitter: f64::from_bits(jitter),
                loss: f64::from_bits(loss),
                n: rows.len(),
                recall: share(&ours, thresholds[0]),
                rita_recall: share(&rita, thresholds[1]),
            }
        };
        let delays = delays(self.mild.model(MLP), &pairs, thresholds[0])?;
        Ok((cells.into_iter().map(cell).collect(), delays))
    }
}

/// Events after which is looked whether a beacon is found by then.
const STEPS: [usize; 9] = [4, 6, 8, 12, 16, 24, 32, 64, 128];

fn delays(model: &PairModel, pairs: &[&StudyPair], threshold: f64) -> Result<Vec<Delay>, Error> {
    let delay = |&n_events: &usize| {
        let early: Vec<StudyPair> = pairs
            .iter()
            .filter(|pair| pair.is_beacon && pair.timing.n as usize >= n_events)
            .map(|pair| early(pair, n_events))
            .collect();
        let refs: Vec<&StudyPair> = early.iter().collect();
        let scores = predict(model, &refs)?;
        let found = recall(&vec![true; scores.len()], &scores, threshold);
        Ok(Delay { n_events, n: scores.len(), found })
    };
    STEPS.iter().map(delay).collect()
}

/// A pair as it was after its first events.
fn early(pair: &StudyPair, n_events: usize) -> StudyPair {
    let mut events = PairEvents::default();
    pair.pair.events.kept().iter().take(n_events).for_each(|event| events.push(*event));
    let mut early = pair.clone();
    early.pair.events = events.finish();
    early.timing = Timing::of(&early.pair.events);
    early.features = pair_features(&early.pair, &early.timing);
    early
}

/// Whether the pair is one of a harmless program planted with the timer of a beacon.
fn is_decoy(pair: &StudyPair) -> bool {
    pair.is_decoy
}

fn refs(study: &Study) -> Vec<&StudyPair> {
    study.pairs.iter().collect()
}

fn truth(pairs: &[&StudyPair]) -> Vec<bool> {
    pairs.iter().map(|pair| pair.is_beacon).collect()
}

fn days(
    params: &EvaluateParams,
    days: std::ops::Range<u64>,
    keep: Keep,
    on_progress: OnProgress<'_>,
) -> Result<Study, Error> {
    made(params, days, keep, |scenario| scenario, on_progress)
}

/// Study days with the timers that `keep` keeps.
fn made(
    params: &EvaluateParams,
    days: std::ops::Range<u64>,
    keep: Keep,
    change: impl Fn(Scenario) -> Scenario,
    on_progress: OnProgress<'_>,
) -> Result<Study, Error> {
    let mut study = Study::default();
    for day in days {
        let seed = params.seed.wrapping_mul(10_007).wrapping_add(day);
        let mut scenario = change(Scenario::beacon_study(seed, 24.0, params.n_beacons));
        keep_timers(&mut scenario, keep);
        let day = Study::of(&scenario, on_progress)?;
        study.range = day.range;
        study.extend(day);
    }
    Ok(study)
}

/// Our network, the same without content and prevalence, and a logistic regression.
fn models(
    train: &[&StudyPair],
    stop: &[&StudyPair],
    seed: u64,
    on_progress: OnProgress<'_>,
) -> Result<Models, Error> {
    let usual = PairTraining::default();
    let params = MlpParams { seed, ..usual.params.clone() };
    let timing = vec![PairFeature::Timing, PairFeature::Size];
    let trainings = [
        (MLP, PairTraining { params: params.clone(), ..usual.clone() }),
        (TIMING_ONLY, PairTraining { params: params.clone(), kinds: timing, ..usual.clone() }),
        (
            LOGISTIC,
            PairTraining {
                params: MlpParams { hidden_layer_sizes: Vec::new(), dropout: 0.0, ..params },
                ..usual
            },
        ),
    ];
    let trained = trainings.into_iter().map(|(name, training)| {
        Ok((name, train_pairs(&training, train, stop, ModelSummary::default(), on_progress)?))
    });
    Ok(Models(trained.collect::<Result<_, Error>>()?))
}

fn predict(model: &PairModel, pairs: &[&StudyPair]) -> Result<Vec<f64>, Error> {
    let x = matrix(pairs.iter().map(|pair| (&pair.pair, &pair.timing)));
    Ok(model.predict(&x)?.to_vec())
}

/// Everybody's figures on the same pairs.
fn task(
    name: &str,
    description: &str,
    is_headline: bool,
    pairs: &[&StudyPair],
    range: (i64, i64),
    models: &Models,
    seed: u64,
) -> Result<Task, Error> {
    let truth = truth(pairs);
    let mut scored = Vec::new();
    for (method, model) in &models.0 {
        let ranking = Ranking::of(&truth, &predict(model, pairs)?, true, seed)?;
        scored.push(Scored { method: (*method).to_owned(), ranking });
    }
    for rival in Rival::ALL {
        let scores: Vec<f64> = pairs.iter().map(|pair| rival.score(&pair.pair, range)).collect();
        scored.push(Scored {
            method: rival.name().to_owned(),
            ranking: Ranking::of(&truth, &scores, false, seed)?,
        });
    }
    Ok(Task {
        name: name.to_owned(),
        description: description.to_owned(),
        is_headline,
        n_pairs: pairs.len(),
        n_beacons: truth.iter().filter(|truth| **truth).count(),
        scored,
    })
}

/// The pairs of the shifted test and its training as CSV, for the models of other programs: `set` is train, stop or
/// test, then the truth, then the features.
///
/// # Errors
/// As [`evaluate`].
pub fn export_evaluation(params: &EvaluateParams, on_progress: OnProgress<'_>) -> Result<String, Error> {
    let n_stop = params.n_train.div_ceil(3);
    let sets = [
        ("train", 0..params.n_train, MILD),
        ("stop", 100..100 + n_stop, MILD),
        ("test", 200..200 + params.n_test, HARSH),
        ("all", 300..300 + params.n_test, |_: &Beat| true),
    ];
    let mut text = "set,is_beacon,is_decoy,family,log,jitter,loss,per_connection,rita".to_owned();
    PAIR_FEATURES.iter().for_each(|(name, _)| text.extend([",", *name]));
    text.push('\n');
    for (set, range, keep) in sets {
        let study = days(params, range, keep, on_progress)?;
        study.pairs.iter().for_each(|pair| export_pair(&mut text, set, pair, study.range));
    }
    Ok(text)
}

fn export_pair(text: &mut String, set: &str, pair: &StudyPair, range: (i64, i64)) {
    let facts = [pair.is_beacon, pair.is_decoy].map(u8::from);
    let beat = pair.actor.beat.map(|beat| (beat.jitter, beat.loss)).unwrap_or((-1.0, -1.0));
    let (family, log, kept) = (pair.actor.family, pair.pair.log.path(), pair.actor.per_connection);
    let rita = Rival::RitaV5.score(&pair.pair, range);
    *text += &format!("{set},{},{},{family},{log},{},{},{kept},{rita}", facts[0], facts[1], beat.0, beat.1);
    pair.features.iter().for_each(|value| *text += &format!(",{value}"));
    text.push('\n');
}
