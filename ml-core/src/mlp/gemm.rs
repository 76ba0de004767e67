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

use std::array;

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
        let mut row = first_row;
        let mut panels = out.chunks_exact_mut(MR * tile.stride);
        for out in &mut panels {
            tile.columns::<S, MR>(simd, row, out);
            row += MR;
        }
        let mut rest = panels.into_remainder();
        if MR > 4 && rest.len() >= 4 * tile.stride {
            let (four, below) = rest.split_at_mut(4 * tile.stride);
            tile.columns::<S, 4>(simd, row, four);
            row += 4;
            rest = below;
        }
        for out in rest.chunks_exact_mut(tile.stride) {
            tile.columns::<S, 1>(simd, row, out);
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

    #[inline(always)]
    fn tile<S: Simd, const MR: usize, const NR: usize>(
        self,
        simd: S,
        row: usize,
        column: usize,
        out: &mut [T::Vector<S>],
    ) {
        let &Product { left, right, depth, start, finish } = self.product;
        let first = match T::vectors::<S>(start).get(column..).and_then(|start| start.first_chunk()) {
            Some(start) => *start,
            None => [T::splat(simd, T::default()); NR],
        };
        let stride = right.stride / (size_of::<T::Vector<S>>() / size_of::<T>());
        let vectors = &T::vectors::<S>(right.values)[column..];
        let right = vectors.chunks(stride).map_while(|row| row.first_chunk::<NR>()).take(depth);
        let mut sums = match left {
            Left::Rows { values, stride } => {
                let rows: [&[T]; MR] = array::from_fn(|i| &values[(row + i) * stride..][..depth]);
                let left = (0..depth).map(|p| array::from_fn(|i| rows[i][p]));
                accumulate::<T, S, MR, NR>(simd, left, right, first)
            }
            Left::Columns { values, stride } => {
                let left =
                    values[row..].chunks(stride).map_while(|column| column.first_chunk::<MR>().copied());
                accumulate::<T, S, MR, NR>(simd, left, right, first)
            }
        };
        if finish == Finish::Relu {
            let zero = T::splat(simd, T::default());
            sums.iter_mut().flatten().for_each(|sum| *sum = T::max(simd, zero, *sum));
        }
        let stride = out.len() / MR;
        for (row, sums) in out.chunks_exact_mut(stride).zip(&sums) {
            row[column..column + NR].copy_from_slice(sums);
        }
    }
}

#[inline(always)]
fn accumulate<'a, T: Real, S: Simd, const MR: usize, const NR: usize>(
    simd: S,
    left: impl Iterator<Item = [T; MR]>,
    right: impl Iterator<Item = &'a [T::Vector<S>; NR]>,
    first: [T::Vector<S>; NR],
) -> [[T::Vector<S>; NR]; MR] {
    let mut sums = [first; MR];
    for (left, right) in left.zip(right) {
        for (sums, left) in sums.iter_mut().zip(left) {
            let left = T::splat(simd, left);
            for (sum, &right) in sums.iter_mut().zip(right) {
                *sum = T::mul_add(simd, left, right, *sum);
            }
        }
    }
    sums
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
        let mut lefts = left.values.chunks_exact(4 * left.stride);
        let mut outs = out.chunks_exact_mut(4 * stride);
        let mut run = 0;
        for (left_rows, out) in (&mut lefts).zip(&mut outs) {
            dots_of_rows::<T, S, 4>(simd, (left_rows, left.stride), right, start, n_right, out);
            run += 4;
        }
        let left_rows = &left.values[run * left.stride..];
        for (left_row, out) in
            left_rows.chunks_exact(left.stride).zip(outs.into_remainder().chunks_exact_mut(stride))
        {
            dots_of_rows::<T, S, 1>(simd, (left_row, left.stride), right, start, n_right, out);
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
    let lefts: [&[T::Vector<S>]; MR] =
        array::from_fn(|i| T::vectors::<S>(&left[i * left_stride..][..left_stride]));
    let depth = lefts[0].len();
    let rights: [&[T::Vector<S>]; NR] = array::from_fn(|j| {
        &T::vectors::<S>(&right.values[(column + j) * right.stride..][..right.stride])[..depth]
    });
    let mut sums = [[T::splat(simd, T::default()); NR]; MR];
    for p in 0..depth {
        for (sums, left) in sums.iter_mut().zip(&lefts) {
            for (sum, right) in sums.iter_mut().zip(&rights) {
                *sum = T::mul_add(simd, left[p], right[p], *sum);
            }
        }
    }
    let stride = out.len() / MR;
    for (out, sums) in out.chunks_exact_mut(stride).zip(&sums) {
        for (j, &sum) in sums.iter().enumerate() {
            let first = start.get(column + j).copied().unwrap_or_default();
            out[column + j] = T::plus(first, T::sum(simd, sum));
        }
    }
}
