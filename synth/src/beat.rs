//! Timers: period, jitter, missing beats, active hours.

use crate::clock::{DAY, MILLISECOND, micros};
use crate::dice::Dice;

/// How a timer strays from its period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JitterLaw {
    /// Gaps uniform in `period · [1 − jitter, 1 + jitter]`.
    Symmetric,
    /// Gaps uniform in `period · [1 − jitter, 1]`, as Cobalt Strike sleeps.
    Shrink,
    /// Gaps normal around `period` with a standard deviation of `period · jitter / 2`.
    Gaussian,
    /// Gaps `period · (1 − jitter)` and an exponential of mean `period · jitter`.
    Exponential,
}

impl JitterLaw {
    /// All four.
    pub const ALL: [Self; 4] = [Self::Symmetric, Self::Shrink, Self::Gaussian, Self::Exponential];

    /// The law's name in the truth files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Symmetric => "symmetric",
            Self::Shrink => "shrink",
            Self::Gaussian => "gaussian",
            Self::Exponential => "exponential",
        }
    }

    /// What a gap is multiplied by: 1 without jitter, never below a hundredth.
    fn factor(self, jitter: f64, dice: &mut Dice) -> f64 {
        let factor = match self {
            Self::Symmetric => dice.uniform(1.0 - jitter, 1.0 + jitter),
            Self::Shrink => dice.uniform(1.0 - jitter, 1.0),
            Self::Gaussian => 1.0 + 0.5 * jitter * dice.normal(),
            Self::Exponential => 1.0 - jitter + dice.exponential(jitter),
        };
        factor.max(0.01)
    }
}

/// How beats go missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LossLaw {
    /// Each beat on its own.
    Independent,
    /// In outages of eight beats on average.
    Bursty,
}

impl LossLaw {
    /// The law's name in the truth files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Independent => "independent",
            Self::Bursty => "bursty",
        }
    }
}

/// What the next beat is counted from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pacing {
    /// From the last beat: the program sleeps, and its phase wanders.
    Sleep,
    /// From a clock that does not drift: each beat strays on its own.
    Timer,
}

impl Pacing {
    /// The pacing's name in the truth files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sleep => "sleep",
            Self::Timer => "timer",
        }
    }
}

/// A timer's law: what is periodic about a beacon, and about the benign programs that look like one.
///
/// ```
/// use bro_synth::{Beat, JitterLaw};
///
/// let beat = Beat { jitter: 0.2, jitter_law: JitterLaw::Shrink, ..Beat::new(60.0) };
/// assert_eq!(beat.active_hours, 24.0);
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Beat {
    /// Seconds from beat to beat; positive.
    pub period: f64,
    /// How beats stray. Default [`JitterLaw::Symmetric`].
    pub jitter_law: JitterLaw,
    /// How far beats stray, from 0 to 1. Default 0.
    pub jitter: f64,
    /// How beats go missing. Default [`LossLaw::Independent`].
    pub loss_law: LossLaw,
    /// The share of beats that go missing, from 0 to below 1. Default 0.
    pub loss: f64,
    /// What the next beat is counted from. Default [`Pacing::Sleep`].
    pub pacing: Pacing,
    /// Hours after the scenario's start when the timer starts. Default 0.
    pub start_hour: f64,
    /// Hours of each day, counted from `start_hour`, in which the timer runs. Default 24.
    pub active_hours: f64,
}

impl Beat {
    /// An exact timer of `period` seconds that runs all day.
    #[must_use]
    pub const fn new(period: f64) -> Self {
        Self {
            period,
            jitter_law: JitterLaw::Symmetric,
            jitter: 0.0,
            loss_law: LossLaw::Independent,
            loss: 0.0,
            pacing: Pacing::Sleep,
            start_hour: 0.0,
            active_hours: 24.0,
        }
    }
}

/// A [`Beat`] at work: the law, and where in time it stands.
#[derive(Debug, Clone)]
pub(crate) struct Beating {
    beat: Beat,
    /// When the first active window opens.
    opens: i64,
    /// What the next gap is added to.
    base: i64,
    /// The beat last told: times never run backwards.
    last: i64,
    is_out: bool,
}

/// Beats in a mean outage of [`LossLaw::Bursty`].
const OUTAGE: f64 = 8.0;

impl Beating {
    pub(crate) fn new(beat: Beat, start: i64) -> Self {
        let opens = start + micros(beat.start_hour * 3600.0);
        Self { beat, opens, base: opens, last: opens, is_out: false }
    }

    pub(crate) fn first(&mut self, dice: &mut Dice) -> i64 {
        self.base = self.awake(self.opens + micros(self.beat.period * dice.unit()));
        self.last = self.base;
        self.base
    }

    /// The next beat that is not lost.
    pub(crate) fn next(&mut self, dice: &mut Dice) -> i64 {
        loop {
            let at = self.tick(dice);
            if !self.is_lost(dice) {
                return at;
            }
        }
    }

    fn tick(&mut self, dice: &mut Dice) -> i64 {
        let Beat { period, jitter_law, jitter, .. } = self.beat;
        let gap = micros(period * jitter_law.factor(jitter, dice));
        let at = self.awake(self.base + gap);
        self.base = match self.beat.pacing {
            Pacing::Sleep => at,
            Pacing::Timer => self.awake(self.base + micros(period)),
        };
        self.last = at.max(self.last + MILLISECOND);
        self.last
    }

    /// `at`, or the next opening of the active window when `at` falls outside.
    fn awake(&self, at: i64) -> i64 {
        let active = micros(self.beat.active_hours * 3600.0);
        let since = (at - self.opens).rem_euclid(DAY);
        if since < active { at } else { at - since + DAY }
    }

    fn is_lost(&mut self, dice: &mut Dice) -> bool {
        let Beat { loss, loss_law, .. } = self.beat;
        match loss_law {
            LossLaw::Independent => dice.chance(loss),
            LossLaw::Bursty => {
                // A two-state chain that is out for the share `loss` of the time (Gilbert, 1960).
                let turn = if self.is_out { 1.0 / OUTAGE } else { loss / (1.0 - loss) / OUTAGE };
                self.is_out ^= dice.chance(turn);
                self.is_out
            }
        }
    }
}

#[cfg(test)]
mod tests;
