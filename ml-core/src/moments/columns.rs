//! Mean and variance of each column, where covariances are not needed.

use ndarray::{Array1, ArrayRef2};
use pulp::{Simd, WithSimd};

use super::{CHUNK_ROWS, is_rounding, not_summable};
use crate::Error;
use crate::input::row_major;
use crate::parallel::map_chunks;
use crate::simd;

/// A column that varies by this much has squares that are no subnormal numbers.
const MIN_SPREAD: f64 = 1e-145;

/// Rows whose mean is taken at a time; they stay in the first-level cache.
const TILE_ROWS: usize = 128;

/// Count, means and sums of squared deviations of the columns of some rows.
#[derive(Debug, Clone)]
pub(crate) struct ColumnMoments {
    pub(crate) n: u64,
    pub(crate) mean: Vec<f64>,
    squares: Vec<f64>,
}

impl ColumnMoments {
    /// One parallel pass over `x`, in the same tiles as [`CoMoments`](super::CoMoments).
    pub(crate) fn of(x: &ArrayRef2<f64>) -> Result<Self, Error> {
        let d = x.ncols();
        let rows = row_major(x);
        let values = rows.as_slice().expect("row-major without gaps");
        let parts = map_chunks(x.nrows(), CHUNK_ROWS, |range| {
            let mut part = Self::new(d);
            simd::run(
                simd::in_use(),
                Pass { rows: &values[range.start * d..range.end * d], moments: &mut part },
            );
            part
        });
        let mut sum = Self::new(d);
        parts.iter().for_each(|part| sum.add(part.n, &part.mean, &part.squares));
        let is_finite = sum.mean.iter().chain(&sum.squares).all(|value| value.is_finite());
        if is_finite { Ok(sum) } else { Err(not_summable(x)) }
    }

    fn new(d: usize) -> Self {
        Self { n: 0, mean: vec![0.0; d], squares: vec![0.0; d] }
    }

    /// Adds other rows (Chan et al.).
    #[inline(always)]
    fn add(&mut self, n: u64, mean: &[f64], squares: &[f64]) {
        let share = n as f64 / (self.n + n) as f64;
        let weight = self.n as f64 * share;
        let own = self.mean.iter_mut().zip(&mut self.squares);
        for ((own_mean, own_squares), (mean, squares)) in own.zip(mean.iter().zip(squares)) {
            let delta = mean - *own_mean;
            *own_mean += share * delta;
            *own_squares += squares + weight * (delta * delta);
        }
        self.n += n;
    }

    /// Refuses rows that differ, but by so little that all squared differences vanish or lose their digits.
    pub(crate) fn check_spread(&self, x: &ArrayRef2<f64>) -> Result<(), Error> {
        let largest = self.var().iter().fold(0.0, |a: f64, &b| a.max(b));
        if largest >= MIN_SPREAD * MIN_SPREAD || x.rows().into_iter().all(|row| row == x.row(0)) {
            return Ok(());
        }
        Err(Error::Spread { limit: MIN_SPREAD })
    }

    /// Population variance of each column.
    pub(crate) fn var(&self) -> Array1<f64> {
        self.squares.iter().map(|squares| squares / self.n as f64).collect()
    }

    /// Whether a column has no more variance than the rounding of its mean makes.
    pub(crate) fn is_constant(&self, column: usize) -> bool {
        is_rounding(self.n, self.mean[column], self.squares[column] / self.n as f64)
    }
}

struct Pass<'a> {
    rows: &'a [f64],
    moments: &'a mut ColumnMoments,
}

impl WithSimd for Pass<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let d = self.moments.mean.len();
        let (mut mean, mut squares) = (vec![0.0; d], vec![0.0; d]);
        for tile in self.rows.chunks(TILE_ROWS * d) {
            if d < S::F64_LANES {
                narrow(tile, &mut mean, &mut squares);
            } else {
                wide(simd, tile, &mut mean, &mut squares);
            }
            self.moments.add((tile.len() / d) as u64, &mean, &squares);
        }
    }
}

/// A tile of rows at least as long as a vector; the last vector of a row overlaps the one before it.
#[inline(always)]
fn wide<S: Simd>(simd: S, tile: &[f64], mean: &mut [f64], squares: &mut [f64]) {
    let d = mean.len();
    for start in (0..d).step_by(S::F64_LANES).map(|start| start.min(d - S::F64_LANES)) {
        let columns = start..start + S::F64_LANES;
        let sum = sum_rows(simd, tile, d, start, |value| value);
        let center = simd.div_f64s(sum, simd.splat_f64s((tile.len() / d) as f64));
        let sum = sum_rows(simd, tile, d, start, |value| {
            let deviation = simd.sub_f64s(value, center);
            simd.mul_f64s(deviation, deviation)
        });
        S::as_mut_simd_f64s(&mut mean[columns.clone()]).0[0] = center;
        S::as_mut_simd_f64s(&mut squares[columns]).0[0] = sum;
    }
}

/// Sums a function of the vector at `start` of each row: four sums, so that one addition need not wait for another.
#[inline(always)]
fn sum_rows<S: Simd>(
    simd: S,
    tile: &[f64],
    d: usize,
    start: usize,
    of: impl Fn(S::f64s) -> S::f64s,
) -> S::f64s {
    let vector = |row: &[f64]| S::as_simd_f64s(&row[start..start + S::F64_LANES]).0[0];
    let mut sums = [simd.splat_f64s(0.0); 4];
    let mut fours = tile.chunks_exact(4 * d);
    for four in &mut fours {
        for (sum, row) in sums.iter_mut().zip(four.chunks_exact(d)) {
            *sum = simd.add_f64s(*sum, of(vector(row)));
        }
    }
    for row in fours.remainder().chunks_exact(d) {
        sums[0] = simd.add_f64s(sums[0], of(vector(row)));
    }
    simd.add_f64s(simd.add_f64s(sums[0], sums[1]), simd.add_f64s(sums[2], sums[3]))
}

/// A tile of rows shorter than a vector.
#[inline(always)]
fn narrow(tile: &[f64], mean: &mut [f64], squares: &mut [f64]) {
    let d = mean.len();
    mean.fill(0.0);
    squares.fill(0.0);
    for row in tile.chunks_exact(d) {
        mean.iter_mut().zip(row).for_each(|(sum, value)| *sum += value);
    }
    mean.iter_mut().for_each(|sum| *sum /= (tile.len() / d) as f64);
    for row in tile.chunks_exact(d) {
        for ((squares, value), mean) in squares.iter_mut().zip(row).zip(mean.iter()) {
            *squares += (value - mean) * (value - mean);
        }
    }
}
