//! Twenty epochs of the classifier, and its predictions for a million rows.

use std::error::Error;

use bro_ml_core::{BatchSize, Mlp, MlpParams, metrics};
use ndarray::{Array1, Array2, concatenate};
use serde_json::{Map, Value, json};

use super::{Outcome, Row, npy};
use crate::measure::measure;

pub(super) fn rows() -> Vec<Row> {
    let row = |peer, mode, run| Row {
        task: "mlp",
        peer,
        kind: "conn",
        n: 20_000,
        d: 20,
        params: json!({"hidden": 100, "batch": 200, "epochs": 20, "mode": mode, "warm": true}),
        run,
    };
    vec![
        row("bro-ml", "train", train),
        row("bro-ml", "predict", predict),
        row("bro-ml-single", "predict", predict_single),
    ]
}

/// Copies of the rows that predictions are made for.
const N_COPIES: usize = 50;

fn train(row: &Row, n_runs: usize) -> Outcome {
    let (x, y) = samples(row)?;
    let (figures, mlp) = measure(n_runs, || params(20).fit(&x, &y))?;
    let accuracy = metrics::accuracy(&y, &mlp.predict(&x)?)?;
    Ok((figures, json!({"loss": mlp.loss_curve().last(), "acc": accuracy})))
}

fn predict(row: &Row, n_runs: usize) -> Outcome {
    let (x, y) = samples(row)?;
    let mlp = params(3).fit(&x, &y)?;
    let many = copies(&x)?;
    let (figures, labels) = measure(n_runs, || mlp.predict(&many))?;
    quality(&labels, &y, figures)
}

fn predict_single(row: &Row, n_runs: usize) -> Outcome {
    let (x, y) = samples(row)?;
    let single = Mlp::to_single(&params(3).fit(&x, &y)?);
    let many = copies(&x)?.mapv(|value| value as f32);
    let (figures, labels) = measure(n_runs, || single.predict(&many))?;
    quality(&labels, &y, figures)
}

fn params(max_iter: usize) -> MlpParams {
    let batch_size = BatchSize::Count(200);
    MlpParams { batch_size, max_iter, tol: 0.0, n_iter_no_change: usize::MAX, seed: 1, ..MlpParams::new() }
}

fn samples(row: &Row) -> Result<(Array2<f64>, Array1<usize>), Box<dyn Error>> {
    Ok((row.matrix()?, npy::labels("data/mlp_y_20000.npy")?))
}

fn copies(x: &Array2<f64>) -> Result<Array2<f64>, Box<dyn Error>> {
    Ok(concatenate(ndarray::Axis(0), &[x.view(); N_COPIES])?)
}

fn quality(labels: &Array1<usize>, y: &Array1<usize>, figures: Map<String, Value>) -> Outcome {
    let first = labels.iter().copied().take(y.len()).collect::<Array1<usize>>();
    Ok((figures, json!({"rows": labels.len(), "acc": metrics::accuracy(y, &first)?})))
}
