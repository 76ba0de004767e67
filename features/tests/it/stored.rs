//! Fitted estimators as text and back.

use bro_features::*;
use ndarray::array;
use serde::{Serialize, de::DeserializeOwned};

fn check<Fitted: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(fitted: &Fitted) {
    let stored = serde_json::to_string(fitted).expect("an estimator can be written");
    assert_eq!(&serde_json::from_str::<Fitted>(&stored).expect("what was written can be read"), fitted);
    let newer = stored.replacen("\"format_version\":1", "\"format_version\":2", 1);
    let error = serde_json::from_str::<Fitted>(&newer).expect_err("another version").to_string();
    assert!(error.starts_with("stored estimator has format version 2, expected 1"), "{error}");
}

#[test]
fn estimators_come_back_and_another_version_is_refused() {
    let names = vec!["duration".into(), "orig_bytes".into()];
    let x = Table::new(names, array![[0.5, 1.0], [f64::NAN, 3.25], [7.0, 100.0]]).unwrap();
    check(&StandardScalerParams::default().fit(&x).unwrap());
    check(&MinMaxScalerParams::default().fit(&x).unwrap());
    check(&MaxAbsScalerParams.fit(&x).unwrap());
    check(&RobustScalerParams::default().fit(&x).unwrap());
    check(&Log1p::fit(&x).unwrap());
    check(&QuantileTransformerParams::default().fit(&x).unwrap());
    check(&PowerTransformerParams::default().fit(&x).unwrap());
    check(&ImputerParams::new(ImputeStrategy::Median).fit(&x).unwrap());
    check(&GroupImputerParams { strategy: ImputeStrategy::Mean }.fit(&x, &["a", "b", "b"]).unwrap());
    check(&EliminatorParams::default().fit(&x).unwrap());
    let text = TextTable::of(&["service"], [[Some("dns")], [None]]).unwrap();
    check(&OneHotEncoderParams::default().fit(&text).unwrap());
    check(&OrdinalEncoderParams::default().fit(&text).unwrap());
    check(&FrequencyEncoderParams::default().fit(&text).unwrap());
    check(&HashingEncoder::new(4).unwrap());
}
