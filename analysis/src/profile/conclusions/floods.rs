use super::super::detail::Detail;
use super::super::thresholds::Thresholds;
use super::super::tracks::AttemptTrack;
use super::{Conclusion, Severity, port_in_words};
use crate::{bytes_in_words, count_in_words, duration_in_words};

/// Floods: half-open connections to one door, and packets nobody answers.
pub(super) fn all(detail: &Detail, thresholds: &Thresholds) -> Vec<Conclusion> {
    let mut found = Vec::new();
    for (&(resp, port, proto), track) in detail.targets.iter() {
        let (most, seconds) = track.windows.busiest();
        let rate = most as f64 / seconds;
        let is_flood = track.n_unanswered as f64 >= thresholds.flood_rows && rate >= thresholds.flood_rate;
        if is_flood && 10 * track.n_unanswered >= 8 * track.n_failed {
            let reason = format!(
                "{} connections to {resp}, port {}, were never answered within {}, up to {rate:.0} a second, from {} sources.",
                count_in_words(track.n_unanswered),
                port_in_words(port, proto),
                duration_in_words(track.span.seconds()),
                track.failed.in_words(),
            );
            let conclusion = Conclusion::new("syn_flood", Severity::High, reason, track.n_unanswered);
            let conclusion = conclusion.with_resp(resp).with_port(port, proto).between(track.span);
            found.push(conclusion.by(&["flood_rows", "flood_rate"]).shown_by(track.evidence.sessions()));
        }
    }
    for (&(orig, resp), track) in detail.pairs.iter() {
        if is_packet_flood(track, thresholds) {
            let rate = packets_per_second(track);
            let reason = format!(
                "{orig} sent {} packets ({}) to {resp}, which answered {}: about {rate:.0} packets a second in {} connections.",
                count_in_words(track.orig_pkts),
                bytes_in_words(track.sent as f64),
                if track.resp_pkts == 0 { "none".to_owned() } else { count_in_words(track.resp_pkts) },
                count_in_words(track.n),
            );
            let conclusion = Conclusion::new("udp_flood", Severity::High, reason, track.n);
            let conclusion = conclusion.with_orig(orig).with_resp(resp).by(&["flood_packets"]);
            let mut conclusion = conclusion.shown_by(track.largest.sessions());
            conclusion.first = conclusion.evidence.iter().filter_map(|session| session.ts).min();
            conclusion.last = conclusion.evidence.iter().filter_map(|session| session.ts).max();
            found.push(conclusion);
        }
    }
    found
}

fn packets_per_second(track: &AttemptTrack) -> f64 {
    track.orig_pkts as f64 / (track.duration as f64 / 1e6).max(1.0)
}

pub(super) fn is_packet_flood(track: &AttemptTrack, thresholds: &Thresholds) -> bool {
    track.orig_pkts as f64 >= thresholds.flood_packets
        && 100 * track.resp_pkts <= track.orig_pkts
        && packets_per_second(track) >= 100.0
}
