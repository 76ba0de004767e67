//! The crate as its users see it.

/// The conformance table, one row each, strict and lenient.
#[cfg(test)]
mod cases;

/// The columnar pass against the reader of single rows.
#[cfg(test)]
mod columns;
