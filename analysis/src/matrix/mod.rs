//! The features themselves, for other programs.

mod columns;
mod params;
mod passes;

pub use columns::FeatureColumn;
pub use params::MatrixParams;
pub use passes::{FeatureMatrix, FeatureRows};
