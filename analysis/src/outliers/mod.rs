//! The sessions that fit in nowhere: k-means on two principal components, and who stands in the smallest clusters.

mod found;
mod model;
mod params;
mod passes;
mod reason;
mod scatter;

pub use found::{Cluster, Dropped, Loading, Outlier, Outliers, Sample};
pub use params::OutliersParams;
pub use passes::outliers;
pub use scatter::{Density, Point, Scatter};
