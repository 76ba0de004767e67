//! The distance to the k-th nearest row.

use super::Tree;
use crate::dbscan::lanes::{LANES, squared_gap};
use pulp::{Simd, WithSimd};

/// For each query row the squared distance to the `k`-th nearest row; a row is its own first.
pub(in crate::dbscan) struct NearestDistances<'a> {
    pub(in crate::dbscan) tree: &'a Tree,
    pub(in crate::dbscan) queries: &'a [f64],
    pub(in crate::dbscan) k: usize,
}

impl WithSimd for NearestDistances<'_> {
    type Output = Vec<f64>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> Vec<f64> {
        let mut nearest = vec![f64::INFINITY; self.k];
        let mut stack = Vec::new();
        self.queries
            .chunks_exact(self.tree.n_features)
            .map(|point| {
                nearest.fill(f64::INFINITY);
                self.visit(point, &mut nearest, &mut stack);
                nearest[self.k - 1]
            })
            .collect()
    }
}

impl NearestDistances<'_> {
    /// Visits nodes, the nearer child first, that may hold one of the `k` nearest.
    #[inline(always)]
    fn visit(&self, point: &[f64], nearest: &mut [f64], stack: &mut Vec<(f64, usize)>) {
        stack.push((0.0, 0));
        while let Some((gap, node)) = stack.pop() {
            if gap >= nearest[self.k - 1] {
                continue;
            }
            if self.tree.nodes[node].is_leaf() {
                self.visit_leaf(node, point, nearest);
                continue;
            }
            let (left, right) = self.tree.children(node);
            let (left, right) = ((self.gap(point, left), left), (self.gap(point, right), right));
            let (near, far) = if left.0 <= right.0 { (left, right) } else { (right, left) };
            stack.push(far);
            stack.push(near);
        }
    }

    #[inline(always)]
    fn gap(&self, point: &[f64], node: usize) -> f64 {
        let (low, high) = self.tree.corners(node);
        squared_gap(point, point, low, high)
    }

    #[inline(always)]
    fn visit_leaf(&self, node: usize, point: &[f64], nearest: &mut [f64]) {
        let n_points = self.tree.n_points(node);
        let copies = if n_points < self.tree.nodes[node].len() { self.tree.nodes[node].len() } else { 1 };
        let columns = self.tree.leaf(node);
        for first in (0..n_points).step_by(LANES) {
            let distances = columns.squared_distances(first, point);
            for &distance in &distances[..LANES.min(n_points - first)] {
                for _ in 0..copies.min(self.k) {
                    insert(nearest, distance);
                }
            }
        }
    }
}

/// Puts `distance` into the ascending list and drops the last.
#[inline(always)]
fn insert(nearest: &mut [f64], distance: f64) {
    let mut at = nearest.len() - 1;
    if distance >= nearest[at] {
        return;
    }
    while at > 0 && nearest[at - 1] > distance {
        nearest[at] = nearest[at - 1];
        at -= 1;
    }
    nearest[at] = distance;
}
