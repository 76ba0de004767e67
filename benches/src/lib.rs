//! Benchmarks of the bro-ml crates.
//!
//! `bro-ml-bench parse LOG THREADS`, `bro-ml-bench records LOG`, `bro-ml-bench profile LOG THREADS`, `bro-ml-bench quantiles`
//! and `bro-ml-bench ml THREADS` print JSON lines in the form of the comparison with other tools; `bro-ml-bench describe LOG
//! THREADS` prints the numbers that `rivals/profile.py` compares.

pub mod describe;
pub mod inputs;
pub mod measure;
pub mod ml;
pub mod parse;
pub mod profile;
pub mod records;
