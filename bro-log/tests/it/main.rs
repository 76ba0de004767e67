//! The crate as its users see it.

/// The conformance table, one row each, strict and lenient.
#[cfg(test)]
mod cases;
/// The columnar pass against the reader of single rows.
#[cfg(test)]
mod columns;
/// Real logs, where the folder that `BRO_ML_DATA` names is there.
#[cfg(test)]
mod data;
/// Messages, positions, rejects.
#[cfg(test)]
mod errors;
/// The fuzz targets on seeded inputs.
#[cfg(test)]
mod fuzz;
/// JSON logs.
#[cfg(test)]
mod json;
mod naive;
/// Numbers, times and addresses against naive twins.
#[cfg(test)]
mod numbers;
/// Parquet, read by another library.
#[cfg(test)]
#[cfg(feature = "parquet")]
mod parquet;
/// Write → read is identity, and no bytes panic the reader.
#[cfg(test)]
mod round_trip;
