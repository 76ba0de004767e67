//! Which points of sparse cells are core.

use super::Grid;
use super::window::{Cursor, Line};
use pulp::{Simd, WithSimd};
use std::ops::Range;

/// Finds the core points of the cells that hold fewer than `min_samples`.
pub(super) struct CountCells<'a, const D: usize> {
    pub(super) grid: &'a Grid<D>,
    pub(super) lines: &'a [Line<D>],
    pub(super) cells: Range<usize>,
    pub(super) limit: f64,
    pub(super) min_samples: usize,
}

impl<const D: usize> WithSimd for CountCells<'_, D> {
    /// For each point of the sparse cells, in order, whether it is core.
    type Output = Vec<bool>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> Vec<bool> {
        let Self { grid, lines, cells, min_samples, .. } = &self;
        let mut cursors = vec![Cursor::default(); lines.len()];
        let mut ranges = vec![0..0; lines.len()];
        let mut is_core = Vec::new();
        for cell in cells.clone() {
            let points = grid.points(cell..cell + 1);
            if points.len() >= *min_samples {
                continue;
            }
            let mut n_near = 0;
            for ((range, cursor), line) in ranges.iter_mut().zip(&mut cursors).zip(lines.iter()) {
                *range = grid.points(cursor.cells(&grid.keys, grid.keys[cell], line));
                n_near += range.len();
            }
            for i in points {
                is_core.push(n_near >= *min_samples && self.is_core(i, &ranges));
            }
        }
        is_core
    }
}

impl<const D: usize> CountCells<'_, D> {
    #[inline(always)]
    fn is_core(&self, i: usize, ranges: &[Range<usize>]) -> bool {
        let point = self.grid.point(i);
        let within_cell = self.grid.axes.within_cell(&point);
        let mut count = 0;
        for (range, line) in ranges.iter().zip(self.lines) {
            if range.is_empty() || !line.may_reach(&within_cell) {
                continue;
            }
            count += self.grid.columns().count_within(range.start, range.end, &point, self.limit);
            if count >= self.min_samples {
                return true;
            }
        }
        false
    }
}
