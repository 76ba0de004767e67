//! k-means, DBSCAN, PCA and a multi-layer perceptron on ndarray and rayon.
//!
//! ```
//! use bro_ml_core::{KMeansParams, StandardScaler, metrics};
//! use ndarray::Array2;
//!
//! let x = Array2::from_shape_fn((300, 2), |(row, column)| (row % 3 * 40 + (row * (column + 5)) % 7) as f64);
//! let (_, scaled) = StandardScaler::fit_transform(&x)?;
//! let model = KMeansParams { n_init: 4, seed: 7, ..KMeansParams::new(3) }.fit(&scaled)?;
//! assert!(metrics::silhouette_score(&scaled, &model.labels().to_vec())? > 0.8);
//! # Ok::<(), bro_ml_core::Error>(())
//! ```
//!
//! Parameters are a plain struct with scikit-learn's names, meanings and defaults; `fit` checks them and the data first and
//! gives a model; the model predicts or transforms. Matrices are `(n_samples, n_features)` in `f64`.
//!
//! # Estimators
//! With `n` samples, `d` features, `k` clusters or components, `w` weights of a network, `i` iterations or epochs. Memory
//! is what comes beside the input and the result.
//!
//! | | algorithm | time | memory | limits |
//! |---|---|---|---|---|
//! | [`KMeans`] | Lloyd with Hamerly's bounds; greedy k-means++, k-means‖, random or given starts | O(i·n·k·d) at most | 24 bytes a sample at most | a local optimum; round groups of like size |
//! | [`MiniBatchKMeansParams`] | Sculley's steps with reassignment | O(i·batch·k·d), one pass at the end | 4 bytes a sample | a little worse than all rows |
//! | [`Dbscan`] | cells and union-find up to 3 features, a kd-tree and dual-tree joins beyond | about O(n log n) in few features, O(n²) at worst | 70 bytes a sample at d ≤ 3, `8·d + 45` beyond | one density for all clusters; at most 2³¹ − 2 samples |
//! | [`Pca`] | co-moments and a symmetric eigensolver; full SVD; randomized | O(n·d² + d³) | O(d²) | linear; the covariance loses variances below ε times the largest |
//! | [`Mlp`] | backpropagation with Adam or SGD, early stopping | O(i·n·w) | O(w + batch · neurons) | needs scaled features and labels |
//! | [`StandardScaler`], [`CoMoments`] | pairwise merged deviations in one pass | O(n·d), O(n·d²) | O(d), O(d²) | squares must fit `f64` |
//!
//! DBSCAN is exact: its labels are those of the definition, ties at `eps` and border samples included. So is Hamerly's
//! method: its labels are those of all distances. Nothing here is approximate unless it says so: k-means‖ and mini-batches,
//! [`PcaSolver::Randomized`], [`MlpSingle`] (with a bound) and [`metrics::silhouette_score_sampled`].
//!
//! # What can be relied on
//! - **The same bits on any number of threads.** Samples are taken in chunks of fixed size whose results are merged in
//!   order; everything random comes from `seed` through ChaCha8. Another instruction set ([`simd`]) may change last bits.
//! - **NaN, infinities, wrong shapes and values that cannot be squared are errors**, which name row and column.
//! - **Equal to scikit-learn 1.9.1** from the same starts on the stored examples of `tests/data`: labels, inertia, centres
//!   after each mini-batch, components, loss curves, metrics. Each kernel also equals a naive twin in the tests.
//! - **As fast as was measured**: `benches/record` of the repository has each kernel beside its rivals on the same
//!   matrices, with what limits it. Vector instructions are chosen while the program runs (AVX-512, AVX2, portable).
//!
//! # Papers
//! Lloyd, "Least squares quantization in PCM", 1982. Arthur & Vassilvitskii, "k-means++: the advantages of careful seeding",
//! SODA 2007. Bahmani et al., "Scalable k-means++", VLDB 2012. Hamerly, "Making k-means even faster", SDM 2010. Sculley,
//! "Web-scale k-means clustering", WWW 2010. Ester et al., "A density-based algorithm for discovering clusters", KDD 1996.
//! Gan & Tao, "DBSCAN revisited", SIGMOD 2015. Halko, Martinsson & Tropp, "Finding structure with randomness", SIAM Review
//! 2011. Chan, Golub & LeVeque, "Updating formulae and a pairwise algorithm for computing sample variances", 1979. Kingma &
//! Ba, "Adam: a method for stochastic optimization", ICLR 2015. Each estimator's page says which it follows, and where
//! it departs.
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
mod output;
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
