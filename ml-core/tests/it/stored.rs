//! Fitted models as text and back.

use bro_ml_core::{
    CoMoments, KMeans, KMeansParams, Mlp, MlpParams, MlpSingle, Pca, PcaParams, Solver, StandardScaler,
};
use ndarray::{Array1, Array2, array};
use serde::{Serialize, de::DeserializeOwned};

fn rows() -> Array2<f64> {
    array![[0.0, 1.0], [2.0, 3.5], [10.0, -1.0], [11.0, 0.25]]
}

fn check<Model: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(model: &Model, name: &str) {
    let stored = serde_json::to_string(model).expect("a model can be written");
    assert_eq!(&serde_json::from_str::<Model>(&stored).expect("what was written can be read"), model);
    let newer = stored.replace("\"format_version\":1", "\"format_version\":2");
    let error = serde_json::from_str::<Model>(&newer).expect_err("another version").to_string();
    assert_eq!(error, format!("stored {name} has format version 2, expected 1"));
}

#[test]
fn models_come_back_and_another_version_is_refused() {
    let x = rows();
    check(&KMeansParams::new(2).fit(&x).expect("a fit"), "KMeans");
    check(&PcaParams::new().fit(&x).expect("a fit"), "Pca");
    check(&StandardScaler::fit(&x).expect("a fit"), "StandardScaler");
    check(&CoMoments::of(&x).expect("sums"), "CoMoments");
}

/// Perceptrons cannot be compared, but what is written of them can.
fn check_text<Model: Serialize + DeserializeOwned + std::fmt::Debug>(model: &Model, name: &str) -> Model {
    let stored = serde_json::to_string(model).expect("a model can be written");
    let read = serde_json::from_str::<Model>(&stored).expect("what was written can be read");
    assert_eq!(serde_json::to_string(&read).expect("text"), stored);
    let newer = stored.replace("\"format_version\":1", "\"format_version\":2");
    let error = serde_json::from_str::<Model>(&newer).expect_err("another version").to_string();
    assert_eq!(error, format!("stored {name} has format version 2, expected 1"));
    read
}

fn trained(solver: Solver, n_classes: usize) -> (Mlp, Array1<usize>) {
    let y = Array1::from_shape_fn(4, |row| row % n_classes);
    let params = MlpParams { hidden_layer_sizes: vec![9, 3], solver, max_iter: 3, ..MlpParams::new() };
    (params.fit(&rows(), &y).expect("a fit"), y)
}

#[test]
fn a_stored_perceptron_goes_on_where_it_stopped() {
    for (solver, n_classes) in [(Solver::Adam, 2), (Solver::Sgd, 2), (Solver::Adam, 3)] {
        let (mut model, y) = trained(solver, n_classes);
        model.calibrate(&rows(), &y).expect("a temperature");
        let mut read = check_text(&model, "Mlp");
        assert_eq!(read.predict_proba(&rows()).unwrap(), model.predict_proba(&rows()).unwrap());
        let single = check_text(&model.to_single(), "MlpSingle");
        let x = rows().mapv(|value| value as f32);
        assert_eq!(single.sums(&x).unwrap(), model.to_single().sums(&x).unwrap());
        model.partial_fit(&rows(), &y).expect("another epoch");
        read.partial_fit(&rows(), &y).expect("another epoch");
        assert_eq!(serde_json::to_string(&read).unwrap(), serde_json::to_string(&model).unwrap());
    }
}

#[test]
fn a_perceptron_of_parts_that_do_not_fit_is_refused() {
    let (model, _) = trained(Solver::Adam, 3);
    let refused = |path: &str, value: serde_json::Value| {
        let mut stored = serde_json::to_value(&model).expect("JSON");
        *stored.pointer_mut(path).expect("a field") = value;
        serde_json::from_value::<Mlp>(stored).expect_err("a broken model").to_string()
    };
    let huge = serde_json::json!([usize::MAX, 3]);
    assert_eq!(
        refused("/params/hidden_layer_sizes", huge),
        format!("coefs has length 9, expected {}", usize::MAX)
    );
    assert_eq!(refused("/params/hidden_layer_sizes/1", 4.into()), "coefs has length 3, expected 4");
    assert_eq!(refused("/classes", serde_json::json!([0, 1, 2, 3])), "coefs has length 3, expected 4");
    assert!(refused("/classes", serde_json::json!([2, 1, 0])).starts_with("classes is 3, expected"));
    assert!(refused("/temperature", 0.into()).starts_with("temperature is 0, expected"));
    assert_eq!(refused("/solver/second", serde_json::Value::Null), "solver.second has length 0, expected 1");
    assert_eq!(refused("/solver/first/coefs", serde_json::json!([])), "coefs has length 0, expected 3");
    let mut single = serde_json::to_value(model.to_single()).expect("JSON");
    single["weights"]["coefs"] = serde_json::json!([]);
    single["weights"]["intercepts"] = serde_json::json!([]);
    let error = serde_json::from_value::<MlpSingle>(single).expect_err("no layers").to_string();
    assert_eq!(error, "coefs has length 0, expected 1");
}

#[test]
fn parameters_come_back() {
    let params = KMeansParams { seed: 9, ..KMeansParams::new(3) };
    let stored = serde_json::to_string(&params).expect("parameters can be written");
    assert_eq!(serde_json::from_str::<KMeansParams>(&stored).expect("parameters can be read"), params);
}

#[test]
fn parts_that_do_not_fit_together_are_refused() {
    let stored = serde_json::to_string(&KMeansParams::new(1).fit(&rows()).expect("a fit")).expect("text");
    let broken = stored.replace("[0,0,0,0]", "[0,0,0,1]");
    assert_ne!(broken, stored);
    assert!(serde_json::from_str::<KMeans>(&broken).is_err());
    let stored = serde_json::to_string(&PcaParams::new().fit(&rows()).expect("a fit")).expect("text");
    let mut value: serde_json::Value = serde_json::from_str(&stored).expect("JSON");
    value["mean"]["dim"][0] = 1.into();
    value["mean"]["data"] = serde_json::json!([0.0]);
    let error = serde_json::from_value::<Pca>(value).expect_err("a mean of another width").to_string();
    assert_eq!(error, "mean has length 1, expected 2");
}
