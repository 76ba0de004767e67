use crate::format_version::FormatVersion;
use crate::scale::Affine;
use crate::{Error, Learn, Moments, Parts, Table, Values};
use ndarray::ArrayView1;

/// How a [`PowerTransformer`] is fitted; names and meanings are scikit-learn's with `method='yeo-johnson'`.
///
/// ```
/// assert!(bro_features::PowerTransformerParams::default().standardize);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct PowerTransformerParams {
    /// Bring the bent columns to mean 0 and variance 1. Default true.
    pub standardize: bool,
}

impl Default for PowerTransformerParams {
    fn default() -> Self {
        Self { standardize: true }
    }
}

/// Bends each column by Yeo and Johnson's power that makes it most like a normal distribution. Missing values stay
/// missing.
///
/// # References
/// Yeo & Johnson, "A new family of power transformations to improve normality or symmetry", Biometrika 2000.
///
/// ```
/// use bro_features::{PowerTransformerParams, Table};
/// use ndarray::{Array2, array};
///
/// let table = Table::new(vec!["duration".into()], Array2::from_shape_fn((50, 1), |(i, _)| (i as f64 / 8.0).exp()))?;
/// let transform = PowerTransformerParams::default().fit(&table)?;
/// assert!(transform.lambdas()[0] < 0.2, "close to a logarithm");
/// # Ok::<(), bro_features::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct PowerTransformer {
    format_version: FormatVersion,
    columns: Vec<Column>,
}

#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
struct Column {
    lambda: f64,
    scale: Affine,
}

impl PowerTransformerParams {
    /// Learns the columns of `table`; time O(rows × features) for each of about 40 trials, memory 8 bytes a value.
    ///
    /// # Errors
    /// [`Error::Infinite`]; [`Error::NoValues`] for a column without values; [`Error::Magnitude`] for values whose
    /// powers overflow.
    pub fn fit(&self, table: &Table) -> Result<PowerTransformer, Error> {
        self.finish(&Parts::of(table)?)
    }

    /// The transform of rows that were learnt in parts.
    ///
    /// # Errors
    /// As [`fit`](Self::fit), but for infinity.
    pub fn finish(&self, parts: &Parts<Values>) -> Result<PowerTransformer, Error> {
        let columns = parts.each(|name, values| self.column(name, values.in_order()))?;
        Ok(PowerTransformer { format_version: FormatVersion, columns })
    }

    fn column(&self, name: &str, values: &[f64]) -> Result<Column, Error> {
        if values.is_empty() {
            return Err(Error::NoValues { column: name.to_owned() });
        }
        let plain = moments(values.iter().copied());
        // What does not vary is left as it is, as scikit-learn does it.
        let lambda = if plain.is_constant() { 1.0 } else { best_lambda(values) };
        let bent = moments(values.iter().map(|&value| bend(value, lambda)));
        if !bent.var().is_finite() {
            return Err(Error::Magnitude { column: name.to_owned() });
        }
        let scale = match self.standardize {
            true if bent.is_constant() => Affine::new(name, bent.mean(), 1.0),
            true => Affine::new(name, bent.mean(), bent.var().sqrt()),
            false => Affine::new(name, 0.0, 1.0),
        };
        Ok(Column { lambda, scale })
    }
}

impl PowerTransformer {
    /// The bent columns.
    ///
    /// # Errors
    /// [`Error::MissingColumn`], [`Error::UnexpectedColumn`] or [`Error::ColumnOrder`] if they are not those of the
    /// fit.
    pub fn transform(&self, table: &Table) -> Result<Table, Error> {
        table.check(self.columns.iter().map(|column| column.scale.name.as_str()))?;
        Ok(table.mapped(|column, value| {
            let Column { lambda, scale } = &self.columns[column];
            (bend(value, *lambda) - scale.center) / scale.scale
        }))
    }

    /// The columns that [`transform`](Self::transform) made `table` of, but for rounding; NaN for a value that no
    /// column could have been bent to.
    ///
    /// # Errors
    /// As [`transform`](Self::transform).
    pub fn inverse_transform(&self, table: &Table) -> Result<Table, Error> {
        table.check(self.columns.iter().map(|column| column.scale.name.as_str()))?;
        Ok(table.mapped(|column, value| {
            let Column { lambda, scale } = &self.columns[column];
            unbend(value * scale.scale + scale.center, *lambda)
        }))
    }

    /// The power of each column; 1 leaves it as it is.
    #[must_use]
    pub fn lambdas(&self) -> Vec<f64> {
        self.columns.iter().map(|column| column.lambda).collect()
    }
}

fn bend(value: f64, lambda: f64) -> f64 {
    // (1 + |value|)^power − 1 over power, or its limit where the power is 0.
    let power = |magnitude: f64, power: f64| match power.abs() < f64::EPSILON {
        true => magnitude.ln_1p(),
        false => (power * magnitude.ln_1p()).exp_m1() / power,
    };
    if value >= 0.0 { power(value, lambda) } else { -power(-value, 2.0 - lambda) }
}

fn unbend(value: f64, lambda: f64) -> f64 {
    let power = |bent: f64, power: f64| match power.abs() < f64::EPSILON {
        true => bent.exp_m1(),
        false => ((power * bent).ln_1p() / power).exp_m1(),
    };
    if value >= 0.0 { power(value, lambda) } else { -power(-value, 2.0 - lambda) }
}

fn moments(values: impl Iterator<Item = f64>) -> Moments {
    let values: Vec<f64> = values.collect();
    let mut moments = Moments::default();
    moments.update(ArrayView1::from(&values));
    moments
}

/// The power with the greatest likelihood, by Brent's method in the interval that a bracket from −2 to 2 leads to.
fn best_lambda(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    let logs: f64 = values.iter().map(|value| value.signum() * value.abs().ln_1p()).sum();
    let cost = |lambda: f64| {
        let var = moments(values.iter().map(|&value| bend(value, lambda))).var();
        let likelihood = (lambda - 1.0) * logs - n / 2.0 * var.ln();
        if likelihood.is_finite() { -likelihood } else { f64::INFINITY }
    };
    minimum(cost, bracket(&cost, -2.0, 2.0))
}

/// Three points of which the middle one is lowest, walking downhill from `a` and `b` by the golden ratio.
fn bracket(cost: &impl Fn(f64) -> f64, mut a: f64, mut b: f64) -> [f64; 2] {
    const GOLDEN: f64 = 1.618_034;
    const MOST_STEPS: usize = 30;
    if cost(a) < cost(b) {
        std::mem::swap(&mut a, &mut b);
    }
    let mut c = b + GOLDEN * (b - a);
    for _ in 0..MOST_STEPS {
        if cost(c) >= cost(b) {
            break;
        }
        (a, b, c) = (b, c, c + GOLDEN * (c - b));
    }
    [a.min(c), a.max(c)]
}

/// Brent's minimization: parabolas through the best points, golden sections where those lead nowhere.
///
/// # References
/// Brent, "Algorithms for Minimization without Derivatives", 1973, chapter 5.
fn minimum(cost: impl Fn(f64) -> f64, [mut a, mut b]: [f64; 2]) -> f64 {
    const SECTION: f64 = 0.381_966_011_250_105_1;
    const TOLERANCE: f64 = 1e-9;
    const MOST_STEPS: usize = 200;
    let mut x = a + SECTION * (b - a);
    let (mut w, mut v) = (x, x);
    let mut fx = cost(x);
    let (mut fw, mut fv) = (fx, fx);
    let (mut step, mut before): (f64, f64) = (0.0, 0.0);
    for _ in 0..MOST_STEPS {
        let middle = 0.5 * (a + b);
        let tolerance = TOLERANCE * x.abs() + 1e-11;
        if (x - middle).abs() <= 2.0 * tolerance - 0.5 * (b - a) {
            break;
        }
        let parabola = parabola([x, w, v], [fx, fw, fv]);
        let is_good = parabola.is_some_and(|next| {
            let length: f64 = next - x;
            before.abs() > tolerance && length.abs() < 0.5 * before.abs() && next > a && next < b
        });
        if is_good {
            (before, step) = (step, parabola.unwrap_or(x) - x);
        } else {
            before = if x >= middle { a - x } else { b - x };
            step = SECTION * before;
        }
        let u = if step.abs() >= tolerance { x + step } else { x + tolerance.copysign(step) };
        let fu = cost(u);
        if fu <= fx {
            if u >= x {
                a = x
            } else {
                b = x
            }
            (v, fv, w, fw, x, fx) = (w, fw, x, fx, u, fu);
            continue;
        }
        if u < x {
            a = u
        } else {
            b = u
        }
        if fu <= fw || w == x {
            (v, fv, w, fw) = (w, fw, u, fu);
        } else if fu <= fv || v == x || v == w {
            (v, fv) = (u, fu);
        }
    }
    x
}

/// The lowest point of the parabola through three points; none if they lie on a line.
fn parabola([x, w, v]: [f64; 3], [fx, fw, fv]: [f64; 3]) -> Option<f64> {
    let r = (x - w) * (fx - fv);
    let q = (x - v) * (fx - fw);
    let numerator = (x - v) * q - (x - w) * r;
    let denominator = 2.0 * (q - r);
    let next = x - numerator / denominator;
    next.is_finite().then_some(next)
}
