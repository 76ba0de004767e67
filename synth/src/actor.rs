//! Who acts, when and how.

use std::fmt;

use crate::clock::{HOUR, Schedule};
use crate::dice::Dice;
use crate::stage::Stage;
use crate::truth::ActorTruth;

/// A connection that is silent for longer does not survive the middleboxes.
const LONGEST_IDLE: i64 = HOUR;

/// What an actor does each time its schedule calls.
pub(crate) trait Activity: fmt::Debug {
    /// Acts at `times`: one moment, or those of all exchanges of a connection that is kept alive, in order.
    /// No session it adds starts before the first of them.
    fn act(&mut self, times: &[i64], stage: &mut Stage<'_>);
}

/// One source of traffic: a person, a program, an attacker.
#[derive(Debug)]
pub(crate) struct Actor {
    pub(crate) truth: ActorTruth,
    pub(crate) dice: Dice,
    pub(crate) schedule: Schedule,
    pub(crate) activity: Box<dyn Activity>,
    /// Exchanges of one connection; more than 1 keeps it alive.
    pub(crate) per_connection: usize,
}

impl Actor {
    /// Collects the times of one connection that starts at `now`, and the time of the next connection.
    pub(crate) fn times(&mut self, now: i64, end: i64, times: &mut Vec<i64>) -> Option<i64> {
        times.clear();
        times.push(now);
        loop {
            let last = times[times.len() - 1];
            let next = self.schedule.next(last, &mut self.dice).filter(|&next| next < end)?;
            if times.len() == self.per_connection || next - last > LONGEST_IDLE {
                return Some(next);
            }
            times.push(next);
        }
    }
}
