//! Singular values and right singular vectors of a tall matrix, without LAPACK.

use ndarray::{Array1, Array2, ArrayRef2, Axis};

use super::decompose;
use super::eigen::power_of_two;

/// Sweeps after which rotations stop; convergence is quadratic and takes fewer than ten.
const MAX_SWEEPS: usize = 60;

/// Singular values from largest to smallest; row `idx` of `vectors` is the right singular vector of `values[idx]`.
#[derive(Debug, Clone)]
pub(crate) struct Svd {
    pub(crate) values: Array1<f64>,
    pub(crate) vectors: Array2<f64>,
}

/// The upper triangle `r` of a QR decomposition, kept up to date by more rows: `rᵀ · r` is the sum of the products of
/// all rows, yet never formed, so that small singular values keep their digits.
///
/// Householder reflections; O(n_rows · n_columns²).
#[derive(Debug, Clone)]
pub(crate) struct Triangle {
    r: Array2<f64>,
}

impl Triangle {
    pub(crate) fn new(n_columns: usize) -> Self {
        Self { r: Array2::zeros((n_columns, n_columns)) }
    }

    /// Reflects rows into the triangle; their storage is overwritten.
    pub(crate) fn absorb(&mut self, mut rows: Array2<f64>) {
        let n_columns = rows.ncols();
        for pivot in 0..n_columns {
            let head = self.r[[pivot, pivot]];
            let below = rows.column(pivot).iter().map(|value| value * value).sum::<f64>();
            if below == 0.0 {
                continue;
            }
            let length = -head.hypot(below.sqrt()).copysign(head);
            let first = head - length;
            let half_square = -length * first;
            self.r[[pivot, pivot]] = length;
            for column in pivot + 1..n_columns {
                let below = rows.column(pivot).dot(&rows.column(column));
                let along = (first * self.r[[pivot, column]] + below) / half_square;
                self.r[[pivot, column]] -= along * first;
                let (reflector, mut target) =
                    rows.multi_slice_mut((ndarray::s![.., pivot], ndarray::s![.., column]));
                target.scaled_add(-along, &reflector);
            }
        }
    }

    /// Absorbs the triangle of other rows.
    pub(crate) fn merge(&mut self, other: Self) {
        self.absorb(other.r);
    }

    /// Decomposes all rows absorbed.
    pub(crate) fn svd(&self) -> Svd {
        decompose(&self.r)
    }
}

/// One-sided Jacobi: rotates pairs of columns until all are orthogonal; their lengths are the singular values.
///
/// # References
/// Hestenes, "Inversion of matrices by biorthogonalization and related results", 1958. Demmel & Veselić, "Jacobi's
/// method is more accurate than QR", 1992.
pub(super) fn jacobi(a: &ArrayRef2<f64>) -> Svd {
    let n = a.ncols();
    let scale = power_of_two(a.iter().fold(0.0, |max, value| value.abs().max(max)));
    let mut columns = (&a.t() / scale).as_standard_layout().into_owned();
    let mut vectors = Array2::eye(n);
    for _ in 0..MAX_SWEEPS {
        let mut is_orthogonal = true;
        for first in 0..n {
            for second in first + 1..n {
                if let Some((sine, cosine)) = rotation(&columns, first, second) {
                    is_orthogonal = false;
                    rotate(&mut columns, first, second, sine, cosine);
                    rotate(&mut vectors, first, second, sine, cosine);
                }
            }
        }
        if is_orthogonal {
            break;
        }
    }
    let lengths = columns.rows().into_iter().map(|column| column.dot(&column).sqrt()).collect::<Vec<_>>();
    let mut order = (0..n).collect::<Vec<_>>();
    order.sort_by(|&a, &b| lengths[b].total_cmp(&lengths[a]).then(a.cmp(&b)));
    Svd {
        values: order.iter().map(|&idx| lengths[idx] * scale).collect(),
        vectors: vectors.select(Axis(0), &order),
    }
}

/// Sine and cosine that make two columns orthogonal, or `None` if they are.
fn rotation(columns: &Array2<f64>, first: usize, second: usize) -> Option<(f64, f64)> {
    let (a, b) = (columns.row(first), columns.row(second));
    let (aa, bb, ab) = (a.dot(&a), b.dot(&b), a.dot(&b));
    if ab.abs() <= f64::EPSILON * (aa * bb).sqrt() {
        return None;
    }
    let zeta = (bb - aa) / (2.0 * ab);
    let tangent = 1.0_f64.copysign(zeta) / (zeta.abs() + zeta.hypot(1.0));
    let cosine = 1.0 / tangent.hypot(1.0);
    Some((cosine * tangent, cosine))
}

fn rotate(rows: &mut Array2<f64>, first: usize, second: usize, sine: f64, cosine: f64) {
    let (mut first, mut second) = rows.multi_slice_mut((ndarray::s![first, ..], ndarray::s![second, ..]));
    for (first, second) in first.iter_mut().zip(&mut second) {
        (*first, *second) = (cosine * *first - sine * *second, sine * *first + cosine * *second);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    #[test]
    fn vectors_and_values_rebuild_the_products_of_the_rows() {
        let mut rng = ChaCha8Rng::seed_from_u64(5);
        for (n, d) in [(1, 1), (3, 5), (40, 4), (100, 20)] {
            let x = Array2::from_shape_simple_fn((n, d), || rng.random_range(-1.0..1.0));
            let mut triangle = Triangle::new(d);
            triangle.absorb(x.slice(ndarray::s![..n / 2, ..]).to_owned());
            let mut rest = Triangle::new(d);
            rest.absorb(x.slice(ndarray::s![n / 2.., ..]).to_owned());
            triangle.merge(rest);
            let Svd { values, vectors } = triangle.svd();
            approx::assert_abs_diff_eq!(vectors.dot(&vectors.t()), Array2::eye(d), epsilon = 1e-13);
            let squares = values.mapv(|value| value * value).insert_axis(Axis(1));
            approx::assert_abs_diff_eq!(
                vectors.t().dot(&(&vectors * &squares)),
                x.t().dot(&x),
                epsilon = 1e-12
            );
        }
    }

    #[test]
    fn small_singular_values_keep_their_digits() {
        let mut triangle = Triangle::new(2);
        triangle.absorb(array![[1.0, 1.0], [1e-9, 0.0], [0.0, 1e-9]]);
        let values = triangle.svd().values;
        approx::assert_relative_eq!(values[1], 1e-9, max_relative = 1e-6);
    }
}
