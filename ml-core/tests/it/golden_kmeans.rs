//! k-means beside scikit-learn, from the same starts (`tests/data/generate_kmeans.py`).

use bro_ml_core::{Algorithm, Init, KMeansParams};
use ndarray::{Array1, Array2};
use serde_json::Value;

pub(crate) fn matrix(value: &Value) -> Array2<f64> {
    let rows = value.as_array().expect("an array");
    let values = rows
        .iter()
        .flat_map(|row| row.as_array().expect("an array"))
        .map(|value| value.as_f64().expect("a number"));
    Array2::from_shape_vec((rows.len(), rows[0].as_array().expect("an array").len()), values.collect())
        .expect("rows of one length")
}

pub(crate) fn vector(value: &Value) -> Array1<f64> {
    value.as_array().expect("an array").iter().map(|value| value.as_f64().expect("a number")).collect()
}

#[test]
fn labels_centres_inertia_and_iterations_equal_scikit_learn() {
    let golden: Value = serde_json::from_str(include_str!("../data/kmeans.json")).expect("valid JSON");
    for case in golden["cases"].as_array().expect("an array") {
        for algorithm in [Algorithm::Lloyd, Algorithm::Hamerly] {
            check(case, algorithm);
        }
    }
}

fn check(case: &Value, algorithm: Algorithm) {
    let (name, x, init) = (&case["name"], matrix(&case["x"]), matrix(&case["init"]));
    let params = KMeansParams {
        max_iter: case["max_iter"].as_u64().expect("a count") as usize,
        tol: case["tol"].as_f64().expect("a number"),
        algorithm,
        init: Init::Centers(init.clone()),
        ..KMeansParams::new(init.nrows())
    };
    let model = match &case["weights"] {
        Value::Null => params.fit(&x).expect("a fit"),
        weights => params.fit_weighted(&x, &vector(weights)).expect("a fit"),
    };
    let labels = vector(&case["labels"]).mapv(|label| label as usize);
    assert_eq!(model.labels(), &labels, "{name}");
    assert_eq!(model.n_iter() as u64, case["n_iter"].as_u64().expect("a count"), "{name}");
    approx::assert_relative_eq!(
        model.inertia(),
        case["inertia"].as_f64().expect("a number"),
        max_relative = 1e-9
    );
    approx::assert_relative_eq!(
        model.cluster_centers(),
        &matrix(&case["cluster_centers"]),
        max_relative = 1e-9,
        epsilon = 1e-12
    );
}
