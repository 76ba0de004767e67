//! A multi-layer perceptron that classifies.

mod activation;
mod backprop;
mod calibration;
mod gemm;
mod importance;
mod layers;
mod loss;
mod matrix;
mod network;
mod optimizer;
mod params;
mod real;
mod score;
mod single;
#[cfg(feature = "serde")]
mod stored;
#[cfg(test)]
mod tests;
mod train;

use std::sync::atomic::{AtomicBool, Ordering};

use ndarray::{Array1, Array2, ArrayRef2, ArrayView1, ArrayView2, Axis};
use pulp::{Simd, WithSimd};
use rayon::prelude::*;

pub use importance::PermutationImportance;
pub use layers::MlpLayers;
pub use params::{
    Activation, BatchSize, ClassWeight, Initialization, LearningRate, MlpParams, Solver, ValidationMetric,
};
pub use single::MlpSingle;
pub use train::{MlpProgress, TrainingData};

use crate::{Error, simd};
use matrix::Matrix;
use network::Network;
use optimizer::Optimizer;
use real::Real;
use train::History;

/// Rows that one task brings through the network at once: their neurons stay in the cache.
const CHUNK_ROWS: usize = 256;

/// A multi-layer perceptron fitted by [`MlpParams::fit`].
///
/// Each layer computes `activation(x · coefs + intercepts)`; the last one a logistic output for two classes, or a
/// softmax output for each of more. Training minimises the log loss plus an L2 penalty by steps along the gradient
/// of small batches, found by backpropagation (Rumelhart, Hinton & Williams, Nature 323, 1986).
///
/// Features have to be of similar scale, as a standard scaler makes them. Time of an epoch is
/// O(n_samples · weights), of a prediction the same; memory O(weights + batch_size · neurons) beside the input.
/// The model has the same bits on any number of threads.
///
/// ```
/// use bro_ml_core::MlpParams;
/// use ndarray::{Array2, array};
///
/// let x = Array2::from_shape_fn((40, 1), |(row, _)| row as f64 / 20.0 - 1.0);
/// let y = x.column(0).mapv(|value| if value > 0.0 { 7 } else { 3 });
/// let mlp = MlpParams { learning_rate_init: 0.01, ..MlpParams::new() }.fit(&x, &y)?;
/// assert_eq!(mlp.classes(), [3, 7]);
/// assert_eq!(mlp.predict(&array![[-0.8], [0.9]])?, array![3, 7]);
/// assert!(mlp.predict_proba(&array![[0.9]])?[[0, 1]] > 0.8);
/// assert_eq!(mlp.loss_curve().len(), mlp.n_iter());
/// # Ok::<(), bro_ml_core::Error>(())
/// ```
#[derive(Debug, Clone)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(into = "stored::Stored", try_from = "stored::Stored"))]
pub struct Mlp {
    params: MlpParams,
    classes: Vec<usize>,
    network: Network<f64>,
    optimizer: Optimizer,
    history: History,
    temperature: f64,
}

impl Mlp {
    /// The most probable class of each row of `x`, shape `(n_samples, n_features)`; of equal ones the lowest.
    ///
    /// # Errors
    /// [`Error::NFeatures`] for another width than the fitted one; [`Error::NonFinite`] for NaN or infinity;
    /// [`Error::Magnitude`] for a value beyond ±1e100.
    pub fn predict(&self, x: &ArrayRef2<f64>) -> Result<Array1<usize>, Error> {
        self.map_rows(x, 1, |sums, out: &mut [usize]| out[0] = self.classes[argmax(sums)])
            .map(|labels| labels.remove_axis(Axis(1)))
    }

    /// The probability of each class, shape `(n_samples, n_classes)`, in the order of [`classes`](Self::classes).
    ///
    /// # Errors
    /// As [`predict`](Self::predict).
    pub fn predict_proba(&self, x: &ArrayRef2<f64>) -> Result<Array2<f64>, Error> {
        self.map_rows(x, self.classes.len(), |sums, out| loss::probabilities(sums, self.temperature, out))
    }

    /// The labels seen at fit, ascending.
    #[must_use]
    pub fn classes(&self) -> &[usize] {
        &self.classes
    }

    /// What the model was fitted with.
    #[must_use]
    pub fn params(&self) -> &MlpParams {
        &self.params
    }

    /// Features that the model was fitted on.
    #[must_use]
    pub fn n_features(&self) -> usize {
        self.network.n_features()
    }

    /// Mean loss of each epoch, over its batches as they were met; a warm start continues the curve.
    #[must_use]
    pub fn loss_curve(&self) -> &[f64] {
        &self.history.loss_curve
    }

    /// The least value of the loss curve; `None` with early stopping, which does not look at it.
    #[must_use]
    pub fn best_loss(&self) -> Option<f64> {
        self.history.best_loss
    }

    /// The validation score after each epoch; empty without early stopping.
    #[must_use]
    pub fn validation_scores(&self) -> &[f64] {
        &self.history.validation_scores
    }

    /// The greatest validation score, that of the returned weights; `None` without early stopping.
    #[must_use]
    pub fn best_validation_score(&self) -> Option<f64> {
        self.history.best_validation_score
    }

    /// Epochs of the last call of fit.
    #[must_use]
    pub fn n_iter(&self) -> usize {
        self.history.n_iter
    }

    /// Coefficients of each layer, shape `(neurons before, neurons after)`.
    #[must_use]
    pub fn coefs(&self) -> Vec<ArrayView2<'_, f64>> {
        self.network.layers.iter().map(|layer| self.network.coefs(layer)).collect()
    }

    /// Intercepts of each layer.
    #[must_use]
    pub fn intercepts(&self) -> Vec<ArrayView1<'_, f64>> {
        self.network.layers.iter().map(|layer| self.network.intercepts(layer)).collect()
    }

    /// [`map_rows`] of this network.
    fn map_rows<U: Clone + Default + Send>(
        &self,
        x: &ArrayRef2<f64>,
        n_cols: usize,
        map: impl Fn(&[f64], &mut [U]) + Sync,
    ) -> Result<Array2<U>, Error> {
        map_rows(&self.network, x, n_cols, map)
    }
}

/// Applies `map` to the sums of the last layer for each row; the result has `n_cols` columns.
fn map_rows<T: Real, U: Clone + Default + Send>(
    network: &Network<T>,
    x: &ArrayRef2<T>,
    n_cols: usize,
    map: impl Fn(&[T], &mut [U]) + Sync,
) -> Result<Array2<U>, Error> {
    let (found, expected) = (x.ncols(), network.n_features());
    if found != expected {
        return Err(Error::NFeatures { found, expected });
    }
    let rows = x.as_standard_layout();
    let values = rows.as_slice().expect("row-major without gaps");
    let mut mapped = Array2::from_elem((x.nrows(), n_cols), U::default());
    let out = mapped.as_slice_mut().expect("a new array is row-major");
    let tasks = values.par_chunks(CHUNK_ROWS * x.ncols()).zip(out.par_chunks_mut(CHUNK_ROWS * n_cols));
    // Values are checked while they are in the cache; only if one is refused is `x` read again to name the first.
    let is_refused = AtomicBool::new(false);
    tasks.for_each_init(
        || network.neurons(CHUNK_ROWS),
        |neurons, (rows, out)| {
            let is_bearable = take_rows(network, neurons, rows);
            is_refused.fetch_or(!is_bearable, Ordering::Relaxed);
            let sums = sums_of_rows(network, neurons, out.len() / n_cols);
            let (stride, n_outputs) = (sums.stride(), sums.n_cols());
            let sums = sums.rows(out.len() / n_cols).chunks_exact(stride);
            for (sums, out) in sums.zip(out.chunks_exact_mut(n_cols)) {
                map(&sums[..n_outputs], out);
            }
        },
    );
    if is_refused.into_inner() {
        check_values(x)?;
    }
    Ok(mapped)
}

/// Copies rows without gaps, at most as many as `neurons` has room for, to the first layer; whether sums can bear all
/// values.
fn take_rows<T: Real>(network: &Network<T>, neurons: &mut [Matrix<T>], rows: &[T]) -> bool {
    let n_features = network.n_features();
    let stride = neurons[0].stride();
    let inputs = neurons[0].rows_mut(rows.len() / n_features);
    simd::run(simd::in_use(), TakeRows { rows, n_features, inputs, stride })
}

struct TakeRows<'a, T> {
    rows: &'a [T],
    n_features: usize,
    inputs: &'a mut [T],
    stride: usize,
}

impl<T: Real> WithSimd for TakeRows<'_, T> {
    type Output = bool;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) -> bool {
        let Self { rows, n_features, inputs, stride } = self;
        // Going on after the first bad value lets the compiler use vectors.
        let mut is_bearable = true;
        for (input, row) in inputs.chunks_exact_mut(stride).zip(rows.chunks_exact(n_features)) {
            for (to, from) in input.iter_mut().zip(row) {
                *to = *from;
                is_bearable &= from.is_bearable();
            }
        }
        is_bearable
    }
}

/// Refuses values that are not finite, and values so large that sums overflow, naming the first.
fn check_values<T: Real>(x: &ArrayRef2<T>) -> Result<(), Error> {
    let Some(((row, column), &value)) = x.indexed_iter().find(|(_, value)| !value.is_bearable()) else {
        return Ok(());
    };
    let (value, limit) = (value.to_f64(), T::MAX_MAGNITUDE.to_f64());
    if value.is_finite() {
        return Err(Error::Magnitude { row, column, value, limit });
    }
    Err(Error::NonFinite { row, column, value })
}

/// The sums of the last layer for the first `n_rows` rows of the first.
fn sums_of_rows<'a, T: Real>(
    network: &Network<T>,
    neurons: &'a mut [Matrix<T>],
    n_rows: usize,
) -> &'a Matrix<T> {
    network.forward(neurons, n_rows, |_, neurons| network.activation.apply(neurons, n_rows));
    &neurons[neurons.len() - 1]
}

/// Index of the most probable class: of two, the second if its sum is above zero.
fn argmax<T: Real>(sums: &[T]) -> usize {
    if let [z] = *sums {
        return usize::from(z > T::default());
    }
    let mut best = 0;
    for (idx, &sum) in sums.iter().enumerate() {
        if sum > sums[best] {
            best = idx;
        }
    }
    best
}
