//! Columns bent to a more even shape, with scikit-learn's names and meanings.

mod log1p;
mod quantile;
mod yeo_johnson;

pub use log1p::Log1p;
pub use quantile::{OutputDistribution, QuantileTransformer, QuantileTransformerParams};
pub use yeo_johnson::{PowerTransformer, PowerTransformerParams};
