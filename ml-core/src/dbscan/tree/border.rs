//! Which cluster a point that is not core belongs to.

use super::Tree;
use crate::dbscan::NOISE;
use crate::dbscan::lanes::{LANES, squared_gap};
use pulp::{Simd, WithSimd};

/// Looks for the lowest cluster with a core point within reach.
pub(in crate::dbscan) struct LabelBorder<'a> {
    pub(in crate::dbscan) tree: &'a Tree,
    pub(in crate::dbscan) n_core: &'a [u32],
    pub(in crate::dbscan) limit: f64,
    /// The cluster of each core point, by place.
    pub(in crate::dbscan) cluster_at: &'a [u32],
    /// The lowest cluster in each node, [`NOISE`] in one without core points.
    pub(in crate::dbscan) lowest: &'a [u32],
    /// The point.
    pub(in crate::dbscan) leaf: usize,
    pub(in crate::dbscan) in_leaf: usize,
}

impl WithSimd for LabelBorder<'_> {
    type Output = u32;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> u32 {
        let mut point = vec![0.0; self.tree.n_features];
        self.tree.leaf(self.leaf).copy_point(self.in_leaf, &mut point);
        let mut best = NOISE;
        let mut stack = vec![0];
        while let Some(node) = stack.pop() {
            let (low, high) = self.tree.corners(node);
            if self.lowest[node] >= best || squared_gap(&point, &point, low, high) > self.limit {
                continue;
            }
            if self.tree.nodes[node].is_leaf() {
                best = best.min(self.lowest_in_leaf(node, &point));
                continue;
            }
            let (left, right) = self.tree.children(node);
            let (near, far) = if self.leaf < right { (left, right) } else { (right, left) };
            stack.push(far);
            stack.push(near);
        }
        best
    }
}

impl LabelBorder<'_> {
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
