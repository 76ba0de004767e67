//! Probabilities that mean what they say.

use ndarray::{Array2, ArrayRef1, ArrayRef2};

use super::train::Samples;
use super::{Mlp, loss};
use crate::Error;
use crate::parallel::fold_chunks;

/// Rows of one task.
const CHUNK_ROWS: usize = 4096;

/// Halvings of the interval: 1e-2 to 1e2 becomes narrower than rounding.
const N_STEPS: usize = 60;

/// The range that a temperature is looked for in.
const MIN_TEMPERATURE: f64 = 1e-2;
const MAX_TEMPERATURE: f64 = 1e2;

impl Mlp {
    /// Divides the sums of the last layer by a temperature, so that probabilities are as true as possible on samples
    /// that were not trained with; returns the temperature. Above 1 the network was too sure of itself. Predicted
    /// classes stay the same.
    ///
    /// The temperature is the one between 0.01 and 100 with the least log loss, which is convex in its inverse. Time
    /// O(n_samples · weights).
    ///
    /// ```
    /// use bro_ml_core::{MlpParams, metrics};
    /// use ndarray::{Array1, Array2};
    ///
    /// let x = Array2::from_shape_fn((200, 1), |(row, _)| (row % 20) as f64 / 10.0 - 1.0);
    /// let y = Array1::from_shape_fn(200, |row| usize::from(row % 20 + row % 7 > 12));
    /// let mut mlp = MlpParams { max_iter: 20, ..MlpParams::new() }.fit(&x, &y)?;
    /// let before = metrics::log_loss(&y, &mlp.predict_proba(&x)?)?;
    /// let temperature = mlp.calibrate(&x, &y)?;
    /// assert_eq!(mlp.temperature(), temperature);
    /// assert!(metrics::log_loss(&y, &mlp.predict_proba(&x)?)? <= before);
    /// # Ok::<(), bro_ml_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::NFeatures`] and [`Error::Label`] for another width or label than the model knows, [`Error::Length`] if
    /// `x` and `y` differ in length, [`Error::NSamples`] for no rows, [`Error::NonFinite`] and [`Error::Magnitude`] for
    /// values it cannot use.
    ///
    /// # References
    /// Guo, Pleiss, Sun & Weinberger, "On calibration of modern neural networks", ICML 2017.
    pub fn calibrate(&mut self, x: &ArrayRef2<f64>, y: &ArrayRef1<usize>) -> Result<f64, Error> {
        let samples = Samples::unweighted(x, y, self)?;
        let n_outputs = self.network.n_outputs();
        let sums = self.map_rows(x, n_outputs, |sums, out: &mut [f64]| out.copy_from_slice(sums))?;
        let (mut low, mut high) = (MAX_TEMPERATURE.recip().ln(), MIN_TEMPERATURE.recip().ln());
        for _ in 0..N_STEPS {
            let middle = 0.5 * (low + high);
            if slope(&sums, &samples.classes, middle.exp()) > 0.0 { high = middle } else { low = middle }
        }
        self.temperature = (-0.5 * (low + high)).exp();
        Ok(self.temperature)
    }

    /// What [`predict_proba`](Self::predict_proba) divides sums by; 1 until [`calibrate`](Self::calibrate) is called.
    #[must_use]
    pub fn temperature(&self) -> f64 {
        self.temperature
    }
}

/// Derivative of the summed log loss with respect to the inverse temperature: expected sum minus sum of the true class.
fn slope(sums: &Array2<f64>, classes: &[usize], inverse: f64) -> f64 {
    let n_classes = if sums.ncols() == 1 { 2 } else { sums.ncols() };
    let chunk = |rows: std::ops::Range<usize>| {
        let mut proba = vec![0.0; n_classes];
        let row_slope = |row: usize| {
            let row_sums = sums.row(row);
            let row_sums = row_sums.as_slice().expect("a new array is row-major");
            loss::probabilities(row_sums, inverse.recip(), &mut proba);
            if let [z] = *row_sums {
                return (proba[1] - classes[row] as f64) * z;
            }
            let expected: f64 = proba.iter().zip(row_sums).map(|(proba, sum)| proba * sum).sum();
            expected - row_sums[classes[row]]
        };
        rows.map(row_slope).sum::<f64>()
    };
    fold_chunks(classes.len(), CHUNK_ROWS, chunk, |a, b| a + b).unwrap_or(0.0)
}
