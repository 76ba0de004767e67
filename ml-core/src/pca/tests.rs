use ndarray::{Array2, Axis, array};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;
use crate::CoMoments;

/// Columns of different spread, mixed, far from the origin.
fn random(n: usize, d: usize) -> Array2<f64> {
    let mut rng = ChaCha8Rng::seed_from_u64((n * 7 + d) as u64);
    let mixing = Array2::from_shape_simple_fn((d, d), || rng.random_range(-1.0..1.0));
    let spread = Array1::from_shape_fn(d, |idx| 1.0 / (idx + 1) as f64);
    let latent = Array2::from_shape_simple_fn((n, d), || rng.random_range(-1.0..1.0)) * &spread;
    latent.dot(&mixing) + 50.0
}

#[test]
fn projected_columns_are_uncorrelated_and_have_the_explained_variance() {
    for (n, d) in [(50, 2), (400, 7), (1000, 20)] {
        let x = random(n, d);
        let pca = PcaParams::new().fit(&x).unwrap();
        let projected = CoMoments::of(&pca.transform(&x).unwrap()).unwrap();
        let expected = Array2::from_diag(pca.explained_variance());
        approx::assert_abs_diff_eq!(projected.covariance(), expected, epsilon = 1e-12);
        assert!(projected.mean().iter().all(|mean| mean.abs() < 1e-12));
        approx::assert_relative_eq!(pca.explained_variance_ratio().sum(), 1.0, max_relative = 1e-12);
    }
}

#[test]
fn transform_and_inverse_cancel_when_all_components_are_kept() {
    let x = random(300, 9);
    for whiten in [false, true] {
        let pca = PcaParams { whiten, ..PcaParams::new() }.fit(&x).unwrap();
        let projected = pca.transform(&x).unwrap();
        approx::assert_relative_eq!(pca.inverse_transform(&projected).unwrap(), x, max_relative = 1e-11);
        if whiten {
            let variances = projected.var_axis(Axis(0), 1.0);
            approx::assert_relative_eq!(variances, Array1::ones(9), max_relative = 1e-9);
        }
    }
}

#[test]
fn the_kernel_equals_a_plain_product() {
    for (d, k) in [(1, 1), (3, 2), (8, 3), (20, 2), (21, 21)] {
        let x = random(100, d);
        let pca = PcaParams { n_components: NComponents::Count(k), ..PcaParams::new() }.fit(&x).unwrap();
        let expected = (&x - pca.mean()).dot(&pca.components().t());
        approx::assert_abs_diff_eq!(pca.transform(&x).unwrap(), expected, epsilon = 1e-12);
    }
}

#[test]
fn a_variance_share_keeps_the_fewest_components_above_it() {
    let x = array![
        [3.0, 0.0, 0.0],
        [-3.0, 0.0, 0.0],
        [0.0, 2.0, 0.0],
        [0.0, -2.0, 0.0],
        [0.0, 0.0, 1.0],
        [0.0, 0.0, -1.0]
    ];
    for (share, expected) in [(0.1, 1), (0.64, 1), (0.65, 2), (0.93, 3), (0.999, 3)] {
        let params = PcaParams { n_components: NComponents::VarianceShare(share), ..PcaParams::new() };
        assert_eq!(params.fit(&x).unwrap().n_components(), expected, "{share}");
    }
    let two = PcaParams { n_components: NComponents::Count(2), ..PcaParams::new() }.fit(&x).unwrap();
    approx::assert_relative_eq!(two.noise_variance(), 0.4, max_relative = 1e-12);
}

#[test]
fn the_largest_entry_of_each_component_is_positive() {
    let pca = PcaParams::new().fit(&random(200, 6)).unwrap();
    for component in pca.components().rows() {
        let largest = component.iter().copied().max_by(|a, b| a.abs().total_cmp(&b.abs())).unwrap();
        assert!(largest > 0.0);
    }
}

#[test]
fn fewer_rows_than_columns_leave_fewer_components() {
    let x = random(3, 5);
    let pca = PcaParams::new().fit(&x).unwrap();
    assert_eq!(pca.n_components(), 3);
    let restored = pca.inverse_transform(&pca.transform(&x).unwrap()).unwrap();
    approx::assert_relative_eq!(restored, x, max_relative = 1e-12);
}

#[test]
fn hostile_input_is_refused_or_answered() {
    let fit = |n_components, x: &Array2<f64>| PcaParams { n_components, ..PcaParams::new() }.fit(x);
    assert!(matches!(
        fit(NComponents::Count(3), &random(9, 2)),
        Err(Error::NComponents { n_components: 3, limit: 2 })
    ));
    assert!(matches!(fit(NComponents::Count(0), &random(9, 2)), Err(Error::NComponents { .. })));
    for share in [0.0, 1.0, f64::NAN] {
        assert!(matches!(
            fit(NComponents::VarianceShare(share), &random(9, 2)),
            Err(Error::Parameter { .. })
        ));
    }
    assert!(matches!(fit(NComponents::All, &array![[1.0]]), Err(Error::NSamples { found: 1, expected: 2 })));
    assert!(matches!(fit(NComponents::All, &Array2::zeros((4, 0))), Err(Error::NFeatures { .. })));
    assert!(matches!(fit(NComponents::All, &array![[1e300], [0.0]]), Err(Error::Magnitude { .. })));
    let constant = fit(NComponents::All, &Array2::from_elem((5, 2), 0.1)).unwrap();
    assert_eq!(constant.explained_variance_ratio(), array![0.0, 0.0]);
    let pca = fit(NComponents::All, &random(9, 2)).unwrap();
    assert!(matches!(
        pca.transform(&array![[0.0, f64::NAN]]),
        Err(Error::NonFinite { row: 0, column: 1, .. })
    ));
    assert!(matches!(pca.transform(&array![[0.0]]), Err(Error::NFeatures { found: 1, expected: 2 })));
}

#[test]
fn the_solvers_agree() {
    for (n, d, k) in [(40, 3, 2), (3000, 8, 3), (500, 20, 4), (4, 9, 3)] {
        let x = random(n, d);
        let fit = |solver| {
            PcaParams { n_components: NComponents::Count(k), solver, ..PcaParams::new() }.fit(&x).unwrap()
        };
        let expected = fit(PcaSolver::CovarianceEigh);
        let full = fit(PcaSolver::Full);
        let randomized = fit(PcaSolver::Randomized { n_oversamples: 10, n_iter: 30, seed: 1 });
        for (pca, tolerance) in [(full, 1e-10), (randomized, 1e-6)] {
            approx::assert_relative_eq!(
                pca.explained_variance(),
                expected.explained_variance(),
                max_relative = tolerance
            );
            approx::assert_abs_diff_eq!(pca.components(), expected.components(), epsilon = 1e4 * tolerance);
            approx::assert_relative_eq!(
                pca.explained_variance_ratio(),
                expected.explained_variance_ratio(),
                max_relative = tolerance
            );
            approx::assert_abs_diff_eq!(pca.noise_variance(), expected.noise_variance(), epsilon = tolerance);
        }
    }
}

#[test]
fn one_two_and_eight_threads_agree_to_the_bit() {
    let x = random(40_000, 5);
    let randomized = PcaSolver::Randomized { n_oversamples: 2, n_iter: 2, seed: 3 };
    for solver in [PcaSolver::CovarianceEigh, PcaSolver::Full, randomized] {
        let params = PcaParams { n_components: NComponents::Count(2), solver, ..PcaParams::new() };
        let on = |n_threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().unwrap();
            pool.install(|| params.fit(&x).map(|pca| pca.transform(&x)).unwrap())
        };
        assert_eq!(on(1), on(2));
        assert_eq!(on(1), on(8));
    }
}
