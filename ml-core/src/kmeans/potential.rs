//! Distances to a few rows, for choosing the first centres.
//!
//! Eight rows at a time are turned on their side, and every sum has eight parts whatever the instruction set, so that
//! the same rows are chosen on any processor. Nothing is fused, for the same reason.

use ndarray::Array2;
use pulp::{Simd, WithSimd};

/// Rows that are worked on together.
const LANES: usize = 8;

/// One number for each of eight rows.
type Lanes = [f64; LANES];

/// Lowers `closest` to the squared distance from `center`, where that is less; returns the weighted sum of `closest`.
pub(super) struct Approach<'a> {
    pub(super) rows: &'a [f64],
    pub(super) weights: Option<&'a [f64]>,
    pub(super) center: &'a [f64],
    pub(super) closest: &'a mut [f64],
}

impl WithSimd for Approach<'_> {
    type Output = f64;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) -> f64 {
        let d = self.center.len();
        let mut tile = vec![[0.0; LANES]; d];
        let mut sum = [0.0; LANES];
        let chunks = self.rows.chunks(LANES * d).zip(self.closest.chunks_mut(LANES));
        for (idx, (rows, closest)) in chunks.enumerate() {
            turn(rows, &mut tile);
            let squares = squares(&tile, self.center);
            closest.iter_mut().zip(squares).for_each(|(closest, square)| *closest = lesser(*closest, square));
            let weights = weights_at(self.weights, idx * LANES);
            let closest = padded(closest, 0.0);
            for lane in 0..LANES {
                sum[lane] += weights[lane] * closest[lane];
            }
        }
        sum.iter().sum()
    }
}

/// For each trial, the weighted sum of `closest` or the squared distance from the trial, whichever is less.
pub(super) struct Potentials<'a> {
    pub(super) rows: &'a [f64],
    pub(super) weights: Option<&'a [f64]>,
    pub(super) closest: &'a [f64],
    pub(super) trials: &'a Array2<f64>,
}

impl WithSimd for Potentials<'_> {
    type Output = Vec<f64>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) -> Vec<f64> {
        let (n_trials, d) = self.trials.dim();
        let trials = self.trials.as_slice().expect("row-major");
        let mut tile = vec![[0.0; LANES]; d];
        let mut sums = vec![[0.0; LANES]; n_trials];
        for (idx, rows) in self.rows.chunks(LANES * d).enumerate() {
            turn(rows, &mut tile);
            let start = idx * LANES;
            let closest = padded(&self.closest[start..], 0.0);
            let weights = weights_at(self.weights, start);
            for (sum, trial) in sums.iter_mut().zip(trials.chunks_exact(d)) {
                let squares = squares(&tile, trial);
                for lane in 0..LANES {
                    sum[lane] += weights[lane] * lesser(closest[lane], squares[lane]);
                }
            }
        }
        sums.iter().map(|lanes| lanes.iter().sum()).collect()
    }
}

/// Turns up to eight rows on their side; missing ones repeat the last.
#[inline(always)]
fn turn(rows: &[f64], tile: &mut [Lanes]) {
    let d = tile.len();
    let last = rows.len() / d - 1;
    let row = |lane: usize| &rows[lane.min(last) * d..][..d];
    let [a, b, c, d, e, f, g, h]: [&[f64]; LANES] = std::array::from_fn(row);
    for (idx, lanes) in tile.iter_mut().enumerate() {
        *lanes = [a[idx], b[idx], c[idx], d[idx], e[idx], f[idx], g[idx], h[idx]];
    }
}

/// Squared distances of eight rows from one.
#[inline(always)]
fn squares(tile: &[Lanes], center: &[f64]) -> Lanes {
    let mut squares = [0.0; LANES];
    for (lanes, center) in tile.iter().zip(center) {
        for lane in 0..LANES {
            let difference = lanes[lane] - center;
            squares[lane] += difference * difference;
        }
    }
    squares
}

/// The weights of eight rows; 1 without weights.
#[inline(always)]
fn weights_at(weights: Option<&[f64]>, start: usize) -> Lanes {
    weights.map_or([1.0; LANES], |weights| padded(&weights[start..], 0.0))
}

/// The first eight values, or as many as there are and then `rest`.
#[inline(always)]
fn padded(values: &[f64], rest: f64) -> Lanes {
    match values.first_chunk() {
        Some(lanes) => *lanes,
        None => std::array::from_fn(|lane| values.get(lane).copied().unwrap_or(rest)),
    }
}

/// The lesser of two numbers, neither NaN: one instruction, unlike `f64::min`.
#[inline(always)]
fn lesser(a: f64, b: f64) -> f64 {
    if a < b { a } else { b }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simd::{self, InstructionSet};
    use ndarray::Array2;

    #[test]
    fn every_instruction_set_sums_the_same_bits() {
        for (n, d) in [(1, 1), (8, 2), (21, 2), (40, 20)] {
            let x = Array2::from_shape_fn((n, d), |(row, column)| ((row * 7 + column * 3) % 11) as f64 / 3.0);
            let trials = x.slice(ndarray::s![..n.min(3), ..]).to_owned();
            let rows = x.as_slice().unwrap();
            let mut closest = vec![f64::INFINITY; n];
            let approach = Approach { rows, weights: None, center: &rows[..d], closest: &mut closest };
            let potential = simd::run(InstructionSet::Portable, approach);
            approx::assert_relative_eq!(potential, closest.iter().sum::<f64>(), max_relative = 1e-12);
            let naive =
                |row: usize, trial: usize| (&x.row(row) - &x.row(trial)).mapv(|value| value * value).sum();
            closest
                .iter()
                .enumerate()
                .for_each(|(row, &square)| approx::assert_relative_eq!(square, naive(row, 0)));
            let on =
                |set| simd::run(set, Potentials { rows, weights: None, closest: &closest, trials: &trials });
            let expected = on(InstructionSet::Portable);
            InstructionSet::available().into_iter().for_each(|set| assert_eq!(on(set), expected));
            for (trial, &sum) in expected.iter().enumerate() {
                let naive = (0..n).map(|row| naive(row, 0).min(naive(row, trial))).sum::<f64>();
                approx::assert_relative_eq!(sum, naive, max_relative = 1e-12);
            }
        }
    }
}
