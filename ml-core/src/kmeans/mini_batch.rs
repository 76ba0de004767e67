//! k-means on small random batches: for more rows than can be read often.

use std::ops::ControlFlow;

use ndarray::{Array2, ArrayRef1, ArrayRef2, Axis};
use rand::seq::index;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::assign::Rows;
use super::params::checked_weights;
use super::sums::Sums;
use super::{Init, KMeans, KMeansParams, KMeansProgress, assign_to, inertia, init, squared_distance};
use crate::Error;
use crate::input::row_major;
use crate::moments::ColumnMoments;

/// Settings of mini-batch k-means: names, meanings and defaults as scikit-learn's `MiniBatchKMeans`.
///
/// Each step draws `batch_size` rows with replacement, assigns them, and moves each centre to the mean of all rows that
/// it was ever given. Centres that hardly any row chooses are put on random rows. A local optimum a little worse than
/// that of [`KMeansParams`], for a fraction of the passes: worth it beyond some 10⁷ rows, or where rows are slow to reach.
///
/// ```
/// use bro_ml_core::MiniBatchKMeansParams;
/// use ndarray::Array2;
///
/// let x = Array2::from_shape_fn((3000, 2), |(row, _)| (row % 3) as f64 * 10.0 + (row % 7) as f64 / 10.0);
/// let model = MiniBatchKMeansParams { batch_size: 100, ..MiniBatchKMeansParams::new(3) }.fit(&x)?;
/// assert_eq!(model.n_clusters(), 3);
/// assert_ne!(model.labels()[0], model.labels()[1]);
/// assert_eq!(model.labels()[0], model.labels()[3]);
/// # Ok::<(), bro_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct MiniBatchKMeansParams {
    /// Number of clusters.
    pub n_clusters: usize,
    /// First centres, chosen among `init_size` random rows; default [`Init::KMeansPlusPlus`].
    pub init: Init,
    /// Starts that are tried; the one with the lowest inertia on `init_size` random rows is used. Default 3.
    pub n_init: usize,
    /// Rows that the first centres are chosen among and judged by; 0 stands for 3 batches, or 3 times `n_clusters` if
    /// that is more. Default 0.
    pub init_size: usize,
    /// Rows of one step. Default 1024.
    pub batch_size: usize,
    /// The most passes: `max_iter · n_samples / batch_size` steps. Default 100.
    pub max_iter: usize,
    /// Stop once the squared shifts of the centres in one step sum up to at most this times the mean variance of the
    /// columns; 0 never stops for that. Default 0.
    pub tol: f64,
    /// Stop after so many steps in a row without a lower smoothed inertia; 0 never stops for that. Default 10.
    pub max_no_improvement: usize,
    /// Centres with fewer rows than this share of the largest centre's are put on random rows. Default 0.01.
    pub reassignment_ratio: f64,
    /// Seed of the starts and batches (`ChaCha8Rng`). Default 0.
    pub seed: u64,
}

impl MiniBatchKMeansParams {
    /// Defaults for this number of clusters.
    #[must_use]
    pub fn new(n_clusters: usize) -> Self {
        Self {
            n_clusters,
            init: Init::KMeansPlusPlus,
            n_init: 3,
            init_size: 0,
            batch_size: 1024,
            max_iter: 100,
            tol: 0.0,
            max_no_improvement: 10,
            reassignment_ratio: 0.01,
            seed: 0,
        }
    }

    /// Groups the rows of `x`, shape `(n_samples, n_features)`, around `n_clusters` means.
    ///
    /// Labels and inertia of the result are those of all rows; [`KMeans::n_iter`] counts passes, rounded up. Time
    /// O(n_steps · batch_size · n_clusters · n_features + n_samples · n_clusters · n_features), memory beside the input
    /// 4 bytes a row and one batch. Same bits on any number of threads.
    ///
    /// # Errors
    /// As [`KMeansParams::fit`]; also [`Error::Parameter`] for a `batch_size` of 0 or a `reassignment_ratio` outside 0
    /// to 1.
    ///
    /// # References
    /// Sculley, "Web-scale k-means clustering", WWW 2010.
    pub fn fit(&self, x: &ArrayRef2<f64>) -> Result<KMeans, Error> {
        self.fit_observed(x, None, &mut |_| ControlFlow::Continue(()))
    }

    /// As [`fit`](Self::fit), where each row counts as often as its weight says, shape `(n_samples,)`.
    ///
    /// # Errors
    /// As [`KMeansParams::fit_weighted`].
    pub fn fit_weighted(&self, x: &ArrayRef2<f64>, sample_weight: &ArrayRef1<f64>) -> Result<KMeans, Error> {
        self.fit_observed(x, Some(sample_weight), &mut |_| ControlFlow::Continue(()))
    }

    /// As [`fit`](Self::fit) or [`fit_weighted`](Self::fit_weighted), calling `observer` after each step; there
    /// `n_iter` and `max_iter` count steps, and `start` and `n_init` are 1.
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
        let values = rows.as_slice().expect("row-major without gaps");
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        let sampler = Sampler { rows: Rows { values, weights: weights.as_deref() }, d: x.ncols() };
        let centers = self.first_centers(&sampler, &mut rng);
        let tol = self.tol * moments.var().mean().unwrap_or(0.0);
        let mut run =
            Run { params: self, sampler, centers, given: vec![0.0; self.n_clusters], since_reassigned: 0 };
        let n_steps = run.steps(tol, &mut rng, observer)?;
        let labels = assign_to(values, &run.centers);
        Ok(KMeans {
            inertia: inertia(values, &labels, &run.centers, weights.as_deref()),
            labels: labels.into_iter().map(|label| label as usize).collect(),
            cluster_centers: run.centers,
            n_iter: (n_steps * self.batch_size.min(x.nrows())).div_ceil(x.nrows()),
        })
    }

    fn check(&self, x: &ArrayRef2<f64>) -> Result<(), Error> {
        let Self { n_clusters, n_init, max_iter, tol, .. } = *self;
        let init = self.init.clone();
        KMeansParams { init, n_init, max_iter, tol, ..KMeansParams::new(n_clusters) }.check(x)?;
        if self.batch_size == 0 {
            return Err(Error::Parameter { name: "batch_size", value: 0.0, expected: "at least 1" });
        }
        let ratio = self.reassignment_ratio;
        if !(0.0..=1.0).contains(&ratio) {
            let (name, expected) = ("reassignment_ratio", "a number from 0 to 1");
            return Err(Error::Parameter { name, value: ratio, expected });
        }
        Ok(())
    }

    /// The best of `n_init` starts among some rows, judged by others.
    fn first_centers(&self, sampler: &Sampler<'_>, rng: &mut ChaCha8Rng) -> Array2<f64> {
        if let Init::Centers(centers) = &self.init {
            return centers.as_standard_layout().into_owned();
        }
        let wanted =
            if self.init_size > 0 { self.init_size } else { 3 * self.batch_size.max(self.n_clusters) };
        let size = wanted.max(self.n_clusters).min(sampler.len());
        let judges = sampler.take(&index::sample(rng, sampler.len(), size).into_vec());
        let mut best: Option<(f64, Array2<f64>)> = None;
        for _ in 0..self.n_init {
            let rows = sampler.take(&index::sample(rng, sampler.len(), size).into_vec());
            let points = Rows { values: rows.values(), weights: rows.weights.as_deref() };
            let centers = init::centers(&self.init, self.n_clusters, points, sampler.d, rng);
            let judged = judges.inertia(&centers, &judges.labels(&centers));
            if best.as_ref().is_none_or(|(lowest, _)| judged < *lowest) {
                best = Some((judged, centers));
            }
        }
        best.expect("n_init is at least 1").1
    }
}

/// All rows, to draw some of.
struct Sampler<'a> {
    rows: Rows<'a>,
    d: usize,
}

/// Some rows, next to each other.
struct Batch {
    x: Array2<f64>,
    weights: Option<Vec<f64>>,
}

impl Sampler<'_> {
    fn len(&self) -> usize {
        self.rows.values.len() / self.d
    }

    fn take(&self, rows: &[usize]) -> Batch {
        let values =
            rows.iter().flat_map(|&row| &self.rows.values[row * self.d..][..self.d]).copied().collect();
        Batch {
            x: Array2::from_shape_vec((rows.len(), self.d), values).expect("each row has d values"),
            weights: self.rows.weights.map(|weights| rows.iter().map(|&row| weights[row]).collect()),
        }
    }
}

impl Batch {
    fn values(&self) -> &[f64] {
        self.x.as_slice().expect("row-major without gaps")
    }

    fn labels(&self, centers: &Array2<f64>) -> Vec<u32> {
        assign_to(self.values(), centers)
    }

    fn inertia(&self, centers: &Array2<f64>, labels: &[u32]) -> f64 {
        inertia(self.values(), labels, centers, self.weights.as_deref())
    }
}

/// One fit under way.
struct Run<'a> {
    params: &'a MiniBatchKMeansParams,
    sampler: Sampler<'a>,
    centers: Array2<f64>,
    /// Weight of the rows that each centre was given so far.
    given: Vec<f64>,
    /// Rows drawn since centres were last put elsewhere.
    since_reassigned: usize,
}

impl Run<'_> {
    /// Steps until nothing improves; returns how many.
    fn steps(
        &mut self,
        tol: f64,
        rng: &mut ChaCha8Rng,
        observer: &mut dyn FnMut(KMeansProgress) -> ControlFlow<()>,
    ) -> Result<usize, Error> {
        let (n_rows, batch_size) = (self.sampler.len(), self.params.batch_size.min(self.sampler.len()));
        let max_iter = (self.params.max_iter.saturating_mul(n_rows) / batch_size).max(1);
        let share = (2.0 * batch_size as f64 / (n_rows + 1) as f64).min(1.0);
        let mut patience = Patience::new(share);
        for n_iter in 1..=max_iter {
            let rows: Vec<usize> = (0..batch_size).map(|_| rng.random_range(0..n_rows)).collect();
            let (inertia, center_shift) = self.step(&self.sampler.take(&rows), rng);
            let progress = KMeansProgress { start: 1, n_init: 1, n_iter, max_iter, center_shift };
            observer(progress).is_continue().then_some(()).ok_or(Error::Cancelled)?;
            let is_patient = patience.goes_on(inertia / batch_size as f64, self.params.max_no_improvement);
            if n_iter > 1 && (!is_patient || (tol > 0.0 && center_shift <= tol)) {
                return Ok(n_iter);
            }
        }
        Ok(max_iter)
    }

    /// Moves the centres by one batch; its inertia before, and the sum of the squared shifts.
    fn step(&mut self, batch: &Batch, rng: &mut ChaCha8Rng) -> (f64, f64) {
        let labels = batch.labels(&self.centers);
        let inertia = batch.inertia(&self.centers, &labels);
        let before = self.centers.clone();
        let mut sums = Sums::new(self.params.n_clusters, self.sampler.d);
        for (idx, (row, &label)) in batch.values().chunks_exact(self.sampler.d).zip(&labels).enumerate() {
            sums.add(label as usize, row, batch.weights.as_ref().map_or(1.0, |weights| weights[idx]));
        }
        let means = sums.means();
        for (cluster, mut center) in self.centers.axis_iter_mut(Axis(0)).enumerate() {
            let weight = sums.weight(cluster);
            if weight > 0.0 {
                self.given[cluster] += weight;
                let share = weight / self.given[cluster];
                center.zip_mut_with(&means.row(cluster), |center, mean| *center += share * (mean - *center));
            }
        }
        self.reassign(batch, rng);
        let flat = |centers: &Array2<f64>| centers.iter().copied().collect::<Vec<_>>();
        (inertia, squared_distance(&flat(&before), &flat(&self.centers)))
    }

    /// Now and then puts the centres that got hardly any rows on random rows of the batch, as scikit-learn does.
    fn reassign(&mut self, batch: &Batch, rng: &mut ChaCha8Rng) {
        self.since_reassigned += batch.x.nrows();
        let has_idle = self.given.contains(&0.0);
        if !has_idle && self.since_reassigned < 10 * self.params.n_clusters {
            return;
        }
        self.since_reassigned = 0;
        let largest = self.given.iter().fold(0.0_f64, |a, &b| a.max(b));
        let limit = self.params.reassignment_ratio * largest;
        let mut idle: Vec<usize> = (0..self.given.len()).filter(|&idx| self.given[idx] < limit).collect();
        idle.sort_by(|&a, &b| self.given[a].total_cmp(&self.given[b]).then(a.cmp(&b)));
        idle.truncate(batch.x.nrows() / 2);
        let busy = (0..self.given.len()).filter(|idx| !idle.contains(idx));
        let least = busy.map(|idx| self.given[idx]).fold(f64::INFINITY, f64::min);
        for (cluster, row) in idle.iter().zip(index::sample(rng, batch.x.nrows(), idle.len())) {
            self.centers.row_mut(*cluster).assign(&batch.x.row(row));
            self.given[*cluster] = least;
        }
    }
}

/// The smoothed inertia of the batches, and since when it has not fallen.
#[derive(Debug)]
struct Patience {
    /// Weight of the newest batch.
    share: f64,
    smoothed: f64,
    least: f64,
    n_batches: usize,
    n_unimproved: usize,
}

impl Patience {
    fn new(share: f64) -> Self {
        Self { share, smoothed: 0.0, least: f64::INFINITY, n_batches: 0, n_unimproved: 0 }
    }

    /// Takes in the mean inertia of a batch; whether to go on. The first batch, before any centre moved, says nothing.
    fn goes_on(&mut self, inertia: f64, max_no_improvement: usize) -> bool {
        self.n_batches += 1;
        match self.n_batches {
            1 => return true,
            2 => self.smoothed = inertia,
            _ => self.smoothed += self.share * (inertia - self.smoothed),
        }
        self.n_unimproved = if self.smoothed < self.least { 0 } else { self.n_unimproved + 1 };
        self.least = self.least.min(self.smoothed);
        max_no_improvement == 0 || self.n_unimproved < max_no_improvement
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::{Init, MiniBatchKMeansParams, Rows, Run, Sampler};
    use ndarray::Array2;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    fn numbers(value: &Value) -> Vec<f64> {
        match value {
            Value::Array(values) => values.iter().flat_map(numbers).collect(),
            value => vec![value.as_f64().unwrap()],
        }
    }

    fn matrix(value: &Value) -> Array2<f64> {
        let n_rows = value.as_array().unwrap().len();
        let values = numbers(value);
        Array2::from_shape_vec((n_rows, values.len() / n_rows), values).unwrap()
    }

    /// From the same start and over the same batches (`tests/data/generate_kmeans.py`). Draws differ, so the fits of the
    /// public interface cannot be compared.
    #[test]
    fn centres_after_each_batch_equal_scikit_learn() {
        let golden: Value = serde_json::from_str(include_str!("../../tests/data/kmeans.json")).unwrap();
        let cases = golden["mini_batches"].as_array().unwrap();
        assert_eq!(cases.len(), 2);
        for case in cases {
            let (x, weights) = (matrix(&case["x"]), numbers(&case["weights"]));
            let rows = Rows { values: x.as_slice().unwrap(), weights: Some(&weights) };
            let centers = matrix(&case["init"]);
            let init = Init::Centers(centers.clone());
            let params = MiniBatchKMeansParams {
                init,
                reassignment_ratio: 0.0,
                ..MiniBatchKMeansParams::new(centers.nrows())
            };
            let (sampler, given) = (Sampler { rows, d: x.ncols() }, vec![0.0; centers.nrows()]);
            let mut run = Run { params: &params, sampler, centers, given, since_reassigned: 0 };
            let mut rng = ChaCha8Rng::seed_from_u64(0);
            let batches = case["batches"].as_array().unwrap();
            for (batch, expected) in batches.iter().zip(case["cluster_centers"].as_array().unwrap()) {
                let rows: Vec<usize> = numbers(batch).into_iter().map(|row| row as usize).collect();
                run.step(&run.sampler.take(&rows), &mut rng);
                approx::assert_relative_eq!(
                    run.centers,
                    matrix(expected),
                    max_relative = 1e-10,
                    epsilon = 1e-12
                );
            }
        }
    }
}
