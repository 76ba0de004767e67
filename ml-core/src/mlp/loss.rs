//! From the sums of the last layer to probabilities, the log loss, and its gradient.
//!
//! Two classes share one logistic output, more have a softmax output each. In both cases the gradient of the log loss
//! with respect to the sums is probability − target. Losses are clipped as scikit-learn clips probabilities, to
//! `[ε, 1 − ε]`, so that a sample that is certain and wrong costs 36 and not infinity. They are computed from the sums,
//! so no digits are lost in 1 − p as p comes close to 1.

use super::matrix::Matrix;
use super::real::Real;

/// The greatest loss of a sample: `−ln ε`.
const MAX_LOSS: f64 = 36.043_653_389_117_15;

/// The least loss of a sample: `−ln(1 − ε)`.
const MIN_LOSS: f64 = f64::EPSILON;

/// Factors of a product of numbers up to 2 that cannot overflow.
const PRODUCT_ROWS: usize = 512;

/// Class of each sample of a batch, and its weight.
#[derive(Debug, Default)]
pub(super) struct Targets {
    pub(super) classes: Vec<usize>,
    /// Empty if all samples count the same.
    pub(super) weights: Vec<f64>,
}

impl Targets {
    /// The sum of the weights.
    pub(super) fn total_weight(&self) -> f64 {
        if self.weights.is_empty() { self.classes.len() as f64 } else { self.weights.iter().sum() }
    }
}

/// Turns sums into gradients in place and returns the weighted sum of the losses.
pub(super) fn loss_and_deltas(outputs: &mut Matrix<f64>, targets: &Targets) -> f64 {
    let (n_rows, stride) = (targets.classes.len(), outputs.stride());
    let is_binary = outputs.n_cols() == 1;
    let n_cols = outputs.n_cols();
    let rows = outputs.rows_mut(n_rows);
    match (is_binary, targets.weights.is_empty()) {
        (true, true) => binary_loss(rows, stride, &targets.classes),
        (true, false) => weighted(rows, stride, targets, |row, class| binary_sample(&mut row[0], class)),
        (false, true) => rows
            .chunks_exact_mut(stride)
            .zip(&targets.classes)
            .map(|(row, &class)| softmax_sample(&mut row[..n_cols], class))
            .sum(),
        (false, false) => {
            weighted(rows, stride, targets, |row, class| softmax_sample(&mut row[..n_cols], class))
        }
    }
}

/// Weighted losses; the gradients in `row` are weighted as well.
fn weighted(
    rows: &mut [f64],
    stride: usize,
    targets: &Targets,
    sample: impl Fn(&mut [f64], usize) -> f64,
) -> f64 {
    let samples = targets.classes.iter().zip(&targets.weights);
    let mut total = 0.0;
    for (row, (&class, &weight)) in rows.chunks_exact_mut(stride).zip(samples) {
        total += weight * sample(row, class);
        row.iter_mut().for_each(|delta| *delta *= weight);
    }
    total
}

/// All losses of a batch with one logarithm for many samples: `Σ ln(1 + e) = ln Π(1 + e)`.
fn binary_loss(rows: &mut [f64], stride: usize, classes: &[usize]) -> f64 {
    let mut total = 0.0;
    for (rows, classes) in rows.chunks_mut(PRODUCT_ROWS * stride).zip(classes.chunks(PRODUCT_ROWS)) {
        let mut product = 1.0;
        for (row, &class) in rows.chunks_exact_mut(stride).zip(classes) {
            let margin = if class == 1 { row[0] } else { -row[0] };
            // Beyond ±36 the logarithm of 1 + e adds nothing that a double can hold.
            if margin.abs() < 36.0 {
                let e = (-margin.abs()).exp();
                product *= 1.0 + e;
                total += (-margin).max(0.0);
                row[0] = probability(row[0], e) - class as f64;
            } else {
                total += binary_sample(&mut row[0], class);
            }
        }
        total += product.ln();
    }
    total
}

/// Loss of one sample of two classes; `z` becomes its gradient.
fn binary_sample(z: &mut f64, class: usize) -> f64 {
    let margin = if class == 1 { *z } else { -*z };
    let e = (-margin.abs()).exp();
    *z = probability(*z, e) - class as f64;
    clip((-margin).max(0.0) + e.ln_1p())
}

/// The logistic function of `z`, from `e = exp(−|z|)`.
fn probability(z: f64, e: f64) -> f64 {
    (if z >= 0.0 { 1.0 } else { e }) / (1.0 + e)
}

/// Loss of one sample of many classes; the sums become gradients.
fn softmax_sample(row: &mut [f64], class: usize) -> f64 {
    softmax(row);
    let loss = clip(-row[class].ln());
    row[class] -= 1.0;
    loss
}

/// A loss within the limits; one that is not a number stays so.
fn clip(loss: f64) -> f64 {
    loss.clamp(MIN_LOSS, MAX_LOSS)
}

/// Sums to probabilities: `exp(z) / Σ exp(z)`, without overflow.
fn softmax(row: &mut [f64]) {
    let max = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    row.iter_mut().for_each(|value| *value = (*value - max).exp());
    let sum: f64 = row.iter().sum();
    row.iter_mut().for_each(|value| *value /= sum);
}

/// Probabilities of all classes from the sums of one sample, divided by `temperature`.
pub(super) fn probabilities<T: Real>(sums: &[T], temperature: f64, out: &mut [f64]) {
    if let [z] = *sums {
        out[1] = f64::logistic(z.to_f64() / temperature);
        out[0] = 1.0 - out[1];
        return;
    }
    for (out, &sum) in out.iter_mut().zip(sums) {
        *out = sum.to_f64() / temperature;
    }
    softmax(out);
}
