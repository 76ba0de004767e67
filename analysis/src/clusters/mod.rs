//! What the traffic is made of: DBSCAN on standardized features, each cluster in a sentence, the noise apart.

mod character;
mod found;
mod params;
mod passes;

pub use found::{Characterized, Clusters, NoiseSession, Plane};
pub use params::ClustersParams;
pub use passes::clusters;
