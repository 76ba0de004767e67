//! What requests say together.

use super::super::detail::Detail;
use super::super::merge::Merge;
use super::super::requests::{AgentTrack, ProgramTrack, VisitTrack};
use super::super::tally::Tally;
use super::super::thresholds::Thresholds;
use super::super::tracks::{Evidence, Span};
use super::rhythm::{FEW, Rhythm};
use super::{Conclusion, Severity, counted, is_local};
use crate::{bytes_in_words, count_in_words, duration_in_words, share_in_words};
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::net::IpAddr;

/// Scans, denials, uploads, rhythms, programs and odd user agents.
pub(super) fn all(tally: &Tally, detail: &Detail, thresholds: &Thresholds) -> Vec<Conclusion> {
    let mut found = Vec::new();
    let mut regular: BTreeMap<&str, Vec<(IpAddr, &VisitTrack, Rhythm)>> = BTreeMap::new();
    for ((orig, host), track) in detail.requests.visits.iter() {
        let told = [scan, denied, upload].into_iter().filter_map(|look| look(*orig, host, track, thresholds));
        let told: Vec<_> = told.collect();
        let is_told = !told.is_empty();
        found.extend(told);
        let is_regular = |rhythm: &Rhythm| {
            !is_told
                && track.calls.n as f64 >= thresholds.periodic_rows
                && rhythm.score >= thresholds.periodic_score
        };
        if let Some(rhythm) = Rhythm::of(&track.calls).filter(is_regular) {
            regular.entry(host).or_default().push((*orig, track, rhythm));
        }
    }
    let mut single: BTreeMap<IpAddr, Vec<Called<'_>>> = BTreeMap::new();
    for (host, mut callers) in regular {
        callers.sort_by_key(|(orig, track, _)| (Reverse(track.calls.n), *orig));
        if callers.len() > FEW {
            found.push(periodic_for_many(host, &callers));
            continue;
        }
        for (orig, track, rhythm) in callers {
            single.entry(orig).or_default().push((host, track, rhythm));
        }
    }
    found.extend(single.into_iter().flat_map(|(orig, called)| periodic_of(orig, called)));
    found.extend(programs(detail));
    found.extend(tools(detail));
    found.extend(rare_agents(tally, detail, thresholds));
    found
}

/// A host as it is written in a reason: shortened, because whoever asks may write what they like.
fn shown(host: &str) -> String {
    const MOST: usize = 80;
    if host.is_empty() {
        return "(no name)".to_owned();
    }
    if host.chars().count() <= MOST {
        host.to_owned()
    } else {
        host.chars().take(MOST).chain(['…']).collect()
    }
}

fn scan(orig: IpAddr, host: &str, track: &VisitTrack, thresholds: &Thresholds) -> Option<Conclusion> {
    let n = track.failed.n();
    if (n as f64) < thresholds.http_scan_uris || 2 * track.calls.n_failed < track.calls.n {
        return None;
    }
    let severity = if n >= 100 { Severity::High } else { Severity::Medium };
    let reason = format!(
        "{orig} asked {} for {} different things in vain within {}; {} of its {} requests got a status of 400 or more.",
        shown(host),
        track.failed.in_words(),
        duration_in_words(track.calls.span.seconds()),
        count_in_words(track.calls.n_failed),
        count_in_words(track.calls.n),
    );
    let found = Conclusion::new("http_scan", severity, reason, track.calls.n_failed).by(&["http_scan_uris"]);
    Some(ends(found, orig, host, track).shown_by(track.failures.sessions()))
}

fn denied(orig: IpAddr, host: &str, track: &VisitTrack, thresholds: &Thresholds) -> Option<Conclusion> {
    let (most, seconds) = track.denied.busiest();
    // Where a password is negotiated, every denial has an answer that follows.
    let is_mostly = 10 * track.n_denied >= 9 * track.calls.n;
    if !is_mostly || most as f64 * (1_800.0 / seconds).min(1.0) < thresholds.http_logins {
        return None;
    }
    let severity = if track.n_denied >= 100 { Severity::High } else { Severity::Medium };
    let reason = format!(
        "{} denied {orig} {} of {}, up to {most} in {} (401 or 403): passwords guessed, or a client without rights that does not give up.",
        shown(host),
        count_in_words(track.n_denied),
        counted(track.calls.n, "request"),
        duration_in_words(seconds),
    );
    let found = Conclusion::new("http_denied", severity, reason, track.n_denied).by(&["http_logins"]);
    Some(ends(found, orig, host, track).shown_by(track.denials.sessions()))
}

fn upload(orig: IpAddr, host: &str, track: &VisitTrack, thresholds: &Thresholds) -> Option<Conclusion> {
    let (sent, received) = (track.calls.sent as f64, track.calls.received as f64);
    if sent < thresholds.http_upload_bytes || sent < 9.0 * received || is_inside(host, track) {
        return None;
    }
    let severity =
        if sent >= 50.0 * thresholds.http_upload_bytes { Severity::High } else { Severity::Medium };
    let reason = format!(
        "{orig} sent bodies of {} to {} in {} and got {} back.",
        bytes_in_words(sent),
        shown(host),
        counted(track.calls.n, "request"),
        bytes_in_words(received),
    );
    let found = Conclusion::new("http_upload", severity, reason, track.calls.n).by(&["http_upload_bytes"]);
    Some(ends(found, orig, host, track).shown_by(track.largest.sessions()))
}

/// True if what was asked is one's own, as far as its address tells; a proxy's says nothing.
fn is_inside(host: &str, track: &VisitTrack) -> bool {
    if let Ok(addr) = host.parse::<IpAddr>() {
        return is_local(addr);
    }
    track.door.is_some_and(|(resp, port)| is_local(resp) && !matches!(port, 3128 | 8080))
}

fn ends(found: Conclusion, orig: IpAddr, host: &str, track: &VisitTrack) -> Conclusion {
    found.with_orig(orig).with_host(host).between(track.calls.span)
}

fn periodic(orig: IpAddr, host: &str, track: &VisitTrack, rhythm: &Rhythm) -> Conclusion {
    let severity = if is_inside(host, track) { Severity::Info } else { Severity::Low };
    let sizes =
        if rhythm.size_score >= 0.9 { "bodies always alike in size" } else { "bodies of varying size" };
    let reason = format!(
        "{orig} asked {} {} times, every {} give or take {} ({} regular), {sizes}; harmless programs keep time as well.",
        shown(host),
        count_in_words(track.calls.n),
        duration_in_words(rhythm.gap),
        duration_in_words(rhythm.deviation),
        share_in_words(rhythm.score),
    );
    let found = Conclusion::new("http_periodic", severity, reason, track.calls.n);
    let found = ends(found.by(&["periodic_rows", "periodic_score"]), orig, host, track);
    found.shown_by(track.calls.evidence.sessions())
}

/// A host that was asked, how, and in what rhythm.
type Called<'a> = (&'a str, &'a VisitTrack, Rhythm);

/// The rhythms of one source; hosts that it asks in one and the same rhythm are those of a page that loads again.
fn periodic_of(orig: IpAddr, mut called: Vec<Called<'_>>) -> Vec<Conclusion> {
    called.sort_by(|a, b| a.2.gap.total_cmp(&b.2.gap).then(a.0.cmp(b.0)));
    let alike = called.chunk_by(|a, b| b.2.gap <= 1.05 * a.2.gap);
    let told = alike.flat_map(|alike| match alike.len() > FEW {
        true => vec![periodic_page(orig, alike)],
        false => alike.iter().map(|(host, track, rhythm)| periodic(orig, host, track, rhythm)).collect(),
    });
    told.collect()
}

fn periodic_page(orig: IpAddr, called: &[Called<'_>]) -> Conclusion {
    let n = called.iter().map(|(_, track, _)| track.calls.n).sum();
    let mut span = Span::default();
    let mut evidence = Evidence::default();
    for (_, track, _) in called {
        span.merge(track.calls.span);
        evidence.merge(track.calls.evidence.clone());
    }
    let names: Vec<_> = called.iter().take(FEW).map(|(host, ..)| shown(host)).collect();
    let reason = format!(
        "{orig} asked {} hosts, such as {}, {} times, all of them every {} or so: most likely a page that loads again.",
        count_in_words(called.len() as u64),
        names.join(", "),
        count_in_words(n),
        duration_in_words(called[called.len() / 2].2.gap),
    );
    let found = Conclusion::new("http_periodic", Severity::Info, reason, n);
    let found = found.by(&["periodic_rows", "periodic_score"]).with_orig(orig).between(span);
    found.shown_by(evidence.sessions())
}

fn periodic_for_many(host: &str, callers: &[(IpAddr, &VisitTrack, Rhythm)]) -> Conclusion {
    let n = callers.iter().map(|(_, track, _)| track.calls.n).sum();
    let mut span = Span::default();
    let mut evidence = Evidence::default();
    for (_, track, _) in callers {
        span.merge(track.calls.span);
        evidence.merge(track.calls.evidence.clone());
    }
    let names: Vec<_> = callers.iter().take(FEW).map(|(orig, ..)| orig.to_string()).collect();
    let reason = format!(
        "{} hosts, such as {}, asked {} {} times, each in its rhythm: most likely a program of the house.",
        count_in_words(callers.len() as u64),
        names.join(", "),
        shown(host),
        count_in_words(n),
    );
    let found = Conclusion::new("http_periodic", Severity::Info, reason, n);
    let found = found.by(&["periodic_rows", "periodic_score"]).with_host(host).between(span);
    found.shown_by(evidence.sessions())
}

/// Programs from a bare address are told one by one, all others together.
fn programs(detail: &Detail) -> Vec<Conclusion> {
    let is_addr = |host: &str| {
        let host = Some(host.as_bytes());
        bro_features::HttpRequest { host, ..bro_features::HttpRequest::default() }.host_is_addr()
    };
    let mut found = Vec::new();
    let mut others: Vec<(&IpAddr, &str, &ProgramTrack)> = Vec::new();
    for ((orig, host), track) in detail.requests.programs.iter() {
        if !is_addr(host) || host.parse().is_ok_and(is_local) {
            others.push((orig, host, track));
            continue;
        }
        let reason = format!(
            "{orig} fetched {} ({}) from {}, an address without a name.",
            counted(track.n, "program"),
            bytes_in_words(track.bytes as f64),
            shown(host),
        );
        let conclusion = Conclusion::new("program_download", Severity::Medium, reason, track.n);
        let conclusion = conclusion.with_orig(*orig).with_host(host).between(track.span);
        found.push(conclusion.shown_by(track.evidence.sessions()));
    }
    others.sort_by_key(|(orig, host, track)| (Reverse(track.n), **orig, *host));
    if others.is_empty() {
        return found;
    }
    let mut all = ProgramTrack::default();
    others.iter().for_each(|(_, _, track)| all.merge((*track).clone()));
    let names: Vec<_> =
        others.iter().take(FEW).map(|(orig, host, _)| format!("{orig} from {}", shown(host))).collect();
    let reason = format!(
        "{} ({}) were fetched, such as by {}.",
        counted(all.n, "program"),
        bytes_in_words(all.bytes as f64),
        names.join(", "),
    );
    let conclusion = Conclusion::new("program_download", Severity::Info, reason, all.n).between(all.span);
    found.push(conclusion.shown_by(all.evidence.sessions()));
    found
}

/// Parts of user agents of programs that scan, in lower case.
const SCANNERS: [&str; 16] = [
    "sqlmap",
    "nikto",
    "nmap",
    "masscan",
    "zgrab",
    "dirbuster",
    "gobuster",
    "dirb/",
    "wpscan",
    "nessus",
    "openvas",
    "acunetix",
    "hydra",
    "feroxbuster",
    "nuclei",
    "ffuf",
];

/// Parts of user agents of tools that people and programs alike use, in lower case.
const TOOLS: [&str; 9] = [
    "curl/",
    "wget/",
    "python-requests",
    "python-urllib",
    "go-http-client",
    "libwww-perl",
    "powershell",
    "okhttp",
    "java/",
];

fn tools(detail: &Detail) -> Vec<Conclusion> {
    let mut found = Vec::new();
    let mut tools: Vec<(&str, &AgentTrack)> = Vec::new();
    for (agent, track) in detail.requests.agents.iter() {
        let lower = agent.to_lowercase();
        if SCANNERS.iter().any(|name| lower.contains(name)) {
            let reason = format!(
                "{} in the name of {}, a program that scans, came from {}, such as {}.",
                counted(track.n, "request"),
                shown(agent),
                track.origs.counted("host"),
                track.orig.map_or_else(|| "?".to_owned(), |orig| orig.to_string()),
            );
            found.push(of_agent("tool_agent", Severity::Medium, reason, track));
        } else if TOOLS.iter().any(|name| lower.contains(name)) {
            tools.push((agent, track));
        }
    }
    tools.sort_by_key(|(agent, track)| (Reverse(track.n), *agent));
    for (agent, track) in tools.into_iter().take(MOST_AGENTS) {
        let reason = format!(
            "{} in the name of {}, a tool of programmers and programs, to {}.",
            counted(track.n, "request"),
            shown(agent),
            track.hosts.counted("host"),
        );
        found.push(of_agent("tool_agent", Severity::Info, reason, track));
    }
    found
}

/// Most user agents that are told of.
const MOST_AGENTS: usize = 10;

fn of_agent(kind: &'static str, severity: Severity, reason: String, track: &AgentTrack) -> Conclusion {
    let found = Conclusion::new(kind, severity, reason, track.n).between(track.span);
    let found = found.shown_by(track.evidence.sessions());
    match track.orig.filter(|_| track.origs.n() == 1) {
        Some(orig) => found.with_orig(orig),
        None => found,
    }
}

/// Agents of one host alone, if there are hosts enough to say so; one conclusion for each host.
fn rare_agents(tally: &Tally, detail: &Detail, thresholds: &Thresholds) -> Vec<Conclusion> {
    const LEAST_HOSTS: f64 = 5.0;
    if tally.hosts[0].estimate().round() < LEAST_HOSTS {
        return Vec::new();
    }
    let most = thresholds.rare_agent_share * tally.n_rows as f64;
    let mut by_host: BTreeMap<IpAddr, Vec<(&str, &AgentTrack)>> = BTreeMap::new();
    for (agent, track) in detail.requests.agents.iter() {
        if let Some(orig) = track.orig.filter(|_| track.origs.n() == 1 && (track.n as f64) < most.max(2.0)) {
            by_host.entry(orig).or_default().push((agent, track));
        }
    }
    let mut hosts: Vec<_> = by_host.into_iter().collect();
    hosts.sort_by_key(|(orig, agents)| (Reverse(agents.len()), *orig));
    hosts.into_iter().take(MOST_AGENTS).map(|(orig, agents)| rare_agents_of(orig, agents)).collect()
}

fn rare_agents_of(orig: IpAddr, mut agents: Vec<(&str, &AgentTrack)>) -> Conclusion {
    agents.sort_by_key(|(agent, track)| (Reverse(track.n), *agent));
    let mut all = AgentTrack::default();
    agents.iter().for_each(|(_, track)| all.merge((*track).clone()));
    let names: Vec<_> =
        agents.iter().take(FEW).map(|(agent, track)| format!("{} ({})", shown(agent), track.n)).collect();
    let reason = format!(
        "{orig} alone uses {} in few requests: {}.",
        counted(agents.len() as u64, "user agent"),
        names.join("; "),
    );
    let found = Conclusion::new("rare_agent", Severity::Info, reason, all.n).by(&["rare_agent_share"]);
    found.with_orig(orig).between(all.span).shown_by(all.evidence.sessions())
}
