//! k-means beside scikit-learn, from the same starts (`tests/data/generate_kmeans.py`).

use bro_ml_core::{Algorithm, Init, KMeansParams};
use ndarray::{Array1, Array2};
use serde_json::Value;

pub(crate) fn matrix(value: &Value) -> Array2<f64> {
    let rows = value.as_array().unwrap();
    let values = rows.iter().flat_map(|row| row.as_array().unwrap()).map(|value| value.as_f64().unwrap());
    Array2::from_shape_vec((rows.len(), rows[0].as_array().unwrap().len()), values.collect()).unwrap()
}

pub(crate) fn vector(value: &Value) -> Array1<f64> {
    value.as_array().unwrap().iter().map(|value| value.as_f64().unwrap()).collect()
}

#[test]
fn labels_centres_inertia_and_iterations_equal_scikit_learn() {
    let golden: Value = serde_json::from_str(include_str!("../data/kmeans.json")).unwrap();
    for case in golden["cases"].as_array().unwrap() {
        for algorithm in [Algorithm::Lloyd, Algorithm::Hamerly] {
            check(case, algorithm);
        }
    }
}

fn check(case: &Value, algorithm: Algorithm) {
    let (name, x, init) = (&case["name"], matrix(&case["x"]), matrix(&case["init"]));
    let params = KMeansParams {
        max_iter: case["max_iter"].as_u64().unwrap() as usize,
        tol: case["tol"].as_f64().unwrap(),
        algorithm,
        init: Init::Centers(init.clone()),
        ..KMeansParams::new(init.nrows())
    };
    let model = match &case["weights"] {
        Value::Null => params.fit(&x).unwrap(),
        weights => params.fit_weighted(&x, &vector(weights)).unwrap(),
    };
    let labels = vector(&case["labels"]).mapv(|label| label as usize);
    assert_eq!(model.labels(), &labels, "{name}");
    assert_eq!(model.n_iter() as u64, case["n_iter"].as_u64().unwrap(), "{name}");
    approx::assert_relative_eq!(model.inertia(), case["inertia"].as_f64().unwrap(), max_relative = 1e-9);
    approx::assert_relative_eq!(
        model.cluster_centers(),
        &matrix(&case["cluster_centers"]),
        max_relative = 1e-9,
        epsilon = 1e-12
    );
}
