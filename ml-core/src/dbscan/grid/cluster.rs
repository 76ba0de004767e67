//! The whole of DBSCAN on the grid.

use super::Grid;
use super::count::CountCells;
use super::join::JoinCells;
use super::label::LabelCells;
use super::window::Line;
use crate::dbscan::union_find::UnionFind;
use crate::dbscan::{CORE, NOISE, Search, put_first};
use crate::parallel::{chunks, map_chunks};
use pulp::Arch;
use rayon::prelude::*;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

/// Cells that one task works on.
const TASK_CELLS: usize = 1 << 10;

impl<const D: usize> Grid<D> {
    /// Clusters the rows: for each its cluster, with the bit [`CORE`] if it is core, or [`NOISE`].
    pub(in crate::dbscan) fn cluster(mut self, search: &Search) -> Vec<AtomicU32> {
        let limit = search.limit;
        let all_lines = Line::all(&self.axes);
        let n_core = self.find_core(&all_lines, search);
        let grid = &self;
        let n_cells = grid.keys.len();
        let lines = Line::ahead(&grid.axes);
        let sets = UnionFind::new(n_cells);
        chunks(n_cells, TASK_CELLS).for_each(|cells| {
            Arch::new().dispatch(JoinCells {
                grid,
                lines: &lines,
                cells,
                n_core: &n_core,
                limit,
                sets: &sets,
            });
        });
        let cluster_of = grid.number(&n_core, &sets);
        drop(sets);
        let labels: Vec<AtomicU32> = grid.row_at.iter().map(|_| AtomicU32::new(NOISE)).collect();
        chunks(n_cells, TASK_CELLS).for_each(|cells| {
            Arch::new().dispatch(LabelCells {
                grid,
                lines: &all_lines,
                cells,
                n_core: &n_core,
                limit,
                cluster_of: &cluster_of,
                labels: &labels,
            });
        });
        grid.copies.par_iter().for_each(|(cell, range)| {
            for &row in &grid.row_at[range.start as usize..range.end as usize] {
                labels[row as usize].store(cluster_of[*cell as usize] | CORE, Relaxed);
            }
        });
        labels
    }

    /// Moves the core points of each cell to its front and counts them.
    fn find_core(&mut self, lines: &[Line<D>], search: &Search) -> Vec<u32> {
        let grid = &*self;
        let (limit, min_samples) = (search.limit, search.min_samples);
        let is_core = map_chunks(grid.keys.len(), TASK_CELLS, |cells| {
            Arch::new().dispatch(CountCells { grid, lines, cells, limit, min_samples })
        });
        let mut is_core = is_core.iter().flatten().copied();
        let mut of_cell = Vec::new();
        let mut n_core = vec![0; self.keys.len()];
        for (cell, n_core) in n_core.iter_mut().enumerate() {
            let points = self.points(cell..cell + 1);
            if points.len() >= min_samples {
                *n_core = points.len() as u32;
                continue;
            }
            of_cell.clear();
            of_cell.extend(is_core.by_ref().take(points.len()));
            *n_core = of_cell.iter().map(|&core| u32::from(core)).sum();
            if !of_cell.is_sorted_by(|a, b| a >= b) {
                let stride = self.n_points();
                put_first(&mut self.row_at[points.clone()], &of_cell);
                for j in 0..D {
                    put_first(&mut self.values[j * stride..][points.clone()], &of_cell);
                }
            }
        }
        n_core
    }

    /// Numbers the sets of cells by their lowest core row: the cluster of each cell, [`NOISE`] without core points.
    fn number(&self, n_core: &[u32], sets: &UnionFind) -> Vec<u32> {
        let mut lowest_row = vec![NOISE; n_core.len()];
        let mut roots = Vec::new();
        let mut see = |cell: usize, rows: &[u32]| {
            let root = sets.find(cell as u32) as usize;
            let lowest = rows.iter().copied().min().unwrap_or(NOISE);
            lowest_row[root] = lowest_row[root].min(lowest);
            root
        };
        for (cell, &n_core) in n_core.iter().enumerate() {
            let start = self.starts[cell] as usize;
            if n_core > 0 && see(cell, &self.row_at[start..start + n_core as usize]) == cell {
                roots.push(cell);
            }
        }
        for (cell, range) in &self.copies {
            see(*cell as usize, &self.row_at[range.start as usize..range.end as usize]);
        }
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
}
