//! k-means, DBSCAN, PCA and a multi-layer perceptron on ndarray and rayon.
//!
//! # Features
//! - `serde`: parameters and fitted models can be stored; a model of another format version is refused.
//! - `lapack`: eigenvectors and singular values by LAPACK, which is faster from about a hundred columns on; results agree
//!   to 1e-10 with those of the solvers written here. The program says which LAPACK: `openblas-system` links the system's
//!   OpenBLAS, any other is a feature of `ndarray-linalg` in the program's own dependencies.

mod dbscan;
mod error;
mod input;
mod kmeans;
mod linalg;
pub mod metrics;
mod mlp;
mod moments;
mod parallel;
mod pca;
mod scale;
pub mod simd;
pub mod split;

pub use dbscan::{Dbscan, DbscanParams, DbscanProgress, DbscanStep, KDistanceParams, KDistances};
pub use error::Error;
pub use kmeans::{Algorithm, Init, KMeans, KMeansParams, KMeansProgress, MiniBatchKMeansParams};
pub use mlp::{
    Activation, BatchSize, ClassWeight, Initialization, LearningRate, Mlp, MlpLayers, MlpParams, MlpProgress,
    MlpSingle, PermutationImportance, Solver, TrainingData, ValidationMetric,
};
pub use moments::CoMoments;
pub use pca::{NComponents, Pca, PcaParams, PcaSolver};
pub use scale::StandardScaler;

/// The snippets of the book's page about this crate.
#[cfg(doctest)]
#[doc = include_str!("../../docs/src/rust-ml-core.md")]
mod book {}
