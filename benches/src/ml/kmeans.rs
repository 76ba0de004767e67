//! Twenty iterations of k-means from given centres, and a whole fit as `outliers` makes it.

use bro_ml_core::{Algorithm, Init, KMeans, KMeansParams};
use serde_json::{Value, json};

use super::{Outcome, Row, npy};
use crate::measure::measure;

pub(super) fn rows() -> Vec<Row> {
    let row = |peer, kind, n, d, k, iters| Row {
        task: "kmeans",
        peer,
        kind,
        n,
        d,
        params: json!({"k": k, "iters": iters}),
        run,
    };
    let mut rows = vec![
        row("bro-ml-start", "conn", 1_000_000, 2, 8, 300),
        row("bro-ml-start-lloyd", "conn", 1_000_000, 2, 8, 300),
        row("bro-ml-start-hamerly", "conn", 1_000_000, 2, 8, 300),
    ];
    for (kind, n, d, k) in [
        ("conn", 100_000, 8, 8),
        ("conn", 100_000, 20, 64),
        ("conn", 1_000_000, 8, 8),
        ("conn", 1_000_000, 8, 64),
        ("conn", 1_000_000, 20, 8),
        ("conn", 1_000_000, 20, 64),
        ("blob", 1_000_000, 20, 64),
    ] {
        for peer in ["bro-ml", "bro-ml-lloyd", "bro-ml-hamerly"] {
            rows.push(row(peer, kind, n, d, k, 20));
        }
    }
    rows
}

fn run(row: &Row, n_runs: usize) -> Outcome {
    let x = row.matrix()?;
    let size = |name: &str| row.params[name].as_u64().map(|value| value as usize).ok_or("not a number");
    let (k, max_iter) = (size("k")?, size("iters")?);
    let mut params = KMeansParams { max_iter, tol: 0.0, ..KMeansParams::new(k) };
    params.algorithm = match row.peer {
        "bro-ml-lloyd" | "bro-ml-start-lloyd" => Algorithm::Lloyd,
        "bro-ml-hamerly" | "bro-ml-start-hamerly" => Algorithm::Hamerly,
        _ => Algorithm::Auto,
    };
    if !row.peer.starts_with("bro-ml-start") {
        let start = npy::matrix(&format!("data/init_{}_{}x{}_k{k}.npy", row.kind, row.n, row.d))?;
        params.init = Init::Centers(start);
    }
    let (figures, model) = measure(n_runs, || params.fit(&x))?;
    Ok((figures, quality(&model)))
}

fn quality(model: &KMeans) -> Value {
    json!({"inertia": model.inertia(), "n_iter": model.n_iter()})
}
