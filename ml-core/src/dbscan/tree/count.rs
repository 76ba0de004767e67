//! Which rows are core: leaf by leaf, looking at near nodes first and stopping when the answer is known.

use super::Tree;
use crate::dbscan::lanes::{squared_gap, squared_reach};
use pulp::{Simd, WithSimd};

/// Weights in tree order, and their sum for each node. All are at least 0, so sums only grow.
#[derive(Debug)]
pub(in crate::dbscan) struct Weights {
    of_place: Vec<f64>,
    of_node: Vec<f64>,
}

impl Weights {
    pub(in crate::dbscan) fn new(tree: &Tree, of_row: &[f64]) -> Self {
        let of_place: Vec<f64> = tree.row_at.iter().map(|&row| of_row[row as usize]).collect();
        let sum = |node: &super::Node| of_place[node.start as usize..node.end as usize].iter().sum();
        let of_node = tree.nodes.iter().map(sum).collect();
        Self { of_place, of_node }
    }
}

/// Finds the core points of some leaves.
pub(in crate::dbscan) struct CountLeaves<'a> {
    pub(in crate::dbscan) tree: &'a Tree,
    pub(in crate::dbscan) leaves: &'a [u32],
    pub(in crate::dbscan) limit: f64,
    pub(in crate::dbscan) min_samples: f64,
    pub(in crate::dbscan) weights: Option<&'a Weights>,
}

impl WithSimd for CountLeaves<'_> {
    /// For each point of the leaves, in order, whether it is core.
    type Output = Vec<bool>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> Vec<bool> {
        let mut is_core = Vec::new();
        let mut query = Query::new(self.tree.n_features);
        for &leaf in self.leaves {
            let n_points = self.tree.n_points(leaf as usize);
            let first = is_core.len();
            is_core.resize(first + n_points, true);
            query.fill(self.tree, leaf as usize);
            self.count(&mut query, leaf as usize);
            for &pending in &query.pending {
                is_core[first + pending as usize] = false;
            }
        }
        is_core
    }
}

impl CountLeaves<'_> {
    /// Visits nodes, those around `leaf` first, until no point of the query is pending or all were seen.
    #[inline(always)]
    fn count(&self, query: &mut Query, leaf: usize) {
        let mut stack = std::mem::take(&mut query.stack);
        stack.clear();
        stack.push(0);
        while let Some(node) = stack.pop() {
            if query.pending.is_empty() {
                break;
            }
            let (low, high) = self.tree.corners(node);
            if squared_gap(&query.low, &query.high, low, high) > self.limit {
                continue;
            }
            if squared_reach(&query.low, &query.high, low, high) <= self.limit {
                query.add_to_all(self.node_weight(node), self.min_samples);
            } else if self.tree.nodes[node].is_leaf() {
                self.count_leaf(query, node);
            } else {
                let (left, right) = self.tree.children(node);
                let (near, far) = if leaf < right { (left, right) } else { (right, left) }; // in the order of the leaves
                stack.push(far);
                stack.push(near);
            }
        }
        query.stack = stack;
    }

    #[inline(always)]
    fn node_weight(&self, node: usize) -> f64 {
        match self.weights {
            Some(weights) => weights.of_node[node],
            None => self.tree.nodes[node].len() as f64,
        }
    }

    /// Adds the points of leaf `node` to the counts of those within reach.
    #[inline(always)]
    fn count_leaf(&self, query: &mut Query, node: usize) {
        let (low, high) = self.tree.corners(node);
        let columns = self.tree.leaf(node);
        let n_points = self.tree.n_points(node);
        let is_merged = n_points < self.tree.nodes[node].len();
        let before = query.pending.len();
        let mut kept = 0;
        for i in 0..before {
            let pending = query.pending[i] as usize;
            let point = &query.points[pending * self.tree.n_features..][..self.tree.n_features];
            let mut total = query.totals[pending];
            if squared_gap(point, point, low, high) <= self.limit {
                total += match self.weights {
                    _ if is_merged => self.node_weight(node),
                    Some(weights) => {
                        let of_place = &weights.of_place[self.tree.nodes[node].start as usize..];
                        columns.weight_within(0, n_points, point, self.limit, of_place)
                    }
                    None => columns.count_within(0, n_points, point, self.limit) as f64,
                };
                query.totals[pending] = total;
            }
            query.pending[kept] = pending as u32;
            kept += usize::from(total < self.min_samples);
        }
        query.pending.truncate(kept);
        if kept < before {
            query.shrink_box();
        }
    }
}

/// The points of one leaf that are not known to be core yet.
struct Query {
    n_features: usize,
    points: Vec<f64>,
    totals: Vec<f64>,
    pending: Vec<u32>,
    low: Vec<f64>,
    high: Vec<f64>,
    stack: Vec<usize>,
}

impl Query {
    fn new(n_features: usize) -> Self {
        let corner = vec![0.0; n_features];
        Self {
            n_features,
            points: Vec::new(),
            totals: Vec::new(),
            pending: Vec::new(),
            low: corner.clone(),
            high: corner,
            stack: Vec::new(),
        }
    }

    #[inline(always)]
    fn fill(&mut self, tree: &Tree, leaf: usize) {
        let n_points = tree.n_points(leaf);
        self.points.resize(n_points * self.n_features, 0.0);
        for (i, point) in self.points.chunks_exact_mut(self.n_features).enumerate() {
            tree.leaf(leaf).copy_point(i, point);
        }
        self.totals.clear();
        self.totals.resize(n_points, 0.0);
        self.pending.clear();
        self.pending.extend(0..n_points as u32);
        let (low, high) = tree.corners(leaf);
        self.low.copy_from_slice(low);
        self.high.copy_from_slice(high);
    }

    #[inline(always)]
    fn add_to_all(&mut self, weight: f64, min_samples: f64) {
        let totals = &mut self.totals;
        self.pending.retain(|&pending| {
            totals[pending as usize] += weight;
            totals[pending as usize] < min_samples
        });
    }

    /// The box of the pending points alone: it reaches less far.
    #[inline(always)]
    fn shrink_box(&mut self) {
        for (rank, &pending) in self.pending.iter().enumerate() {
            let point = &self.points[pending as usize * self.n_features..][..self.n_features];
            for (j, &value) in point.iter().enumerate() {
                self.low[j] = if rank == 0 || value < self.low[j] { value } else { self.low[j] };
                self.high[j] = if rank == 0 || value > self.high[j] { value } else { self.high[j] };
            }
        }
    }
}
