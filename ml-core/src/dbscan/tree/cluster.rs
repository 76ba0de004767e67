//! The whole of DBSCAN on the tree.

use super::count::{CountLeaves, Weights};
use super::join::Join;
use super::label::LabelLeaves;
use super::{LEAF_ROWS, Tree};
use crate::Error;
use crate::dbscan::params::DbscanStep;
use crate::dbscan::union_find::UnionFind;
use crate::dbscan::watch::Watch;
use crate::dbscan::{NOISE, Search, put_first, vectorized};
use std::ops::Range;
use std::sync::atomic::AtomicU32;

/// Leaves that one task works on.
const TASK_LEAVES: usize = 32;

impl Tree {
    /// Clusters the rows: for each its cluster, with the bit [`CORE`](crate::dbscan::CORE) if it is core, or [`NOISE`].
    ///
    /// `weights` are those of the rows of the input.
    ///
    /// # Errors
    /// [`Error::Cancelled`] if the observer asks to stop.
    pub(in crate::dbscan) fn cluster(
        mut self,
        search: &Search,
        weights: Option<&[f64]>,
        watch: &mut Watch<'_>,
    ) -> Result<Vec<AtomicU32>, Error> {
        let leaves = self.leaves();
        let n_core = self.find_core(&leaves, search, weights, watch)?;
        watch.tell(DbscanStep::Join, 0, 1)?;
        let sets = UnionFind::new(self.row_at.len());
        Join::new(&self, &n_core, search.limit, &sets).connect(0);
        let cluster_at = self.number(&leaves, &n_core, &sets);
        drop(sets);
        let lowest = self.lowest_clusters(&n_core, &cluster_at);
        let labels: Vec<AtomicU32> = self.row_at.iter().map(|_| AtomicU32::new(NOISE)).collect();
        let label = LabelLeaves {
            tree: &self,
            leaves: &[],
            n_core: &n_core,
            limit: search.limit,
            cluster_at: &cluster_at,
            lowest: &lowest,
            labels: &labels,
        };
        watch.map_chunks(DbscanStep::Label, leaves.len(), TASK_LEAVES, |range| {
            vectorized(LabelLeaves { leaves: &leaves[range], ..label });
        })?;
        Ok(labels)
    }

    /// The places of the rows that point `i` of a leaf stands for.
    pub(super) fn rows_of_point(&self, leaf: usize, i: usize) -> Range<usize> {
        let (start, end) = (self.nodes[leaf].start as usize, self.nodes[leaf].end as usize);
        if end - start > LEAF_ROWS { start..end } else { start + i..start + i + 1 }
    }

    /// Moves the core points of each leaf to its front and counts them in each node.
    fn find_core(
        &mut self,
        leaves: &[u32],
        search: &Search,
        weights: Option<&[f64]>,
        watch: &mut Watch<'_>,
    ) -> Result<Vec<u32>, Error> {
        let weights = weights.map(|of_row| Weights::new(self, of_row));
        let (tree, limit, min_samples) = (&*self, search.limit, search.min_samples as f64);
        let is_core = watch.map_chunks(DbscanStep::Count, leaves.len(), TASK_LEAVES, |range| {
            let weights = weights.as_ref();
            vectorized(CountLeaves { tree, leaves: &leaves[range], limit, min_samples, weights })
        })?;
        let mut n_core = vec![0; self.nodes.len()];
        for (leaves, is_core) in leaves.chunks(TASK_LEAVES).zip(&is_core) {
            let mut rest = is_core.as_slice();
            for leaf in leaves.iter().map(|&leaf| leaf as usize) {
                let (of_leaf, after) = rest.split_at(self.n_points(leaf));
                n_core[leaf] = of_leaf.iter().map(|&core| u32::from(core)).sum();
                self.put_core_first(leaf, of_leaf);
                rest = after;
            }
        }
        self.fold_up(&mut n_core, |left, right| left + right);
        Ok(n_core)
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

    /// Gives each inner node what `fold` makes of its children's.
    fn fold_up(&self, of_node: &mut [u32], fold: impl Fn(u32, u32) -> u32) {
        for node in (0..self.nodes.len()).rev() {
            if !self.nodes[node].is_leaf() {
                let (left, right) = self.children(node);
                of_node[node] = fold(of_node[left], of_node[right]);
            }
        }
    }

    /// Numbers the sets by their lowest row: the cluster of each core point, by place.
    fn number(&self, leaves: &[u32], n_core: &[u32], sets: &UnionFind) -> Vec<u32> {
        let mut cluster_at = vec![NOISE; self.row_at.len()];
        let core = leaves.iter().flat_map(|&leaf| {
            let start = self.nodes[leaf as usize].start;
            (0..n_core[leaf as usize]).map(move |i| (leaf as usize, i as usize, start + i))
        });
        for (leaf, i, place) in core.clone() {
            let lowest_row = &mut cluster_at[sets.find(place) as usize];
            let rows = &self.row_at[self.rows_of_point(leaf, i)];
            *lowest_row = rows.iter().copied().fold(*lowest_row, u32::min);
        }
        let is_root = |&place: &u32| sets.find(place) == place;
        let mut roots: Vec<u32> = core.clone().map(|(_, _, place)| place).filter(is_root).collect();
        roots.sort_unstable_by_key(|&root| cluster_at[root as usize]);
        for (cluster, &root) in roots.iter().enumerate() {
            cluster_at[root as usize] = cluster as u32;
        }
        for (_, _, place) in core {
            cluster_at[place as usize] = cluster_at[sets.find(place) as usize];
        }
        cluster_at
    }

    /// The lowest cluster in each node, [`NOISE`] in one without core points.
    fn lowest_clusters(&self, n_core: &[u32], cluster_at: &[u32]) -> Vec<u32> {
        let of_core = |(node, &n_core): (&super::Node, &u32)| {
            let core = node.start as usize..(node.start + if node.is_leaf() { n_core } else { 0 }) as usize;
            cluster_at[core].iter().copied().min().unwrap_or(NOISE)
        };
        let mut lowest: Vec<u32> = self.nodes.iter().zip(n_core).map(of_core).collect();
        self.fold_up(&mut lowest, u32::min);
        lowest
    }
}
