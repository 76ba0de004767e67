use super::super::detail::Detail;
use super::super::merge::Merge;
use super::super::mismatch::home_of;
use super::super::thresholds::Thresholds;
use super::super::tracks::OddTrack;
use super::{Conclusion, Severity, counted, port_in_words};
use crate::{bytes_in_words, count_in_words};
use bro_features::Proto;
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// Services on ports of others, and tunnels as far as connections tell.
pub(super) fn all(detail: &Detail, thresholds: &Thresholds) -> Vec<Conclusion> {
    let mut found = odd_ports(detail);
    for (&(orig, resp), track) in detail.icmp.iter() {
        if track.bytes as f64 >= thresholds.icmp_tunnel_bytes {
            let reason = format!(
                "{orig} and {resp} exchanged {} in {} ICMP packets, {} each: far more than a ping carries.",
                bytes_in_words(track.bytes as f64),
                count_in_words(track.packets),
                bytes_in_words(track.bytes as f64 / track.packets.max(1) as f64),
            );
            let conclusion = Conclusion::new("icmp_tunnel", Severity::Medium, reason, track.n);
            let mut conclusion = conclusion.with_orig(orig).with_resp(resp).between(track.span);
            conclusion.proto = Some("icmp");
            found.push(conclusion.by(&["icmp_tunnel_bytes"]).shown_by(track.evidence.sessions()));
        }
    }
    for (&(orig, resp, port, proto), track) in detail.channels.iter() {
        let mean = (track.sent + track.received) as f64 / track.n.max(1) as f64;
        let is_tunnel = port == 53
            && proto != Proto::Icmp as u8
            && track.n as f64 >= thresholds.dns_tunnel_rows
            && track.sent as f64 / track.n.max(1) as f64 >= thresholds.dns_tunnel_bytes;
        if is_tunnel {
            let reason = format!(
                "{orig} asked {resp}, port {}, {} times and sent {} in all, {} a time both ways: lookups do not need that much.",
                port_in_words(port, proto),
                count_in_words(track.n),
                bytes_in_words(track.sent as f64),
                bytes_in_words(mean),
            );
            let conclusion = Conclusion::new("dns_tunnel", Severity::Medium, reason, track.n);
            let conclusion =
                conclusion.with_orig(orig).with_resp(resp).with_port(port, proto).between(track.span);
            found.push(
                conclusion.by(&["dns_tunnel_rows", "dns_tunnel_bytes"]).shown_by(track.evidence.sessions()),
            );
        }
    }
    found
}

/// A conclusion for each service and port; a service on more than a few ports makes one for all of them.
fn odd_ports(detail: &Detail) -> Vec<Conclusion> {
    const FEW: usize = 3;
    let mut by_service: BTreeMap<&str, Vec<(u16, &OddTrack)>> = BTreeMap::new();
    for ((service, port), track) in detail.odd_ports.iter() {
        by_service.entry(service).or_default().push((*port, track));
    }
    let mut found = Vec::new();
    for (service, mut ports) in by_service {
        ports.sort_by_key(|(port, track)| (Reverse(track.n), *port));
        let (owned, free): (Vec<_>, Vec<_>) =
            ports.into_iter().partition(|(port, _)| home_of(*port).is_some());
        found.extend(owned.iter().map(|(port, track)| odd_port(service, *port, track)));
        if free.len() > FEW {
            found.push(odd_everywhere(service, &free));
        } else {
            found.extend(free.iter().map(|(port, track)| odd_port(service, *port, track)));
        }
    }
    found
}

fn odd_port(service: &str, port: u16, track: &OddTrack) -> Conclusion {
    let owner = home_of(port);
    let severity = if owner.is_some() { Severity::Medium } else { Severity::Low };
    let owner = owner.map_or_else(String::new, |owner| format!(", the port of {owner}"));
    let reason = format!(
        "{} of {service} on port {port}{owner}, from {}: not where {service} is at home.",
        counted(track.n, "session"),
        counted(track.origs.n(), "source"),
    );
    let mut conclusion =
        Conclusion::new("service_on_odd_port", severity, reason, track.n).between(track.span);
    conclusion.id_resp_p = Some(port);
    conclusion.by(&["mismatch_share"]).shown_by(track.evidence.sessions())
}

fn odd_everywhere(service: &str, ports: &[(u16, &OddTrack)]) -> Conclusion {
    let mut all = OddTrack::default();
    ports.iter().for_each(|(_, track)| all.merge((*track).clone()));
    let most: Vec<_> = ports.iter().take(5).map(|(port, _)| port.to_string()).collect();
    let reason = format!(
        "{} of {service} on {} where it is not at home, such as {}, from {}.",
        counted(all.n, "session"),
        counted(ports.len() as u64, "port"),
        most.join(", "),
        counted(all.origs.n(), "source"),
    );
    let conclusion = Conclusion::new("service_on_odd_port", Severity::Low, reason, all.n).between(all.span);
    conclusion.by(&["mismatch_share"]).shown_by(all.evidence.sessions())
}
