//! Imputers, encoders, transforms and scalers beside scikit-learn (`tests/data/generate_estimators.py`).

use bro_features::*;
use ndarray::Array2;
use serde_json::Value;

fn golden() -> Value {
    serde_json::from_str(include_str!("../data/estimators.json")).expect("valid JSON")
}

pub(crate) fn matrix(value: &Value) -> Array2<f64> {
    let rows = value.as_array().expect("rows");
    let width = rows[0].as_array().expect("cells").len();
    Array2::from_shape_fn((rows.len(), width), |(row, column)| rows[row][column].as_f64().unwrap_or(f64::NAN))
}

fn table(value: &Value) -> Table {
    let x = matrix(value);
    Table::new((0..x.ncols()).map(|column| format!("x{column}")).collect(), x).expect("as many names")
}

fn text(value: &Value) -> TextTable {
    let rows = value.as_array().expect("rows").iter();
    TextTable::of(
        &["service", "proto"],
        rows.map(|row| row.as_array().expect("cells").iter().map(Value::as_str)),
    )
    .expect("two cells a row")
}

fn close(found: &Table, expected: &Value, tolerance: f64, what: &str) {
    let expected = matrix(expected);
    assert_eq!(found.x().dim(), expected.dim(), "{what}");
    for (place, &found) in found.x().indexed_iter() {
        let expected = expected[place];
        let is_near = (found - expected).abs() <= tolerance * expected.abs().max(1.0);
        assert!(
            is_near || found.is_nan() && expected.is_nan(),
            "{what} at {place:?}: {found} is not {expected}"
        );
    }
}

/// What a fitted estimator does, whatever it is.
struct Case {
    transform: Box<Way>,
    inverse: Box<Way>,
}

type Way = dyn Fn(&Table) -> Result<Table, Error>;

macro_rules! case {
    ($fitted:expr) => {{
        let fitted = $fitted.expect("a fit");
        let other = fitted.clone();
        Case {
            transform: Box::new(move |table| fitted.transform(table)),
            inverse: Box::new(move |table| other.inverse_transform(table)),
        }
    }};
}

fn fitted(name: &str, x: &Table) -> Case {
    let normal =
        QuantileTransformerParams { n_quantiles: 11, output_distribution: OutputDistribution::Normal };
    match name {
        "StandardScaler" => case!(StandardScalerParams::default().fit(x)),
        "MinMaxScaler" => case!(MinMaxScalerParams::default().fit(x)),
        "MinMaxScaler -1 to 3, clipped" => {
            case!(MinMaxScalerParams { feature_range: (-1.0, 3.0), clip: true }.fit(x))
        }
        "MaxAbsScaler" => case!(MaxAbsScalerParams.fit(x)),
        "RobustScaler" => case!(RobustScalerParams::default().fit(x)),
        "RobustScaler 5 to 95" => {
            case!(RobustScalerParams { quantile_range: (5.0, 95.0), ..RobustScalerParams::default() }.fit(x))
        }
        "QuantileTransformer uniform" => case!(QuantileTransformerParams::default().fit(x)),
        "QuantileTransformer normal, 11" => case!(normal.fit(x)),
        "PowerTransformer" => case!(PowerTransformerParams::default().fit(x)),
        "PowerTransformer as it is" => case!(PowerTransformerParams { standardize: false }.fit(x)),
        other => panic!("no estimator is called {other}"),
    }
}

#[test]
fn scalers_and_transforms_equal_scikit_learn() {
    let golden = golden();
    let (x, later) = (table(&golden["x"]), table(&golden["later"]));
    for case in golden["cases"].as_array().expect("cases") {
        let name = case["name"].as_str().expect("a name");
        let fitted = fitted(name, &x);
        // Brent's method stops where the likelihood is flat to half the digits.
        let tolerance = if name.starts_with("Power") { 1e-6 } else { 1e-10 };
        let transformed = (fitted.transform)(&x).expect("the columns of the fit");
        close(&transformed, &case["transformed"], tolerance, name);
        close(&(fitted.transform)(&later).expect("the columns of the fit"), &case["later"], tolerance, name);
        close(&(fitted.inverse)(&transformed).expect("its own columns"), &case["inverse"], 1e-6, name);
    }
}

#[test]
fn powers_equal_scikit_learn() {
    let golden = golden();
    let fitted = PowerTransformerParams::default().fit(&table(&golden["x"])).expect("a fit");
    for (found, expected) in fitted.lambdas().iter().zip(golden["lambdas"].as_array().expect("powers")) {
        assert!((found - expected.as_f64().expect("a number")).abs() < 1e-6, "{found} is not {expected}");
    }
}

#[test]
fn imputers_equal_scikit_learn() {
    let golden = golden();
    let x = table(&golden["x"]);
    for case in golden["imputers"].as_array().expect("cases") {
        let name = case["strategy"].as_str().expect("a name");
        let strategy = match name {
            "mean" => ImputeStrategy::Mean,
            "median" => ImputeStrategy::Median,
            "most_frequent" => ImputeStrategy::MostFrequent,
            _ => ImputeStrategy::Constant(-7.0),
        };
        let imputer =
            ImputerParams { add_indicator: true, ..ImputerParams::new(strategy) }.fit(&x).expect("a fit");
        let filled = imputer.transform(&x).expect("the columns of the fit");
        close(&filled, &case["transformed"], 1e-13, name);
        let emptied = imputer.inverse_transform(&filled).expect("its own columns");
        close(&emptied, &golden["x"], 0.0, name);
    }
}

#[test]
fn one_hot_columns_equal_scikit_learn() {
    let golden = golden();
    for case in golden["one_hot"].as_array().expect("cases") {
        let how = &case["how"];
        let params = OneHotEncoderParams {
            handle_unknown: match how["handle_unknown"].as_str() {
                Some("ignore") => HandleUnknown::Ignore,
                _ => HandleUnknown::InfrequentIfExist,
            },
            min_frequency: how["min_frequency"].as_u64().unwrap_or(1),
            max_categories: how["max_categories"].as_u64().map(|n| n as usize),
        };
        let encoder = params.fit(&text(&golden["text"])).expect("a fit");
        let what = how.to_string();
        close(&encoder.transform(&text(&golden["text"])).unwrap(), &case["transformed"], 0.0, &what);
        close(&encoder.transform(&text(&golden["unseen"])).unwrap(), &case["unseen"], 0.0, &what);
    }
}

#[test]
fn ordinal_codes_equal_scikit_learn() {
    let golden = golden();
    let params = OrdinalEncoderParams { handle_unknown: UnknownCode::Value(-1.0) };
    let encoder = params.fit(&text(&golden["text"])).expect("a fit");
    for (of, name) in [("text", "transformed"), ("unseen", "unseen")] {
        close(&encoder.transform(&text(&golden[of])).unwrap(), &golden["ordinal"][name], 0.0, name);
    }
}

#[test]
fn hashed_columns_equal_scikit_learn() {
    let golden = golden();
    let hashed = HashingEncoder::new(16).unwrap().transform(&text(&golden["text"])).unwrap();
    close(&hashed, &golden["hashed"], 0.0, "hashed");
}
