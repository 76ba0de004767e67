//! Why a regular pair may be harmless.

use bro_features::Pair;
use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::LazyLock;

static KNOWN: LazyLock<HashMap<&'static str, &'static str>> = LazyLock::new(|| {
    let lines = include_str!("benign.tsv").lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| line.split_once('\t')).map(|(key, rest)| (key, first_cell(rest))).collect()
});

fn first_cell(text: &'static str) -> &'static str {
    text.split('\t').next().unwrap_or(text)
}

/// A peer is common if at least this share of the originators calls it, and at least so many.
const COMMON_SHARE: f64 = 0.4;
const COMMON_SOURCES: usize = 4;

/// Why the pair is probably harmless, in words, if there is a reason.
pub(super) fn reason(pair: &Pair, n_sources: usize) -> Option<String> {
    by_name(&pair.peer).filter(|_| pair.has_name).or_else(|| by_service(pair)).map(str::to_owned).or_else(
        || {
            let is_common =
                pair.n_sources >= COMMON_SOURCES && pair.n_sources as f64 >= COMMON_SHARE * n_sources as f64;
            is_common.then(|| format!("common: {} of {n_sources} originators call this peer", pair.n_sources))
        },
    )
}

/// The name itself, or a domain above it.
fn by_name(name: &str) -> Option<&'static str> {
    if let Some(reason) = KNOWN.get(name) {
        return Some(reason);
    }
    let dots = name.match_indices('.').map(|(dot, _)| &name[dot..]);
    let parent = format!(".{name}");
    dots.chain([parent.as_str()]).find_map(|domain| KNOWN.get(domain).copied())
}

fn by_service(pair: &Pair) -> Option<&'static str> {
    if is_local_group(pair.id_resp_h) {
        return Some("speaks to everybody on the local network");
    }
    if pair.has_name && pair.peer.parse::<IpAddr>().is_err() {
        return None;
    }
    let service = KNOWN.get(format!("service:{}", pair.service).as_str()).copied();
    let port = || KNOWN.get(format!("udp/{}", pair.id_resp_p).as_str()).copied().filter(|_| !pair.is_tcp);
    let local = || stays_inside(pair.id_orig_h, pair.id_resp_h).then_some("stays on the local network");
    service.or_else(port).or_else(local)
}

fn is_local_group(addr: IpAddr) -> bool {
    match addr {
        IpAddr::V4(addr) => {
            addr.is_multicast() || addr.is_broadcast() || addr.octets()[3] == 255 && addr.is_private()
        }
        IpAddr::V6(addr) => addr.is_multicast(),
    }
}

/// Whether both are private addresses, or neighbours in a network of 256.
fn stays_inside(orig_h: IpAddr, resp_h: IpAddr) -> bool {
    match (orig_h, resp_h) {
        (IpAddr::V4(orig_h), IpAddr::V4(resp_h)) => {
            let [is_private, is_near] =
                [orig_h.is_private() && resp_h.is_private(), orig_h.octets()[..3] == resp_h.octets()[..3]];
            is_private || is_near
        }
        (IpAddr::V6(orig_h), IpAddr::V6(resp_h)) => {
            let is_inside = |addr: Ipv6Addr| addr.is_unique_local() || addr.is_unicast_link_local();
            is_inside(orig_h) && is_inside(resp_h)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stays_inside_is_private_or_next_door() {
        for (orig_h, resp_h, is_inside) in [
            ("10.1.1.1", "192.168.7.7", true),
            ("198.51.100.7", "198.51.100.200", true),
            ("10.1.1.1", "198.51.100.7", false),
            ("fe80::1", "fd00::2", true),
            ("fe80::1", "2001:db8::2", false),
            ("10.1.1.1", "fe80::1", false),
        ] {
            assert_eq!(stays_inside(orig_h.parse().unwrap(), resp_h.parse().unwrap()), is_inside, "{orig_h}");
        }
    }

    #[test]
    fn a_domain_excuses_what_is_below_it_and_nothing_that_only_looks_like_it() {
        for name in ["download.windowsupdate.com", "windowsupdate.com", "0.debian.pool.ntp.org"] {
            assert!(by_name(name).is_some(), "{name}");
        }
        for name in ["evilwindowsupdate.com", "windowsupdate.com.evil.example", "example.com", ""] {
            assert!(by_name(name).is_none(), "{name}");
        }
    }

    #[test]
    fn every_line_has_a_reason_and_a_source() {
        for line in include_str!("benign.tsv").lines().filter(|line| !line.starts_with('#')) {
            assert_eq!(line.split('\t').filter(|cell| !cell.is_empty()).count(), 3, "{line}");
        }
    }
}
