//! Settings, and fitting.

use std::ops::ControlFlow;

use ndarray::{Array2, ArrayRef1, ArrayRef2};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::assign::Rows;
use super::lloyd::{Observer, Outcome, Problem, iterate};
use super::{KMeans, inertia, init};
use crate::input::{check_finite, check_shape, check_width, row_major};
use crate::moments::ColumnMoments;
use crate::{Error, simd};

/// How the first centres are chosen.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Init {
    /// Rows far apart: each next one is the best of `2 + ⌊ln k⌋` rows drawn with a chance proportional to their
    /// squared distance from the centres so far (greedy k-means++, as scikit-learn). O(n · k · ln k · d).
    KMeansPlusPlus,
    /// k-means‖: five passes that draw about `2 k` rows each, reduced to `k` by weighted k-means++. Few passes over the
    /// rows even for large `k`. O(n · k · d).
    Parallel,
    /// Different rows, each with a chance proportional to its weight.
    Random,
    /// These centres, shape `(n_clusters, n_features)`; then `n_init` counts as 1.
    Centers(Array2<f64>),
}

/// How rows are assigned. Each way gives the same labels, to the bit; they differ in time and memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Algorithm {
    /// [`Hamerly`](Self::Hamerly), which was the faster one on every matrix measured (2 to 20 columns, 8 to 64 clusters).
    Auto,
    /// All distances in each iteration; 4 bytes a row beside the input.
    Lloyd,
    /// Distances only for rows whose bounds leave a doubt; 12 bytes a row beside the input.
    Hamerly,
}

/// What an observer is told after each iteration.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct KMeansProgress {
    /// Which start, from 1.
    pub start: usize,
    /// How many starts there will be.
    pub n_init: usize,
    /// Iterations of this start so far.
    pub n_iter: usize,
    /// The most iterations that there can be.
    pub max_iter: usize,
    /// Sum over the centres of the squared distance moved in this iteration.
    pub center_shift: f64,
}

/// Settings of k-means.
///
/// ```
/// use bro_ml_core::{Init, KMeansParams};
/// use ndarray::array;
///
/// let init = Init::Centers(array![[0.0, 0.0], [9.0, 9.0]]);
/// let params = KMeansParams { init, max_iter: 10, ..KMeansParams::new(2) };
/// let model = params.fit(&array![[0.0, 1.0], [1.0, 0.0], [8.0, 9.0]])?;
/// assert_eq!(model.labels().to_vec(), [0, 0, 1]);
/// # Ok::<(), bro_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct KMeansParams {
    /// Number of clusters.
    pub n_clusters: usize,
    /// First centres; default [`Init::KMeansPlusPlus`].
    pub init: Init,
    /// Starts of which the one with the lowest inertia is kept; default 1.
    pub n_init: usize,
    /// The most iterations of one start; default 300.
    pub max_iter: usize,
    /// Stop once the squared shifts of the centres sum up to at most this times the mean variance of the columns;
    /// default 1e-4.
    pub tol: f64,
    /// Seed of the starts (`ChaCha8Rng`); default 0.
    pub seed: u64,
    /// Default [`Algorithm::Auto`].
    pub algorithm: Algorithm,
}

impl KMeansParams {
    /// Defaults for this number of clusters.
    #[must_use]
    pub fn new(n_clusters: usize) -> Self {
        Self {
            n_clusters,
            init: Init::KMeansPlusPlus,
            n_init: 1,
            max_iter: 300,
            tol: 1e-4,
            seed: 0,
            algorithm: Algorithm::Auto,
        }
    }

    /// Groups the rows of `x`, shape `(n_samples, n_features)`, around `n_clusters` means.
    ///
    /// Lloyd's algorithm: assign each row to the nearest centre (the lowest of several), move each centre to the mean
    /// of its rows, until no label changes, the centres rest within `tol`, or `max_iter`. An empty cluster takes the row
    /// farthest from its centre, as in scikit-learn. Finds a local optimum; columns in different units dominate one
    /// another, so scale them first.
    ///
    /// Time O(n_init · n_iter · n_samples · n_clusters · n_features) at most; memory beside the input at most 24 bytes a
    /// row. `x` is not copied if it is row-major. Same bits on any number of threads; the same labels with any
    /// [`Algorithm`] and instruction set.
    ///
    /// # Errors
    /// [`Error::NClusters`] if `n_clusters` is 0 or more than `n_samples`; [`Error::NFeatures`] without columns, or
    /// [`Error::NFeatures`] and [`Error::Length`] for given centres of another shape; [`Error::NonFinite`] for NaN or
    /// infinity; [`Error::Magnitude`] for values whose squares overflow and [`Error::Spread`] for values so close to one
    /// another that all squares vanish; [`Error::Parameter`] for `n_init` or `max_iter` of 0 and a negative `tol`.
    ///
    /// # References
    /// Lloyd, "Least squares quantization in PCM", 1982. Arthur & Vassilvitskii, "k-means++: the advantages of careful
    /// seeding", SODA 2007. Bahmani et al., "Scalable k-means++", VLDB 2012. Hamerly, "Making k-means even faster",
    /// SDM 2010.
    pub fn fit(&self, x: &ArrayRef2<f64>) -> Result<KMeans, Error> {
        self.fit_observed(x, None, &mut |_| ControlFlow::Continue(()))
    }

    /// As [`fit`](Self::fit), where each row counts as often as its weight says, shape `(n_samples,)`.
    ///
    /// # Errors
    /// As [`fit`](Self::fit); also [`Error::Length`] unless there is one weight for each row, [`Error::NonFinite`] for
    /// a weight that is not finite, and [`Error::Parameter`] for a negative one or if all are 0.
    pub fn fit_weighted(&self, x: &ArrayRef2<f64>, sample_weight: &ArrayRef1<f64>) -> Result<KMeans, Error> {
        self.fit_observed(x, Some(sample_weight), &mut |_| ControlFlow::Continue(()))
    }

    /// As [`fit`](Self::fit) or [`fit_weighted`](Self::fit_weighted), calling `observer` after each iteration.
    ///
    /// # Errors
    /// As those; also [`Error::Cancelled`] once the observer answers [`ControlFlow::Break`].
    pub fn fit_observed(
        &self,
        x: &ArrayRef2<f64>,
        sample_weight: Option<&ArrayRef1<f64>>,
        observer: &mut dyn FnMut(KMeansProgress) -> ControlFlow<()>,
    ) -> Result<KMeans, Error> {
        self.check(x)?;
        let weights = sample_weight.map(|weights| checked_weights(weights, x.nrows())).transpose()?;
        let moments = ColumnMoments::of(x)?;
        moments.check_spread(x)?;
        let rows = row_major(x);
        let rows =
            Rows { values: rows.as_slice().expect("row-major without gaps"), weights: weights.as_deref() };
        let problem = Problem {
            rows,
            n_rows: x.nrows(),
            origin: &moments.mean,
            max_iter: self.max_iter,
            tol: self.tol * moments.var().mean().unwrap_or(0.0),
            with_bounds: self.algorithm != Algorithm::Lloyd,
            set: simd::in_use(),
        };
        self.best_of_starts(&problem, observer)
    }

    fn best_of_starts(&self, problem: &Problem<'_>, observer: &mut Observer<'_>) -> Result<KMeans, Error> {
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        let n_init = if matches!(self.init, Init::Centers(_)) { 1 } else { self.n_init };
        let mut best: Option<(f64, Outcome)> = None;
        for start in 1..=n_init {
            let centers =
                init::centers(&self.init, self.n_clusters, problem.rows, problem.origin.len(), &mut rng);
            let progress = KMeansProgress {
                start,
                n_init,
                n_iter: 0,
                max_iter: self.max_iter,
                center_shift: f64::INFINITY,
            };
            let outcome = iterate(problem, centers, progress, observer)?;
            let Rows { values, weights } = problem.rows;
            let inertia = inertia(values, &outcome.labels, &outcome.centers, weights);
            if best.as_ref().is_none_or(|(lowest, _)| inertia < *lowest) {
                best = Some((inertia, outcome));
            }
        }
        let (inertia, Outcome { centers, labels, n_iter }) = best.expect("n_init is at least 1");
        let labels = labels.into_iter().map(|label| label as usize).collect();
        Ok(KMeans { cluster_centers: centers, labels, inertia, n_iter })
    }

    pub(super) fn check(&self, x: &ArrayRef2<f64>) -> Result<(), Error> {
        let n_samples = x.nrows();
        if self.n_clusters == 0 || self.n_clusters > n_samples {
            return Err(Error::NClusters { n_clusters: self.n_clusters, n_samples });
        }
        check_shape(x, 1)?;
        for (name, value) in [("n_init", self.n_init), ("max_iter", self.max_iter)] {
            if value == 0 {
                return Err(Error::Parameter { name, value: 0.0, expected: "at least 1" });
            }
        }
        if self.tol.is_nan() || self.tol < 0.0 {
            return Err(Error::Parameter { name: "tol", value: self.tol, expected: "a number from 0" });
        }
        let Init::Centers(centers) = &self.init else { return Ok(()) };
        if centers.nrows() != self.n_clusters {
            return Err(Error::Length { name: "init", found: centers.nrows(), expected: self.n_clusters });
        }
        check_width(centers, x.ncols())?;
        check_finite(centers)
    }
}

/// The weights as a vector, or what is wrong with them.
pub(super) fn checked_weights(weights: &ArrayRef1<f64>, n_samples: usize) -> Result<Vec<f64>, Error> {
    const NAME: &str = "sample_weight";
    if weights.len() != n_samples {
        return Err(Error::Length { name: NAME, found: weights.len(), expected: n_samples });
    }
    crate::input::check_finite_1d(weights)?;
    if let Some(&value) = weights.iter().find(|weight| **weight < 0.0) {
        return Err(Error::Parameter { name: NAME, value, expected: "numbers from 0" });
    }
    if weights.iter().all(|&weight| weight == 0.0) {
        return Err(Error::Parameter { name: NAME, value: 0.0, expected: "at least one above 0" });
    }
    Ok(weights.to_vec())
}
