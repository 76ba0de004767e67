//! RITA v5's score of one pair (github.com/activecm/rita), in its own rounding.

/// Share of connections, bytes, time span and hours of the day that make RITA's beacon score.
///
/// ```
/// use bro_analysis::RitaParts;
/// let times: Vec<i64> = (0..1440).map(|minute| minute * 60).collect();
/// let parts = RitaParts::of(&times, &vec![100; 1440], (0, 86_340)).unwrap();
/// assert_eq!((parts.score, parts.ts, parts.ds, parts.dur, parts.hist), (1.0, 1.0, 1.0, 1.0, 1.0));
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RitaParts {
    /// A quarter of each of the others, rounded half up to three decimals.
    pub score: f64,
    /// Regularity of the times.
    pub ts: f64,
    /// Regularity of the sizes.
    pub ds: f64,
    /// How much of the data set's time it covers.
    pub dur: f64,
    /// How evenly it is spread over the data set's hours.
    pub hist: f64,
}

/// Bars of the histogram: the hours of a day.
const BARS: usize = 24;

impl RitaParts {
    /// Scores the connections of a pair: `times` in whole seconds, ascending, `bytes` of each connection in any order,
    /// `range` the first and last second of the data set. `None` with fewer than four different seconds.
    #[must_use]
    pub fn of(times: &[i64], bytes: &[u64], range: (i64, i64)) -> Option<Self> {
        let gaps = times.windows(2).map(|pair| pair[1] - pair[0]).filter(|&gap| gap > 0);
        let gaps: Vec<f64> = gaps.map(|gap| gap as f64).collect();
        if gaps.len() < 3 || bytes.is_empty() {
            return None;
        }
        let ts = regularity(gaps, 1.0);
        let ds = regularity(bytes.iter().map(|&bytes| bytes as f64).collect(), 0.0);
        let bars = bars(times, range);
        let (dur, hist) = (duration(times, &bars, range), histogram(&bars));
        Some(Self { score: rounded(0.25 * (ts + ds + dur + hist)), ts, ds, dur, hist })
    }
}

/// Half up to three decimals.
fn rounded(value: f64) -> f64 {
    (value * 1000.0 + 0.5).floor() / 1000.0
}

/// Up to three decimals, at most 1.
fn rounded_up(value: f64) -> f64 {
    ((value * 1000.0).ceil() / 1000.0).min(1.0)
}

fn median(sorted: &[f64]) -> f64 {
    let n = sorted.len();
    if n % 2 == 1 { sorted[n / 2] } else { f64::midpoint(sorted[n / 2 - 1], sorted[n / 2]) }
}

/// Mean of 1 − |Bowley's skewness| and 1 − MAD / median; the latter is `without` where the median is below 1.
fn regularity(mut values: Vec<f64>, without: f64) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    let half = values.len() / 2;
    let (q1, q2, q3) = (median(&values[..half]), median(&values), median(&values[values.len() - half..]));
    let is_skewed = q3 - q1 >= 10.0 && q2 != q1 && q2 != q3;
    let skewness = if is_skewed { (q1 + q3 - 2.0 * q2) / (q3 - q1) } else { 0.0 };
    let mut deviations: Vec<f64> = values.iter().map(|value| (value - q2).abs()).collect();
    deviations.sort_unstable_by(f64::total_cmp);
    let closeness = if q2 >= 1.0 { ((q2 - median(&deviations)) / q2).max(0.0) } else { without };
    rounded(f64::midpoint(1.0 - skewness.abs(), closeness))
}

/// Connections in each of 24 equal parts of the data set's time.
fn bars(times: &[i64], (first, last): (i64, i64)) -> [u64; BARS] {
    let step = (last - first) as f64 / BARS as f64;
    let mut bars = [0; BARS];
    let mut bar = 0;
    for &time in times {
        let end =
            |bar: usize| if bar + 1 == BARS { last as f64 } else { first as f64 + (bar + 1) as f64 * step };
        while bar + 1 < BARS && time as f64 >= end(bar) {
            bar += 1;
        }
        bars[bar] += 1;
    }
    bars
}

fn histogram(bars: &[u64; BARS]) -> f64 {
    let mean = bars.iter().sum::<u64>() as f64 / BARS as f64;
    let var = bars.iter().map(|&n| (n as f64 - mean) * (n as f64 - mean)).sum::<f64>() / BARS as f64;
    let cv = var.sqrt() / mean;
    let even = if cv > 1.0 { 0.0 } else { rounded(1.0 - cv) };
    even.max(bimodal(bars))
}

/// The share of the bars that have one of the two commonest heights, in steps of a twentieth of the highest.
fn bimodal(bars: &[u64; BARS]) -> f64 {
    let n_bars = bars.iter().filter(|&&n| n > 0).count();
    if n_bars < 11 {
        return 0.0;
    }
    let highest = bars.iter().max().copied().unwrap_or(0);
    let step = (highest as f64 * 0.05).ceil() as u64;
    let mut heights: Vec<u64> = bars.iter().filter(|&&n| n > 0).map(|n| n / step * step).collect();
    heights.sort_unstable();
    let mut counts: Vec<usize> = heights.chunk_by(|a, b| a == b).map(<[u64]>::len).collect();
    counts.sort_unstable_by(|a, b| b.cmp(a));
    let commonest: usize = counts.iter().take(2).sum();
    rounded(commonest as f64 / (n_bars - 1) as f64).min(1.0)
}

/// The larger of the share of the time covered and the longest run of bars, which may go around midnight, out of 12.
fn duration(times: &[i64], bars: &[u64; BARS], (first, last): (i64, i64)) -> f64 {
    if bars.iter().filter(|&&n| n > 0).count() < 6 {
        return 0.0;
    }
    let covered = (times[times.len() - 1] - times[0]) as f64 / (last - first) as f64;
    let (mut run, mut longest) = (0, 0);
    for bar in bars.iter().chain(bars) {
        run = if *bar > 0 { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    let consistent = longest.min(BARS) as f64 / 12.0;
    rounded_up(covered).max(rounded_up(consistent))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made by `tests/data/rita.py`, which spells the rules plainly.
    #[test]
    fn scores_are_those_of_the_plain_scorer() {
        for line in include_str!("../../../tests/data/rita.tsv").lines().filter(|line| !line.starts_with('#'))
        {
            let cells: Vec<&str> = line.split('\t').collect();
            let list = |text: &str| text.split(',').map(|n| n.parse::<i64>().unwrap()).collect::<Vec<_>>();
            let times = list(cells[0]);
            let bytes: Vec<u64> = list(cells[1]).into_iter().map(|n| n as u64).collect();
            let range = list(cells[2]);
            let expected: Vec<f64> = cells[3].split(',').map(|n| n.parse().unwrap()).collect();
            let found = RitaParts::of(&times, &bytes, (range[0], range[1])).unwrap();
            assert_eq!([found.score, found.ts, found.ds, found.dur, found.hist], expected[..], "{line:.80}");
        }
    }

    #[test]
    fn three_gaps_are_the_least() {
        assert_eq!(RitaParts::of(&[1, 2, 3], &[1, 1, 1], (0, 10)), None);
        assert_eq!(RitaParts::of(&[1, 1, 2, 2, 3], &[1; 5], (0, 10)), None);
        assert!(RitaParts::of(&[1, 2, 3, 4], &[0; 4], (1, 4)).is_some());
    }
}
