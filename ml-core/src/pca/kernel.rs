//! Rows times a few axes, in one pass.

use ndarray::{Array1, Array2, ArrayRef2};
use pulp::{Simd, WithSimd};
use rayon::prelude::*;

use crate::input::row_major;
use crate::simd;

/// Rows of one task.
const CHUNK_ROWS: usize = 4096;

/// `(x − mean) · axesᵀ`, where `axes` has one row for each column of the result.
pub(super) fn project(x: &ArrayRef2<f64>, mean: &Array1<f64>, axes: &Array2<f64>) -> Array2<f64> {
    let rows = row_major(x);
    let values = rows.as_slice().expect("row-major without gaps");
    let (d, k) = (axes.ncols(), axes.nrows());
    let mut projected = Array2::zeros((x.nrows(), k));
    if d == 0 || k == 0 {
        return projected;
    }
    let (axes, mean) = (axes.as_slice().expect("axes are row-major"), mean.as_slice().expect("contiguous"));
    let out = projected.as_slice_mut().expect("a new array is row-major");
    values.par_chunks(CHUNK_ROWS * d).zip(out.par_chunks_mut(CHUNK_ROWS * k)).for_each(|(rows, out)| {
        simd::run(simd::in_use(), Project { rows, out, mean, axes });
    });
    projected
}

struct Project<'a> {
    rows: &'a [f64],
    out: &'a mut [f64],
    mean: &'a [f64],
    axes: &'a [f64],
}

impl WithSimd for Project<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { rows, out, mean, axes } = self;
        let d = mean.len();
        let k = axes.len() / d;
        // Two axes at a time share each load of a row and its centring.
        for (rows, out) in rows.chunks_exact(d).zip(out.chunks_exact_mut(k)) {
            for (axes, out) in axes.chunks(2 * d).zip(out.chunks_mut(2)) {
                let (first, second) = axes.split_at(d);
                match out {
                    [a, b] => [*a, *b] = dots(simd, rows, mean, [first, second]),
                    _ => [out[0]] = dots(simd, rows, mean, [first]),
                }
            }
        }
    }
}

/// Dot products of a centred row with `N` axes.
#[inline(always)]
fn dots<S: Simd, const N: usize>(simd: S, row: &[f64], mean: &[f64], axes: [&[f64]; N]) -> [f64; N] {
    let (rows, row_rest) = S::as_simd_f64s(row);
    let (means, mean_rest) = S::as_simd_f64s(mean);
    let axes = axes.map(S::as_simd_f64s);
    let mut sums = [simd.splat_f64s(0.0); N];
    for (idx, (&row, &mean)) in rows.iter().zip(means).enumerate() {
        let deviation = simd.sub_f64s(row, mean);
        for (sum, (axis, _)) in sums.iter_mut().zip(axes) {
            *sum = simd.mul_add_e_f64s(deviation, axis[idx], *sum);
        }
    }
    let mut sums = sums.map(|sum| simd.reduce_sum_f64s(sum));
    for (idx, (row, mean)) in row_rest.iter().zip(mean_rest).enumerate() {
        for (sum, (_, axis)) in sums.iter_mut().zip(axes) {
            *sum += (row - mean) * axis[idx];
        }
    }
    sums
}
