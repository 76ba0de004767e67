use ndarray::{Array2, array, s};
use proptest::prelude::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;

fn random(n: usize, d: usize, offset: f64) -> Array2<f64> {
    let mut rng = ChaCha8Rng::seed_from_u64((n * 31 + d) as u64);
    Array2::from_shape_simple_fn((n, d), || offset + rng.random_range(-1.0..1.0))
}

/// Two passes in the order of the rows: the kernel's twin.
fn naive(x: &Array2<f64>) -> (Array1<f64>, Array2<f64>) {
    let mean = x.mean_axis(ndarray::Axis(0)).unwrap();
    let centred = x - &mean;
    (mean, centred.t().dot(&centred))
}

fn check(x: &Array2<f64>, tolerance: f64) {
    let (mean, co) = naive(x);
    for set in InstructionSet::available() {
        let mut moments = CoMoments::new(x.ncols());
        moments.update_with(set, x).unwrap();
        assert_eq!(moments.n(), x.nrows() as u64);
        approx::assert_relative_eq!(moments.mean, mean, max_relative = 1e-13, epsilon = 1e-15);
        approx::assert_relative_eq!(
            moments.co,
            co,
            max_relative = tolerance,
            epsilon = tolerance * x.nrows() as f64
        );
        assert_eq!(moments.co, moments.co.t());
    }
}

#[test]
fn every_instruction_set_equals_the_naive_twin() {
    for d in [1, 2, 3, 7, 8, 9, 16, 20, 24, 25, 61] {
        for n in [1, 2, 127, 128, 129, 300] {
            check(&random(n, d, 0.0), 1e-12);
        }
    }
    check(&random(2 * CHUNK_ROWS + 77, 5, 3.0), 1e-12);
}

#[test]
fn column_moments_equal_the_diagonal_of_co_moments() {
    for (n, d) in [(1, 1), (5, 2), (129, 7), (300, 8), (1000, 20), (CHUNK_ROWS + 5, 3)] {
        let x = random(n, d, 7.0);
        let (columns, all) = (ColumnMoments::of(&x).unwrap(), CoMoments::of(&x).unwrap());
        assert_eq!(columns.n, all.n());
        approx::assert_relative_eq!(Array1::from(columns.mean.clone()), all.mean, max_relative = 1e-14);
        approx::assert_relative_eq!(columns.var(), all.var(), max_relative = 1e-11, epsilon = 1e-15);
    }
}

#[test]
fn large_means_do_not_cancel() {
    let x = random(5000, 3, 0.0);
    let expected = CoMoments::of(&x).unwrap().covariance();
    let moved = CoMoments::of(&(x + 2f64.powi(30))).unwrap().covariance();
    approx::assert_relative_eq!(moved, expected, max_relative = 1e-6, epsilon = 1e-8);
}

#[test]
fn merged_parts_equal_the_whole() {
    let x = random(1000, 4, 5.0);
    let whole = CoMoments::of(&x).unwrap();
    let mut merged = CoMoments::of(&x.slice(s![..3, ..])).unwrap();
    merged.update(&x.slice(s![3..700, ..])).unwrap();
    merged.merge(&CoMoments::of(&x.slice(s![700.., ..])).unwrap()).unwrap();
    merged.merge(&CoMoments::new(4)).unwrap();
    approx::assert_relative_eq!(merged.covariance(), whole.covariance(), max_relative = 1e-12);
    approx::assert_relative_eq!(merged.mean, whole.mean, max_relative = 1e-13);
    assert!(matches!(merged.merge(&CoMoments::new(5)), Err(Error::NFeatures { found: 5, expected: 4 })));
}

#[test]
fn one_two_and_eight_threads_agree_to_the_bit() {
    let x = random(5 * CHUNK_ROWS + 11, 6, 1.0);
    let on = |n_threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().unwrap();
        pool.install(|| CoMoments::of(&x).unwrap())
    };
    assert_eq!(on(1), on(2));
    assert_eq!(on(1), on(8));
}

#[test]
fn a_constant_column_has_no_variance_and_no_correlation() {
    let moments = CoMoments::of(&array![[0.1, 1.0], [0.1, 2.0], [0.1, 4.0]]).unwrap();
    let correlation = moments.correlation();
    assert!(correlation[[0, 0]].is_nan() && correlation[[0, 1]].is_nan());
    assert_eq!(correlation[[1, 1]], 1.0);
    assert_eq!(moments.standardized().var(), array![0.0, 1.0]);
}

#[test]
fn hostile_numbers_are_refused_and_leave_the_state_as_it_was() {
    let mut moments = CoMoments::of(&array![[1.0, 2.0]]).unwrap();
    let before = moments.clone();
    let row_1 = |value| array![[0.0, 0.0], [0.0, value]];
    let error = moments.update(&row_1(f64::NAN)).unwrap_err();
    assert!(matches!(error, Error::NonFinite { row: 1, column: 1, .. }));
    let error = moments.update(&row_1(-1e300)).unwrap_err();
    assert!(matches!(error, Error::Magnitude { row: 1, column: 1, value: -1e300, .. }));
    assert!(moments.update(&array![[1.0]]).is_err());
    assert_eq!(moments, before);
    moments.update(&Array2::zeros((0, 2))).unwrap();
    assert_eq!(moments, before);
    assert_eq!(CoMoments::of(&Array2::zeros((3, 0))).unwrap().n(), 3);
}

#[test]
fn other_memory_layouts_give_the_same_state() {
    let x = random(300, 5, 0.0);
    let columns_first = x.t().as_standard_layout().into_owned().reversed_axes();
    assert_eq!(CoMoments::of(&x), CoMoments::of(&columns_first));
}

proptest! {
    #[test]
    fn correlation_stays_within_one(values in proptest::collection::vec(-1e9..1e9f64, 6..60)) {
        let n = values.len() / 3;
        let x = Array2::from_shape_vec((n, 3), values[..3 * n].to_vec()).unwrap();
        let correlation = CoMoments::of(&x).unwrap().correlation();
        prop_assert!(correlation.iter().all(|r| r.is_nan() || r.abs() <= 1.0));
    }
}
