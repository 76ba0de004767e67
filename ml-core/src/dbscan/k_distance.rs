//! The sorted k-distance curve, and the `eps` it suggests.

use super::tree::{NearestDistances, Tree};
use super::vectorized;
use crate::Error;
use crate::input::{check_finite, check_shape, row_major};
use crate::parallel::map_chunks;
use ndarray::ArrayRef2;

/// Queries that one task answers.
const TASK_QUERIES: usize = 64;

/// How to measure the k-distance curve of a matrix.
///
/// ```
/// use bro_ml_core::KDistanceParams;
/// use ndarray::Array2;
///
/// // Two clusters with rows 0.1 apart, and one row far away.
/// let x = Array2::from_shape_fn((41, 1), |(i, _)| if i == 40 { 90.0 } else { 0.1 * i as f64 + (i / 20) as f64 });
/// let curve = KDistanceParams::new(3).measure(&x)?;
/// assert_eq!(curve.distances().len(), 41);
/// let eps = curve.eps().expect("the rows differ");
/// assert!((0.05..1.0).contains(&eps), "{eps}");
/// # Ok::<(), bro_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct KDistanceParams {
    /// The distance is measured to the `min_samples`-th nearest row, the row itself being the first.
    pub min_samples: usize,
    /// At most so many rows are measured, evenly spread over the input; each against all rows. Default 10,000.
    pub max_queries: usize,
}

impl KDistanceParams {
    /// Measures up to 10,000 rows.
    #[must_use]
    pub fn new(min_samples: usize) -> Self {
        Self { min_samples, max_queries: 10_000 }
    }

    /// Measures the rows of `x`, shape `(n_samples, n_features)`.
    ///
    /// If there are more than `max_queries` rows, row `⌊i · n_samples / max_queries⌋` for each `i` is measured, exactly,
    /// against all rows: nothing is random. Time O((n_samples + max_queries) · log n_samples) for few columns; memory
    /// beside the input about `8 · n_features` + 20 bytes a row.
    ///
    /// # Errors
    /// [`Error::Parameter`] if a field is 0, [`Error::NSamples`] for fewer than `min_samples` rows,
    /// [`Error::NFeatures`] without columns, [`Error::NonFinite`] for NaN or infinity.
    pub fn measure(&self, x: &ArrayRef2<f64>) -> Result<KDistances, Error> {
        for (name, value) in [("min_samples", self.min_samples), ("max_queries", self.max_queries)] {
            if value == 0 {
                return Err(Error::Parameter { name, value: 0.0, expected: "at least 1" });
            }
        }
        check_shape(x, self.min_samples)?;
        check_finite(x)?;
        let rows = row_major(x);
        let rows = rows.as_slice().expect("row_major leaves no gaps");
        let queries = self.choose(rows, x.ncols());
        let tree = Tree::build(rows, x.ncols());
        let squares = map_chunks(queries.len() / x.ncols(), TASK_QUERIES, |range| {
            let queries = &queries[range.start * x.ncols()..range.end * x.ncols()];
            vectorized(NearestDistances { tree: &tree, queries, k: self.min_samples })
        });
        let mut distances: Vec<f64> = squares.into_iter().flatten().map(f64::sqrt).collect();
        distances.sort_unstable_by(f64::total_cmp);
        Ok(KDistances { distances })
    }

    /// The rows to measure: all, or every so many-th.
    fn choose(&self, rows: &[f64], n_features: usize) -> Vec<f64> {
        let n_rows = rows.len() / n_features;
        let n_queries = n_rows.min(self.max_queries);
        let row = |query: usize| (query as u128 * n_rows as u128 / n_queries as u128) as usize;
        (0..n_queries).flat_map(|query| &rows[row(query) * n_features..][..n_features]).copied().collect()
    }
}

/// The distances to the k-th nearest row, ascending: the sorted k-distance curve.
///
/// A row is core for every `eps` from its distance on, so the share of the curve at or below `eps` is the share of
/// core samples.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct KDistances {
    distances: Vec<f64>,
}

impl KDistances {
    /// The distances, ascending, one for each row that was measured.
    #[must_use]
    pub fn distances(&self) -> &[f64] {
        &self.distances
    }

    /// The distance at the knee of the curve: a value to start from for `eps`.
    ///
    /// The knee is the point furthest below the straight line from the first to the last positive distance. `None` if
    /// no distance is positive and finite.
    ///
    /// # References
    /// Ester et al., KDD 1996, section 4.2; Satopää et al., "Finding a kneedle in a haystack", ICDCSW 2011.
    #[must_use]
    pub fn eps(&self) -> Option<f64> {
        let start = self.distances.partition_point(|&distance| distance <= 0.0);
        let end = self.distances.partition_point(|&distance| distance < f64::INFINITY);
        let curve = &self.distances[start..end];
        let (first, last) = (curve.first()?, curve.last()?);
        let below = |i: usize| {
            let along = i as f64 / (curve.len() - 1).max(1) as f64;
            along - (curve[i] - first) / (last - first).max(f64::MIN_POSITIVE)
        };
        let knee = (0..curve.len()).max_by(|&a, &b| below(a).total_cmp(&below(b)))?;
        Some(curve[knee])
    }
}
