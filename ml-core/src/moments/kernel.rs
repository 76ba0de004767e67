//! The register-tiled pass over one chunk of rows.
//!
//! ```text
//! for each tile of 128 rows:
//!     mean of the tile                                             (column sums in registers)
//!     centred := rows − mean, padded with zeros to whole vectors    (stays in the first-level cache)
//!     for each block of ROWS features × COLUMNS vectors of features on or right of the diagonal:
//!         co[block] := Σ centred[row][i] · centred[row][j]          (ROWS · COLUMNS sums in registers)
//!     merge (mean, co) into the chunk's state                       (Chan et al.)
//! ```
//!
//! Only blocks that touch the upper triangle are computed; the lower one is its mirror image.

use ndarray::Array2;
use pulp::{Simd, WithSimd};

use super::CoMoments;
use crate::simd::{self, InstructionSet};

/// Rows of a tile: 24 KiB of centred values at 20 features.
const TILE_ROWS: usize = 128;
/// Padded widths are multiples of this, the widest vector and the tallest block.
const PAD: usize = 8;

/// Count, mean and sums of products of `rows`, row-major with `d ≥ 1` columns.
pub(super) fn co_moments(set: InstructionSet, rows: &[f64], d: usize) -> CoMoments {
    let mut state = State::new(d);
    simd::run(set, Pass { rows, state: &mut state });
    state.finish()
}

struct State {
    d: usize,
    width: usize,
    n: f64,
    mean: Vec<f64>,
    /// Row-major, `width × width`; only blocks on and right of the diagonal are kept up to date.
    co: Vec<f64>,
    /// Mean of the tile, then its distance from the mean so far.
    delta: Vec<f64>,
    /// The tile's deviations from its own mean, row-major with `width` columns.
    centred: Vec<f64>,
}

impl State {
    fn new(d: usize) -> Self {
        let width = d.next_multiple_of(PAD);
        Self {
            d,
            width,
            n: 0.0,
            mean: vec![0.0; width],
            co: vec![0.0; width * width],
            delta: vec![0.0; width],
            centred: vec![0.0; TILE_ROWS * width],
        }
    }

    fn finish(self) -> CoMoments {
        let upper = |row: usize, column: usize| self.co[row.min(column) * self.width + row.max(column)];
        CoMoments {
            n: self.n as u64,
            mean: self.mean[..self.d].iter().copied().collect(),
            co: Array2::from_shape_fn((self.d, self.d), |(row, column)| upper(row, column)),
        }
    }
}

struct Pass<'a> {
    rows: &'a [f64],
    state: &'a mut State,
}

impl WithSimd for Pass<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Pass { rows, state } = self;
        for tile in rows.chunks(TILE_ROWS * state.d) {
            let n_tile = tile.len() / state.d;
            centre(simd, tile, state);
            let share = n_tile as f64 / (state.n + n_tile as f64);
            for (delta, mean) in state.delta.iter_mut().zip(&mut state.mean) {
                *delta -= *mean;
                *mean += share * *delta;
            }
            // Eight lanes come with 32 registers: 24 sums fit beside a row of three vectors; else 12 do.
            if S::F64_LANES == 8 {
                add_products::<S, 8>(simd, state, n_tile, state.n * share);
            } else {
                add_products::<S, 4>(simd, state, n_tile, state.n * share);
            }
            state.n += n_tile as f64;
        }
    }
}

/// Writes the tile's mean to `delta` and its deviations from it to `centred`.
///
/// The last vector of a row ends where the row ends: it overlaps the one before it and finds the same for the columns
/// that they share. Loads with a mask would need a call for each.
#[inline(always)]
fn centre<S: Simd>(simd: S, tile: &[f64], state: &mut State) {
    let d = state.d;
    if d < S::F64_LANES {
        return centre_narrow(tile, state);
    }
    let State { width, delta, centred, .. } = state;
    let n_tile = simd.splat_f64s((tile.len() / d) as f64);
    for start in (0..d).step_by(S::F64_LANES).map(|start| start.min(d - S::F64_LANES)) {
        let columns = start..start + S::F64_LANES;
        let mut sums = [simd.splat_f64s(0.0); 4];
        let mut fours = tile.chunks_exact(4 * d);
        for four in &mut fours {
            for (sum, row) in sums.iter_mut().zip(four.chunks_exact(d)) {
                *sum = simd.add_f64s(*sum, load::<S, 1>(&row[columns.clone()])[0]);
            }
        }
        for row in fours.remainder().chunks_exact(d) {
            sums[0] = simd.add_f64s(sums[0], load::<S, 1>(&row[columns.clone()])[0]);
        }
        let sum = simd.add_f64s(simd.add_f64s(sums[0], sums[1]), simd.add_f64s(sums[2], sums[3]));
        let mean = simd.div_f64s(sum, n_tile);
        S::as_mut_simd_f64s(&mut delta[columns.clone()]).0[0] = mean;
        for (row, centred) in tile.chunks_exact(d).zip(centred.chunks_exact_mut(*width)) {
            let deviation = simd.sub_f64s(load::<S, 1>(&row[columns.clone()])[0], mean);
            S::as_mut_simd_f64s(&mut centred[columns.clone()]).0[0] = deviation;
        }
    }
}

/// As [`centre`], for rows shorter than a vector.
#[inline(always)]
fn centre_narrow(tile: &[f64], state: &mut State) {
    let State { d, width, delta, centred, .. } = state;
    delta.fill(0.0);
    for row in tile.chunks_exact(*d) {
        delta.iter_mut().zip(row).for_each(|(sum, value)| *sum += value);
    }
    let n_tile = (tile.len() / *d) as f64;
    delta.iter_mut().for_each(|sum| *sum /= n_tile);
    for (row, centred) in tile.chunks_exact(*d).zip(centred.chunks_exact_mut(*width)) {
        for ((centred, value), mean) in centred.iter_mut().zip(row).zip(delta.iter()) {
            *centred = value - mean;
        }
    }
}

/// Adds the tile's products of deviations and the correction for its other mean to `co`, block by block.
#[inline(always)]
fn add_products<S: Simd, const ROWS: usize>(simd: S, state: &mut State, n_tile: usize, weight: f64) {
    let n_vectors = state.width / S::F64_LANES;
    for top in (0..state.width).step_by(ROWS) {
        let mut left = top / S::F64_LANES;
        while left < n_vectors {
            left += match n_vectors - left {
                1 => add_block::<S, ROWS, 1>(simd, state, n_tile, weight, top, left),
                2 => add_block::<S, ROWS, 2>(simd, state, n_tile, weight, top, left),
                _ => add_block::<S, ROWS, 3>(simd, state, n_tile, weight, top, left),
            };
        }
    }
}

/// One block of features `top..top + ROWS` by the vectors `left..left + COLUMNS`; returns `COLUMNS`.
#[inline(always)]
fn add_block<S: Simd, const ROWS: usize, const COLUMNS: usize>(
    simd: S,
    state: &mut State,
    n_tile: usize,
    weight: f64,
    top: usize,
    left: usize,
) -> usize {
    let State { width, co, delta, centred, .. } = state;
    let columns = left * S::F64_LANES..(left + COLUMNS) * S::F64_LANES;
    let mut sums = [[simd.splat_f64s(0.0); COLUMNS]; ROWS];
    for row in centred.chunks_exact(*width).take(n_tile) {
        let factors = &row[top..top + ROWS];
        let vectors = load::<S, COLUMNS>(&row[columns.clone()]);
        for (sums, &factor) in sums.iter_mut().zip(factors) {
            let factor = simd.splat_f64s(factor);
            for (sum, vector) in sums.iter_mut().zip(vectors) {
                *sum = simd.mul_add_e_f64s(factor, vector, *sum);
            }
        }
    }
    let deltas = load::<S, COLUMNS>(&delta[columns.clone()]);
    for (idx, sums) in sums.into_iter().enumerate() {
        let row = (top + idx) * *width;
        let factor = simd.splat_f64s(weight * delta[top + idx]);
        let target = S::as_mut_simd_f64s(&mut co[row + columns.start..row + columns.end]).0;
        for ((target, sum), delta) in target.iter_mut().zip(sums).zip(deltas) {
            *target = simd.add_f64s(*target, simd.mul_add_e_f64s(factor, delta, sum));
        }
    }
    COLUMNS
}

/// The first `N` whole vectors of a slice that holds them.
#[inline(always)]
fn load<S: Simd, const N: usize>(values: &[f64]) -> [S::f64s; N] {
    let vectors = S::as_simd_f64s(values).0;
    std::array::from_fn(|idx| vectors[idx])
}
