//! Numbers in place of missing ones.
//!
//! Why a value of a conn.log is missing is known, and [`Flow::imputed`](crate::Flow::imputed) fills it accordingly;
//! these imputers are for columns about which nothing is known.

mod group;
mod simple;

pub use group::{GroupImputer, GroupImputerParams};
pub use simple::{ImputeStrategy, Imputer, ImputerParams};
