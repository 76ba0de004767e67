//! Joining core points within reach of each other, from the leaves upwards.
//!
//! ```text
//! connect(node):   if leaf: join its core points pair by pair
//!                  else:    connect(left); connect(right); cross(left, right)
//! cross(a, b):     skip if they are out of reach, or all core points of both are one set already
//!                  if leaves: join pairs of core points within reach
//!                  else:      cross the halves of the larger with the other, the nearer first
//! ```
//!
//! Most of the work is saved by the second reason to skip, so a node remembers once all its core points are one set.

use super::Tree;
use crate::dbscan::lanes::{LANES, squared_gap};
use crate::dbscan::union_find::UnionFind;
use crate::dbscan::vectorized;
use pulp::{Simd, WithSimd};
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

/// Pairs of nodes with more rows are divided among threads.
const PARALLEL_ROWS: usize = 1 << 13;
const NONE: u32 = u32::MAX;

/// The state of the join. Core points come first in each leaf.
#[derive(Debug)]
pub(in crate::dbscan) struct Join<'a> {
    tree: &'a Tree,
    n_core: &'a [u32],
    limit: f64,
    sets: &'a UnionFind,
    /// For each node one of its core points, once all of them are known to be one set.
    whole: Vec<AtomicU32>,
}

impl<'a> Join<'a> {
    /// `n_core` counts the core points of each node; `sets` has a member for each place.
    pub(in crate::dbscan) fn new(tree: &'a Tree, n_core: &'a [u32], limit: f64, sets: &'a UnionFind) -> Self {
        let whole = tree.nodes.iter().map(|_| AtomicU32::new(NONE)).collect();
        Self { tree, n_core, limit, sets, whole }
    }

    /// One core point of `node`, if all of them are one set.
    pub(in crate::dbscan) fn whole(&self, node: usize) -> Option<u32> {
        Some(self.whole[node].load(Relaxed)).filter(|&place| place != NONE)
    }

    /// Joins the core points of `node`.
    pub(in crate::dbscan) fn connect(&self, node: usize) {
        if self.n_core[node] == 0 {
            return;
        }
        if self.tree.nodes[node].is_leaf() {
            vectorized(ConnectLeaf { join: self, leaf: node });
            return;
        }
        let (left, right) = self.tree.children(node);
        if self.tree.nodes[node].len() > PARALLEL_ROWS {
            rayon::join(|| self.connect(left), || self.connect(right));
        } else {
            self.connect(left);
            self.connect(right);
        }
        self.cross(left, right);
        self.settle(node);
    }

    /// Joins the core points of one node with those of another, apart from it.
    fn cross(&self, a: usize, b: usize) {
        if !self.can_join(a, b) {
            return;
        }
        let (large, small) = self.by_size(a, b);
        let n_rows = self.tree.nodes[a].len() + self.tree.nodes[b].len();
        if n_rows <= PARALLEL_ROWS || self.tree.nodes[large].is_leaf() {
            vectorized(CrossNodes { join: self, a, b });
            return;
        }
        let (left, right) = self.tree.children(large);
        rayon::join(|| self.cross(left, small), || self.cross(right, small));
        self.settle(large);
    }

    /// The node to divide, and the other. A leaf is not divided before a node.
    #[inline(always)]
    fn by_size(&self, a: usize, b: usize) -> (usize, usize) {
        let size = |node: usize| (!self.tree.nodes[node].is_leaf(), self.tree.nodes[node].len());
        if size(a) >= size(b) { (a, b) } else { (b, a) }
    }

    #[inline(always)]
    fn can_join(&self, a: usize, b: usize) -> bool {
        if self.n_core[a] == 0 || self.n_core[b] == 0 || self.gap(a, b) > self.limit {
            return false;
        }
        self.settle(a);
        self.settle(b);
        match (self.whole(a), self.whole(b)) {
            (Some(a), Some(b)) => !self.sets.joined(a, b),
            _ => true,
        }
    }

    #[inline(always)]
    fn gap(&self, a: usize, b: usize) -> f64 {
        let (low_a, high_a) = self.tree.corners(a);
        let (low_b, high_b) = self.tree.corners(b);
        squared_gap(low_a, high_a, low_b, high_b)
    }

    /// Notes that a node is whole if its children are.
    #[inline(always)]
    fn settle(&self, node: usize) {
        if self.tree.nodes[node].is_leaf() || self.whole(node).is_some() {
            return;
        }
        let (left, right) = self.tree.children(node);
        let place = match (self.n_core[left], self.n_core[right]) {
            (_, 0) => self.whole(left),
            (0, _) => self.whole(right),
            _ => self.whole(left).filter(|&a| self.whole(right).is_some_and(|b| self.sets.joined(a, b))),
        };
        if let Some(place) = place {
            self.whole[node].store(place, Relaxed);
        }
    }

    /// Notes that a leaf is whole if its core points are one set.
    #[inline(always)]
    fn settle_leaf(&self, leaf: usize) {
        let start = self.tree.nodes[leaf].start;
        if self.whole(leaf).is_none() && (1..self.n_core[leaf]).all(|i| self.sets.joined(start, start + i)) {
            self.whole[leaf].store(start, Relaxed);
        }
    }

    #[inline(always)]
    fn join_leaves(&self, a: usize, b: usize, point: &mut [f64]) {
        let (start_a, start_b) = (self.tree.nodes[a].start, self.tree.nodes[b].start);
        let (low_b, high_b) = self.tree.corners(b);
        let columns = self.tree.leaf(b);
        let (whole_a, whole_b) = (self.whole(a), self.whole(b));
        for i in 0..self.n_core[a] {
            self.tree.leaf(a).copy_point(i as usize, point);
            if squared_gap(point, point, low_b, high_b) > self.limit {
                continue;
            }
            if whole_b.is_some_and(|b| self.sets.joined(start_a + i, b)) {
                continue;
            }
            for first in (0..self.n_core[b]).step_by(LANES) {
                let mut hits = columns.hits(first as usize, self.n_core[b] as usize, point, self.limit);
                while hits != 0 {
                    self.sets.join(start_a + i, start_b + first + hits.trailing_zeros());
                    if whole_a.is_some() && whole_b.is_some() {
                        return;
                    }
                    hits &= hits - 1;
                }
            }
        }
        self.settle_leaf(a);
        self.settle_leaf(b);
    }
}

/// Joins the core points of one leaf.
struct ConnectLeaf<'j, 'a> {
    join: &'j Join<'a>,
    leaf: usize,
}

impl WithSimd for ConnectLeaf<'_, '_> {
    type Output = ();

    /// Grows sets one by one: each point is compared with those that are in no set yet.
    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Join { tree, n_core, limit, sets, whole, .. } = self.join;
        let n_core = n_core[self.leaf];
        let start = tree.nodes[self.leaf].start;
        let columns = tree.leaf(self.leaf);
        let mut point = vec![0.0; tree.n_features];
        let mut left = u32::MAX >> (u32::BITS - n_core);
        let mut n_sets = 0;
        while left != 0 {
            let first = left.trailing_zeros();
            let mut frontier = 1u32 << first;
            left &= !frontier;
            n_sets += 1;
            while frontier != 0 && left != 0 {
                columns.copy_point(frontier.trailing_zeros() as usize, &mut point);
                frontier &= frontier - 1;
                for lane in (0..n_core).step_by(LANES) {
                    let hits = columns.hits(lane as usize, n_core as usize, &point, *limit) << lane & left;
                    left &= !hits;
                    frontier |= hits;
                    let mut new = hits;
                    while new != 0 {
                        sets.join(start + first, start + new.trailing_zeros());
                        new &= new - 1;
                    }
                }
            }
        }
        if n_sets == 1 {
            whole[self.leaf].store(start, Relaxed);
        }
    }
}

/// Joins the core points of two nodes.
struct CrossNodes<'j, 'a> {
    join: &'j Join<'a>,
    a: usize,
    b: usize,
}

impl WithSimd for CrossNodes<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Join { tree, .. } = self.join;
        let mut point = vec![0.0; tree.n_features];
        let mut stack = vec![(self.a, self.b)];
        while let Some((a, b)) = stack.pop() {
            if !self.join.can_join(a, b) {
                continue;
            }
            let (large, small) = self.join.by_size(a, b);
            if tree.nodes[large].is_leaf() {
                self.join.join_leaves(a, b, &mut point);
                continue;
            }
            let (left, right) = tree.children(large);
            let left_is_near = self.join.gap(left, small) <= self.join.gap(right, small);
            let (near, far) = if left_is_near { (left, right) } else { (right, left) };
            stack.push((far, small));
            stack.push((near, small));
        }
    }
}
