//! The server as browsers and scripts meet it, without a socket.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

mod access;
mod beacons;
mod client;
mod datasets;
mod findings;
mod logs;
mod questions;
