use crate::{Error, Stage};
use bro_ml_core::metrics;
use ndarray::Array1;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

/// How well scores rank the beacons among some pairs.
#[derive(Debug, Clone, PartialEq)]
pub struct Ranking {
    /// Area under the precision-recall curve.
    pub average_precision: f64,
    /// 95 % of the areas of sets of pairs drawn anew lie between these.
    pub interval: (f64, f64),
    /// Share of beacons among the 10, 50 and 100 best; `None` with fewer pairs.
    pub precision_at: [Option<f64>; 3],
    /// Share of the beacons above the score that one in a thousand of the others reach.
    pub recall_at_1_in_1000: f64,
    /// Expected calibration error, for probabilities.
    pub calibration_error: Option<f64>,
}

/// Sets drawn for an interval.
const N_DRAWS: usize = 200;

impl Ranking {
    /// Measures scores against the truth.
    pub(crate) fn of(truth: &[bool], scores: &[f64], is_probability: bool, seed: u64) -> Result<Self, Error> {
        let at = Error::at(Stage::Score);
        let (truth_array, score_array) = (Array1::from(truth.to_vec()), Array1::from(scores.to_vec()));
        let precision = |k| metrics::precision_at_k(&truth_array, &score_array, k).ok();
        Ok(Self {
            average_precision: metrics::average_precision(&truth_array, &score_array).map_err(&at)?,
            interval: interval(truth, scores, seed)?,
            precision_at: [10, 50, 100].map(precision),
            recall_at_1_in_1000: recall(truth, scores, threshold(truth, scores)),
            calibration_error: if is_probability {
                Some(metrics::calibration_error(&truth_array, &score_array, 10).map_err(&at)?)
            } else {
                None
            },
        })
    }
}

/// The score above which at most one in a thousand of those that are no beacons lie.
pub(crate) fn threshold(truth: &[bool], scores: &[f64]) -> f64 {
    let others = truth.iter().zip(scores).filter(|(truth, _)| !**truth);
    let mut others: Vec<f64> = others.map(|(_, score)| *score).collect();
    others.sort_unstable_by(|a, b| b.total_cmp(a));
    let allowed = others.len() / 1_000;
    others.get(allowed).copied().unwrap_or(f64::NEG_INFINITY)
}

/// Share of the beacons above a score.
pub(crate) fn recall(truth: &[bool], scores: &[f64], threshold: f64) -> f64 {
    let (found, all) = truth
        .iter()
        .zip(scores)
        .filter(|(truth, _)| **truth)
        .fold((0, 0), |(found, all), (_, score)| (found + usize::from(*score > threshold), all + 1));
    if all == 0 { 0.0 } else { found as f64 / all as f64 }
}

/// Bootstrap over pairs (Efron, Annals of Statistics 7, 1979).
fn interval(truth: &[bool], scores: &[f64], seed: u64) -> Result<(f64, f64), Error> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut areas = Vec::with_capacity(N_DRAWS);
    for _ in 0..N_DRAWS {
        let rows: Vec<usize> = (0..truth.len()).map(|_| rng.random_range(0..truth.len())).collect();
        let drawn_truth: Array1<bool> = rows.iter().map(|&row| truth[row]).collect();
        let drawn_scores: Array1<f64> = rows.iter().map(|&row| scores[row]).collect();
        areas.push(metrics::average_precision(&drawn_truth, &drawn_scores).map_err(Error::at(Stage::Score))?);
    }
    areas.sort_unstable_by(f64::total_cmp);
    Ok((areas[N_DRAWS / 40], areas[N_DRAWS - 1 - N_DRAWS / 40]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_in_a_thousand_may_be_wrong() {
        let truth: Vec<bool> = (0..2_100).map(|i| i < 100).collect();
        let scores: Vec<f64> =
            (0..2_100).map(|i| if i < 100 { 0.5 + 0.001 * i as f64 } else { 0.2 }).collect();
        assert_eq!(recall(&truth, &scores, threshold(&truth, &scores)), 1.0);
        let mut noisy = scores.clone();
        noisy[100..103].fill(0.55);
        assert_eq!(recall(&truth, &noisy, threshold(&truth, &noisy)), 0.49);
        let ranking = Ranking::of(&truth, &scores, true, 1).unwrap();
        assert_eq!((ranking.average_precision, ranking.precision_at[1]), (1.0, Some(1.0)));
        assert!(ranking.interval.0 <= ranking.interval.1);
    }
}
