//! Density-based clusters: DBSCAN.

mod grid;
mod k_distance;
mod lanes;
mod params;
#[cfg(test)]
mod tests;
mod tree;
mod union_find;

pub use k_distance::{KDistanceParams, KDistances};
pub use params::DbscanParams;

use crate::Error;
use crate::input::{check_finite, check_shape, row_major};
use grid::Grid;
use ndarray::{ArrayRef1, ArrayRef2};
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use tree::Tree;

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
    /// a matrix without rows or columns; [`Error::NonFinite`] for NaN or infinity.
    pub fn fit(&self, x: &ArrayRef2<f64>) -> Result<Dbscan, Error> {
        self.fit_rows(x, None)
    }

    /// Clusters rows that count for `weights[row]` samples each: a row is core if the weights of its neighbours, its
    /// own among them, add up to `min_samples`.
    ///
    /// # Errors
    /// As [`fit`](Self::fit), and [`Error::Length`] if there is not one weight for each row, [`Error::Parameter`] if
    /// one is negative or not finite.
    pub fn fit_weighted(&self, x: &ArrayRef2<f64>, weights: &ArrayRef1<f64>) -> Result<Dbscan, Error> {
        if weights.len() != x.nrows() {
            return Err(Error::Length { name: "weights", found: weights.len(), expected: x.nrows() });
        }
        if let Some(&value) = weights.iter().find(|weight| !(weight.is_finite() && **weight >= 0.0)) {
            return Err(Error::Parameter {
                name: "weights",
                value,
                expected: "finite numbers of at least 0",
            });
        }
        self.fit_rows(x, Some(&weights.to_vec()))
    }

    fn fit_rows(&self, x: &ArrayRef2<f64>, weights: Option<&[f64]>) -> Result<Dbscan, Error> {
        self.check()?;
        check_shape(x, 1)?;
        check_finite(x)?;
        let rows = row_major(x);
        let rows = rows.as_slice().expect("row_major leaves no gaps");
        let search = Search { eps: self.eps, limit: self.eps * self.eps, min_samples: self.min_samples };
        let marks = match weights {
            None => cluster_on_grid(rows, x.ncols(), &search),
            Some(_) => None,
        };
        let marks = marks.unwrap_or_else(|| Tree::build(rows, x.ncols()).cluster(&search, weights));
        Ok(Dbscan::from_marks(&marks))
    }
}

/// Clusters the rows of a narrow matrix, or returns `None` if it is too wide or its grid would be too fine.
fn cluster_on_grid(rows: &[f64], n_features: usize, search: &Search) -> Option<Vec<AtomicU32>> {
    match n_features {
        1 => Some(Grid::<1>::build(rows.as_chunks().0, search)?.cluster(search)),
        2 => Some(Grid::<2>::build(rows.as_chunks().0, search)?.cluster(search)),
        3 => Some(Grid::<3>::build(rows.as_chunks().0, search)?.cluster(search)),
        _ => None,
    }
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
