//! The stored form of a perceptron, in both precisions.

use ndarray::{Array1, Array2};

use super::matrix::Aligned;
use super::network::Network;
use super::optimizer::Optimizer;
use super::params::{Activation, MlpParams, Solver};
use super::real::Real;
use super::train::{History, n_outputs};
use super::{Mlp, MlpSingle};
use crate::Error;

/// Raised whenever the fields below change.
const FORMAT_VERSION: u32 = 1;

/// What is written in place of an [`Mlp`]: all that a warm start and [`Mlp::partial_fit`] need.
#[derive(serde::Serialize, serde::Deserialize)]
pub(super) struct Stored {
    format_version: u32,
    params: MlpParams,
    classes: Vec<usize>,
    weights: Weights<f64>,
    solver: Memory,
    history: History,
    temperature: f64,
}

/// What is written in place of an [`MlpSingle`].
#[derive(serde::Serialize, serde::Deserialize)]
pub(super) struct StoredSingle {
    format_version: u32,
    activation: Activation,
    classes: Vec<usize>,
    weights: Weights<f32>,
    temperature: f64,
}

/// One number for each weight, without padding; `coefs` as scikit-learn's `coefs_`.
#[derive(serde::Serialize, serde::Deserialize)]
struct Weights<T> {
    coefs: Vec<Array2<T>>,
    intercepts: Vec<Array1<T>>,
}

/// What the solver remembers.
#[derive(serde::Serialize, serde::Deserialize)]
struct Memory {
    learning_rate: f64,
    t: u64,
    first: Weights<f64>,
    /// Of Adam only.
    second: Option<Weights<f64>>,
}

impl<T: Real> Weights<T> {
    fn of(network: &Network<T>) -> Self {
        let layers = network.layers.iter();
        Self {
            coefs: layers
                .clone()
                .map(|layer| network.coefs(layer).as_standard_layout().into_owned())
                .collect(),
            intercepts: layers.map(|layer| network.intercepts(layer).to_owned()).collect(),
        }
    }

    fn network(&self, sizes: &[usize], activation: Activation) -> Result<Network<T>, Error> {
        Network::of(sizes, activation, &self.coefs, &self.intercepts)
    }

    fn n_features(&self) -> usize {
        self.coefs.first().map_or(0, |first| first.nrows())
    }
}

impl Memory {
    fn of(optimizer: &Optimizer, network: &Network<f64>) -> Self {
        let weights = |values: &Aligned<f64>| {
            Weights::of(&Network { values: values.clone(), layers: network.layers.clone(), ..*network })
        };
        Self {
            learning_rate: optimizer.learning_rate,
            t: optimizer.t,
            first: weights(&optimizer.first),
            second: (!optimizer.second.is_empty()).then(|| weights(&optimizer.second)),
        }
    }

    fn optimizer(self, sizes: &[usize], params: &MlpParams) -> Result<Optimizer, Error> {
        let (found, expected) =
            (usize::from(self.second.is_some()), usize::from(params.solver == Solver::Adam));
        if found != expected {
            return Err(Error::Length { name: "solver.second", found, expected });
        }
        positive("learning_rate", self.learning_rate)?;
        let values = |weights: Weights<f64>| Ok(weights.network(sizes, params.activation)?.values);
        Ok(Optimizer {
            learning_rate: self.learning_rate,
            t: self.t,
            first: values(self.first)?,
            second: self.second.map_or_else(|| Ok(Aligned::zeros(0)), values)?,
        })
    }
}

impl From<Mlp> for Stored {
    fn from(model: Mlp) -> Self {
        let Mlp { params, classes, network, optimizer, history, temperature } = model;
        let (weights, solver) = (Weights::of(&network), Memory::of(&optimizer, &network));
        Self { format_version: FORMAT_VERSION, params, classes, weights, solver, history, temperature }
    }
}

impl TryFrom<Stored> for Mlp {
    type Error = Error;

    fn try_from(stored: Stored) -> Result<Self, Error> {
        let Stored { format_version, params, classes, weights, solver, history, temperature } = stored;
        check_version("Mlp", format_version)?;
        positive("temperature", temperature)?;
        check_classes(&classes)?;
        params.check()?;
        let (sizes, classes) = params.layout(weights.n_features(), &classes)?;
        let network = weights.network(&sizes, params.activation)?;
        let optimizer = solver.optimizer(&sizes, &params)?;
        Ok(Self { params, classes, network, optimizer, history, temperature })
    }
}

impl From<MlpSingle> for StoredSingle {
    fn from(model: MlpSingle) -> Self {
        let MlpSingle { network, classes, temperature } = model;
        let activation = network.activation;
        Self {
            format_version: FORMAT_VERSION,
            activation,
            classes,
            weights: Weights::of(&network),
            temperature,
        }
    }
}

impl TryFrom<StoredSingle> for MlpSingle {
    type Error = Error;

    fn try_from(stored: StoredSingle) -> Result<Self, Error> {
        let StoredSingle { format_version, activation, classes, weights, temperature } = stored;
        check_version("MlpSingle", format_version)?;
        positive("temperature", temperature)?;
        check_classes(&classes)?;
        let mut sizes: Vec<usize> = weights.coefs.iter().map(Array2::nrows).collect();
        sizes.push(n_outputs(&classes));
        if sizes.len() < 2 || sizes.contains(&0) {
            return Err(Error::Length { name: "coefs", found: 0, expected: 1 });
        }
        let network = weights.network(&sizes, activation)?;
        Ok(Self { network, classes, temperature })
    }
}

fn check_version(model: &'static str, found: u32) -> Result<(), Error> {
    let expected = FORMAT_VERSION;
    if found == expected { Ok(()) } else { Err(Error::FormatVersion { model, found, expected }) }
}

/// Refuses classes that are not at least two, ascending.
fn check_classes(classes: &[usize]) -> Result<(), Error> {
    if classes.is_sorted_by(|a, b| a < b) && classes.len() >= 2 {
        return Ok(());
    }
    let value = classes.len() as f64;
    Err(Error::Parameter { name: "classes", value, expected: "two or more different ones, ascending" })
}

fn positive(name: &'static str, value: f64) -> Result<(), Error> {
    if value > 0.0 && value.is_finite() {
        return Ok(());
    }
    Err(Error::Parameter { name, value, expected: "a finite number above 0" })
}
