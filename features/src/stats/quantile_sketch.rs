use std::collections::BTreeMap;

/// A mergeable sketch of any numbers from which quantiles are read: each is within 0.8 % of a value of that rank.
///
/// A value falls into the bin of its sign, its power of two and the first six bits after; the bin's middle is answered. Merging
/// adds counts, so its order does not matter. Memory 16 bytes and the map's overhead for each bin that holds anything:
/// at most 64 for each power of two that occurs. For counts [`LogHistogram`](super::LogHistogram) is quicker, and exact
/// where they are small.
///
/// ```
/// use bro_features::stats::QuantileSketch;
/// let mut sketch = QuantileSketch::default();
/// sketch.update(&[-5.0, 0.0, 2.5e-7, 3.0, f64::NAN]);
/// assert_eq!((sketch.n(), sketch.n_missing(), sketch.quantile(0.5)), (4, 1, Some(0.0)));
/// assert!((sketch.quantile(0.75).unwrap() / 2.5e-7 - 1.0).abs() < 0.008);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct QuantileSketch {
    bins: BTreeMap<i32, u64>,
    n: u64,
    n_missing: u64,
}

/// Bits of the mantissa that are thrown away.
const LOST: u32 = 46;

impl QuantileSketch {
    /// Counts values.
    pub fn update(&mut self, values: &[f64]) {
        for &value in values {
            if value.is_nan() {
                self.n_missing += 1;
            } else {
                *self.bins.entry(bin_of(value)).or_default() += 1;
                self.n += 1;
            }
        }
    }

    /// Adds what `other` has counted.
    pub fn merge(&mut self, other: &Self) {
        for (bin, count) in &other.bins {
            *self.bins.entry(*bin).or_default() += count;
        }
        self.n += other.n;
        self.n_missing += other.n_missing;
    }

    /// Values that are there.
    #[must_use]
    pub fn n(&self) -> u64 {
        self.n
    }

    /// Values that are missing.
    #[must_use]
    pub fn n_missing(&self) -> u64 {
        self.n_missing
    }

    /// The smallest bin middle with at least a share `q` (0 to 1) of the values at or below it; `None` without values.
    #[must_use]
    pub fn quantile(&self, q: f64) -> Option<f64> {
        let rank = ((q.clamp(0.0, 1.0) * self.n as f64).ceil() as u64).max(1);
        let mut seen = 0;
        self.bins.iter().find_map(|(bin, count)| {
            seen += count;
            (seen >= rank).then(|| middle_of(*bin))
        })
    }
}

/// Bins are numbered as values are ordered; that of 0 is 0.
fn bin_of(value: f64) -> i32 {
    let magnitude = (value.abs().to_bits() >> LOST) as i32;
    match value.partial_cmp(&0.0) {
        Some(std::cmp::Ordering::Less) => -magnitude - 1,
        Some(std::cmp::Ordering::Greater) => magnitude + 1,
        _ => 0,
    }
}

fn middle_of(bin: i32) -> f64 {
    if bin == 0 {
        return 0.0;
    }
    let magnitude = u64::from(bin.unsigned_abs() - 1) << LOST;
    let middle = f64::from_bits(magnitude | 1 << (LOST - 1));
    let middle = if middle.is_finite() { middle } else { f64::INFINITY };
    if bin < 0 { -middle } else { middle }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_within_the_stated_error_and_parts_merge_to_the_whole() {
        let values: Vec<f64> =
            (0..4_001).map(|i| f64::from(i * 7_919 % 4_001 - 2_000).powi(3) * 1e-7).collect();
        let mut sorted = values.clone();
        sorted.sort_unstable_by(f64::total_cmp);
        let of = |values: &[f64]| {
            let mut sketch = QuantileSketch::default();
            sketch.update(values);
            sketch
        };
        let whole = of(&values);
        for q in [0.0, 0.01, 0.25, 0.4, 0.5, 0.6, 0.75, 0.99, 1.0] {
            let exact = sorted[((q * 4_001.0_f64).ceil() as usize).max(1) - 1];
            let found = whole.quantile(q).unwrap();
            assert!((found - exact).abs() <= 0.008 * exact.abs(), "{q}: {found} {exact}");
        }
        let mut parts = of(&values[1_000..]);
        parts.merge(&of(&values[..1_000]));
        assert_eq!(parts, whole);
        assert_eq!(of(&[f64::INFINITY]).quantile(0.5), Some(f64::INFINITY));
    }
}
