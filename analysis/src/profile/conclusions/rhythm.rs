use super::super::detail::Detail;
use super::super::merge::Merge;
use super::super::thresholds::Thresholds;
use super::super::tracks::{Channel, ChannelTrack, Door, Evidence, Span};
use super::{Conclusion, Severity, is_local, port_in_words};
use crate::{count_in_words, duration_in_words, share_in_words};
use bro_features::Proto;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::net::IpAddr;

/// Calls that keep time, and calls nobody answers. Pairs of hosts already told of are left out.
pub(super) fn all(
    detail: &Detail,
    thresholds: &Thresholds,
    told: &[(Option<String>, Option<String>)],
) -> Vec<Conclusion> {
    let mut found = Vec::new();
    let mut regular: BTreeMap<Door, Vec<(IpAddr, &ChannelTrack, Rhythm)>> = BTreeMap::new();
    for (&channel, track) in detail.channels.iter() {
        let (orig, resp, port, proto) = channel;
        let is_told = told.iter().any(|(one, other)| {
            *one == Some(orig.to_string()) && other.as_ref().is_none_or(|other| *other == resp.to_string())
        });
        if is_told {
            continue;
        }
        let rhythm = Rhythm::of(track);
        let is_vain = 10 * track.n_failed >= 9 * track.n && proto == Proto::Tcp as u8;
        if is_vain && track.n_failed as f64 >= thresholds.retry_rows {
            found.push(unanswered(channel, track, rhythm.as_ref()));
            continue;
        }
        let is_regular = |rhythm: &Rhythm| {
            track.n as f64 >= thresholds.periodic_rows
                && rhythm.score >= thresholds.periodic_score
                && is_one_host(resp)
        };
        if let Some(rhythm) = rhythm.filter(is_regular) {
            regular.entry((resp, port, proto)).or_default().push((orig, track, rhythm));
        }
    }
    for (door, mut callers) in regular {
        callers.sort_by_key(|(orig, track, _)| (Reverse(track.n), *orig));
        if callers.len() > FEW {
            found.push(periodic_for_many(door, &callers));
        } else {
            found.extend(callers.iter().map(|(orig, track, rhythm)| periodic(*orig, door, track, rhythm)));
        }
    }
    found
}

/// What more hosts than this do alike is a program of the house.
pub(super) const FEW: usize = 3;

fn unanswered(channel: Channel, track: &ChannelTrack, rhythm: Option<&Rhythm>) -> Conclusion {
    let (orig, resp, port, proto) = channel;
    let severity = if is_local(resp) { Severity::Low } else { Severity::Medium };
    let gap =
        rhythm.map_or_else(String::new, |rhythm| format!(", every {} or so", duration_in_words(rhythm.gap)));
    let reason = format!(
        "{orig} called {resp}, port {}, {} times in {}{gap}, and {} of the calls led to nothing: a service that is gone, or malware whose master is.",
        port_in_words(port, proto),
        count_in_words(track.n),
        duration_in_words(track.span.seconds()),
        count_in_words(track.n_failed),
    );
    let found = Conclusion::new("unanswered_calls", severity, reason, track.n).by(&["retry_rows"]);
    let found = found.with_orig(orig).with_resp(resp).with_port(port, proto).between(track.span);
    found.shown_by(track.evidence.sessions())
}

fn periodic(orig: IpAddr, (resp, port, proto): Door, track: &ChannelTrack, rhythm: &Rhythm) -> Conclusion {
    let is_usual = is_local(resp) || matches!(port, 53 | 67 | 123 | 137 | 161);
    let severity = if is_usual { Severity::Info } else { Severity::Low };
    let sizes = if rhythm.size_score >= 0.9 { "always alike in size" } else { "of varying size" };
    let reason = format!(
        "{orig} called {resp}, port {}, {} times, every {} give or take {} ({} regular), {sizes}; harmless programs keep time as well.",
        port_in_words(port, proto),
        count_in_words(track.n),
        duration_in_words(rhythm.gap),
        duration_in_words(rhythm.deviation),
        share_in_words(rhythm.score),
    );
    let found =
        Conclusion::new("periodic", severity, reason, track.n).by(&["periodic_rows", "periodic_score"]);
    let found = found.with_orig(orig).with_resp(resp).with_port(port, proto).between(track.span);
    found.shown_by(track.evidence.sessions())
}

fn periodic_for_many((resp, port, proto): Door, callers: &[(IpAddr, &ChannelTrack, Rhythm)]) -> Conclusion {
    let n = callers.iter().map(|(_, track, _)| track.n).sum();
    let mut span = Span::default();
    let mut evidence = Evidence::default();
    for (_, track, _) in callers {
        span.merge(track.span);
        evidence.merge(track.evidence.clone());
    }
    let gaps = || callers.iter().map(|(_, _, rhythm)| rhythm.gap);
    let (least, most) = (gaps().fold(f64::INFINITY, f64::min), gaps().fold(0.0, f64::max));
    let (least, most) = (duration_in_words(least), duration_in_words(most));
    let rhythm = if least == most { least } else { format!("{least} to {most}") };
    let names: Vec<_> = callers.iter().take(FEW).map(|(orig, ..)| orig.to_string()).collect();
    let reason = format!(
        "{} hosts, such as {}, called {resp}, port {}, {} times, each in its rhythm of {rhythm}: most likely a program of the house.",
        count_in_words(callers.len() as u64),
        names.join(", "),
        port_in_words(port, proto),
        count_in_words(n),
    );
    let found =
        Conclusion::new("periodic", Severity::Info, reason, n).by(&["periodic_rows", "periodic_score"]);
    found.with_resp(resp).with_port(port, proto).between(span).shown_by(evidence.sessions())
}

fn is_one_host(addr: IpAddr) -> bool {
    match addr {
        IpAddr::V4(addr) => !addr.is_multicast() && addr.octets()[3] != 255,
        IpAddr::V6(addr) => !addr.is_multicast(),
    }
}

/// How regularly a channel is used.
pub(super) struct Rhythm {
    /// Median gap in seconds.
    pub(super) gap: f64,
    /// Median deviation from it.
    pub(super) deviation: f64,
    /// One less the deviation in gaps, from 0 to 1.
    pub(super) score: f64,
    /// The same of the payload sent.
    pub(super) size_score: f64,
}

impl Rhythm {
    /// `None` if there are too few calls, or they come in bursts.
    pub(super) fn of(track: &ChannelTrack) -> Option<Self> {
        let times: Vec<i64> = track.calls.iter().map(|call| call.0).collect();
        let mut gaps: Vec<f64> =
            times.windows(2).map(|pair| pair[1].saturating_sub(pair[0]) as f64 / 1e6).collect();
        let (gap, deviation) = median_and_deviation(&mut gaps)?;
        let mut sizes: Vec<f64> = track.calls.iter().map(|call| call.2 as f64).collect();
        let (size, size_deviation) = median_and_deviation(&mut sizes)?;
        let score = |median: f64, deviation: f64| {
            if median > 0.0 { (1.0 - deviation / median).max(0.0) } else { 1.0 }
        };
        (gap >= 1.0).then(|| Self {
            gap,
            deviation,
            score: score(gap, deviation),
            size_score: score(size, size_deviation),
        })
    }
}

fn median_and_deviation(values: &mut [f64]) -> Option<(f64, f64)> {
    if values.len() < 8 {
        return None;
    }
    let middle = values.len() / 2;
    let median = *values.select_nth_unstable_by(middle, f64::total_cmp).1;
    values.iter_mut().for_each(|value| *value = (*value - median).abs());
    Some((median, *values.select_nth_unstable_by(middle, f64::total_cmp).1))
}
