//! When people and programs act.

use crate::beat::Beating;
use crate::dice::Dice;

/// Microseconds in a second: `time` and `interval` are whole microseconds, as bro-log holds them.
pub(crate) const SECOND: i64 = 1_000_000;
pub(crate) const MILLISECOND: i64 = 1_000;
pub(crate) const HOUR: i64 = 3_600 * SECOND;
pub(crate) const DAY: i64 = 24 * HOUR;

/// How busy an office is in each hour of the day, UTC; 1 at its busiest.
const RHYTHM: [f64; 24] = [
    0.02, 0.02, 0.02, 0.02, 0.02, 0.03, 0.08, 0.30, 0.75, 0.95, 1.00, 0.95, 0.70, 0.80, 0.95, 0.95, 0.85,
    0.60, 0.25, 0.12, 0.08, 0.05, 0.03, 0.02,
];
const WEEKEND: f64 = 0.15;

pub(crate) fn micros(seconds: f64) -> i64 {
    (seconds * SECOND as f64) as i64
}

/// How busy the office is at `at`, from 0 to 1.
fn busyness(at: i64) -> f64 {
    let hour = RHYTHM[(at.rem_euclid(DAY) / HOUR) as usize];
    // 1970-01-01 was a Thursday: days 2 and 3 from there are the weekend.
    let is_weekend = matches!(at.div_euclid(DAY).rem_euclid(7), 2 | 3);
    if is_weekend { hour * WEEKEND } else { hour }
}

/// When an actor acts.
#[derive(Debug, Clone)]
pub(crate) enum Schedule {
    /// A person: a Poisson process whose rate follows the office's day, `per_hour` at the busiest hour.
    Office { per_hour: f64 },
    /// A Poisson process that never sleeps.
    Steady { per_hour: f64 },
    /// `n` times from `start` on, with exponential gaps of mean `gap` seconds.
    Train { start: i64, n: usize, gap: f64 },
    /// A timer.
    Beat(Beating),
}

impl Schedule {
    /// The first time from `start` on.
    pub(crate) fn first(&mut self, start: i64, dice: &mut Dice) -> Option<i64> {
        match self {
            Self::Office { .. } | Self::Steady { .. } => self.next(start, dice),
            Self::Train { start: own, n, .. } => {
                *n = n.checked_sub(1)?;
                Some((*own).max(start))
            }
            Self::Beat(beating) => Some(beating.first(dice)),
        }
    }

    /// The next time after `now`.
    pub(crate) fn next(&mut self, now: i64, dice: &mut Dice) -> Option<i64> {
        match self {
            Self::Office { per_hour } => Some(thinned(now, *per_hour, dice)),
            Self::Steady { per_hour } => Some(now + wait(3600.0 / *per_hour, dice)),
            Self::Train { n, gap, .. } => {
                *n = n.checked_sub(1)?;
                Some(now + wait(*gap, dice))
            }
            Self::Beat(beating) => Some(beating.next(dice)),
        }
    }
}

fn wait(mean: f64, dice: &mut Dice) -> i64 {
    micros(dice.exponential(mean)).max(1)
}

/// Lewis & Shedler, "Simulation of nonhomogeneous Poisson processes by thinning", 1979.
fn thinned(now: i64, per_hour: f64, dice: &mut Dice) -> i64 {
    let mut at = now;
    loop {
        at += wait(3600.0 / per_hour, dice);
        if dice.chance(busyness(at)) {
            return at;
        }
    }
}

#[cfg(test)]
mod tests;
