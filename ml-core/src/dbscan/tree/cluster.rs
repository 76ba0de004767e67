//! The whole of DBSCAN on the tree.

use super::border::LabelBorder;
use super::count::{CountLeaves, Weights};
use super::join::Join;
use super::{LEAF_ROWS, Tree};
use crate::dbscan::union_find::UnionFind;
use crate::dbscan::{CORE, NOISE, Search, put_first};
use pulp::Arch;
use rayon::prelude::*;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

/// Leaves that one task works on.
const TASK_LEAVES: usize = 32;

impl Tree {
    /// Clusters the rows: for each its cluster, with the bit [`CORE`] if it is core, or [`NOISE`].
    ///
    /// `weights` are those of the rows of the input.
    pub(in crate::dbscan) fn cluster(mut self, search: &Search, weights: Option<&[f64]>) -> Vec<AtomicU32> {
        let leaves = self.leaves();
        let n_core = self.find_core(&leaves, search, weights);
        let sets = UnionFind::new(self.row_at.len());
        let join = Join::new(&self, &n_core, search.limit, &sets);
        join.connect(0);
        let cluster_at = number(&self, &leaves, &n_core, &sets);
        let lowest = lowest_clusters(&self, &n_core, &cluster_at);
        let labels: Vec<AtomicU32> = self.row_at.iter().map(|_| AtomicU32::new(NOISE)).collect();
        leaves.par_chunks(TASK_LEAVES).flatten_iter().for_each(|&leaf| {
            let (tree, leaf) = (&self, leaf as usize);
            for i in 0..tree.n_points(leaf) {
                let place = tree.nodes[leaf].start as usize + i;
                let label = if i < n_core[leaf] as usize {
                    cluster_at[place] | CORE
                } else {
                    Arch::new().dispatch(LabelBorder {
                        tree,
                        n_core: &n_core,
                        limit: search.limit,
                        cluster_at: &cluster_at,
                        lowest: &lowest,
                        leaf,
                        in_leaf: i,
                    })
                };
                for &row in &tree.row_at[tree.rows_of_point(leaf, i)] {
                    labels[row as usize].store(label, Relaxed);
                }
            }
        });
        labels
    }

    /// The places of the rows that point `i` of a leaf stands for.
    fn rows_of_point(&self, leaf: usize, i: usize) -> std::ops::Range<usize> {
        let node = self.nodes[leaf];
        match node.len() {
            len if len > LEAF_ROWS => node.start as usize..node.end as usize,
            _ => node.start as usize + i..node.start as usize + i + 1,
        }
    }

    /// Moves the core points of each leaf to its front and counts them in each node.
    fn find_core(&mut self, leaves: &[u32], search: &Search, weights: Option<&[f64]>) -> Vec<u32> {
        let weights = weights.map(|of_row| Weights::new(self, of_row));
        let tree = &*self;
        let is_core: Vec<Vec<bool>> = leaves
            .par_chunks(TASK_LEAVES)
            .map(|leaves| {
                Arch::new().dispatch(CountLeaves {
                    tree,
                    leaves,
                    limit: search.limit,
                    min_samples: search.min_samples as f64,
                    weights: weights.as_ref(),
                })
            })
            .collect();
        let mut n_core = vec![0; self.nodes.len()];
        for (leaves, is_core) in leaves.chunks(TASK_LEAVES).zip(&is_core) {
            let mut rest = is_core.as_slice();
            for &leaf in leaves {
                let (of_leaf, after) = rest.split_at(self.n_points(leaf as usize));
                n_core[leaf as usize] = of_leaf.iter().map(|&core| u32::from(core)).sum();
                self.put_core_first(leaf as usize, of_leaf);
                rest = after;
            }
        }
        for node in (0..self.nodes.len()).rev() {
            if !self.nodes[node].is_leaf() {
                let (left, right) = self.children(node);
                n_core[node] = n_core[left] + n_core[right];
            }
        }
        n_core
    }

    fn put_core_first(&mut self, leaf: usize, is_core: &[bool]) {
        if is_core.is_sorted_by(|a, b| a >= b) {
            return;
        }
        let start = self.nodes[leaf].start as usize;
        let n_points = is_core.len();
        let values = &mut self.values[start * self.n_features..][..n_points * self.n_features];
        for column in values.chunks_exact_mut(n_points) {
            put_first(column, is_core);
        }
        put_first(&mut self.row_at[start..start + n_points], is_core);
    }
}

/// Numbers the sets by their lowest row: the cluster of each core point, by place.
fn number(tree: &Tree, leaves: &[u32], n_core: &[u32], sets: &UnionFind) -> Vec<u32> {
    let mut lowest_row = vec![u32::MAX; tree.row_at.len()];
    let mut roots = Vec::new();
    for &leaf in leaves {
        let node = tree.nodes[leaf as usize];
        for place in node.start..node.start + n_core[leaf as usize] {
            let root = sets.find(place);
            if root == place {
                roots.push(root);
            }
            let first_row =
                tree.row_at[tree.rows_of_point(leaf as usize, (place - node.start) as usize)].iter().min();
            let lowest = &mut lowest_row[root as usize];
            *lowest = (*lowest).min(*first_row.expect("a point stands for at least one row"));
        }
    }
    roots.sort_unstable_by_key(|&root| lowest_row[root as usize]);
    let mut cluster_at = lowest_row;
    for (cluster, &root) in roots.iter().enumerate() {
        cluster_at[root as usize] = cluster as u32;
    }
    for &leaf in leaves {
        let node = tree.nodes[leaf as usize];
        for place in node.start..node.start + n_core[leaf as usize] {
            cluster_at[place as usize] = cluster_at[sets.find(place) as usize];
        }
    }
    cluster_at
}

/// The lowest cluster in each node.
fn lowest_clusters(tree: &Tree, n_core: &[u32], cluster_at: &[u32]) -> Vec<u32> {
    let mut lowest = vec![NOISE; tree.nodes.len()];
    for idx in (0..tree.nodes.len()).rev() {
        let node = tree.nodes[idx];
        lowest[idx] = if node.is_leaf() {
            let core = node.start as usize..(node.start + n_core[idx]) as usize;
            cluster_at[core].iter().copied().min().unwrap_or(NOISE)
        } else {
            let (left, right) = tree.children(idx);
            lowest[left].min(lowest[right])
        };
    }
    lowest
}
