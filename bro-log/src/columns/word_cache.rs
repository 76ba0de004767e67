//! Codes of short cells, found without hashing their bytes one by one.

/// Slots of a cache; a power of two.
const SLOTS: usize = 128;

/// Remembers the codes of cells that fit a key. Two cells may share a slot; the later one keeps it.
#[derive(Debug)]
pub(super) struct WordCache {
    keys: Box<[u64; SLOTS]>,
    codes: Box<[u32; SLOTS]>,
}

/// The key of cells that have none.
const NO_KEY: u64 = u64::MAX;

/// Up to eight bytes of text as a number that no other text has; [`NO_KEY`] where there is no such number.
///
/// `last` holds the cell's last bytes, zeros before them. The length stands in the lowest byte where that is free; a cell
/// of eight bytes has none free, so it must not start with what could be a length.
#[inline(always)]
pub(super) const fn key_of(last: u64, len: u64) -> u64 {
    let is_clear = len < 8 || (len == 8 && last & 0xff >= 8);
    if !is_clear {
        return NO_KEY;
    }
    if len < 8 { last | len } else { last }
}

impl Default for WordCache {
    fn default() -> Self {
        Self { keys: Box::new([NO_KEY; SLOTS]), codes: Box::new([0; SLOTS]) }
    }
}

impl WordCache {
    /// The code of a key; of [`NO_KEY`], never one.
    #[inline(always)]
    pub(super) fn get(&self, key: u64) -> Option<u32> {
        let slot = slot_of(key);
        (self.keys[slot] == key && key != NO_KEY).then(|| self.codes[slot])
    }

    #[inline(always)]
    pub(super) fn insert(&mut self, key: u64, code: u32) {
        if key != NO_KEY {
            let slot = slot_of(key);
            (self.keys[slot], self.codes[slot]) = (key, code);
        }
    }

    pub(super) fn clear(&mut self) {
        self.keys.fill(NO_KEY);
    }
}

/// Fibonacci hashing.
#[inline(always)]
const fn slot_of(key: u64) -> usize {
    (key.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 57) as usize % SLOTS
}

#[cfg(test)]
mod tests {
    use super::{NO_KEY, WordCache, key_of};
    use crate::columns::digits::last_bytes;

    #[test]
    fn cells_share_a_key_only_if_they_are_equal() {
        let cells: [&[u8]; 9] =
            [b"", b"\0", b"\0\0", b"a", b"\0a", b"1234567", b"12345678", b"\x0712345678", b"\x071234567"];
        let keys = cells.map(|cell| {
            let mut word = [b'x'; 8];
            let n_kept = cell.len().min(8);
            word[8 - n_kept..].copy_from_slice(&cell[cell.len() - n_kept..]);
            let len = cell.len() as u64;
            key_of(last_bytes(u64::from_le_bytes(word), len), len)
        });
        assert_eq!(keys[7..], [NO_KEY; 2]);
        for (idx, key) in keys[..7].iter().enumerate() {
            assert!(*key != NO_KEY && !keys[..idx].contains(key), "{:?}", cells[idx]);
        }
    }

    #[test]
    fn a_cell_without_key_is_never_remembered() {
        let mut cache = WordCache::default();
        cache.insert(NO_KEY, 7);
        assert_eq!(cache.get(NO_KEY), None);
        cache.insert(3, 7);
        assert_eq!(cache.get(3), Some(7));
    }
}
