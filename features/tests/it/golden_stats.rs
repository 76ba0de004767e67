//! Statistics against pandas, scipy and scikit-learn.

use bro_features::stats::{
    GroupBy, Histogram, Summary, auc, cliffs_delta, correlation_ratio, cramers_v, kendall,
    mutual_information, pearson, point_biserial, quantiles, spearman,
};
use serde_json::Value;

fn golden() -> Value {
    serde_json::from_str(include_str!("../data/stats.json")).unwrap()
}

fn numbers(list: &Value) -> Vec<f64> {
    list.as_array().unwrap().iter().map(|value| value.as_f64().unwrap_or(f64::NAN)).collect()
}

/// Sums are added in another order than numpy's, so the last digits may differ.
fn check(found: f64, expected: &Value, what: &str) {
    let expected = expected.as_f64().unwrap();
    assert!(
        (found - expected).abs() <= 1e-9 * expected.abs().max(1e-3),
        "{what}: {found}, expected {expected}"
    );
}

#[test]
fn summaries_equal_those_of_pandas_in_one_part_and_in_many() {
    let golden = golden();
    for (name, column) in golden["columns"].as_object().unwrap() {
        let values = numbers(column);
        let expected = &golden["summaries"][name];
        for size in [values.len(), 64, 7] {
            let mut summary = Summary::default();
            for part in values.chunks(size) {
                let mut one = Summary::default();
                one.update(part);
                summary.merge(&one);
            }
            assert_eq!(Some(summary.n()), expected["n"].as_u64());
            check(summary.mean(), &expected["mean"], name);
            check(summary.min().unwrap(), &expected["min"], name);
            check(summary.max().unwrap(), &expected["max"], name);
            // A mean of 10⁹ leaves seven digits of a deviation of 1.
            if name != "large" {
                check(summary.var(), &expected["var"], name);
                check(summary.skew(), &expected["skew"], name);
                check(summary.kurtosis(), &expected["kurt"], name);
            } else {
                assert!((summary.var() / expected["var"].as_f64().unwrap() - 1.0).abs() < 1e-6);
            }
        }
    }
}

#[test]
fn quantiles_equal_those_of_pandas() {
    let golden = golden();
    for (name, column) in golden["columns"].as_object().unwrap() {
        let found = quantiles(&numbers(column), &numbers(&golden["q"]));
        for (found, expected) in found.iter().zip(golden["summaries"][name]["quantiles"].as_array().unwrap())
        {
            check(found.unwrap(), expected, name);
        }
    }
}

#[test]
fn correlations_equal_those_of_pandas_and_scipy() {
    let golden = golden();
    for pair in golden["pairs"].as_array().unwrap() {
        let column = |side: &str| numbers(&golden["columns"][pair[side].as_str().unwrap()]);
        let (a, b) = (column("a"), column("b"));
        let cases =
            [("pearson", pearson(&a, &b)), ("spearman", spearman(&a, &b)), ("kendall", kendall(&a, &b))];
        for (name, found) in cases {
            assert_eq!(found.n as u64, pair["n"].as_u64().unwrap());
            let tolerance = if pair["a"] == "large" || pair["b"] == "large" { 1e-6 } else { 1e-10 };
            let expected = pair[name].as_f64().unwrap();
            assert!((found.value - expected).abs() < tolerance, "{name} {pair}: {}", found.value);
        }
    }
}

#[test]
fn measures_of_facts_and_categories_equal_those_of_scipy_and_scikit_learn() {
    let golden = golden();
    let is_so: Vec<bool> =
        golden["is_so"].as_array().unwrap().iter().map(|fact| fact.as_bool().unwrap()).collect();
    let (tail, ties) = (numbers(&golden["columns"]["tail"]), numbers(&golden["columns"]["ties"]));
    check(point_biserial(&tail, &is_so).value, &golden["point_biserial"], "point biserial");
    check(auc(&tail, &is_so).value, &golden["auc"], "auc");
    check(auc(&ties, &is_so).value, &golden["auc_ties"], "auc with ties");
    assert_eq!(cliffs_delta(&tail, &is_so).value, 2.0 * auc(&tail, &is_so).value - 1.0);
    let counts = |row: &Value| row.as_array().unwrap().iter().map(|count| count.as_u64().unwrap()).collect();
    let table: Vec<Vec<u64>> = golden["table"].as_array().unwrap().iter().map(counts).collect();
    check(cramers_v(&table).value, &golden["cramers_v"], "Cramér's V");
    check(mutual_information(&table).value, &golden["mutual_information"], "mutual information");
    let mut groups = vec![Vec::new(); 4];
    let mut by_category = GroupBy::new(10);
    for (value, category) in tail.iter().zip(golden["category"].as_array().unwrap()) {
        groups[category.as_u64().unwrap() as usize].push(*value);
        by_category.insert(category.as_u64().unwrap(), *value);
    }
    check(correlation_ratio(&groups).value, &golden["correlation_ratio"], "correlation ratio");
    for ((_, summary), expected) in by_category.iter().zip(golden["groups"].as_array().unwrap()) {
        assert_eq!(Some(summary.n()), expected["n"].as_u64());
        check(summary.mean(), &expected["mean"], "mean of a group");
        check(summary.var(), &expected["var"], "variance of a group");
    }
}

#[test]
fn histograms_equal_those_of_numpy() {
    let golden = golden();
    let mut histogram = Histogram::new(-10.0, 8.0, 7).unwrap();
    histogram.update(&numbers(&golden["columns"]["gaps"]));
    let expected: Vec<u64> =
        golden["histogram"].as_array().unwrap().iter().map(|count| count.as_u64().unwrap()).collect();
    assert_eq!(histogram.counts(), expected);
}

#[test]
fn groups_beyond_the_limit_are_counted_together() {
    let mut groups = GroupBy::new(2);
    (0..10).for_each(|i| groups.insert(i % 5, f64::from(i)));
    let n: u64 = groups.iter().map(|(_, summary)| summary.n()).sum();
    assert_eq!((groups.iter().count(), n, groups.rest().n()), (2, 4, 6));
    let mut other = GroupBy::new(2);
    other.insert(7, 1.0);
    groups.merge(other);
    assert_eq!(groups.rest().n(), 7);
}
