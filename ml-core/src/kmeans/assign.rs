//! The assignment step: each row to its nearest centre, and the sums of the rows that change cluster.
//!
//! ```text
//! for each task of rows, in parallel:                        (a fixed number of rows, see `task_rows`)
//!     for each chunk of 1536 rows:
//!         drop the rows whose bounds prove that their centre has not changed     (Hamerly)
//!         for each tile of the rows that are left:
//!             turn the rows on their side, find nearest and second nearest centres    (kernel)
//!             where rounding leaves a doubt, decide by plain differences
//!             write label and bounds; if the label changed, move the row between the task's sums
//! merge the tasks' sums in order
//! ```
//!
//! Hamerly's bounds: `upper` is at least the distance to the row's own centre, `lower` at most that to any other. When
//! centres move, `upper` grows by the shift of the own centre and `lower` shrinks by the largest shift of the others.
//! While `upper < max(lower, half the distance from the own centre to the next)`, the label stands. Both are kept in
//! single precision with a margin of 10⁻⁶, far above the rounding errors of the kernel: labels are exactly those that
//! the full assignment gives.
//!
//! # References
//! Hamerly, "Making k-means even faster", SDM 2010.

use std::ops::Range;

use ndarray::Array2;
use pulp::{Simd, WithSimd};
use rayon::prelude::*;

use super::centers::Centers;
use super::kernel::{self, Tile};
use super::squared_distance;
use super::sums::Sums;
use crate::simd::{self, InstructionSet};

/// Rows whose bounds are checked before the rest is computed; a multiple of each tile's rows as far as possible.
const CHUNK_ROWS: usize = 1536;

/// The label of a row before the first assignment.
pub(super) const NONE: u32 = u32::MAX;

/// Relative margin of the bounds; single precision rounds to 6 · 10⁻⁸.
const MARGIN: f32 = 1e-6;

/// Rows of one task: about 64 tasks, so that their sums stay small beside the rows. Depends on nothing but `n`.
fn task_rows(n_rows: usize) -> usize {
    n_rows.div_ceil(64).next_multiple_of(CHUNK_ROWS).max(CHUNK_ROWS)
}

/// Labels and, for Hamerly's method, bounds of every row.
#[derive(Debug)]
pub(super) struct State {
    pub(super) labels: Vec<u32>,
    /// Empty when no bounds are kept.
    upper: Vec<f32>,
    lower: Vec<f32>,
}

impl State {
    pub(super) fn new(n_rows: usize, with_bounds: bool) -> Self {
        let n_bounds = if with_bounds { n_rows } else { 0 };
        Self { labels: vec![NONE; n_rows], upper: vec![0.0; n_bounds], lower: vec![0.0; n_bounds] }
    }

    /// The labels; the bounds are freed.
    pub(super) fn into_labels(self) -> Vec<u32> {
        self.labels
    }
}

/// Rows, row-major with as many columns as the centres, and their weights (all 1 if `None`).
#[derive(Debug, Clone, Copy)]
pub(super) struct Rows<'a> {
    pub(super) values: &'a [f64],
    pub(super) weights: Option<&'a [f64]>,
}

/// How far the centres moved since the bounds were last brought up to date.
#[derive(Debug)]
pub(super) struct Shifts {
    /// For each centre, what its rows' `upper` grows by.
    own: Vec<f32>,
    /// For each centre, what its rows' `lower` shrinks by.
    others: Vec<f32>,
    /// For each centre, at most half the distance to the nearest other one.
    half_gap: Vec<f32>,
}

impl Shifts {
    pub(super) fn new(old: &Array2<f64>, new: &Array2<f64>) -> Self {
        let d = new.ncols();
        let (old, new) = (old.as_slice().expect("row-major"), new.as_slice().expect("row-major"));
        let moved =
            old.chunks_exact(d).zip(new.chunks_exact(d)).map(|(old, new)| squared_distance(old, new).sqrt());
        let own = moved.map(|shift| shift as f32 * (1.0 + MARGIN)).collect::<Vec<_>>();
        let half_gap = new.chunks_exact(d).enumerate().map(|(idx, center)| {
            let others = new.chunks_exact(d).enumerate().filter(|&(other, _)| other != idx);
            let gap =
                others.fold(f64::INFINITY, |min, (_, other)| min.min(squared_distance(center, other))).sqrt();
            at_most(gap / 2.0)
        });
        Self { half_gap: half_gap.collect(), others: largest_of_others(&own), own }
    }
}

/// For each entry, the largest of all the others; 0 if there are none.
fn largest_of_others(values: &[f32]) -> Vec<f32> {
    let (mut first, mut second, mut first_idx) = (0.0, 0.0, 0);
    for (idx, &value) in values.iter().enumerate() {
        if value > first {
            (first, second, first_idx) = (value, first, idx);
        } else if value > second {
            second = value;
        }
    }
    (0..values.len()).map(|idx| if idx == first_idx { second } else { first }).collect()
}

/// Single precision, rounded down with the margin.
#[inline(always)]
fn at_most(value: f64) -> f32 {
    value.min(f64::from(f32::MAX)) as f32 * (1.0 - MARGIN)
}

/// The root of a square in single precision, rounded up with the margin.
#[inline(always)]
fn at_least(square: f64) -> f32 {
    (square as f32 + f32::MIN_POSITIVE).sqrt() * (1.0 + MARGIN)
}

/// Assigns all rows; returns by how much the sums of the clusters change, and whether any label changed.
pub(super) fn assign(
    set: InstructionSet,
    rows: Rows<'_>,
    centers: &Centers,
    shifts: Option<&Shifts>,
    state: &mut State,
) -> (Sums, bool) {
    let n_rows = state.labels.len();
    let task_rows = task_rows(n_rows);
    let n_tasks = n_rows.div_ceil(task_rows);
    let (mut upper, mut lower) = (state.upper.as_mut_slice(), state.lower.as_mut_slice());
    let mut bounds = Vec::with_capacity(n_tasks);
    for _ in 0..n_tasks {
        let len = task_rows.min(upper.len());
        bounds.push((split_off(&mut upper, len), split_off(&mut lower, len)));
    }
    let tasks =
        rows.values.par_chunks(task_rows * centers.d).zip(state.labels.par_chunks_mut(task_rows)).zip(bounds);
    let changes = tasks.enumerate().map(|(idx, ((values, labels), (upper, lower)))| {
        let start = idx * task_rows;
        let weights = rows.weights.map(|weights| &weights[start..start + labels.len()]);
        let sums = Some(Sums::new(centers.k, centers.d));
        let mut task = Task {
            rows: Rows { values, weights },
            centers,
            shifts,
            labels,
            upper,
            lower,
            sums,
            is_changed: false,
        };
        task.start(set);
        (task.sums, task.is_changed)
    });
    let mut sums = Sums::new(centers.k, centers.d);
    let mut is_changed = false;
    for (changes, has_changes) in changes.collect::<Vec<_>>() {
        changes.iter().for_each(|changes| sums.merge(changes));
        is_changed |= has_changes;
    }
    (sums, is_changed)
}

/// Takes the first `len` values away from a slice.
fn split_off<'a>(values: &mut &'a mut [f32], len: usize) -> &'a mut [f32] {
    values.split_off_mut(..len).expect("len is at most the length")
}

/// The nearest centre of each row, without sums or bounds.
pub(super) fn nearest(set: InstructionSet, values: &[f64], centers: &Centers) -> Vec<u32> {
    let mut labels = vec![NONE; values.len() / centers.d];
    let task_rows = task_rows(labels.len());
    values.par_chunks(task_rows * centers.d).zip(labels.par_chunks_mut(task_rows)).for_each(
        |(values, labels)| {
            let rows = Rows { values, weights: None };
            let (upper, lower) = (&mut [][..], &mut [][..]);
            let mut task =
                Task { rows, centers, shifts: None, labels, upper, lower, sums: None, is_changed: false };
            task.start(set);
        },
    );
    labels
}

/// The part of an assignment that one thread does.
struct Task<'a> {
    rows: Rows<'a>,
    centers: &'a Centers,
    shifts: Option<&'a Shifts>,
    labels: &'a mut [u32],
    upper: &'a mut [f32],
    lower: &'a mut [f32],
    /// Changes of the clusters' sums, if wanted.
    sums: Option<Sums>,
    is_changed: bool,
}

/// A task in tiles of as many rows as `VECTORS` vectors have lanes, by `CENTERS` centres.
struct Tiled<'a, 'b, const VECTORS: usize, const CENTERS: usize>(&'a mut Task<'b>);

impl<const VECTORS: usize, const CENTERS: usize> WithSimd for Tiled<'_, '_, VECTORS, CENTERS> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        self.0.run::<S, VECTORS, CENTERS>(simd);
    }
}

impl Task<'_> {
    /// Chooses tiles as large as the registers allow: AVX-512 has 32 of them, the others 16.
    fn start(&mut self, set: InstructionSet) {
        simd::run_shaped(set, self, Tiled::<3, 8>, Tiled::<3, 4>, Tiled::<4, 2>);
    }

    #[inline(always)]
    fn run<S: Simd, const VECTORS: usize, const CENTERS: usize>(&mut self, simd: S) {
        let n_lanes = VECTORS * S::F64_LANES;
        let mut tile = Tile::new(n_lanes, self.centers.d);
        let mut open = [0; CHUNK_ROWS];
        for start in (0..self.labels.len()).step_by(CHUNK_ROWS) {
            let end = self.labels.len().min(start + CHUNK_ROWS);
            let n_open = self.open_rows(start..end, &mut open);
            for rows in open[..n_open].chunks(n_lanes) {
                let (values, d) = (self.rows.values, self.centers.d);
                tile.fill(n_lanes, rows.len(), |idx| &values[rows[idx] as usize * d..][..d]);
                kernel::nearest::<S, VECTORS, CENTERS>(simd, &mut tile, self.centers);
                for (lane, &row) in rows.iter().enumerate() {
                    self.settle(row as usize, tile.label[lane], tile.upper[lane], tile.lower[lane]);
                }
            }
        }
    }

    /// Writes down the rows of a chunk whose label is in doubt; brings all bounds up to date.
    #[inline(always)]
    fn open_rows(&mut self, range: Range<usize>, open: &mut [u32; CHUNK_ROWS]) -> usize {
        let Some(shifts) = self.shifts.filter(|_| !self.upper.is_empty()) else {
            open.iter_mut().zip(range.clone()).for_each(|(open, row)| *open = row as u32);
            return range.len();
        };
        let mut n_open = 0;
        let bounds = self.upper[range.clone()].iter_mut().zip(&mut self.lower[range.clone()]);
        for ((row, &label), (upper, lower)) in range.clone().zip(&self.labels[range]).zip(bounds) {
            let label = label as usize;
            *upper = (*upper + shifts.own[label]) * (1.0 + MARGIN);
            *lower = (*lower - shifts.others[label]) * (1.0 - MARGIN);
            open[n_open] = row as u32;
            n_open += usize::from(*upper >= lower.max(shifts.half_gap[label]));
        }
        n_open
    }

    /// Writes the label and bounds of a row and moves it between the sums if it changed cluster.
    #[inline(always)]
    fn settle(&mut self, row: usize, label: u64, upper: f64, lower: f64) {
        let d = self.centers.d;
        let (mut label, mut upper, mut lower) = (label as usize, upper, lower);
        if upper >= lower {
            (label, upper, lower) = self.centers.nearest_exact(&self.rows.values[row * d..][..d]);
        }
        if !self.upper.is_empty() {
            self.upper[row] = at_least(upper);
            self.lower[row] = at_most(lower.sqrt());
        }
        if self.labels[row] != label as u32 {
            self.relabel(row, label);
        }
    }

    #[inline(always)]
    fn relabel(&mut self, row: usize, label: usize) {
        let d = self.centers.d;
        let old = std::mem::replace(&mut self.labels[row], label as u32);
        self.is_changed = true;
        if let Some(sums) = &mut self.sums {
            let values = &self.rows.values[row * d..][..d];
            let weight = self.rows.weights.map_or(1.0, |weights| weights[row]);
            if old != NONE {
                sums.add(old as usize, values, -weight);
            }
            sums.add(label, values, weight);
        }
    }
}
