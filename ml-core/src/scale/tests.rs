use ndarray::{Array2, array};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;

fn random(n: usize, d: usize) -> Array2<f64> {
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    Array2::from_shape_simple_fn((n, d), || rng.random_range(-9.0..9.0))
}

#[test]
fn scaled_columns_have_mean_zero_and_variance_one() {
    for (n, d) in [(2, 1), (100, 2), (20_001, 3), (999, 20), (40, 600)] {
        let x = random(n, d);
        let scaled = StandardScaler::fit(&x).unwrap().transform(&x).unwrap();
        let moments = CoMoments::of(&scaled).unwrap();
        assert!(moments.mean().iter().all(|mean| mean.abs() < 1e-13));
        assert!(moments.var().iter().all(|var| (var - 1.0).abs() < 1e-12));
    }
}

#[test]
fn in_place_and_other_layouts_equal_the_copy() {
    let x = random(1000, 7);
    let scaler = StandardScaler::fit(&x).unwrap();
    let expected = scaler.transform(&x).unwrap();
    let mut in_place = x.clone();
    scaler.transform_in_place(&mut in_place).unwrap();
    assert_eq!(in_place, expected);
    let mut columns_first = x.t().as_standard_layout().into_owned().reversed_axes();
    assert_eq!(scaler.transform(&columns_first).unwrap(), expected);
    scaler.transform_in_place(&mut columns_first).unwrap();
    assert_eq!(columns_first, expected);
    assert_eq!(StandardScaler::fit_transform(&x).unwrap(), (scaler.clone(), expected.clone()));
    let mut fitted_in_place = x.clone();
    assert_eq!(StandardScaler::fit_transform_in_place(&mut fitted_in_place).unwrap(), scaler);
    assert_eq!(fitted_in_place, expected);
    let restored = scaler.inverse_transform(&expected).unwrap();
    approx::assert_relative_eq!(restored, x, max_relative = 1e-13, epsilon = 1e-14);
}

#[test]
fn nearly_constant_columns_are_only_centred() {
    let x = array![[0.1, 1e9], [0.1, 1e9], [0.1, 1e9 + 1e-6]];
    let scaler = StandardScaler::fit(&x).unwrap();
    assert_eq!(scaler.scale(), array![1.0, 1.0]);
    assert_eq!(scaler.n_samples_seen(), 3);
}

#[test]
fn hostile_input_is_refused() {
    assert!(matches!(StandardScaler::fit(&Array2::zeros((0, 2))), Err(Error::NSamples { .. })));
    assert!(matches!(StandardScaler::fit(&Array2::zeros((2, 0))), Err(Error::NFeatures { .. })));
    assert!(matches!(StandardScaler::fit(&array![[1e300], [-1e300]]), Err(Error::Magnitude { .. })));
    let scaler = StandardScaler::fit(&array![[1.0], [2.0]]).unwrap();
    assert!(matches!(scaler.transform(&array![[f64::NAN]]), Err(Error::NonFinite { row: 0, column: 0, .. })));
    assert!(matches!(scaler.transform(&array![[1.0, 2.0]]), Err(Error::NFeatures { found: 2, expected: 1 })));
}
