//! DBSCAN beside scikit-learn's kd-tree (`tests/data/generate_dbscan.py`).

use bro_ml_core::DbscanParams;
use ndarray::{Array1, Array2};
use serde_json::Value;

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|value| value.as_f64().unwrap()).collect()
}

#[test]
fn labels_and_core_samples_equal_scikit_learn() {
    let golden: Value = serde_json::from_str(include_str!("../data/dbscan.json")).unwrap();
    for case in golden["cases"].as_array().unwrap() {
        check(case);
    }
}

fn check(case: &Value) {
    let name = &case["name"];
    let values = numbers(&case["x"]);
    let n_features = case["n_features"].as_u64().unwrap() as usize;
    let x = Array2::from_shape_vec((values.len() / n_features, n_features), values).unwrap();
    let params = DbscanParams {
        min_samples: case["min_samples"].as_u64().unwrap() as usize,
        ..DbscanParams::new(case["eps"].as_f64().unwrap())
    };
    let model = match &case["sample_weight"] {
        Value::Null => params.fit(&x).unwrap(),
        weights => params.fit_weighted(&x, &Array1::from(numbers(weights))).unwrap(),
    };
    let label = |label: &Value| label.as_u64().map(|label| label as u32);
    let labels: Vec<Option<u32>> = case["labels"].as_array().unwrap().iter().map(label).collect();
    let core = case["core_sample_indices"].as_array().unwrap().iter();
    let core: Vec<usize> = core.map(|row| row.as_u64().unwrap() as usize).collect();
    assert_eq!(model.labels(), labels, "{name}");
    assert_eq!(model.core_sample_indices(), core, "{name}");
}
