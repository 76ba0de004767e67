//! The public behaviour of the crate.

#[cfg(test)]
mod golden_dbscan;
#[cfg(test)]
mod golden_kmeans;
#[cfg(test)]
mod golden_pca;
#[cfg(feature = "serde")]
mod stored;
