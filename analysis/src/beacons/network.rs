use crate::{Error, Stage};
use bro_ml_core::{Activation, Mlp, MlpLayers};
use ndarray::{Array1, Array2, ArrayRef2};
use serde::{Deserialize, Serialize};

/// A network of two classes with its features and their scaling, as it is stored: in single precision.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct StoredNetwork {
    pub(super) features: Vec<String>,
    /// What scaled features may be at most: nothing in a strange log takes the network far from what it knows.
    clip: f64,
    mean: Vec<f32>,
    scale: Vec<f32>,
    activation: String,
    layers: Vec<StoredLayer>,
    temperature: f64,
}

/// Weights of a layer: a row for each input.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct StoredLayer {
    coefs: Vec<Vec<f32>>,
    intercepts: Vec<f32>,
}

/// A stored network at work.
#[derive(Debug, Clone)]
pub(super) struct ScaledNetwork {
    pub(super) stored: StoredNetwork,
    mlp: Mlp,
}

const ACTIVATIONS: [(&str, Activation); 4] = [
    ("identity", Activation::Identity),
    ("logistic", Activation::Logistic),
    ("tanh", Activation::Tanh),
    ("relu", Activation::Relu),
];

impl StoredNetwork {
    /// What training gave, rounded.
    pub(super) fn of(features: Vec<String>, clip: f64, mean: &[f64], scale: &[f64], mlp: &Mlp) -> Self {
        let single = |values: &[f64]| values.iter().map(|&value| value as f32).collect::<Vec<f32>>();
        let layers = mlp.coefs().into_iter().zip(mlp.intercepts());
        let layers = layers.map(|(coefs, intercepts)| StoredLayer {
            coefs: coefs.rows().into_iter().map(|row| row.iter().map(|&v| v as f32).collect()).collect(),
            intercepts: intercepts.iter().map(|&value| value as f32).collect(),
        });
        let activation = ACTIVATIONS.iter().find(|(_, known)| *known == mlp.params().activation);
        Self {
            features,
            clip,
            mean: single(mean),
            scale: single(scale),
            activation: activation.map_or("relu", |(name, _)| name).to_owned(),
            layers: layers.collect(),
            temperature: mlp.temperature(),
        }
    }

    /// Builds the network; everything about it is checked.
    pub(super) fn build(self) -> Result<ScaledNetwork, Error> {
        let n_features = self.features.len();
        if [self.mean.len(), self.scale.len()] != [n_features; 2] {
            return Err(bad("its scaling has another length than its features"));
        }
        let is_usable = |value: &f32| value.is_finite() && *value > 0.0;
        let is_clipped = self.clip > 0.0 && self.clip.is_finite();
        if !is_clipped || !self.scale.iter().all(is_usable) || !self.mean.iter().all(|mean| mean.is_finite())
        {
            return Err(bad("its scaling is no number above 0"));
        }
        let coefs = self.layers.iter().map(StoredLayer::matrix).collect::<Result<Vec<_>, _>>()?;
        if coefs.first().is_none_or(|first| first.nrows() != n_features) {
            return Err(bad("its first layer has another width than its features"));
        }
        let activation = ACTIVATIONS.iter().find(|(name, _)| *name == self.activation);
        let activation = activation.ok_or_else(|| bad("its activation is unknown"))?.1;
        let intercepts = self.layers.iter().map(|layer| layer.intercepts.iter().map(|&v| v.into()).collect());
        let (intercepts, temperature) = (intercepts.collect(), self.temperature);
        let layers = MlpLayers { activation, coefs, intercepts, temperature };
        let mlp = Mlp::from_layers(layers, vec![0, 1]).map_err(Error::at(Stage::Score))?;
        Ok(ScaledNetwork { stored: self, mlp })
    }

    /// Chosen columns of each row, scaled and clipped.
    fn scaled(&self, x: &ArrayRef2<f64>, columns: &[usize]) -> Array2<f64> {
        Array2::from_shape_fn((x.nrows(), columns.len()), |(row, idx)| {
            let scaled = (x[[row, columns[idx]]] - f64::from(self.mean[idx])) / f64::from(self.scale[idx]);
            scaled.clamp(-self.clip, self.clip)
        })
    }
}

impl ScaledNetwork {
    /// Probabilities of the second class; `columns` says which columns of `x` are its features.
    pub(super) fn predict(&self, x: &ArrayRef2<f64>, columns: &[usize]) -> Result<Array1<f64>, Error> {
        if x.nrows() == 0 {
            return Ok(Array1::zeros(0));
        }
        let proba =
            self.mlp.predict_proba(&self.stored.scaled(x, columns)).map_err(Error::at(Stage::Score))?;
        Ok(proba.column(1).to_owned())
    }
}

impl StoredLayer {
    fn matrix(&self) -> Result<Array2<f64>, Error> {
        let n_cols = self.intercepts.len();
        if self.coefs.iter().any(|row| row.len() != n_cols) {
            return Err(bad("a layer's rows differ in length"));
        }
        let values = self.coefs.iter().flatten().map(|&value| f64::from(value)).collect();
        Array2::from_shape_vec((self.coefs.len(), n_cols), values).map_err(|error| bad(&error.to_string()))
    }
}

/// A model that cannot be used, and why.
pub(super) fn bad(detail: &str) -> Error {
    Error::Model { detail: detail.to_owned() }
}

/// Where each of `features` stands among `known`.
pub(super) fn columns_of<'a>(
    features: &[String],
    known: impl Fn(&str) -> Option<usize> + 'a,
) -> Result<Vec<usize>, Error> {
    let column = |name: &String| {
        known(name).ok_or_else(|| bad(&format!("feature {name:?} is not known to this version")))
    };
    features.iter().map(column).collect()
}
