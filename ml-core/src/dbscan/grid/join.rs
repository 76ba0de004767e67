//! Joining cells with core points within reach of each other.

use super::Grid;
use super::axes::REACH;
use super::window::{Cursor, Line};
use crate::dbscan::lanes::{squared_gap, squared_reach};
use crate::dbscan::union_find::UnionFind;
use pulp::{Simd, WithSimd};
use std::ops::Range;

/// Cells with more pairs of points are halved before points are compared.
const MAX_PAIRS: usize = 1 << 12;

/// Joins some cells with those around them whose keys are greater.
pub(super) struct JoinCells<'a, const D: usize> {
    pub(super) grid: &'a Grid<D>,
    /// The lines ahead.
    pub(super) lines: &'a [Line<D>],
    pub(super) cells: Range<usize>,
    /// How many points of each cell, its first ones, are core.
    pub(super) n_core: &'a [u32],
    pub(super) limit: f64,
    pub(super) sets: &'a UnionFind,
}

impl<const D: usize> WithSimd for JoinCells<'_, D> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { grid, lines, cells, n_core, .. } = &self;
        let mut cursors = vec![Cursor::default(); lines.len()];
        for cell in cells.clone() {
            if n_core[cell] == 0 {
                continue;
            }
            let key = grid.keys[cell];
            let mut other = cell + 1;
            while other < grid.keys.len() && grid.keys[other] <= key + REACH {
                self.try_join(cell, other);
                other += 1;
            }
            for (cursor, line) in cursors.iter_mut().zip(lines.iter()) {
                for other in cursor.cells(&grid.keys, key, line) {
                    self.try_join(cell, other);
                }
            }
        }
    }
}

impl<const D: usize> JoinCells<'_, D> {
    #[inline(always)]
    fn try_join(&self, a: usize, b: usize) {
        if self.n_core[b] == 0 || self.sets.joined(a as u32, b as u32) {
            return;
        }
        let (a_points, b_points) = (self.core_points(a), self.core_points(b));
        let a_is_smaller = a_points.len() <= b_points.len();
        let (few, many) = if a_is_smaller { (a_points, b_points) } else { (b_points, a_points) };
        if self.touches(few, many) {
            self.sets.join(a as u32, b as u32);
        }
    }

    #[inline(always)]
    fn core_points(&self, cell: usize) -> Range<usize> {
        let start = self.grid.starts[cell] as usize;
        start..start + self.n_core[cell] as usize
    }

    /// Whether a point of one range is within `eps` of a point of the other.
    #[inline(always)]
    fn touches(&self, few: Range<usize>, many: Range<usize>) -> bool {
        let n_probes = if few.len() * many.len() <= MAX_PAIRS { few.len() } else { MAX_PAIRS / many.len() };
        // A loop rather than `any`: a closure would not be compiled for the vector instructions in use.
        for i in few.start..few.start + n_probes {
            if self.grid.columns().any_within(many.start, many.end, &self.grid.point(i), self.limit) {
                return true;
            }
        }
        n_probes < few.len() && self.crowds_touch(few, many)
    }

    #[cold]
    fn crowds_touch(&self, a: Range<usize>, b: Range<usize>) -> bool {
        let mut a: Vec<[f64; D]> = a.map(|i| self.grid.point(i)).collect();
        let mut b: Vec<[f64; D]> = b.map(|i| self.grid.point(i)).collect();
        crowds_touch(&mut a, &mut b, self.limit)
    }
}

/// Whether two crowds touch, by halving: a pair of halves is dropped when their boxes are too far apart.
fn crowds_touch<const D: usize>(a: &mut [[f64; D]], b: &mut [[f64; D]], limit: f64) -> bool {
    let ((low_a, high_a), (low_b, high_b)) = (corners(a), corners(b));
    if squared_gap(&low_a, &high_a, &low_b, &high_b) > limit {
        return false;
    }
    if squared_reach(&low_a, &high_a, &low_b, &high_b) <= limit {
        return true;
    }
    if a.len() * b.len() <= MAX_PAIRS {
        return a.iter().any(|p| b.iter().any(|q| squared_gap(p, p, q, q) <= limit));
    }
    let a_is_larger = a.len() >= b.len();
    let (many, few, low, high) = if a_is_larger { (a, b, low_a, high_a) } else { (b, a, low_b, high_b) };
    let width = |j: usize| high[j] - low[j];
    let column = (0..D).max_by(|&i, &j| width(i).total_cmp(&width(j))).expect("there is a column");
    let middle = many.len() / 2;
    many.select_nth_unstable_by(middle, |p, q| p[column].total_cmp(&q[column]));
    let (left, right) = many.split_at_mut(middle);
    crowds_touch(left, few, limit) || crowds_touch(right, few, limit)
}

fn corners<const D: usize>(points: &[[f64; D]]) -> ([f64; D], [f64; D]) {
    points.iter().fold((points[0], points[0]), |(low, high), point| {
        let low = std::array::from_fn(|j| if point[j] < low[j] { point[j] } else { low[j] });
        (low, std::array::from_fn(|j| if point[j] > high[j] { point[j] } else { high[j] }))
    })
}
