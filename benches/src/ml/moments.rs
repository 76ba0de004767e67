//! Principal components, correlations and the standard scaler.

use bro_ml_core::{CoMoments, NComponents, PcaParams, StandardScaler};
use serde_json::json;

use super::{Outcome, Row};
use crate::measure::measure;

pub(super) fn rows() -> Vec<Row> {
    let row = |task, peer, params, run| Row { task, peer, kind: "conn", n: 1_000_000, d: 20, params, run };
    vec![
        row("pca", "bro-ml", json!({"k": 2}), pca),
        row("corr", "bro-ml", json!({}), correlation),
        row("scaler", "bro-ml", json!({}), scaler),
        row("scaler", "bro-ml-in-place", json!({}), scaler_in_place),
    ]
}

fn pca(row: &Row, n_runs: usize) -> Outcome {
    let x = row.matrix()?;
    let params = PcaParams { n_components: NComponents::Count(2), ..PcaParams::new() };
    params.fit(&x)?;
    let (figures, pca) = measure(n_runs, || {
        let pca = params.fit(&x)?;
        let projected = pca.transform(&x)?;
        Ok::<_, bro_ml_core::Error>((projected, pca))
    })?;
    Ok((figures, json!({"ev": pca.1.explained_variance().to_vec()})))
}

fn correlation(row: &Row, n_runs: usize) -> Outcome {
    let x = row.matrix()?;
    let (figures, moments) = measure(n_runs, || CoMoments::of(&x))?;
    Ok((figures, json!({"c12": moments.correlation()[[1, 2]]})))
}

fn scaler(row: &Row, n_runs: usize) -> Outcome {
    let x = row.matrix()?;
    let (figures, (_, scaled)) = measure(n_runs, || StandardScaler::fit_transform(&x))?;
    Ok((figures, json!({"std0": scaled.column(0).std(0.0)})))
}

fn scaler_in_place(row: &Row, n_runs: usize) -> Outcome {
    let mut x = row.matrix()?;
    let (figures, _) = measure(n_runs, || StandardScaler::fit_transform_in_place(&mut x))?;
    Ok((figures, json!({"std0": x.column(0).std(0.0)})))
}
