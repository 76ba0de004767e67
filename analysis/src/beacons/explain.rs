use super::BeaconPair;
use bro_features::{Pair, Timing};

/// What is drawn of a pair: its gaps, its events in time, and its events folded by the period.
///
/// ```
/// let explained: Option<bro_analysis::Explained> = None;
/// assert!(explained.is_none());
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Explained {
    /// The pair and its score.
    pub pair: BeaconPair,
    /// Histogram of the seconds between events.
    pub gaps: Bars,
    /// Events in equal parts of the time between the first and the last.
    pub timeline: Bars,
    /// Where in the period events fall: share of the period after the first event, for the last events kept.
    pub phases: Bars,
    /// The last events kept: time in microseconds, bytes sent, bytes received.
    pub events: Vec<(i64, u64, u64)>,
}

/// Bars of equal width.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Bars {
    /// Where the first bar starts.
    pub start: f64,
    /// Width of a bar.
    pub step: f64,
    /// Height of each.
    pub counts: Vec<u64>,
}

/// Bars of each histogram.
const N_BARS: usize = 60;
/// Events that are drawn one by one.
const MOST_EVENTS: usize = 5_000;

impl Bars {
    /// Counts values between two ends; those outside go to the bars at the ends.
    fn of(values: impl Iterator<Item = f64>, (low, high): (f64, f64)) -> Self {
        let step = if high > low { (high - low) / N_BARS as f64 } else { 1.0 };
        let mut counts = vec![0; N_BARS];
        for value in values {
            let bar = ((value - low) / step).clamp(0.0, (N_BARS - 1) as f64) as usize;
            counts[bar] += 1;
        }
        Self { start: low, step, counts }
    }
}

/// Draws what is known of a pair.
pub(super) fn explained(pair: BeaconPair, of: &Pair, timing: &Timing) -> Explained {
    let events = of.events.kept();
    let first = events.first().map_or(0, |event| event.ts);
    let seconds = |ts: i64| ts.abs_diff(first) as f64 / 1e6;
    let gaps = || events.windows(2).map(|two| two[1].ts.abs_diff(two[0].ts) as f64 / 1e6);
    let mut sorted: Vec<f64> = gaps().collect();
    sorted.sort_unstable_by(f64::total_cmp);
    // The longest twentieth would squeeze all others into one bar.
    let most = sorted.get(sorted.len() * 19 / 20).copied().unwrap_or(1.0).max(1.2 * timing.period);
    let times = events.iter().map(|event| seconds(event.ts));
    let phases = times.clone().map(|at| if timing.period > 0.0 { (at / timing.period).fract() } else { 0.0 });
    let last = events.last().map_or(0.0, |event| seconds(event.ts));
    let drawn = &events[events.len().saturating_sub(MOST_EVENTS)..];
    Explained {
        gaps: Bars::of(gaps(), (0.0, most)),
        timeline: Bars::of(times, (0.0, last)),
        phases: Bars::of(phases, (0.0, 1.0)),
        events: drawn.iter().map(|event| (event.ts, event.orig_bytes, event.resp_bytes)).collect(),
        pair,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_beyond_the_ends_go_to_the_ends() {
        let bars = Bars::of([-1.0, 0.0, 30.0, 60.0, 1e300].into_iter(), (0.0, 60.0));
        assert_eq!((bars.counts[0], bars.counts[30], bars.counts[59]), (2, 1, 2));
        assert_eq!(Bars::of([5.0].into_iter(), (5.0, 5.0)).counts.iter().sum::<u64>(), 1);
    }
}
