//! Benchmarks of the bro-ml crates.
//!
//! `bro-ml-bench parse LOG THREADS` prints one JSON line in the form of the comparison with other tools.

pub mod measure;
pub mod parse;
