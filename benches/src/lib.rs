//! Benchmarks of the bro-ml crates.
