use super::PairEvent;
use super::weighted::Weighted;

/// How much the gaps of a pair speak for a timer, against calls without one.
///
/// Two explanations of the gaps are compared by how probable they make them (a likelihood ratio). Without a timer, gaps
/// come from whatever distribution fits best among those that spread over a factor of two or more, for which a kernel
/// density of their logarithms stands: calls at random, bursts, people, heavy tails. With a timer, a share of the gaps
/// is a whole number of periods, up to a tolerance, with beats missing at a steady rate and now and then an outage; the
/// other gaps are as without one. Period, tolerance and share are those that fit best, which by itself gives calls at
/// random 4 nats, and one in a hundred of them more than 10, however many there are.
///
/// From that, and from how many gaps there are and how long they take together, come the [`odds`](Self::odds) of a timer.
/// They depend on no other pair, so a log of one host gives what a large one gives.
///
/// ```
/// use bro_features::{PairEvent, PairEvents, Timing};
/// let mut events = PairEvents::default();
/// for beat in 0..13 {
///     events.push(PairEvent { ts: beat * 60_000_000, ..PairEvent::default() });
/// }
/// let timer = Timing::of(&events.finish()).timer;
/// assert!(timer.odds > 4.0 && timer.share > 0.9 && timer.period == 60.0);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Timer {
    /// Log odds that there is a timer: the least of what its evidence, its share, the gaps and their time speak for.
    pub odds: f64,
    /// Logarithm of the likelihood ratio; 0 where no timer explains the gaps better.
    pub nats: f64,
    /// Share of the gaps that are the timer's.
    pub share: f64,
    /// Its period in seconds.
    pub period: f64,
    /// Gaps that were looked at: those between bursts of less than a second, where that shows a timer better.
    pub n_gaps: u64,
}

/// Standard deviation of the kernel, in logarithms of gaps.
const BANDWIDTH: f64 = 0.7;
/// Bins of an octave in which the density without a timer is found.
const BINS: f64 = 8.0;
/// Shortest gap, in seconds, that is told from a shorter one.
const SHORTEST: f64 = 1e-3;
/// How far from a whole number of periods a beat may be, in periods.
const TOLERANCES: [f64; 6] = [0.02, 0.05, 0.1, 0.2, 0.3, 0.4];
/// Share of the beats that end an outage of any length.
const OUTAGES: f64 = 0.05;
/// Steps of finding the share, which settles quickly.
const N_STEPS: usize = 8;
/// Events closer than this, in microseconds, are one beat where beats are bursts.
const BURST: u64 = 1_000_000;

/// Nats at which a timer is as likely as none: what a hundredth of the pairs without one reach by chance.
const EVEN_NATS: f64 = 10.0;
/// Share of the gaps at which a timer is as likely as none, what a share above it counts, and how uncertain the share of
/// one gap is.
const EVEN_SHARE: f64 = 0.55;
const PER_SHARE: f64 = 15.0;
const SHARE_ERROR: f64 = 0.5;
/// Gaps at which a timer is as likely as none, and what each further one counts: a few are soon equal by accident.
const EVEN_GAPS: f64 = 5.0;
const PER_GAP: f64 = 0.9;
/// Seconds at which a timer is as likely as none, and what e times as many count: retries and the parts of a page are
/// over soon.
const EVEN_SPAN: f64 = 30.0;
const PER_SPAN: f64 = 2.0;
/// The most that all this comes to for a dozen gaps, and what e times as many add.
const MOST: f64 = 4.5;
const PER_MORE: f64 = 0.3;
/// What there is least of.
const LEAST: f64 = -12.0;

impl Timer {
    /// Looks for a timer among `periods`, in the gaps and in those between the bursts of `events`.
    pub(super) fn of(gaps: &Weighted, events: &[PairEvent], periods: impl Fn(&Weighted) -> Vec<f64>) -> Self {
        let timer = Self::likeliest(gaps, events, periods);
        Self { odds: timer.odds_over(gaps.mean() * gaps.n() as f64), ..timer }
    }

    fn odds_over(&self, span: f64) -> f64 {
        let n_gaps = self.n_gaps.max(1) as f64;
        let facts = [
            self.nats - EVEN_NATS,
            PER_SHARE * (self.share + SHARE_ERROR / n_gaps.sqrt() - EVEN_SHARE),
            PER_GAP * (n_gaps - EVEN_GAPS),
            PER_SPAN * (span / EVEN_SPAN).ln(),
            MOST + PER_MORE * (n_gaps / 12.0).ln().max(0.0),
        ];
        facts.into_iter().fold(f64::INFINITY, f64::min).max(LEAST)
    }

    fn likeliest(gaps: &Weighted, events: &[PairEvent], periods: impl Fn(&Weighted) -> Vec<f64>) -> Self {
        let each = Self::best(gaps, &periods(gaps));
        let between = between_bursts(events);
        if between.len() < 3 || between.len() as u64 >= gaps.n() {
            return each;
        }
        let between = Weighted::exact(between);
        let bursts = Self::best(&between, &periods(&between));
        if bursts.strength() > each.strength() { bursts } else { each }
    }

    /// How well a gap is explained: a timer of few of them is none.
    fn strength(&self) -> f64 {
        self.nats * self.share / self.n_gaps.max(1) as f64
    }

    fn best(gaps: &Weighted, periods: &[f64]) -> Self {
        let gaps: Vec<(f64, f64)> = gaps.iter().map(|(gap, count)| (gap.max(SHORTEST), count)).collect();
        let chance = chance(&gaps);
        let n_gaps = gaps.iter().map(|(_, count)| count).sum::<f64>() as u64;
        let none = Self { n_gaps, ..Self::default() };
        let timers = periods.iter().filter(|period| **period > 0.0).flat_map(|&period| {
            let beats = Beats::of(&gaps, &chance, period);
            TOLERANCES.map(|tolerance| {
                let (nats, share) = beats.explain(tolerance);
                Self { odds: LEAST, nats, share, period, n_gaps }
            })
        });
        timers.fold(none, |best, timer| if timer.nats > best.nats { timer } else { best })
    }
}

/// Seconds between events that come at least a second after the one before.
fn between_bursts(events: &[PairEvent]) -> Vec<f64> {
    let starts =
        events.windows(2).filter(|pair| pair[1].ts.abs_diff(pair[0].ts) >= BURST).map(|pair| pair[1].ts);
    let starts: Vec<i64> = events.first().map(|event| event.ts).into_iter().chain(starts).collect();
    starts.windows(2).map(|pair| pair[1].abs_diff(pair[0]) as f64 / 1e6).collect()
}

/// Density of each of the ascending gaps, per second, without a timer.
fn chance(gaps: &[(f64, f64)]) -> Vec<f64> {
    let bin_of = |gap: f64| (BINS * gap.log2()).floor() as i32;
    let mut bins: Vec<(i32, f64)> = Vec::new();
    for &(gap, count) in gaps {
        match bins.last_mut() {
            Some((bin, total)) if *bin == bin_of(gap) => *total += count,
            _ => bins.push((bin_of(gap), count)),
        }
    }
    let n: f64 = gaps.iter().map(|(_, count)| count).sum();
    let width = std::f64::consts::LN_2 / BINS / BANDWIDTH;
    let height = 1.0 / (BANDWIDTH * std::f64::consts::TAU.sqrt() * n);
    let density = |at: i32| {
        let kernel = |(bin, count): &(i32, f64)| count * (-0.5 * (f64::from(at - bin) * width).powi(2)).exp();
        height * bins.iter().map(kernel).sum::<f64>()
    };
    let densities: Vec<(i32, f64)> = bins.iter().map(|&(bin, _)| (bin, density(bin))).collect();
    let of_gap = |&(gap, _): &(f64, f64)| {
        let idx = densities.partition_point(|&(bin, _)| bin < bin_of(gap));
        densities[idx].1 / gap
    };
    gaps.iter().map(of_gap).collect()
}

/// Gaps as beats of a period.
struct Beats {
    /// How far each gap is from a whole number of periods, in periods; how often it occurs; and how much more probable
    /// the timer makes it than chance, for a tolerance of one half.
    gaps: Vec<(f64, f64, f64)>,
}

impl Beats {
    fn of(gaps: &[(f64, f64)], chance: &[f64], period: f64) -> Self {
        let beats = |gap: f64| (gap / period).round().max(1.0);
        let off = |gap: f64| (gap / period - beats(gap)).abs();
        let timed = gaps.iter().filter(|(gap, _)| off(*gap) <= TOLERANCES[TOLERANCES.len() - 1]);
        let (n, n_beats) =
            timed.fold((0.0, 0.0), |(n, sum), (gap, count)| (n + count, sum + count * beats(*gap)));
        let heard = if n > 0.0 { n / n_beats } else { 1.0 };
        let missed = (1.0 - heard).max(0.5 / gaps.iter().map(|(_, count)| count).sum::<f64>());
        let of_gap = |(&(gap, count), chance): (&(f64, f64), &f64)| {
            let k = beats(gap);
            let run = (1.0 - OUTAGES) * (1.0 - missed) * missed.powf(k - 1.0) + OUTAGES / (k * (k + 1.0));
            (off(gap), count, run / (period * chance))
        };
        Self { gaps: gaps.iter().zip(chance).map(of_gap).collect() }
    }

    /// The logarithm of the likelihood ratio at the share of timed gaps that makes it largest, and that share, found by
    /// expectation maximization.
    fn explain(&self, tolerance: f64) -> (f64, f64) {
        let ratio = |(off, _, ratio): &(f64, f64, f64)| {
            if *off <= tolerance { ratio / (2.0 * tolerance) } else { 0.0 }
        };
        let n: f64 = self.gaps.iter().map(|(_, count, _)| count).sum();
        let mut share = 0.9;
        for _ in 0..N_STEPS {
            let timed = |gap: &(f64, f64, f64)| {
                let timed = share * ratio(gap);
                gap.1 * timed / (timed + 1.0 - share)
            };
            share = (self.gaps.iter().map(timed).sum::<f64>() / n).clamp(0.01, 0.99);
        }
        let nats = self.gaps.iter().map(|gap| gap.1 * (share * ratio(gap) + 1.0 - share).ln()).sum();
        (nats, share)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{PairEvents, Timing};
    use super::*;

    /// Numbers from 0 to 1, always the same.
    struct Chance(u64);

    impl Chance {
        fn draw(&mut self) -> f64 {
            self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
            ((mixed ^ mixed >> 31) >> 11) as f64 / (1_u64 << 53) as f64
        }

        fn exponential(&mut self, mean: f64) -> f64 {
            -mean * (1.0 - self.draw()).ln()
        }
    }

    fn timer(gaps: impl IntoIterator<Item = f64>) -> Timer {
        let mut events = PairEvents::default();
        let mut at = 0.0;
        for gap in std::iter::once(0.0).chain(gaps) {
            at += gap;
            events.push(PairEvent { ts: (at * 1e6) as i64, ..PairEvent::default() });
        }
        Timing::of(&events.finish()).timer
    }

    /// The largest odds of a hundred, and how many of the hundred are above even.
    fn odds(n_gaps: usize, gap: impl Fn(&mut Chance) -> f64) -> (f64, usize) {
        let mut chance = Chance(n_gaps as u64);
        let odds = (0..100).map(|_| timer((0..n_gaps).map(|_| gap(&mut chance)).collect::<Vec<_>>()).odds);
        odds.fold((f64::NEG_INFINITY, 0), |(most, n), odds| (most.max(odds), n + usize::from(odds > 0.0)))
    }

    #[test]
    fn calls_without_a_timer_rarely_seem_to_have_one() {
        for n_gaps in [4, 8, 12, 30, 100, 400] {
            let (most, n) = odds(n_gaps, |chance| chance.exponential(300.0));
            assert!(n <= 1 && most < 2.5, "at random, {n_gaps} gaps: {n}, {most}");
            let (most, n) = odds(n_gaps, |chance| {
                let mean = if chance.draw() < 0.7 { 0.5 } else { 900.0 };
                chance.exponential(mean)
            });
            assert!(n <= 1 && most < 2.5, "bursts, {n_gaps} gaps: {n}, {most}");
            let (most, n) = odds(n_gaps, |chance| 20.0 * ((1.0 - chance.draw()).powf(-1.1) - 1.0));
            assert!(n <= 1 && most < 2.5, "heavy tails, {n_gaps} gaps: {n}, {most}");
        }
    }

    #[test]
    fn a_timer_is_found_through_jitter_missing_beats_and_double_calls() {
        let exact = timer([60.0; 11]);
        assert!(exact.odds > 4.0 && exact.period == 60.0, "{exact:?}");
        for (jitter, n_gaps, least) in [(0.1, 11, 99), (0.3, 24, 99), (0.5, 100, 90)] {
            let (_, n) = odds(n_gaps, |chance| 60.0 * (1.0 + jitter * (2.0 * chance.draw() - 1.0)));
            assert!(n >= least, "jitter {jitter}, {n_gaps} gaps: {n}");
        }
        let (_, n) = odds(24, |chance| {
            let n_missing = std::iter::repeat_with(|| chance.draw()).take_while(|&draw| draw < 0.2).count();
            60.0 * (1 + n_missing) as f64
        });
        assert!(n >= 95, "every fifth beat missing: {n}");
        let doubled = timer((0..40).flat_map(|_| [0.2, 59.8]));
        assert!(doubled.odds > 4.0 && doubled.period == 60.0 && doubled.n_gaps == 40, "{doubled:?}");
    }

    #[test]
    fn few_gaps_and_short_moments_prove_little() {
        assert!(timer([60.0; 5]).odds <= 0.0);
        assert!(timer([0.1; 50]).odds < 0.0);
        assert!(timer([60.0]).odds < 0.0 && timer([]).odds <= 0.0);
    }
}
