//! Density-based clusters: DBSCAN.

mod grid;
mod k_distance;
mod lanes;
mod params;
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

/// Clusters of rows that lie densely, and the noise between them.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Dbscan {
    labels: Vec<Option<u32>>,
    core_sample_indices: Vec<usize>,
    n_clusters: usize,
}

impl DbscanParams {
    /// Clusters the rows of `x`, of shape `(n_samples, n_features)`.
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
