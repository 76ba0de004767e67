//! What the second pass counts exactly, of the keys whose cells reached a threshold.

use super::activity::Bins;
use super::merge::{Capped, Given, Merge};
use super::numbers::{ORIG_BYTES, ORIG_IP_BYTES, ORIG_PKTS, RESP_BYTES, RESP_IP_BYTES, RESP_PKTS};
use super::view::Row;
use crate::Session;
use std::collections::{BTreeSet, HashSet};
use std::hash::BuildHasherDefault;
use std::net::IpAddr;

/// Rows that show something: those with the smallest keys, so it does not matter in which order they came.
#[derive(Debug, Clone)]
pub(super) struct Evidence {
    pub(super) rows: Vec<(EvidenceKey, Session)>,
    most: usize,
}

/// What the rows are ordered by (their time, or less an amount), then the log and place of the row.
pub(super) type EvidenceKey = (i64, usize, u64);

/// A row that may become evidence.
pub(super) struct Candidate<'a> {
    pub(super) log: usize,
    pub(super) byte: u64,
    pub(super) session: &'a dyn Fn() -> Session,
}

impl Evidence {
    pub(super) fn new(most: usize) -> Self {
        Self { rows: Vec::new(), most }
    }

    pub(super) fn offer(&mut self, order: i64, row: &Candidate<'_>) {
        let key = (order, row.log, row.byte);
        if self.rows.len() == self.most && self.rows.last().is_some_and(|(last, _)| *last <= key) {
            return;
        }
        let place = self.rows.partition_point(|(known, _)| *known < key);
        self.rows.insert(place, (key, (row.session)()));
        self.rows.truncate(self.most);
    }

    pub(super) fn sessions(&self) -> Vec<Session> {
        self.rows.iter().map(|(_, session)| session.clone()).collect()
    }
}

impl Default for Evidence {
    fn default() -> Self {
        Self::new(5)
    }
}

impl Merge for Evidence {
    fn merge(&mut self, other: Self) {
        self.most = self.most.max(other.most);
        self.rows.extend(other.rows);
        self.rows.sort_by_key(|(key, _)| *key);
        self.rows.truncate(self.most);
    }
}

/// Distinct values: exact up to 1,024, then estimated from the 1,024 smallest hashes (standard error 3.1 %).
#[derive(Debug, Clone)]
pub(super) struct FewDistinct {
    /// Between the 1,024 smallest and twice as many.
    hashes: HashSet<u64, BuildHasherDefault<Given>>,
    /// Hashes from here on are not among the smallest.
    end: u64,
}

const MOST_HASHES: usize = 1_024;

impl Default for FewDistinct {
    fn default() -> Self {
        Self { hashes: HashSet::default(), end: u64::MAX }
    }
}

impl FewDistinct {
    pub(super) fn insert(&mut self, hash: u64) {
        if hash < self.end && self.hashes.insert(hash) {
            self.trim();
        }
    }

    fn trim(&mut self) {
        if self.hashes.len() >= 2 * MOST_HASHES {
            self.end = self.largest().map_or(u64::MAX, |largest| largest.saturating_add(1));
            let end = self.end;
            self.hashes.retain(|hash| *hash < end);
        }
    }

    /// The largest of the smallest hashes; `None` if there are fewer.
    fn largest(&self) -> Option<u64> {
        let mut hashes: Vec<u64> = self.hashes.iter().copied().collect();
        let place = MOST_HASHES - 1;
        (place < hashes.len()).then(|| *hashes.select_nth_unstable(place).1)
    }

    pub(super) fn n(&self) -> u64 {
        match self.largest() {
            None => self.hashes.len() as u64,
            Some(largest) => ((MOST_HASHES - 1) as f64 / (largest as f64 / 2.0_f64.powi(64))) as u64,
        }
    }

    /// The number, and whether it is an estimate: `25`, `about 2,000`.
    pub(super) fn in_words(&self) -> String {
        let about = if self.hashes.len() < MOST_HASHES { "" } else { "about " };
        format!("{about}{}", crate::count_in_words(self.n()))
    }

    /// The number with what is counted: `1 host`, `about 2,000 hosts`.
    pub(super) fn counted(&self, what: &str) -> String {
        format!("{} {what}{}", self.in_words(), if self.n() == 1 { "" } else { "s" })
    }
}

impl Merge for FewDistinct {
    fn merge(&mut self, other: Self) {
        self.end = self.end.min(other.end);
        let end = self.end;
        self.hashes.extend(other.hashes);
        self.hashes.retain(|hash| *hash < end);
        self.trim();
    }
}

/// When something happened first and last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) first: i64,
    pub(super) last: i64,
}

impl Default for Span {
    fn default() -> Self {
        Self { first: i64::MAX, last: i64::MIN }
    }
}

impl Span {
    pub(super) fn insert(&mut self, ts: Option<i64>) {
        if let Some(ts) = ts {
            self.first = self.first.min(ts);
            self.last = self.last.max(ts);
        }
    }

    pub(super) fn seconds(&self) -> f64 {
        if self.first > self.last { 0.0 } else { self.last.saturating_sub(self.first) as f64 / 1e6 }
    }

    pub(super) fn merge(&mut self, other: Self) {
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
    }
}

/// How many in each stretch of time.
#[derive(Debug, Clone)]
pub(super) struct Windows(Bins<u64>);

impl Windows {
    pub(super) fn new(seconds: i64) -> Self {
        Self(Bins::new(512, seconds))
    }

    pub(super) fn merge(&mut self, other: Self) {
        self.0.merge(other.0);
    }

    pub(super) fn insert(&mut self, ts: Option<i64>) {
        if let Some(ts) = ts {
            *self.0.at(ts) += 1;
        }
    }

    /// The most in one window, and its width in seconds.
    pub(super) fn busiest(&self) -> (u64, f64) {
        let most = self.0.sorted().into_iter().map(|(_, n)| *n).max().unwrap_or(0);
        (most, self.0.width() as f64 / 1e6)
    }
}

/// A host as originator or responder.
#[derive(Debug, Clone, Default)]
pub(super) struct HostTrack {
    pub(super) n: u64,
    pub(super) n_failed: u64,
    pub(super) sent: u64,
    pub(super) received: u64,
    pub(super) peers: FewDistinct,
    pub(super) failed_peers: FewDistinct,
    pub(super) failed_ports: FewDistinct,
    pub(super) span: Span,
    pub(super) evidence: Evidence,
}

impl HostTrack {
    /// Counts a row; `peer` is the other end, the first of `bytes` is what this host sent.
    pub(super) fn insert(&mut self, row: &Row, peer: u64, bytes: [u64; 2], candidate: &Candidate<'_>) {
        self.n += 1;
        self.sent = self.sent.saturating_add(bytes[0]);
        self.received = self.received.saturating_add(bytes[1]);
        self.peers.insert(peer);
        self.span.insert(row.ts);
        if row.is_failed() && row.is_unicast() {
            self.n_failed += 1;
            self.failed_peers.insert(peer);
            let port = u64::from(row.resp_p.unwrap_or(0)) << 2 | row.proto as u64;
            self.failed_ports.insert(bro_features::stats::HyperLogLog::mix(port));
            self.evidence.offer(row.ts.unwrap_or(i64::MAX), candidate);
        }
    }
}

impl Merge for HostTrack {
    fn merge(&mut self, other: Self) {
        self.n += other.n;
        self.n_failed += other.n_failed;
        self.sent = self.sent.saturating_add(other.sent);
        self.received = self.received.saturating_add(other.received);
        self.peers.merge(other.peers);
        self.failed_peers.merge(other.failed_peers);
        self.failed_ports.merge(other.failed_ports);
        self.span.merge(other.span);
        self.evidence.merge(other.evidence);
    }
}

/// Attempts at one thing: an originator at a port, an originator at a host, anybody at a host's port.
#[derive(Debug, Clone)]
pub(super) struct AttemptTrack {
    pub(super) n: u64,
    pub(super) n_failed: u64,
    pub(super) n_unanswered: u64,
    /// What was tried in vain: hosts, ports, or from where.
    pub(super) failed: FewDistinct,
    pub(super) windows: Windows,
    pub(super) span: Span,
    pub(super) evidence: Evidence,
    pub(super) sent: u64,
    pub(super) received: u64,
    pub(super) orig_pkts: u64,
    pub(super) resp_pkts: u64,
    /// Microseconds, of all rows.
    pub(super) duration: u64,
    pub(super) largest: Evidence,
}

impl Default for AttemptTrack {
    fn default() -> Self {
        Self {
            n: 0,
            n_failed: 0,
            n_unanswered: 0,
            failed: FewDistinct::default(),
            windows: Windows::new(10),
            span: Span::default(),
            evidence: Evidence::default(),
            sent: 0,
            received: 0,
            orig_pkts: 0,
            resp_pkts: 0,
            duration: 0,
            largest: Evidence::default(),
        }
    }
}

impl AttemptTrack {
    /// Counts a row; `what` is what was tried.
    pub(super) fn insert(&mut self, row: &Row, what: u64, candidate: &Candidate<'_>) {
        let numbers = &row.numbers;
        self.n += 1;
        self.sent = self.sent.saturating_add(numbers.or_zero(ORIG_BYTES));
        self.received = self.received.saturating_add(numbers.or_zero(RESP_BYTES));
        self.orig_pkts = self.orig_pkts.saturating_add(numbers.or_zero(ORIG_PKTS));
        self.resp_pkts = self.resp_pkts.saturating_add(numbers.or_zero(RESP_PKTS));
        self.duration = self.duration.saturating_add(row.duration());
        let amount = numbers.or_zero(ORIG_BYTES).max(numbers.or_zero(ORIG_IP_BYTES));
        self.largest.offer(-i64::try_from(amount).unwrap_or(i64::MAX), candidate);
        if row.is_failed() && row.is_unicast() {
            self.n_failed += 1;
            self.n_unanswered += u64::from(row.state.name() == "S0");
            self.failed.insert(what);
            self.windows.insert(row.ts);
            self.span.insert(row.ts);
            self.evidence.offer(row.ts.unwrap_or(i64::MAX), candidate);
        }
    }
}

impl Merge for AttemptTrack {
    fn merge(&mut self, other: Self) {
        self.n += other.n;
        self.n_failed += other.n_failed;
        self.n_unanswered += other.n_unanswered;
        self.failed.merge(other.failed);
        self.windows.merge(other.windows);
        self.span.merge(other.span);
        self.evidence.merge(other.evidence);
        self.sent = self.sent.saturating_add(other.sent);
        self.received = self.received.saturating_add(other.received);
        self.orig_pkts = self.orig_pkts.saturating_add(other.orig_pkts);
        self.resp_pkts = self.resp_pkts.saturating_add(other.resp_pkts);
        self.duration = self.duration.saturating_add(other.duration);
        self.largest.merge(other.largest);
    }
}

/// One source's connections to one port of one host.
#[derive(Debug, Clone)]
pub(super) struct ChannelTrack {
    pub(super) n: u64,
    pub(super) n_failed: u64,
    pub(super) sent: u64,
    pub(super) received: u64,
    pub(super) windows: Windows,
    pub(super) span: Span,
    pub(super) evidence: Evidence,
    /// The earliest connections: time, duration in microseconds, payload sent and received.
    pub(super) calls: BTreeSet<(i64, u64, u64, u64)>,
}

/// Most connections whose rhythm is looked at.
const MOST_CALLS: usize = 1_024;

impl Default for ChannelTrack {
    fn default() -> Self {
        Self {
            n: 0,
            n_failed: 0,
            sent: 0,
            received: 0,
            windows: Windows::new(1_800),
            span: Span::default(),
            evidence: Evidence::default(),
            calls: BTreeSet::new(),
        }
    }
}

impl ChannelTrack {
    pub(super) fn insert(&mut self, row: &Row, candidate: &Candidate<'_>) {
        let (sent, received) = (row.numbers.or_zero(ORIG_BYTES), row.numbers.or_zero(RESP_BYTES));
        self.n += 1;
        self.n_failed += u64::from(row.is_failed());
        self.sent = self.sent.saturating_add(sent);
        self.received = self.received.saturating_add(received);
        self.windows.insert(row.ts);
        self.span.insert(row.ts);
        self.evidence.offer(row.ts.unwrap_or(i64::MAX), candidate);
        let Some(ts) = row.ts else { return };
        if self.calls.len() < MOST_CALLS || self.calls.last().is_some_and(|last| ts <= last.0) {
            self.calls.insert((ts, row.duration(), sent, received));
            self.trim();
        }
    }

    fn trim(&mut self) {
        while self.calls.len() > MOST_CALLS {
            self.calls.pop_last();
        }
    }
}

impl Merge for ChannelTrack {
    fn merge(&mut self, other: Self) {
        self.n += other.n;
        self.n_failed += other.n_failed;
        self.sent = self.sent.saturating_add(other.sent);
        self.received = self.received.saturating_add(other.received);
        self.windows.merge(other.windows);
        self.span.merge(other.span);
        self.evidence.merge(other.evidence);
        self.calls.extend(other.calls);
        self.trim();
    }
}

/// Connections that share what is odd about them: a service on a port, or large ICMP packets between two hosts.
#[derive(Debug, Clone, Default)]
pub(super) struct OddTrack {
    pub(super) n: u64,
    pub(super) bytes: u64,
    pub(super) packets: u64,
    pub(super) origs: FewDistinct,
    pub(super) span: Span,
    pub(super) evidence: Evidence,
}

impl OddTrack {
    pub(super) fn insert(&mut self, row: &Row, orig: u64, candidate: &Candidate<'_>) {
        self.n += 1;
        let ip_bytes = row.numbers.or_zero(ORIG_IP_BYTES).saturating_add(row.numbers.or_zero(RESP_IP_BYTES));
        self.bytes = self.bytes.saturating_add(row.numbers.bytes().max(ip_bytes));
        let packets = row.numbers.or_zero(ORIG_PKTS).saturating_add(row.numbers.or_zero(RESP_PKTS));
        self.packets = self.packets.saturating_add(packets);
        self.origs.insert(orig);
        self.span.insert(row.ts);
        self.evidence.offer(row.ts.unwrap_or(i64::MAX), candidate);
    }
}

impl Merge for OddTrack {
    fn merge(&mut self, other: Self) {
        self.n += other.n;
        self.bytes = self.bytes.saturating_add(other.bytes);
        self.packets = self.packets.saturating_add(other.packets);
        self.origs.merge(other.origs);
        self.span.merge(other.span);
        self.evidence.merge(other.evidence);
    }
}

/// An address, a port and a protocol.
pub(super) type Door = (IpAddr, u16, u8);
/// An originator and a responder.
pub(super) type Pair = (IpAddr, IpAddr);
/// An originator, a responder, its port and the protocol.
pub(super) type Channel = (IpAddr, IpAddr, u16, u8);

/// Tracks of some kind of key; beyond a number of keys the rest is counted together.
pub(super) type Tracks<K, V> = Capped<K, V>;

#[cfg(test)]
mod tests {
    use super::*;
    use bro_features::stats::HyperLogLog;

    #[test]
    fn distinct_values_are_the_same_in_any_order_and_parts() {
        for n in [5, 1_023, 1_024, 1_025, 5_000, 100_000] {
            let of = |values: &mut dyn Iterator<Item = u64>| {
                let mut found = FewDistinct::default();
                values.for_each(|value| found.insert(HyperLogLog::mix(value)));
                found
            };
            let whole = of(&mut (0..n).chain(0..n));
            let mut parts = of(&mut (n / 3..n));
            parts.merge(of(&mut (0..n / 2).rev()));
            assert_eq!((whole.n(), whole.in_words()), (parts.n(), parts.in_words()));
            let error = (whole.n() as f64 / n as f64 - 1.0).abs();
            assert!(if n < 1_024 { error == 0.0 } else { error < 0.1 }, "{} of {n}", whole.n());
        }
    }
}
