//! The stored form of co-moments.

use ndarray::{Array1, Array2};

use super::CoMoments;
use crate::Error;

/// Raised whenever the fields below change.
const FORMAT_VERSION: u32 = 1;

/// What is written in place of a [`CoMoments`].
#[derive(serde::Serialize, serde::Deserialize)]
pub(super) struct Stored {
    format_version: u32,
    n: u64,
    mean: Array1<f64>,
    co: Array2<f64>,
}

impl From<CoMoments> for Stored {
    fn from(model: CoMoments) -> Self {
        let CoMoments { n, mean, co } = model;
        Self { format_version: FORMAT_VERSION, n, mean, co }
    }
}

impl TryFrom<Stored> for CoMoments {
    type Error = Error;

    fn try_from(stored: Stored) -> Result<Self, Error> {
        let Stored { format_version: found, n, mean, co } = stored;
        if found != FORMAT_VERSION {
            return Err(Error::FormatVersion { model: "CoMoments", found, expected: FORMAT_VERSION });
        }
        let n_features = mean.len();
        if co.dim() != (n_features, n_features) {
            return Err(Error::Length { name: "co", found: co.len(), expected: n_features * n_features });
        }
        Ok(Self { n, mean, co })
    }
}
