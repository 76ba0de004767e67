//! Models put together from numbers that were kept elsewhere.

use ndarray::{Array1, Array2};

use super::Mlp;
use super::network::Network;
use super::optimizer::Optimizer;
use super::params::{Activation, MlpParams};
use super::train::History;
use crate::Error;

/// The numbers of a fitted network: what [`Mlp::coefs`] and [`Mlp::intercepts`] lend, to be kept in a form of one's own.
///
/// ```
/// use bro_ml_core::{Activation, Mlp, MlpLayers};
/// use ndarray::array;
///
/// let layers = MlpLayers {
///     activation: Activation::Relu,
///     coefs: vec![array![[2.0]]],
///     intercepts: vec![array![-1.0]],
///     temperature: 1.0,
/// };
/// let mlp = Mlp::from_layers(layers, vec![3, 7])?;
/// assert_eq!(mlp.predict(&array![[0.4], [0.6]])?, array![3, 7]);
/// # Ok::<(), bro_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct MlpLayers {
    /// Function of the hidden neurons.
    pub activation: Activation,
    /// Coefficients of each layer, shape `(neurons before, neurons after)`.
    pub coefs: Vec<Array2<f64>>,
    /// Intercepts of each layer.
    pub intercepts: Vec<Array1<f64>>,
    /// What sums are divided by before they become probabilities; see [`Mlp::calibrate`].
    pub temperature: f64,
}

impl Mlp {
    /// A model with these layers, which predicts as the one they came from; `classes` are its labels, ascending. It
    /// remembers nothing of a training.
    ///
    /// # Errors
    /// [`Error::Length`] where layers do not fit each other or the classes, [`Error::NClasses`] for fewer than two
    /// classes, [`Error::Parameter`] for a temperature that is not above 0, [`Error::NonFinite`] for a coefficient that
    /// is no number.
    pub fn from_layers(layers: MlpLayers, classes: Vec<usize>) -> Result<Self, Error> {
        let MlpLayers { activation, coefs, intercepts, temperature } = layers;
        if !(temperature > 0.0 && temperature.is_finite()) {
            let (name, expected) = ("temperature", "a finite number above 0");
            return Err(Error::Parameter { name, value: temperature, expected });
        }
        let sizes = sizes(&coefs, &intercepts, &classes)?;
        let mut network = Network::zeros(&sizes, activation);
        for (idx, (coefs, intercepts)) in coefs.iter().zip(&intercepts).enumerate() {
            network.set_layer(idx, coefs, intercepts);
        }
        let hidden_layer_sizes = sizes[1..sizes.len() - 1].to_vec();
        let params = MlpParams { hidden_layer_sizes, activation, ..MlpParams::new() };
        let optimizer = Optimizer::new(&params, network.values.len());
        Ok(Self { params, classes, network, optimizer, history: History::default(), temperature })
    }
}

/// Neurons of each layer, from the inputs to the outputs, if all fit each other.
fn sizes(coefs: &[Array2<f64>], intercepts: &[Array1<f64>], classes: &[usize]) -> Result<Vec<usize>, Error> {
    if classes.len() < 2 {
        return Err(Error::NClasses { found: classes.len() });
    }
    same("intercepts", intercepts.len(), coefs.len().max(1))?;
    let mut sizes = vec![coefs[0].nrows()];
    for (idx, (coefs, intercepts)) in coefs.iter().zip(intercepts).enumerate() {
        same("coefs", coefs.nrows(), sizes[idx])?;
        same("intercepts", intercepts.len(), coefs.ncols())?;
        let values = coefs.indexed_iter().find(|(_, value)| !value.is_finite());
        if let Some(((row, column), &value)) = values {
            return Err(Error::NonFinite { row, column, value });
        }
        if let Some((row, &value)) = intercepts.indexed_iter().find(|(_, value)| !value.is_finite()) {
            return Err(Error::NonFinite { row, column: 0, value });
        }
        sizes.push(coefs.ncols());
    }
    let n_outputs = if classes.len() == 2 { 1 } else { classes.len() };
    same("classes", sizes[sizes.len() - 1], n_outputs)?;
    Ok(sizes)
}

fn same(name: &'static str, found: usize, expected: usize) -> Result<(), Error> {
    if found == expected { Ok(()) } else { Err(Error::Length { name, found, expected }) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array1, Array2};

    #[test]
    fn a_rebuilt_model_predicts_the_same_bits() {
        for n_classes in [2, 3] {
            let x = Array2::from_shape_fn((90, 3), |(row, column)| {
                ((row * (column + 5)) % 11) as f64 / 5.0 - 1.0
            });
            let y = Array1::from_shape_fn(90, |row| row % n_classes);
            let params = MlpParams { hidden_layer_sizes: vec![7, 5], max_iter: 5, ..MlpParams::new() };
            let mut mlp = params.fit(&x, &y).unwrap();
            mlp.calibrate(&x, &y).unwrap();
            let layers = MlpLayers {
                activation: Activation::Relu,
                coefs: mlp.coefs().iter().map(|coefs| coefs.to_owned()).collect(),
                intercepts: mlp.intercepts().iter().map(|intercepts| intercepts.to_owned()).collect(),
                temperature: mlp.temperature(),
            };
            let copy = Mlp::from_layers(layers, mlp.classes().to_vec()).unwrap();
            assert_eq!(copy.predict_proba(&x).unwrap(), mlp.predict_proba(&x).unwrap());
        }
    }

    #[test]
    fn layers_that_do_not_fit_are_refused() {
        let layer = |n_in, n_out| (Array2::zeros((n_in, n_out)), Array1::zeros(n_out));
        let mlp = |layers: Vec<(Array2<f64>, Array1<f64>)>, n_classes: usize| {
            let (coefs, intercepts) = layers.into_iter().unzip();
            let layers = MlpLayers { activation: Activation::Tanh, coefs, intercepts, temperature: 1.0 };
            Mlp::from_layers(layers, (0..n_classes).collect())
        };
        assert!(mlp(vec![layer(2, 3), layer(3, 1)], 2).is_ok());
        assert!(mlp(vec![layer(2, 3), layer(4, 1)], 2).is_err());
        assert!(mlp(vec![layer(2, 3), layer(3, 1)], 3).is_err());
        assert!(mlp(vec![layer(2, 1)], 1).is_err());
        assert!(mlp(Vec::new(), 2).is_err());
    }
}
