//! Scores against what is true: are the positives ranked first?

use ndarray::ArrayRef1;

use super::check_lengths;
use crate::Error;
use crate::input::check_finite_1d;

/// Area under the ROC curve: the probability that a random positive scores above a random negative, ties counting half.
///
/// Time O(n log n).
///
/// # Errors
/// [`Error::Length`] if the lengths differ, [`Error::NSamples`] if they are 0, [`Error::NonFinite`] for a score that is
/// no number, [`Error::NClasses`] unless there are positives and negatives.
pub fn roc_auc(y_true: &ArrayRef1<bool>, score: &ArrayRef1<f64>) -> Result<f64, Error> {
    let steps = steps(y_true, score)?;
    let (n_positive, n_negative) = totals(&steps);
    if n_positive == 0 || n_negative == 0 {
        return Err(Error::NClasses { found: 1 });
    }
    // Trapezoids in units of pairs, doubled to stay whole numbers.
    let mut above = 0_u128;
    let mut doubled = 0_u128;
    for step in &steps {
        doubled += step.n_negative as u128 * (2 * above + step.n_positive as u128);
        above += step.n_positive as u128;
    }
    Ok(doubled as f64 / (2.0 * n_positive as f64 * n_negative as f64))
}

/// Average precision, the area under the precision-recall curve by steps: the mean, over the positives, of the
/// precision among all samples that score at least as high. 0 without positives.
///
/// Time O(n log n).
///
/// # Errors
/// [`Error::Length`] if the lengths differ, [`Error::NSamples`] if they are 0, [`Error::NonFinite`] for a score that is
/// no number.
pub fn average_precision(y_true: &ArrayRef1<bool>, score: &ArrayRef1<f64>) -> Result<f64, Error> {
    let steps = steps(y_true, score)?;
    let (all_positive, _) = totals(&steps);
    if all_positive == 0 {
        return Ok(0.0);
    }
    let (mut n_positive, mut n_samples) = (0, 0);
    let mut total = 0.0;
    for step in &steps {
        n_positive += step.n_positive;
        n_samples += step.n_positive + step.n_negative;
        total += step.n_positive as f64 * (n_positive as f64 / n_samples as f64);
    }
    Ok(total / all_positive as f64)
}

/// Share of positives among the `k` highest scores. Where equal scores lie on both sides of the cut, the mean over all
/// orders of them.
///
/// Time O(n log n).
///
/// # Errors
/// [`Error::Length`] if the lengths differ, [`Error::NSamples`] if there are fewer than `k` samples,
/// [`Error::Parameter`] if `k` is 0, [`Error::NonFinite`] for a score that is no number.
pub fn precision_at_k(y_true: &ArrayRef1<bool>, score: &ArrayRef1<f64>, k: usize) -> Result<f64, Error> {
    if k == 0 {
        return Err(Error::Parameter { name: "k", value: 0.0, expected: "at least 1" });
    }
    let steps = steps(y_true, score)?;
    let mut room = k;
    let mut n_positive = 0.0;
    for step in &steps {
        let n_samples = step.n_positive + step.n_negative;
        let taken = room.min(n_samples);
        n_positive += step.n_positive as f64 * (taken as f64 / n_samples as f64);
        room -= taken;
    }
    if room > 0 {
        return Err(Error::NSamples { found: y_true.len(), expected: k });
    }
    Ok(n_positive / k as f64)
}

/// Samples of one score.
struct Step {
    n_positive: usize,
    n_negative: usize,
}

/// The distinct scores, highest first.
fn steps(y_true: &ArrayRef1<bool>, score: &ArrayRef1<f64>) -> Result<Vec<Step>, Error> {
    check_lengths("score", score.len(), y_true.len())?;
    check_finite_1d(score)?;
    // Adding zero makes −0 and 0 the same score in the total order as well.
    let mut ranked: Vec<(f64, bool)> =
        score.iter().map(|score| score + 0.0).zip(y_true.iter().copied()).collect();
    ranked.sort_unstable_by(|(a, _), (b, _)| b.total_cmp(a));
    let steps = ranked.chunk_by(|(a, _), (b, _)| a == b).map(|equal| {
        let n_positive = equal.iter().filter(|(_, is_positive)| *is_positive).count();
        Step { n_positive, n_negative: equal.len() - n_positive }
    });
    Ok(steps.collect())
}

fn totals(steps: &[Step]) -> (usize, usize) {
    steps
        .iter()
        .fold((0, 0), |(positive, negative), step| (positive + step.n_positive, negative + step.n_negative))
}
