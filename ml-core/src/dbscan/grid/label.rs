//! Labels of rows.

use super::Grid;
use super::window::{Cursor, Line};
use crate::dbscan::{CORE, NOISE};
use pulp::{Simd, WithSimd};
use std::ops::Range;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

/// Writes the labels of the rows of some cells.
pub(super) struct LabelCells<'a, const D: usize> {
    pub(super) grid: &'a Grid<D>,
    pub(super) lines: &'a [Line<D>],
    pub(super) cells: Range<usize>,
    pub(super) n_core: &'a [u32],
    pub(super) limit: f64,
    /// The cluster of each cell with core points.
    pub(super) cluster_of: &'a [u32],
    /// By row.
    pub(super) labels: &'a [AtomicU32],
}

impl<const D: usize> WithSimd for LabelCells<'_, D> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { grid, lines, cells, n_core, cluster_of, labels, .. } = &self;
        let mut cursors = vec![Cursor::default(); lines.len()];
        let mut ranges = vec![0..0; lines.len()];
        for cell in cells.clone() {
            let points = grid.points(cell..cell + 1);
            let (core, border) = grid.row_at[points.clone()].split_at(n_core[cell] as usize);
            for &row in core {
                labels[row as usize].store(cluster_of[cell] | CORE, Relaxed);
            }
            if border.is_empty() {
                continue;
            }
            for ((range, cursor), line) in ranges.iter_mut().zip(&mut cursors).zip(lines.iter()) {
                *range = cursor.cells(&grid.keys, grid.keys[cell], line);
            }
            for (i, &row) in (points.start + core.len()..).zip(border) {
                labels[row as usize].store(self.lowest_cluster(cell, i, &ranges), Relaxed);
            }
        }
    }
}

impl<const D: usize> LabelCells<'_, D> {
    /// The lowest cluster with a core point within reach of point `i` of a cell; [`NOISE`] if there is none.
    #[inline(always)]
    fn lowest_cluster(&self, cell: usize, i: usize, ranges: &[Range<usize>]) -> u32 {
        let point = self.grid.point(i);
        let within_cell = self.grid.axes.within_cell(&point);
        let mut best = if self.n_core[cell] > 0 { self.cluster_of[cell] } else { NOISE };
        for (range, line) in ranges.iter().zip(self.lines) {
            if range.is_empty() || !line.may_reach(&within_cell) {
                continue;
            }
            for other in range.clone() {
                let start = self.grid.starts[other] as usize;
                let end = start + self.n_core[other] as usize;
                let is_better = start < end && self.cluster_of[other] < best;
                if is_better && self.grid.columns().any_within(start, end, &point, self.limit) {
                    best = self.cluster_of[other];
                }
            }
        }
        best
    }
}
