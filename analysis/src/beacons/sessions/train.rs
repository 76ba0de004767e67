use super::labels::positive;
use super::model::{SessionModel, SessionScores, SessionSummary};
use super::{CLIP, Labels, read};
use crate::{Epoch, Error, Logs, OnProgress, Progress, Stage};
use bro_features::{SessionKey, Sessions};
use bro_ml_core::split::{self, Split};
use bro_ml_core::{Mlp, MlpParams, StandardScaler, TrainingData, metrics};
use ndarray::{Array1, Array2, Axis};
use std::collections::HashMap;
use std::net::IpAddr;

/// How sessions are held out to score a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum HeldOut {
    /// Pairs of an originator and a host, and of them what came after the training: neither the pair nor the time was
    /// seen.
    #[default]
    PairTime,
    /// The latest sessions, whatever their pair.
    Time,
    /// Sessions at random. Those of one beacon are alike, so this flatters every model.
    Random,
    /// None: all sessions are trained on.
    Nothing,
}

impl HeldOut {
    /// Its name on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::PairTime => "pair-time",
            Self::Time => "time",
            Self::Random => "random",
            Self::Nothing => "none",
        }
    }
}

/// How a model of sessions is trained.
///
/// ```
/// use bro_analysis::{HeldOut, SessionTraining};
/// let training = SessionTraining { train_size: Some(20_000), ..SessionTraining::default() };
/// assert_eq!((training.held_out, training.params.hidden_layer_sizes), (HeldOut::PairTime, vec![64, 32]));
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct SessionTraining {
    /// The network and its training; with `early_stopping` the sessions held out decide when to stop.
    pub params: MlpParams,
    /// Train on this many labelled sessions, the first ones. Default all.
    pub train_size: Option<usize>,
    /// How sessions are held out. Default [`HeldOut::PairTime`].
    pub held_out: HeldOut,
    /// Share of the sessions, or pairs, held out. Default .2.
    pub share: f64,
    /// The label that is looked for. Default the one that says beacon, malicious or the like.
    pub positive: Option<String>,
    /// The column of the log that holds labels, if one does.
    pub label_column: Option<String>,
}

impl Default for SessionTraining {
    fn default() -> Self {
        let params =
            MlpParams { hidden_layer_sizes: vec![64, 32], max_iter: 60, dropout: 0.1, ..MlpParams::new() };
        Self {
            params,
            train_size: None,
            held_out: HeldOut::PairTime,
            share: 0.2,
            positive: None,
            label_column: None,
        }
    }
}

/// Trains a model on labelled sessions of http logs: standardized with what the training sessions alone tell.
///
/// Memory is the features of all sessions, about 1.1 kB each. The same logs, labels and seed give the same model.
///
/// # Errors
/// [`Error::NoLogs`], [`Error::NoPairs`] and [`Error::Log`] for what is wrong with the logs, [`Error::NoPositive`] for
/// labels that do not say what is looked for, [`Error::OneClass`] if only one class is labelled, [`Error::Kernel`] for
/// parameters out of range, [`Error::Cancelled`] when `on_progress` says so.
pub fn train_sessions(
    logs: &Logs<'_>,
    labels: &Labels,
    training: &SessionTraining,
    on_progress: OnProgress<'_>,
) -> Result<SessionModel, Error> {
    let (sessions, _) = read(logs, training.label_column.as_deref(), on_progress)?;
    let known = labels.of_sessions(&sessions.keys);
    let rows = labelled(&known, training.train_size);
    train(&sessions, &known, &rows, training, on_progress)
}

/// The first sessions that are labelled, in the order of the logs.
pub(super) fn labelled(known: &[Option<&str>], train_size: Option<usize>) -> Vec<usize> {
    let rows = (0..known.len()).filter(|&row| known[row].is_some());
    rows.take(train_size.unwrap_or(usize::MAX)).collect()
}

/// Trains on these rows.
pub(super) fn train(
    sessions: &Sessions,
    known: &[Option<&str>],
    rows: &[usize],
    training: &SessionTraining,
    on_progress: OnProgress<'_>,
) -> Result<SessionModel, Error> {
    let labels: Vec<Option<&str>> = rows.iter().map(|&row| known[row]).collect();
    let positive = positive(training.positive.as_deref(), &labels)?;
    let truth: Vec<usize> = labels.iter().map(|label| usize::from(*label == Some(&positive))).collect();
    let n_positive = truth.iter().sum::<usize>() as u64;
    if n_positive == rows.len() as u64 {
        return Err(Error::OneClass { label: positive, n: n_positive });
    }
    let data = Labelled { sessions, rows, truth: &truth };
    let (split, note) = data.held_out(training);
    let (mean, scale, mlp) = data.fit(&split, &training.params, on_progress)?;
    let mut summary = SessionSummary {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        positive,
        n_samples: split.train.len() as u64,
        n_positive,
        hidden_layer_sizes: training.params.hidden_layer_sizes.clone(),
        n_iter: mlp.n_iter() as u64,
        seed: training.params.seed,
        loss_curve: mlp.loss_curve().to_vec(),
        split: training.held_out.name().to_owned(),
        warnings: note.into_iter().collect(),
        ..SessionSummary::default()
    };
    let model = SessionModel::new(&mean, &scale, &mlp, summary.clone())?;
    if !split.test.is_empty() {
        summary.validation = Some(data.scores(&model, &split.test)?);
    }
    for address in data.telling_addresses() {
        summary.warnings.push(address);
    }
    if summary.warnings.iter().any(|warning| warning.contains(EXPLAINS)) {
        let hosts = data.by_originator(training);
        if let Some(hosts) = hosts {
            let (mean, scale, mlp) = data.fit(&hosts, &training.params, on_progress)?;
            let apart = SessionModel::new(&mean, &scale, &mlp, summary.clone())?;
            summary.host_split = Some(data.scores(&apart, &hosts.test)?);
        }
    }
    Ok(model.with_summary(summary))
}

const EXPLAINS: &str = "explains";

/// Rows of the sessions with their classes.
struct Labelled<'a> {
    sessions: &'a Sessions,
    rows: &'a [usize],
    truth: &'a [usize],
}

impl Labelled<'_> {
    fn key(&self, idx: usize) -> &SessionKey {
        &self.sessions.keys[self.rows[idx]]
    }

    /// Who is trained on and who is held out, as indices of `rows`, and what went otherwise than asked.
    fn held_out(&self, training: &SessionTraining) -> (Split, Option<String>) {
        let n = self.rows.len();
        let all = || Split { train: (0..n).collect(), test: Vec::new() };
        let seed = training.params.seed;
        let found = match training.held_out {
            HeldOut::Nothing => return (all(), None),
            HeldOut::Random => {
                split::stratified(&Array1::from(self.truth.to_vec()), training.share, seed).ok()
            }
            HeldOut::Time => Some(self.by_time(&(0..n).collect::<Vec<_>>(), training.share)),
            HeldOut::PairTime => self.by_pair_and_time(training.share, seed),
        };
        match found.filter(|split| self.is_usable(split)) {
            Some(split) => (split, None),
            None => match self.by_pair(training.share, seed).filter(|split| self.is_usable(split)) {
                Some(split) => {
                    let note =
                        "too few pairs beacon late enough to hold out by pair and time: held out by pair";
                    (split, Some(note.to_owned()))
                }
                None => (all(), Some("no sessions could be held out that have both classes".to_owned())),
            },
        }
    }

    /// Both classes on both sides.
    fn is_usable(&self, split: &Split) -> bool {
        let has_both = |rows: &[usize]| {
            let n_positive = rows.iter().filter(|&&row| self.truth[row] == 1).count();
            n_positive > 0 && n_positive < rows.len()
        };
        has_both(&split.train) && has_both(&split.test)
    }

    /// Holds pairs out, a share of those that beacon and of the others.
    fn by_pair(&self, share: f64, seed: u64) -> Option<Split> {
        let beaconing: std::collections::HashSet<u32> =
            (0..self.rows.len()).filter(|&idx| self.truth[idx] == 1).map(|idx| self.key(idx).pair).collect();
        let mut whole = Split { train: Vec::new(), test: Vec::new() };
        for wanted in [true, false] {
            let rows: Vec<usize> = (0..self.rows.len())
                .filter(|&idx| beaconing.contains(&self.key(idx).pair) == wanted)
                .collect();
            let pairs: Array1<u32> = rows.iter().map(|&idx| self.key(idx).pair).collect();
            let split = split::grouped(&pairs, share, seed).ok()?;
            whole.train.extend(split.train.iter().map(|&idx| rows[idx]));
            whole.test.extend(split.test.iter().map(|&idx| rows[idx]));
        }
        whole.train.sort_unstable();
        whole.test.sort_unstable();
        Some(whole)
    }

    /// Trains on pairs as they were before a moment, tests on other pairs after it.
    fn by_pair_and_time(&self, share: f64, seed: u64) -> Option<Split> {
        let Split { train, test } = self.by_pair(share, seed)?;
        let mut times: Vec<i64> = (0..self.rows.len()).map(|idx| self.key(idx).ts).collect();
        times.sort_unstable();
        let moment = times[((times.len() - 1) as f64 * (1.0 - share)) as usize];
        Some(Split {
            train: train.into_iter().filter(|&idx| self.key(idx).ts < moment).collect(),
            test: test.into_iter().filter(|&idx| self.key(idx).ts >= moment).collect(),
        })
    }

    fn by_time(&self, rows: &[usize], share: f64) -> Split {
        let mut times: Vec<i64> = rows.iter().map(|&idx| self.key(idx).ts).collect();
        times.sort_unstable();
        let moment = times[((times.len() - 1) as f64 * (1.0 - share)) as usize];
        let (test, train) = rows.iter().partition(|&&idx| self.key(idx).ts >= moment);
        Split { train, test }
    }

    /// Holds whole originators out.
    fn by_originator(&self, training: &SessionTraining) -> Option<Split> {
        let hosts: Array1<IpAddr> = (0..self.rows.len()).map(|idx| self.key(idx).id_orig_h).collect();
        let seeds = training.params.seed..training.params.seed + 20;
        let splits = seeds.filter_map(|seed| split::grouped(&hosts, 0.3, seed).ok());
        splits.into_iter().find(|split| self.is_usable(split))
    }

    fn x(&self, rows: &[usize]) -> Array2<f64> {
        let rows: Vec<usize> = rows.iter().map(|&idx| self.rows[idx]).collect();
        self.sessions.x.select(Axis(0), &rows)
    }

    fn y(&self, rows: &[usize]) -> Array1<usize> {
        rows.iter().map(|&idx| self.truth[idx]).collect()
    }

    fn fit(
        &self,
        split: &Split,
        params: &MlpParams,
        on_progress: OnProgress<'_>,
    ) -> Result<(Vec<f64>, Vec<f64>, Mlp), Error> {
        let at = Error::at(Stage::Train);
        let mut x = self.x(&split.train);
        let scaler = StandardScaler::fit_transform_in_place(&mut x).map_err(&at)?;
        x.mapv_inplace(|value| value.clamp(-CLIP, CLIP));
        let y = self.y(&split.train);
        let held_out = if split.test.is_empty() {
            None
        } else {
            let mut x = self.x(&split.test);
            scaler.transform_in_place(&mut x).map_err(&at)?;
            x.mapv_inplace(|value| value.clamp(-CLIP, CLIP));
            Some((x, self.y(&split.test)))
        };
        let validation = held_out.as_ref().map(|(x, y)| (&**x, &**y));
        let data = TrainingData { validation, ..TrainingData::new(&x, &y) };
        let total = params.max_iter as u64;
        let mlp = params.fit_with(&data, None, &mut |epoch| {
            let (done, n_rows) = (epoch.n_iter as u64, split.train.len() as u64);
            let last = Epoch { loss: epoch.loss, validation_score: epoch.validation_score };
            on_progress(&Progress { stage: Stage::Train, done, total, n_rows, epoch: Some(last) })
        });
        let mut mlp = mlp.map_err(&at)?;
        if let Some((x, y)) = &held_out {
            mlp.calibrate(x, y).map_err(&at)?;
        }
        Ok((scaler.mean().to_vec(), scaler.scale().to_vec(), mlp))
    }

    fn scores(&self, model: &SessionModel, rows: &[usize]) -> Result<SessionScores, Error> {
        let proba = model.predict(&self.x(rows))?;
        let truth: Array1<bool> = rows.iter().map(|&idx| self.truth[idx] == 1).collect();
        scores(&truth, &proba)
    }

    /// Addresses that stand for a class: those that make most of its sessions and hardly any of the other.
    fn telling_addresses(&self) -> Vec<String> {
        let orig = self.telling_address("id.orig_h", |key| key.id_orig_h);
        orig.into_iter().chain(self.telling_address("id.resp_h", |key| key.id_resp_h)).collect()
    }

    fn telling_address(&self, field: &str, of: impl Fn(&SessionKey) -> IpAddr) -> Option<String> {
        let mut counts: HashMap<IpAddr, [u64; 2]> = HashMap::new();
        for (idx, &class) in self.truth.iter().enumerate() {
            counts.entry(of(self.key(idx))).or_default()[class] += 1;
        }
        let totals = counts.values().fold([0; 2], |totals, n| [totals[0] + n[0], totals[1] + n[1]]);
        let mut telling: Vec<_> = counts.into_iter().filter(|(_, n)| stands_for(n, totals)).collect();
        telling.sort_unstable();
        let (address, n) = telling.first()?;
        let (class, share) = if n[1] * totals[0] > n[0] * totals[1] {
            ("what is looked for", n[1] as f64 / totals[1] as f64)
        } else {
            ("the rest", n[0] as f64 / totals[0] as f64)
        };
        Some(format!(
            "{field} {address} alone {EXPLAINS} {:.0} % of {class}: a model may learn the host instead of the behaviour; \
             see the scores with whole originators held out",
            100.0 * share
        ))
    }
}

/// Whether an address has at least half of a class and is nine parts in ten of it.
fn stands_for(n: &[u64; 2], totals: [u64; 2]) -> bool {
    (0..2).any(|class| {
        let (own, other) = (n[class], n[1 - class]);
        totals[class] > 0 && own * 2 >= totals[class] && own >= 9 * other && own >= 10
    })
}

/// Scores of probabilities against the truth.
pub(super) fn scores(truth: &Array1<bool>, proba: &Array1<f64>) -> Result<SessionScores, Error> {
    let at = Error::at(Stage::Train);
    let n_positive = truth.iter().filter(|truth| **truth).count();
    let hits = truth.iter().zip(proba).filter(|(truth, proba)| **truth && **proba >= 0.5).count();
    let n_verdicts = proba.iter().filter(|proba| **proba >= 0.5).count();
    let share = |part: usize, whole: usize| if whole == 0 { 0.0 } else { part as f64 / whole as f64 };
    Ok(SessionScores {
        n: truth.len() as u64,
        n_positive: n_positive as u64,
        average_precision: metrics::average_precision(truth, proba).map_err(&at)?,
        roc_auc: metrics::roc_auc(truth, proba).unwrap_or(0.0),
        precision: share(hits, n_verdicts),
        recall: share(hits, n_positive),
        calibration_error: metrics::calibration_error(truth, proba, 10).map_err(&at)?,
    })
}
