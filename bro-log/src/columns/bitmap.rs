/// One bit a row: set where the cell holds a value, clear where it is unset.
///
/// ```
/// use bro_log::Bitmap;
///
/// let present: Bitmap = [true, false, true].into_iter().collect();
/// assert_eq!((present.len(), present.count_ones(), present.get(1)), (3, 2, false));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bitmap {
    words: Vec<u64>,
    len: usize,
}

impl Bitmap {
    /// Number of rows.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.len
    }

    /// True when there are no rows.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The bit of a row.
    ///
    /// # Panics
    /// If `row` is not below [`len`](Self::len).
    #[inline]
    #[must_use]
    pub fn get(&self, row: usize) -> bool {
        assert!(row < self.len, "row {row} of {}", self.len);
        self.words[row / 64] >> (row % 64) & 1 == 1
    }

    /// Number of rows with a value.
    #[must_use]
    pub fn count_ones(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// 64 rows a word, the first row in the lowest bit; bits beyond the last row are clear.
    #[must_use]
    pub fn words(&self) -> &[u64] {
        &self.words
    }

    /// The bits in row order.
    pub fn iter(&self) -> impl Iterator<Item = bool> + '_ {
        (0..self.len).map(|row| self.words[row / 64] >> (row % 64) & 1 == 1)
    }

    pub(super) fn push(&mut self, bit: bool) {
        if self.len.is_multiple_of(64) {
            self.words.push(0);
        }
        self.words[self.len / 64] |= u64::from(bit) << (self.len % 64);
        self.len += 1;
    }

    pub(super) fn reserve(&mut self, n_bits: usize) {
        self.words.reserve_exact(n_bits.div_ceil(64) + 1);
    }

    /// Adds the lowest `n_bits` bits (at most 64); those above are clear.
    #[inline]
    pub(super) fn push_many(&mut self, bits: u64, n_bits: usize) {
        let shift = self.len % 64;
        if shift == 0 {
            self.words.push(bits);
        } else {
            *self.words.last_mut().expect("bits remain in the last word") |= bits << shift;
            if shift + n_bits > 64 {
                self.words.push(bits >> (64 - shift));
            }
        }
        self.len += n_bits;
    }

    pub(super) fn unset(len: usize) -> Self {
        Self { words: vec![0; len.div_ceil(64)], len }
    }

    pub(super) fn append(&mut self, other: &Self) {
        let shift = self.len % 64;
        for &word in &other.words {
            match shift {
                0 => self.words.push(word),
                _ => {
                    *self.words.last_mut().expect("bits remain in the last word") |= word << shift;
                    self.words.push(word >> (64 - shift));
                }
            }
        }
        self.len += other.len;
        self.words.truncate(self.len.div_ceil(64));
    }

    pub(super) fn truncate(&mut self, len: usize) {
        if len >= self.len {
            return;
        }
        self.len = len;
        self.words.truncate(len.div_ceil(64));
        if !len.is_multiple_of(64) {
            self.words[len / 64] &= (1 << (len % 64)) - 1;
        }
    }
}

impl FromIterator<bool> for Bitmap {
    fn from_iter<I: IntoIterator<Item = bool>>(bits: I) -> Self {
        let mut bitmap = Self::default();
        bits.into_iter().for_each(|bit| bitmap.push(bit));
        bitmap
    }
}
