//! Disjoint sets that many threads join at once.

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

/// Disjoint sets over `0..len`, joined from many threads without locks.
///
/// A root is always the smallest member of its set, since the larger of two roots is hung below the smaller one: the
/// sets, and their roots, do not depend on the order of the joins. Paths are halved while they are walked
/// (Anderson & Woll, "Wait-free parallel algorithms for the union-find problem", STOC 1991).
#[derive(Debug)]
pub(super) struct UnionFind {
    parents: Vec<AtomicU32>,
}

impl UnionFind {
    /// `len` sets of one member each.
    pub(super) fn new(len: usize) -> Self {
        Self { parents: (0..len as u32).map(AtomicU32::new).collect() }
    }

    /// The root of the set of `member`.
    #[inline(always)]
    pub(super) fn find(&self, member: u32) -> u32 {
        let mut at = member;
        loop {
            let parent = self.parents[at as usize].load(Relaxed);
            if parent == at {
                return at;
            }
            let grandparent = self.parents[parent as usize].load(Relaxed);
            if grandparent != parent {
                self.parents[at as usize].store(grandparent, Relaxed);
            }
            at = grandparent;
        }
    }

    /// Whether the two are in one set. Sets only grow: `true` stays true, `false` may be out of date.
    #[inline(always)]
    pub(super) fn joined(&self, a: u32, b: u32) -> bool {
        self.find(a) == self.find(b)
    }

    /// Makes one set of the sets of `a` and `b`.
    #[inline(always)]
    pub(super) fn join(&self, a: u32, b: u32) {
        let (mut a, mut b) = (a, b);
        loop {
            a = self.find(a);
            b = self.find(b);
            if a == b {
                return;
            }
            let (low, high) = (a.min(b), a.max(b));
            if self.parents[high as usize].compare_exchange(high, low, Relaxed, Relaxed).is_ok() {
                return;
            }
        }
    }
}
