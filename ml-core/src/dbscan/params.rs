//! What the caller chooses, and what the caller is told.

use crate::Error;

/// Parameters of DBSCAN; see [`Dbscan`](crate::Dbscan) for the algorithm.
///
/// ```
/// use bro_ml_core::DbscanParams;
/// use ndarray::array;
///
/// let x = array![[1.0, 2.0], [1.1, 2.0], [1.0, 2.1], [8.0, 8.0]];
/// let model = DbscanParams { min_samples: 3, ..DbscanParams::new(0.2) }.fit(&x)?;
/// assert_eq!(model.labels(), [Some(0), Some(0), Some(0), None]);
/// # Ok::<(), bro_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct DbscanParams {
    /// Two rows are neighbours if their Euclidean distance is at most `eps`, inclusive; from 1.6e-162 to 1.3e154, whose
    /// squares are neither 0 nor infinite.
    ///
    /// Compared are squares: `(a₀-b₀)² + (a₁-b₁)² + … <= eps²`, added in the order of the columns. Differences below
    /// 1e-154 lose digits when they are squared, and all of them below 1e-162: multiply such a matrix by a large number.
    pub eps: f64,
    /// How many neighbours make a row a core sample, the row itself among them; at least 1, default 5.
    pub min_samples: usize,
}

impl DbscanParams {
    /// Parameters with this `eps` and `min_samples` 5.
    #[must_use]
    pub fn new(eps: f64) -> Self {
        Self { eps, min_samples: 5 }
    }

    pub(super) fn check(&self) -> Result<(), Error> {
        let refuse = |expected| Err(Error::Parameter { name: "eps", value: self.eps, expected });
        if !(self.eps > 0.0 && self.eps.is_finite()) {
            return refuse("a finite number above 0");
        }
        let square = self.eps * self.eps;
        if square == 0.0 || square.is_infinite() {
            return refuse(
                "a number from 1.6e-162 to 1.3e154, which can be squared: multiply x and eps alike",
            );
        }
        if self.min_samples == 0 {
            let expected = "at least 1";
            return Err(Error::Parameter { name: "min_samples", value: 0.0, expected });
        }
        Ok(())
    }
}

/// The steps of a fit, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum DbscanStep {
    /// Arranging the rows by place.
    Arrange,
    /// Finding the core samples.
    Count,
    /// Joining core samples into clusters.
    Join,
    /// Giving each row its label.
    Label,
}

/// How far a fit is; see [`DbscanParams::fit_observed`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct DbscanProgress {
    /// The step at work.
    pub step: DbscanStep,
    /// Parts of this step that are done.
    pub n_done: usize,
    /// Parts of this step.
    pub n_total: usize,
}
