use super::names::CONTEXT;
use std::collections::{HashMap, HashSet, VecDeque};
use std::net::IpAddr;

/// Gaps and sizes of a pair that are remembered.
const RING: usize = 32;
/// URIs of a pair that are remembered, by their hashes.
const MOST_URIS: usize = 256;

/// What is known of the past while sessions are met in the order of time.
#[derive(Debug, Default)]
pub(super) struct Past {
    pairs: HashMap<(IpAddr, u32, u16), PairPast>,
    sources_of_host: HashMap<u32, HashSet<IpAddr>>,
    sources_of_agent: HashMap<u32, HashSet<IpAddr>>,
    hosts_of_source: HashMap<IpAddr, HashSet<u32>>,
}

/// A session as far as the past is concerned; names are numbers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Met {
    pub(super) ts: i64,
    pub(super) orig_h: IpAddr,
    pub(super) host: u32,
    pub(super) resp_p: u16,
    pub(super) agent: u32,
    pub(super) uri: u64,
    pub(super) request: u64,
    pub(super) response: u64,
}

#[derive(Debug, Default)]
struct PairPast {
    n: u64,
    last: i64,
    last_uri: u64,
    gaps: VecDeque<f64>,
    sizes: VecDeque<[f64; 2]>,
    uris: HashSet<u64>,
}

impl Past {
    /// What the past tells of a session, which then becomes a part of it.
    pub(super) fn meet(&mut self, met: &Met) -> [f64; CONTEXT.len()] {
        let n_sources = insert(&mut self.sources_of_host, met.host, met.orig_h);
        let n_agent_sources = insert(&mut self.sources_of_agent, met.agent, met.orig_h);
        let n_hosts = insert(&mut self.hosts_of_source, met.orig_h, met.host);
        let pair = self.pairs.entry((met.orig_h, met.host, met.resp_p)).or_default();
        let mut context = pair.context(met);
        context[12..].copy_from_slice(&[n_sources, n_agent_sources, n_hosts].map(|n| (n as f64).ln_1p()));
        pair.add(met);
        context
    }
}

/// How many were in the set before this one.
fn insert<K: Eq + std::hash::Hash, V: Eq + std::hash::Hash>(
    sets: &mut HashMap<K, HashSet<V>>,
    key: K,
    value: V,
) -> usize {
    let set = sets.entry(key).or_default();
    let n = set.len();
    set.insert(value);
    n
}

impl PairPast {
    fn context(&self, met: &Met) -> [f64; CONTEXT.len()] {
        let mut context = [0.0; CONTEXT.len()];
        if self.n == 0 {
            context[0] = 1.0;
            return context;
        }
        let fact = |holds: bool| f64::from(u8::from(holds));
        let gap = met.ts.saturating_sub(self.last).max(0) as f64 / 1e6;
        context[1] = (self.n as f64).ln_1p();
        context[2] = gap.ln_1p();
        context[3..8].copy_from_slice(&self.rhythm(gap));
        context[8] = off_median(self.sizes.iter().map(|sizes| sizes[0]), met.request as f64);
        context[9] = off_median(self.sizes.iter().map(|sizes| sizes[1]), met.response as f64);
        context[10] = fact(self.last_uri == met.uri);
        context[11] = fact(self.uris.contains(&met.uri));
        context
    }

    /// Distance of the gap from the median, spread of the earlier gaps, and how nearly the gap is a multiple of it.
    fn rhythm(&self, gap: f64) -> [f64; 5] {
        if self.gaps.is_empty() {
            return [CAP, 1.0, 1.0, 0.0, 0.5];
        }
        let gaps = sorted(self.gaps.iter().copied());
        let at = |q: f64| gaps[((gaps.len() - 1) as f64 * q).round() as usize];
        let median = at(0.5).max(1e-6);
        let deviations = sorted(gaps.iter().map(|gap| (gap - median).abs()));
        let near = gaps.iter().filter(|gap| (**gap - median).abs() <= 0.1 * median).count();
        let beats = (gap / median).round().max(1.0);
        [
            ((gap - median).abs() / median).min(CAP),
            (at(0.75) - at(0.25)) / (at(0.75) + at(0.25)).max(1e-6),
            (deviations[deviations.len() / 2] / median).min(CAP),
            near as f64 / gaps.len() as f64,
            (gap / median - beats).abs().min(1.0),
        ]
    }

    fn add(&mut self, met: &Met) {
        if self.n > 0 {
            push(&mut self.gaps, met.ts.saturating_sub(self.last).max(0) as f64 / 1e6);
        }
        push(&mut self.sizes, [met.request as f64, met.response as f64]);
        if self.uris.len() < MOST_URIS {
            self.uris.insert(met.uri);
        }
        (self.n, self.last, self.last_uri) = (self.n + 1, met.ts, met.uri);
    }
}

/// The most an open-ended share counts.
const CAP: f64 = 5.0;

fn push<T>(ring: &mut VecDeque<T>, value: T) {
    if ring.len() == RING {
        ring.pop_front();
    }
    ring.push_back(value);
}

fn sorted(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_unstable_by(f64::total_cmp);
    values
}

/// Distance from the median in median absolute deviations and one byte more, on a log scale.
fn off_median(values: impl Iterator<Item = f64>, value: f64) -> f64 {
    let values = sorted(values);
    let median = values[values.len() / 2];
    let deviations = sorted(values.iter().map(|value| (value - median).abs()));
    ((value - median).abs() / (deviations[deviations.len() / 2] + 1.0)).ln_1p()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn met(ts: i64, uri: u64) -> Met {
        let orig_h = IpAddr::from([10, 0, 0, 1]);
        Met { ts: ts * 1_000_000, orig_h, host: 1, resp_p: 80, agent: 2, uri, request: 100, response: 50 }
    }

    #[test]
    fn a_regular_caller_is_recognized_from_its_past_alone() {
        let mut past = Past::default();
        assert_eq!(past.meet(&met(0, 7))[0], 1.0);
        let contexts: Vec<_> = (1..20).map(|beat| past.meet(&met(beat * 60, 7))).collect();
        let last = contexts[18];
        assert_eq!((last[0], last[3], last[4], last[6], last[7]), (0.0, 0.0, 0.0, 1.0, 0.0));
        assert_eq!((last[8], last[10], last[11]), (0.0, 1.0, 1.0));
        let late = past.meet(&met(20 * 60 + 30, 8));
        assert!(late[3] > 0.4 && late[7] > 0.4 && late[10] == 0.0);
    }

    #[test]
    fn the_future_changes_nothing_about_the_past() {
        let mut short = Past::default();
        let mut long = Past::default();
        let times = [0, 5, 9, 100, 103, 240];
        let of_short: Vec<_> = times[..4].iter().map(|&ts| short.meet(&met(ts, ts as u64))).collect();
        let of_long: Vec<_> = times.iter().map(|&ts| long.meet(&met(ts, ts as u64))).collect();
        assert_eq!(of_short, of_long[..4]);
    }
}
