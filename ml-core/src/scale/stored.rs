//! The stored form of a fitted scaler.

use ndarray::Array1;

use super::StandardScaler;
use crate::Error;

/// Raised whenever the fields below change.
const FORMAT_VERSION: u32 = 1;

/// What is written in place of a [`StandardScaler`].
#[derive(serde::Serialize, serde::Deserialize)]
pub(super) struct Stored {
    format_version: u32,
    n_samples_seen: u64,
    mean: Array1<f64>,
    var: Array1<f64>,
    scale: Array1<f64>,
}

impl From<StandardScaler> for Stored {
    fn from(model: StandardScaler) -> Self {
        let StandardScaler { n_samples_seen, mean, var, scale } = model;
        Self { format_version: FORMAT_VERSION, n_samples_seen, mean, var, scale }
    }
}

impl TryFrom<Stored> for StandardScaler {
    type Error = Error;

    fn try_from(stored: Stored) -> Result<Self, Error> {
        let Stored { format_version: found, n_samples_seen, mean, var, scale } = stored;
        if found != FORMAT_VERSION {
            return Err(Error::FormatVersion { model: "StandardScaler", found, expected: FORMAT_VERSION });
        }
        let n_features = mean.len();
        for (name, found) in [("var", var.len()), ("scale", scale.len())] {
            if found != n_features {
                return Err(Error::Length { name, found, expected: n_features });
            }
        }
        Ok(Self { n_samples_seen, mean, var, scale })
    }
}
