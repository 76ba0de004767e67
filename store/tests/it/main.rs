//! The store's behaviour, the same on every database.

#![expect(clippy::unwrap_used, reason = "a failure ends the test")]

mod big;
mod copy;
mod database;
mod faults;
mod filter;
mod import;
mod kill;
#[cfg(unix)]
mod limits;
mod open;
mod real_logs;
mod runs;
