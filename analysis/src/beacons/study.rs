use super::gather::gather;
use super::score::measured;
use crate::{Error, Logs, OnProgress};
use bro_features::{PAIR_FEATURES, Pair, PairLog, PairTable, Timing, pair_features};
use bro_log::{Reader, Source};
use bro_synth::{ActorTruth, Label, Outputs, Planted, Scenario};
use std::collections::HashSet;

/// The pairs of synthetic logs, with what each of them is.
///
/// ```
/// use bro_analysis::Study;
/// use bro_synth::Scenario;
/// let scenario = Scenario { n_hosts: 5, hours: 1.0, ..Scenario::quiet_day(1) };
/// let study = Study::of(&scenario, &mut |_| std::ops::ControlFlow::Continue(()))?;
/// assert!(study.pairs.iter().all(|pair| !pair.is_beacon));
/// # Ok::<(), bro_analysis::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Study {
    /// The pairs that can be scored.
    pub pairs: Vec<StudyPair>,
    /// Originators in all.
    pub n_sources: usize,
    /// Time of the first and the last event of the logs, in microseconds.
    pub range: (i64, i64),
}

/// A pair with its truth.
#[derive(Debug, Clone)]
pub struct StudyPair {
    /// The pair.
    pub pair: Pair,
    /// What its times tell.
    pub timing: Timing,
    /// Its features.
    pub features: [f64; PAIR_FEATURES.len()],
    /// Whether a beacon made at least four of its events.
    pub is_beacon: bool,
    /// Whether a harmless program made most of it that was planted with the timer of a beacon.
    pub is_decoy: bool,
    /// Who made most of it.
    pub actor: ActorTruth,
}

/// Fewest events of a beacon that make a pair one, and fewest of a pair that is scored.
const MIN_EVENTS: u64 = 4;

impl Study {
    /// Makes the logs of a scenario, reads them as any others, and looks up what each pair is. A pair with one to three
    /// events of a beacon is neither: it is left out.
    ///
    /// # Errors
    /// [`Error::Synth`] for a scenario that cannot be made; [`Error::Cancelled`] when `on_progress` says so.
    pub fn of(scenario: &Scenario, on_progress: OnProgress<'_>) -> Result<Self, Error> {
        Self::seen_in(scenario, &PairLog::ALL, on_progress)
    }

    /// The same where only some of the logs are there.
    pub(super) fn seen_in(
        scenario: &Scenario,
        seen: &[PairLog],
        on_progress: OnProgress<'_>,
    ) -> Result<Self, Error> {
        let [mut conn, mut http, mut ssl, mut dns, mut truth] = [const { Vec::new() }; 5];
        let told = scenario.write(Outputs {
            conn: Some(&mut conn),
            http: Some(&mut http),
            ssl: Some(&mut ssl),
            dns: Some(&mut dns),
            truth: Some(&mut truth),
            actors: None,
        })?;
        let logs = [(PairLog::Http, http), (PairLog::Ssl, ssl), (PairLog::Dns, dns), (PairLog::Conn, conn)];
        let logs = logs.into_iter().filter(|(log, _)| seen.contains(log));
        let sources: Vec<Source> =
            logs.map(|(log, bytes)| Source::from_bytes(format!("{}.log", log.path()), bytes)).collect();
        let mut table = PairTable::new(seen.contains(&PairLog::Conn));
        mark(&truth, &mut table)?;
        gather(&Logs::of(&sources), &mut table, on_progress)?;
        let pairs = table.finish();
        let first = pairs.pairs.iter().map(|pair| pair.events.first()).min().unwrap_or(0);
        let last = pairs.pairs.iter().map(|pair| pair.events.last()).max().unwrap_or(0);
        let labelled = measured(&pairs, MIN_EVENTS).into_iter();
        let timers = decoy_timers(scenario);
        let labelled =
            labelled.filter_map(|(pair, timing)| StudyPair::of(pair, timing, &told.actors, &timers));
        Ok(Self { pairs: labelled.collect(), n_sources: pairs.n_sources, range: (first, last) })
    }

    /// Adds the pairs of another day.
    pub fn extend(&mut self, other: Self) {
        self.pairs.extend(other.pairs);
        self.n_sources = self.n_sources.max(other.n_sources);
    }

    /// Number of beacons among the pairs.
    #[must_use]
    pub fn n_beacons(&self) -> usize {
        self.pairs.iter().filter(|pair| pair.is_beacon).count()
    }
}

/// Periods of the planted decoys.
fn decoy_timers(scenario: &Scenario) -> HashSet<u64> {
    let decoys = scenario.planted.iter().filter_map(|planted| match planted {
        Planted::Decoy(decoy) => Some(decoy.beat.period.to_bits()),
        _ => None,
    });
    decoys.collect()
}

/// Marks every session with its actor.
fn mark(truth: &[u8], table: &mut PairTable) -> Result<(), Error> {
    let unreadable = |source| Error::Log { log: "truth.log".to_owned(), source };
    let mut reader = Reader::from_slice(truth);
    while let Some(record) = reader.next_record().map_err(unreadable)? {
        // ts, uid, label, family, actor
        let actor = std::str::from_utf8(record.cell(4)).ok().and_then(|actor| actor.parse().ok());
        if let Some(actor) = actor {
            table.mark(record.cell(1), actor);
        }
    }
    Ok(())
}

impl StudyPair {
    fn of(pair: &Pair, timing: Timing, actors: &[ActorTruth], timers: &HashSet<u64>) -> Option<Self> {
        let truth = |mark: u32| actors.get(mark as usize);
        let beacons = pair
            .marks
            .iter()
            .filter(|(mark, _)| truth(*mark).is_some_and(|actor| actor.label == Label::Beacon));
        let n_beacon: u64 = beacons.clone().map(|(_, n)| n).sum();
        if (1..MIN_EVENTS).contains(&n_beacon) {
            return None;
        }
        let is_beacon = n_beacon > 0;
        let most = |marks: &mut dyn Iterator<Item = &(u32, u64)>| {
            marks.max_by_key(|(_, n)| *n).map(|(mark, _)| *mark)
        };
        let most = if is_beacon { most(&mut beacons.clone()) } else { most(&mut pair.marks.iter()) };
        let actor = truth(most?)?.clone();
        let features = pair_features(pair, &timing);
        let is_planted = actor.beat.is_some_and(|beat| timers.contains(&beat.period.to_bits()));
        let is_decoy = is_planted && !is_beacon;
        Some(Self { pair: pair.clone(), timing, features, is_beacon, is_decoy, actor })
    }
}
