use super::events::{FinishedEvents, N_PARTS};
use super::weighted::Weighted;
use super::{PairEvent, Timer};

/// What the times of a pair's events tell.
///
/// All of it concerns the time between the first and the last event: a beacon that lived for two hours of a day is as
/// regular as one that lived all day. Gaps of 0 are left out.
///
/// ```
/// use bro_features::{PairEvent, PairEvents, Timing};
/// let mut events = PairEvents::default();
/// for beat in (0..40).filter(|beat| beat % 5 != 3) {
///     events.push(PairEvent { ts: beat * 60_000_000, ..PairEvent::default() });
/// }
/// let timing = Timing::of(&events.finish());
/// assert_eq!(timing.period, 60.0);
/// assert!((timing.missing - 0.2).abs() < 0.03 && timing.fold10 == 1.0);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Timing {
    /// Events.
    pub n: u64,
    /// Gaps above 0.
    pub n_gaps: u64,
    /// Seconds from the first event to the last.
    pub span: f64,
    /// Median gap in seconds.
    pub median_gap: f64,
    /// Quartile dispersion of the gaps, `(Q3 − Q1) / (Q3 + Q1)`: 0 is regular, exponential gaps have .66.
    pub dispersion: f64,
    /// Median absolute deviation of the gaps as a share of their median.
    pub mad: f64,
    /// Standard deviation of the gaps as a share of their mean.
    pub cv: f64,
    /// Bowley's skewness of the gaps, `(Q1 + Q3 − 2·Q2) / (Q3 − Q1)`.
    pub skewness: f64,
    /// Share of the gaps within 10 % of the median.
    pub near10: f64,
    /// Share of the gaps within 50 % of the median.
    pub near50: f64,
    /// Entropy of the gaps in bins of a quarter octave, as a share of what that number of gaps could have.
    pub entropy: f64,
    /// Share of the gaps in the fullest pair of neighbouring bins of a quarter octave.
    pub modal_mass: f64,
    /// The folded period in seconds: the one of which the gaps are whole multiples, as nearly as any.
    pub period: f64,
    /// Median distance of the gaps from a multiple of the period, in periods: 0 is exact, chance gives .25.
    pub residual: f64,
    /// Share of the gaps within a tenth of a period from a multiple of it.
    pub fold10: f64,
    /// Share of the gaps within three tenths of a period from a multiple of it.
    pub fold30: f64,
    /// Share of the beats that are missing if the period is right.
    pub missing: f64,
    /// Coherence of the phase, averaged over windows of eight events: 1 is exact, chance gives about .31.
    pub coherence: f64,
    /// Largest distance of the gaps' distribution from an exponential one: chance calls give about 0.
    pub not_exponential: f64,
    /// Correlation of each gap with the next: a timer corrected by a clock has about −.5, one that sleeps 0.
    pub lag1: f64,
    /// Coefficient of variation of the number of events in twelve equal parts of the time.
    pub unevenness: f64,
    /// Share of those parts without any event.
    pub emptiness: f64,
    /// Events that had the time of the one before, as a share of all.
    pub simultaneous: f64,
    /// How much the gaps speak for a timer.
    pub timer: Timer,
}

impl Timing {
    /// Measures the events of a pair. Time O(n log n).
    #[must_use]
    pub fn of(events: &FinishedEvents) -> Self {
        let gaps = events.gaps();
        let n = events.n();
        let span = events.last().abs_diff(events.first()) as f64 / 1e6;
        let simultaneous = events.n_simultaneous() as f64 / n.max(1) as f64;
        let timing = Self { n, n_gaps: gaps.n(), span, simultaneous, ..Self::default() };
        if gaps.n() == 0 {
            return timing;
        }
        let (q1, median, q3) = (gaps.quantile(0.25), gaps.median(), gaps.quantile(0.75));
        let fold = Fold::best(&gaps);
        let timer = Timer::of(&gaps, events.kept(), Fold::periods);
        let (entropy, modal_mass) = octaves(&gaps);
        let (unevenness, emptiness) = spread(&events.parts());
        Self {
            median_gap: median,
            dispersion: (q3 - q1) / (q3 + q1),
            mad: (gaps.mad() / median).min(CAP),
            cv: (gaps.std() / gaps.mean()).min(CAP),
            skewness: if q3 > q1 { (q1 + q3 - 2.0 * median) / (q3 - q1) } else { 0.0 },
            near10: gaps.share(|gap| (gap - median).abs() <= 0.1 * median),
            near50: gaps.share(|gap| (gap - median).abs() <= 0.5 * median),
            entropy,
            modal_mass,
            period: fold.period,
            residual: fold.residual,
            fold10: fold.share_within(&gaps, 0.1),
            fold30: fold.share_within(&gaps, 0.3),
            missing: 1.0 - 1.0 / fold.mean_beats,
            coherence: coherence(events.kept(), fold.period),
            not_exponential: gaps.exponential_distance(),
            lag1: lag1(events.kept()),
            unevenness,
            emptiness,
            timer,
            ..timing
        }
    }
}

/// The most that an open-ended share counts.
const CAP: f64 = 5.0;

/// A period and how well gaps are multiples of it.
#[derive(Debug, Clone, Copy)]
struct Fold {
    period: f64,
    residual: f64,
    mean_beats: f64,
}

/// What a missing beat costs: of two periods that fit alike, the longer one wins.
const COST_OF_MISSING: f64 = 0.02;

impl Fold {
    fn best(gaps: &Weighted) -> Self {
        let folds = Self::candidates(gaps).into_iter().map(|period| Self::of(gaps, period));
        folds.reduce(|a, b| if b.cost() < a.cost() - 1e-9 { b } else { a }).unwrap_or(Self {
            period: gaps.median(),
            residual: 0.25,
            mean_beats: 1.0,
        })
    }

    /// Where a period may be.
    fn candidates(gaps: &Weighted) -> Vec<f64> {
        let (median, modal) = (gaps.median(), modal_gap(gaps));
        let candidates = [median, modal, gaps.quantile(0.1), median / 2.0, median / 3.0, modal / 2.0];
        candidates.into_iter().filter(|period| *period > 0.0).collect()
    }

    /// The candidates, and the best periods near them.
    fn periods(gaps: &Weighted) -> Vec<f64> {
        let mut periods = Self::candidates(gaps);
        let fitted: Vec<f64> = periods.iter().map(|&period| Self::of(gaps, period).period).collect();
        periods.extend(fitted);
        periods.sort_unstable_by(f64::total_cmp);
        periods.dedup();
        periods
    }

    /// The period near `period` that the gaps fit best.
    fn of(gaps: &Weighted, mut period: f64) -> Self {
        for _ in 0..3 {
            let per_beat = gaps.map(|gap| gap / beats(gap, period));
            // The middle half of what one beat takes: gaps that are no multiples pull neither way.
            let (low, high) = (per_beat.quantile(0.25), per_beat.quantile(0.75));
            let inner = per_beat.iter().filter(|(value, _)| (low..=high).contains(value));
            let (sum, n) =
                inner.fold((0.0, 0.0), |(sum, n), (value, count)| (sum + value * count, n + count));
            period = sum / n;
        }
        let off = gaps.map(|gap| (gap / period - beats(gap, period)).abs());
        Self { period, residual: off.median(), mean_beats: gaps.mean_of(|gap| beats(gap, period)) }
    }

    fn cost(&self) -> f64 {
        self.residual + COST_OF_MISSING * (self.mean_beats - 1.0)
    }

    fn share_within(&self, gaps: &Weighted, share: f64) -> f64 {
        gaps.share(|gap| (gap / self.period - beats(gap, self.period)).abs() <= share)
    }
}

/// Whole beats of a gap, at least one.
fn beats(gap: f64, period: f64) -> f64 {
    (gap / period).round().max(1.0)
}

fn quarter_octave(gap: f64) -> i32 {
    (4.0 * gap.log2()).floor() as i32
}

/// Counts by quarter octaves, in their order.
fn by_octave(gaps: &Weighted) -> Vec<(i32, f64)> {
    let mut bins: Vec<(i32, f64)> = Vec::new();
    for (gap, count) in gaps.iter() {
        let bin = quarter_octave(gap);
        match bins.last_mut() {
            Some((last, total)) if *last == bin => *total += count,
            _ => bins.push((bin, count)),
        }
    }
    bins
}

/// The first bin of the neighbouring two that hold most, and what they hold.
fn fullest(bins: &[(i32, f64)]) -> (i32, f64) {
    let pairs = bins.iter().enumerate().map(|(idx, &(bin, count))| {
        let next = bins.get(idx + 1).filter(|(next, _)| *next == bin + 1);
        (bin, count + next.map_or(0.0, |(_, count)| *count))
    });
    pairs.fold((0, 0.0), |best, pair| if pair.1 > best.1 { pair } else { best })
}

/// Mean gap in the fullest two neighbouring bins.
fn modal_gap(gaps: &Weighted) -> f64 {
    let (bin, count) = fullest(&by_octave(gaps));
    let is_modal = |gap: f64| (bin..=bin + 1).contains(&quarter_octave(gap));
    let modal = gaps.iter().filter(|(gap, _)| is_modal(*gap));
    modal.map(|(gap, count)| gap * count).sum::<f64>() / count
}

/// Entropy as a share of the most possible, and the share of the fullest two bins.
fn octaves(gaps: &Weighted) -> (f64, f64) {
    let bins = by_octave(gaps);
    let n = gaps.n() as f64;
    let entropy: f64 = bins.iter().map(|(_, count)| -count / n * (count / n).ln()).sum();
    let most = (n.min(N_OCTAVE_BINS)).ln();
    (if most > 0.0 { (entropy / most).min(1.0) } else { 0.0 }, fullest(&bins).1 / n)
}

/// Quarter octaves from a 32nd of a second to a day and a half.
const N_OCTAVE_BINS: f64 = 88.0;

/// Mean length of the mean phase over windows of eight events.
fn coherence(events: &[PairEvent], period: f64) -> f64 {
    let Some(first) = events.first().filter(|_| period > 0.0) else { return 0.0 };
    let phases: Vec<(f64, f64)> = events
        .iter()
        .map(|event| std::f64::consts::TAU * (event.ts.abs_diff(first.ts) as f64 / 1e6 / period).fract())
        .map(f64::sin_cos)
        .collect();
    let window = phases.len().min(8);
    let length = |phases: &[(f64, f64)]| {
        let (sin, cos) = phases.iter().fold((0.0, 0.0), |(sin, cos), phase| (sin + phase.0, cos + phase.1));
        f64::hypot(sin, cos) / phases.len() as f64
    };
    let lengths = phases.windows(window).step_by(window.div_ceil(2)).map(length);
    let (n, sum) = lengths.fold((0, 0.0), |(n, sum), length| (n + 1, sum + length));
    if n == 0 { 0.0 } else { sum / f64::from(n) }
}

/// Correlation of neighbouring gaps; 0 where they are too few or all the same.
fn lag1(events: &[PairEvent]) -> f64 {
    let gaps: Vec<f64> = events.windows(2).map(|pair| pair[1].ts.abs_diff(pair[0].ts) as f64).collect();
    if gaps.len() < 4 {
        return 0.0;
    }
    let mean = gaps.iter().sum::<f64>() / gaps.len() as f64;
    let var: f64 = gaps.iter().map(|gap| (gap - mean) * (gap - mean)).sum();
    let both: f64 = gaps.windows(2).map(|pair| (pair[0] - mean) * (pair[1] - mean)).sum();
    // Equal gaps differ by rounding only.
    if var <= (1e-6 * mean * gaps.len() as f64).powi(2) { 0.0 } else { both / var }
}

/// Coefficient of variation of the parts, and the share of the empty ones.
fn spread(parts: &[f64; N_PARTS]) -> (f64, f64) {
    let mean = parts.iter().sum::<f64>() / N_PARTS as f64;
    let var = parts.iter().map(|count| (count - mean) * (count - mean)).sum::<f64>() / N_PARTS as f64;
    let n_empty = parts.iter().filter(|count| **count == 0.0).count();
    (if mean > 0.0 { var.sqrt() / mean } else { 0.0 }, n_empty as f64 / N_PARTS as f64)
}

#[cfg(test)]
mod tests {
    use super::super::PairEvents;
    use super::*;

    /// Numbers from 0 to 1, always the same.
    fn chance(i: u64) -> f64 {
        let mixed = (i + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let mixed = (mixed ^ mixed >> 31).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        (mixed >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn timing(gaps: impl IntoIterator<Item = f64>) -> Timing {
        let mut events = PairEvents::default();
        let mut at = 1_700_000_000.0;
        events.push(PairEvent { ts: 1_700_000_000_000_000, ..PairEvent::default() });
        for gap in gaps {
            at += gap;
            events.push(PairEvent { ts: (at * 1e6) as i64, ..PairEvent::default() });
        }
        Timing::of(&events.finish())
    }

    #[test]
    fn an_exact_timer_is_perfect_in_every_respect() {
        let exact = timing([300.0; 50]);
        assert_eq!((exact.period, exact.dispersion, exact.mad, exact.cv), (300.0, 0.0, 0.0, 0.0));
        assert_eq!((exact.fold10, exact.near10, exact.modal_mass, exact.missing), (1.0, 1.0, 1.0, 0.0));
        assert!(exact.coherence > 0.999 && exact.not_exponential > 0.6 && exact.emptiness == 0.0);
    }

    #[test]
    fn the_period_is_found_under_jitter_and_missing_beats() {
        for (jitter, every) in [(0.0, 1), (0.1, 2), (0.2, 3), (0.1, 4)] {
            let beats = (0..400).map(|i| 60.0 * (1.0 + jitter * (2.0 * chance(i) - 1.0)));
            let mut gaps: Vec<f64> = Vec::new();
            let mut gap = 0.0;
            for (i, beat) in beats.enumerate() {
                gap += beat;
                if chance(7_000 + i as u64) * f64::from(every) < 1.0 {
                    gaps.push(gap);
                    gap = 0.0;
                }
            }
            let found = timing(gaps);
            assert!((found.period / 60.0 - 1.0).abs() < 0.03, "{jitter} {every}: {}", found.period);
            let missing = 1.0 - 1.0 / f64::from(every);
            assert!((found.missing - missing).abs() < 0.1, "{jitter} {every}: {}", found.missing);
        }
    }

    #[test]
    fn calls_at_random_have_no_period() {
        let poisson = timing((0..600).map(|i| -60.0 * (1.0 - chance(i)).ln()));
        assert!(poisson.not_exponential < 0.08, "{}", poisson.not_exponential);
        assert!(poisson.residual > 0.12 && poisson.near10 < 0.15 && poisson.dispersion > 0.5);
        assert!(poisson.coherence < 0.6, "{}", poisson.coherence);
    }

    #[test]
    fn a_clock_that_corrects_itself_shows_in_neighbouring_gaps() {
        let offset = |i: u64| 60.0 * i as f64 + 20.0 * (chance(i) - 0.5);
        let corrected = timing((0..300).map(|i| offset(i + 1) - offset(i)));
        let sleeping = timing((0..300).map(|i| 60.0 + 20.0 * (chance(i) - 0.5)));
        assert!(corrected.lag1 < -0.35 && sleeping.lag1 > -0.2, "{} {}", corrected.lag1, sleeping.lag1);
    }

    #[test]
    fn few_or_equal_times_have_no_period_and_do_not_panic() {
        assert_eq!(timing([]).n_gaps, 0);
        assert_eq!(timing([0.0, 0.0, 0.0]).simultaneous, 0.75);
        assert_eq!(timing([5.0]).period, 5.0);
    }
}
