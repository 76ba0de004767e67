//! Decompositions of small dense matrices, written by hand.

mod eigen;
mod svd;

pub(crate) use eigen::{Eigen, symmetric_eigen};
pub(crate) use svd::{Svd, Triangle};
