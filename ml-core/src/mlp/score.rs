//! The score that early stopping and permutation importance look at.

use ndarray::{Array1, Array2, ArrayRef2, ArrayView1};

use super::params::ValidationMetric;
use super::{Mlp, argmax};
use crate::{Error, metrics};

impl Mlp {
    /// How well the model tells the classes, given as indices, of the rows of `x`; greater is better.
    pub(super) fn score(
        &self,
        metric: ValidationMetric,
        x: &ArrayRef2<f64>,
        classes: &[usize],
    ) -> Result<f64, Error> {
        let y = ArrayView1::from(classes);
        match metric {
            ValidationMetric::Accuracy => {
                let predicted = self.map_rows(x, 1, |sums, out| out[0] = argmax(sums))?;
                metrics::accuracy(&y, &predicted.column(0))
            }
            ValidationMetric::LogLoss => Ok(-metrics::log_loss(&y, &self.predict_proba(x)?)?),
            ValidationMetric::AveragePrecision => average_precision(classes, &self.predict_proba(x)?),
        }
    }
}

/// Of the second of two classes, or the mean over each of many.
fn average_precision(classes: &[usize], proba: &Array2<f64>) -> Result<f64, Error> {
    let positive = if proba.ncols() == 2 { 1..2 } else { 0..proba.ncols() };
    let n_positive = positive.len() as f64;
    let score = |class: usize| {
        let is_class = classes.iter().map(|&other| other == class).collect::<Array1<bool>>();
        metrics::average_precision(&is_class, &proba.column(class))
    };
    Ok(positive.map(score).sum::<Result<f64, _>>()? / n_positive)
}
