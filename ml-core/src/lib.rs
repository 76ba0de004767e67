//! k-means, DBSCAN, PCA and a multi-layer perceptron on ndarray and rayon.

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
    Activation, BatchSize, ClassWeight, Initialization, LearningRate, Mlp, MlpParams, MlpProgress, MlpSingle,
    PermutationImportance, Solver, TrainingData, ValidationMetric,
};
pub use moments::CoMoments;
pub use pca::{NComponents, Pca, PcaParams, PcaSolver};
pub use scale::StandardScaler;
