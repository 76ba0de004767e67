//! Epoch after epoch until nothing improves.

use std::ops::ControlFlow;

use ndarray::{Array1, Array2, ArrayRef1, ArrayRef2, ArrayView1, ArrayView2, CowArray, Ix2};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use super::backprop::{Batch, Dropout};
use super::network::Network;
use super::optimizer::Optimizer;
use super::params::{MlpParams, WEIGHT};
use super::{Mlp, check_values};
use crate::input::{check_shape, check_width, row_major};
use crate::{Error, split};

/// Samples to train with.
///
/// ```
/// use bro_ml_core::{MlpParams, TrainingData};
/// use ndarray::array;
/// use std::ops::ControlFlow;
///
/// let (x, y) = (array![[0.0], [1.0], [2.0], [3.0]], array![0, 0, 1, 1]);
/// let weight = array![1.0, 1.0, 2.0, 2.0];
/// let data = TrainingData { sample_weight: Some(&weight), ..TrainingData::new(&x, &y) };
/// let mut n_epochs = 0;
/// let mlp = MlpParams { max_iter: 5, ..MlpParams::new() }.fit_with(&data, None, &mut |progress| {
///     n_epochs = progress.n_iter;
///     ControlFlow::Continue(())
/// })?;
/// assert_eq!((n_epochs, mlp.n_iter()), (5, 5));
/// # Ok::<(), bro_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct TrainingData<'a> {
    /// Features, shape `(n_samples, n_features)`.
    pub x: &'a ArrayRef2<f64>,
    /// Label of each sample; any numbers.
    pub y: &'a ArrayRef1<usize>,
    /// Weight of each sample in the loss, at least 0; multiplied by that of its class. Default 1 for each.
    pub sample_weight: Option<&'a ArrayRef1<f64>>,
    /// Features and labels for early stopping, instead of a share held out of `x` at random: from later days or other
    /// hosts, so that the score means something.
    pub validation: Option<(&'a ArrayRef2<f64>, &'a ArrayRef1<usize>)>,
}

impl<'a> TrainingData<'a> {
    /// Samples of equal weight.
    #[must_use]
    pub fn new(x: &'a ArrayRef2<f64>, y: &'a ArrayRef1<usize>) -> Self {
        Self { x, y, sample_weight: None, validation: None }
    }
}

/// What an observer is told after each epoch.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct MlpProgress {
    /// Epochs finished.
    pub n_iter: usize,
    /// Mean loss of the epoch.
    pub loss: f64,
    /// Validation score after the epoch, with early stopping.
    pub validation_score: Option<f64>,
}

/// What training remembers of its epochs.
#[derive(Debug, Clone, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(super) struct History {
    pub(super) loss_curve: Vec<f64>,
    pub(super) validation_scores: Vec<f64>,
    pub(super) best_loss: Option<f64>,
    pub(super) best_validation_score: Option<f64>,
    pub(super) n_iter: usize,
    /// Epochs of all calls together: each has its own random numbers.
    n_epochs: u64,
    /// Samples of all epochs together.
    n_seen: u64,
    /// Epochs since the last improvement.
    n_unimproved: usize,
}

impl MlpParams {
    /// Trains on `x`, shape `(n_samples, n_features)`, with one label in `y` for each row.
    ///
    /// Stops when `n_iter_no_change` epochs in a row have not improved by `tol`, or after `max_iter`.
    ///
    /// # Errors
    /// [`Error::Parameter`] for a hyper-parameter outside its range; [`Error::Length`] if `x` and `y` differ in
    /// length; [`Error::NFeatures`] for no features; [`Error::NClasses`] for less than two classes;
    /// [`Error::NSamples`] if early stopping leaves too few samples on either side; [`Error::NonFinite`] for NaN or
    /// infinity; [`Error::Magnitude`] for a value beyond ±1e100; [`Error::Diverged`] if the weights overflow.
    pub fn fit(&self, x: &ArrayRef2<f64>, y: &ArrayRef1<usize>) -> Result<Mlp, Error> {
        self.fit_with(&TrainingData::new(x, y), None, &mut |_| ControlFlow::Continue(()))
    }

    /// As [`fit`](Self::fit), with weights or validation samples, from the weights of `start` if it is given
    /// (scikit-learn's `warm_start`), and with an observer that is called after each epoch and may end the training.
    ///
    /// # Errors
    /// As [`fit`](Self::fit); also [`Error::Cancelled`] if the observer breaks, [`Error::Parameter`] for a weight below
    /// zero, and, with `start`, [`Error::Label`] for a label and [`Error::NFeatures`] for a width that it was not
    /// fitted on.
    pub fn fit_with(
        &self,
        data: &TrainingData<'_>,
        start: Option<&Mlp>,
        observer: &mut dyn FnMut(MlpProgress) -> ControlFlow<()>,
    ) -> Result<Mlp, Error> {
        self.check()?;
        let mut mlp = match start {
            Some(start) => self.restart(start),
            None => self.untrained(data.x.ncols(), &distinct(data.y))?,
        };
        let samples = Samples::new(self, data, &mlp)?;
        let run = Run::new(self, &samples, data, &mlp)?;
        run.train(&mut mlp, observer)?;
        Ok(mlp)
    }

    /// A model with random first weights, for [`Mlp::partial_fit`] to train; `classes` are all labels it will meet.
    ///
    /// # Errors
    /// [`Error::Parameter`] for a hyper-parameter outside its range, [`Error::NFeatures`] for no features,
    /// [`Error::NClasses`] for less than two classes.
    pub fn untrained(&self, n_features: usize, classes: &[usize]) -> Result<Mlp, Error> {
        self.check()?;
        let (sizes, classes) = self.layout(n_features, classes)?;
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        let network = Network::random(&sizes, self.activation, self.initialization, &mut rng);
        Ok(self.untouched(network, classes))
    }

    /// A model with the given weights, as scikit-learn's `coefs_` and `intercepts_`: to predict with, or to start from.
    ///
    /// `coefs` has shape `(neurons before, neurons after)` for each layer; `hidden_layer_sizes` says how many layers and
    /// neurons there are, and a single output stands for two `classes`.
    ///
    /// # Errors
    /// As [`untrained`](Self::untrained); [`Error::Length`] for another number of layers or neurons;
    /// [`Error::NonFinite`] for a weight that is not finite.
    pub fn with_weights(
        &self,
        coefs: &[Array2<f64>],
        intercepts: &[Array1<f64>],
        classes: &[usize],
    ) -> Result<Mlp, Error> {
        self.check()?;
        let n_features = coefs.first().map_or(0, |first| first.nrows());
        let (sizes, classes) = self.layout(n_features, classes)?;
        let network = Network::of(&sizes, self.activation, coefs, intercepts)?;
        Ok(self.untouched(network, classes))
    }

    /// Neurons of each layer from the inputs to the outputs, and the distinct classes in order.
    pub(super) fn layout(
        &self,
        n_features: usize,
        classes: &[usize],
    ) -> Result<(Vec<usize>, Vec<usize>), Error> {
        let classes = distinct(&Array1::from_vec(classes.to_vec()));
        if classes.len() < 2 {
            return Err(Error::NClasses { found: classes.len() });
        }
        if n_features == 0 {
            return Err(Error::NFeatures { found: 0, expected: 1 });
        }
        let hidden = self.hidden_layer_sizes.iter().copied();
        let sizes = [n_features].into_iter().chain(hidden).chain([n_outputs(&classes)]).collect();
        Ok((sizes, classes))
    }

    /// A model that has not been trained.
    fn untouched(&self, network: Network<f64>, classes: Vec<usize>) -> Mlp {
        let optimizer = Optimizer::new(self, network.values.len());
        Mlp {
            params: self.clone(),
            classes,
            network,
            optimizer,
            history: History::default(),
            temperature: 1.0,
        }
    }

    /// The model `start`, to be trained on.
    fn restart(&self, start: &Mlp) -> Mlp {
        Mlp {
            params: self.clone(),
            classes: start.classes.clone(),
            network: start.network.clone(),
            optimizer: Optimizer::new(self, start.network.values.len()),
            history: History { n_iter: 0, ..start.history.clone() },
            temperature: 1.0,
        }
    }
}

impl Mlp {
    /// Trains for one epoch more, with the solver where it stopped: for samples that come in parts.
    ///
    /// ```
    /// use bro_ml_core::MlpParams;
    /// use ndarray::array;
    ///
    /// let mut mlp = MlpParams::new().untrained(1, &[0, 1])?;
    /// for _ in 0..3 {
    ///     mlp.partial_fit(&array![[0.0], [1.0]], &array![0, 1])?;
    /// }
    /// assert_eq!(mlp.loss_curve().len(), 3);
    /// # Ok::<(), bro_ml_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::NFeatures`] and [`Error::Label`] for another width or label than the model knows;
    /// [`Error::Parameter`] if the model was made with `early_stopping`, which has no meaning here; and as
    /// [`MlpParams::fit`]. After an error the model is as it was.
    pub fn partial_fit(&mut self, x: &ArrayRef2<f64>, y: &ArrayRef1<usize>) -> Result<(), Error> {
        if self.params.early_stopping {
            let expected = "false for partial_fit";
            return Err(Error::Parameter { name: "early_stopping", value: 1.0, expected });
        }
        let mut trained = self.clone();
        let data = TrainingData::new(x, y);
        let params = MlpParams { max_iter: 1, ..self.params.clone() };
        let samples = Samples::new(&params, &data, &trained)?;
        trained.history.n_iter = 0;
        Run::new(&params, &samples, &data, &trained)?
            .train(&mut trained, &mut |_| ControlFlow::Continue(()))?;
        trained.temperature = 1.0;
        *self = trained;
        Ok(())
    }

    /// Index of each label among the classes.
    pub(super) fn class_indices(&self, y: &ArrayRef1<usize>) -> Result<Vec<usize>, Error> {
        let find = |(row, &label): (usize, &usize)| {
            self.classes.binary_search(&label).map_err(|_| Error::Label { row, label })
        };
        y.iter().enumerate().map(find).collect()
    }
}

/// Checked samples: row-major features, class indices, weights.
#[derive(Debug)]
pub(super) struct Samples<'a> {
    pub(super) x: CowArray<'a, f64, Ix2>,
    pub(super) classes: Vec<usize>,
    /// Empty if all count the same.
    weights: Vec<f64>,
}

impl<'a> Samples<'a> {
    fn new(params: &MlpParams, data: &TrainingData<'a>, mlp: &Mlp) -> Result<Self, Error> {
        let mut samples = Self::unweighted(data.x, data.y, mlp)?;
        let mut counts = vec![0; mlp.classes.len()];
        samples.classes.iter().for_each(|&class| counts[class] += 1);
        let class_weights = params.class_weights(&counts)?;
        if let Some(weights) = data.sample_weight {
            let (found, expected) = (weights.len(), samples.classes.len());
            if found != expected {
                return Err(Error::Length { name: "sample_weight", found, expected });
            }
            if let Some(&value) = weights.iter().find(|&&weight| !(weight >= 0.0 && weight.is_finite())) {
                return Err(Error::Parameter { name: "sample_weight", value, expected: WEIGHT });
            }
        }
        if data.sample_weight.is_some() || class_weights.iter().any(|&weight| weight != 1.0) {
            let weight = |row: usize| data.sample_weight.map_or(1.0, |weights| weights[row]);
            let classes = samples.classes.iter().enumerate();
            samples.weights = classes.map(|(row, &class)| weight(row) * class_weights[class]).collect();
        }
        Ok(samples)
    }

    /// Samples that all count the same.
    pub(super) fn unweighted(x: &'a ArrayRef2<f64>, y: &ArrayRef1<usize>, mlp: &Mlp) -> Result<Self, Error> {
        check_width(x, mlp.n_features())?;
        check_shape(x, 1)?;
        if y.len() != x.nrows() {
            return Err(Error::Length { name: "y", found: y.len(), expected: x.nrows() });
        }
        check_values(x)?;
        Ok(Self { x: row_major(x), classes: mlp.class_indices(y)?, weights: Vec::new() })
    }

    fn values(&self) -> &[f64] {
        self.x.as_slice().expect("row-major without gaps")
    }
}

/// One call of fit.
struct Run<'a> {
    params: &'a MlpParams,
    samples: &'a Samples<'a>,
    /// Rows to train with, in their first order.
    rows: Vec<usize>,
    validation: Option<Validation>,
}

/// Held-out samples, without gaps.
struct Validation {
    x: Vec<f64>,
    classes: Vec<usize>,
}

impl<'a> Run<'a> {
    fn new(
        params: &'a MlpParams,
        samples: &'a Samples<'a>,
        data: &TrainingData<'_>,
        mlp: &Mlp,
    ) -> Result<Self, Error> {
        let all = (0..samples.classes.len()).collect();
        if !params.early_stopping {
            return Ok(Self { params, samples, rows: all, validation: None });
        }
        if let Some((x, y)) = data.validation {
            let held_out = Samples::unweighted(x, y, mlp)?;
            let validation = Validation { x: held_out.values().to_vec(), classes: held_out.classes };
            return Ok(Self { params, samples, rows: all, validation: Some(validation) });
        }
        let classes = ArrayView1::from(&samples.classes);
        let split = split::stratified(&classes, params.validation_fraction, params.seed)?;
        let n_features = mlp.n_features();
        let row = |&row: &usize| &samples.values()[row * n_features..][..n_features];
        let validation = Validation {
            x: split.test.iter().flat_map(row).copied().collect(),
            classes: split.test.iter().map(|&row| samples.classes[row]).collect(),
        };
        Ok(Self { params, samples, rows: split.train, validation: Some(validation) })
    }

    fn train(
        &self,
        mlp: &mut Mlp,
        observer: &mut dyn FnMut(MlpProgress) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        let batch_size = self.params.batch_size.at_most(self.rows.len());
        let mut batch = Batch::new(&mlp.network, batch_size, self.params.dropout);
        let mut best = None;
        let mut order = self.rows.clone();
        while mlp.history.n_iter < self.params.max_iter {
            let loss = self.epoch(mlp, &mut batch, &mut order, batch_size);
            if !loss.is_finite() || !mlp.network.values.iter().all(|value| value.is_finite()) {
                return Err(Error::Diverged { n_iter: mlp.history.n_iter });
            }
            let validation_score =
                self.validation.as_ref().map(|held_out| held_out.score(mlp, self.params)).transpose()?;
            if self.record(&mut mlp.history, loss, validation_score) {
                best = Some(mlp.network.clone());
            }
            let progress = MlpProgress { n_iter: mlp.history.n_iter, loss, validation_score };
            observer(progress).is_continue().then_some(()).ok_or(Error::Cancelled)?;
            mlp.optimizer.end_epoch(self.params, mlp.history.n_seen);
            if mlp.history.n_unimproved > self.params.n_iter_no_change {
                if mlp.optimizer.stops(self.params) {
                    break;
                }
                mlp.history.n_unimproved = 0;
            }
        }
        if let Some(best) = best {
            mlp.network = best;
        }
        Ok(())
    }

    /// One pass over all rows; returns their mean loss.
    fn epoch(&self, mlp: &mut Mlp, batch: &mut Batch, order: &mut [usize], batch_size: usize) -> f64 {
        let params = self.params;
        let random = |stream: u64| {
            let mut rng = ChaCha8Rng::seed_from_u64(params.seed);
            rng.set_stream(2 * mlp.history.n_epochs + stream);
            rng
        };
        order.copy_from_slice(&self.rows);
        if params.shuffle {
            order.shuffle(&mut random(1));
        }
        let mut rng = random(2);
        let mut total = 0.0;
        for rows in order.chunks(batch_size) {
            self.gather(rows, batch);
            let dropout = (params.dropout > 0.0).then_some(Dropout { share: params.dropout, rng: &mut rng });
            total += batch.backpropagate(&mlp.network, params.alpha, dropout) * rows.len() as f64;
            mlp.optimizer.step(params, &mut mlp.network.values, &batch.gradient.values);
        }
        let history = &mut mlp.history;
        history.n_iter += 1;
        history.n_epochs += 1;
        history.n_seen += order.len() as u64;
        total / order.len() as f64
    }

    /// Copies the samples of a batch next to each other.
    fn gather(&self, rows: &[usize], batch: &mut Batch) {
        let n_features = self.samples.x.ncols();
        let stride = batch.neurons[0].stride();
        let inputs = batch.neurons[0].rows_mut(rows.len()).chunks_exact_mut(stride);
        for (input, &row) in inputs.zip(rows) {
            input[..n_features].copy_from_slice(&self.samples.values()[row * n_features..][..n_features]);
        }
        let targets = &mut batch.targets;
        targets.classes.clear();
        targets.classes.extend(rows.iter().map(|&row| self.samples.classes[row]));
        if !self.samples.weights.is_empty() {
            targets.weights.clear();
            targets.weights.extend(rows.iter().map(|&row| self.samples.weights[row]));
        }
    }

    /// Enters an epoch and counts those without improvement, as scikit-learn does; whether these are the best weights
    /// by the validation score.
    fn record(&self, history: &mut History, loss: f64, validation_score: Option<f64>) -> bool {
        history.loss_curve.push(loss);
        let tol = self.params.tol;
        let Some(score) = validation_score else {
            let best = history.best_loss.unwrap_or(f64::INFINITY);
            history.n_unimproved = if loss > best - tol { history.n_unimproved + 1 } else { 0 };
            history.best_loss = Some(best.min(loss));
            return false;
        };
        history.validation_scores.push(score);
        let best = history.best_validation_score.unwrap_or(f64::NEG_INFINITY);
        history.n_unimproved = if score < best + tol { history.n_unimproved + 1 } else { 0 };
        history.best_validation_score = Some(best.max(score));
        score > best
    }
}

impl Validation {
    fn score(&self, mlp: &Mlp, params: &MlpParams) -> Result<f64, Error> {
        let shape = (self.classes.len(), mlp.n_features());
        let x = ArrayView2::from_shape(shape, &self.x).expect("whole rows were copied");
        mlp.score(params.validation_metric, &x, &self.classes)
    }
}

/// Neurons of the last layer: one tells two classes apart.
pub(super) fn n_outputs(classes: &[usize]) -> usize {
    if classes.len() == 2 { 1 } else { classes.len() }
}

/// Distinct labels, ascending.
fn distinct(y: &ArrayRef1<usize>) -> Vec<usize> {
    let mut classes = y.to_vec();
    classes.sort_unstable();
    classes.dedup();
    classes
}
