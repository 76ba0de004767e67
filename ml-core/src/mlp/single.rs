//! Prediction in single precision.

use ndarray::{Array1, Array2, ArrayRef2, Axis};

use super::network::{Layer, Network};
use super::params::Activation;
use super::{Mlp, argmax, loss, map_rows};
use crate::Error;

/// Half the distance from 1 to the next `f32`.
const UNIT_ROUNDOFF: f64 = 5.960_464_477_539_063e-8;

/// Units in the last place by which `tanh` and `exp` of `f32` may be wrong, and then some.
const FUNCTION_ROUNDOFF: f64 = 8.0 * UNIT_ROUNDOFF;

/// A fitted model in single precision, made by [`Mlp::to_single`]: it reads `f32` and predicts about twice as fast.
///
/// Time and memory as [`Mlp`]. How far its sums may be from those of the model in double precision is known beforehand:
/// [`error_bound`](Self::error_bound).
///
/// ```
/// use bro_ml_core::MlpParams;
/// use ndarray::{Array1, Array2};
///
/// let x = Array2::from_shape_fn((50, 2), |(row, column)| ((row * (column + 3)) % 50) as f64 / 25.0 - 1.0);
/// let y = Array1::from_shape_fn(50, |row| usize::from(x[[row, 0]] > 0.0));
/// let mlp = MlpParams { max_iter: 20, ..MlpParams::new() }.fit(&x, &y)?;
/// let single = mlp.to_single();
/// let (x_single, bound) = (x.mapv(|value| value as f32), single.error_bound(1.0));
/// assert!(bound < 1e-3);
/// let (exact, fast) = (mlp.predict_proba(&x)?, single.predict_proba(&x_single)?);
/// assert!((&exact - &fast).iter().all(|error| error.abs() < bound));
/// # Ok::<(), bro_ml_core::Error>(())
/// ```
#[derive(Debug, Clone)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(
    feature = "serde",
    serde(into = "super::stored::StoredSingle", try_from = "super::stored::StoredSingle")
)]
pub struct MlpSingle {
    pub(super) network: Network<f32>,
    pub(super) classes: Vec<usize>,
    pub(super) temperature: f64,
}

impl Mlp {
    /// The model with its weights rounded to single precision.
    #[must_use]
    pub fn to_single(&self) -> MlpSingle {
        let network = self.network.cast(|value| value as f32);
        MlpSingle { network, classes: self.classes.clone(), temperature: self.temperature }
    }
}

impl MlpSingle {
    /// The most probable class of each row of `x`, shape `(n_samples, n_features)`; of equal ones the lowest.
    ///
    /// # Errors
    /// [`Error::NFeatures`] for another width than the fitted one; [`Error::NonFinite`] for NaN or infinity;
    /// [`Error::Magnitude`] for a value beyond ±1e15.
    pub fn predict(&self, x: &ArrayRef2<f32>) -> Result<Array1<usize>, Error> {
        map_rows(&self.network, x, 1, |sums: &[f32], out: &mut [usize]| out[0] = self.classes[argmax(sums)])
            .map(|labels| labels.remove_axis(Axis(1)))
    }

    /// The probability of each class, shape `(n_samples, n_classes)`, in the order of [`Mlp::classes`].
    ///
    /// # Errors
    /// As [`predict`](Self::predict).
    pub fn predict_proba(&self, x: &ArrayRef2<f32>) -> Result<Array2<f64>, Error> {
        map_rows(&self.network, x, self.classes.len(), |sums: &[f32], out| {
            loss::probabilities(sums, self.temperature, out);
        })
    }

    /// The sums of the last layer of each row, before they become probabilities: shape `(n_samples, 1)` for two classes,
    /// else `(n_samples, n_classes)`.
    ///
    /// # Errors
    /// As [`predict`](Self::predict).
    pub fn sums(&self, x: &ArrayRef2<f32>) -> Result<Array2<f32>, Error> {
        map_rows(&self.network, x, self.network.n_outputs(), |sums: &[f32], out: &mut [f32]| {
            out.copy_from_slice(sums)
        })
    }

    /// How far, at most, the sums of the last layer are from those of the model in double precision, for rows of `f32`
    /// within `±max_abs`. Probabilities are off by at most half of that divided by the temperature, and a class can
    /// differ only where the sums decide by less than twice that.
    ///
    /// Each sum of n products adds at most (n + 4) roundings of the sum of magnitudes to the errors that come in; the
    /// bound follows both through the layers. Time O(weights).
    ///
    /// # References
    /// Higham, "Accuracy and stability of numerical algorithms", SIAM 2002, section 3.1.
    #[must_use]
    pub fn error_bound(&self, max_abs: f64) -> f64 {
        let n_features = self.network.n_features();
        let inputs = Neurons { sizes: vec![max_abs; n_features], errors: vec![0.0; n_features] };
        let outputs = self.network.layers.iter().fold(inputs, |inputs, layer| self.propagate(layer, &inputs));
        outputs.errors.into_iter().fold(0.0, f64::max)
    }

    /// Bounds after a layer from those before it.
    fn propagate(&self, layer: &Layer, inputs: &Neurons) -> Neurons {
        let roundings = (layer.n_in + 4) as f64 * UNIT_ROUNDOFF;
        let growth = roundings / (1.0 - roundings);
        let (coefs, intercepts) = (self.network.coefs(layer), self.network.intercepts(layer));
        let mut outputs = Neurons { sizes: Vec::new(), errors: Vec::new() };
        for (coefs, intercept) in coefs.columns().into_iter().zip(intercepts) {
            let sum = |values: &[f64]| -> f64 {
                coefs.iter().zip(values).map(|(coef, value)| f64::from(coef.abs()) * value).sum()
            };
            let (size, error) = (sum(&inputs.sizes) + f64::from(intercept.abs()), sum(&inputs.errors));
            let error = error + growth * (size + error);
            let is_squashed = matches!(self.network.activation, Activation::Logistic | Activation::Tanh);
            let (size, error) = match is_squashed && !layer.is_last {
                true => (1.0, error + FUNCTION_ROUNDOFF),
                false => (size, error),
            };
            outputs.sizes.push(size);
            outputs.errors.push(error);
        }
        outputs
    }
}

/// Bounds of the neurons of a layer: their magnitude, and how wrong they are.
struct Neurons {
    sizes: Vec<f64>,
    errors: Vec<f64>,
}
