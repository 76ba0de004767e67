//! What other programs would say of a pair, by their published rules.

use crate::beacons::rita::RitaParts;
use bro_features::Pair;

/// A way to score pairs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Rival {
    /// RITA v5's formula, on the events we count.
    RitaV5,
    /// RITA v4.8's: as v5, with the smallness of the commonest size, and at least 23 connections.
    RitaV48,
    /// Flare: share of the gaps, in whole seconds, within three seconds around the commonest.
    Flare,
    /// Elastic's beaconing rule: autocovariance of the counts of a minute over six hours, for pairs of even sizes.
    Elastic,
}

impl Rival {
    /// All four.
    pub const ALL: [Self; 4] = [Self::RitaV5, Self::RitaV48, Self::Flare, Self::Elastic];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::RitaV5 => "RITA v5",
            Self::RitaV48 => "RITA v4.8",
            Self::Flare => "Flare",
            Self::Elastic => "Elastic rule",
        }
    }

    /// The score of a pair, 0 to 1; `range` is that of the logs, in microseconds.
    pub(crate) fn score(self, pair: &Pair, range: (i64, i64)) -> f64 {
        let times: Vec<i64> = pair.events.kept().iter().map(|event| event.ts.div_euclid(1_000_000)).collect();
        let bytes: Vec<u64> = pair.events.kept().iter().map(|event| event.orig_bytes).collect();
        let range = (range.0.div_euclid(1_000_000), range.1.div_euclid(1_000_000));
        match self {
            Self::RitaV5 => RitaParts::of(&times, &bytes, range).map_or(0.0, |parts| parts.score),
            Self::RitaV48 => rita_v48(&times, &bytes, range),
            Self::Flare => flare(&times),
            Self::Elastic => elastic(pair),
        }
    }
}

/// The least connections of v4.
const V48_CONNECTIONS: usize = 23;

fn rita_v48(times: &[i64], bytes: &[u64], range: (i64, i64)) -> f64 {
    let Some(parts) = RitaParts::of(times, bytes, range).filter(|_| times.len() >= V48_CONNECTIONS) else {
        return 0.0;
    };
    let smallness = (1.0 - commonest(bytes) as f64 / 65_535.0).max(0.0);
    // v4 takes the mean of skewness, deviation and smallness for the sizes.
    let ds = (2.0 * parts.ds + smallness) / 3.0;
    0.25 * (parts.ts + ds + parts.dur + parts.hist)
}

/// The value that occurs most, the smallest of equal ones.
fn commonest<T: Ord + Copy + Default>(values: &[T]) -> T {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    let runs = sorted.chunk_by(|a, b| a == b);
    let most = runs.fold(&[][..], |best: &[T], run| if run.len() > best.len() { run } else { best });
    most.first().copied().unwrap_or_default()
}

/// Flare's own least number of events and window, in seconds.
const FLARE_EVENTS: usize = 10;
const FLARE_WINDOW: i64 = 3;

fn flare(times: &[i64]) -> f64 {
    if times.len() < FLARE_EVENTS {
        return 0.0;
    }
    let gaps: Vec<i64> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let mode = commonest(&gaps);
    let within = |from: i64| gaps.iter().filter(|gap| (from..from + FLARE_WINDOW).contains(gap)).count();
    let best = (mode - FLARE_WINDOW + 1..=mode).map(within).max().unwrap_or(0);
    best as f64 / gaps.len() as f64
}

/// Elastic's window of six hours in buckets of a minute.
const BUCKETS: usize = 360;
const BUCKET: i64 = 60_000_000;

/// The largest autocovariance of the last six hours of a pair, 0 unless its sizes are even and it has six periods.
fn elastic(pair: &Pair) -> f64 {
    let end = pair.events.last();
    let mut counts = [0.0; BUCKETS];
    for event in pair.events.kept() {
        let bucket = (end - event.ts) / BUCKET;
        if (bucket as usize) < BUCKETS {
            counts[bucket as usize] += 1.0;
        }
    }
    let sizes =
        |of: fn(&bro_features::PairEvent) -> u64| pair.events.kept().iter().map(of).collect::<Vec<u64>>();
    if !is_even(sizes(|event| event.orig_bytes)) || !is_even(sizes(|event| event.resp_bytes)) {
        return 0.0;
    }
    let span = counts.iter().rposition(|count| *count > 0.0).map_or(0, |last| last + 1);
    let counts = &counts[..span];
    let mean = counts.iter().sum::<f64>() / span.max(1) as f64;
    let var: f64 = counts.iter().map(|count| (count - mean) * (count - mean)).sum();
    if var <= 0.0 {
        // Every bucket alike: as regular as a minute can show, if there are enough of them.
        return if span >= 12 { 1.0 } else { 0.0 };
    }
    let covariance = |lag: usize| {
        let pairs = counts.iter().zip(&counts[lag..]);
        pairs.map(|(a, b)| (a - mean) * (b - mean)).sum::<f64>() / var
    };
    (2..=span / 6).map(covariance).fold(0.0, f64::max).min(1.0)
}

/// Whether the coefficient of variation of the values from the 10th to the 80th percentile is at most .05.
fn is_even(mut values: Vec<u64>) -> bool {
    values.sort_unstable();
    let n = values.len();
    let inner = &values[n / 10..(n * 8 / 10).max(n / 10 + 1).min(n)];
    let mean = inner.iter().sum::<u64>() as f64 / inner.len() as f64;
    let var = inner.iter().map(|&value| (value as f64 - mean).powi(2)).sum::<f64>() / inner.len() as f64;
    mean == 0.0 || var.sqrt() <= 0.05 * mean
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flare_counts_the_gaps_around_the_commonest() {
        let exact: Vec<i64> = (0..30).map(|beat| beat * 60).collect();
        assert_eq!(flare(&exact), 1.0);
        assert_eq!(flare(&exact[..5]), 0.0);
        let growing: Vec<i64> = (0..30).map(|beat| beat * beat * 10).collect();
        assert!(flare(&growing) < 0.1);
    }

    #[test]
    fn the_commonest_value_is_the_smallest_of_equals() {
        assert_eq!((commonest(&[3, 1, 3, 1, 2]), commonest::<u64>(&[])), (1, 0));
    }

    #[test]
    fn even_sizes_vary_by_a_twentieth_at_most() {
        assert!(is_even(vec![100; 20]) && is_even(vec![0; 4]) && is_even((100..104).collect()));
        assert!(!is_even((1..50).collect()));
    }
}
