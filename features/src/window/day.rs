use super::{Connection, Kept, WindowFeature};
use crate::Unit;
use std::collections::{HashMap, HashSet};
use std::net::IpAddr;

/// Most peers and ports told apart of a host; later ones do not count.
const MOST_PEERS: usize = 1024;

/// Most hosts and pairs kept, in two generations.
const MOST_KEYS: usize = 1 << 14;

const DAY: i64 = 86_400_000_000;

/// What originators, responders and pairs have done since midnight UTC.
#[derive(Debug, Clone)]
pub(super) struct Day {
    day: i64,
    originators: Kept<IpAddr, Originator>,
    responders: Kept<IpAddr, HashSet<IpAddr>>,
    pairs: Kept<(IpAddr, IpAddr), Pair>,
}

#[derive(Debug, Clone, Default)]
struct Originator {
    n: f64,
    n_failed: f64,
    peers: HashSet<IpAddr>,
    ports: HashMap<u16, u32>,
    n_at_ports: f64,
    /// Sum of count · log2(count) over the ports.
    weighted_logs: f64,
    bytes_out: f64,
    bytes_in: f64,
}

#[derive(Debug, Clone, Copy, Default)]
struct Pair {
    n: f64,
    first: i64,
    last: i64,
}

impl Default for Day {
    fn default() -> Self {
        let (originators, responders) = (Kept::new(MOST_KEYS), Kept::new(MOST_KEYS));
        Self { day: i64::MIN, originators, responders, pairs: Kept::new(MOST_KEYS) }
    }
}

impl Day {
    pub(super) fn features() -> Vec<WindowFeature> {
        let features = [
            ("conns_day", "connections of the originator", Unit::Count),
            (
                "failed_share_day",
                "share of S0, REJ, RSTOS0 and SH among the originator's connections",
                Unit::Share,
            ),
            ("fan_out_day", "distinct responders of the originator, at most 1,024", Unit::Count),
            ("fan_in_day", "distinct originators of the responder, at most 1,024", Unit::Count),
            ("new_peer", "1 if the originator had not yet contacted the responder, else 0", Unit::Indicator),
            ("ports_day", "distinct responder ports of the originator, at most 1,024", Unit::Count),
            ("port_entropy_day", "entropy of the originator's responder ports, in bits", Unit::Bits),
            ("ln_bytes_out_day", "ln(1 + payload bytes the originator sent)", Unit::LnBytes),
            ("ln_bytes_in_day", "ln(1 + payload bytes the originator received)", Unit::LnBytes),
            ("pair_conns_day", "connections from the originator to the responder", Unit::Count),
            (
                "ln_iat",
                "ln(1 + seconds since the pair's connection before; 0 for the first)",
                Unit::LnSeconds,
            ),
            (
                "ln_iat_mean_day",
                "ln(1 + mean seconds between the pair's connections; 0 for the first)",
                Unit::LnSeconds,
            ),
        ];
        let feature = |(name, what, unit): (&str, &str, Unit)| {
            let definition = format!("{what}, since midnight UTC, this one included");
            WindowFeature::new(name, definition, unit, "host")
        };
        features.into_iter().map(feature).collect()
    }

    pub(super) fn push(&mut self, now: i64, row: &Connection, values: &mut Vec<f64>) {
        let day = now.div_euclid(DAY);
        if day != self.day {
            self.day = day;
            self.originators.clear();
            self.responders.clear();
            self.pairs.clear();
        }
        let fan_in = self.responders.get(row.resp_h);
        insert(fan_in, row.orig_h);
        let fan_in = fan_in.len() as f64;
        let originator = self.originators.get(row.orig_h);
        let is_new = originator.push(row);
        let pair = self.pairs.get((row.orig_h, row.resp_h));
        let iat = pair.push(now);
        let seconds = |micros: f64| (micros / 1e6).ln_1p();
        let mean =
            if pair.n > 1.0 { pair.last.saturating_sub(pair.first) as f64 / (pair.n - 1.0) } else { 0.0 };
        values.extend([
            originator.n,
            originator.n_failed / originator.n,
            originator.peers.len() as f64,
            fan_in,
            f64::from(u8::from(is_new)),
            originator.ports.len() as f64,
            originator.port_entropy(),
            originator.bytes_out.ln_1p(),
            originator.bytes_in.ln_1p(),
            pair.n,
            seconds(iat as f64),
            seconds(mean),
        ]);
    }
}

/// Adds a peer unless there are too many, and says whether it was new.
fn insert(peers: &mut HashSet<IpAddr>, peer: IpAddr) -> bool {
    peers.len() < MOST_PEERS && peers.insert(peer)
}

impl Originator {
    fn push(&mut self, row: &Connection) -> bool {
        self.n += 1.0;
        self.n_failed += f64::from(u8::from(row.is_failed()));
        self.bytes_out += row.orig_bytes;
        self.bytes_in += row.resp_bytes;
        if self.ports.len() < MOST_PEERS || self.ports.contains_key(&row.resp_p) {
            let count = self.ports.entry(row.resp_p).or_default();
            let weighted =
                |count: u32| if count > 1 { f64::from(count) * f64::from(count).log2() } else { 0.0 };
            self.weighted_logs += weighted(*count + 1) - weighted(*count);
            *count += 1;
            self.n_at_ports += 1.0;
        }
        insert(&mut self.peers, row.resp_h)
    }

    /// Σ −p · log2 p with p = count / n is log2 n − Σ count · log2(count) / n.
    fn port_entropy(&self) -> f64 {
        if self.ports.len() < 2 {
            0.0
        } else {
            (self.n_at_ports.log2() - self.weighted_logs / self.n_at_ports).max(0.0)
        }
    }
}

impl Pair {
    /// Microseconds since the pair's connection before, 0 for the first.
    fn push(&mut self, now: i64) -> i64 {
        let iat = if self.n > 0.0 { now.saturating_sub(self.last) } else { 0 };
        if self.n == 0.0 {
            self.first = now;
        }
        self.n += 1.0;
        self.last = now;
        iat
    }
}
