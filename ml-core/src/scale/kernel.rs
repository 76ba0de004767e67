//! `(x − mean) / scale` on contiguous rows, as a product with the reciprocal: a scale is at least the root of the least
//! positive number, so its reciprocal is finite.
//!
//! The means and scales are written out for a block of whole rows, so that the inner loop runs over hundreds of
//! neighbouring values without knowing where a row ends: as fast for two columns as for twenty.

use ndarray::{Array1, Array2, ArrayRef2, Zip};
use pulp::{Simd, WithSimd};
use rayon::prelude::*;

use crate::input::row_major;
use crate::simd;

/// About so many values are written out for one block.
const PATTERN_VALUES: usize = 512;
/// Blocks for one task.
const BLOCKS: usize = 64;

/// Writes the scaled rows of `x` to `out`, which is row-major and of the same shape.
pub(super) fn scale_into(x: &ArrayRef2<f64>, mean: &Array1<f64>, scale: &Array1<f64>, out: &mut Array2<f64>) {
    let rows = row_major(x);
    let values = rows.as_slice().expect("row-major without gaps");
    let out = out.as_slice_mut().expect("a new array is row-major");
    let pattern = Pattern::new(mean, scale);
    let chunk = (pattern.mean.len() * BLOCKS).max(1);
    values.par_chunks(chunk).zip(out.par_chunks_mut(chunk)).for_each(|(values, out)| {
        simd::run(simd::in_use(), Into { values, out, pattern: &pattern });
    });
}

/// Scales the rows of `x`, whatever its layout.
pub(super) fn scale_in_place(x: &mut ArrayRef2<f64>, mean: &Array1<f64>, scale: &Array1<f64>) {
    let pattern = Pattern::new(mean, scale);
    let chunk = (pattern.mean.len() * BLOCKS).max(1);
    let Some(values) = x.as_slice_mut() else {
        for row in x.rows_mut() {
            Zip::from(row)
                .and(mean)
                .and(scale)
                .for_each(|value, mean, scale| *value = (*value - mean) * (1.0 / scale));
        }
        return;
    };
    values.par_chunks_mut(chunk).for_each(|values| {
        simd::run(simd::in_use(), InPlace { values, pattern: &pattern });
    });
}

/// Means and reciprocal scales of a block of whole rows.
struct Pattern {
    mean: Vec<f64>,
    inverse: Vec<f64>,
}

impl Pattern {
    fn new(mean: &Array1<f64>, scale: &Array1<f64>) -> Self {
        let n_rows = PATTERN_VALUES.div_ceil(mean.len().max(1));
        let repeat = |values: &Array1<f64>| values.to_vec().repeat(n_rows);
        Self { mean: repeat(mean), inverse: repeat(&scale.mapv(f64::recip)) }
    }
}

struct Into<'a> {
    values: &'a [f64],
    out: &'a mut [f64],
    pattern: &'a Pattern,
}

impl WithSimd for Into<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) {
        let Pattern { mean, inverse } = self.pattern;
        for (values, out) in self.values.chunks(mean.len()).zip(self.out.chunks_mut(mean.len())) {
            for (((out, value), mean), inverse) in out.iter_mut().zip(values).zip(mean).zip(inverse) {
                *out = (value - mean) * inverse;
            }
        }
    }
}

struct InPlace<'a> {
    values: &'a mut [f64],
    pattern: &'a Pattern,
}

impl WithSimd for InPlace<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) {
        let Pattern { mean, inverse } = self.pattern;
        for values in self.values.chunks_mut(mean.len()) {
            for ((value, mean), inverse) in values.iter_mut().zip(mean).zip(inverse) {
                *value = (*value - mean) * inverse;
            }
        }
    }
}
