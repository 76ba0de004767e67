use crate::format_version::FormatVersion;
use crate::{Error, Parts, Table, Values, percentile};

/// What the values of a transformed column are like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum OutputDistribution {
    /// Even between 0 and 1.
    #[default]
    Uniform,
    /// Normal with mean 0 and variance 1, cut at about ±5.2.
    Normal,
}

/// How a [`QuantileTransformer`] is fitted; names and meanings are scikit-learn's, but no row is left out of the fit
/// (there: `subsample`).
///
/// ```
/// use bro_features::QuantileTransformerParams;
/// assert_eq!(QuantileTransformerParams::default().n_quantiles, 1000);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct QuantileTransformerParams {
    /// Quantiles kept of each column; no more than there are rows. Default 1,000.
    pub n_quantiles: usize,
    /// What the values are to be like. Default uniform.
    pub output_distribution: OutputDistribution,
}

impl Default for QuantileTransformerParams {
    fn default() -> Self {
        Self { n_quantiles: 1000, output_distribution: OutputDistribution::Uniform }
    }
}

/// Replaces values by their rank among those of the fit, between 0 and 1 or as a normal deviate. Missing values stay
/// missing; values beyond those of the fit go to the ends.
///
/// ```
/// use bro_features::{QuantileTransformerParams, Table};
/// use ndarray::array;
///
/// let table = Table::new(vec!["orig_bytes".into()], array![[1.0], [10.0], [1e9]])?;
/// let transform = QuantileTransformerParams::default().fit(&table)?;
/// assert_eq!(transform.transform(&table)?.x(), &array![[0.0], [0.5], [1.0]]);
/// # Ok::<(), bro_features::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct QuantileTransformer {
    format_version: FormatVersion,
    output_distribution: OutputDistribution,
    columns: Vec<Column>,
}

#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
struct Column {
    name: String,
    quantiles: Vec<f64>,
}

impl QuantileTransformerParams {
    /// Learns the columns of `table` exactly; time O(rows · ln rows × features), memory 8 bytes a value.
    ///
    /// # Errors
    /// [`Error::Parameter`] for no quantiles; [`Error::Infinite`]; [`Error::NoValues`] for a column without values.
    pub fn fit(&self, table: &Table) -> Result<QuantileTransformer, Error> {
        self.finish(&Parts::of(table)?)
    }

    /// The transform of rows that were learnt in parts.
    ///
    /// # Errors
    /// [`Error::Parameter`] for no quantiles; [`Error::NoValues`] for a column without values.
    pub fn finish(&self, parts: &Parts<Values>) -> Result<QuantileTransformer, Error> {
        if self.n_quantiles == 0 {
            return Err(Error::parameter("n_quantiles", &0, "1 or more"));
        }
        let n_quantiles = self.n_quantiles.min(parts.n_rows()).max(1);
        let columns = parts.each(|name, values| {
            let sorted = values.sorted();
            let at = |i| percentile(&sorted, 100.0 * reference(i, n_quantiles));
            let mut quantiles: Vec<f64> = (0..n_quantiles)
                .map(|i| at(i).ok_or_else(|| Error::NoValues { column: name.to_owned() }))
                .collect::<Result<_, _>>()?;
            // Interpolation may step back by a rounding error.
            (1..n_quantiles).for_each(|i| quantiles[i] = quantiles[i].max(quantiles[i - 1]));
            Ok(Column { name: name.to_owned(), quantiles })
        })?;
        Ok(QuantileTransformer {
            format_version: FormatVersion,
            output_distribution: self.output_distribution,
            columns,
        })
    }
}

impl QuantileTransformer {
    /// The rank of every value.
    ///
    /// # Errors
    /// [`Error::MissingColumn`], [`Error::UnexpectedColumn`] or [`Error::ColumnOrder`] if the columns are not those of
    /// the fit.
    pub fn transform(&self, table: &Table) -> Result<Table, Error> {
        table.check(self.columns.iter().map(|column| column.name.as_str()))?;
        Ok(table.mapped(|column, value| match self.output_distribution {
            OutputDistribution::Uniform => self.columns[column].rank(value, 0.0),
            OutputDistribution::Normal => normal_deviate(self.columns[column].rank(value, BOUND)),
        }))
    }

    /// The values of the fit that have these ranks.
    ///
    /// # Errors
    /// As [`transform`](Self::transform).
    pub fn inverse_transform(&self, table: &Table) -> Result<Table, Error> {
        table.check(self.columns.iter().map(|column| column.name.as_str()))?;
        Ok(table.mapped(|column, value| match self.output_distribution {
            OutputDistribution::Uniform => self.columns[column].value(value, 0.0),
            OutputDistribution::Normal => self.columns[column].value(normal_cdf(value), BOUND),
        }))
    }

    /// The quantiles kept of the column called `name`, in ascending order.
    #[must_use]
    pub fn quantiles(&self, name: &str) -> Option<&[f64]> {
        self.columns.iter().find(|column| column.name == name).map(|column| column.quantiles.as_slice())
    }
}

/// The share of rows that the `i`-th of `n` quantiles stands for.
fn reference(i: usize, n: usize) -> f64 {
    if n < 2 { 0.0 } else { i as f64 / (n - 1) as f64 }
}

impl Column {
    /// The rank of a value: the middle of the ranks of all quantiles that equal it; a value nearer than `bound` to an
    /// end is at that end.
    fn rank(&self, value: f64, bound: f64) -> f64 {
        let (low, high) = (self.quantiles[0], self.quantiles[self.quantiles.len() - 1]);
        if value.is_nan() {
            return f64::NAN;
        }
        // As scikit-learn: the lower end decides last.
        if value <= low || value - bound < low {
            return 0.0;
        }
        if value >= high || value + bound > high {
            return 1.0;
        }
        let above = self.quantiles.partition_point(|quantile| *quantile <= value);
        let below = self.quantiles.partition_point(|quantile| *quantile < value);
        0.5 * (self.between(above - 1, above, value) + self.between(below - 1, below, value))
    }

    /// The rank between two neighbouring quantiles.
    fn between(&self, left: usize, right: usize, value: f64) -> f64 {
        let (a, b) = (self.quantiles[left], self.quantiles[right]);
        let (from, to) = (reference(left, self.quantiles.len()), reference(right, self.quantiles.len()));
        from + (to - from) * ((value - a) / (b - a))
    }

    fn value(&self, rank: f64, bound: f64) -> f64 {
        if rank.is_nan() {
            return f64::NAN;
        }
        let end = if rank - bound < 0.0 {
            0.0
        } else if rank + bound > 1.0 {
            1.0
        } else {
            rank
        };
        percentile(&self.quantiles, 100.0 * end).unwrap_or(f64::NAN)
    }
}

/// As scikit-learn: with normal output, what lies nearer than this to an end counts as the end.
const BOUND: f64 = 1e-7;

/// As scikit-learn: ranks nearer than 1e-7 to 0 or 1 count as that near.
fn normal_deviate(rank: f64) -> f64 {
    if rank.is_nan() {
        return rank;
    }
    let end = BOUND - f64::EPSILON;
    inverse_normal_cdf(rank.clamp(end, 1.0 - end))
}

fn normal_cdf(z: f64) -> f64 {
    0.5 * libm::erfc(-z / std::f64::consts::SQRT_2)
}

/// The deviate below which a share `p` (0 to 1, both exclusive) of a normal distribution lies.
///
/// Newton's method on ln Φ(z) = ln p in the lower half, where ln Φ is concave and Φ(z) ≤ e^(−z²/2) / 2 gives a start
/// on the side from which every step approaches the root without passing it.
fn inverse_normal_cdf(p: f64) -> f64 {
    const MOST_STEPS: usize = 20;
    if p > 0.5 {
        return -inverse_normal_cdf(1.0 - p);
    }
    let mut z = -(-2.0 * (2.0 * p).ln()).max(0.0).sqrt();
    for _ in 0..MOST_STEPS {
        let below = normal_cdf(z);
        let density = (-z * z / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt();
        let step = (p / below).ln() * below / density;
        z += step;
        if step.abs() <= 1e-15 * z.abs() {
            break;
        }
    }
    z
}
