//! Density-based clusters: DBSCAN.

mod grid;
mod k_distance;
mod lanes;
mod params;
#[cfg(feature = "serde")]
mod stored;
#[cfg(test)]
mod tests;
mod tree;
mod union_find;
mod watch;

pub use k_distance::{KDistanceParams, KDistances};
pub use params::{DbscanParams, DbscanProgress, DbscanStep};

use crate::Error;
use crate::input::{check_finite, check_finite_1d, check_shape, row_major};
use crate::simd;
use grid::Grid;
use ndarray::{ArrayRef1, ArrayRef2};
use pulp::WithSimd;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use tree::Tree;
use watch::Watch;

/// The label of a row in no cluster, while labels are worked out.
const NOISE: u32 = u32::MAX;
/// The bit that marks the label of a core sample.
const CORE: u32 = 1 << 31;
/// The most rows: their numbers and marked labels fit 32 bits.
const MAX_ROWS: usize = CORE as usize - 1;

/// What the engines look for.
#[derive(Clone, Copy, Debug)]
struct Search {
    eps: f64,
    /// `eps²`: the largest squared distance of neighbours.
    limit: f64,
    min_samples: usize,
}

/// Clusters of rows that lie densely, and the noise between them: the result of [`DbscanParams::fit`].
///
/// Two rows are *neighbours* if they are at most `eps` apart; a row with at least `min_samples` neighbours, itself among
/// them, is a *core sample*. Core samples that are neighbours belong to one cluster, with the neighbours of its core
/// samples, the *border*. All other rows are *noise*. Clusters are numbered by their lowest core sample, and a border row
/// next to several clusters belongs to the first of them: the labels of scikit-learn.
///
/// ```
/// use bro_ml_core::DbscanParams;
/// use ndarray::array;
///
/// // Five rows in a chain, and one apart. The ends of the chain have two neighbours only: they are its border.
/// let x = array![[0.0], [1.0], [2.0], [3.0], [4.0], [9.0]];
/// let model = DbscanParams { min_samples: 3, ..DbscanParams::new(1.0) }.fit(&x)?;
/// assert_eq!(model.labels(), [Some(0), Some(0), Some(0), Some(0), Some(0), None]);
/// assert_eq!(model.core_sample_indices(), [1, 2, 3]);
/// assert_eq!((model.n_clusters(), model.n_noise()), (1, 1));
/// # Ok::<(), bro_ml_core::Error>(())
/// ```
///
/// # How it is computed
/// Exactly, in both cases. Up to three columns: rows are radix-sorted into cells whose diagonal is `eps`, so rows of one
/// cell are neighbours without a look, a cell with `min_samples` rows is core as a whole, and union-find joins cells
/// (Gunawan 2013, de Berg et al. 2017). More columns, sample weights, or a range of values too large for 64-bit cell
/// numbers: a kd-tree of small leaves; counting stops at `min_samples`, and pairs of nodes are skipped when they are out
/// of reach or one cluster already (the dual-tree method of Curtin et al. 2015). Rows that stand many times in one place
/// are one point. Boxes decide only where rounding cannot change the answer, so rows exactly `eps` apart are neighbours
/// whichever way is taken.
///
/// Time is about O(n log n) for clusters and noise in a few columns. As many columns, or an `eps` that reaches most rows
/// without joining them, make boxes useless, it grows to O(n²), which no exact method avoids (Gan & Tao 2015). Memory
/// beside the input is linear, whatever `eps` is: at most 70 bytes a row up to three columns, about `8 · n_features` + 45
/// with more (on a million rows 27 to 55 were measured up to three columns, 107 to 109 with eight).
///
/// # References
/// Ester, Kriegel, Sander & Xu, "A density-based algorithm for discovering clusters in large spatial databases with
/// noise", KDD 1996. Gunawan, "A faster algorithm for DBSCAN", TU Eindhoven 2013. de Berg, Gunawan & Roeloffzen, "Faster
/// DBSCAN and HDBSCAN in low-dimensional Euclidean spaces", ISAAC 2017. Gan & Tao, "DBSCAN revisited: mis-claim,
/// un-fixability, and approximation", SIGMOD 2015. Curtin, Lee, March & Ram, "Plug-and-play dual-tree algorithm runtime
/// analysis", JMLR 2015.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(try_from = "stored::Stored", into = "stored::Stored"))]
pub struct Dbscan {
    labels: Vec<Option<u32>>,
    core_sample_indices: Vec<usize>,
    n_clusters: usize,
}

impl DbscanParams {
    /// Clusters the rows of `x`, shape `(n_samples, n_features)`; see [`Dbscan`] for the method, its cost and limits.
    ///
    /// Columns in different units dominate one another: scale them first. `x` is not copied if it is row-major. Same
    /// labels on any number of threads.
    ///
    /// # Errors
    /// [`Error::Parameter`] for `eps` or `min_samples` out of range; [`Error::NSamples`] or [`Error::NFeatures`] for
    /// a matrix without rows or columns; [`Error::NSamplesLimit`] for 2³¹ rows or more; [`Error::NonFinite`] for NaN or
    /// infinity.
    pub fn fit(&self, x: &ArrayRef2<f64>) -> Result<Dbscan, Error> {
        self.fit_observed(x, None, &mut |_| ControlFlow::Continue(()))
    }

    /// As [`fit`](Self::fit), where each row counts for as many samples as its weight says, shape `(n_samples,)`: a row
    /// is core if the weights of its neighbours, its own among them, add up to at least `min_samples`.
    ///
    /// Weights that binary fractions do not hold exactly are added with rounding, in an order that depends on the rows;
    /// a sum that close to `min_samples` may fall on either side of it. scikit-learn also takes negative weights.
    ///
    /// # Errors
    /// As [`fit`](Self::fit), and [`Error::Length`] unless there is one weight for each row, [`Error::NonFinite`] for a
    /// weight that is not finite, [`Error::Parameter`] for a negative one.
    pub fn fit_weighted(&self, x: &ArrayRef2<f64>, sample_weight: &ArrayRef1<f64>) -> Result<Dbscan, Error> {
        self.fit_observed(x, Some(sample_weight), &mut |_| ControlFlow::Continue(()))
    }

    /// As [`fit`](Self::fit) or [`fit_weighted`](Self::fit_weighted), telling `observer` several times in each step.
    ///
    /// ```
    /// use bro_ml_core::{DbscanParams, Error};
    /// use ndarray::Array2;
    /// use std::ops::ControlFlow;
    ///
    /// let stop = DbscanParams::new(0.5).fit_observed(&Array2::zeros((9, 2)), None, &mut |_| ControlFlow::Break(()));
    /// assert_eq!(stop, Err(Error::Cancelled));
    /// ```
    ///
    /// # Errors
    /// As those; also [`Error::Cancelled`] once the observer answers [`ControlFlow::Break`].
    pub fn fit_observed(
        &self,
        x: &ArrayRef2<f64>,
        sample_weight: Option<&ArrayRef1<f64>>,
        observer: &mut dyn FnMut(DbscanProgress) -> ControlFlow<()>,
    ) -> Result<Dbscan, Error> {
        self.check()?;
        check_shape(x, 1)?;
        if x.nrows() > MAX_ROWS {
            return Err(Error::NSamplesLimit { found: x.nrows(), limit: MAX_ROWS });
        }
        check_finite(x)?;
        let weights = sample_weight.map(|weights| checked_weights(weights, x.nrows())).transpose()?;
        let rows = row_major(x);
        let rows = rows.as_slice().expect("row_major leaves no gaps");
        let search = Search { eps: self.eps, limit: self.eps * self.eps, min_samples: self.min_samples };
        let mut watch = Watch { observer };
        watch.tell(DbscanStep::Arrange, 0, 1)?;
        let marks = match (&weights, x.ncols()) {
            (None, 1) => cluster_on_grid::<1>(rows, &search, &mut watch)?,
            (None, 2) => cluster_on_grid::<2>(rows, &search, &mut watch)?,
            (None, 3) => cluster_on_grid::<3>(rows, &search, &mut watch)?,
            _ => Tree::build(rows, x.ncols()).cluster(&search, weights.as_deref(), &mut watch)?,
        };
        Ok(Dbscan::from_marks(&marks))
    }
}

/// The weights as a vector, or what is wrong with them.
fn checked_weights(weights: &ArrayRef1<f64>, n_samples: usize) -> Result<Vec<f64>, Error> {
    const NAME: &str = "sample_weight";
    if weights.len() != n_samples {
        return Err(Error::Length { name: NAME, found: weights.len(), expected: n_samples });
    }
    check_finite_1d(weights)?;
    match weights.iter().find(|weight| **weight < 0.0) {
        Some(&value) => Err(Error::Parameter { name: NAME, value, expected: "numbers from 0" }),
        None => Ok(weights.to_vec()),
    }
}

/// Clusters the rows of a narrow matrix on a grid, or on a tree if the grid would be too fine.
fn cluster_on_grid<const D: usize>(
    rows: &[f64],
    search: &Search,
    watch: &mut Watch<'_>,
) -> Result<Vec<AtomicU32>, Error> {
    match Grid::<D>::build(rows.as_chunks().0, search) {
        Some(grid) => grid.cluster(search, watch),
        None => Tree::build(rows, D).cluster(search, None, watch),
    }
}

/// Runs a kernel with the vector instructions in use.
fn vectorized<Kernel: WithSimd>(kernel: Kernel) -> Kernel::Output {
    simd::run(simd::in_use(), kernel)
}

/// Moves the marked items to the front; both groups keep their order.
fn put_first<T: Copy>(items: &mut [T], marks: &[bool]) {
    let mut others = Vec::with_capacity(items.len());
    let mut n_first = 0;
    for (i, &mark) in marks.iter().enumerate() {
        if mark {
            items[n_first] = items[i];
            n_first += 1;
        } else {
            others.push(items[i]);
        }
    }
    items[n_first..].copy_from_slice(&others);
}

impl Dbscan {
    fn from_marks(marks: &[AtomicU32]) -> Self {
        let label = |mark: u32| (mark != NOISE).then_some(mark & !CORE);
        let labels: Vec<Option<u32>> = marks.iter().map(|mark| label(mark.load(Relaxed))).collect();
        let is_core = |mark: u32| mark != NOISE && mark & CORE != 0;
        let core_sample_indices = (0..marks.len()).filter(|&row| is_core(marks[row].load(Relaxed))).collect();
        Self::new(labels, core_sample_indices)
    }

    fn new(labels: Vec<Option<u32>>, core_sample_indices: Vec<usize>) -> Self {
        let n_clusters = labels.iter().flatten().max().map_or(0, |&label| label as usize + 1);
        Self { labels, core_sample_indices, n_clusters }
    }

    /// The cluster of each row, from 0, or `None` for noise.
    #[must_use]
    pub fn labels(&self) -> &[Option<u32>] {
        &self.labels
    }

    /// The rows that are core samples, ascending.
    #[must_use]
    pub fn core_sample_indices(&self) -> &[usize] {
        &self.core_sample_indices
    }

    /// How many clusters there are.
    #[must_use]
    pub fn n_clusters(&self) -> usize {
        self.n_clusters
    }

    /// How many rows are noise.
    #[must_use]
    pub fn n_noise(&self) -> usize {
        self.labels.iter().filter(|label| label.is_none()).count()
    }
}
