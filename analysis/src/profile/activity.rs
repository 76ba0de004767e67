use super::direction::Direction;
use super::merge::{Given, Merge};
use std::collections::HashMap;
use std::hash::BuildHasherDefault;

/// Widths of a bin in seconds; each is a multiple of the one before.
const WIDTHS: [i64; 12] = [1, 5, 10, 60, 300, 600, 1_800, 3_600, 21_600, 86_400, 604_800, 6_048_000];

/// Bytes of a flow are spread over at most so many seconds.
const LONGEST_SPREAD: i64 = 7 * 86_400;

/// Something counted over time, in bins as fine as leave no more than a number of them.
///
/// The width follows from the times alone, so it does not matter in which order they came.
#[derive(Debug, Clone)]
pub(super) struct Bins<V> {
    bins: HashMap<i64, V, BuildHasherDefault<Given>>,
    width: usize,
    limit: usize,
}

impl<V: Merge> Bins<V> {
    pub(super) fn new(limit: usize, least_seconds: i64) -> Self {
        let width = WIDTHS.iter().position(|width| *width >= least_seconds).unwrap_or(WIDTHS.len() - 1);
        Self { bins: HashMap::default(), width, limit }
    }

    /// Width of a bin in microseconds.
    pub(super) fn width(&self) -> i64 {
        WIDTHS[self.width] * 1_000_000
    }

    /// The bin of a time in microseconds.
    pub(super) fn at(&mut self, ts: i64) -> &mut V {
        let place = ts.div_euclid(self.width());
        if self.bins.len() >= self.limit && !self.bins.contains_key(&place) {
            self.bins.entry(place).or_default();
            self.coarsen();
        }
        let place = ts.div_euclid(self.width());
        self.bins.entry(place).or_default()
    }

    fn coarsen(&mut self) {
        while self.bins.len() > self.limit && self.width + 1 < WIDTHS.len() {
            self.widen(self.width + 1);
        }
    }

    fn widen(&mut self, width: usize) {
        let factor = WIDTHS[width] / WIDTHS[self.width];
        self.width = width;
        for (place, value) in std::mem::take(&mut self.bins) {
            self.bins.entry(place.div_euclid(factor)).or_default().merge(value);
        }
    }

    /// Gives each bin its part of `amount`, which runs evenly from `ts` on for `duration` microseconds; the parts sum
    /// up to it.
    pub(super) fn spread(&mut self, ts: i64, duration: i64, amount: u64, add: impl Fn(&mut V, u64)) {
        let duration = duration.clamp(0, LONGEST_SPREAD * 1_000_000);
        let end = ts.saturating_add(duration);
        if ts.div_euclid(self.width()) == end.div_euclid(self.width()) {
            return add(self.at(ts), amount);
        }
        while (duration / self.width()) as usize > self.limit && self.width + 1 < WIDTHS.len() {
            self.widen(self.width + 1);
        }
        let (mut at, mut given) = (ts, 0);
        while at < end {
            let edge = (at.div_euclid(self.width()) + 1).saturating_mul(self.width()).min(end);
            let until = (u128::from(amount) * (edge - ts) as u128 / duration as u128) as u64;
            if until > given {
                add(self.at(at), until - given);
            }
            given = until;
            at = edge;
        }
    }

    /// The bins in the order of time: start in microseconds and value.
    pub(super) fn sorted(&self) -> Vec<(i64, &V)> {
        let mut bins: Vec<_> =
            self.bins.iter().map(|(place, value)| (place.saturating_mul(self.width()), value)).collect();
        bins.sort_unstable_by_key(|(start, _)| *start);
        bins
    }

    pub(super) fn merge(&mut self, mut other: Self) {
        let width = self.width.max(other.width);
        if self.width < width {
            self.widen(width);
        }
        if other.width < width {
            other.widen(width);
        }
        for (place, value) in other.bins {
            self.bins.entry(place).or_default().merge(value);
        }
        self.coarsen();
    }
}

/// What happened in one bin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Moment {
    pub(super) n_rows: u64,
    pub(super) n_failed: u64,
    /// Payload bytes from originator and responder, by direction.
    pub(super) bytes: [[u64; 2]; Direction::ALL.len()],
}

impl Merge for Moment {
    fn merge(&mut self, other: Self) {
        self.n_rows += other.n_rows;
        self.n_failed += other.n_failed;
        for (mine, theirs) in self.bytes.iter_mut().flatten().zip(other.bytes.iter().flatten()) {
            *mine = mine.saturating_add(*theirs);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(times: impl Iterator<Item = i64>) -> Bins<u64> {
        let mut bins = Bins::new(100, 1);
        times.for_each(|ts| *bins.at(ts * 1_000_000) += 1);
        bins
    }

    #[test]
    fn the_width_does_not_depend_on_the_order_or_the_parts() {
        let times = || (0..5_000_i64).map(|i| i * 37 % 9_001);
        let whole = filled(times());
        let mut parts = filled(times().skip(2_000));
        parts.merge(filled(times().take(2_000)));
        assert_eq!(whole.width(), 300 * 1_000_000);
        let list = |bins: &Bins<u64>| bins.sorted().into_iter().map(|(at, n)| (at, *n)).collect::<Vec<_>>();
        assert_eq!(list(&whole), list(&filled(times().collect::<Vec<_>>().into_iter().rev())));
        assert_eq!(list(&whole), list(&parts));
        assert_eq!(list(&whole).iter().map(|(_, n)| n).sum::<u64>(), 5_000);
    }

    #[test]
    fn spread_amounts_sum_up_and_fall_evenly() {
        let mut bins: Bins<u64> = Bins::new(100, 1);
        bins.spread(500_000, 10_000_000, 1_000_003, |bin, part| *bin += part);
        let parts: Vec<_> = bins.sorted().into_iter().map(|(_, part)| *part).collect();
        assert_eq!(parts.iter().sum::<u64>(), 1_000_003);
        assert_eq!(parts.len(), 11);
        assert!(parts[1..10].iter().all(|part| part.abs_diff(100_000) <= 1), "{parts:?}");
        bins.spread(i64::MAX - 5, i64::MAX, 7, |bin, part| *bin += part);
        bins.spread(i64::MIN, 3, 7, |bin, part| *bin += part);
    }
}
