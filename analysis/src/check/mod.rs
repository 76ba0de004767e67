//! What is in these logs, and how well were they taken?

mod block;
mod capture;
mod found;
mod read;
mod run;

pub use block::{CheckedBlock, TimeSpan};
pub use capture::{Capture, CaptureHint};
pub use found::{Check, CheckInput, CheckParams, CheckedLog, Failure, Reason};
pub use run::check;
