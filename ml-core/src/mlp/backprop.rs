//! The gradient of the loss of one batch.

use pulp::{Simd, WithSimd};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::gemm::{Finish, Left, Product, Right, multiply, multiply_transposed};
use super::loss::{Targets, loss_and_deltas};
use super::matrix::Matrix;
use super::network::{Layer, Network};
use crate::simd;

/// Buffers for one batch, reused for all.
#[derive(Debug)]
pub(super) struct Batch {
    /// Of each layer, the inputs first; the sums of the last layer become its deltas.
    pub(super) neurons: Vec<Matrix<f64>>,
    pub(super) targets: Targets,
    /// Gradients of the loss with respect to the sums of each hidden layer.
    deltas: Vec<Matrix<f64>>,
    /// What dropout multiplied each hidden layer with; empty without dropout.
    masks: Vec<Matrix<f64>>,
    /// Gradient with respect to each weight, laid out as the network.
    pub(super) gradient: Network<f64>,
}

/// Silences neurons at random while training.
#[derive(Debug)]
pub(super) struct Dropout<'a> {
    pub(super) share: f64,
    pub(super) rng: &'a mut ChaCha8Rng,
}

impl Batch {
    /// Buffers for batches of up to `n_rows` samples.
    pub(super) fn new(network: &Network<f64>, n_rows: usize, dropout: f64) -> Self {
        let sizes = network.sizes();
        let hidden = &sizes[1..sizes.len() - 1];
        let matrices = || hidden.iter().map(|&size| Matrix::zeros(n_rows, size)).collect();
        Self {
            neurons: network.neurons(n_rows),
            targets: Targets::default(),
            deltas: matrices(),
            masks: if dropout > 0.0 { matrices() } else { Vec::new() },
            gradient: Network::zeros(&sizes, network.activation),
        }
    }

    /// Writes the gradient of `(Σ weight · loss + alpha / 2 · Σ coef²) / Σ weight` and returns that value, for the
    /// samples in `neurons[0]` and `targets`.
    pub(super) fn backpropagate(
        &mut self,
        network: &Network<f64>,
        alpha: f64,
        mut dropout: Option<Dropout<'_>>,
    ) -> f64 {
        let n_rows = self.targets.classes.len();
        let (activation, masks) = (network.activation, &mut self.masks);
        network.forward(&mut self.neurons, n_rows, |idx, neurons| {
            activation.apply(neurons, n_rows);
            if let Some(dropout) = &mut dropout {
                dropout.silence(neurons, &mut masks[idx - 1], n_rows);
            }
        });
        let outputs = self.neurons.len() - 1;
        let loss = loss_and_deltas(&mut self.neurons[outputs], &self.targets);
        for idx in (0..network.layers.len()).rev() {
            self.layer_gradient(network, idx, n_rows);
            if idx > 0 {
                self.layer_deltas(network, idx, n_rows, dropout.as_ref());
            }
        }
        self.regularize(network, alpha, loss)
    }

    /// Gradient of the weights of a layer: products of its inputs with the deltas of its outputs.
    fn layer_gradient(&mut self, network: &Network<f64>, idx: usize, n_rows: usize) {
        let layer = &network.layers[idx];
        let inputs = &self.neurons[idx];
        let deltas = if layer.is_last { &self.neurons[idx + 1] } else { &self.deltas[idx] };
        let (rows, columns) = if layer.is_last { (deltas, inputs) } else { (inputs, deltas) };
        let product = Product {
            left: Left::Columns { values: rows.rows(n_rows), stride: rows.stride() },
            right: Right { values: columns.rows(n_rows), stride: columns.stride() },
            depth: n_rows,
            start: &[],
            finish: Finish::Keep,
        };
        let gradient = &mut self.gradient.values;
        multiply(simd::in_use(), &product, &mut gradient[layer.coefs.clone()], layer.stride);
        let sums = &mut gradient[layer.intercepts.clone()];
        simd::run(simd::in_use(), ColumnSums { rows: deltas.rows(n_rows), sums });
    }

    /// Deltas of the hidden layer that feeds layer `idx`.
    fn layer_deltas(
        &mut self,
        network: &Network<f64>,
        idx: usize,
        n_rows: usize,
        dropout: Option<&Dropout<'_>>,
    ) {
        let layer = &network.layers[idx];
        let (hidden, later) = self.deltas.split_at_mut(idx);
        let hidden = &mut hidden[idx - 1];
        let outputs = if layer.is_last { &self.neurons[idx + 1] } else { &later[0] };
        propagate(layer, network, outputs, hidden, n_rows);
        let neurons = self.neurons[idx].rows_mut(n_rows);
        if let Some(dropout) = dropout {
            let keep = 1.0 - dropout.share;
            let masks = self.masks[idx - 1].rows(n_rows);
            for ((delta, neuron), mask) in hidden.rows_mut(n_rows).iter_mut().zip(&mut *neurons).zip(masks) {
                *delta *= mask;
                *neuron *= keep;
            }
        }
        network.activation.apply_derivative(neurons, hidden.rows_mut(n_rows));
    }

    /// Adds the L2 penalty and divides by the total weight; a batch without weight teaches nothing.
    fn regularize(&mut self, network: &Network<f64>, alpha: f64, loss: f64) -> f64 {
        let total_weight = self.targets.total_weight();
        let scale = if total_weight > 0.0 { 1.0 / total_weight } else { 0.0 };
        let (coefs, intercepts) = self.gradient.values.split_at_mut(network.all_coefs().end);
        let values = &network.values[..coefs.len()];
        let squares = simd::run(simd::in_use(), Regularize { gradient: coefs, values, alpha, scale });
        intercepts.iter_mut().for_each(|gradient| *gradient *= scale);
        (loss + 0.5 * alpha * squares) * scale
    }
}

/// Deltas of a layer's inputs, before the derivative of their function.
fn propagate(
    layer: &Layer,
    network: &Network<f64>,
    outputs: &Matrix<f64>,
    inputs: &mut Matrix<f64>,
    n_rows: usize,
) {
    let coefs = Right { values: &network.values[layer.coefs.clone()], stride: layer.stride };
    let stride = inputs.stride();
    let out = inputs.rows_mut(n_rows);
    if !layer.is_last {
        let left = Right { values: outputs.rows(n_rows), stride: outputs.stride() };
        return multiply_transposed(simd::in_use(), left, coefs, &[], layer.n_in, out, stride);
    }
    let left = Left::Rows { values: outputs.rows(n_rows), stride: outputs.stride() };
    let product = Product { left, right: coefs, depth: layer.n_out, start: &[], finish: Finish::Keep };
    multiply(simd::in_use(), &product, out, stride);
}

impl Dropout<'_> {
    fn silence(&mut self, neurons: &mut Matrix<f64>, mask: &mut Matrix<f64>, n_rows: usize) {
        let (n_cols, stride) = (neurons.n_cols(), neurons.stride());
        let scale = 1.0 / (1.0 - self.share);
        let rows = neurons.rows_mut(n_rows).chunks_exact_mut(stride);
        for (neurons, mask) in rows.zip(mask.rows_mut(n_rows).chunks_exact_mut(stride)) {
            for (neuron, mask) in neurons.iter_mut().zip(mask).take(n_cols) {
                *mask = if self.rng.random_bool(self.share) { 0.0 } else { scale };
                *neuron *= *mask;
            }
        }
    }
}

/// Sums of the columns of rows as long as `sums`.
struct ColumnSums<'a> {
    rows: &'a [f64],
    sums: &'a mut [f64],
}

impl WithSimd for ColumnSums<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { rows, sums } = self;
        sums.fill(0.0);
        let (rows, sums) = (S::as_simd_f64s(rows).0, S::as_mut_simd_f64s(sums).0);
        let n = sums.len();
        for start in (0..rows.len()).step_by(n) {
            let row = &rows[start..start + n];
            for idx in 0..n {
                sums[idx] = simd.add_f64s(sums[idx], row[idx]);
            }
        }
    }
}

/// `gradient = (gradient + alpha · value) · scale`; returns the sum of the squared values.
struct Regularize<'a> {
    gradient: &'a mut [f64],
    values: &'a [f64],
    alpha: f64,
    scale: f64,
}

impl WithSimd for Regularize<'_> {
    type Output = f64;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> f64 {
        let (alpha, scale) = (simd.splat_f64s(self.alpha), simd.splat_f64s(self.scale));
        let mut squares = simd.splat_f64s(0.0);
        let (gradient, values) = (S::as_mut_simd_f64s(self.gradient).0, S::as_simd_f64s(self.values).0);
        let values = &values[..gradient.len()];
        for idx in 0..gradient.len() {
            let value = values[idx];
            squares = simd.mul_add_e_f64s(value, value, squares);
            gradient[idx] = simd.mul_f64s(simd.mul_add_e_f64s(alpha, value, gradient[idx]), scale);
        }
        simd.reduce_sum_f64s(squares)
    }
}
