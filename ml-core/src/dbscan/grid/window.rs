//! The cells around a cell.

use super::axes::{Axes, REACH};
use std::ops::Range;

/// A line of cells along the last axis, seen from another: its offset on the other axes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line<const D: usize> {
    /// Offset on each axis, in cells; 0 on the last.
    offset: [i64; D],
    /// What the offset adds to a key.
    delta: u64,
}

impl<const D: usize> Line<D> {
    /// All lines within reach, the nearest first.
    pub(super) fn all(axes: &Axes<D>) -> Vec<Self> {
        let side = 2 * REACH as i64 + 1;
        let mut lines: Vec<Self> =
            (0..side.pow(D as u32 - 1)).map(|number| Self::new(axes, number)).collect();
        lines.sort_by_key(|line| line.offset.iter().map(|offset| offset * offset).sum::<i64>());
        lines
    }

    /// The line whose offsets are the digits of `number`.
    fn new(axes: &Axes<D>, number: i64) -> Self {
        let side = 2 * REACH as i64 + 1;
        let mut offset = [0; D];
        let mut rest = number;
        for offset in &mut offset[..D - 1] {
            *offset = rest % side - REACH as i64;
            rest /= side;
        }
        let delta = (0..D).fold(0, |delta: i64, j| delta + (offset[j] << axes.shift[j]));
        Self { offset, delta: delta as u64 }
    }

    /// The lines of which every cell has a greater key, the nearest first.
    pub(super) fn ahead(axes: &Axes<D>) -> Vec<Self> {
        Self::all(axes).into_iter().filter(|line| line.delta as i64 > 0).collect()
    }

    /// Whether the line may hold neighbours of a point, given its place within its cell on each axis.
    #[inline(always)]
    pub(super) fn may_reach(&self, within_cell: &[f64; D]) -> bool {
        let mut sum = 0.0;
        for (&offset, &within) in self.offset.iter().zip(within_cell) {
            let gap = match offset {
                0 => 0.0,
                1.. => offset as f64 - within,
                _ => within - (offset + 1) as f64,
            };
            sum += gap * gap;
        }
        // The square of eps is D sides and nearly 2⁻⁹ more; another 2⁻⁸ is far above all rounding.
        sum <= D as f64 * (1.0 + 3.0 / 512.0)
    }
}

/// Finds the cells of one line around cell after cell, in ascending order of their keys.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Cursor {
    at: usize,
}

impl Cursor {
    /// The cells within reach of cell `key` on `line`.
    #[inline(always)]
    pub(super) fn cells<const D: usize>(&mut self, keys: &[u64], key: u64, line: &Line<D>) -> Range<usize> {
        let middle = key.wrapping_add(line.delta);
        self.advance(keys, middle - REACH);
        let mut end = self.at;
        while end < keys.len() && keys[end] <= middle + REACH {
            end += 1;
        }
        self.at..end
    }

    /// Moves on to the first key of at least `first`: in doubling steps, then by halving the last.
    #[inline(always)]
    fn advance(&mut self, keys: &[u64], first: u64) {
        let is_before = |at: usize| at < keys.len() && keys[at] < first;
        let mut step = 1;
        while is_before(self.at + step - 1) {
            self.at += step;
            step *= 2;
        }
        while step > 1 {
            step /= 2;
            if is_before(self.at + step - 1) {
                self.at += step;
            }
        }
    }
}
