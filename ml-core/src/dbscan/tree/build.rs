//! Building the tree.
//!
//! Large nodes are divided many ways at once: a sample of their rows is split at medians of its widest columns until
//! the parts are small, and each row walks down these splits to its part. Each part then copies its rows to the place
//! where its leaves will stand and goes on there, in cache; a leaf turns its rows into columns in place.

use super::plan::Plan;
use super::{LEAF_ROWS, Node, Tree};
use crate::dbscan::lanes::LANES;
use crate::dbscan::vectorized;
use pulp::{Simd, WithSimd};
use rayon::prelude::*;

/// Nodes of at most so many bytes are finished in the cache of one core.
const PIECE_BYTES: usize = 256 * 1024;
/// How many rows of a small node are looked at to choose the place of a split.
const SAMPLE: usize = 63;

/// A run of nodes in preorder, with their boxes. Links between nodes are relative, so runs can be put end to end.
#[derive(Default)]
pub(super) struct Run {
    nodes: Vec<Node>,
    boxes: Vec<f64>,
}

impl Tree {
    /// Arranges the rows of a matrix, given row by row. `n_features` is at least 1, every value is finite.
    pub(in crate::dbscan) fn build(rows: &[f64], n_features: usize) -> Self {
        let n_rows = rows.len() / n_features;
        let mut row_at: Vec<u32> = (0..n_rows as u32).collect();
        let mut values = vec![0.0; rows.len() + LANES];
        let runs = Source { rows, n_features }.divide(&mut row_at, &mut values[..rows.len()], 0);
        let mut tree = Self { n_features, nodes: Vec::new(), boxes: Vec::new(), row_at, values };
        for run in runs {
            tree.nodes.extend(run.nodes);
            tree.boxes.extend(run.boxes);
        }
        tree
    }
}

/// The input.
#[derive(Clone, Copy)]
pub(super) struct Source<'a> {
    rows: &'a [f64],
    pub(super) n_features: usize,
}

impl Source<'_> {
    #[inline(always)]
    pub(super) fn row(&self, row: u32) -> &[f64] {
        &self.rows[row as usize * self.n_features..][..self.n_features]
    }

    /// The subtree over the rows named in `row_at`, which begin at place `start`.
    fn divide(self, row_at: &mut [u32], values: &mut [f64], start: usize) -> Vec<Run> {
        let piece_rows = (PIECE_BYTES / size_of::<f64>() / self.n_features).max(LEAF_ROWS);
        if row_at.len() <= piece_rows {
            return vec![self.finish_piece(row_at, values, start)];
        }
        let Some(plan) = Plan::new(&self, row_at, piece_rows) else {
            values[..self.n_features].copy_from_slice(self.row(row_at[0]));
            return vec![self.merged_leaf(row_at.len(), values, start)];
        };
        let sizes = plan.sort_into_parts(&self, row_at);
        let (mut rest, mut place) = ((row_at, values), start);
        let mut parts = Vec::with_capacity(sizes.len());
        for size in sizes {
            let (rows, rows_after) = rest.0.split_at_mut(size);
            let (values, values_after) = rest.1.split_at_mut(size * self.n_features);
            parts.push((rows, values, place));
            rest = (rows_after, values_after);
            place += size;
        }
        let runs: Vec<_> =
            parts.into_par_iter().map(|(rows, values, start)| self.divide(rows, values, start)).collect();
        plan.put_together(runs, &|left, right| self.put_above(left, right))
    }

    /// A node above two subtrees.
    fn put_above(&self, left: Vec<Run>, right: Vec<Run>) -> Vec<Run> {
        let to_right = 1 + left.iter().map(|run| run.nodes.len()).sum::<usize>();
        let node =
            Node { start: left[0].nodes[0].start, end: right[0].nodes[0].end, to_right: to_right as u32 };
        let mut boxes = left[0].boxes[..2 * self.n_features].to_vec();
        let (low, high) = boxes.split_at_mut(self.n_features);
        let (low_right, high_right) = right[0].boxes[..2 * self.n_features].split_at(self.n_features);
        widen(low, high, low_right);
        widen(low, high, high_right);
        let mut runs = vec![Run { nodes: vec![node], boxes }];
        runs.extend(left);
        runs.extend(right);
        runs
    }

    fn merged_leaf(&self, len: usize, values: &[f64], start: usize) -> Run {
        let point = &values[..self.n_features];
        let node = Node { start: start as u32, end: (start + len) as u32, to_right: 0 };
        Run { nodes: vec![node], boxes: [point, point].concat() }
    }

    /// Copies the rows to their place and builds the whole subtree there.
    fn finish_piece(&self, row_at: &mut [u32], values: &mut [f64], start: usize) -> Run {
        for (row, place) in row_at.iter().zip(values.chunks_exact_mut(self.n_features)) {
            place.copy_from_slice(self.row(*row));
        }
        let mut piece = Piece { n_features: self.n_features, run: Run::default(), spare: Vec::new() };
        piece.split_rows(row_at, values, start);
        piece.run
    }
}

/// A subtree under construction, its rows already in place.
struct Piece {
    n_features: usize,
    run: Run,
    spare: Vec<f64>,
}

impl Piece {
    fn split_rows(&mut self, row_at: &mut [u32], values: &mut [f64], start: usize) {
        let d = self.n_features;
        let node = self.run.nodes.len();
        let end = start + row_at.len();
        self.run.nodes.push(Node { start: start as u32, end: end as u32, to_right: 0 });
        let corners = self.run.boxes.len();
        self.run.boxes.extend_from_slice(&values[..d]);
        self.run.boxes.extend_from_slice(&values[..d]);
        let (low, high) = self.run.boxes[corners..].split_at_mut(d);
        vectorized(Bound { low, high, values });
        let Some(column) = widest(low, high) else {
            // Identical rows need no turning into columns when one stands for all.
            if row_at.len() <= LEAF_ROWS {
                self.turn_into_columns(values);
            }
            return;
        };
        if row_at.len() <= LEAF_ROWS {
            self.turn_into_columns(values);
            return;
        }
        let step = (row_at.len() / SAMPLE).max(1);
        let seen: Vec<f64> = values[column..].iter().step_by(step * d).copied().collect();
        let below = limit_below(seen, self.run.boxes[corners + column]);
        let middle = partition_rows(row_at, values, d, |row| row[column] < below);
        let (left_rows, right_rows) = row_at.split_at_mut(middle);
        let (left_values, right_values) = values.split_at_mut(middle * d);
        self.split_rows(left_rows, left_values, start);
        self.run.nodes[node].to_right = (self.run.nodes.len() - node) as u32;
        self.split_rows(right_rows, right_values, start + middle);
    }

    fn turn_into_columns(&mut self, values: &mut [f64]) {
        self.spare.clear();
        self.spare.extend_from_slice(values);
        let n_rows = values.len() / self.n_features;
        for (j, column) in values.chunks_exact_mut(n_rows).enumerate() {
            for (value, row) in column.iter_mut().zip(self.spare.chunks_exact(self.n_features)) {
                *value = row[j];
            }
        }
    }
}

/// A limit near the median of `seen`, some of the values of a column of which `lowest` is the least and not the only:
/// some values are below it and some are not.
pub(super) fn limit_below(mut seen: Vec<f64>, lowest: f64) -> f64 {
    let middle = seen.len() / 2;
    let median = *seen.select_nth_unstable_by(middle, f64::total_cmp).1;
    if median > lowest { median } else { lowest.next_up() }
}

/// Moves the rows that `goes_left`, with their numbers, to the front and says how many they are.
fn partition_rows(
    row_at: &mut [u32],
    values: &mut [f64],
    n_features: usize,
    goes_left: impl Fn(&[f64]) -> bool,
) -> usize {
    let row = |i: usize| i * n_features..(i + 1) * n_features;
    let (mut front, mut back) = (0, row_at.len());
    loop {
        while front < back && goes_left(&values[row(front)]) {
            front += 1;
        }
        while front < back && !goes_left(&values[row(back - 1)]) {
            back -= 1;
        }
        if front >= back {
            return front;
        }
        back -= 1;
        row_at.swap(front, back);
        let (head, tail) = values.split_at_mut(back * n_features);
        head[row(front)].swap_with_slice(&mut tail[..n_features]);
        front += 1;
    }
}

/// Widens the box to hold `point`.
#[inline(always)]
pub(super) fn widen(low: &mut [f64], high: &mut [f64], point: &[f64]) {
    for ((low, high), &value) in low.iter_mut().zip(high.iter_mut()).zip(point) {
        *low = if value < *low { value } else { *low };
        *high = if value > *high { value } else { *high };
    }
}

/// The column where the box is widest, or `None` if it is a single point.
pub(super) fn widest(low: &[f64], high: &[f64]) -> Option<usize> {
    let mut best = (0.0, None);
    for (column, (low, high)) in low.iter().zip(high).enumerate() {
        // Halves, so that the difference of two finite numbers is finite; compared apart, so that it is not lost.
        let width = (0.5 * high - 0.5 * low).max(f64::MIN_POSITIVE);
        if low < high && width > best.0 {
            best = (width, Some(column));
        }
    }
    best.1
}

/// Widens a box to hold all rows.
struct Bound<'a> {
    low: &'a mut [f64],
    high: &'a mut [f64],
    values: &'a [f64],
}

impl WithSimd for Bound<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        for row in self.values.chunks_exact(self.low.len()) {
            widen(self.low, self.high, row);
        }
    }
}
