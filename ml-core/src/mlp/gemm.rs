//! Matrix products, tiled for the registers.
//!
//! A network computes three products of row-major matrices, and two kernels do all of them:
//!
//! ```text
//! forward    out = start + A · B        [`multiply`] with [`Left::Rows`]
//! gradient   out = Aᵀ · B               [`multiply`] with [`Left::Columns`]
//! either     out = start + A · Bᵀ       [`multiply_transposed`]: dot products of rows
//!
//! multiply:
//!   for each panel of MR rows of `out`
//!     for each panel of NR vectors of columns of `out`
//!       the MR × NR vectors of the tile stay in registers
//!       for p in 0..depth
//!         tile[i][j] += A[i, p] (in every lane) × B[p, j]
//! ```
//!
//! MR × NR is 8 × 3 vectors with the 32 registers of AVX-512 and 4 × 3 or 4 × 2 with 16: enough sums to hide the
//! latency of the multiplication, and fewer loads than multiplications. Nothing is packed: rows are padded to cache
//! lines (see [`Matrix`](super::matrix::Matrix)), and the matrices of one batch fit the second-level cache.
//!
//! Each value of `out` is one sum in the order of p, whatever the number of threads: threads share the rows of
//! `out`, never a sum.

use pulp::{Simd, WithSimd};
use rayon::prelude::*;

use super::real::Real;
use crate::simd::{self, InstructionSet};

/// Multiplications below which a second thread costs more than it saves, and the size of one task.
const TASK_PRODUCTS: usize = 1 << 21;

/// Rows of `out` in one tile for AVX-512; the others use half.
const PANEL: usize = 8;

/// The left factor of [`multiply`], row-major with `stride`.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Left<'a, T> {
    /// `A`: row i of `out` comes from row i.
    Rows { values: &'a [T], stride: usize },
    /// `Aᵀ`: row i of `out` comes from column i.
    Columns { values: &'a [T], stride: usize },
}

/// A row-major matrix and the distance from row to row.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Right<'a, T> {
    pub(crate) values: &'a [T],
    pub(crate) stride: usize,
}

/// What happens to a sum before it is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Finish {
    /// Nothing.
    Keep,
    /// Negative sums become zero.
    Relu,
}

/// A product to compute; `out` and `right` are padded to whole vectors.
#[derive(Debug)]
pub(crate) struct Product<'a, T> {
    pub(crate) left: Left<'a, T>,
    pub(crate) right: Right<'a, T>,
    /// Terms of each sum.
    pub(crate) depth: usize,
    /// What each row of `out` starts from; empty for zero.
    pub(crate) start: &'a [T],
    pub(crate) finish: Finish,
}

/// Writes the product to `out`, row-major with `stride`.
pub(crate) fn multiply<T: Real>(set: InstructionSet, product: &Product<'_, T>, out: &mut [T], stride: usize) {
    let tile = Tiles { product, stride };
    let work = product.depth * out.len();
    if work <= TASK_PRODUCTS {
        return simd::run(set, Multiply { tile, first_row: 0, out });
    }
    let n_rows = (TASK_PRODUCTS / (product.depth * stride)).next_multiple_of(PANEL);
    out.par_chunks_mut(n_rows * stride).enumerate().for_each(|(idx, out)| {
        simd::run(set, Multiply { tile, first_row: idx * n_rows, out });
    });
}

#[derive(Debug, Clone, Copy)]
struct Tiles<'a, T> {
    product: &'a Product<'a, T>,
    stride: usize,
}

/// Rows from `first_row` of a product.
struct Multiply<'a, 'out, T> {
    tile: Tiles<'a, T>,
    first_row: usize,
    out: &'out mut [T],
}

impl<T: Real> WithSimd for Multiply<'_, '_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        if S::REGISTER_COUNT == 32 {
            self.panels::<S, PANEL>(simd);
        } else {
            self.panels::<S, { PANEL / 2 }>(simd);
        }
    }
}

impl<T: Real> Multiply<'_, '_, T> {
    #[inline(always)]
    fn panels<S: Simd, const MR: usize>(self, simd: S) {
        let Self { tile, first_row, out } = self;
        let n_rows = out.len() / tile.stride;
        let mut row = 0;
        while row + MR <= n_rows {
            tile.columns::<S, MR>(simd, first_row + row, &mut out[row * tile.stride..][..MR * tile.stride]);
            row += MR;
        }
        if MR > 4 && row + 4 <= n_rows {
            tile.columns::<S, 4>(simd, first_row + row, &mut out[row * tile.stride..][..4 * tile.stride]);
            row += 4;
        }
        while row < n_rows {
            tile.columns::<S, 1>(simd, first_row + row, &mut out[row * tile.stride..][..tile.stride]);
            row += 1;
        }
    }
}

impl<T: Real> Tiles<'_, T> {
    /// `MR` rows of the product, from `row`.
    #[inline(always)]
    fn columns<S: Simd, const MR: usize>(self, simd: S, row: usize, out: &mut [T]) {
        let out = T::vectors_mut::<S>(out);
        let stride = out.len() / MR;
        let mut column = 0;
        // Four left are two and two: a tile of one vector waits for its own sums.
        while stride - column >= 5 || stride - column == 3 {
            self.tile::<S, MR, 3>(simd, row, column, out);
            column += 3;
        }
        while stride - column >= 2 {
            self.tile::<S, MR, 2>(simd, row, column, out);
            column += 2;
        }
        if stride - column == 1 {
            self.tile::<S, MR, 1>(simd, row, column, out);
        }
    }

    /// Indices rather than iterators and copies: those are calls that the compiler does not bring into code for AVX-512,
    /// and a tile whose address is taken leaves the registers (whole epochs took 8 and 1.7 times
    /// as long).
    #[inline(always)]
    fn tile<S: Simd, const MR: usize, const NR: usize>(
        self,
        simd: S,
        row: usize,
        column: usize,
        out: &mut [T::Vector<S>],
    ) {
        let &Product { left, right, depth, start, finish } = self.product;
        let zero = T::splat(simd, T::default());
        let start = T::vectors::<S>(start);
        let mut first = [zero; NR];
        for j in 0..NR {
            first[j] = if start.is_empty() { zero } else { start[column + j] };
        }
        let mut sums = [first; MR];
        let stride = right.stride / (size_of::<T::Vector<S>>() / size_of::<T>());
        let right = T::vectors::<S>(right.values);
        match left {
            Left::Rows { values, stride: left_stride } => {
                let mut rows = [values; MR];
                for i in 0..MR {
                    rows[i] = &values[(row + i) * left_stride..][..depth];
                }
                for p in 0..depth {
                    let right = &right[p * stride + column..][..NR];
                    for i in 0..MR {
                        let left = T::splat(simd, rows[i][p]);
                        for j in 0..NR {
                            sums[i][j] = T::mul_add(simd, left, right[j], sums[i][j]);
                        }
                    }
                }
            }
            Left::Columns { values, stride: left_stride } => {
                for p in 0..depth {
                    let left = &values[p * left_stride + row..][..MR];
                    let right = &right[p * stride + column..][..NR];
                    for i in 0..MR {
                        let left = T::splat(simd, left[i]);
                        for j in 0..NR {
                            sums[i][j] = T::mul_add(simd, left, right[j], sums[i][j]);
                        }
                    }
                }
            }
        }
        let stride = out.len() / MR;
        for i in 0..MR {
            let out = &mut out[i * stride + column..][..NR];
            for j in 0..NR {
                out[j] = if finish == Finish::Relu { T::max(simd, zero, sums[i][j]) } else { sums[i][j] };
            }
        }
    }
}

/// Writes `start + left · rightᵀ` to `out`: the dot product of each row of `left` with each of the `n_right` rows
/// of `right`, over whole vectors with their padding.
pub(crate) fn multiply_transposed<T: Real>(
    set: InstructionSet,
    left: Right<'_, T>,
    right: Right<'_, T>,
    start: &[T],
    n_right: usize,
    out: &mut [T],
    stride: usize,
) {
    let work = n_right * left.values.len();
    let n_rows = if work <= TASK_PRODUCTS {
        out.len() / stride
    } else {
        (TASK_PRODUCTS / (n_right * left.stride)).next_multiple_of(PANEL)
    };
    let run = |(left_values, out): (&[T], &mut [T])| {
        let left = Right { values: left_values, stride: left.stride };
        simd::run(set, Dots { left, right, start, n_right, out, stride });
    };
    if work <= TASK_PRODUCTS {
        return run((left.values, out));
    }
    left.values.par_chunks(n_rows * left.stride).zip(out.par_chunks_mut(n_rows * stride)).for_each(run);
}

struct Dots<'a, 'out, T> {
    left: Right<'a, T>,
    right: Right<'a, T>,
    start: &'a [T],
    n_right: usize,
    out: &'out mut [T],
    stride: usize,
}

impl<T: Real> WithSimd for Dots<'_, '_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { left, right, start, n_right, out, stride } = self;
        let n_rows = out.len() / stride;
        let mut row = 0;
        while row + 4 <= n_rows {
            let left_rows = (&left.values[row * left.stride..][..4 * left.stride], left.stride);
            dots_of_rows::<T, S, 4>(
                simd,
                left_rows,
                right,
                start,
                n_right,
                &mut out[row * stride..][..4 * stride],
            );
            row += 4;
        }
        while row < n_rows {
            let left_row = (&left.values[row * left.stride..][..left.stride], left.stride);
            dots_of_rows::<T, S, 1>(
                simd,
                left_row,
                right,
                start,
                n_right,
                &mut out[row * stride..][..stride],
            );
            row += 1;
        }
    }
}

/// `MR` rows against all rows of `right`, four by four.
#[inline(always)]
fn dots_of_rows<T: Real, S: Simd, const MR: usize>(
    simd: S,
    left: (&[T], usize),
    right: Right<'_, T>,
    start: &[T],
    n_right: usize,
    out: &mut [T],
) {
    let mut column = 0;
    while n_right - column >= 4 {
        dots::<T, S, MR, 4>(simd, left, right, start, column, out);
        column += 4;
    }
    while column < n_right {
        dots::<T, S, MR, 1>(simd, left, right, start, column, out);
        column += 1;
    }
}

#[inline(always)]
fn dots<T: Real, S: Simd, const MR: usize, const NR: usize>(
    simd: S,
    (left, left_stride): (&[T], usize),
    right: Right<'_, T>,
    start: &[T],
    column: usize,
    out: &mut [T],
) {
    let depth = left_stride / (size_of::<T::Vector<S>>() / size_of::<T>());
    let all_left = T::vectors::<S>(left);
    let mut lefts = [all_left; MR];
    for i in 0..MR {
        lefts[i] = &all_left[i * depth..][..depth];
    }
    let all_right = T::vectors::<S>(&right.values[column * right.stride..]);
    let mut rights = [all_right; NR];
    for j in 0..NR {
        rights[j] = &all_right[j * depth..][..depth];
    }
    let mut sums = [[T::splat(simd, T::default()); NR]; MR];
    for p in 0..depth {
        for i in 0..MR {
            for j in 0..NR {
                sums[i][j] = T::mul_add(simd, lefts[i][p], rights[j][p], sums[i][j]);
            }
        }
    }
    let stride = out.len() / MR;
    for i in 0..MR {
        for j in 0..NR {
            let first = if start.is_empty() { T::default() } else { start[column + j] };
            out[i * stride + column + j] = T::plus(first, T::sum(simd, sums[i][j]));
        }
    }
}
