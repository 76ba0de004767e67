//! Which features a model's skill rests on.

use ndarray::{Array1, Array2, ArrayRef1, ArrayRef2, ArrayView1, Axis};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use super::Mlp;
use super::params::ValidationMetric;
use super::train::Samples;
use crate::Error;

/// How much worse a model scores when one feature is shuffled; see [`Mlp::permutation_importance`].
#[derive(Debug, Clone, PartialEq)]
pub struct PermutationImportance {
    /// Score with the features as they are.
    pub score: f64,
    /// Loss of score by each shuffle, shape `(n_features, n_repeats)`.
    pub importances: Array2<f64>,
}

impl PermutationImportance {
    /// Mean of the repeats for each feature.
    #[must_use]
    pub fn importances_mean(&self) -> Array1<f64> {
        self.importances.mean_axis(Axis(1)).unwrap_or_default()
    }

    /// Standard deviation of the repeats for each feature, divided by `n_repeats`.
    #[must_use]
    pub fn importances_std(&self) -> Array1<f64> {
        self.importances.std_axis(Axis(1), 0.0)
    }
}

impl Mlp {
    /// Shuffles one feature at a time, `n_repeats` times, and measures how much the score falls. A feature that the
    /// model does not use has importance 0; of two that say the same, each may look unimportant while the other is
    /// there. Use samples that were not trained with.
    ///
    /// Time O(n_features · n_repeats · a prediction), memory a copy of `x`.
    ///
    /// ```
    /// use bro_ml_core::{MlpParams, ValidationMetric};
    /// use ndarray::{Array1, Array2};
    ///
    /// let x = Array2::from_shape_fn((100, 2), |(row, column)| ((row * (column + 1)) % 10) as f64 / 5.0 - 1.0);
    /// let y = x.column(0).mapv(|value| usize::from(value > 0.0));
    /// let mlp = MlpParams { learning_rate_init: 0.02, ..MlpParams::new() }.fit(&x, &y)?;
    /// let importance = mlp.permutation_importance(&x, &y, ValidationMetric::Accuracy, 5, 0)?.importances_mean();
    /// assert!(importance[0] > importance[1]);
    /// # Ok::<(), bro_ml_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`calibrate`](Self::calibrate); also [`Error::Parameter`] if `n_repeats` is 0.
    ///
    /// # References
    /// Breiman, "Random forests", Machine Learning 45, 2001.
    pub fn permutation_importance(
        &self,
        x: &ArrayRef2<f64>,
        y: &ArrayRef1<usize>,
        metric: ValidationMetric,
        n_repeats: usize,
        seed: u64,
    ) -> Result<PermutationImportance, Error> {
        if n_repeats == 0 {
            return Err(Error::Parameter { name: "n_repeats", value: 0.0, expected: "at least 1" });
        }
        let samples = Samples::unweighted(x, y, self)?;
        let score = self.score(metric, x, &samples.classes)?;
        let mut shuffled = samples.x.to_owned();
        let mut importances = Array2::zeros((x.ncols(), n_repeats));
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        for (feature, mut importances) in importances.rows_mut().into_iter().enumerate() {
            let mut values = x.column(feature).to_vec();
            for importance in &mut importances {
                values.shuffle(&mut rng);
                shuffled.column_mut(feature).assign(&ArrayView1::from(&values));
                *importance = score - self.score(metric, &shuffled, &samples.classes)?;
            }
            shuffled.column_mut(feature).assign(&x.column(feature));
        }
        Ok(PermutationImportance { score, importances })
    }
}
