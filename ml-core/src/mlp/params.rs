//! What a training run is told.

use crate::Error;

/// Hyper-parameters of a multi-layer perceptron, with scikit-learn's names, meanings and defaults.
///
/// ```
/// use bro_ml_core::{Activation, MlpParams};
/// use ndarray::array;
///
/// let x = array![[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]];
/// let y = array![0, 1, 1, 0];
/// let params = MlpParams {
///     hidden_layer_sizes: vec![8],
///     activation: Activation::Tanh,
///     learning_rate_init: 0.05,
///     max_iter: 500,
///     ..MlpParams::new()
/// };
/// let mlp = params.fit(&x, &y)?;
/// assert_eq!(mlp.predict(&x)?, y);
/// # Ok::<(), bro_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct MlpParams {
    /// Neurons of each hidden layer, first to last; without any the model is a logistic regression. Default `[100]`.
    pub hidden_layer_sizes: Vec<usize>,
    /// Function of the hidden neurons. Default [`Activation::Relu`].
    pub activation: Activation,
    /// How gradients become steps. Default [`Solver::Adam`].
    pub solver: Solver,
    /// Strength of the L2 penalty `alpha / 2 · Σ coef²` on the summed loss of a batch; intercepts are free. Default
    /// 0.0001.
    pub alpha: f64,
    /// Samples of one step. Default [`BatchSize::Auto`].
    pub batch_size: BatchSize,
    /// How the step size of [`Solver::Sgd`] changes with time. Default [`LearningRate::Constant`].
    pub learning_rate: LearningRate,
    /// First step size. Default 0.001.
    pub learning_rate_init: f64,
    /// Exponent of [`LearningRate::InvScaling`]. Default 0.5.
    pub power_t: f64,
    /// Most epochs. Default 200.
    pub max_iter: usize,
    /// Whether each epoch takes the samples in a new random order. Default true.
    pub shuffle: bool,
    /// Seed of the weights, orders, dropped neurons and validation share. Default 0.
    pub seed: u64,
    /// Improvement of the loss, or of the validation score, below which an epoch counts as none. Default 0.0001.
    pub tol: f64,
    /// Share of the last step that [`Solver::Sgd`] keeps, in `[0, 1]`. Default 0.9.
    pub momentum: f64,
    /// Whether [`Solver::Sgd`] looks ahead along its momentum (Nesterov). Default true.
    pub nesterovs_momentum: bool,
    /// Whether to stop by the score of a held-out share and to return the weights of the best epoch. Default false.
    pub early_stopping: bool,
    /// Share held out by `early_stopping`, stratified by class, in `(0, 1)`. Default 0.1.
    pub validation_fraction: f64,
    /// What `early_stopping` looks at. Default [`ValidationMetric::Accuracy`].
    pub validation_metric: ValidationMetric,
    /// Decay of Adam's mean gradient, in `[0, 1)`. Default 0.9.
    pub beta_1: f64,
    /// Decay of Adam's mean squared gradient, in `[0, 1)`. Default 0.999.
    pub beta_2: f64,
    /// Keeps Adam's divisor above zero. Default 1e-8.
    pub epsilon: f64,
    /// Epochs without improvement after which training stops. Default 10.
    pub n_iter_no_change: usize,
    /// Weight of each class in the loss. Default [`ClassWeight::Uniform`].
    pub class_weight: ClassWeight,
    /// Share of hidden neurons silenced at random in each training step, in `[0, 1)`; the others are scaled up to make
    /// up for it (Srivastava et al., JMLR 2014). Default 0.
    pub dropout: f64,
    /// Law of the first weights. Default [`Initialization::Glorot`].
    pub initialization: Initialization,
}

/// Function of a hidden neuron.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Activation {
    /// `z`.
    Identity,
    /// `1 / (1 + exp(−z))`.
    Logistic,
    /// `tanh(z)`.
    Tanh,
    /// `max(0, z)`.
    Relu,
}

/// How gradients become steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Solver {
    /// Stochastic gradient descent with momentum.
    Sgd,
    /// Adam: Kingma & Ba, "Adam: a method for stochastic optimization", ICLR 2015.
    Adam,
}

/// Samples of one step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum BatchSize {
    /// 200, or all samples if they are fewer.
    Auto,
    /// This many, or all samples if they are fewer.
    Count(usize),
}

/// How the step size of [`Solver::Sgd`] changes with time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum LearningRate {
    /// It stays at `learning_rate_init`.
    Constant,
    /// `learning_rate_init / (t + 1)^power_t` after t samples.
    InvScaling,
    /// A fifth of what it was, each time that training would have stopped, until it is 1e-6 or less.
    Adaptive,
}

/// What `early_stopping` looks at; greater is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum ValidationMetric {
    /// Share of correct predictions.
    Accuracy,
    /// The log loss, negated.
    LogLoss,
    /// Average precision (area under the precision-recall curve) of the second of two classes; with more classes the
    /// mean over each class against the others. The right choice when attacks are rare.
    AveragePrecision,
}

/// Weight of each class in the loss.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum ClassWeight {
    /// 1 for all.
    Uniform,
    /// `n_samples / (n_classes · samples of the class)`: all classes count the same.
    Balanced,
    /// One number for each class, in ascending order of the labels.
    PerClass(Vec<f64>),
}

/// Law of the first weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Initialization {
    /// Coefficients and intercepts uniform within `±√(6 / (fan_in + fan_out))`, for [`Activation::Logistic`]
    /// `±√(2 / (fan_in + fan_out))`: Glorot & Bengio, "Understanding the difficulty of training deep feedforward neural
    /// networks", AISTATS 2010. As scikit-learn.
    Glorot,
    /// Coefficients uniform within `±√(6 / fan_in)`, intercepts zero: He et al., "Delving deep into rectifiers", ICCV
    /// 2015. Keeps deep networks of [`Activation::Relu`] alive.
    He,
}

impl MlpParams {
    /// scikit-learn's defaults.
    #[must_use]
    pub fn new() -> Self {
        Self {
            hidden_layer_sizes: vec![100],
            activation: Activation::Relu,
            solver: Solver::Adam,
            alpha: 1e-4,
            batch_size: BatchSize::Auto,
            learning_rate: LearningRate::Constant,
            learning_rate_init: 1e-3,
            power_t: 0.5,
            max_iter: 200,
            shuffle: true,
            seed: 0,
            tol: 1e-4,
            momentum: 0.9,
            nesterovs_momentum: true,
            early_stopping: false,
            validation_fraction: 0.1,
            validation_metric: ValidationMetric::Accuracy,
            beta_1: 0.9,
            beta_2: 0.999,
            epsilon: 1e-8,
            n_iter_no_change: 10,
            class_weight: ClassWeight::Uniform,
            dropout: 0.0,
            initialization: Initialization::Glorot,
        }
    }

    /// Refuses what no data could make valid.
    pub(super) fn check(&self) -> Result<(), Error> {
        let counts = [
            ("hidden_layer_sizes", self.hidden_layer_sizes.iter().copied().min().unwrap_or(1)),
            ("max_iter", self.max_iter),
            ("n_iter_no_change", self.n_iter_no_change),
            ("batch_size", self.batch_size.at_most(usize::MAX)),
        ];
        for (name, value) in counts {
            require(value > 0, name, value as f64, "at least 1")?;
        }
        for (name, value) in [("beta_1", self.beta_1), ("beta_2", self.beta_2), ("dropout", self.dropout)] {
            require((0.0..1.0).contains(&value), name, value, "a number from 0 to below 1")?;
        }
        for (name, value) in [("learning_rate_init", self.learning_rate_init), ("epsilon", self.epsilon)] {
            require(value > 0.0 && value.is_finite(), name, value, "a finite number above 0")?;
        }
        for (name, value) in [("alpha", self.alpha), ("tol", self.tol), ("power_t", self.power_t)] {
            require(value >= 0.0 && value.is_finite(), name, value, "a finite number of at least 0")?;
        }
        let (momentum, fraction) = (self.momentum, self.validation_fraction);
        require((0.0..=1.0).contains(&momentum), "momentum", momentum, "a number from 0 to 1")?;
        require(fraction > 0.0 && fraction < 1.0, "validation_fraction", fraction, "a number between 0 and 1")
    }

    /// The weight of each of the classes, whose numbers of samples are `counts`.
    pub(super) fn class_weights(&self, counts: &[usize]) -> Result<Vec<f64>, Error> {
        match &self.class_weight {
            ClassWeight::Uniform => Ok(vec![1.0; counts.len()]),
            ClassWeight::Balanced => {
                let mean = counts.iter().sum::<usize>() as f64 / counts.len() as f64;
                Ok(counts.iter().map(|&count| if count > 0 { mean / count as f64 } else { 0.0 }).collect())
            }
            ClassWeight::PerClass(weights) if weights.len() != counts.len() => {
                Err(Error::Length { name: "class_weight", found: weights.len(), expected: counts.len() })
            }
            ClassWeight::PerClass(weights) => {
                let is_weight = |weight: f64| weight >= 0.0 && weight.is_finite();
                match weights.iter().find(|&&weight| !is_weight(weight)) {
                    Some(&value) => Err(Error::Parameter { name: "class_weight", value, expected: WEIGHT }),
                    None => Ok(weights.clone()),
                }
            }
        }
    }
}

impl Default for MlpParams {
    fn default() -> Self {
        Self::new()
    }
}

impl BatchSize {
    /// Samples of a batch out of `n_samples`.
    pub(super) fn at_most(self, n_samples: usize) -> usize {
        match self {
            Self::Auto => n_samples.min(200),
            Self::Count(count) => n_samples.min(count),
        }
    }
}

/// What a weight has to be.
pub(super) const WEIGHT: &str = "a finite number of at least 0";

fn require(holds: bool, name: &'static str, value: f64, expected: &'static str) -> Result<(), Error> {
    if holds { Ok(()) } else { Err(Error::Parameter { name, value, expected }) }
}
