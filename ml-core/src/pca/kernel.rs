//! Rows times a few axes, in one pass.

use ndarray::{Array1, Array2, ArrayRef2};
use pulp::{Simd, WithSimd};
use rayon::prelude::*;

use crate::input::row_major;
use crate::{output, simd};

/// Rows of one task.
const CHUNK_ROWS: usize = 4096;

/// `(x − mean) · axesᵀ`, where `axes` has one row for each column of the result.
pub(super) fn project(x: &ArrayRef2<f64>, mean: &Array1<f64>, axes: &Array2<f64>) -> Array2<f64> {
    let rows = row_major(x);
    let values = rows.as_slice().expect("row-major without gaps");
    let (d, k) = (axes.ncols(), axes.nrows());
    let mut projected = output::zeros((x.nrows(), k));
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
        let vectors = Vectors::new(d, S::F64_LANES);
        let (means, axes) = (vectors.packed(mean), vectors.packed(axes));
        let len = vectors.len();
        // Two axes at a time share each load of a row and its centring.
        for (row, out) in rows.chunks_exact(d).zip(out.chunks_exact_mut(k)) {
            for (axes, out) in axes.chunks(2 * len).zip(out.chunks_mut(2)) {
                let (first, second) = axes.split_at(len);
                match out {
                    [a, b] => [*a, *b] = vectors.dots(simd, row, &means, [first, second]),
                    _ => [out[0]] = vectors.dots(simd, row, &means, [first]),
                }
            }
        }
    }
}

/// How a row is read in whole vectors: the last one ends where the row ends and overlaps the one before it; the axes are
/// zero there. A row shorter than a vector is read value by value.
struct Vectors {
    d: usize,
    lanes: usize,
    starts: Vec<usize>,
}

impl Vectors {
    fn new(d: usize, lanes: usize) -> Self {
        let starts =
            if d < lanes { Vec::new() } else { (0..d).step_by(lanes).map(|at| at.min(d - lanes)).collect() };
        Self { d, lanes, starts }
    }

    /// Values of a packed row.
    fn len(&self) -> usize {
        if self.starts.is_empty() { self.d } else { self.starts.len() * self.lanes }
    }

    /// Each row of `values` as the vectors meet it, with zeros where they overlap.
    fn packed(&self, values: &[f64]) -> Vec<f64> {
        if self.starts.is_empty() {
            return values.to_vec();
        }
        let row = |row: &[f64]| {
            let vectors = self.starts.iter().enumerate().flat_map(|(idx, &start)| {
                let fresh = idx * self.lanes;
                (start..start + self.lanes).map(move |column| if column < fresh { 0.0 } else { row[column] })
            });
            vectors.collect::<Vec<_>>()
        };
        values.chunks_exact(self.d).flat_map(row).collect()
    }

    /// Dot products of a centred row with `N` packed axes.
    #[inline(always)]
    fn dots<S: Simd, const N: usize>(
        &self,
        simd: S,
        row: &[f64],
        means: &[f64],
        axes: [&[f64]; N],
    ) -> [f64; N] {
        if self.starts.is_empty() {
            let deviations = || row.iter().zip(means).map(|(value, mean)| value - mean);
            return axes.map(|axis| deviations().zip(axis).map(|(deviation, axis)| deviation * axis).sum());
        }
        let means = S::as_simd_f64s(means).0;
        let axes = axes.map(|axis| S::as_simd_f64s(axis).0);
        let mut sums = [simd.splat_f64s(0.0); N];
        for (idx, &start) in self.starts.iter().enumerate() {
            let values = S::as_simd_f64s(&row[start..start + S::F64_LANES]).0[0];
            let deviation = simd.sub_f64s(values, means[idx]);
            for (sum, axis) in sums.iter_mut().zip(axes) {
                *sum = simd.mul_add_e_f64s(deviation, axis[idx], *sum);
            }
        }
        sums.map(|sum| simd.reduce_sum_f64s(sum))
    }
}
