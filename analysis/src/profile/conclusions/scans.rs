use super::super::detail::Detail;
use super::super::thresholds::Thresholds;
use super::super::tracks::{AttemptTrack, HostTrack, Span};
use super::{Conclusion, Severity, port_in_words};
use crate::{count_in_words, duration_in_words};
use std::collections::BTreeMap;
use std::net::IpAddr;

/// What one source tried in vain.
#[derive(Default)]
struct Tried<'a> {
    hosts: Vec<(IpAddr, &'a AttemptTrack)>,
    ports: Vec<(u16, u8, &'a AttemptTrack)>,
}

/// Scans, one conclusion for each source and kind: what a source does to many ports of many hosts is one scan.
pub(super) fn all(detail: &Detail, thresholds: &Thresholds) -> Vec<Conclusion> {
    let mut sources: BTreeMap<IpAddr, Tried<'_>> = BTreeMap::new();
    for (&(orig, resp), track) in detail.pairs.iter() {
        let is_flood = super::floods::is_packet_flood(track, thresholds);
        if track.failed.n() as f64 >= thresholds.scan_ports && is_mostly_failed(track) && !is_flood {
            sources.entry(orig).or_default().hosts.push((resp, track));
        }
    }
    for (&(orig, port, proto), track) in detail.ports.iter() {
        if track.failed.n() as f64 >= thresholds.scan_hosts && is_mostly_failed(track) {
            sources.entry(orig).or_default().ports.push((port, proto, track));
        }
    }
    for (&orig, track) in detail.origs.iter() {
        if is_sweep(track, thresholds) {
            sources.entry(orig).or_default();
        }
    }
    sources.into_iter().flat_map(|(orig, tried)| conclusions(orig, tried, detail)).collect()
}

fn is_mostly_failed(track: &AttemptTrack) -> bool {
    2 * track.n_failed >= track.n
}

/// Many hosts on many ports, hardly twice the same.
fn is_sweep(track: &HostTrack, thresholds: &Thresholds) -> bool {
    let (hosts, ports) = (track.failed_peers.n() as f64, track.failed_ports.n() as f64);
    hosts >= 4.0 * thresholds.scan_hosts
        && ports >= 4.0 * thresholds.scan_ports
        && 2 * track.n_failed >= track.n
}

fn conclusions(orig: IpAddr, mut tried: Tried<'_>, detail: &Detail) -> Vec<Conclusion> {
    tried.hosts.sort_by_key(|(addr, track)| (std::cmp::Reverse(track.n_failed), *addr));
    tried.ports.sort_by_key(|(port, proto, track)| (std::cmp::Reverse(track.n_failed), *port, *proto));
    let many = tried.hosts.len() > 2 || tried.ports.len() > 5;
    if let (true, Some(track)) =
        (many || (tried.hosts.is_empty() && tried.ports.is_empty()), detail.origs.get(&orig))
    {
        return vec![network_scan(orig, track, &tried)];
    }
    let vertical = tried.hosts.iter().map(|(resp, track)| vertical_scan(orig, *resp, track));
    let horizontal =
        tried.ports.iter().map(|(port, proto, track)| horizontal_scan(orig, *port, *proto, track));
    vertical.chain(horizontal).collect()
}

fn network_scan(orig: IpAddr, track: &HostTrack, tried: &Tried<'_>) -> Conclusion {
    let (n, hosts, ports) = (track.n_failed, track.failed_peers.n(), track.failed_ports.n());
    let severity = if hosts * ports.min(20) >= 200 { Severity::High } else { Severity::Medium };
    let hit = match tried.hosts.first() {
        Some((addr, track)) => format!(", most of all {} ports of {addr}", track.failed.in_words()),
        None => String::new(),
    };
    let reason = format!(
        "{orig} tried {} ports on {} hosts in {}{hit}; {} of its {} connections were refused or never answered.",
        track.failed_ports.in_words(),
        track.failed_peers.in_words(),
        duration_in_words(track.span.seconds()),
        count_in_words(n),
        count_in_words(track.n),
    );
    let found = Conclusion::new("network_scan", severity, reason, n);
    let found = found.with_orig(orig).between(track.span).by(&["scan_hosts", "scan_ports"]);
    found.shown_by(track.evidence.sessions())
}

fn vertical_scan(orig: IpAddr, resp: IpAddr, track: &AttemptTrack) -> Conclusion {
    let ports = track.failed.n();
    let severity = if ports >= 100 { Severity::High } else { Severity::Medium };
    let reason = format!(
        "{orig} tried {} ports of {resp} in {}{}.",
        track.failed.in_words(),
        duration_in_words(track.span.seconds()),
        outcome(track),
    );
    let found = Conclusion::new("vertical_scan", severity, reason, track.n_failed);
    let found = found.with_orig(orig).with_resp(resp).between(track.span).by(&["scan_ports"]);
    found.shown_by(track.evidence.sessions())
}

fn horizontal_scan(orig: IpAddr, port: u16, proto: u8, track: &AttemptTrack) -> Conclusion {
    let hosts = track.failed.n();
    let severity = match hosts {
        100.. if is_fast(track.span, hosts) => Severity::High,
        50.. => Severity::Medium,
        _ => Severity::Low,
    };
    let reason = format!(
        "{orig} tried port {} on {} hosts in {}{}.",
        port_in_words(port, proto),
        track.failed.in_words(),
        duration_in_words(track.span.seconds()),
        outcome(track),
    );
    let found = Conclusion::new("horizontal_scan", severity, reason, track.n_failed);
    let found = found.with_orig(orig).with_port(port, proto).between(track.span).by(&["scan_hosts"]);
    found.shown_by(track.evidence.sessions())
}

/// Ten hosts an hour or more.
fn is_fast(span: Span, hosts: u64) -> bool {
    hosts as f64 >= span.seconds() / 360.0
}

fn outcome(track: &AttemptTrack) -> String {
    let refused = track.n_failed - track.n_unanswered;
    let answered = track.n - track.n_failed;
    format!(
        "; attempts without an answer: {}, refused: {}, connected: {}",
        count_in_words(track.n_unanswered),
        count_in_words(refused),
        count_in_words(answered),
    )
}
