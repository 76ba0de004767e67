//! What holds for every estimator: ways back cancel, parts merge, names are checked, threads change no bit.

use bro_features::*;
use ndarray::{Array2, array, s};
use proptest::prelude::*;

fn named(x: Array2<f64>) -> Table {
    Table::new((0..x.ncols()).map(|column| format!("c{column}")).collect(), x).unwrap()
}

fn near(found: &Table, expected: &Table, tolerance: f64) -> bool {
    found.names() == expected.names()
        && found.x().iter().zip(expected.x()).all(|(found, expected)| {
            (found - expected).abs() <= tolerance * expected.abs().max(1.0)
                || found.is_nan() && expected.is_nan()
        })
}

fn rows() -> impl proptest::strategy::Strategy<Value = Table> {
    let cell = prop_oneof![8 => -50.0..50.0_f64, 1 => Just(0.0), 1 => Just(f64::NAN)];
    proptest::collection::vec([cell.clone(), cell], 3..60).prop_map(|rows| {
        let mut x = Array2::from_shape_fn((rows.len(), 2), |(row, column)| rows[row][column]);
        // No column without values.
        x.row_mut(0).assign(&array![1.0, -2.5]);
        named(x)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases / 5))]

    #[test]
    fn a_transform_and_its_inverse_cancel(x in rows()) {
        let standard = StandardScalerParams::default().fit(&x).unwrap();
        prop_assert!(near(&standard.inverse_transform(&standard.transform(&x).unwrap()).unwrap(), &x, 1e-12));
        let min_max = MinMaxScalerParams::default().fit(&x).unwrap();
        prop_assert!(near(&min_max.inverse_transform(&min_max.transform(&x).unwrap()).unwrap(), &x, 1e-12));
        let max_abs = MaxAbsScalerParams.fit(&x).unwrap();
        prop_assert!(near(&max_abs.inverse_transform(&max_abs.transform(&x).unwrap()).unwrap(), &x, 1e-12));
        let robust = RobustScalerParams::default().fit(&x).unwrap();
        prop_assert!(near(&robust.inverse_transform(&robust.transform(&x).unwrap()).unwrap(), &x, 1e-10));
        let power = PowerTransformerParams::default().fit(&x).unwrap();
        prop_assert!(near(&power.inverse_transform(&power.transform(&x).unwrap()).unwrap(), &x, 1e-6));
        let quantile = QuantileTransformerParams::default().fit(&x).unwrap();
        prop_assert!(near(&quantile.inverse_transform(&quantile.transform(&x).unwrap()).unwrap(), &x, 1e-9));
    }

    #[test]
    fn parts_merge_into_the_whole(x in rows(), cut in 0..60_usize) {
        let cut = cut.min(x.n_rows());
        let part = |range| Table::new(x.names().to_vec(), x.x().slice(s![range, ..]).to_owned()).unwrap();
        let parts = [part(0..cut), part(cut..x.n_rows())];
        let values = merged::<Values>(&parts);
        prop_assert_eq!(RobustScalerParams::default().finish(&values).unwrap(), RobustScalerParams::default().fit(&x).unwrap());
        let extremes = merged::<Extremes>(&parts);
        prop_assert_eq!(MaxAbsScalerParams.finish(&extremes).unwrap(), MaxAbsScalerParams.fit(&x).unwrap());
        let fingerprints = merged::<Fingerprint>(&parts);
        prop_assert_eq!(EliminatorParams::default().finish(&fingerprints).unwrap(), EliminatorParams::default().fit(&x).unwrap());
        let moments = StandardScalerParams::default().finish(&merged::<Moments>(&parts)).unwrap();
        let whole = StandardScalerParams::default().fit(&x).unwrap();
        prop_assert!(near(&moments.transform(&x).unwrap(), &whole.transform(&x).unwrap(), 1e-9));
    }

    #[test]
    fn codes_lead_back_to_their_categories(values in proptest::collection::vec(proptest::option::of("[a-c(]{0,2}"), 1..40)) {
        let table = TextTable::of(&["service"], values.iter().map(|value| [value.as_deref()])).unwrap();
        let ordinal = OrdinalEncoderParams::default().fit(&table).unwrap();
        prop_assert_eq!(&ordinal.inverse_transform(&ordinal.transform(&table).unwrap()).unwrap(), &table);
        let one_hot = OneHotEncoderParams::default().fit(&table).unwrap();
        let encoded = one_hot.transform(&table).unwrap();
        prop_assert!(encoded.x().rows().into_iter().all(|row| row.sum() == 1.0));
        prop_assert_eq!(&one_hot.inverse_transform(&encoded).unwrap(), &table);
    }
}

fn merged<L: Learn + Sync>(parts: &[Table]) -> Parts<L> {
    let mut whole = Parts::new(parts[0].names().to_vec());
    parts.iter().for_each(|part| whole.merge(Parts::of(part).unwrap()).unwrap());
    whole
}

#[test]
fn threads_change_no_bit() {
    let x = named(Array2::from_shape_fn((20_000, 3), |(row, column)| {
        ((row * 7919 + column * 104_729) % 10_007) as f64 / 7.0
    }));
    let scaled = |n_threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().unwrap();
        pool.install(|| StandardScalerParams::default().fit(&x).unwrap())
    };
    assert_eq!(scaled(1), scaled(8));
}

#[test]
fn other_columns_are_refused_by_name() {
    let scaler = StandardScalerParams::default().fit(&named(array![[1.0, 2.0], [3.0, 5.0]])).unwrap();
    let refused = |names: &[&str], x: Array2<f64>| {
        let table = Table::new(names.iter().map(|&name| name.to_owned()).collect(), x).unwrap();
        scaler.transform(&table).unwrap_err().to_string()
    };
    assert_eq!(
        refused(&["c0"], array![[1.0]]),
        "no column is called `c1`, which the fit had; the columns are: c0"
    );
    assert!(refused(&["c0", "c1", "d"], array![[1.0, 2.0, 3.0]]).contains("`d` was not there at the fit"));
    assert!(
        refused(&["c1", "c0"], array![[1.0, 2.0]]).contains("bring the columns into the order of the fit")
    );
}

#[test]
fn infinity_is_refused_with_its_place_and_empty_columns_by_name() {
    let infinite = named(array![[1.0, 2.0], [3.0, f64::INFINITY]]);
    let error = StandardScalerParams::default().fit(&infinite).unwrap_err().to_string();
    assert_eq!(error, "row 1 of column `c1` is inf, expected a finite number (or NaN where it is missing)");
    let empty = named(array![[1.0, f64::NAN]]);
    let errors = [
        StandardScalerParams::default().fit(&empty).unwrap_err(),
        RobustScalerParams::default().fit(&empty).unwrap_err(),
        PowerTransformerParams::default().fit(&empty).unwrap_err(),
        QuantileTransformerParams::default().fit(&empty).unwrap_err(),
        ImputerParams::new(ImputeStrategy::Mean).fit(&empty).unwrap_err(),
    ];
    assert!(errors.iter().all(|error| *error == Error::NoValues { column: "c1".into() }));
    let huge = named(array![[1e200], [-1e200]]);
    assert_eq!(
        StandardScalerParams::default().fit(&huge).unwrap_err(),
        Error::Magnitude { column: "c0".into() }
    );
}

#[test]
fn unknown_categories_become_what_was_chosen() {
    let known = TextTable::of(&["proto"], [[Some("tcp")]]).unwrap();
    let unseen = TextTable::of(&["proto"], [[Some("sctp")]]).unwrap();
    let error =
        OneHotEncoderParams::default().fit(&known).unwrap().transform(&unseen).unwrap_err().to_string();
    let expected = "column `proto` holds \"sctp\", which was not there at the fit; choose what unknown categories become";
    assert_eq!(error, expected);
    let frequency = FrequencyEncoderParams { refuse_unknown: true }.fit(&known).unwrap();
    assert!(frequency.transform(&unseen).is_err());
    let lenient = FrequencyEncoderParams::default().fit(&known).unwrap();
    assert_eq!(lenient.transform(&unseen).unwrap().x(), &array![[0.0]]);
    let taken = OrdinalEncoderParams { handle_unknown: UnknownCode::Value(0.0) }.fit(&known).unwrap_err();
    assert!(taken.to_string().contains("a number that no known category has"));
}

#[test]
fn eliminated_columns_are_told_with_the_reason() {
    let x = Array2::from_shape_fn((100, 5), |(row, column)| match column {
        0 => (row % 7) as f64,
        1 => f64::NAN,
        2 => row as f64,
        3 => {
            if row == 50 {
                3.0
            } else {
                f64::NAN
            }
        }
        _ => (row % 7) as f64 + if row == 99 { 0.5 } else { 0.0 },
    });
    let params = EliminatorParams { near_unique: Some(0.95), ..EliminatorParams::default() };
    let eliminator = params.fit(&named(x)).unwrap();
    let told: Vec<_> = eliminator.eliminated().map(|(name, why)| format!("{name}: {why}")).collect();
    assert_eq!(
        told,
        [
            "c1: every value is missing",
            "c2: near-unique: 100 of 100 values are distinct",
            "c3: near-unique: 1 of 1 values are distinct"
        ]
    );
    assert_eq!(eliminator.kept().collect::<Vec<_>>(), ["c0", "c4"]);
}
