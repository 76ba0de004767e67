//! The crate as its users see it.

/// The conformance table, one row each, strict and lenient.
#[cfg(test)]
mod cases;
