//! How good predictions and clusterings are, with scikit-learn's names, meanings and values.
//!
//! | question | functions |
//! |---|---|
//! | are the labels right? | [`accuracy`], [`ConfusionMatrix`] with precision, recall and F1 |
//! | are the rare positives ranked first? | [`average_precision`] (PR-AUC), [`roc_auc`], [`precision_at_k`] |
//! | are the probabilities true? | [`log_loss`], [`calibration_error`] |
//! | do two clusterings agree? | [`adjusted_rand_score`], [`stability`] over several |
//! | are the clusters compact and apart? | [`silhouette_score`], [`silhouette_score_sampled`], [`davies_bouldin_score`], [`calinski_harabasz_score`] |
//!
//! With one attack in ten thousand connections, accuracy and ROC-AUC look perfect for detectors that are of no use:
//! look at average precision, and at precision@k for the k alerts that somebody can read in a day (Saito & Rehmsmeier,
//! "The precision-recall plot is more informative than the ROC plot", PLoS ONE 2015).

mod classification;
mod clustering;
mod probability;
mod ranking;
mod stability;
#[cfg(test)]
mod tests;

pub use classification::{ClassScores, ConfusionMatrix, accuracy};
pub use clustering::{
    adjusted_rand_score, calinski_harabasz_score, davies_bouldin_score, silhouette_score,
    silhouette_score_sampled,
};
pub use probability::{calibration_error, log_loss};
pub use ranking::{average_precision, precision_at_k, roc_auc};
pub use stability::{Stability, stability};

use crate::Error;

/// Refuses inputs that should have one value for each sample and do not, and empty ones.
fn check_lengths(name: &'static str, found: usize, expected: usize) -> Result<(), Error> {
    if found != expected {
        return Err(Error::Length { name, found, expected });
    }
    if expected == 0 { Err(Error::NSamples { found: 0, expected: 1 }) } else { Ok(()) }
}
