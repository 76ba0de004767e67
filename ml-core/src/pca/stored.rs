//! The stored form of fitted components.

use ndarray::{Array1, Array2};

use super::Pca;
use crate::Error;

/// Raised whenever the fields below change.
const FORMAT_VERSION: u32 = 1;

/// What is written in place of a [`Pca`].
#[derive(serde::Serialize, serde::Deserialize)]
pub(super) struct Stored {
    format_version: u32,
    components: Array2<f64>,
    explained_variance: Array1<f64>,
    explained_variance_ratio: Array1<f64>,
    mean: Array1<f64>,
    noise_variance: f64,
    n_samples: u64,
    whiten: bool,
}

impl From<Pca> for Stored {
    fn from(model: Pca) -> Self {
        let Pca {
            components,
            explained_variance,
            explained_variance_ratio,
            mean,
            noise_variance,
            n_samples,
            whiten,
        } = model;
        Self {
            format_version: FORMAT_VERSION,
            components,
            explained_variance,
            explained_variance_ratio,
            mean,
            noise_variance,
            n_samples,
            whiten,
        }
    }
}

impl TryFrom<Stored> for Pca {
    type Error = Error;

    fn try_from(stored: Stored) -> Result<Self, Error> {
        let Stored {
            format_version: found,
            components,
            explained_variance,
            explained_variance_ratio,
            mean,
            noise_variance,
            n_samples,
            whiten,
        } = stored;
        if found != FORMAT_VERSION {
            return Err(Error::FormatVersion { model: "Pca", found, expected: FORMAT_VERSION });
        }
        let (n_components, n_features) = components.dim();
        for (name, found) in [
            ("explained_variance", explained_variance.len()),
            ("explained_variance_ratio", explained_variance_ratio.len()),
        ] {
            if found != n_components {
                return Err(Error::Length { name, found, expected: n_components });
            }
        }
        if mean.len() != n_features {
            return Err(Error::Length { name: "mean", found: mean.len(), expected: n_features });
        }
        let components = components.as_standard_layout().into_owned();
        Ok(Self {
            components,
            explained_variance,
            explained_variance_ratio,
            mean,
            noise_variance,
            n_samples,
            whiten,
        })
    }
}
