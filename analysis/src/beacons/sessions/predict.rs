use super::model::SessionModel;
use super::train::{SessionTraining, labelled, train};
use super::{Labels, read};
use crate::beacons::found::BeaconIntake;
use crate::{Error, Logs, OnProgress, Warning};
use bro_features::{SessionKey, Sessions, session_features};
use ndarray::Axis;

/// What a model says about sessions.
#[derive(Debug, Clone, PartialEq)]
pub struct SessionVerdicts {
    /// What was read.
    pub intake: BeaconIntake,
    /// How the model was trained, as JSON.
    pub model: String,
    /// From which probability on the verdict is "beacon".
    pub threshold: f64,
    /// Sessions that were judged.
    pub n_sessions: u64,
    /// Those of them that beacon.
    pub n_beacons: u64,
    /// The verdicts, in the order of the logs.
    pub sessions: Vec<SessionVerdict>,
    /// Verdicts against labels, where there are any.
    pub confusion: Option<Confusion>,
    /// What the reader should know.
    pub warnings: Vec<Warning>,
}

/// What a model says about a session.
#[derive(Debug, Clone, PartialEq)]
pub struct SessionVerdict {
    /// The session.
    pub session: SessionKey,
    /// How probably it is a beacon's.
    pub probability: f64,
    /// The verdict.
    pub is_beacon: bool,
    /// What the label says, if it has one.
    pub label: Option<String>,
    /// What can be seen of it and its past, in one sentence.
    pub evidence: String,
}

/// Verdicts against labels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Confusion {
    /// Beacons found.
    pub true_positive: u64,
    /// Others called beacons.
    pub false_positive: u64,
    /// Beacons missed.
    pub false_negative: u64,
    /// Others left alone.
    pub true_negative: u64,
}

/// Judges every session of http logs. `labels` are only compared with.
///
/// # Errors
/// As [`train_sessions`](super::train_sessions), but for those of the training.
pub fn predict_sessions(
    logs: &Logs<'_>,
    model: &SessionModel,
    labels: &Labels,
    threshold: f64,
    on_progress: OnProgress<'_>,
) -> Result<SessionVerdicts, Error> {
    check(threshold)?;
    let (sessions, intake) = read(logs, None, on_progress)?;
    let known = labels.of_sessions(&sessions.keys);
    let rows: Vec<usize> = (0..sessions.keys.len()).collect();
    judge(&sessions, &known, &rows, model, threshold, intake)
}

/// The old experiment: trains on the first labelled sessions and judges all the rest.
///
/// # Errors
/// As [`train_sessions`](super::train_sessions), and [`Error::Parameter`] if nothing is left to judge.
pub fn classify_sessions(
    logs: &Logs<'_>,
    labels: &Labels,
    training: &SessionTraining,
    threshold: f64,
    on_progress: OnProgress<'_>,
) -> Result<(SessionModel, SessionVerdicts), Error> {
    check(threshold)?;
    let (sessions, intake) = read(logs, training.label_column.as_deref(), on_progress)?;
    let known = labels.of_sessions(&sessions.keys);
    let trained = labelled(&known, training.train_size);
    let mut is_trained = vec![false; sessions.keys.len()];
    trained.iter().for_each(|&row| is_trained[row] = true);
    let rest: Vec<usize> = (0..sessions.keys.len()).filter(|&row| !is_trained[row]).collect();
    if rest.is_empty() {
        let found = training.train_size.map_or_else(|| "unset".to_owned(), |size| size.to_string());
        let expected = format!("fewer than the {} labelled sessions", trained.len());
        return Err(Error::Parameter { name: "train_size", found, expected });
    }
    let model = train(&sessions, &known, &trained, training, on_progress)?;
    let verdicts = judge(&sessions, &known, &rest, &model, threshold, intake)?;
    Ok((model, verdicts))
}

fn check(threshold: f64) -> Result<(), Error> {
    if (0.0..=1.0).contains(&threshold) {
        return Ok(());
    }
    let expected = "a number from 0 to 1".to_owned();
    Err(Error::Parameter { name: "threshold", found: threshold.to_string(), expected })
}

fn judge(
    sessions: &Sessions,
    known: &[Option<&str>],
    rows: &[usize],
    model: &SessionModel,
    threshold: f64,
    mut intake: BeaconIntake,
) -> Result<SessionVerdicts, Error> {
    let proba = model.predict(&sessions.x.select(Axis(0), rows))?;
    let positive = &model.summary().positive;
    let mut confusion = Confusion::default();
    let mut verdicts = Vec::with_capacity(rows.len());
    for (&row, &probability) in rows.iter().zip(&proba) {
        let is_beacon = probability >= threshold;
        if let Some(label) = known[row] {
            confusion.count(label == positive, is_beacon);
        }
        verdicts.push(SessionVerdict {
            session: sessions.keys[row].clone(),
            probability,
            is_beacon,
            label: known[row].map(str::to_owned),
            evidence: evidence(sessions, row),
        });
    }
    let has_labels = verdicts.iter().any(|verdict| verdict.label.is_some());
    Ok(SessionVerdicts {
        model: model.summary_json(),
        threshold,
        n_sessions: verdicts.len() as u64,
        n_beacons: verdicts.iter().filter(|verdict| verdict.is_beacon).count() as u64,
        sessions: verdicts,
        confusion: has_labels.then_some(confusion),
        warnings: std::mem::take(&mut intake.warnings),
        intake,
    })
}

impl Confusion {
    fn count(&mut self, is_true: bool, is_beacon: bool) {
        match (is_true, is_beacon) {
            (true, true) => self.true_positive += 1,
            (false, true) => self.false_positive += 1,
            (true, false) => self.false_negative += 1,
            (false, false) => self.true_negative += 1,
        }
    }
}

/// What the features say of a session's past, in words.
fn evidence(sessions: &Sessions, row: usize) -> String {
    let feature = |name: &str| {
        let column =
            session_features().iter().position(|known| known == name).expect("the name is a feature");
        sessions.x[[row, column]]
    };
    if feature("is_first") > 0.0 {
        return "the first request of this originator to this host".to_owned();
    }
    let n = feature("ln_n_before").exp_m1().round();
    let gap = crate::duration_in_words(feature("ln_gap").exp_m1());
    let near = 100.0 * feature("gap_near10");
    let uri = if feature("same_uri") > 0.0 { "the same URI as before" } else { "another URI than before" };
    format!(
        "{n:.0} requests before, the last {gap} ago; {near:.0} % of the last gaps near their median; {uri}"
    )
}
