//! Fitted models as text and back.

use bro_ml_core::{CoMoments, KMeans, KMeansParams, Pca, PcaParams, StandardScaler};
use ndarray::{Array2, array};
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
