//! The sessions that fit in nowhere: k-means on two principal components, and who stands in the smallest clusters.

mod found;
mod model;
mod params;
mod passes;
mod quality;

pub use found::{Cluster, Loading, Outlier, Outliers};
pub use params::OutliersParams;
pub use passes::outliers;
pub use quality::{ClusterNumber, ClusterQuality};
