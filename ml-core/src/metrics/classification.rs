//! Labels against labels.

use ndarray::{Array2, ArrayRef1, ArrayView2};

use super::check_lengths;
use crate::Error;

/// Share of labels in `y_pred` that equal those in `y_true`.
///
/// # Errors
/// [`Error::Length`] if the lengths differ, [`Error::NSamples`] if they are 0.
pub fn accuracy(y_true: &ArrayRef1<usize>, y_pred: &ArrayRef1<usize>) -> Result<f64, Error> {
    check_lengths("y_pred", y_pred.len(), y_true.len())?;
    let n_equal = y_true.iter().zip(y_pred).filter(|(a, b)| a == b).count();
    Ok(n_equal as f64 / y_true.len() as f64)
}

/// How often each true label was predicted as each other, and the scores that follow from it.
///
/// ```
/// use bro_ml_core::metrics::ConfusionMatrix;
/// use ndarray::array;
///
/// let matrix = ConfusionMatrix::new(&array![0, 0, 1, 1], &array![0, 1, 1, 1])?;
/// assert_eq!(matrix.counts(), array![[1, 1], [0, 2]]);
/// let attack = matrix.scores(1).ok_or("no such label")?;
/// assert_eq!((attack.precision, attack.recall), (2.0 / 3.0, 1.0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfusionMatrix {
    labels: Vec<usize>,
    counts: Array2<usize>,
}

/// Scores of one class, each 0 where nothing defines it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ClassScores {
    /// Share of the predictions of this class that are right.
    pub precision: f64,
    /// Share of the samples of this class that are found.
    pub recall: f64,
    /// Harmonic mean of both.
    pub f1: f64,
    /// Samples of this class.
    pub support: usize,
}

impl ConfusionMatrix {
    /// Counts pairs of labels. Time O(n · log labels).
    ///
    /// # Errors
    /// [`Error::Length`] if the lengths differ, [`Error::NSamples`] if they are 0.
    pub fn new(y_true: &ArrayRef1<usize>, y_pred: &ArrayRef1<usize>) -> Result<Self, Error> {
        check_lengths("y_pred", y_pred.len(), y_true.len())?;
        let mut labels: Vec<usize> = y_true.iter().chain(y_pred).copied().collect();
        labels.sort_unstable();
        labels.dedup();
        let position = |label: &usize| labels.partition_point(|other| other < label);
        let mut counts = Array2::zeros((labels.len(), labels.len()));
        for (label, predicted) in y_true.iter().zip(y_pred) {
            counts[[position(label), position(predicted)]] += 1;
        }
        Ok(Self { labels, counts })
    }

    /// The labels of rows and columns, ascending.
    #[must_use]
    pub fn labels(&self) -> &[usize] {
        &self.labels
    }

    /// Samples by true label (row) and predicted label (column).
    #[must_use]
    pub fn counts(&self) -> ArrayView2<'_, usize> {
        self.counts.view()
    }

    /// Scores of one label; `None` if it was neither present nor predicted.
    #[must_use]
    pub fn scores(&self, label: usize) -> Option<ClassScores> {
        self.labels.binary_search(&label).ok().map(|idx| self.scores_at(idx))
    }

    /// Mean of the scores of all labels, each counting the same.
    #[must_use]
    pub fn macro_average(&self) -> ClassScores {
        self.average(|_| 1.0)
    }

    /// Mean of the scores of all labels, weighted by their support.
    #[must_use]
    pub fn weighted_average(&self) -> ClassScores {
        self.average(|scores| scores.support as f64)
    }

    fn average(&self, weight: impl Fn(&ClassScores) -> f64) -> ClassScores {
        let scores: Vec<ClassScores> = (0..self.labels.len()).map(|idx| self.scores_at(idx)).collect();
        let total: f64 = scores.iter().map(&weight).sum();
        let mean = |value: fn(&ClassScores) -> f64| {
            scores.iter().map(|scores| weight(scores) * value(scores)).sum::<f64>() / total
        };
        ClassScores {
            precision: mean(|scores| scores.precision),
            recall: mean(|scores| scores.recall),
            f1: mean(|scores| scores.f1),
            support: scores.iter().map(|scores| scores.support).sum(),
        }
    }

    fn scores_at(&self, idx: usize) -> ClassScores {
        let hits = self.counts[[idx, idx]];
        let support = self.counts.row(idx).sum();
        let predicted = self.counts.column(idx).sum();
        ClassScores {
            precision: share(hits, predicted),
            recall: share(hits, support),
            f1: share(2 * hits, support + predicted),
            support,
        }
    }
}

/// `part / whole`, and 0 of nothing.
fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}
