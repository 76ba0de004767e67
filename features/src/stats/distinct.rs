/// Counts distinct values in fixed memory: 2¹² registers of a byte, off by 1.6 % (one standard error) however many
/// there are; below about ten thousand it counts by empty registers and is better than that.
///
/// Values come as 64-bit hashes, such as [`HyperLogLog::hash`] makes. Merging takes maxima, so its order does not matter.
///
/// ```
/// use bro_features::stats::HyperLogLog;
/// let mut distinct = HyperLogLog::default();
/// for i in 0..100_000_u64 {
///     distinct.insert(HyperLogLog::hash(&(i % 20_000).to_le_bytes()));
/// }
/// assert!((distinct.estimate() / 20_000.0 - 1.0).abs() < 0.05);
/// ```
///
/// # References
/// Flajolet, Fusy, Gandouet & Meunier, "HyperLogLog", 2007; Heule, Nunkesser & Hall, "HyperLogLog in practice", 2013.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HyperLogLog {
    registers: Vec<u8>,
}

const BITS: u32 = 12;
const N_REGISTERS: usize = 1 << BITS;

impl Default for HyperLogLog {
    fn default() -> Self {
        Self { registers: vec![0; N_REGISTERS] }
    }
}

impl HyperLogLog {
    /// One standard error of [`estimate`](Self::estimate), as a share.
    pub const RELATIVE_ERROR: f64 = 0.016_25;

    /// A hash of some bytes that is the same everywhere.
    #[must_use]
    pub fn hash(bytes: &[u8]) -> u64 {
        let mut state = 0x9e37_79b9_7f4a_7c15_u64 ^ bytes.len() as u64;
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            state = Self::mix(state ^ u64::from_le_bytes(word));
        }
        state
    }

    /// Scatters the bits of a number; no two numbers give the same.
    #[must_use]
    #[inline]
    pub fn mix(mut number: u64) -> u64 {
        // The finalizer of SplitMix64.
        number = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
        number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        number ^ (number >> 31)
    }

    /// Counts the value with this hash.
    #[inline]
    pub fn insert(&mut self, hash: u64) {
        let register = (hash >> (64 - BITS)) as usize;
        let rank = ((hash << BITS) | 1 << (BITS - 1)).leading_zeros() as u8 + 1;
        self.registers[register] = self.registers[register].max(rank);
    }

    /// Adds the values `other` has counted.
    pub fn merge(&mut self, other: &Self) {
        for (mine, theirs) in self.registers.iter_mut().zip(&other.registers) {
            *mine = (*mine).max(*theirs);
        }
    }

    /// About how many distinct values were counted.
    #[must_use]
    pub fn estimate(&self) -> f64 {
        let m = N_REGISTERS as f64;
        let sum: f64 = self.registers.iter().map(|rank| (-f64::from(*rank)).exp2()).sum();
        let raw = 0.7213 / (1.0 + 1.079 / m) * m * m / sum;
        let n_empty = self.registers.iter().filter(|rank| **rank == 0).count();
        // Linear counting is the better estimate while registers are empty.
        if n_empty > 0 && raw <= 2.5 * m { m * (m / n_empty as f64).ln() } else { raw }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn estimates_stay_within_four_standard_errors_at_every_size() {
        let mut distinct = HyperLogLog::default();
        let mut next = 0_u64;
        for n in [0_u64, 1, 10, 100, 1_000, 5_000, 10_000, 20_000, 100_000, 1_000_000] {
            while next < n {
                distinct.insert(HyperLogLog::mix(next));
                next += 1;
            }
            let error = (distinct.estimate() - n as f64).abs();
            assert!(
                error <= 4.0 * HyperLogLog::RELATIVE_ERROR * n as f64 + 0.5,
                "{n}: {}",
                distinct.estimate()
            );
        }
    }

    #[test]
    fn merged_parts_equal_the_whole_in_any_order() {
        let of = |range: std::ops::Range<u64>| {
            let mut part = HyperLogLog::default();
            range.for_each(|i| part.insert(HyperLogLog::mix(i)));
            part
        };
        let (mut ab, mut ba) = (of(0..700), of(500..1_500));
        ab.merge(&of(500..1_500));
        ba.merge(&of(0..700));
        assert_eq!(ab, of(0..1_500));
        assert_eq!(ab, ba);
    }
}
