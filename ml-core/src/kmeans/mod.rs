//! k-means: groups around means.

mod assign;
mod centers;
mod init;
mod kernel;
mod lloyd;
mod mini_batch;
mod params;
mod potential;
#[cfg(feature = "serde")]
mod stored;
mod sums;
#[cfg(test)]
mod tests;

use ndarray::{Array1, Array2, ArrayRef2, Axis};
use rayon::prelude::*;

pub use mini_batch::MiniBatchKMeansParams;
pub use params::{Algorithm, Init, KMeansParams, KMeansProgress};

use centers::Centers;

use crate::Error;
use crate::input::{check_finite, check_width, row_major};
use crate::parallel::map_chunks;
use crate::{output, simd};

/// Rows whose distances are summed as one part.
const SCORE_ROWS: usize = 8192;

/// Clusters fitted by [`KMeansParams::fit`].
///
/// ```
/// use bro_ml_core::KMeansParams;
/// use ndarray::array;
///
/// let x = array![[0.0], [1.0], [10.0], [11.0]];
/// let model = KMeansParams { seed: 7, ..KMeansParams::new(2) }.fit(&x)?;
/// assert_eq!(model.inertia(), 1.0);
/// assert_eq!(model.labels()[0], model.labels()[1]);
/// assert_eq!(model.predict(&array![[-5.0]])?[0], model.labels()[0]);
/// # Ok::<(), bro_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(into = "stored::Stored", try_from = "stored::Stored"))]
pub struct KMeans {
    cluster_centers: Array2<f64>,
    labels: Array1<usize>,
    inertia: f64,
    n_iter: usize,
}

impl KMeans {
    /// Means of the clusters, shape `(n_clusters, n_features)`.
    #[must_use]
    pub fn cluster_centers(&self) -> &Array2<f64> {
        &self.cluster_centers
    }

    /// Cluster of each fitted row, from 0, shape `(n_samples,)`: the nearest centre, the lowest of several.
    #[must_use]
    pub fn labels(&self) -> &Array1<usize> {
        &self.labels
    }

    /// Sum of squared distances of the fitted rows to their centres, each times the row's weight.
    #[must_use]
    pub fn inertia(&self) -> f64 {
        self.inertia
    }

    /// Iterations of the best start.
    #[must_use]
    pub fn n_iter(&self) -> usize {
        self.n_iter
    }

    /// Number of clusters.
    #[must_use]
    pub fn n_clusters(&self) -> usize {
        self.cluster_centers.nrows()
    }

    /// The nearest centre of each row of `x`, shape `(n_samples,)`; the lowest of several.
    ///
    /// # Errors
    /// [`Error::NFeatures`] for another width than the fitted one; [`Error::NonFinite`] for NaN or infinity.
    pub fn predict(&self, x: &ArrayRef2<f64>) -> Result<Array1<usize>, Error> {
        self.check(x)?;
        let rows = row_major(x);
        let values = rows.as_slice().expect("row-major without gaps");
        Ok(assign_to(values, &self.cluster_centers).into_iter().map(|label| label as usize).collect())
    }

    /// Distances (not squared) of each row of `x` to each centre, shape `(n_samples, n_clusters)`.
    ///
    /// # Errors
    /// As [`predict`](Self::predict).
    pub fn transform(&self, x: &ArrayRef2<f64>) -> Result<Array2<f64>, Error> {
        self.check(x)?;
        let mut distances = output::zeros((x.nrows(), self.n_clusters()));
        let rows = row_major(x);
        let values = rows.as_slice().expect("row-major without gaps");
        let (k, d) = self.cluster_centers.dim();
        let out = distances.as_slice_mut().expect("a new array is row-major");
        out.par_chunks_mut(SCORE_ROWS * k).zip(values.par_chunks(SCORE_ROWS * d)).for_each(|(out, rows)| {
            for (out, row) in out.chunks_exact_mut(k).zip(rows.chunks_exact(d)) {
                for (distance, center) in out.iter_mut().zip(self.cluster_centers.rows()) {
                    *distance = row.iter().zip(center).map(|(a, b)| (a - b) * (a - b)).sum::<f64>().sqrt();
                }
            }
        });
        Ok(distances)
    }

    /// The negative sum of squared distances of the rows of `x` to their nearest centres: higher is better.
    ///
    /// # Errors
    /// As [`predict`](Self::predict).
    pub fn score(&self, x: &ArrayRef2<f64>) -> Result<f64, Error> {
        self.check(x)?;
        let rows = row_major(x);
        let values = rows.as_slice().expect("row-major without gaps");
        let labels = assign_to(values, &self.cluster_centers);
        Ok(-inertia(values, &labels, &self.cluster_centers, None))
    }

    fn check(&self, x: &ArrayRef2<f64>) -> Result<(), Error> {
        check_width(x, self.cluster_centers.ncols())?;
        check_finite(x)
    }
}

/// The nearest centre of each row.
fn assign_to(rows: &[f64], centers: &Array2<f64>) -> Vec<u32> {
    let origin = centers.mean_axis(Axis(0)).expect("there are centres").to_vec();
    assign::nearest(simd::in_use(), rows, &Centers::new(centers, &origin))
}

/// Sum of squared distances to the labelled centres, by fixed chunks in order.
fn inertia(rows: &[f64], labels: &[u32], centers: &Array2<f64>, weights: Option<&[f64]>) -> f64 {
    let d = centers.ncols();
    let centers = centers.as_slice().expect("centres are row-major");
    let parts = map_chunks(labels.len(), SCORE_ROWS, |range| {
        let rows = rows[range.start * d..range.end * d].chunks_exact(d);
        let squares = rows
            .zip(&labels[range.clone()])
            .map(|(row, &label)| sum_of_squares(row, &centers[label as usize * d..][..d]));
        match weights {
            Some(weights) => {
                squares.zip(&weights[range]).map(|(square, weight)| square * weight).sum::<f64>()
            }
            None => squares.sum::<f64>(),
        }
    });
    parts.into_iter().sum()
}

/// Squared differences summed in order, without fused operations: what "distance" means wherever ties are decided.
fn squared_distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum()
}

/// As [`squared_distance`], but for rounding: four sums at a time, where no tie is decided.
#[inline(always)]
fn sum_of_squares(a: &[f64], b: &[f64]) -> f64 {
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<4>(), b.as_chunks::<4>());
    let mut sums = [0.0; 4];
    for (a, b) in a.iter().zip(b) {
        for ((sum, a), b) in sums.iter_mut().zip(a).zip(b) {
            *sum += (a - b) * (a - b);
        }
    }
    (sums[0] + sums[1]) + (sums[2] + sums[3]) + squared_distance(a_rest, b_rest)
}
