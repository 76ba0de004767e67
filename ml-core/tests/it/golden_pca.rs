//! Principal components, scaler and correlation beside scikit-learn and numpy (`tests/data/generate_pca.py`).

use bro_ml_core::{CoMoments, NComponents, PcaParams, StandardScaler};
use ndarray::Array2;
use serde_json::Value;

use crate::golden_kmeans::{matrix, vector};

fn cases() -> Vec<Value> {
    let golden: Value = serde_json::from_str(include_str!("../data/pca.json")).expect("valid JSON");
    golden["cases"].as_array().expect("an array").clone()
}

fn params(case: &Value) -> PcaParams {
    let n_components = match (&case["n_components"], case["n_components"].as_u64()) {
        (Value::Null, _) => NComponents::All,
        (_, Some(count)) => NComponents::Count(count as usize),
        (share, None) => NComponents::VarianceShare(share.as_f64().expect("a number")),
    };
    PcaParams { n_components, whiten: case["whiten"].as_bool().expect("true or false"), ..PcaParams::new() }
}

#[test]
fn components_and_variances_equal_scikit_learn() {
    for case in cases() {
        let x = matrix(&case["x"]);
        let pca = params(&case).fit(&x).unwrap();
        let close = |found: &Array2<f64>, expected: &Array2<f64>| {
            assert_eq!(found.dim(), expected.dim(), "{}", case["name"]);
            approx::assert_relative_eq!(found, expected, max_relative = 1e-10, epsilon = 1e-10);
        };
        close(pca.components(), &matrix(&case["components"]));
        close(&pca.transform(&x).unwrap(), &matrix(&case["transformed"]));
        for (found, name) in [
            (pca.explained_variance(), "explained_variance"),
            (pca.explained_variance_ratio(), "explained_variance_ratio"),
            (&pca.singular_values(), "singular_values"),
            (pca.mean(), "mean"),
        ] {
            approx::assert_relative_eq!(found, &vector(&case[name]), max_relative = 1e-10, epsilon = 1e-14);
        }
        let noise = case["noise_variance"].as_f64().expect("a number");
        approx::assert_relative_eq!(pca.noise_variance(), noise, max_relative = 1e-10);
    }
}

#[test]
fn scaler_and_correlation_equal_scikit_learn_and_numpy() {
    for case in cases() {
        let x = matrix(&case["x"]);
        let scaler = StandardScaler::fit(&x).unwrap();
        let expected = &case["scaler"];
        approx::assert_relative_eq!(
            scaler.mean(),
            &vector(&expected["mean"]),
            max_relative = 1e-12,
            epsilon = 1e-15
        );
        approx::assert_relative_eq!(scaler.var(), &vector(&expected["var"]), max_relative = 1e-10);
        approx::assert_relative_eq!(scaler.scale(), &vector(&expected["scale"]), max_relative = 1e-10);
        let transformed = matrix(&expected["transformed"]);
        approx::assert_relative_eq!(
            scaler.transform(&x).unwrap(),
            transformed,
            max_relative = 1e-9,
            epsilon = 1e-11
        );
        let correlation = CoMoments::of(&x).unwrap().correlation();
        approx::assert_relative_eq!(
            correlation,
            matrix(&case["correlation"]),
            max_relative = 1e-10,
            epsilon = 1e-12
        );
    }
}
