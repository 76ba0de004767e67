/// Sub-bins of an octave: 64, so a bin is at most 1/64 of its lower edge wide.
const SUB_BITS: u32 = 6;
const SUB_BINS: u64 = 1 << SUB_BITS;

/// A mergeable histogram of counts on a log scale, from which quantiles are read.
///
/// Values below 128 have a bin each and are exact; above, a bin is 1/64 of an octave and its middle is answered,
/// so a quantile is off by less than 0.8 % of its value. Merging adds counts, hence the order of merging does not
/// matter. `insert` is O(1), `quantile` and `merge` O(bins); memory is at most 3,776 bins of 8 bytes, half a kibibyte for
/// each octave that values lie in.
///
/// ```
/// use bro_features::LogHistogram;
/// let mut sketch = LogHistogram::default();
/// for value in [3, 1, 2, 1_000_000] {
///     sketch.insert(value);
/// }
/// assert_eq!(sketch.quantile(0.5), Some(2.0));
/// assert!((sketch.quantile(1.0).unwrap() / 1e6 - 1.0).abs() < 0.008);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LogHistogram {
    /// Blocks of bins, of which only those are there that hold a value.
    blocks: Vec<Option<Box<Block>>>,
    n: u64,
}

/// The bins of an octave; the first two blocks hold a bin for each number.
type Block = [u64; SUB_BINS as usize];

impl LogHistogram {
    /// Counts `value` once.
    pub fn insert(&mut self, value: u64) {
        let bin = bin_of(value);
        self.block(bin / SUB_BINS as usize)[bin % SUB_BINS as usize] += 1;
        self.n += 1;
    }

    /// Counts `value` as often as `times` says.
    pub fn insert_many(&mut self, value: u64, times: u64) {
        self.insert_in_bin(Self::bin_of(value), times);
    }

    /// Counts a value whose bin is known, `times` times.
    ///
    /// # Panics
    /// If there is no such bin (from 0 to 3,775).
    pub fn insert_in_bin(&mut self, bin: usize, times: u64) {
        assert!(bin < Self::N_BINS, "bin {bin} of {}", Self::N_BINS);
        self.block(bin / SUB_BINS as usize)[bin % SUB_BINS as usize] += times;
        self.n += times;
    }

    /// Takes away what `other` has counted.
    ///
    /// # Panics
    /// If `other` has counted what this one has not.
    pub fn subtract(&mut self, other: &Self) {
        for (bin, count) in other.bins() {
            let own = &mut self.block(bin / SUB_BINS as usize)[bin % SUB_BINS as usize];
            *own = own.checked_sub(count).expect("only what was counted is taken away");
        }
        self.n -= other.n;
    }

    /// Number of bins.
    pub const N_BINS: usize = 3_776;

    /// The bin a value falls into, from 0.
    #[must_use]
    pub fn bin_of(value: u64) -> usize {
        bin_of(value)
    }

    /// What a bin stands for: its middle, which is exact below 128.
    ///
    /// # Panics
    /// If there is no such bin.
    #[must_use]
    pub fn middle_of(bin: usize) -> f64 {
        assert!(bin < Self::N_BINS, "bin {bin} of {}", Self::N_BINS);
        middle_of(bin)
    }

    /// The bins that hold something, from the smallest values on: bin and count.
    #[must_use = "iterators are lazy"]
    pub fn bins(&self) -> impl DoubleEndedIterator<Item = (usize, u64)> + '_ {
        let blocks = self.blocks.iter().enumerate().filter_map(|(idx, block)| Some((idx, block.as_ref()?)));
        let bins = blocks.flat_map(|(idx, block)| {
            block.iter().enumerate().map(move |(place, count)| (idx * SUB_BINS as usize + place, *count))
        });
        bins.filter(|(_, count)| *count > 0)
    }

    /// How many of the values counted were 0.
    #[must_use]
    pub fn n_zeros(&self) -> u64 {
        self.blocks.first().and_then(Option::as_ref).map_or(0, |block| block[0])
    }

    /// Adds what `other` has counted.
    pub fn merge(&mut self, other: &Self) {
        for (idx, theirs) in other.blocks.iter().enumerate() {
            if let Some(theirs) = theirs {
                self.block(idx).iter_mut().zip(&**theirs).for_each(|(mine, theirs)| *mine += theirs);
            }
        }
        self.n += other.n;
    }

    fn block(&mut self, idx: usize) -> &mut Block {
        if idx >= self.blocks.len() {
            self.blocks.resize(idx + 1, None);
        }
        self.blocks[idx].get_or_insert_with(|| Box::new([0; SUB_BINS as usize]))
    }

    /// How many values were counted.
    #[must_use]
    pub fn n(&self) -> u64 {
        self.n
    }

    /// The smallest bin middle with at least a share `q` (0 to 1) of the values at or below it; `None` when empty.
    #[must_use]
    pub fn quantile(&self, q: f64) -> Option<f64> {
        let rank = ((q.clamp(0.0, 1.0) * self.n as f64).ceil() as u64).max(1);
        let mut seen = 0;
        self.bins().find_map(|(bin, count)| {
            seen += count;
            (seen >= rank).then(|| middle_of(bin))
        })
    }

    /// The median, as [`quantile`](Self::quantile) of one half.
    #[must_use]
    pub fn median(&self) -> Option<f64> {
        self.quantile(0.5)
    }
}

fn bin_of(value: u64) -> usize {
    if value < 2 * SUB_BINS {
        return value as usize;
    }
    let octave = value.ilog2() - SUB_BITS;
    (u64::from(octave) * SUB_BINS + (value >> octave)) as usize
}

fn middle_of(bin: usize) -> f64 {
    let bin = bin as u64;
    if bin < 2 * SUB_BINS {
        return bin as f64;
    }
    let octave = bin / SUB_BINS - 1;
    let lower = (bin - octave * SUB_BINS) << octave;
    lower as f64 + ((1_u64 << octave) - 1) as f64 / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bin_holds_its_own_middle_within_the_stated_error() {
        assert_eq!((bin_of(0), bin_of(u64::MAX)), (0, 3775));
        for bin in 0..=3775 {
            assert_eq!(bin_of(middle_of(bin) as u64), bin);
        }
        for value in
            (0..64).flat_map(|shift| [1_u64 << shift, (1 << shift) + (1 << shift >> 1), u64::MAX >> shift])
        {
            let error = (middle_of(bin_of(value)) - value as f64).abs() / value as f64;
            assert!(error < 0.008, "{value} is off by {error}");
        }
    }

    #[test]
    fn quantiles_are_within_the_stated_error_of_the_sorted_values() {
        let values: Vec<u64> = (0..5000_u64).map(|i| i * i * i % 1_000_003 * 97).collect();
        let mut sorted = values.clone();
        sorted.sort_unstable();
        let mut sketch = LogHistogram::default();
        values.iter().for_each(|&v| sketch.insert(v));
        for q in [0.0, 0.01, 0.25, 0.5, 0.75, 0.99, 1.0] {
            let rank = ((q * values.len() as f64).ceil() as usize).max(1);
            let exact = sorted[rank - 1] as f64;
            let found = sketch.quantile(q).unwrap();
            assert!((found - exact).abs() <= 0.008 * exact, "q {q}: {found} is not near {exact}");
        }
    }

    #[test]
    fn merged_parts_equal_the_whole() {
        let (mut whole, mut left, mut right) =
            (LogHistogram::default(), LogHistogram::default(), LogHistogram::default());
        for value in 0..1000_u64 {
            whole.insert(value * value);
            if value % 3 == 0 { left.insert(value * value) } else { right.insert(value * value) }
        }
        right.merge(&left);
        assert_eq!(right, whole);
        assert_eq!(LogHistogram::default().median(), None);
    }
}
