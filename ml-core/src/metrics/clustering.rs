//! Clusterings against each other, and against the samples.
//!
//! Labels may be of any ordered type: `usize` as k-means gives them, or `Option<usize>` as DBSCAN does, where `None`,
//! the noise, counts as one cluster as −1 does in scikit-learn.

use std::collections::BTreeMap;

use ndarray::{ArrayRef2, Axis, CowArray, Ix2};
use rand::SeedableRng;
use rand::seq::index;
use rand_chacha::ChaCha8Rng;

use super::check_lengths;
use crate::Error;
use crate::input::{check_finite, check_shape, row_major};
use crate::parallel::map_chunks;

/// Rows whose distances to all others are one task.
const CHUNK_ROWS: usize = 64;

/// Adjusted Rand index: the share of pairs of samples that two clusterings treat alike, corrected so that chance gives 0
/// and identity 1. Permuting labels changes nothing.
///
/// Time O(n log n).
///
/// # Errors
/// [`Error::Length`] if the lengths differ, [`Error::NSamples`] if they are 0.
///
/// # References
/// Hubert & Arabie, "Comparing partitions", Journal of Classification 2, 1985.
pub fn adjusted_rand_score<A, B>(labels_true: &[A], labels_pred: &[B]) -> Result<f64, Error>
where
    A: Ord + Copy,
    B: Ord + Copy,
{
    check_lengths("labels_pred", labels_pred.len(), labels_true.len())?;
    let (n_true, rows) = encode(labels_true);
    let (n_pred, columns) = encode(labels_pred);
    let mut cells = BTreeMap::new();
    for cell in rows.iter().zip(&columns) {
        *cells.entry(cell).or_insert(0_u64) += 1;
    }
    let together = cells.into_values().map(ordered_pairs).sum::<f64>();
    let in_rows = sizes(n_true, &rows).into_iter().map(ordered_pairs).sum::<f64>();
    let in_columns = sizes(n_pred, &columns).into_iter().map(ordered_pairs).sum::<f64>();
    let all = ordered_pairs(rows.len() as u64);
    // Pairs that are together in one clustering alone.
    let (only_rows, only_columns) = (in_rows - together, in_columns - together);
    if only_rows == 0.0 && only_columns == 0.0 {
        return Ok(1.0);
    }
    let apart = all - together - only_rows - only_columns;
    let numerator = 2.0 * (together * apart - only_rows * only_columns);
    let denominator =
        (together + only_rows) * (only_rows + apart) + (together + only_columns) * (only_columns + apart);
    Ok(numerator / denominator)
}

/// Mean silhouette of all samples: `(b − a) / max(a, b)`, where a is the mean distance to the sample's own cluster and b
/// to the nearest other one. From −1 to 1; a sample alone in its cluster counts 0.
///
/// Time O(n² · n_features), in parallel; memory O(n · clusters / threads at work). For more than some ten thousand
/// samples take [`silhouette_score_sampled`].
///
/// # Errors
/// [`Error::Length`] unless there is a label for each row of `x`, [`Error::NonFinite`] for NaN or infinity,
/// [`Error::NClusters`] unless there are from 2 to `n_samples − 1` clusters.
///
/// # References
/// Rousseeuw, "Silhouettes: a graphical aid", Journal of Computational and Applied Mathematics 20, 1987.
pub fn silhouette_score<L: Ord + Copy>(x: &ArrayRef2<f64>, labels: &[L]) -> Result<f64, Error> {
    let clusters = Clusters::new(x, labels)?;
    let sums = map_chunks(x.nrows(), CHUNK_ROWS, |rows| {
        let mut distances = vec![0.0; clusters.n_clusters()];
        rows.map(|row| clusters.silhouette(row, &mut distances)).sum::<f64>()
    });
    Ok(sums.iter().sum::<f64>() / x.nrows() as f64)
}

/// [`silhouette_score`] of `sample_size` rows drawn at random with `seed`, without putting back: their distances to each
/// other only, as scikit-learn's `sample_size`.
///
/// # Errors
/// As [`silhouette_score`], for the drawn rows; [`Error::NSamples`] if `sample_size` is more than the rows.
pub fn silhouette_score_sampled<L: Ord + Copy>(
    x: &ArrayRef2<f64>,
    labels: &[L],
    sample_size: usize,
    seed: u64,
) -> Result<f64, Error> {
    check_lengths("labels", labels.len(), x.nrows())?;
    if sample_size > x.nrows() {
        return Err(Error::NSamples { found: x.nrows(), expected: sample_size });
    }
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut rows = index::sample(&mut rng, x.nrows(), sample_size).into_vec();
    rows.sort_unstable();
    let drawn: Vec<L> = rows.iter().map(|&row| labels[row]).collect();
    silhouette_score(&x.select(Axis(0), &rows), &drawn)
}

/// Mean, over the clusters, of the worst ratio of two clusters' widths (mean distance to the centre) to the distance
/// between their centres. Lower is better; 0 if all samples lie on their centres.
///
/// Time O(n · n_features + clusters² · n_features).
///
/// # Errors
/// As [`silhouette_score`].
///
/// # References
/// Davies & Bouldin, "A cluster separation measure", IEEE PAMI 1, 1979.
pub fn davies_bouldin_score<L: Ord + Copy>(x: &ArrayRef2<f64>, labels: &[L]) -> Result<f64, Error> {
    let clusters = Clusters::new(x, labels)?;
    let centers = clusters.centers();
    let mut widths = vec![0.0; clusters.n_clusters()];
    for (row, &cluster) in clusters.rows().zip(&clusters.of_row) {
        widths[cluster] += distance(row, &centers[cluster]) / clusters.sizes[cluster] as f64;
    }
    let worst = |cluster: usize| {
        let ratio =
            |other: usize| (widths[cluster] + widths[other]) / distance(&centers[cluster], &centers[other]);
        // Two centres in one place say nothing about how far apart their clusters are; scikit-learn passes over them too.
        let ratios = (0..widths.len()).filter(|&other| other != cluster).map(ratio);
        ratios.filter(|ratio| ratio.is_finite()).fold(0.0, f64::max)
    };
    Ok((0..widths.len()).map(worst).sum::<f64>() / widths.len() as f64)
}

/// Variance between the clusters over variance within them, each per degree of freedom. Higher is better; 1 if all
/// samples lie on their centres.
///
/// Time O(n · n_features).
///
/// # Errors
/// As [`silhouette_score`].
///
/// # References
/// Caliński & Harabasz, "A dendrite method for cluster analysis", Communications in Statistics 3, 1974.
pub fn calinski_harabasz_score<L: Ord + Copy>(x: &ArrayRef2<f64>, labels: &[L]) -> Result<f64, Error> {
    let clusters = Clusters::new(x, labels)?;
    let centers = clusters.centers();
    let mean = x.mean_axis(Axis(0)).expect("at least one row was checked").to_vec();
    let weighted = centers.iter().zip(&clusters.sizes);
    let between: f64 = weighted.map(|(center, &size)| size as f64 * squared_distance(center, &mean)).sum();
    let within: f64 = clusters
        .rows()
        .zip(&clusters.of_row)
        .map(|(row, &cluster)| squared_distance(row, &centers[cluster]))
        .sum();
    if within == 0.0 {
        return Ok(1.0);
    }
    let n_clusters = clusters.n_clusters() as f64;
    Ok(between * (x.nrows() as f64 - n_clusters) / (within * (n_clusters - 1.0)))
}

/// Rows by cluster, the clusters numbered from 0 in the order of their labels.
struct Clusters<'a> {
    x: CowArray<'a, f64, Ix2>,
    of_row: Vec<usize>,
    sizes: Vec<u64>,
}

impl<'a> Clusters<'a> {
    fn new<L: Ord + Copy>(x: &'a ArrayRef2<f64>, labels: &[L]) -> Result<Self, Error> {
        check_lengths("labels", labels.len(), x.nrows())?;
        check_shape(x, 1)?;
        check_finite(x)?;
        let (n_clusters, of_row) = encode(labels);
        if !(2..labels.len()).contains(&n_clusters) {
            return Err(Error::NClusters { n_clusters, n_samples: labels.len() });
        }
        let sizes = sizes(n_clusters, &of_row);
        Ok(Self { x: row_major(x), of_row, sizes })
    }

    fn rows(&self) -> impl Iterator<Item = &[f64]> {
        self.x.as_slice().expect("row-major without gaps").chunks_exact(self.x.ncols())
    }

    fn n_clusters(&self) -> usize {
        self.sizes.len()
    }

    fn centers(&self) -> Vec<Vec<f64>> {
        let mut centers = vec![vec![0.0; self.x.ncols()]; self.n_clusters()];
        for (row, &cluster) in self.rows().zip(&self.of_row) {
            let share = 1.0 / self.sizes[cluster] as f64;
            for (center, value) in centers[cluster].iter_mut().zip(row) {
                *center += value * share;
            }
        }
        centers
    }

    /// Silhouette of one row; `distances` is scratch for its summed distance to each cluster.
    fn silhouette(&self, row: usize, distances: &mut [f64]) -> f64 {
        let own = self.of_row[row];
        if self.sizes[own] == 1 {
            return 0.0;
        }
        distances.fill(0.0);
        let values = self.x.row(row);
        let values = values.as_slice().expect("row-major without gaps");
        for (other, &cluster) in self.rows().zip(&self.of_row) {
            distances[cluster] += distance(values, other);
        }
        let within = distances[own] / (self.sizes[own] - 1) as f64;
        let means = distances.iter().zip(&self.sizes).map(|(sum, &size)| sum / size as f64);
        let others = means.enumerate().filter(|&(cluster, _)| cluster != own).map(|(_, mean)| mean);
        let nearest = others.fold(f64::INFINITY, f64::min);
        let greater = within.max(nearest);
        if greater > 0.0 { (nearest - within) / greater } else { 0.0 }
    }
}

/// The number of distinct labels, and each label's rank among them.
fn encode<L: Ord + Copy>(labels: &[L]) -> (usize, Vec<usize>) {
    let mut distinct = labels.to_vec();
    distinct.sort_unstable();
    distinct.dedup();
    let rank = |label: &L| distinct.partition_point(|other| other < label);
    (distinct.len(), labels.iter().map(rank).collect())
}

fn sizes(n_clusters: usize, of_row: &[usize]) -> Vec<u64> {
    let mut sizes = vec![0; n_clusters];
    of_row.iter().for_each(|&cluster| sizes[cluster] += 1);
    sizes
}

/// Ordered pairs of `n` things.
fn ordered_pairs(n: u64) -> f64 {
    n as f64 * (n.saturating_sub(1)) as f64
}

fn squared_distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum()
}

fn distance(a: &[f64], b: &[f64]) -> f64 {
    squared_distance(a, b).sqrt()
}
