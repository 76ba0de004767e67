//! Columns brought to comparable size, with scikit-learn's names and meanings.

mod affine;
mod max_abs;
mod min_max;
mod robust;
mod standard;

pub use max_abs::{MaxAbsScaler, MaxAbsScalerParams};
pub use min_max::{MinMaxScaler, MinMaxScalerParams};
pub use robust::{RobustScaler, RobustScalerParams};
pub use standard::{StandardScaler, StandardScalerParams};

pub(crate) use affine::Affine;
