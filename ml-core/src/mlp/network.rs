//! The weights of a network, and what it computes from its inputs.

use std::ops::Range;

use ndarray::{Array1, Array2, ArrayRef1, ArrayRef2, ArrayView1, ArrayView2, ShapeBuilder};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::gemm::{Finish, Left, Product, Right, multiply, multiply_transposed};
use super::matrix::{Aligned, Matrix, padded};
use super::params::{Activation, Initialization};
use super::real::Real;
use crate::{Error, simd};

/// Layers of weights in one buffer: all coefficients, then all intercepts, so that an optimizer sees one long vector.
///
/// A hidden layer is stored with a row for each input, the last layer with a row for each output: a row of a single
/// output would be padded to eight times its size. Rows and intercepts are padded with zeros.
#[derive(Debug, Clone)]
pub(crate) struct Network<T> {
    pub(crate) activation: Activation,
    pub(crate) layers: Vec<Layer>,
    pub(crate) values: Aligned<T>,
}

/// Where the weights of a layer are.
#[derive(Debug, Clone)]
pub(crate) struct Layer {
    pub(crate) n_in: usize,
    pub(crate) n_out: usize,
    /// A row for each output rather than for each input.
    pub(crate) is_last: bool,
    pub(crate) stride: usize,
    pub(crate) coefs: Range<usize>,
    pub(crate) intercepts: Range<usize>,
}

impl<T: Real> Network<T> {
    /// A network of zeros; `sizes` are the neurons of each layer from the inputs to the outputs.
    pub(crate) fn zeros(sizes: &[usize], activation: Activation) -> Self {
        let n_layers = sizes.len() - 1;
        let mut layers = Vec::with_capacity(n_layers);
        let mut end = 0;
        for (idx, pair) in sizes.windows(2).enumerate() {
            let (n_in, n_out) = (pair[0], pair[1]);
            let is_last = idx + 1 == n_layers;
            let (n_rows, n_cols) = if is_last { (n_out, n_in) } else { (n_in, n_out) };
            let stride = padded::<T>(n_cols);
            let coefs = end..end + n_rows * stride;
            end = coefs.end;
            layers.push(Layer { n_in, n_out, is_last, stride, coefs, intercepts: 0..0 });
        }
        for layer in &mut layers {
            layer.intercepts = end..end + padded::<T>(layer.n_out);
            end = layer.intercepts.end;
        }
        Self { activation, layers, values: Aligned::zeros(end) }
    }

    /// A network of the given weights; `coefs` has shape `(neurons before, neurons after)` for each layer.
    ///
    /// Shapes are checked before anything is allocated, because stored ones may say anything.
    pub(crate) fn of(
        sizes: &[usize],
        activation: Activation,
        coefs: &[Array2<T>],
        intercepts: &[Array1<T>],
    ) -> Result<Self, Error> {
        let expect = |name, found, expected| {
            if found == expected { Ok(()) } else { Err(Error::Length { name, found, expected }) }
        };
        expect("coefs", coefs.len(), sizes.len() - 1)?;
        expect("intercepts", intercepts.len(), coefs.len())?;
        for ((pair, coefs), intercepts) in sizes.windows(2).zip(coefs).zip(intercepts) {
            expect("coefs", coefs.nrows(), pair[0])?;
            expect("coefs", coefs.ncols(), pair[1])?;
            expect("intercepts", intercepts.len(), pair[1])?;
            check_weights(coefs.indexed_iter())?;
            check_weights(intercepts.indexed_iter().map(|(column, value)| ((0, column), value)))?;
        }
        let mut network = Self::zeros(sizes, activation);
        for (idx, (coefs, intercepts)) in coefs.iter().zip(intercepts).enumerate() {
            network.set_layer(idx, coefs, intercepts);
        }
        Ok(network)
    }

    /// Overwrites a layer; `coefs` has shape `(n_in, n_out)`.
    pub(crate) fn set_layer(&mut self, idx: usize, coefs: &ArrayRef2<T>, intercepts: &ArrayRef1<T>) {
        let layer = &self.layers[idx];
        for ((input, output), &coef) in coefs.indexed_iter() {
            let (row, column) = if layer.is_last { (output, input) } else { (input, output) };
            self.values[layer.coefs.start + row * layer.stride + column] = coef;
        }
        for (output, &intercept) in intercepts.iter().enumerate() {
            self.values[layer.intercepts.start + output] = intercept;
        }
    }

    /// The same network in another precision.
    pub(crate) fn cast<U: Real>(&self, convert: impl Fn(T) -> U) -> Network<U> {
        let mut cast = Network::zeros(&self.sizes(), self.activation);
        for (from, to) in self.layers.iter().zip(&cast.layers) {
            let (n_rows, n_cols) = from.stored_shape();
            let (source, target) = (&self.values[from.coefs.clone()], &mut cast.values[to.coefs.clone()]);
            for row in 0..n_rows {
                for column in 0..n_cols {
                    target[row * to.stride + column] = convert(source[row * from.stride + column]);
                }
            }
            for column in 0..from.n_out {
                cast.values[to.intercepts.start + column] =
                    convert(self.values[from.intercepts.start + column]);
            }
        }
        cast
    }

    /// Neurons of each layer from the inputs to the outputs.
    pub(crate) fn sizes(&self) -> Vec<usize> {
        self.layers.iter().map(|layer| layer.n_in).chain(self.layers.last().map(|last| last.n_out)).collect()
    }

    /// Features of the input.
    pub(crate) fn n_features(&self) -> usize {
        self.layers[0].n_in
    }

    /// Neurons of the last layer.
    pub(crate) fn n_outputs(&self) -> usize {
        self.layers[self.layers.len() - 1].n_out
    }

    /// All coefficients with their padding, without the intercepts.
    pub(crate) fn all_coefs(&self) -> Range<usize> {
        0..self.layers[self.layers.len() - 1].coefs.end
    }

    /// The coefficients of a layer, shape `(n_in, n_out)`.
    pub(crate) fn coefs(&self, layer: &Layer) -> ArrayView2<'_, T> {
        let shape = (layer.n_in, layer.n_out);
        let strides = if layer.is_last { (1, layer.stride) } else { (layer.stride, 1) };
        ArrayView2::from_shape(shape.strides(strides), &self.values[layer.coefs.clone()])
            .expect("the layer was laid out for this shape")
    }

    /// The intercepts of a layer.
    pub(crate) fn intercepts(&self, layer: &Layer) -> ArrayView1<'_, T> {
        ArrayView1::from(&self.values[layer.intercepts.clone()][..layer.n_out])
    }

    /// Computes the neurons of every layer for the first `n_rows` rows of `neurons[0]`. The outputs are left as sums,
    /// before the function that makes them probabilities; hidden neurons go through `after_hidden`, which gets the
    /// index of the layer they feed.
    pub(crate) fn forward(
        &self,
        neurons: &mut [Matrix<T>],
        n_rows: usize,
        mut after_hidden: impl FnMut(usize, &mut Matrix<T>),
    ) {
        for (idx, layer) in self.layers.iter().enumerate() {
            let (before, after) = neurons.split_at_mut(idx + 1);
            self.layer_forward(layer, &before[idx], &mut after[0], n_rows);
            if !layer.is_last {
                after_hidden(idx + 1, &mut after[0]);
            }
        }
    }

    /// One layer: linear, and for relu the activation as well, while the sums are in registers.
    fn layer_forward(&self, layer: &Layer, input: &Matrix<T>, output: &mut Matrix<T>, n_rows: usize) {
        let coefs = Right { values: &self.values[layer.coefs.clone()], stride: layer.stride };
        let start = &self.values[layer.intercepts.clone()];
        let stride = output.stride();
        let out = output.rows_mut(n_rows);
        if layer.is_last {
            let left = Right { values: input.rows(n_rows), stride: input.stride() };
            return multiply_transposed(simd::in_use(), left, coefs, start, layer.n_out, out, stride);
        }
        let left = Left::Rows { values: input.rows(n_rows), stride: input.stride() };
        let finish = if self.activation == Activation::Relu { Finish::Relu } else { Finish::Keep };
        multiply(
            simd::in_use(),
            &Product { left, right: coefs, depth: layer.n_in, start, finish },
            out,
            stride,
        );
    }

    /// Room for the neurons of every layer, for batches of up to `n_rows`.
    pub(crate) fn neurons(&self, n_rows: usize) -> Vec<Matrix<T>> {
        self.sizes().into_iter().map(|size| Matrix::zeros(n_rows, size)).collect()
    }
}

impl Network<f64> {
    /// Random first weights, drawn layer by layer, coefficients row by row and then intercepts, as scikit-learn does.
    pub(crate) fn random(
        sizes: &[usize],
        activation: Activation,
        initialization: Initialization,
        rng: &mut ChaCha8Rng,
    ) -> Self {
        let mut network = Self::zeros(sizes, activation);
        for idx in 0..network.layers.len() {
            let Layer { n_in, n_out, .. } = network.layers[idx];
            let bound = initial_bound(n_in, n_out, activation, initialization);
            let mut draw = |bound: f64| bound * rng.random_range(-1.0..1.0);
            let coefs = Array2::from_shape_simple_fn((n_in, n_out), || draw(bound));
            let intercepts = match initialization {
                Initialization::Glorot => Array1::from_shape_simple_fn(n_out, || draw(bound)),
                Initialization::He => Array1::zeros(n_out),
            };
            network.set_layer(idx, &coefs, &intercepts);
        }
        network
    }
}

impl Layer {
    /// Rows and columns as stored, without the padding.
    pub(crate) fn stored_shape(&self) -> (usize, usize) {
        if self.is_last { (self.n_out, self.n_in) } else { (self.n_in, self.n_out) }
    }
}

/// Refuses a weight that is not finite.
fn check_weights<'a, T: Real>(
    mut weights: impl Iterator<Item = ((usize, usize), &'a T)>,
) -> Result<(), Error> {
    match weights.find(|(_, weight)| !weight.to_f64().is_finite()) {
        Some(((row, column), &value)) => Err(Error::NonFinite { row, column, value: value.to_f64() }),
        None => Ok(()),
    }
}

/// Half the width of the uniform law of a layer's first coefficients.
fn initial_bound(n_in: usize, n_out: usize, activation: Activation, initialization: Initialization) -> f64 {
    match (initialization, activation) {
        (Initialization::Glorot, Activation::Logistic) => (2.0 / (n_in + n_out) as f64).sqrt(),
        (Initialization::Glorot, _) => (6.0 / (n_in + n_out) as f64).sqrt(),
        (Initialization::He, _) => (6.0 / n_in as f64).sqrt(),
    }
}
