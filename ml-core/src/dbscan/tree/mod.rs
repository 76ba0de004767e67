//! A kd-tree whose leaves are small matrices stored column by column.

mod build;
mod cluster;
mod count;
mod join;
mod label;
mod nearest;
mod plan;

pub(super) use nearest::NearestDistances;

use super::lanes::Columns;

/// Most rows in a leaf, unless they are all identical.
pub(super) const LEAF_ROWS: usize = 32;

/// One node: the rows `start..end` in tree order. Nodes stand in preorder, so the left child of node `i` is `i + 1`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node {
    pub(super) start: u32,
    pub(super) end: u32,
    /// How far behind this node its right child stands; 0 in a leaf.
    pub(super) to_right: u32,
}

impl Node {
    pub(super) fn is_leaf(&self) -> bool {
        self.to_right == 0
    }

    pub(super) fn len(&self) -> usize {
        (self.end - self.start) as usize
    }
}

/// The rows of a matrix arranged by place.
///
/// A leaf of `m` rows owns `n_features * m` values, its columns one after the other. If it has more than [`LEAF_ROWS`]
/// rows they are identical, and only the first is stored: it stands for all (`m = 1`).
#[derive(Debug)]
pub(super) struct Tree {
    pub(super) n_features: usize,
    pub(super) nodes: Vec<Node>,
    /// For each node the smallest, then the largest value of each column over its rows.
    pub(super) boxes: Vec<f64>,
    /// The row of the input at each place.
    pub(super) row_at: Vec<u32>,
    pub(super) values: Vec<f64>,
}

impl Tree {
    /// How many distinct points leaf `node` stores.
    pub(super) fn n_points(&self, node: usize) -> usize {
        match self.nodes[node].len() {
            len if len > LEAF_ROWS => 1,
            len => len,
        }
    }

    /// The columns of leaf `node`.
    #[inline(always)]
    pub(super) fn leaf(&self, node: usize) -> Columns<'_> {
        let start = self.nodes[node].start as usize * self.n_features;
        Columns { values: &self.values[start..], stride: self.n_points(node) }
    }

    /// The smallest and the largest corner of `node`.
    #[inline(always)]
    pub(super) fn corners(&self, node: usize) -> (&[f64], &[f64]) {
        let start = 2 * node * self.n_features;
        self.boxes[start..start + 2 * self.n_features].split_at(self.n_features)
    }

    #[inline(always)]
    pub(super) fn children(&self, node: usize) -> (usize, usize) {
        (node + 1, node + self.nodes[node].to_right as usize)
    }

    /// The leaves, in the order of their rows.
    pub(super) fn leaves(&self) -> Vec<u32> {
        (0..self.nodes.len() as u32).filter(|&node| self.nodes[node as usize].is_leaf()).collect()
    }
}
