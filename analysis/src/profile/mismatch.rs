use super::numbers::{ORIG_IP_BYTES, ORIG_PKTS, RESP_IP_BYTES, RESP_PKTS};
use super::tally::Tally;
use super::thresholds::Thresholds;
use super::view::Row;
use bro_features::Proto;
use std::collections::HashMap;
use std::sync::Arc;

/// Services and the ports at home with them, the first of which is theirs alone.
const HOMES: [(&str, &[u16]); 22] = [
    ("http", &[80, 8080, 8000, 8008, 8081, 8888, 3128, 591, 5985, 1900, 2869, 5357]),
    (
        "ssl",
        &[
            443, 8443, 993, 995, 465, 636, 853, 989, 990, 5061, 8883, 5223, 5228, 9443, 587, 25, 143, 110,
            21, 3389,
        ],
    ),
    ("quic", &[443, 80, 853]),
    ("dns", &[53, 5353, 5355, 137]),
    ("ssh", &[22]),
    ("ftp", &[21]),
    ("smtp", &[25, 465, 587, 2525]),
    ("imap", &[143, 993]),
    ("pop3", &[110, 995]),
    ("ntp", &[123]),
    ("dhcp", &[67, 68, 546, 547]),
    ("snmp", &[161, 162]),
    ("rdp", &[3389]),
    ("smb", &[445, 139]),
    ("mysql", &[3306]),
    ("ldap", &[389, 3268, 636]),
    ("irc", &[6667, 6660, 6661, 6662, 6663, 6664, 6665, 6666, 6668, 6669, 6697]),
    ("sip", &[5060, 5061]),
    ("syslog", &[514]),
    ("radius", &[1812, 1813, 1645, 1646]),
    ("mqtt", &[1883, 8883]),
    ("socks", &[1080]),
];

/// The service whose own port this is.
pub(super) fn home_of(port: u16) -> Option<&'static str> {
    HOMES.iter().find(|(_, ports)| ports[0] == port).map(|(service, _)| *service)
}

/// True if a service is at home on a port, or its home is not known.
fn is_at_home(service: &str, port: u16) -> bool {
    let mut known = service
        .split(',')
        .filter(|part| !part.starts_with('-'))
        .filter_map(|part| HOMES.iter().find(|(name, _)| *name == part))
        .peekable();
    known.peek().is_none() || known.any(|(_, ports)| ports.contains(&port))
}

/// Sessions on a port that tell something about what is usual there.
const ENOUGH: u64 = 100;

/// Most pairs of service and port that are looked at.
const MOST: usize = 500;

/// For each service the ports where it is not at home and not usual, in order.
pub(super) fn odd_ports(tally: &Tally, thresholds: &Thresholds) -> HashMap<Arc<str>, Vec<u16>> {
    let (mut by_port, mut by_service) = (HashMap::<u16, u64>::new(), HashMap::<Arc<str>, u64>::new());
    for ((service, port), n) in tally.service_ports.iter() {
        *by_port.entry(*port).or_default() += n;
        *by_service.entry(service.clone()).or_default() += n;
    }
    let share = thresholds.mismatch_share;
    let is_odd = |service: &Arc<str>, port: u16, n: u64| {
        let (on_port, of_service) = (by_port[&port], by_service[service]);
        let is_rare = |all: u64| all >= ENOUGH && (n as f64) < share * all as f64;
        !is_at_home(service, port) && (home_of(port).is_some() || is_rare(on_port) || is_rare(of_service))
    };
    let mut odd: Vec<_> = tally
        .service_ports
        .iter()
        .filter(|((service, port), n)| is_odd(service, *port, **n))
        .map(|(key, n)| (key.clone(), *n))
        .collect();
    odd.sort_by(|a, b| (std::cmp::Reverse(a.1), &a.0).cmp(&(std::cmp::Reverse(b.1), &b.0)));
    odd.truncate(MOST);
    let mut ports: HashMap<Arc<str>, Vec<u16>> = HashMap::new();
    for ((service, port), _) in odd {
        ports.entry(service).or_default().push(port);
    }
    ports.values_mut().for_each(|ports| ports.sort_unstable());
    ports
}

/// True for ICMP both ways whose packets are larger than an ordinary ping's.
pub(super) fn is_large_icmp(row: &Row) -> bool {
    let numbers = &row.numbers;
    let packets = numbers.or_zero(ORIG_PKTS).saturating_add(numbers.or_zero(RESP_PKTS));
    let bytes = numbers.or_zero(ORIG_IP_BYTES).saturating_add(numbers.or_zero(RESP_IP_BYTES));
    row.proto == Proto::Icmp && numbers.or_zero(RESP_PKTS) > 0 && bytes > packets.saturating_mul(128)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_are_at_home_on_their_ports_and_nowhere_else() {
        assert!(is_at_home("http", 8080) && is_at_home("http,ssl", 443) && is_at_home("dce_rpc", 49152));
        assert!(!is_at_home("ssh", 443) && !is_at_home("-ssl,http", 443));
        assert_eq!((home_of(443), home_of(8080)), (Some("ssl"), None));
    }
}
