//! Labels of rows.

use super::Tree;
use crate::dbscan::lanes::{LANES, squared_gap};
use crate::dbscan::{CORE, NOISE};
use pulp::{Simd, WithSimd};
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

/// Writes the labels of the rows of some leaves.
#[derive(Clone, Copy, Debug)]
pub(super) struct LabelLeaves<'a> {
    pub(super) tree: &'a Tree,
    pub(super) leaves: &'a [u32],
    /// How many points of each node are core.
    pub(super) n_core: &'a [u32],
    pub(super) limit: f64,
    /// The cluster of each core point, by place.
    pub(super) cluster_at: &'a [u32],
    /// The lowest cluster in each node, [`NOISE`] in one without core points.
    pub(super) lowest: &'a [u32],
    /// By row.
    pub(super) labels: &'a [AtomicU32],
}

impl WithSimd for LabelLeaves<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let tree = self.tree;
        let mut point = vec![0.0; tree.n_features];
        let mut stack = Vec::new();
        for &leaf in self.leaves {
            let leaf = leaf as usize;
            for i in 0..tree.n_points(leaf) {
                let label = if i < self.n_core[leaf] as usize {
                    self.cluster_at[tree.nodes[leaf].start as usize + i] | CORE
                } else {
                    tree.leaf(leaf).copy_point(i, &mut point);
                    self.lowest_cluster(leaf, &point, &mut stack)
                };
                for &row in &tree.row_at[tree.rows_of_point(leaf, i)] {
                    self.labels[row as usize].store(label, Relaxed);
                }
            }
        }
    }
}

impl LabelLeaves<'_> {
    /// The lowest cluster with a core point within reach of a point of `leaf`, or [`NOISE`].
    #[inline(always)]
    fn lowest_cluster(&self, leaf: usize, point: &[f64], stack: &mut Vec<usize>) -> u32 {
        let mut best = NOISE;
        stack.push(0);
        while let Some(node) = stack.pop() {
            let (low, high) = self.tree.corners(node);
            if self.lowest[node] >= best || squared_gap(point, point, low, high) > self.limit {
                continue;
            }
            if self.tree.nodes[node].is_leaf() {
                best = best.min(self.lowest_in_leaf(node, point));
                continue;
            }
            let (left, right) = self.tree.children(node);
            let (near, far) = if leaf < right { (left, right) } else { (right, left) };
            stack.push(far);
            stack.push(near);
        }
        best
    }

    #[inline(always)]
    fn lowest_in_leaf(&self, node: usize, point: &[f64]) -> u32 {
        let columns = self.tree.leaf(node);
        let start = self.tree.nodes[node].start as usize;
        let n_core = self.n_core[node] as usize;
        let mut best = NOISE;
        for first in (0..n_core).step_by(LANES) {
            let mut hits = columns.hits(first, n_core, point, self.limit);
            while hits != 0 {
                best = best.min(self.cluster_at[start + first + hits.trailing_zeros() as usize]);
                hits &= hits - 1;
            }
        }
        best
    }
}
