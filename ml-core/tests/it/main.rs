//! The public behaviour of the crate.

mod golden_dbscan;
mod golden_kmeans;
mod golden_pca;
