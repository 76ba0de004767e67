//! The program as its user meets it, and the rules the workspace keeps.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

mod beacons;
mod book;
mod browser;
mod check;
mod clusters;
mod convert;
mod cut;
mod datasets;
mod demo;
mod doctor;
mod features;
mod http_logs;
mod input;
mod layering;
mod logs;
mod outliers;
mod profile;
mod program;
mod real_logs;
mod runs;
mod secrets;
mod serve;
mod shell;
mod timings;
mod webdriver;
