//! What the second pass counts of an http.log only.

use super::merge::{Capped, Merge};
use super::numbers::{ORIG_BYTES, RESP_BYTES};
use super::tracks::{Candidate, ChannelTrack, Evidence, FewDistinct, Span, Tracks, Windows};
use super::view::Row;
use std::net::IpAddr;
use std::sync::Arc;

/// An originator and the host it asked, by the name it gave, or by its address.
pub(super) type Visit = (IpAddr, Arc<str>);

/// What is counted of requests.
#[derive(Debug)]
pub(super) struct RequestTracks {
    pub(super) visits: Tracks<Visit, VisitTrack>,
    pub(super) agents: Tracks<Arc<str>, AgentTrack>,
    /// Programs fetched, by who and from where.
    pub(super) programs: Tracks<Visit, ProgramTrack>,
}

impl Default for RequestTracks {
    fn default() -> Self {
        Self { visits: Capped::new(10_000), agents: Capped::new(4_096), programs: Capped::new(4_096) }
    }
}

impl Merge for RequestTracks {
    fn merge(&mut self, other: Self) {
        self.visits.absorb(other.visits);
        self.agents.absorb(other.agents);
        self.programs.absorb(other.programs);
    }
}

/// One originator's requests to one host.
#[derive(Debug, Clone)]
pub(super) struct VisitTrack {
    /// Their number, bytes and rhythm.
    pub(super) calls: ChannelTrack,
    /// The responder, or one of them, and its port.
    pub(super) door: Option<(IpAddr, u16)>,
    /// What was asked for in vain.
    pub(super) failed: FewDistinct,
    pub(super) failures: Evidence,
    pub(super) n_denied: u64,
    pub(super) denied: Windows,
    pub(super) denials: Evidence,
    pub(super) largest: Evidence,
}

impl Default for VisitTrack {
    fn default() -> Self {
        Self {
            calls: ChannelTrack::default(),
            door: None,
            failed: FewDistinct::default(),
            failures: Evidence::default(),
            n_denied: 0,
            denied: Windows::new(1_800),
            denials: Evidence::default(),
            largest: Evidence::default(),
        }
    }
}

impl VisitTrack {
    pub(super) fn insert(&mut self, row: &Row, uri: u64, candidate: &Candidate<'_>) {
        self.calls.insert(row, candidate);
        self.meet(row.resp_h.map(|addr| (addr, row.resp_p.unwrap_or(0))));
        let order = row.ts.unwrap_or(i64::MAX);
        if row.is_failed() {
            self.failed.insert(uri);
            self.failures.offer(order, candidate);
        }
        if matches!(row.status, Some(401 | 403)) {
            self.n_denied += 1;
            self.denied.insert(row.ts);
            self.denials.offer(order, candidate);
        }
        let sent = i64::try_from(row.numbers.or_zero(ORIG_BYTES)).unwrap_or(i64::MAX);
        self.largest.offer(-sent, candidate);
    }

    /// The smallest of the responders stays, in whatever order they come.
    fn meet(&mut self, door: Option<(IpAddr, u16)>) {
        self.door = [self.door, door].into_iter().flatten().min();
    }
}

impl Merge for VisitTrack {
    fn merge(&mut self, other: Self) {
        self.calls.merge(other.calls);
        self.meet(other.door);
        self.failed.merge(other.failed);
        self.failures.merge(other.failures);
        self.n_denied += other.n_denied;
        self.denied.merge(other.denied);
        self.denials.merge(other.denials);
        self.largest.merge(other.largest);
    }
}

/// The requests with one user agent.
#[derive(Debug, Clone, Default)]
pub(super) struct AgentTrack {
    pub(super) n: u64,
    pub(super) origs: FewDistinct,
    pub(super) hosts: FewDistinct,
    /// Who used it first, by the order of addresses.
    pub(super) orig: Option<IpAddr>,
    pub(super) span: Span,
    pub(super) evidence: Evidence,
}

impl AgentTrack {
    pub(super) fn insert(&mut self, row: &Row, orig: u64, host: u64, candidate: &Candidate<'_>) {
        self.n += 1;
        self.origs.insert(orig);
        self.hosts.insert(host);
        self.orig = [self.orig, row.orig_h].into_iter().flatten().min();
        self.span.insert(row.ts);
        self.evidence.offer(row.ts.unwrap_or(i64::MAX), candidate);
    }
}

impl Merge for AgentTrack {
    fn merge(&mut self, other: Self) {
        self.n += other.n;
        self.origs.merge(other.origs);
        self.hosts.merge(other.hosts);
        self.orig = [self.orig, other.orig].into_iter().flatten().min();
        self.span.merge(other.span);
        self.evidence.merge(other.evidence);
    }
}

/// Programs that one originator fetched from one host.
#[derive(Debug, Clone, Default)]
pub(super) struct ProgramTrack {
    pub(super) n: u64,
    pub(super) bytes: u64,
    pub(super) span: Span,
    pub(super) evidence: Evidence,
}

impl ProgramTrack {
    pub(super) fn insert(&mut self, row: &Row, candidate: &Candidate<'_>) {
        self.n += 1;
        self.bytes = self.bytes.saturating_add(row.numbers.or_zero(RESP_BYTES));
        self.span.insert(row.ts);
        self.evidence.offer(row.ts.unwrap_or(i64::MAX), candidate);
    }
}

impl Merge for ProgramTrack {
    fn merge(&mut self, other: Self) {
        self.n += other.n;
        self.bytes = self.bytes.saturating_add(other.bytes);
        self.span.merge(other.span);
        self.evidence.merge(other.evidence);
    }
}

/// True for a type of content that a computer runs.
pub(super) fn is_program(mime_type: &str) -> bool {
    const PROGRAMS: [&str; 8] = [
        "application/x-dosexec",
        "application/x-msdownload",
        "application/x-executable",
        "application/x-elf",
        "application/x-mach-o-executable",
        "application/java-archive",
        "application/x-java-archive",
        "application/vnd.android.package-archive",
    ];
    PROGRAMS.contains(&mime_type)
}
