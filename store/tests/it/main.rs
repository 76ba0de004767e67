//! The store's behaviour, the same on every database.

#![expect(clippy::unwrap_used, reason = "a failure ends the test")]

mod database;
mod import;
mod open;
mod runs;
