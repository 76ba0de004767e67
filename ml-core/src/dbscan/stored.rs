//! The stored form of a fitted model.

use super::Dbscan;
use crate::Error;

/// Raised whenever the fields below change.
const FORMAT_VERSION: u32 = 1;

/// What is written in place of a [`Dbscan`].
#[derive(serde::Serialize, serde::Deserialize)]
pub(super) struct Stored {
    format_version: u32,
    labels: Vec<Option<u32>>,
    core_sample_indices: Vec<usize>,
}

impl From<Dbscan> for Stored {
    fn from(model: Dbscan) -> Self {
        let Dbscan { labels, core_sample_indices, .. } = model;
        Self { format_version: FORMAT_VERSION, labels, core_sample_indices }
    }
}

impl TryFrom<Stored> for Dbscan {
    type Error = Error;

    fn try_from(stored: Stored) -> Result<Self, Error> {
        let Stored { format_version: found, labels, core_sample_indices } = stored;
        if found != FORMAT_VERSION {
            return Err(Error::FormatVersion { model: "Dbscan", found, expected: FORMAT_VERSION });
        }
        Ok(Self::new(labels, core_sample_indices))
    }
}
