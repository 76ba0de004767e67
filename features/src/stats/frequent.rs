use std::collections::HashMap;
use std::hash::Hash;

/// The most frequent values in memory of `capacity` counters: a count is never too small, and too large by at most
/// `n / capacity`; every value that occurs more often than that is among them.
///
/// `new → insert → merge → top(k)`. Merging keeps the bound, for all values together. Exact while there are no more
/// distinct values than counters. Time O(1) an insertion until the counters are full, O(log capacity) after.
///
/// ```
/// use bro_features::stats::Frequent;
/// let mut services = Frequent::new(2);
/// for service in ["dns", "http", "dns", "ssh", "dns"] {
///     services.insert(service, 1);
/// }
/// let top = services.top(1);
/// assert_eq!((top[0].value, top[0].count), (&"dns", 3));
/// ```
///
/// # References
/// Metwally, Agrawal & El Abbadi, "Efficient computation of frequent and top-k elements in data streams", 2005;
/// Agarwal et al., "Mergeable summaries", 2012.
#[derive(Debug, Clone)]
pub struct Frequent<V> {
    capacity: usize,
    n: u64,
    counts: HashMap<V, (u64, u64)>,
    /// Values by their counts, to find the least; the second orders equal counts by age.
    order: std::collections::BTreeMap<(u64, u64), V>,
    ages: HashMap<V, u64>,
    n_ages: u64,
}

/// A value with its count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted<'a, V> {
    /// The value.
    pub value: &'a V,
    /// How often it occurred, or a little more.
    pub count: u64,
    /// By how much the count may be too large.
    pub error: u64,
}

impl<V: Clone + Eq + Hash + Ord> Frequent<V> {
    /// Counters for the most frequent values; at least one.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        Self {
            capacity: capacity.max(1),
            n: 0,
            counts: HashMap::new(),
            order: std::collections::BTreeMap::new(),
            ages: HashMap::new(),
            n_ages: 0,
        }
    }

    /// Counts a value `times` times.
    pub fn insert(&mut self, value: V, times: u64) {
        self.n += times;
        self.add(value, times, 0);
    }

    fn add(&mut self, value: V, times: u64, error: u64) {
        if let Some((count, known)) = self.counts.get_mut(&value) {
            let age = self.ages[&value];
            self.order.remove(&(*count, age));
            *count += times;
            *known += error;
            self.order.insert((*count, age), value);
            return;
        }
        let (mut count, mut error) = (times, error);
        if self.counts.len() == self.capacity
            && let Some(((least, _), evicted)) = self.order.pop_first()
        {
            self.counts.remove(&evicted);
            self.ages.remove(&evicted);
            count += least;
            error += least;
        }
        self.n_ages += 1;
        self.order.insert((count, self.n_ages), value.clone());
        self.ages.insert(value.clone(), self.n_ages);
        self.counts.insert(value, (count, error));
    }

    /// Adds what `other` has counted: counts add up, a value that one side does not know may have occurred there as often
    /// as that side's least count, and the largest stay.
    pub fn merge(&mut self, other: &Self) {
        let least = |side: &Self| {
            if side.counts.len() < side.capacity {
                0
            } else {
                side.order.keys().next().map_or(0, |(count, _)| *count)
            }
        };
        let (mine, theirs) = (least(self), least(other));
        let mut all: Vec<(V, u64, u64)> = Vec::new();
        for (value, &(count, error)) in &self.counts {
            let (more, more_error) = other.counts.get(value).copied().unwrap_or((theirs, theirs));
            all.push((value.clone(), count + more, error + more_error));
        }
        for (value, &(count, error)) in
            other.counts.iter().filter(|(value, _)| !self.counts.contains_key(*value))
        {
            all.push((value.clone(), count + mine, error + mine));
        }
        all.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        all.truncate(self.capacity);
        let mut merged = Self { n: self.n + other.n, ..Self::new(self.capacity) };
        all.into_iter().rev().for_each(|(value, count, error)| merged.add(value, count, error));
        *self = merged;
    }

    /// How many values were counted.
    #[must_use]
    pub fn n(&self) -> u64 {
        self.n
    }

    /// The `k` values with the largest counts, ties in their order.
    #[must_use]
    pub fn top(&self, k: usize) -> Vec<Counted<'_, V>> {
        let counted = |(value, &(count, error)): (_, &(u64, u64))| Counted { value, count, error };
        let mut all: Vec<_> = self.counts.iter().map(counted).collect();
        all.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.value.cmp(b.value)));
        all.truncate(k);
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    fn values() -> Vec<u64> {
        (0..20_000_u64).map(|i| (i * 7_919 % 1_000) * (i * 31 % 1_000) / 1_000 % 400).collect()
    }

    fn exact(values: &[u64]) -> HashMap<u64, u64> {
        let mut counts = HashMap::new();
        values.iter().for_each(|value| *counts.entry(*value).or_default() += 1);
        counts
    }

    fn check(frequent: &Frequent<u64>, values: &[u64]) {
        let exact = exact(values);
        let bound = values.len() as u64 / 50;
        assert_eq!(frequent.n(), values.len() as u64);
        let top = frequent.top(50);
        for counted in &top {
            let truth = exact.get(counted.value).copied().unwrap_or(0);
            assert!(
                counted.count >= truth && counted.count - truth <= counted.error && counted.error <= bound
            );
        }
        for (value, _) in exact.iter().filter(|(_, count)| **count > bound) {
            assert!(top.iter().any(|counted| counted.value == value), "{value} is missing");
        }
    }

    #[test]
    fn counts_are_within_their_errors_and_frequent_values_are_found() {
        let values = values();
        let of = |values: &[u64]| {
            let mut frequent = Frequent::new(50);
            values.iter().for_each(|value| frequent.insert(*value, 1));
            frequent
        };
        check(&of(&values), &values);
        let mut merged = of(&values[..7_000]);
        merged.merge(&of(&values[7_000..]));
        check(&merged, &values);
    }

    #[test]
    fn few_values_are_counted_exactly() {
        let mut frequent = Frequent::new(400);
        let values = values();
        values.iter().for_each(|value| frequent.insert(*value, 1));
        let exact = exact(&values);
        assert!(
            frequent
                .top(400)
                .iter()
                .all(|counted| counted.count == exact[counted.value] && counted.error == 0)
        );
    }
}
