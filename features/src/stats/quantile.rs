/// The quantiles `q` (each 0 to 1) of some values, interpolated linearly as numpy's `quantile` does it; NaN counts as
/// missing. `None` for each if no value is there.
///
/// Exact, by selection: the values are counted by the first 16 bits of an order-preserving key, then only those are
/// gathered that share these bits with a quantile. Time O(values), memory that of the gathered values.
///
/// ```
/// let values = [4.0, 1.0, f64::NAN, 3.0, 2.0];
/// assert_eq!(bro_features::stats::quantiles(&values, &[0.0, 0.5, 1.0]), [Some(1.0), Some(2.5), Some(4.0)]);
/// ```
#[must_use]
pub fn quantiles(values: &[f64], q: &[f64]) -> Vec<Option<f64>> {
    let mut counts = vec![0_u32; N_BUCKETS];
    for chunk in values.chunks(u32::MAX as usize) {
        chunk.iter().for_each(|value| counts[bucket(key(*value))] += 1);
    }
    let n = values.len() - counts[N_BUCKETS - 1] as usize;
    let places: Vec<f64> = q.iter().map(|q| n.saturating_sub(1) as f64 * q.clamp(0.0, 1.0)).collect();
    let mut ranks: Vec<usize> =
        places.iter().flat_map(|place| [place.floor() as usize, place.ceil() as usize]).collect();
    ranks.sort_unstable();
    ranks.dedup();
    if n == 0 {
        return vec![None; q.len()];
    }
    let found = at_ranks(values, &counts, &ranks);
    let at = |rank: usize| found[ranks.binary_search(&rank).expect("every rank was asked for")];
    let between = |place: &f64| {
        let (low, high, share) = (at(place.floor() as usize), at(place.ceil() as usize), place.fract());
        // As numpy: from the nearer end, so that both ends are met exactly.
        Some(if share < 0.5 { low + (high - low) * share } else { high - (high - low) * (1.0 - share) })
    };
    places.iter().map(between).collect()
}

const N_BUCKETS: usize = 1 << 16;

/// A number that is ordered as the value is; NaN comes last, −0 is 0.
#[inline]
fn key(value: f64) -> u64 {
    let bits = (value + 0.0).to_bits();
    let sign = ((bits as i64) >> 63) as u64;
    if value.is_nan() { u64::MAX } else { bits ^ (sign | 1 << 63) }
}

fn value(key: u64) -> f64 {
    let sign = (((key ^ 1 << 63) as i64) >> 63) as u64;
    f64::from_bits(key ^ (sign | 1 << 63))
}

#[inline]
fn bucket(key: u64) -> usize {
    (key >> 48) as usize
}

/// The values of these ranks (from 0, ascending).
fn at_ranks(values: &[f64], counts: &[u32], ranks: &[usize]) -> Vec<f64> {
    // For each bucket that holds a rank: its place in `wanted`.
    let mut place = vec![u8::MAX; N_BUCKETS];
    let mut wanted: Vec<(usize, Vec<u64>)> = Vec::new();
    let (mut first, mut next) = (0, 0);
    for (bucket, count) in counts.iter().enumerate() {
        let end = first + *count as usize;
        if next < ranks.len() && ranks[next] < end {
            place[bucket] = wanted.len().min(u8::MAX as usize - 1) as u8;
            wanted.push((first, Vec::with_capacity(*count as usize)));
            while next < ranks.len() && ranks[next] < end {
                next += 1;
            }
        }
        first = end;
    }
    if wanted.len() >= u8::MAX as usize {
        return sorted_at(values, ranks);
    }
    for key in values.iter().map(|value| key(*value)) {
        let place = place[bucket(key)];
        if place != u8::MAX {
            wanted[usize::from(place)].1.push(key);
        }
    }
    let mut bucket = 0;
    let mut found = Vec::with_capacity(ranks.len());
    for &rank in ranks {
        while rank >= wanted[bucket].0 + wanted[bucket].1.len() {
            bucket += 1;
        }
        let (first, keys) = &mut wanted[bucket];
        found.push(value(*keys.select_nth_unstable(rank - *first).1));
    }
    found
}

/// So many ranks are quicker found by sorting.
fn sorted_at(values: &[f64], ranks: &[usize]) -> Vec<f64> {
    let mut keys: Vec<u64> = values.iter().map(|value| key(*value)).collect();
    keys.sort_unstable();
    ranks.iter().map(|&rank| value(keys[rank])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_keep_the_order_and_the_values() {
        let values = [f64::NEG_INFINITY, -1e300, -1.0, -1e-300, 0.0, 1e-300, 1.0, 1.5, 1e300, f64::INFINITY];
        assert!(values.windows(2).all(|pair| key(pair[0]) < key(pair[1])));
        assert!(values.iter().all(|v| value(key(*v)) == *v));
        assert_eq!(key(-0.0), key(0.0));
    }

    #[test]
    fn quantiles_equal_those_of_the_sorted_values() {
        let mut state = 7_u64;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            state >> 33
        };
        for n in [1_usize, 2, 3, 10, 1_000, 5_003] {
            let columns: [Vec<f64>; 4] = [
                (0..n).map(|_| next() as f64 / 7.0 - 1e8).collect(),
                (0..n).map(|_| (next() % 3) as f64).collect(),
                (0..n).map(|i| if i % 5 == 0 { f64::NAN } else { -(i as f64) }).collect(),
                vec![2.5; n],
            ];
            for column in columns {
                let mut sorted: Vec<f64> = column.iter().copied().filter(|value| !value.is_nan()).collect();
                sorted.sort_unstable_by(f64::total_cmp);
                let q: Vec<f64> = (0..=20).map(|i| f64::from(i) / 20.0).collect();
                let naive: Vec<_> = q.iter().map(|q| crate::percentile(&sorted, q * 100.0)).collect();
                let found = quantiles(&column, &q);
                for (one, other) in found.iter().zip(&naive) {
                    match (one, other) {
                        (Some(one), Some(other)) => {
                            assert!((one - other).abs() <= 1e-9 * other.abs(), "{one} {other}")
                        }
                        _ => assert_eq!(one, other),
                    }
                }
            }
        }
    }

    #[test]
    fn hundreds_of_quantiles_are_found_as_well() {
        let values: Vec<f64> = (0..100_000).map(|i| f64::from(i).powi(3) - 1e9).collect();
        let q: Vec<f64> = (0..=1_000).map(|i| f64::from(i) / 1_000.0).collect();
        let found = quantiles(&values, &q);
        assert_eq!((found[0], found[1_000]), (Some(values[0]), Some(values[99_999])));
        assert!(found.windows(2).all(|pair| pair[0] < pair[1]));
    }
}
