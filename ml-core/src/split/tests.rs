use ndarray::{Array1, array};
use proptest::prelude::*;

use super::*;
use crate::Error;

/// Each row is on one side of each split, and on the test side of exactly one.
fn assert_folds(folds: &[Split], n_samples: usize) {
    let mut n_tests = vec![0; n_samples];
    for Split { train, test } in folds {
        let mut all = [train.as_slice(), test].concat();
        all.sort_unstable();
        assert!(all.into_iter().eq(0..n_samples));
        assert!(train.is_sorted() && test.is_sorted() && !train.is_empty());
        test.iter().for_each(|&row| n_tests[row] += 1);
    }
    assert_eq!(n_tests, vec![1; n_samples]);
}

proptest! {
    #[test]
    fn folds_part_the_rows_evenly(n_samples in 2_usize..60, k in 2_usize..8, seed: u64) {
        prop_assume!(n_samples >= k);
        let y = Array1::from_shape_fn(n_samples, |row| row * row % 3);
        for folds in [
            k_fold(n_samples, k, None).unwrap(),
            k_fold(n_samples, k, Some(seed)).unwrap(),
            stratified_k_fold(&y, k, seed).unwrap(),
        ] {
            assert_folds(&folds, n_samples);
            let sizes: Vec<usize> = folds.iter().map(|fold| fold.test.len()).collect();
            prop_assert!(sizes.iter().max().unwrap() - sizes.iter().min().unwrap() <= 1);
        }
    }

    #[test]
    fn stratified_sides_have_their_share_of_each_class(n_samples in 4_usize..200, seed: u64) {
        let y = Array1::from_shape_fn(n_samples, |row| row % 7 / 3);
        let split = stratified(&y, 0.25, seed).unwrap();
        assert_eq!(split.test.len(), n_samples.div_ceil(4));
        for class in 0..3 {
            let count = |rows: &[usize]| rows.iter().filter(|&&row| y[row] == class).count() as f64;
            let total = count(&split.train) + count(&split.test);
            let exact = total * split.test.len() as f64 / n_samples as f64;
            prop_assert!((count(&split.test) - exact).abs() < 1.0);
        }
    }

    #[test]
    fn groups_stay_on_one_side(n_samples in 4_usize..100, seed: u64) {
        let groups = Array1::from_shape_fn(n_samples, |row| row * 7 % 11 % 4);
        let split = grouped(&groups, 0.3, seed).unwrap();
        prop_assert!(!split.train.is_empty() && !split.test.is_empty());
        let mut folds = group_k_fold(&groups, 3).unwrap();
        assert_folds(&folds, n_samples);
        folds.push(split);
        for Split { train, test } in &folds {
            prop_assert!(test.iter().all(|&row| train.iter().all(|&other| groups[row] != groups[other])));
        }
    }

    #[test]
    fn training_rows_are_older_than_test_rows(n_samples in 12_usize..80, k in 1_usize..5) {
        let ts = Array1::from_shape_fn(n_samples, |row| (row * 31 % 97) as f64);
        let splits = time_series(&ts, k).unwrap();
        prop_assert_eq!(splits.len(), k);
        for Split { train, test } in &splits {
            let newest = train.iter().map(|&row| ts[row]).fold(f64::NEG_INFINITY, f64::max);
            prop_assert!(test.iter().all(|&row| ts[row] > newest));
        }
    }
}

#[test]
fn k_fold_and_time_series_equal_those_of_scikit_learn() {
    let tests = |splits: Vec<Split>| splits.into_iter().map(|split| split.test).collect::<Vec<_>>();
    // KFold(3).split(range(8)) and TimeSeriesSplit(3).split(range(9)) of scikit-learn 1.9.1.
    assert_eq!(tests(k_fold(8, 3, None).unwrap()), [vec![0, 1, 2], vec![3, 4, 5], vec![6, 7]]);
    let splits = time_series(&Array1::from_iter(0..9), 3).unwrap();
    let trains: Vec<usize> = splits.iter().map(|split| split.train.len()).collect();
    assert_eq!(trains, [3, 5, 7]);
    assert_eq!(tests(splits), [vec![3, 4], vec![5, 6], vec![7, 8]]);
}

#[test]
fn rows_of_the_time_of_the_first_test_row_are_not_trained_on() {
    let splits = time_series(&array![0, 1, 2, 2, 2, 3], 1).unwrap();
    assert_eq!(
        (splits[0].train.as_slice(), splits[0].test.as_slice()),
        ([0, 1].as_slice(), [3, 4, 5].as_slice())
    );
    assert!(time_series(&array![1, 1, 1], 1).is_err());
}

#[test]
fn the_seed_alone_decides() {
    let y = Array1::from_shape_fn(50, |row| row % 2);
    assert_eq!(stratified(&y, 0.2, 1), stratified(&y, 0.2, 1));
    assert_ne!(stratified(&y, 0.2, 1), stratified(&y, 0.2, 2));
    assert_ne!(k_fold(50, 5, Some(1)), k_fold(50, 5, Some(2)));
}

#[test]
fn impossible_splits_are_refused() {
    let y = array![0, 1, 1];
    assert!(matches!(stratified(&y, 1.0, 0), Err(Error::Parameter { name: "test_fraction", .. })));
    assert!(matches!(stratified(&y, f64::NAN, 0), Err(Error::Parameter { .. })));
    assert_eq!(stratified(&y, 0.9, 0), Err(Error::NSamples { found: 3, expected: 4 }));
    assert_eq!(grouped(&array![5, 5, 5], 0.3, 0), Err(Error::NSamples { found: 1, expected: 2 }));
    assert_eq!(k_fold(2, 3, None), Err(Error::NSamples { found: 2, expected: 3 }));
    assert!(matches!(k_fold(9, 1, None), Err(Error::Parameter { name: "k", .. })));
    assert_eq!(group_k_fold(&y, 3), Err(Error::NSamples { found: 2, expected: 3 }));
    assert_eq!(time_series(&y, 3), Err(Error::NSamples { found: 3, expected: 4 }));
}
