use super::super::detail::Detail;
use super::super::thresholds::Thresholds;
use super::super::tracks::AttemptTrack;
use super::{Conclusion, Severity, counted, is_local};
use crate::{Session, bytes_in_words, duration_in_words, share_in_words};
use std::collections::BTreeMap;

/// Bytes carried out, and connections that stay.
pub(super) fn all(detail: &Detail, thresholds: &Thresholds) -> Vec<Conclusion> {
    let mut found = exfiltration(detail, thresholds);
    found.extend(long(detail, thresholds));
    found
}

fn exfiltration(detail: &Detail, thresholds: &Thresholds) -> Vec<Conclusion> {
    let is_upload = |track: &AttemptTrack| {
        let (sent, received) = (track.sent as f64, track.received as f64);
        // Who sends without an answer floods.
        sent >= thresholds.exfiltration_bytes
            && sent >= 9.0 * received
            && 10 * track.resp_pkts >= track.orig_pkts
    };
    let all_sent: f64 = detail.origs.iter().map(|(_, track)| track.sent as f64).sum();
    let uploads = detail.pairs.iter().filter(|((orig, resp), track)| {
        !is_local(*resp) && (is_local(*orig) || !is_local(*resp)) && is_upload(track)
    });
    uploads
        .map(|(&(orig, resp), track)| {
            let sent = track.sent as f64;
            let severity =
                if sent >= 50.0 * thresholds.exfiltration_bytes { Severity::High } else { Severity::Medium };
            let reason = format!(
                "{orig} sent {} to {resp} in {} and got {} back, {} of all that the busiest hosts sent.",
                bytes_in_words(sent),
                counted(track.n, "connection"),
                bytes_in_words(track.received as f64),
                share_in_words(sent / all_sent.max(sent)),
            );
            let found =
                Conclusion::new("exfiltration", severity, reason, track.n).with_orig(orig).with_resp(resp);
            let mut found = found.by(&["exfiltration_bytes"]).shown_by(track.largest.sessions());
            found.first = found.evidence.iter().filter_map(|session| session.ts).min();
            found.last = found.evidence.iter().filter_map(|session| session.ts).max();
            found
        })
        .collect()
}

/// Who, to whom, on which port.
type Ends<'a> = (Option<&'a str>, Option<&'a str>, Option<u16>, Option<&'a str>);

fn long(detail: &Detail, thresholds: &Thresholds) -> Vec<Conclusion> {
    let mut by_ends: BTreeMap<Ends<'_>, Vec<&Session>> = BTreeMap::new();
    for (_, session) in &detail.long.rows {
        let ends = (
            session.id_orig_h.as_deref(),
            session.id_resp_h.as_deref(),
            session.id_resp_p,
            session.proto.as_deref(),
        );
        by_ends.entry(ends).or_default().push(session);
    }
    by_ends.into_iter().map(|(ends, sessions)| long_one(ends, &sessions, thresholds)).collect()
}

fn long_one(ends: Ends<'_>, sessions: &[&Session], thresholds: &Thresholds) -> Conclusion {
    let (orig, resp, port, proto) = ends;
    let seconds = |session: &Session| session.duration.unwrap_or(0) as f64 / 1e6;
    let longest = sessions.iter().map(|session| seconds(session)).fold(0.0, f64::max);
    let bytes: u64 = sessions
        .iter()
        .map(|s| s.orig_bytes.unwrap_or(0).saturating_add(s.resp_bytes.unwrap_or(0)))
        .fold(0, u64::saturating_add);
    let is_outside = resp.and_then(|addr| addr.parse().ok()).is_some_and(|addr| !is_local(addr));
    let is_nameless = sessions.iter().all(|session| session.service.is_none()) && proto != Some("icmp");
    let is_covert = is_outside && is_nameless && port.is_some_and(|port| port >= 1_024) && bytes >= 1_000_000;
    let hours = longest / thresholds.long_seconds.max(1.0);
    let is_group =
        resp.and_then(|addr| addr.parse().ok()).is_some_and(|addr: std::net::IpAddr| addr.is_multicast());
    let severity = match hours {
        _ if is_group => Severity::Info,
        h if h >= 4.0 && is_covert => Severity::High,
        h if h >= 8.0 || is_covert => Severity::Medium,
        h if h >= 4.0 => Severity::Low,
        _ => Severity::Info,
    };
    let nameless = if is_covert {
        ", to a port of no known service outside, and Zeek recognized no protocol in it"
    } else {
        ""
    };
    let reason = format!(
        "{} held {} open to {}:{} for up to {}, {} both ways{nameless}.",
        orig.unwrap_or("?"),
        if sessions.len() == 1 {
            "a connection".to_owned()
        } else {
            format!("{} connections", sessions.len())
        },
        resp.unwrap_or("?"),
        port.map_or_else(|| "?".to_owned(), |port| port.to_string()),
        duration_in_words(longest),
        bytes_in_words(bytes as f64),
    );
    let mut found =
        Conclusion::new("long_connection", severity, reason, sessions.len() as u64).by(&["long_seconds"]);
    found.id_orig_h = orig.map(str::to_owned);
    found.id_resp_h = resp.map(str::to_owned);
    found.id_resp_p = port;
    found.proto = ["tcp", "udp", "icmp"].into_iter().find(|known| proto == Some(known));
    found.first = sessions.iter().filter_map(|session| session.ts).min();
    found.last = sessions.iter().filter_map(|session| session.ts).max();
    found.evidence = sessions.iter().take(5).map(|session| (*session).clone()).collect();
    found
}
