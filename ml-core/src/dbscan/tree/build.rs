//! Building the tree: split at the median of a sample of the widest column until the leaves are small.
//!
//! Large nodes permute row numbers only. Below [`PIECE_BYTES`] a node copies its rows to the place where its leaves
//! will stand, and goes on there, in cache; a leaf turns its rows into columns in place.

use super::{LEAF_ROWS, Node, Tree};
use crate::dbscan::lanes::LANES;
use crate::dbscan::vectorized;
use pulp::{Simd, WithSimd};

/// Nodes of at most so many bytes are finished in the cache of one core.
const PIECE_BYTES: usize = 256 * 1024;
/// How many rows are looked at to choose the column and the place of a split.
const SAMPLE: usize = 63;

/// A run of nodes in preorder, with their boxes. Links between nodes are relative, so runs can be put end to end.
#[derive(Default)]
struct Run {
    nodes: Vec<Node>,
    boxes: Vec<f64>,
}

impl Tree {
    /// Arranges the rows of a matrix, given row by row. `n_features` is at least 1, every value is finite.
    pub(in crate::dbscan) fn build(rows: &[f64], n_features: usize) -> Self {
        let n_rows = rows.len() / n_features;
        let mut row_at: Vec<u32> = (0..n_rows as u32).collect();
        let mut values = vec![0.0; rows.len() + LANES];
        let source = Source { rows, n_features };
        let runs = source.split_numbers(&mut row_at, &mut values[..rows.len()], 0);
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
struct Source<'a> {
    rows: &'a [f64],
    n_features: usize,
}

impl Source<'_> {
    fn value(&self, row: u32, column: usize) -> f64 {
        self.rows[row as usize * self.n_features + column]
    }

    fn row(&self, row: u32) -> &[f64] {
        &self.rows[row as usize * self.n_features..][..self.n_features]
    }

    /// The subtree over the rows named in `row_at`, which begin at place `start`.
    fn split_numbers(self, row_at: &mut [u32], values: &mut [f64], start: usize) -> Vec<Run> {
        if row_at.len() * self.n_features * size_of::<f64>() <= PIECE_BYTES || row_at.len() <= LEAF_ROWS {
            return vec![self.finish_piece(row_at, values, start)];
        }
        let Some((column, split)) = self.choose_split(row_at) else {
            values[..self.n_features].copy_from_slice(self.row(row_at[0]));
            return vec![self.merged_leaf(row_at.len(), values, start)];
        };
        let middle = partition_numbers(row_at, |row| split.takes(self.value(row, column)));
        let (left_rows, right_rows) = row_at.split_at_mut(middle);
        let (left_values, right_values) = values.split_at_mut(middle * self.n_features);
        let (left, right) = rayon::join(
            || self.split_numbers(left_rows, left_values, start),
            || self.split_numbers(right_rows, right_values, start + middle),
        );
        self.put_above(start, start + row_at.len(), left, right)
    }

    /// A node above two subtrees.
    fn put_above(&self, start: usize, end: usize, left: Vec<Run>, right: Vec<Run>) -> Vec<Run> {
        let to_right = 1 + left.iter().map(|run| run.nodes.len()).sum::<usize>();
        let node = Node { start: start as u32, end: end as u32, to_right: to_right as u32 };
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

    /// A column and a split that leave no side empty, or `None` if all rows are identical.
    fn choose_split(&self, row_at: &[u32]) -> Option<(usize, Split)> {
        let step = row_at.len() / SAMPLE;
        let sample: Vec<u32> = row_at.iter().step_by(step.max(1)).copied().collect();
        let column = match self.widest_column(&sample) {
            Some(column) => column,
            None => self.widest_column(row_at)?,
        };
        let mut seen: Vec<f64> = sample.iter().map(|&row| self.value(row, column)).collect();
        let split = Split::at(median(&mut seen), row_at.iter().map(|&row| self.value(row, column)));
        Some((column, split))
    }

    /// The column with the largest difference among `rows`, or `None` if they are identical.
    fn widest_column(&self, rows: &[u32]) -> Option<usize> {
        let mut low = self.row(rows[0]).to_vec();
        let mut high = low.clone();
        for &row in rows {
            widen(&mut low, &mut high, self.row(row));
        }
        widest(&low, &high)
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
        let mut seen: Vec<f64> = values[column..].iter().step_by(step * d).copied().collect();
        let split = Split::at(median(&mut seen), values[column..].iter().step_by(d).copied());
        let middle = partition_rows(row_at, values, d, |row| split.takes(row[column]));
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

/// Which values go to the left child.
#[derive(Clone, Copy)]
enum Split {
    Below(f64),
    UpTo(f64),
}

impl Split {
    /// A split near `value`, a guess at the median, that leaves neither side empty. The values are not all equal.
    ///
    /// A guess that would leave one side with less than a sixteenth, although it could be better, is replaced by the
    /// true median, so that the depth of the tree stays logarithmic whatever the order of the input.
    fn at(guess: f64, values: impl Iterator<Item = f64> + Clone) -> Self {
        let (mut n_below, mut n_equal, mut n_values) = (0, 0, 0);
        for value in values.clone() {
            n_below += usize::from(value < guess);
            n_equal += usize::from(value == guess);
            n_values += 1;
        }
        let fits = |n: usize| n.min(n_values - n) > n_values / 16;
        if fits(n_below) || n_equal > n_values / 2 && n_below > 0 {
            return Self::Below(guess);
        }
        if fits(n_below + n_equal) || n_equal > n_values / 2 {
            return Self::UpTo(guess);
        }
        let mut all: Vec<f64> = values.collect();
        let exact = median(&mut all);
        if all.iter().any(|value| *value < exact) { Self::Below(exact) } else { Self::UpTo(exact) }
    }

    #[inline(always)]
    fn takes(self, value: f64) -> bool {
        match self {
            Self::Below(limit) => value < limit,
            Self::UpTo(limit) => value <= limit,
        }
    }
}

fn median(values: &mut [f64]) -> f64 {
    let middle = values.len() / 2;
    *values.select_nth_unstable_by(middle, f64::total_cmp).1
}

/// Moves the numbers that `goes_left` to the front and says how many they are.
fn partition_numbers(row_at: &mut [u32], goes_left: impl Fn(u32) -> bool) -> usize {
    let mut n_left = 0;
    for place in 0..row_at.len() {
        let row = row_at[place];
        row_at.swap(place, n_left);
        n_left += usize::from(goes_left(row));
    }
    n_left
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
fn widen(low: &mut [f64], high: &mut [f64], point: &[f64]) {
    for ((low, high), &value) in low.iter_mut().zip(high.iter_mut()).zip(point) {
        *low = if value < *low { value } else { *low };
        *high = if value > *high { value } else { *high };
    }
}

/// The column where the box is widest, or `None` if it is a single point.
fn widest(low: &[f64], high: &[f64]) -> Option<usize> {
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
