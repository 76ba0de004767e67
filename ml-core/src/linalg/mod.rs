//! Decompositions of small dense matrices: written by hand, or by LAPACK with the feature `lapack`.

mod eigen;
#[cfg(feature = "lapack")]
mod lapack;
mod svd;

pub(crate) use eigen::Eigen;
#[cfg(not(feature = "lapack"))]
pub(crate) use eigen::symmetric_eigen;
#[cfg(feature = "lapack")]
pub(crate) use lapack::symmetric_eigen;
pub(crate) use svd::{Svd, Triangle};

#[cfg(feature = "lapack")]
use lapack::svd as decompose;
#[cfg(not(feature = "lapack"))]
use svd::jacobi as decompose;
