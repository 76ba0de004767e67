//! The same decompositions by LAPACK, which is faster from about a hundred columns on.
//!
//! Where LAPACK gives up (its iteration did not converge) the hand-written solver of this crate answers.

use ndarray::{Array2, ArrayRef2, s};
use ndarray_linalg::{Eigh, SVD, UPLO};

use super::eigen::{self, Eigen};
use super::svd::{self, Svd};

/// As [`eigen::symmetric_eigen`], by `dsyev`.
///
/// # Panics
/// If `a` is not square or not finite: callers check.
pub(crate) fn symmetric_eigen(a: &ArrayRef2<f64>) -> Eigen {
    assert!(a.is_square() && a.iter().all(|value| value.is_finite()), "a is square and finite");
    match a.to_owned().eigh(UPLO::Lower) {
        Ok((values, vectors)) => Eigen {
            values: values.slice(s![..;-1]).to_owned(),
            vectors: vectors.t().slice(s![..;-1, ..]).as_standard_layout().into_owned(),
        },
        Err(_) => eigen::symmetric_eigen(a),
    }
}

/// As [`svd::jacobi`], by `dgesvd`.
pub(super) fn svd(a: &Array2<f64>) -> Svd {
    match a.svd(false, true) {
        Ok((_, values, Some(vectors))) => Svd { values, vectors: vectors.as_standard_layout().into_owned() },
        _ => svd::jacobi(a),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array1, Axis};
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    /// Directions are compared up to their sign.
    fn assert_same(found: (&Array1<f64>, &Array2<f64>), expected: (&Array1<f64>, &Array2<f64>)) {
        approx::assert_relative_eq!(found.0, expected.0, max_relative = 1e-10, epsilon = 1e-12);
        for (found, expected) in found.1.axis_iter(Axis(0)).zip(expected.1.axis_iter(Axis(0))) {
            let along = found.dot(&expected);
            assert!((along.abs() - 1.0).abs() < 1e-10, "{along}");
        }
    }

    #[test]
    fn lapack_agrees_with_the_solvers_of_this_crate() {
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        for n in [1, 2, 7, 40] {
            let a = Array2::from_shape_simple_fn((n, n), || rng.random_range(-1.0..1.0));
            let symmetric = &a + &a.t();
            let (found, expected) = (symmetric_eigen(&symmetric), eigen::symmetric_eigen(&symmetric));
            assert_same((&found.values, &found.vectors), (&expected.values, &expected.vectors));
            let (found, expected) = (svd(&a), svd::jacobi(&a));
            assert_same((&found.values, &found.vectors), (&expected.values, &expected.vectors));
        }
    }
}
