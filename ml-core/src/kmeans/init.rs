//! The first centres.

use std::ops::Range;

use ndarray::Array2;
use rand::{Rng, RngExt};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use super::Init;
use super::assign::Rows;
use super::potential::{Approach, Potentials};
use crate::parallel::{chunks, map_chunks};
use crate::simd;

/// Rows whose potentials are summed as one part.
const CHUNK_ROWS: usize = 4096;
/// Passes of k-means‖ over the rows.
const PARALLEL_ROUNDS: usize = 5;

/// Centres to begin with, shape `(n_clusters, n_features)`.
pub(super) fn centers(
    init: &Init,
    n_clusters: usize,
    rows: Rows<'_>,
    d: usize,
    rng: &mut ChaCha8Rng,
) -> Array2<f64> {
    let points = Points { values: rows.values, weights: rows.weights, d };
    let chosen = match init {
        Init::Centers(centers) => return centers.as_standard_layout().into_owned(),
        Init::KMeansPlusPlus => plus_plus(points, n_clusters, rng),
        Init::Parallel => return parallel(points, n_clusters, rng),
        Init::Random => random(points, n_clusters, rng),
    };
    points.select(&chosen)
}

/// Rows to choose from.
#[derive(Clone, Copy)]
struct Points<'a> {
    values: &'a [f64],
    weights: Option<&'a [f64]>,
    d: usize,
}

impl Points<'_> {
    fn len(&self) -> usize {
        self.values.len() / self.d
    }

    fn row(&self, idx: usize) -> &[f64] {
        &self.values[idx * self.d..][..self.d]
    }

    fn weight(&self, idx: usize) -> f64 {
        self.weights.map_or(1.0, |weights| weights[idx])
    }

    fn select(&self, rows: &[usize]) -> Array2<f64> {
        let values = rows.iter().flat_map(|&row| self.row(row)).copied().collect();
        Array2::from_shape_vec((rows.len(), self.d), values).expect("each row has d values")
    }
}

/// Greedy k-means++: rows, each the best of a few drawn by their squared distance from the rows chosen so far.
fn plus_plus(points: Points<'_>, n_clusters: usize, rng: &mut ChaCha8Rng) -> Vec<usize> {
    let n_trials = 2 + (n_clusters as f64).ln() as usize;
    let mut chosen = vec![Draw::by_weight(points).row(points, None, rng)];
    let mut closest = vec![f64::INFINITY; points.len()];
    let mut draw = approach(points, &mut closest, points.row(chosen[0]));
    while chosen.len() < n_clusters {
        let trials = (0..n_trials).map(|_| draw.row(points, Some(&closest), rng)).collect::<Vec<_>>();
        let best = trials[lowest(&potentials(points, &closest, &trials))];
        chosen.push(best);
        if chosen.len() < n_clusters {
            draw = approach(points, &mut closest, points.row(best));
        }
    }
    chosen
}

/// The index of the lowest value, the first of several.
fn lowest(values: &[f64]) -> usize {
    (0..values.len()).min_by(|&a, &b| values[a].total_cmp(&values[b])).unwrap_or(0)
}

/// Lowers each row's squared distance to the nearest chosen row by a new one; draws by what is left.
fn approach(points: Points<'_>, closest: &mut [f64], center: &[f64]) -> Draw {
    let rows = points.values.par_chunks(CHUNK_ROWS * points.d);
    let parts = closest.par_chunks_mut(CHUNK_ROWS).zip(rows).enumerate().map(|(idx, (closest, rows))| {
        let weights = points.weights.map(|weights| &weights[idx * CHUNK_ROWS..][..closest.len()]);
        simd::run(simd::in_use(), Approach { rows, weights, center, closest })
    });
    Draw::of(parts.collect())
}

/// For each trial, the weighted sum of squared distances if it were chosen.
fn potentials(points: Points<'_>, closest: &[f64], trials: &[usize]) -> Vec<f64> {
    let trials = points.select(trials);
    let parts = map_chunks(points.len(), CHUNK_ROWS, |range| {
        let rows = &points.values[range.start * points.d..range.end * points.d];
        let weights = points.weights.map(|weights| &weights[range.clone()]);
        simd::run(simd::in_use(), Potentials { rows, weights, closest: &closest[range], trials: &trials })
    });
    (0..trials.nrows()).map(|trial| parts.iter().map(|part| part[trial]).sum()).collect()
}

/// Draws rows with a chance proportional to weight times squared distance (or weight alone).
struct Draw {
    /// Sum of the chances up to the end of each chunk.
    ends: Vec<f64>,
}

impl Draw {
    /// From the sum of the chances of each chunk.
    fn of(parts: Vec<f64>) -> Self {
        let mut sum = 0.0;
        let ends = parts.into_iter().map(|part| {
            sum += part;
            sum
        });
        Self { ends: ends.collect() }
    }

    fn by_weight(points: Points<'_>) -> Self {
        let weight = |range: Range<usize>| range.map(|idx| points.weight(idx)).sum::<f64>();
        Self::of(map_chunks(points.len(), CHUNK_ROWS, weight))
    }

    fn total(&self) -> f64 {
        *self.ends.last().expect("there are rows")
    }

    /// One row. If all chances are 0 (fewer distinct rows than clusters), any row.
    fn row(&self, points: Points<'_>, closest: Option<&[f64]>, rng: &mut ChaCha8Rng) -> usize {
        let total = self.total();
        if total <= 0.0 {
            return rng.random_range(0..points.len());
        }
        let target = rng.random::<f64>() * total;
        let chunk = self.ends.partition_point(|&end| end <= target).min(self.ends.len() - 1);
        let mut sum = if chunk == 0 { 0.0 } else { self.ends[chunk - 1] };
        let rows = chunk * CHUNK_ROWS..points.len().min((chunk + 1) * CHUNK_ROWS);
        // Rounding can leave the target beyond the last row with a chance; then that row is drawn.
        let mut drawn = rows.start;
        for idx in rows {
            let chance = chance(points, closest, idx);
            if chance > 0.0 {
                drawn = idx;
                sum += chance;
                if sum > target {
                    break;
                }
            }
        }
        drawn
    }
}

fn chance(points: Points<'_>, closest: Option<&[f64]>, idx: usize) -> f64 {
    points.weight(idx) * closest.map_or(1.0, |closest| closest[idx])
}

/// k-means‖: a few passes draw about `2 k` rows each by their squared distance from those drawn so far; the rows drawn
/// are weighted by the rows nearest to them, and k-means++ chooses among them.
fn parallel(points: Points<'_>, n_clusters: usize, rng: &mut ChaCha8Rng) -> Array2<f64> {
    let mut drawn = vec![Draw::by_weight(points).row(points, None, rng)];
    let mut closest = vec![f64::INFINITY; points.len()];
    let mut potential = approach(points, &mut closest, points.row(drawn[0])).total();
    for _ in 0..PARALLEL_ROUNDS {
        let fresh = oversample(points, &closest, potential, 2 * n_clusters, rng.next_u64());
        for &row in &fresh {
            potential = approach(points, &mut closest, points.row(row)).total();
        }
        drawn.extend(fresh);
    }
    if drawn.len() < n_clusters {
        return points.select(&plus_plus(points, n_clusters, rng));
    }
    let candidates = points.select(&drawn);
    let weights = weights_of_nearest(points, &candidates);
    let values = candidates.as_slice().expect("row-major");
    let candidates = Points { values, weights: Some(&weights), d: points.d };
    candidates.select(&plus_plus(candidates, n_clusters, rng))
}

/// Rows drawn independently, each with the chance `n · weight · closest / potential`.
fn oversample(points: Points<'_>, closest: &[f64], potential: f64, n: usize, seed: u64) -> Vec<usize> {
    if potential <= 0.0 {
        return Vec::new();
    }
    let parts = map_chunks(points.len(), CHUNK_ROWS, |range| {
        // One stream of random numbers for each chunk: the same rows on any number of threads.
        let mut rng = <ChaCha8Rng as rand::SeedableRng>::seed_from_u64(seed);
        rng.set_stream((range.start / CHUNK_ROWS) as u64);
        range
            .filter(|&idx| rng.random::<f64>() * potential < n as f64 * chance(points, Some(closest), idx))
            .collect::<Vec<_>>()
    });
    parts.concat()
}

/// For each candidate the weight of the rows that are nearest to it.
fn weights_of_nearest(points: Points<'_>, candidates: &Array2<f64>) -> Vec<f64> {
    let labels = super::assign_to(points.values, candidates);
    let mut weights = vec![0.0; candidates.nrows()];
    labels.iter().enumerate().for_each(|(idx, &label)| weights[label as usize] += points.weight(idx));
    weights
}

/// Different rows. With weights: the rows with the lowest `−ln(u) / weight`, which draws in proportion to weight.
fn random(points: Points<'_>, n_clusters: usize, rng: &mut ChaCha8Rng) -> Vec<usize> {
    let seed = rng.next_u64();
    let mut keys = chunks(points.len(), CHUNK_ROWS)
        .flat_map_iter(|range| {
            let mut rng = <ChaCha8Rng as rand::SeedableRng>::seed_from_u64(seed);
            rng.set_stream((range.start / CHUNK_ROWS) as u64);
            let mut keys = range
                .map(|idx| (-(1.0 - rng.random::<f64>()).ln() / points.weight(idx), idx))
                .collect::<Vec<_>>();
            lowest_first(&mut keys, n_clusters);
            keys
        })
        .collect::<Vec<_>>();
    lowest_first(&mut keys, n_clusters);
    keys.into_iter().map(|(_, idx)| idx).collect()
}

/// Keeps the `n` lowest keys, in order.
fn lowest_first(keys: &mut Vec<(f64, usize)>, n: usize) {
    keys.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    keys.truncate(n);
}
