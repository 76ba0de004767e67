//! k-means, DBSCAN, PCA and a multi-layer perceptron on ndarray and rayon.
#![expect(dead_code, reason = "the estimators that use the shared parts arrive one by one")]

mod dbscan;
mod error;
mod input;
mod parallel;

pub use dbscan::{Dbscan, DbscanParams, KDistanceParams, KDistances};
pub use error::Error;
