//! The spectrum of the rows, without their covariance matrix.

use ndarray::{Array1, Array2, ArrayRef2, s};
use pulp::{Simd, WithSimd};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::params::Spectrum;
use crate::input::row_major;
use crate::linalg::{Eigen, Svd, Triangle, symmetric_eigen};
use crate::parallel::fold_chunks;
use crate::simd;

/// Rows that are reflected into one triangle.
const SVD_ROWS: usize = 1024;
/// Rows that are multiplied as one part.
const CHUNK_ROWS: usize = 16_384;

/// Singular value decomposition of the centred rows: QR by chunks, merged in order, then one-sided Jacobi.
pub(super) fn full(x: &ArrayRef2<f64>, mean: &[f64], limit: usize) -> Spectrum {
    let d = x.ncols();
    let mean = Array1::from(mean.to_vec());
    let triangle = |range: std::ops::Range<usize>| {
        let mut triangle = Triangle::new(d);
        triangle.absorb(&x.slice(s![range, ..]) - &mean);
        triangle
    };
    let merged = fold_chunks(x.nrows(), SVD_ROWS, triangle, |mut one, other| {
        one.merge(other);
        one
    });
    let Svd { values, vectors } = merged.unwrap_or_else(|| Triangle::new(d)).svd();
    let values = values.mapv(|value| value * (value / (x.nrows() as f64 - 1.0)));
    Spectrum { total: values.sum(), values, vectors, limit }
}

/// Subspace iteration from random directions: `n_iter + 2` passes over the rows and O(d · n_directions) memory.
///
/// # References
/// Halko, Martinsson & Tropp, "Finding structure with randomness", SIAM Review 2011.
pub(super) fn randomized(
    x: &ArrayRef2<f64>,
    mean: &[f64],
    total: f64,
    n_directions: usize,
    n_iter: usize,
    seed: u64,
    limit: usize,
) -> Spectrum {
    let d = x.ncols();
    let rows = row_major(x);
    let values = rows.as_slice().expect("row-major without gaps");
    let n_directions = n_directions.min(d);
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    // The sum of twelve uniform numbers is as good as a normal one here: any isotropic directions do.
    let normal = || (0..12).map(|_| rng.random_range(-0.5..0.5)).sum::<f64>();
    let mut directions = Array2::from_shape_simple_fn((d, n_directions), normal);
    for _ in 0..=n_iter {
        directions = orthonormal(&times_covariance(values, mean, &directions));
    }
    let product = times_covariance(values, mean, &directions);
    let inner = directions.t().dot(&product) / (x.nrows() as f64 - 1.0);
    let Eigen { values, vectors } = symmetric_eigen(&inner);
    Spectrum { values, vectors: vectors.dot(&directions.t()), limit, total }
}

/// An orthonormal basis of the columns (Gram and Schmidt, twice); columns that depend on others become 0.
fn orthonormal(columns: &Array2<f64>) -> Array2<f64> {
    let mut rows = columns.t().as_standard_layout().into_owned();
    for idx in 0..rows.nrows() {
        let size = rows.row(idx).dot(&rows.row(idx)).sqrt();
        for other in (0..idx).chain(0..idx) {
            let along = rows.row(other).dot(&rows.row(idx));
            let (other, mut row) = rows.multi_slice_mut((s![other, ..], s![idx, ..]));
            row.scaled_add(-along, &other);
        }
        let left = rows.row(idx).dot(&rows.row(idx)).sqrt();
        let factor = if left > size * f64::EPSILON * 16.0 { 1.0 / left } else { 0.0 };
        rows.row_mut(idx).mapv_inplace(|value| value * factor);
    }
    rows.reversed_axes().as_standard_layout().into_owned()
}

/// `Σ (row − mean) · ((row − mean)ᵀ · directions)`, shape `(d, n_directions)`.
fn times_covariance(rows: &[f64], mean: &[f64], directions: &Array2<f64>) -> Array2<f64> {
    let d = mean.len();
    let part = |range: std::ops::Range<usize>| {
        let mut sums = Array2::zeros(directions.dim());
        let rows = &rows[range.start * d..range.end * d];
        simd::run(simd::in_use(), Product { rows, mean, directions, sums: &mut sums });
        sums
    };
    fold_chunks(rows.len() / d, CHUNK_ROWS, part, |one, other| one + other)
        .unwrap_or_else(|| Array2::zeros(directions.dim()))
}

struct Product<'a> {
    rows: &'a [f64],
    mean: &'a [f64],
    directions: &'a Array2<f64>,
    sums: &'a mut Array2<f64>,
}

impl WithSimd for Product<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) {
        let n_directions = self.directions.ncols();
        let directions = self.directions.as_slice().expect("row-major");
        let sums = self.sums.as_slice_mut().expect("row-major");
        let mut along = vec![0.0; n_directions];
        for row in self.rows.chunks_exact(self.mean.len()) {
            along.fill(0.0);
            for ((value, mean), direction) in
                row.iter().zip(self.mean).zip(directions.chunks_exact(n_directions))
            {
                let deviation = value - mean;
                along.iter_mut().zip(direction).for_each(|(along, entry)| *along += deviation * entry);
            }
            for ((value, mean), sums) in row.iter().zip(self.mean).zip(sums.chunks_exact_mut(n_directions)) {
                let deviation = value - mean;
                sums.iter_mut().zip(&along).for_each(|(sum, along)| *sum += deviation * along);
            }
        }
    }
}
