//! RITA v5's beacons, for comparison and for those who are used to them.

mod formula;
mod rows;

pub use formula::RitaParts;

use self::rows::{Direct, Fqdn, RitaRows};
use super::BeaconsParams;
use super::found::{BeaconIntake, BeaconPair, BeaconSeverity, Beacons, Evidence, ScorePart};
use super::gather::{in_reading_order, take_source};
use crate::{Error, Logs, OnProgress, Progress, Stage, Warning};
use bro_features::{PairEvent, PairEvents, PairRow, Timing};
use bro_log::{Source, scan};
use std::collections::HashMap;
use std::net::IpAddr;
use std::ops::ControlFlow;

/// A day in seconds: what RITA looks back, and the number of connections from which it calls a pair a strobe.
const DAY: i64 = 86_400;

/// Scores pairs as RITA v5 does: the last 24 hours of conn.log, whole seconds, the originator's IP bytes; pairs of
/// addresses from conn.log, and pairs of an originator and a host name from http.log and ssl.log, each connection once.
/// Pairs within the network or outside it, of loopback, link-local and multicast addresses are left out, but for
/// requests through a proxy.
///
/// A pair of 86,400 connections or more, a strobe, has score 1. Memory is 16 bytes a connection, at most 1.4 MB a pair,
/// and about 100 bytes for each `uid` of http.log and ssl.log.
///
/// # Errors
/// As [`beacons`](super::beacons()).
pub fn rita_beacons(
    logs: &Logs<'_>,
    params: &BeaconsParams,
    on_progress: OnProgress<'_>,
) -> Result<Beacons, Error> {
    params.validate()?;
    if logs.sources.is_empty() {
        return Err(Error::NoLogs);
    }
    let mut table = Table::default();
    let mut intake = BeaconIntake::of(logs);
    let total = logs.sources.iter().map(Source::n_bytes).sum();
    let mut progress = Progress { stage: Stage::Pairs, done: 0, total, n_rows: 0, epoch: None };
    for idx in in_reading_order(logs) {
        let source = &logs.sources[idx];
        let mut is_cancelled = false;
        let read = |rows: RitaRows, at: &bro_log::Progress| {
            table.push(rows, idx);
            let (done, n_rows) = (progress.done + at.bytes_done, progress.n_rows + at.n_rows);
            is_cancelled = on_progress(&Progress { done, n_rows, ..progress }).is_break();
            if is_cancelled { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        let sources = std::slice::from_ref(source);
        let summary = scan(sources, &RitaRows::projection(), &logs.options, RitaRows::of_batch, read);
        let summary = take_source(source, summary, is_cancelled)?;
        progress.done += source.n_bytes();
        progress.n_rows += summary.n_rows;
        intake.take(source.name(), &summary);
    }
    table.finish(params, intake)
}

/// Connections of a pair.
#[derive(Debug, Default)]
struct Connections {
    /// Whole seconds, and the originator's IP bytes.
    seen: Vec<(i64, u64)>,
    n: u64,
    resp: Option<(IpAddr, u16)>,
    first_row: Option<PairRow>,
}

#[derive(Debug, Default)]
struct Table {
    /// The request or handshake of each `uid`; of several requests the last.
    names: HashMap<u64, Vec<Fqdn>>,
    pairs: HashMap<(IpAddr, String), Connections>,
    range: Option<(i64, i64)>,
    n_rows: [u64; 4],
}

impl Table {
    fn push(&mut self, rows: RitaRows, source_idx: usize) {
        if let Some(log) = rows.log {
            self.n_rows[log as usize] += rows.n_rows;
        }
        for name in rows.names {
            if name.is_proxied {
                self.stretch(name.second);
            }
            let of_uid = self.names.entry(name.uid).or_default();
            match of_uid.iter_mut().find(|known| known.host == name.host) {
                Some(known) if known.second < name.second && name.is_request => *known = name,
                Some(_) => {}
                None => of_uid.push(name),
            }
        }
        for conn in rows.direct {
            self.connect(&conn, source_idx);
        }
    }

    fn stretch(&mut self, second: i64) {
        let (first, last) = self.range.unwrap_or((second, second));
        self.range = Some((first.min(second), last.max(second)));
    }

    fn connect(&mut self, conn: &Direct, source_idx: usize) {
        let is_kept = is_kept(conn.orig_h, conn.resp_h);
        if is_kept {
            self.stretch(conn.second);
            self.add((conn.orig_h, conn.resp_h.to_string()), conn.second, conn, source_idx);
        }
        for name in self.names.get(&conn.uid_hash).cloned().unwrap_or_default() {
            if is_kept || name.is_proxied {
                self.add((name.orig_h, name.host), name.second, conn, source_idx);
            }
        }
    }

    fn add(&mut self, key: (IpAddr, String), second: i64, conn: &Direct, source_idx: usize) {
        let pair = self.pairs.entry(key).or_default();
        pair.n += 1;
        pair.resp = Some((conn.resp_h, conn.resp_p));
        if pair.seen.len() < DAY as usize {
            pair.seen.push((second, conn.orig_ip_bytes));
        }
        let row = || PairRow { ts: second * 1_000_000, source_idx, byte: conn.byte, uid: conn.uid.clone() };
        pair.first_row.get_or_insert_with(row);
    }

    fn finish(self, params: &BeaconsParams, mut intake: BeaconIntake) -> Result<Beacons, Error> {
        intake.counts.n_rows = self.n_rows;
        let Some((first, last)) = self.range else {
            let log = intake.logs.join(", ");
            return Err(Error::NoPairs { log, others: String::new(), n_rejected: intake.n_rejected });
        };
        let first = first.max(last - DAY);
        let start = first.div_euclid(3_600) * 3_600;
        let n_pairs = self.pairs.len() as u64;
        let sources: std::collections::HashSet<IpAddr> =
            self.pairs.keys().map(|(orig_h, _)| *orig_h).collect();
        let scored = self.pairs.into_iter().filter_map(|(key, mut pair)| {
            pair.seen.retain(|(second, _)| *second >= start);
            pair.seen.sort_unstable();
            describe(key, &pair, (first, last))
        });
        let mut pairs: Vec<BeaconPair> = scored.collect();
        pairs.sort_by(|a, b| {
            let names = (&a.id_orig_h, &a.peer).cmp(&(&b.id_orig_h, &b.peer));
            b.score.total_cmp(&a.score).then(names)
        });
        let n_scored = pairs.len() as u64;
        pairs.truncate(params.limit);
        pairs.iter_mut().enumerate().for_each(|(idx, pair)| pair.rank = idx + 1);
        let mut warnings = std::mem::take(&mut intake.warnings);
        if (pairs.len() as u64) < n_scored {
            warnings.push(Warning::Cut { listed: pairs.len(), of: n_scored });
        }
        let params = params.clone();
        Ok(Beacons {
            params,
            intake,
            n_pairs,
            n_scored,
            n_sources: sources.len(),
            pairs,
            explained: None,
            drawn: Vec::new(),
            warnings,
        })
    }
}

fn describe((orig_h, peer): (IpAddr, String), pair: &Connections, range: (i64, i64)) -> Option<BeaconPair> {
    let times: Vec<i64> = pair.seen.iter().map(|(second, _)| *second).collect();
    let bytes: Vec<u64> = pair.seen.iter().map(|(_, bytes)| *bytes).collect();
    let parts = if pair.n >= DAY as u64 {
        RitaParts { score: 1.0, ts: 1.0, ds: 1.0, dur: 1.0, hist: 1.0 }
    } else {
        RitaParts::of(&times, &bytes, range)?
    };
    let (resp_h, resp_p) = pair.resp?;
    let part = |(name, value): (&'static str, f64)| ScorePart { name, value, contribution: 0.25 * value };
    let named = [("ts", parts.ts), ("ds", parts.ds), ("dur", parts.dur), ("hist", parts.hist)];
    Some(BeaconPair {
        rank: 0,
        id_orig_h: orig_h.to_string(),
        peer,
        id_resp_h: resp_h.to_string(),
        id_resp_p: resp_p,
        score: parts.score,
        severity: severity(parts.score),
        benign_reason: None,
        plain_score: parts.score,
        parts: named.map(part).to_vec(),
        features: Vec::new(),
        evidence: evidence(pair),
    })
}

/// RITA's categories: scores of .5, .7 and .9 are where low, medium and high begin.
fn severity(score: f64) -> BeaconSeverity {
    match score {
        score if score < 0.5 => BeaconSeverity::None,
        score if score < 0.7 => BeaconSeverity::Low,
        score if score < 0.9 => BeaconSeverity::Medium,
        _ => BeaconSeverity::High,
    }
}

fn evidence(pair: &Connections) -> Evidence {
    let mut events = PairEvents::default();
    for &(second, orig_bytes) in &pair.seen {
        events.push(PairEvent { ts: second.saturating_mul(1_000_000), orig_bytes, resp_bytes: 0 });
    }
    let events = events.finish();
    let timing = Timing::of(&events);
    let n = pair.seen.len();
    Evidence {
        reason: if pair.n >= DAY as u64 {
            format!("A strobe: {} connections.", pair.n)
        } else {
            format!("{n} connections within RITA's 24 hours.")
        },
        log: "conn",
        service: String::new(),
        jitter: 2.0 * timing.residual,
        timing,
        first: events.first(),
        last: events.last(),
        orig_bytes: events.bytes()[0],
        resp_bytes: 0,
        n_sources: 0,
        siblings: Vec::new(),
        user_agent: None,
        rows: pair.first_row.iter().cloned().collect(),
        is_exact: events.is_exact(),
    }
}

/// RITA's filter: one end inside, the other outside, neither of a kind that leaves no network.
fn is_kept(orig_h: IpAddr, resp_h: IpAddr) -> bool {
    let is_special = |addr: IpAddr| {
        addr.is_loopback() || addr.is_multicast() || addr.is_unspecified() || is_link_local(addr)
    };
    !is_special(orig_h) && !is_special(resp_h) && is_internal(orig_h) != is_internal(resp_h)
}

fn is_link_local(addr: IpAddr) -> bool {
    match addr {
        IpAddr::V4(addr) => addr.is_link_local() || addr.is_broadcast(),
        IpAddr::V6(addr) => addr.is_unicast_link_local(),
    }
}

fn is_internal(addr: IpAddr) -> bool {
    match addr {
        IpAddr::V4(addr) => addr.is_private(),
        IpAddr::V6(addr) => addr.is_unique_local(),
    }
}
