use super::*;
use crate::clock::{HOUR, SECOND};

/// The gaps in seconds of `n` beats.
fn gaps(beat: Beat, n: usize) -> Vec<f64> {
    let mut dice = Dice::new(7, 0);
    let mut beating = Beating::new(beat, 0);
    let mut last = beating.first(&mut dice);
    let mut gaps = Vec::new();
    for _ in 0..n {
        let at = beating.next(&mut dice);
        gaps.push((at - last) as f64 / SECOND as f64);
        last = at;
    }
    gaps
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

#[test]
fn a_beat_without_jitter_is_exact() {
    for jitter_law in JitterLaw::ALL {
        let beat = Beat { jitter_law, ..Beat::new(60.0) };
        assert!(gaps(beat, 100).iter().all(|&gap| (gap - 60.0).abs() < 1e-5), "{jitter_law:?}");
    }
}

#[test]
fn jitter_laws_keep_their_bounds_and_means() {
    let check = |jitter_law, from: f64, to: f64, expected: f64| {
        let gaps = gaps(Beat { jitter_law, jitter: 0.5, ..Beat::new(10.0) }, 4_000);
        assert!(gaps.iter().all(|gap| (from..=to).contains(gap)), "{jitter_law:?}");
        // The standard error of the widest law is 0.08 s.
        assert!((mean(&gaps) - expected).abs() < 0.4, "{jitter_law:?}: {}", mean(&gaps));
    };
    check(JitterLaw::Symmetric, 4.99, 15.01, 10.0);
    check(JitterLaw::Shrink, 4.99, 10.01, 7.5);
    check(JitterLaw::Gaussian, 0.09, 25.0, 10.0);
    check(JitterLaw::Exponential, 4.99, f64::INFINITY, 10.0);
}

#[test]
fn lost_beats_leave_gaps_of_whole_periods() {
    for loss_law in [LossLaw::Independent, LossLaw::Bursty] {
        let gaps = gaps(Beat { loss: 0.3, loss_law, ..Beat::new(10.0) }, 20_000);
        assert!(gaps.iter().all(|gap| ((gap / 10.0).round() - gap / 10.0).abs() < 1e-4));
        let kept = 10.0 / mean(&gaps);
        assert!((kept - 0.7).abs() < 0.04, "{loss_law:?}: {kept}");
    }
}

#[test]
fn a_timer_does_not_drift() {
    let beat = Beat { jitter: 0.3, pacing: Pacing::Timer, ..Beat::new(10.0) };
    let total: f64 = gaps(beat, 1_000).iter().sum();
    assert!((total - 10_000.0).abs() < 10.0, "{total}");
}

#[test]
fn beats_stay_inside_the_active_window() {
    let beat = Beat { start_hour: 3.0, active_hours: 2.0, jitter: 0.5, ..Beat::new(600.0) };
    let mut dice = Dice::new(1, 0);
    let mut beating = Beating::new(beat, 0);
    let mut at = beating.first(&mut dice);
    for _ in 0..200 {
        assert!((at - 3 * HOUR).rem_euclid(DAY) < 2 * HOUR);
        at = beating.next(&mut dice);
    }
}
