use ndarray::{Array1, Array2, array};
use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::Error;

fn golden() -> Value {
    serde_json::from_str(include_str!("../../tests/data/metrics.json")).unwrap()
}

fn items(value: &Value) -> &[Value] {
    value.as_array().unwrap()
}

fn numbers(value: &Value) -> Array1<f64> {
    items(value).iter().map(|number| number.as_f64().unwrap()).collect()
}

fn labels(value: &Value) -> Array1<usize> {
    items(value).iter().map(|label| label.as_u64().unwrap() as usize).collect()
}

fn booleans(value: &Value) -> Array1<bool> {
    items(value).iter().map(|boolean| boolean.as_bool().unwrap()).collect()
}

fn matrix(value: &Value) -> Array2<f64> {
    let rows = items(value);
    let values = rows.iter().flat_map(numbers).collect();
    Array2::from_shape_vec((rows.len(), items(&rows[0]).len()), values).unwrap()
}

/// Sums in another order differ in the last bits.
fn assert_equal(found: f64, expected: &Value, what: &str) {
    let expected = expected.as_f64().unwrap();
    assert!(
        (found - expected).abs() <= 1e-12 * expected.abs().max(1.0),
        "{what}: {found}, expected {expected}"
    );
}

#[test]
fn rankings_are_scored_as_by_scikit_learn() {
    for case in items(&golden()["ranking"]) {
        let (y_true, score) = (booleans(&case["y_true"]), numbers(&case["score"]));
        assert_equal(roc_auc(&y_true, &score).unwrap(), &case["roc_auc"], "roc_auc");
        let found = average_precision(&y_true, &score).unwrap();
        assert_equal(found, &case["average_precision"], "average_precision");
    }
}

#[test]
fn labels_are_scored_as_by_scikit_learn() {
    for case in items(&golden()["labels"]) {
        let (y_true, y_pred) = (labels(&case["y_true"]), labels(&case["y_pred"]));
        assert_equal(accuracy(&y_true, &y_pred).unwrap(), &case["accuracy"], "accuracy");
        let matrix = ConfusionMatrix::new(&y_true, &y_pred).unwrap();
        let assert_scores = |found: ClassScores, expected: &Value, what| {
            for (found, expected) in [found.precision, found.recall, found.f1].iter().zip(items(expected)) {
                assert_equal(*found, expected, what);
            }
        };
        for (idx, &label) in matrix.labels().iter().enumerate() {
            assert_eq!(matrix.counts().row(idx), labels(&case["confusion_matrix"][idx]));
            let scores = matrix.scores(label).unwrap();
            assert_scores(scores, &case["scores"][idx], "class");
            assert_equal(scores.support as f64, &case["scores"][idx][3], "support");
        }
        assert_scores(matrix.macro_average(), &case["macro"], "macro");
        assert_scores(matrix.weighted_average(), &case["weighted"], "weighted");
        let (y_true, y_pred) = (y_true.to_vec(), y_pred.to_vec());
        assert_equal(adjusted_rand_score(&y_true, &y_pred).unwrap(), &case["adjusted_rand"], "rand");
    }
}

#[test]
fn probabilities_are_scored_as_by_scikit_learn() {
    let golden = golden();
    for case in items(&golden["probabilities"]) {
        let found = log_loss(&labels(&case["y_true"]), &matrix(&case["proba"])).unwrap();
        assert_equal(found, &case["log_loss"], "log_loss");
    }
    for case in items(&golden["calibration"]) {
        let (y_true, probability) = (booleans(&case["y_true"]), numbers(&case["probability"]));
        let n_bins = case["n_bins"].as_u64().unwrap() as usize;
        let found = calibration_error(&y_true, &probability, n_bins).unwrap();
        assert_equal(found, &case["calibration_error"], "calibration_error");
    }
}

#[test]
fn clusterings_are_scored_as_by_scikit_learn() {
    for case in items(&golden()["clusters"]) {
        let (x, labels) = (matrix(&case["x"]), labels(&case["labels"]).to_vec());
        assert_equal(silhouette_score(&x, &labels).unwrap(), &case["silhouette"], "silhouette");
        let sampled = silhouette_score_sampled(&x, &labels, x.nrows(), 3).unwrap();
        assert_equal(sampled, &case["silhouette"], "silhouette of all rows as a sample");
        assert_equal(davies_bouldin_score(&x, &labels).unwrap(), &case["davies_bouldin"], "davies_bouldin");
        let found = calinski_harabasz_score(&x, &labels).unwrap();
        assert_equal(found, &case["calinski_harabasz"], "calinski_harabasz");
    }
}

#[test]
fn silhouettes_have_the_same_bits_on_any_number_of_threads() {
    let x = Array2::from_shape_fn((500, 3), |(row, column)| ((row * 7 + column * 13) % 101) as f64 / 7.0);
    let labels: Vec<Option<usize>> = (0..500).map(|row| (row % 5 != 0).then_some(row % 3)).collect();
    let run = |n_threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().unwrap();
        pool.install(|| silhouette_score(&x, &labels).unwrap())
    };
    assert_eq!(run(1), run(2));
    assert_eq!(run(1), run(8));
    let sampled = silhouette_score_sampled(&x, &labels, 400, 1).unwrap();
    assert!((sampled - run(1)).abs() < 0.02);
}

/// Area under the ROC curve by its definition.
fn naive_auc(y_true: &Array1<bool>, score: &Array1<f64>) -> f64 {
    let side =
        |side: bool| score.iter().zip(y_true).filter(move |(_, is)| **is == side).map(|(score, _)| *score);
    let pairs = side(true).flat_map(|positive| side(false).map(move |negative| (positive, negative)));
    let wins = pairs.clone().map(|(a, b)| {
        if a > b {
            1.0
        } else if a == b {
            0.5
        } else {
            0.0
        }
    });
    wins.sum::<f64>() / pairs.count() as f64
}

proptest! {
    #[test]
    fn roc_auc_is_the_share_of_pairs_in_order(values in prop::collection::vec((any::<bool>(), -3_i8..4), 2..40)) {
        let y_true: Array1<bool> = values.iter().map(|(is, _)| *is).collect();
        let score: Array1<f64> = values.iter().map(|(_, score)| f64::from(*score)).collect();
        match roc_auc(&y_true, &score) {
            Ok(auc) => prop_assert!((auc - naive_auc(&y_true, &score)).abs() < 1e-12),
            Err(error) => prop_assert_eq!(error, Error::NClasses { found: 1 }),
        }
    }

    #[test]
    fn permuting_labels_does_not_change_the_rand_index(labels in prop::collection::vec(0_usize..5, 2..60)) {
        let permuted: Vec<usize> = labels.iter().map(|label| (label * 3 + 2) % 5).collect();
        prop_assert_eq!(adjusted_rand_score(&labels, &permuted).unwrap(), 1.0);
    }
}

#[test]
fn precision_at_k_takes_the_mean_over_ties() {
    let y_true = array![true, false, true, false];
    let score = array![0.9, 0.5, 0.5, 0.1];
    let at = |k| precision_at_k(&y_true, &score, k).unwrap();
    assert_eq!([at(1), at(2), at(3), at(4)], [1.0, 0.75, 2.0 / 3.0, 0.5]);
    assert_eq!(precision_at_k(&y_true, &score, 5), Err(Error::NSamples { found: 4, expected: 5 }));
    assert!(precision_at_k(&y_true, &score, 0).is_err());
}

#[test]
fn what_is_not_defined_is_refused_or_said() {
    let (no_labels, no_numbers) = (Array1::<usize>::zeros(0), Array1::<f64>::zeros(0));
    assert_eq!(accuracy(&no_labels, &no_labels), Err(Error::NSamples { found: 0, expected: 1 }));
    assert!(roc_auc(&array![true, true], &array![0.1, 0.2]).is_err());
    assert_eq!(average_precision(&array![false, false], &array![0.1, 0.2]), Ok(0.0));
    assert!(average_precision(&Array1::from_elem(0, false), &no_numbers).is_err());
    assert!(matches!(
        roc_auc(&array![true, false], &array![0.1, f64::NAN]),
        Err(Error::NonFinite { row: 1, .. })
    ));
    assert_eq!(log_loss(&array![2], &array![[0.5, 0.5]]), Err(Error::Label { row: 0, label: 2 }));
    assert!(calibration_error(&array![true], &array![1.5], 10).is_err());
    let x = array![[0.0], [1.0], [2.0]];
    assert!(silhouette_score(&x, &[0, 0, 0]).is_err());
    assert!(silhouette_score(&x, &[0, 1, 2]).is_err());
    assert!(davies_bouldin_score(&Array2::zeros((3, 0)), &[0, 1, 1]).is_err());
    let same = array![[1.0], [1.0], [1.0]];
    assert_eq!(silhouette_score(&same, &[0, 0, 1]), Ok(0.0));
    assert_eq!(davies_bouldin_score(&same, &[0, 0, 1]), Ok(0.0));
    assert_eq!(calinski_harabasz_score(&same, &[0, 0, 1]), Ok(1.0));
    assert!(ConfusionMatrix::new(&array![1, 2], &array![1, 1]).unwrap().scores(9).is_none());
}

#[test]
fn stability_is_the_agreement_of_all_pairs() {
    let clusterings = [[0, 0, 1, 1], [1, 1, 0, 0], [0, 1, 0, 1]];
    let stability = stability(&[0, 1, 2], |seed| Ok(clusterings[seed as usize].to_vec())).unwrap();
    assert_eq!(stability.pairs, [1.0, -0.5, -0.5]);
    assert_eq!((stability.mean, stability.min), (0.0, -0.5));
    assert!(super::stability(&[1], |_| Ok(vec![0])).is_err());
}
