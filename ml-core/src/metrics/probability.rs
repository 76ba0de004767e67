//! Probabilities against what happened.

use ndarray::{ArrayRef1, ArrayRef2};

use super::check_lengths;
use crate::Error;
use crate::input::{check_finite, check_finite_1d};

/// Mean of `−ln` of the probability given to the true class.
///
/// `y_true` holds column indices of `proba`, shape `(n_samples, n_classes)`. Probabilities are clipped to
/// `[ε, 1 − ε]`, ε being 2.2e-16.
///
/// # Errors
/// [`Error::Length`] if the lengths differ, [`Error::NSamples`] if they are 0, [`Error::Label`] for an index beyond the
/// columns, [`Error::NonFinite`] for NaN or infinity.
pub fn log_loss(y_true: &ArrayRef1<usize>, proba: &ArrayRef2<f64>) -> Result<f64, Error> {
    check_lengths("proba", proba.nrows(), y_true.len())?;
    check_finite(proba)?;
    let mut total = 0.0;
    for (row, (&label, proba)) in y_true.iter().zip(proba.rows()).enumerate() {
        let probability = proba.get(label).ok_or(Error::Label { row, label })?;
        total -= probability.clamp(f64::EPSILON, 1.0 - f64::EPSILON).ln();
    }
    Ok(total / y_true.len() as f64)
}

/// Expected calibration error: the mean distance between probability and frequency, over `n_bins` bins of equal width,
/// weighted by their samples. 0 is perfect; 0.1 means that probabilities are wrong by 10 points on average.
///
/// `probability` is that of being true, in `[0, 1]`; a bin includes its upper edge.
///
/// # Errors
/// [`Error::Length`] if the lengths differ, [`Error::NSamples`] if they are 0, [`Error::NonFinite`] for NaN or
/// infinity, [`Error::Parameter`] for no bins or a number outside `[0, 1]`.
///
/// # References
/// Naeini, Cooper & Hauskrecht, "Obtaining well calibrated probabilities using Bayesian binning", AAAI 2015. Guo,
/// Pleiss, Sun & Weinberger, "On calibration of modern neural networks", ICML 2017.
pub fn calibration_error(
    y_true: &ArrayRef1<bool>,
    probability: &ArrayRef1<f64>,
    n_bins: usize,
) -> Result<f64, Error> {
    check_lengths("probability", probability.len(), y_true.len())?;
    check_finite_1d(probability)?;
    if n_bins == 0 {
        return Err(Error::Parameter { name: "n_bins", value: 0.0, expected: "at least 1" });
    }
    if let Some(&value) = probability.iter().find(|value| !(0.0..=1.0).contains(*value)) {
        return Err(Error::Parameter { name: "probability", value, expected: "a number from 0 to 1" });
    }
    // Excess of probability over truth in each bin: its size is |sum|, its weight is the number of its samples.
    let mut excess = vec![0.0; n_bins];
    for (&is_true, &probability) in y_true.iter().zip(probability) {
        excess[bin(probability, n_bins)] += probability - f64::from(u8::from(is_true));
    }
    Ok(excess.iter().map(|sum: &f64| sum.abs()).sum::<f64>() / y_true.len() as f64)
}

/// Bin of a probability; the first includes 0.
fn bin(probability: f64, n_bins: usize) -> usize {
    ((probability * n_bins as f64).ceil() as usize).saturating_sub(1).min(n_bins - 1)
}
