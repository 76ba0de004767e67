//! DBSCAN with the parameters of the comparison, and on evenly spread rows where nothing can be skipped.

use std::error::Error;

use bro_ml_core::{Dbscan, DbscanParams, KDistanceParams};
use ndarray::Array2;
use serde_json::{Map, Value, json};

use super::Row;
use crate::inputs::SplitMix;
use crate::measure::measure;

pub(super) fn rows() -> Vec<Row> {
    let row = |kind, n, d, eps: f64, min_samples: usize| Row {
        task: "dbscan",
        peer: "bro-ml",
        kind,
        n,
        d,
        params: json!({"eps": eps, "min_samples": min_samples}),
        run,
    };
    vec![
        row("conn", 20_000, 8, 0.3, 20),
        row("blob", 20_000, 2, 0.6, 10),
        row("blob", 100_000, 8, 2.6, 10),
        row("conn", 1_000_000, 2, 0.015, 20),
        row("conn", 1_000_000, 3, 0.04, 20),
        row("conn", 1_000_000, 8, 0.15, 20),
        row("blob", 1_000_000, 2, 0.15, 10),
        row("blob", 1_000_000, 3, 0.4, 10),
        row("blob", 1_000_000, 8, 2.2, 10),
        // About as many neighbours on average as make a core sample.
        row("uniform", 1_000_000, 3, 0.0134, 10),
        row("uniform", 200_000, 8, 0.25, 10),
        Row {
            task: "k_distance",
            peer: "bro-ml",
            kind: "conn",
            n: 1_000_000,
            d: 8,
            params: json!({"min_samples": 20, "max_queries": 10_000}),
            run: run_k_distance,
        },
    ]
}

fn run(row: &Row, n_runs: usize) -> Result<(Map<String, Value>, Value), Box<dyn Error>> {
    let x = matrix(row)?;
    let min_samples = size(row, "min_samples")?;
    let eps = row.params["eps"].as_f64().ok_or("eps is not a number")?;
    let params = DbscanParams { min_samples, ..DbscanParams::new(eps) };
    let (figures, model) = measure(n_runs, || params.fit(&x))?;
    Ok((figures, quality(&model)))
}

fn quality(model: &Dbscan) -> Value {
    json!({"clusters": model.n_clusters(), "noise": model.n_noise()})
}

fn run_k_distance(row: &Row, n_runs: usize) -> Result<(Map<String, Value>, Value), Box<dyn Error>> {
    let x = matrix(row)?;
    let max_queries = size(row, "max_queries")?;
    let params = KDistanceParams { max_queries, ..KDistanceParams::new(size(row, "min_samples")?) };
    let (figures, curve) = measure(n_runs, || params.measure(&x))?;
    Ok((figures, json!({"eps": curve.eps()})))
}

fn size(row: &Row, name: &str) -> Result<usize, Box<dyn Error>> {
    let value = row.params[name].as_u64().ok_or_else(|| format!("{name} is not a number"))?;
    Ok(usize::try_from(value)?)
}

/// The row's matrix; evenly spread rows are made here.
fn matrix(row: &Row) -> Result<Array2<f64>, Box<dyn Error>> {
    if row.kind != "uniform" {
        return row.matrix();
    }
    let mut rng = SplitMix(1);
    Ok(Array2::from_shape_simple_fn((row.n, row.d), || rng.uniform()))
}
