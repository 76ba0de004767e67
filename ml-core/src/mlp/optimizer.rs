//! Steps along the gradient: Adam, and stochastic gradient descent with momentum.

use pulp::{Simd, WithSimd};

use super::matrix::Aligned;
use super::params::{LearningRate, MlpParams, Solver};
use crate::simd;

/// What a solver remembers from step to step.
#[derive(Debug, Clone)]
pub(super) struct Optimizer {
    pub(super) learning_rate: f64,
    /// Steps taken.
    pub(super) t: u64,
    /// Adam's mean gradient, or the velocity of gradient descent.
    pub(super) first: Aligned<f64>,
    /// Adam's mean squared gradient; empty for gradient descent.
    pub(super) second: Aligned<f64>,
}

impl Optimizer {
    /// A solver at rest, for `n_values` weights.
    pub(super) fn new(params: &MlpParams, n_values: usize) -> Self {
        let n_second = if params.solver == Solver::Adam { n_values } else { 0 };
        Self {
            learning_rate: params.learning_rate_init,
            t: 0,
            first: Aligned::zeros(n_values),
            second: Aligned::zeros(n_second),
        }
    }

    /// Moves the weights by one step.
    pub(super) fn step(&mut self, params: &MlpParams, values: &mut [f64], gradient: &[f64]) {
        self.t += 1;
        match params.solver {
            Solver::Adam => self.adam(params, values, gradient),
            Solver::Sgd => self.sgd(params, values, gradient),
        }
    }

    fn adam(&mut self, params: &MlpParams, values: &mut [f64], gradient: &[f64]) {
        let &MlpParams { beta_1, beta_2, epsilon, learning_rate_init, .. } = params;
        let t = self.t as f64;
        self.learning_rate = learning_rate_init * (1.0 - beta_2.powf(t)).sqrt() / (1.0 - beta_1.powf(t));
        let Self { learning_rate, first, second, .. } = self;
        let rates = Rates { beta_1, beta_2, epsilon, learning_rate: *learning_rate };
        simd::run(simd::in_use(), Adam { rates, values, gradient, first, second });
    }

    /// Velocities as scikit-learn: `v = momentum · v − rate · gradient`, and with Nesterov once more from there.
    fn sgd(&mut self, params: &MlpParams, values: &mut [f64], gradient: &[f64]) {
        let (momentum, rate) = (params.momentum, self.learning_rate);
        for ((value, velocity), gradient) in values.iter_mut().zip(self.first.iter_mut()).zip(gradient) {
            *velocity = momentum * *velocity - rate * gradient;
            *value +=
                if params.nesterovs_momentum { momentum * *velocity - rate * gradient } else { *velocity };
        }
    }

    /// Called after each epoch with the number of samples seen so far.
    pub(super) fn end_epoch(&mut self, params: &MlpParams, n_seen: u64) {
        if params.solver == Solver::Sgd && params.learning_rate == LearningRate::InvScaling {
            self.learning_rate = params.learning_rate_init / (n_seen as f64 + 1.0).powf(params.power_t);
        }
    }

    /// Called when nothing improves: whether to stop, or else go on with a smaller step.
    pub(super) fn stops(&mut self, params: &MlpParams) -> bool {
        let is_adaptive = params.solver == Solver::Sgd && params.learning_rate == LearningRate::Adaptive;
        if !is_adaptive || self.learning_rate <= 1e-6 {
            return true;
        }
        self.learning_rate /= 5.0;
        false
    }
}

#[derive(Debug, Clone, Copy)]
struct Rates {
    beta_1: f64,
    beta_2: f64,
    epsilon: f64,
    learning_rate: f64,
}

/// One step of Adam on all weights in one pass.
struct Adam<'a> {
    rates: Rates,
    values: &'a mut [f64],
    gradient: &'a [f64],
    first: &'a mut [f64],
    second: &'a mut [f64],
}

impl WithSimd for Adam<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { rates, values, gradient, first, second } = self;
        let (beta_1, rest_1) = (simd.splat_f64s(rates.beta_1), simd.splat_f64s(1.0 - rates.beta_1));
        let (beta_2, rest_2) = (simd.splat_f64s(rates.beta_2), simd.splat_f64s(1.0 - rates.beta_2));
        let (epsilon, rate) = (simd.splat_f64s(rates.epsilon), simd.splat_f64s(rates.learning_rate));
        let (values, gradient) = (S::as_mut_simd_f64s(values).0, S::as_simd_f64s(gradient).0);
        let n = values.len();
        let (first, second) = (S::as_mut_simd_f64s(first).0, S::as_mut_simd_f64s(second).0);
        let (gradient, first, second) = (&gradient[..n], &mut first[..n], &mut second[..n]);
        for idx in 0..n {
            let gradient = gradient[idx];
            let square = simd.mul_f64s(gradient, gradient);
            first[idx] = simd.mul_add_e_f64s(beta_1, first[idx], simd.mul_f64s(rest_1, gradient));
            second[idx] = simd.mul_add_e_f64s(beta_2, second[idx], simd.mul_f64s(rest_2, square));
            let divisor = simd.add_f64s(simd.sqrt_f64s(second[idx]), epsilon);
            values[idx] = simd.sub_f64s(values[idx], simd.div_f64s(simd.mul_f64s(rate, first[idx]), divisor));
        }
    }
}
