//! The loop of assignment and update, from one start.

use std::ops::ControlFlow;

use ndarray::Array2;

use super::assign::{Rows, Shifts, State, assign, nearest};
use super::centers::Centers;
use super::sums::Sums;
use super::{KMeansProgress, squared_distance};
use crate::Error;
use crate::parallel::map_chunks;
use crate::simd::InstructionSet;

/// Rows whose farthest members are looked for as one part.
const FAR_ROWS: usize = 8192;

/// What stays the same over all starts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Problem<'a> {
    pub(super) rows: Rows<'a>,
    pub(super) n_rows: usize,
    /// Mean of the rows.
    pub(super) origin: &'a [f64],
    pub(super) max_iter: usize,
    /// Stop once the squared shifts of all centres sum up to no more than this.
    pub(super) tol: f64,
    pub(super) with_bounds: bool,
    pub(super) set: InstructionSet,
}

/// Where one start has led.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) centers: Array2<f64>,
    pub(super) labels: Vec<u32>,
    pub(super) n_iter: usize,
}

/// Tells the caller of each iteration; `Break` stops.
pub(super) type Observer<'a> = dyn FnMut(KMeansProgress) -> ControlFlow<()> + 'a;

/// Iterates from `centers` until no label changes, the centres rest, or `max_iter`.
pub(super) fn iterate(
    problem: &Problem<'_>,
    mut centers: Array2<f64>,
    mut progress: KMeansProgress,
    observer: &mut Observer<'_>,
) -> Result<Outcome, Error> {
    let mut state = State::new(problem.n_rows, problem.with_bounds);
    let mut sums = Sums::new(centers.nrows(), centers.ncols());
    let mut shifts = None;
    let mut labels_changed = true;
    while labels_changed && progress.n_iter < problem.max_iter {
        let packed = Centers::new(&centers, problem.origin);
        let changes;
        (changes, labels_changed) = assign(problem.set, problem.rows, &packed, shifts.as_ref(), &mut state);
        sums.merge(&changes);
        let moved = update(problem, &sums, &packed, &state.labels);
        shifts = Some(Shifts::new(&centers, &moved));
        progress.n_iter += 1;
        progress.center_shift = squared_distance(flat(&centers), flat(&moved));
        centers = moved;
        if observer(progress).is_break() {
            return Err(Error::Cancelled);
        }
        if labels_changed && progress.center_shift <= problem.tol {
            break;
        }
    }
    let mut labels = state.into_labels();
    if labels_changed {
        // The centres moved after the last assignment; labels belong to the centres that are returned.
        labels = nearest(problem.set, problem.rows.values, &Centers::new(&centers, problem.origin));
    }
    Ok(Outcome { centers, labels, n_iter: progress.n_iter })
}

fn flat(centers: &Array2<f64>) -> &[f64] {
    centers.as_slice().expect("centres are row-major")
}

/// The means of the clusters, after giving each empty cluster one of the rows farthest from their centres.
fn update(problem: &Problem<'_>, sums: &Sums, centers: &Centers, labels: &[u32]) -> Array2<f64> {
    let empty = sums.empty_clusters();
    if empty.is_empty() {
        return sums.means();
    }
    let mut sums = sums.clone();
    for (&cluster, (square, row)) in empty.iter().zip(farthest(problem, centers, labels, empty.len())) {
        if square == 0.0 {
            break;
        }
        let values = &problem.rows.values[row * centers.d..][..centers.d];
        let weight = problem.rows.weights.map_or(1.0, |weights| weights[row]);
        sums.add(labels[row] as usize, values, -weight);
        sums.clear(cluster);
        sums.add(cluster, values, weight);
    }
    sums.means()
}

/// The `n` rows farthest from their centres, the farthest first, the lower of equally far ones first.
fn farthest(problem: &Problem<'_>, centers: &Centers, labels: &[u32], n: usize) -> Vec<(f64, usize)> {
    let farther = |a: &(f64, usize), b: &(f64, usize)| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1));
    let parts = map_chunks(labels.len(), FAR_ROWS, |range| {
        let rows =
            problem.rows.values[range.start * centers.d..range.end * centers.d].chunks_exact(centers.d);
        let mut rows = (range.clone().zip(rows).zip(&labels[range]))
            .map(|((row, values), &label)| (squared_distance(values, centers.center(label as usize)), row))
            .collect::<Vec<_>>();
        rows.sort_unstable_by(farther);
        rows.truncate(n);
        rows
    });
    let mut rows = parts.concat();
    rows.sort_unstable_by(farther);
    rows.truncate(n);
    rows
}
