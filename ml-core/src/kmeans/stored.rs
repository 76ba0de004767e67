//! The stored form of fitted clusters.

use ndarray::{Array1, Array2};

use super::KMeans;
use crate::Error;

/// Raised whenever the fields below change.
const FORMAT_VERSION: u32 = 1;

/// What is written in place of a [`KMeans`].
#[derive(serde::Serialize, serde::Deserialize)]
pub(super) struct Stored {
    format_version: u32,
    cluster_centers: Array2<f64>,
    labels: Array1<usize>,
    inertia: f64,
    n_iter: usize,
}

impl From<KMeans> for Stored {
    fn from(model: KMeans) -> Self {
        let KMeans { cluster_centers, labels, inertia, n_iter } = model;
        Self { format_version: FORMAT_VERSION, cluster_centers, labels, inertia, n_iter }
    }
}

impl TryFrom<Stored> for KMeans {
    type Error = Error;

    fn try_from(stored: Stored) -> Result<Self, Error> {
        let Stored { format_version: found, cluster_centers, labels, inertia, n_iter } = stored;
        if found != FORMAT_VERSION {
            return Err(Error::FormatVersion { model: "KMeans", found, expected: FORMAT_VERSION });
        }
        let n_clusters = cluster_centers.nrows();
        if cluster_centers.is_empty() {
            return Err(Error::Length { name: "cluster_centers", found: 0, expected: 1 });
        }
        if labels.iter().any(|&label| label >= n_clusters) {
            return Err(Error::Parameter {
                name: "labels",
                value: n_clusters as f64,
                expected: "the number of a cluster",
            });
        }
        let cluster_centers = cluster_centers.as_standard_layout().into_owned();
        Ok(Self { cluster_centers, labels, inertia, n_iter })
    }
}
