use super::explain::explained;
use super::found::{BeaconIntake, BeaconPair, BeaconSeverity, Beacons, Evidence};
use super::gather::{gather, has_conn};
use super::model::matrix;
use super::{BeaconsParams, PairModel, benign};
use crate::{Error, Logs, OnProgress, Warning, count_in_words, duration_in_words};
use bro_features::{PAIR_FEATURES, Pair, PairTable, Pairs, Timing, pair_features};
use rayon::prelude::*;
use std::collections::HashMap;
use std::net::IpAddr;

/// Scores every pair of an originator and a peer by how probably it is a beacon; needs no labels.
///
/// http, ssl, dns and conn logs may be given in any number and order: requests count one by one (so that a beacon that
/// keeps its connection alive is seen), connections that another log tells of count there. Each log is read once, in
/// time O(bytes); memory is that of a [`PairTable`]. The answer does not depend on the number of threads.
///
/// # Errors
/// [`Error::Parameter`] for what is wrong with `params`; [`Error::NoLogs`], [`Error::NoPairs`] and [`Error::Log`] for
/// what is wrong with the logs; [`Error::Cancelled`] when `on_progress` says so.
pub fn beacons(
    logs: &Logs<'_>,
    params: &BeaconsParams,
    model: &PairModel,
    on_progress: OnProgress<'_>,
) -> Result<Beacons, Error> {
    params.validate()?;
    if logs.sources.is_empty() {
        return Err(Error::NoLogs);
    }
    let mut table = PairTable::new(has_conn(logs));
    let mut intake = gather(logs, &mut table, on_progress)?;
    let pairs = table.finish();
    check(&pairs, &mut intake)?;
    let measured = measured(&pairs, params.min_events);
    let (n_pairs, n_scored) = (pairs.pairs.len() as u64, measured.len() as u64);
    let scores = model.predict(&matrix(measured.iter().map(|(pair, timing)| (*pair, timing))))?;
    let ranked = ranked(&measured, scores.as_slice().unwrap_or_default(), pairs.n_sources);
    let chosen = params.explain.as_deref().map(|words| chosen(&ranked, words)).transpose()?;
    let siblings = Siblings::of(&measured);
    let describe = |(rank, ranked): (usize, &Ranked<'_>)| ranked.describe(rank + 1, model, &siblings);
    let draw = |idx: usize| {
        let Ranked { pair, timing, .. } = &ranked[idx];
        explained(describe((idx, &ranked[idx])), pair, timing)
    };
    let explained = chosen.map(draw);
    let drawn = (0..ranked.len().min(params.n_drawn)).into_par_iter().map(draw).collect();
    let described: Vec<BeaconPair> = ranked.par_iter().take(params.limit).enumerate().map(describe).collect();
    let mut warnings = std::mem::take(&mut intake.warnings);
    if described.len() < measured.len() {
        warnings.push(Warning::Cut { listed: described.len(), of: n_scored });
    }
    Ok(Beacons {
        params: params.clone(),
        n_sources: pairs.n_sources,
        n_pairs,
        n_scored,
        pairs: described,
        explained,
        drawn,
        warnings,
        intake,
    })
}

/// The pair that is meant: by its rank, its peer, or both its ends in any order with anything between.
fn chosen(ranked: &[Ranked<'_>], words: &str) -> Result<usize, Error> {
    let is_end = |word: &&str| word.chars().any(char::is_alphanumeric);
    let ends: Vec<&str> = words.split([' ', ',', '→', '>']).filter(is_end).collect();
    let has = |ranked: &Ranked<'_>, end: &str| {
        let peer = &ranked.pair.peer;
        let with_port = || format!("{peer}:{}", ranked.pair.id_resp_p);
        *peer == end || ranked.pair.id_orig_h.to_string() == end || with_port() == end
    };
    let by_rank = words.trim().parse::<usize>().ok().filter(|rank| (1..=ranked.len()).contains(rank));
    let by_ends =
        || ranked.iter().position(|ranked| !ends.is_empty() && ends.iter().all(|end| has(ranked, end)));
    by_rank.map(|rank| rank - 1).or_else(by_ends).ok_or_else(|| Error::Parameter {
        name: "explain",
        found: format!("{words:?}"),
        expected: format!("a rank from 1 to {}, a peer, or an originator and a peer", ranked.len()),
    })
}

/// Takes over what was counted, and refuses logs without pairs.
fn check(pairs: &Pairs, intake: &mut BeaconIntake) -> Result<(), Error> {
    intake.counts = pairs.counts.clone();
    if pairs.pairs.is_empty() {
        let others: Vec<_> = intake.counts.others.iter().map(|(path, _)| path.clone()).collect();
        let log = intake.logs.join(", ");
        return Err(Error::NoPairs { log, others: others.join(", "), n_rejected: intake.n_rejected });
    }
    if !intake.counts.others.is_empty() {
        let asked = "conn, http, ssl or dns".to_owned();
        intake.warnings.push(Warning::OtherRows { asked, others: intake.counts.others.clone() });
    }
    if intake.counts.n_incomplete > 0 {
        intake.warnings.push(Warning::Incomplete { n_rows: intake.counts.n_incomplete });
    }
    Ok(())
}

/// The pairs with enough events, with what their times tell.
pub(crate) fn measured(pairs: &Pairs, min_events: u64) -> Vec<(&Pair, Timing)> {
    let enough: Vec<&Pair> = pairs.pairs.iter().filter(|pair| pair.events.n() >= min_events).collect();
    let measured = enough.into_par_iter().map(|pair| (pair, Timing::of(&pair.events)));
    // Three gaps are the least that can be regular.
    measured.filter(|(_, timing)| timing.n_gaps >= 3).collect()
}

/// A pair with its score, not yet described.
struct Ranked<'a> {
    pair: &'a Pair,
    timing: &'a Timing,
    score: f64,
    benign_reason: Option<String>,
}

/// The pairs in the order in which they should be looked at. Equal ones keep the order of the logs.
fn ranked<'a>(measured: &'a [(&'a Pair, Timing)], scores: &[f64], n_sources: usize) -> Vec<Ranked<'a>> {
    let company = Company::of(measured);
    let pairs = measured.iter().zip(scores).map(|((pair, timing), &score)| {
        let benign_reason = benign::reason(pair, n_sources).or_else(|| company.reason(pair, timing));
        Ranked { pair, timing, score, benign_reason }
    });
    let mut ranked: Vec<Ranked<'a>> = pairs.collect();
    ranked.sort_by(|a, b| {
        let by_reason = a.benign_reason.is_some().cmp(&b.benign_reason.is_some());
        by_reason.then_with(|| b.score.total_cmp(&a.score))
    });
    ranked
}

/// The timers of each originator: a page that reloads itself calls many peers at once.
struct Company {
    periods: HashMap<IpAddr, Vec<f64>>,
}

/// Other peers called with the same period that make a page, and the share of the requests that a page asked for.
const PAGE_PEERS: usize = 5;
const PAGE_SHARE: f64 = 0.5;

impl Company {
    fn of(measured: &[(&Pair, Timing)]) -> Self {
        let mut periods: HashMap<IpAddr, Vec<f64>> = HashMap::new();
        for (pair, timing) in measured.iter().filter(|(_, timing)| timing.timer.odds > 0.0) {
            periods.entry(pair.id_orig_h).or_default().push(timing.timer.period);
        }
        Self { periods }
    }

    /// Why a pair with a timer may be part of a page.
    fn reason(&self, pair: &Pair, timing: &Timing) -> Option<String> {
        let is_asked_for = pair.content.as_ref().is_some_and(|said| said.referrer_share() >= PAGE_SHARE);
        let period = timing.timer.period;
        let periods =
            self.periods.get(&pair.id_orig_h).filter(|_| is_asked_for && timing.timer.odds > 0.0)?;
        let n_alike = periods.iter().filter(|other| (*other / period - 1.0).abs() <= 0.03).count() - 1;
        (n_alike >= PAGE_PEERS)
            .then(|| format!("part of a page that reloads: {n_alike} other peers are called as often"))
    }
}

impl Ranked<'_> {
    fn describe(&self, rank: usize, model: &PairModel, siblings: &Siblings<'_>) -> BeaconPair {
        let Self { pair, timing, score, benign_reason } = self;
        let (plain_score, parts) = model.plain_score(pair, timing);
        BeaconPair {
            rank,
            id_orig_h: pair.id_orig_h.to_string(),
            peer: pair.peer.clone(),
            id_resp_h: pair.id_resp_h.to_string(),
            id_resp_p: pair.id_resp_p,
            score: *score,
            severity: BeaconSeverity::of(*score, benign_reason.is_some()),
            benign_reason: benign_reason.clone(),
            plain_score,
            parts,
            features: PAIR_FEATURES.iter().map(|(name, _)| *name).zip(pair_features(pair, timing)).collect(),
            evidence: evidence(pair, timing, siblings.of_pair(pair, timing)),
        }
    }
}

fn evidence(pair: &Pair, timing: &Timing, siblings: Vec<String>) -> Evidence {
    let [orig_bytes, resp_bytes] = pair.events.bytes();
    Evidence {
        reason: reason(pair, timing),
        log: pair.log.path(),
        service: pair.service.clone(),
        timing: *timing,
        jitter: 2.0 * timing.residual,
        first: pair.events.first(),
        last: pair.events.last(),
        orig_bytes,
        resp_bytes,
        n_sources: pair.n_sources,
        siblings,
        user_agent: pair.user_agent.clone(),
        rows: pair.rows.clone(),
        is_exact: pair.events.is_exact(),
    }
}

/// What the times tell, in one sentence.
fn reason(pair: &Pair, timing: &Timing) -> String {
    let events = match pair.log.path() {
        "http" => "requests",
        "dns" => "lookups",
        _ => "connections",
    };
    let rhythm = if timing.fold30 < 0.75 && timing.timer.odds > 0.0 {
        format!("every {} and in between", duration_in_words(timing.timer.period))
    } else if timing.fold30 < 0.75 {
        format!("without a clear period (median gap {})", duration_in_words(timing.median_gap))
    } else {
        let missing = match timing.missing {
            missing if missing < 0.02 => String::new(),
            missing => format!(", {:.0} % of the beats missing", 100.0 * missing),
        };
        let jitter = 200.0 * timing.residual;
        format!("every {} ± {jitter:.0} %{missing}", duration_in_words(timing.period))
    };
    let sources = match pair.n_sources {
        1 => "nobody else calls this peer".to_owned(),
        2 => "1 other calls this peer".to_owned(),
        n => format!("{} others call this peer", n - 1),
    };
    let n = count_in_words(timing.n);
    format!("{n} {events} in {}, {rhythm}; {sources}.", duration_in_words(timing.span))
}

/// Pairs of the same peer.
struct Siblings<'a> {
    by_peer: HashMap<&'a str, Vec<(&'a Pair, &'a Timing)>>,
}

/// Most siblings named.
const MOST_SIBLINGS: usize = 20;

impl<'a> Siblings<'a> {
    fn of(measured: &'a [(&'a Pair, Timing)]) -> Self {
        let mut by_peer: HashMap<&str, Vec<_>> = HashMap::new();
        for (pair, timing) in measured {
            by_peer.entry(&pair.peer).or_default().push((*pair, timing));
        }
        Self { by_peer }
    }

    /// Other originators that call the same peer with the same period.
    fn of_pair(&self, pair: &Pair, timing: &Timing) -> Vec<String> {
        let others = self.by_peer.get(pair.peer.as_str()).into_iter().flatten();
        let alike = others.filter(|(other, other_timing)| {
            let ratio = other_timing.period / timing.period;
            other.id_orig_h != pair.id_orig_h && (0.95..=1.05).contains(&ratio)
        });
        alike.take(MOST_SIBLINGS).map(|(other, _)| other.id_orig_h.to_string()).collect()
    }
}
