//! The whole of DBSCAN on the grid.

use super::Grid;
use super::count::CountCells;
use super::join::JoinCells;
use super::label::LabelCells;
use super::window::Line;
use crate::Error;
use crate::dbscan::params::DbscanStep;
use crate::dbscan::union_find::UnionFind;
use crate::dbscan::watch::Watch;
use crate::dbscan::{CORE, NOISE, Search, put_first, vectorized};
use rayon::prelude::*;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

/// Cells that one task works on.
const TASK_CELLS: usize = 1 << 10;

impl<const D: usize> Grid<D> {
    /// Clusters the rows: for each its cluster, with the bit [`CORE`] if it is core, or [`NOISE`].
    ///
    /// # Errors
    /// [`Error::Cancelled`] if the observer asks to stop.
    pub(in crate::dbscan) fn cluster(
        mut self,
        search: &Search,
        watch: &mut Watch<'_>,
    ) -> Result<Vec<AtomicU32>, Error> {
        let n_core = self.find_core(search, watch)?;
        let sets = self.join(&n_core, search.limit, watch)?;
        let cluster_of = self.number(&n_core, &sets);
        drop(sets);
        self.label(&n_core, &cluster_of, search.limit, watch)
    }

    /// Moves the core points of each cell to its front and counts them.
    fn find_core(&mut self, search: &Search, watch: &mut Watch<'_>) -> Result<Vec<u32>, Error> {
        let (grid, lines) = (&*self, &Line::all(&self.axes));
        let (limit, min_samples) = (search.limit, search.min_samples);
        let is_core = watch.map_chunks(DbscanStep::Count, grid.keys.len(), TASK_CELLS, |cells| {
            vectorized(CountCells { grid, lines, cells, limit, min_samples })
        })?;
        let mut is_core = is_core.iter().flatten().copied();
        let mut of_cell = Vec::new();
        let mut n_core = vec![0; self.keys.len()];
        for (cell, n_core) in n_core.iter_mut().enumerate() {
            let n_points = self.points(cell..cell + 1).len();
            if n_points >= min_samples {
                *n_core = n_points as u32;
                continue;
            }
            of_cell.clear();
            of_cell.extend(is_core.by_ref().take(n_points));
            *n_core = of_cell.iter().map(|&core| u32::from(core)).sum();
            self.put_core_first(cell, &of_cell);
        }
        Ok(n_core)
    }

    fn put_core_first(&mut self, cell: usize, is_core: &[bool]) {
        if is_core.is_sorted_by(|a, b| a >= b) {
            return;
        }
        let points = self.points(cell..cell + 1);
        let stride = self.n_points();
        put_first(&mut self.row_at[points.clone()], is_core);
        for j in 0..D {
            put_first(&mut self.values[j * stride..][points.clone()], is_core);
        }
    }

    /// Joins cells with core points within reach of each other.
    fn join(&self, n_core: &[u32], limit: f64, watch: &mut Watch<'_>) -> Result<UnionFind, Error> {
        let n_cells = self.keys.len();
        let sets = UnionFind::new(n_cells);
        let lines = &Line::ahead(&self.axes);
        watch.map_chunks(DbscanStep::Join, n_cells, TASK_CELLS, |cells| {
            vectorized(JoinCells { grid: self, lines, cells, n_core, limit, sets: &sets });
        })?;
        Ok(sets)
    }

    /// Numbers the sets of cells by their lowest core row: the cluster of each cell, [`NOISE`] without core points.
    fn number(&self, n_core: &[u32], sets: &UnionFind) -> Vec<u32> {
        let mut lowest_row = vec![NOISE; n_core.len()];
        let mut see = |cell: usize, rows: &[u32]| {
            let lowest = &mut lowest_row[sets.find(cell as u32) as usize];
            *lowest = rows.iter().copied().fold(*lowest, u32::min);
        };
        for (cell, &n_core) in n_core.iter().enumerate() {
            let start = self.starts[cell] as usize;
            see(cell, &self.row_at[start..start + n_core as usize]);
        }
        for (cell, range) in &self.copies {
            see(*cell as usize, &self.row_at[range.start as usize..range.end as usize]);
        }
        let is_root = |cell: &usize| n_core[*cell] > 0 && sets.find(*cell as u32) as usize == *cell;
        let mut roots: Vec<usize> = (0..n_core.len()).filter(is_root).collect();
        roots.sort_unstable_by_key(|&root| lowest_row[root]);
        let mut cluster_of = lowest_row;
        for (cluster, &root) in roots.iter().enumerate() {
            cluster_of[root] = cluster as u32;
        }
        for cell in 0..n_core.len() {
            cluster_of[cell] = cluster_of[sets.find(cell as u32) as usize];
        }
        cluster_of
    }

    fn label(
        &self,
        n_core: &[u32],
        cluster_of: &[u32],
        limit: f64,
        watch: &mut Watch<'_>,
    ) -> Result<Vec<AtomicU32>, Error> {
        let lines = &Line::all(&self.axes);
        let labels: Vec<AtomicU32> = self.row_at.iter().map(|_| AtomicU32::new(NOISE)).collect();
        watch.map_chunks(DbscanStep::Label, self.keys.len(), TASK_CELLS, |cells| {
            vectorized(LabelCells { grid: self, lines, cells, n_core, limit, cluster_of, labels: &labels });
        })?;
        self.copies.par_iter().for_each(|(cell, range)| {
            for &row in &self.row_at[range.start as usize..range.end as usize] {
                labels[row as usize].store(cluster_of[*cell as usize] | CORE, Relaxed);
            }
        });
        Ok(labels)
    }
}
