//! What can go wrong.

use std::io;
use std::path::PathBuf;

/// Why a scenario could not be written.
///
/// ```
/// use bro_synth::{Error, Scenario};
///
/// let empty = Scenario { n_hosts: 0, ..Scenario::office_day(1) };
/// let error = empty.write_conn(&mut Vec::new()).expect_err("nobody is there");
/// assert_eq!(error.to_string(), "n_hosts is 0, expected 1 to 63750");
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A count of the scenario is out of its range.
    #[error("{name} is {value}, expected {least} to {most}")]
    Count {
        /// The parameter.
        name: &'static str,
        /// Its value.
        value: usize,
        /// The smallest that works.
        least: usize,
        /// The largest that works.
        most: usize,
    },
    /// A number of the scenario is out of its range, or not a number.
    #[error("{name} is {value}, expected {expected}")]
    Number {
        /// The parameter.
        name: &'static str,
        /// Its value.
        value: f64,
        /// What it may be.
        expected: &'static str,
    },
    /// A row could not be written.
    #[error(transparent)]
    Log(#[from] bro_log::Error),
    /// A file or folder could not be made or written.
    #[error("{}: {source}", path.display())]
    File {
        /// Where.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// Refuses a count out of its range.
pub(crate) fn count(name: &'static str, value: usize, least: usize, most: usize) -> Result<(), Error> {
    if (least..=most).contains(&value) {
        return Ok(());
    }
    Err(Error::Count { name, value, least, most })
}

/// Refuses a number that is not right.
pub(crate) fn number(
    name: &'static str,
    value: f64,
    expected: &'static str,
    is_right: impl Fn(f64) -> bool,
) -> Result<(), Error> {
    if is_right(value) {
        return Ok(());
    }
    Err(Error::Number { name, value, expected })
}
