use bro_features::stats::HyperLogLog;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hash, Hasher};

/// What can be made in parts whose order does not matter.
pub(super) trait Merge: Default {
    /// Adds what `other` has seen.
    fn merge(&mut self, other: Self);
}

/// The hash of keys that are mixed well already.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Given(u64);

impl Hasher for Given {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.write_u64(u64::from_le_bytes(word));
        }
    }

    fn write_u64(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(0x517c_c1b7_2722_0a95);
    }
}

/// A map that never grows beyond a number of keys, and answers the same in whatever order the rows came.
///
/// Where there are more keys, those with small hashes stay: each is there with everything that was counted for it. The
/// others are counted together.
#[derive(Debug, Clone)]
pub(super) struct Capped<K, V> {
    map: HashMap<K, (u64, V), BuildHasherDefault<Given>>,
    limit: usize,
    /// Keys whose hash has as many zeros in front stay.
    shift: u32,
    /// What belongs to no key that stays.
    pub(super) rest: V,
}

impl<K: Eq + Hash + Clone, V: Merge> Capped<K, V> {
    pub(super) fn new(limit: usize) -> Self {
        Self { map: HashMap::default(), limit, shift: 0, rest: V::default() }
    }

    fn is_kept(&self, hash: u64) -> bool {
        self.shift == 0 || hash.leading_zeros() >= self.shift
    }

    /// What is counted for a key whose hash is given.
    pub(super) fn entry(&mut self, hash: u64, key: &K) -> &mut V {
        while self.is_kept(hash) && self.map.len() >= self.limit && !self.map.contains_key(key) {
            self.raise();
        }
        if !self.is_kept(hash) {
            return &mut self.rest;
        }
        &mut self.map.entry(key.clone()).or_insert_with(|| (hash, V::default())).1
    }

    /// Asks for one more zero in front.
    fn raise(&mut self) {
        self.shift += 1;
        self.drop_others();
    }

    fn drop_others(&mut self) {
        let shift = self.shift;
        for (_, (_, value)) in self.map.extract_if(|_, (hash, _)| hash.leading_zeros() < shift) {
            self.rest.merge(value);
        }
    }

    /// What stayed, and what belongs to the keys that did not.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.map.iter().map(|(key, (_, value))| (key, value))
    }

    pub(super) fn get(&self, key: &K) -> Option<&V> {
        self.map.get(key).map(|(_, value)| value)
    }

    /// False if some keys were not kept.
    pub(super) fn is_whole(&self) -> bool {
        self.shift == 0
    }

    pub(super) fn absorb(&mut self, other: Self) {
        self.shift = self.shift.max(other.shift);
        self.drop_others();
        self.rest.merge(other.rest);
        for (key, (hash, value)) in other.map {
            if self.is_kept(hash) {
                self.map.entry(key).or_insert_with(|| (hash, V::default())).1.merge(value);
            } else {
                self.rest.merge(value);
            }
        }
        while self.map.len() > self.limit && self.shift <= u64::BITS {
            self.raise();
        }
    }
}

impl Merge for u64 {
    fn merge(&mut self, other: Self) {
        *self += other;
    }
}

impl Merge for HyperLogLog {
    fn merge(&mut self, other: Self) {
        Self::merge(self, &other);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stays_does_not_depend_on_the_order_or_the_parts() {
        let fill = |keys: &mut dyn Iterator<Item = u64>| {
            let mut map: Capped<u64, u64> = Capped::new(50);
            keys.for_each(|key| *map.entry(HyperLogLog::mix(key), &key) += 1);
            map
        };
        let sorted = |map: &Capped<u64, u64>| {
            let mut all: Vec<_> = map.iter().map(|(k, v)| (*k, *v)).collect();
            all.sort_unstable();
            (all, map.rest)
        };
        let whole = fill(&mut (0..3_000).map(|i| i % 700));
        let backwards = fill(&mut (0..3_000).rev().map(|i| i % 700));
        let mut parts = fill(&mut (0..1_000).map(|i| i % 700));
        parts.absorb(fill(&mut (1_000..3_000).map(|i| i % 700)));
        assert_eq!(sorted(&whole), sorted(&backwards));
        assert_eq!(sorted(&whole), sorted(&parts));
        assert!((11..=50).contains(&whole.iter().count()) && !whole.is_whole());
        let n: u64 = whole.iter().map(|(_, n)| n).sum();
        assert_eq!(n + whole.rest, 3_000);
    }
}
