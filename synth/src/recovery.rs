//! How much of what was planted somebody found.

use std::collections::HashSet;

use crate::truth::{Label, Truth};

/// How many sessions of one planted actor were found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recovery {
    /// What the actor's sessions are.
    pub label: Label,
    /// The kind of traffic.
    pub family: &'static str,
    /// Sessions planted.
    pub n_planted: u64,
    /// Sessions among those found.
    pub n_found: u64,
}

impl Truth {
    /// Compares the `uid`s somebody found with what was planted, for each planted actor in the order of the actors.
    ///
    /// ```
    /// use bro_synth::Scenario;
    ///
    /// let truth = Scenario { n_hosts: 5, ..Scenario::office_day(1) }.write_conn(&mut Vec::new())?;
    /// let first = truth.planted[0].uid.as_str();
    /// let recovered = truth.recovery([first]);
    /// assert_eq!(recovered.iter().map(|actor| actor.n_found).sum::<u64>(), 1);
    /// # Ok::<(), bro_synth::Error>(())
    /// ```
    #[must_use]
    pub fn recovery<'a>(&self, found: impl IntoIterator<Item = &'a str>) -> Vec<Recovery> {
        let found: HashSet<&str> = found.into_iter().collect();
        let mut n_found = vec![0; self.actors.len()];
        for session in self.planted.iter().filter(|session| found.contains(session.uid.as_str())) {
            n_found[session.actor as usize] += 1;
        }
        let actors = self.actors.iter().zip(n_found).filter(|(actor, _)| actor.label != Label::Benign);
        actors
            .map(|(actor, n_found)| Recovery {
                label: actor.label,
                family: actor.family,
                n_planted: actor.n_sessions,
                n_found,
            })
            .collect()
    }
}
