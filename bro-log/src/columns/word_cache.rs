//! Codes of short cells, found without hashing their bytes one by one.

/// Slots of a cache; a power of two.
const SLOTS: usize = 128;

/// Remembers the codes of cells of up to 16 bytes. Two cells may share a slot; the later one keeps it.
#[derive(Debug)]
pub(super) struct WordCache {
    slots: Box<[Slot; SLOTS]>,
}

/// A cell: its last eight bytes, those before them, and its length.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) last: u64,
    pub(super) before: u64,
    pub(super) len: u64,
}

#[derive(Clone, Copy, Debug)]
struct Slot {
    key: Key,
    code: u32,
}

impl Default for WordCache {
    fn default() -> Self {
        // No cell is as long as this.
        let nothing = Key { len: u64::MAX, ..Key::default() };
        Self { slots: Box::new([Slot { key: nothing, code: 0 }; SLOTS]) }
    }
}

impl WordCache {
    #[inline(always)]
    pub(super) fn get(&self, key: Key) -> Option<u32> {
        let slot = &self.slots[key.slot()];
        (slot.key == key).then_some(slot.code)
    }

    /// Remembers a code, unless the key does not hold the whole cell.
    #[inline(always)]
    pub(super) fn insert(&mut self, key: Key, code: u32) {
        if key.len <= 16 {
            self.slots[key.slot()] = Slot { key, code };
        }
    }
}

impl Key {
    /// Fibonacci hashing; the length separates cells of zero bytes.
    #[inline(always)]
    fn slot(&self) -> usize {
        let mixed = self.last ^ self.before.rotate_left(23) ^ self.len;
        (mixed.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 57) as usize % SLOTS
    }
}
