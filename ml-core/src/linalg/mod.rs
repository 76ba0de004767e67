//! Decompositions of small dense matrices, written by hand.

mod eigen;

pub(crate) use eigen::{Eigen, symmetric_eigen};
