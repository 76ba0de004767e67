//! The public behaviour of the crate.

#[cfg(test)]
mod golden_dbscan;
mod golden_kmeans;
mod golden_pca;
