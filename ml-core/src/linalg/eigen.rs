//! Eigenvalues and eigenvectors of a symmetric matrix.

use ndarray::{Array1, Array2, ArrayRef2, Axis};

/// Eigenvalues from largest to smallest, and the eigenvectors in the same order.
#[derive(Debug, Clone)]
pub(crate) struct Eigen {
    /// Shape `(n,)`.
    pub(crate) values: Array1<f64>,
    /// Row `idx` is the unit eigenvector of `values[idx]`; shape `(n, n)`.
    pub(crate) vectors: Array2<f64>,
}

/// Decomposes a symmetric matrix; only its lower triangle is read.
///
/// Householder reflections bring `a` to tridiagonal form, then QL steps with Wilkinson's shift deflate one
/// eigenvalue after the other. O(n³) time, O(n²) memory; the error of each value is a few `ε · ‖a‖`.
///
/// ```text
/// for last = n−1 … 1: reflect so that row `last` is zero left of its subdiagonal     (tridiagonalize)
/// for each start: while some off-diagonal entry at or after start is not negligible:  (diagonalize)
///     shift by the eigenvalue of the leading 2 × 2 block nearest to its first entry
///     chase the bulge upwards with plane rotations, turning the eigenvectors along
/// ```
///
/// The matrix is divided by its largest entry first (a power of two, so exactly), which keeps the squares of very
/// large and very small entries in range.
///
/// # Panics
/// If `a` is not square or not finite: callers check.
///
/// # References
/// Golub & Van Loan, "Matrix computations", 4th edition, 2013, sections 8.3.1 and 8.3.3.
pub(crate) fn symmetric_eigen(a: &ArrayRef2<f64>) -> Eigen {
    let n = a.nrows();
    assert!(a.is_square() && a.iter().all(|value| value.is_finite()), "a is square and finite");
    let scale = power_of_two(a.iter().fold(0.0, |max, value| value.abs().max(max)));
    let mut vectors = a.mapv(|value| value / scale);
    let (mut diagonal, mut off_diagonal) = tridiagonalize(&mut vectors);
    diagonalize(&mut diagonal, &mut off_diagonal, &mut vectors);
    let mut order = (0..n).collect::<Vec<_>>();
    order.sort_by(|&a, &b| diagonal[b].total_cmp(&diagonal[a]).then(a.cmp(&b)));
    Eigen {
        values: order.iter().map(|&idx| diagonal[idx] * scale).collect(),
        vectors: vectors.select(Axis(0), &order),
    }
}

/// The power of two at or below a magnitude, kept away from both ends of the exponent's range; 1 for zero.
pub(super) fn power_of_two(magnitude: f64) -> f64 {
    if magnitude == 0.0 { 1.0 } else { magnitude.log2().floor().clamp(-1000.0, 1000.0).exp2() }
}

/// Turns `a` into the orthogonal matrix `q` (its rows span the new basis) with `q · a · qᵀ` tridiagonal; returns the
/// diagonal and the entries below it (entry `idx` couples `idx` and `idx + 1`; the last is 0).
fn tridiagonalize(a: &mut Array2<f64>) -> (Vec<f64>, Vec<f64>) {
    let n = a.nrows();
    let mut diagonal = vec![0.0; n];
    let mut off_diagonal = vec![0.0; n];
    let mut reflectors = Vec::with_capacity(n);
    for last in (1..n).rev() {
        let (reflector, coupling) = householder(a.row(last).iter().take(last));
        off_diagonal[last - 1] = coupling;
        reflect_both_sides(a, &reflector);
        reflectors.push(reflector);
    }
    for (idx, value) in diagonal.iter_mut().enumerate() {
        *value = a[[idx, idx]];
    }
    *a = Array2::eye(n);
    for reflector in reflectors.iter().rev() {
        reflect_columns(a, reflector);
    }
    (diagonal, off_diagonal)
}

/// The vector `v` with `(I − v·vᵀ) · row = (0, …, 0, coupling)`, and the coupling; `v` has length √2 or 0.
fn householder<'a>(row: impl Iterator<Item = &'a f64>) -> (Vec<f64>, f64) {
    let mut v = row.copied().collect::<Vec<_>>();
    let last = v.len() - 1;
    let norm = v.iter().map(|value| value * value).sum::<f64>().sqrt();
    if v[..last].iter().all(|&value| value == 0.0) || norm == 0.0 {
        let coupling = v[last];
        v.fill(0.0);
        return (v, coupling);
    }
    let coupling = -norm.copysign(v[last]);
    v[last] -= coupling;
    let half_square = norm * v[last].abs();
    let length = half_square.sqrt();
    v.iter_mut().for_each(|value| *value /= length);
    (v, coupling)
}

/// Replaces the leading block of `a`, as large as `v` is long, by `(I − v·vᵀ) · block · (I − v·vᵀ)`.
fn reflect_both_sides(a: &mut Array2<f64>, v: &[f64]) {
    let n = v.len();
    let mut product = (0..n)
        .map(|row| (0..n).map(|column| a[[row.max(column), row.min(column)]] * v[column]).sum::<f64>())
        .collect::<Vec<_>>();
    let half = v.iter().zip(&product).map(|(v, p)| v * p).sum::<f64>() / 2.0;
    product.iter_mut().zip(v).for_each(|(p, v)| *p -= half * v);
    for row in 0..n {
        for column in 0..=row {
            a[[row, column]] -= v[row] * product[column] + product[row] * v[column];
        }
    }
}

/// Multiplies the leading columns of `q`, as many as `v` is long, by `I − v·vᵀ` from the right.
fn reflect_columns(q: &mut Array2<f64>, v: &[f64]) {
    for mut row in q.rows_mut() {
        let along = row.iter().zip(v).map(|(q, v)| q * v).sum::<f64>();
        row.iter_mut().zip(v).for_each(|(q, v)| *q -= along * v);
    }
}

/// Makes a tridiagonal matrix diagonal by QL steps and turns the rows of `vectors` along.
fn diagonalize(diagonal: &mut [f64], off_diagonal: &mut [f64], vectors: &mut Array2<f64>) {
    for start in 0..diagonal.len() {
        loop {
            let end = block_end(diagonal, off_diagonal, start);
            if end == start {
                break;
            }
            ql_step(diagonal, off_diagonal, vectors, start, end);
        }
    }
}

/// The last row of the unreduced block that begins at `start`.
fn block_end(diagonal: &[f64], off_diagonal: &[f64], start: usize) -> usize {
    (start..diagonal.len() - 1)
        .find(|&idx| {
            let neighbours = diagonal[idx].abs() + diagonal[idx + 1].abs();
            off_diagonal[idx].abs() <= f64::EPSILON * neighbours + f64::MIN_POSITIVE
        })
        .unwrap_or(diagonal.len() - 1)
}

/// One implicit QL step with Wilkinson's shift on the rows `start..=end`.
fn ql_step(
    diagonal: &mut [f64],
    off_diagonal: &mut [f64],
    vectors: &mut Array2<f64>,
    start: usize,
    end: usize,
) {
    let half_gap = (diagonal[start + 1] - diagonal[start]) / (2.0 * off_diagonal[start]);
    let root = half_gap + half_gap.hypot(1.0).copysign(half_gap);
    let mut bulge = diagonal[end] - diagonal[start] + off_diagonal[start] / root;
    let (mut sine, mut cosine, mut moved) = (1.0, 1.0, 0.0);
    for idx in (start..end).rev() {
        let along = sine * off_diagonal[idx];
        let across = cosine * off_diagonal[idx];
        let length = along.hypot(bulge);
        off_diagonal[idx + 1] = length;
        if length == 0.0 {
            // The block splits here by itself; the rest of the step would divide by zero.
            diagonal[idx + 1] -= moved;
            off_diagonal[end] = 0.0;
            return;
        }
        (sine, cosine) = (along / length, bulge / length);
        let shifted = diagonal[idx + 1] - moved;
        let change = (diagonal[idx] - shifted) * sine + 2.0 * cosine * across;
        moved = sine * change;
        diagonal[idx + 1] = shifted + moved;
        bulge = cosine * change - across;
        rotate_rows(vectors, idx, sine, cosine);
    }
    diagonal[start] -= moved;
    off_diagonal[start] = bulge;
    off_diagonal[end] = 0.0;
}

/// Turns the rows `idx` and `idx + 1` in their plane.
fn rotate_rows(vectors: &mut Array2<f64>, idx: usize, sine: f64, cosine: f64) {
    let (mut upper, mut lower) = vectors.multi_slice_mut((ndarray::s![idx, ..], ndarray::s![idx + 1, ..]));
    for (upper, lower) in upper.iter_mut().zip(&mut lower) {
        (*upper, *lower) = (cosine * *upper - sine * *lower, sine * *upper + cosine * *lower);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    fn random_symmetric(n: usize, seed: u64) -> Array2<f64> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let half = Array2::from_shape_simple_fn((n, n), || rng.random_range(-1.0..1.0));
        &half + &half.t()
    }

    fn check(a: &Array2<f64>) {
        let n = a.nrows();
        let Eigen { values, vectors } = symmetric_eigen(a);
        let size = a.iter().fold(f64::MIN_POSITIVE, |max, value| value.abs().max(max)) * n as f64;
        let unit = (vectors.dot(&vectors.t()) - Array2::<f64>::eye(n)).mapv(f64::abs);
        assert!(unit.iter().all(|&error| error < 1e-13 * n as f64), "the eigenvectors are orthonormal");
        let rebuilt = (vectors.t().to_owned() * &(&values / size)).dot(&vectors) - a / size;
        assert!(rebuilt.iter().all(|&error| error.abs() < 1e-14 * n as f64), "Vᵀ · Λ · V is the matrix");
        assert!(values.windows(2).into_iter().all(|pair| pair[0] >= pair[1]), "the values descend");
    }

    #[test]
    fn vectors_and_values_rebuild_the_matrix() {
        for n in [1, 2, 3, 5, 20, 61] {
            check(&random_symmetric(n, n as u64));
        }
        check(&Array2::eye(4));
        check(&Array2::zeros((3, 3)));
        check(&array![[2.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, 1.0, 0.0]]);
        check(&(&random_symmetric(7, 1) * 1e300));
        check(&(&random_symmetric(7, 2) * 1e-300));
        check(&array![[1e150, 1.0, 1e-150], [1.0, 1e-150, 0.0], [1e-150, 0.0, 0.0]]);
    }

    #[test]
    fn known_eigenvalues_are_found() {
        let values = symmetric_eigen(&array![[2.0, 1.0], [1.0, 2.0]]).values;
        approx::assert_relative_eq!(values, array![3.0, 1.0], max_relative = 1e-15);
        let n = 30;
        let path =
            Array2::from_shape_fn((n, n), |(i, j)| if i == j { 2.0 } else { -f64::from(i.abs_diff(j) == 1) });
        let expected = |k: usize| 2.0 - 2.0 * ((n - k) as f64 * std::f64::consts::PI / (n + 1) as f64).cos();
        for (k, value) in symmetric_eigen(&path).values.iter().enumerate() {
            approx::assert_relative_eq!(*value, expected(k), epsilon = 1e-13);
        }
    }
}
