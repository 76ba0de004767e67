//! The functions of hidden neurons, and what they do to gradients.

use pulp::{Simd, WithSimd};

use super::matrix::Matrix;
use super::params::Activation;
use super::real::Real;
use crate::simd;

impl Activation {
    /// Applies the function to the sums in the first `n_rows` rows. Relu has been applied by the matrix product.
    pub(super) fn apply<T: Real>(self, neurons: &mut Matrix<T>, n_rows: usize) {
        let function = match self {
            Self::Identity | Self::Relu => return,
            Self::Logistic => T::logistic,
            Self::Tanh => T::tanh,
        };
        let (n_cols, stride) = (neurons.n_cols(), neurons.stride());
        for row in neurons.rows_mut(n_rows).chunks_exact_mut(stride) {
            row[..n_cols].iter_mut().for_each(|value| *value = function(*value));
        }
    }

    /// Multiplies `deltas` by the function's derivative, which follows from the neuron's value.
    pub(super) fn apply_derivative(self, neurons: &[f64], deltas: &mut [f64]) {
        let derivative = match self {
            Self::Identity => return,
            Self::Relu => return simd::run(simd::in_use(), Gate { neurons, deltas }),
            Self::Logistic => |value: f64| value * (1.0 - value),
            Self::Tanh => |value: f64| 1.0 - value * value,
        };
        for (delta, &value) in deltas.iter_mut().zip(neurons) {
            *delta *= derivative(value);
        }
    }
}

/// Derivative of relu: deltas pass where the neuron is above zero.
struct Gate<'a> {
    neurons: &'a [f64],
    deltas: &'a mut [f64],
}

impl WithSimd for Gate<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let zero = simd.splat_f64s(0.0);
        let (neurons, deltas) = (S::as_simd_f64s(self.neurons).0, S::as_mut_simd_f64s(self.deltas).0);
        let neurons = &neurons[..deltas.len()];
        for idx in 0..deltas.len() {
            let is_above = simd.greater_than_f64s(neurons[idx], zero);
            deltas[idx] = simd.select_f64s(is_above, deltas[idx], zero);
        }
    }
}
