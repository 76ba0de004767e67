//! What some logs hold: every step of a log analysis course in two passes.
//!
//! Everything is counted in integers in parts whose order does not matter, so the answer is the same to the
//! bit on any number of threads and however the rows are spread over files.

mod activity;
mod bandwidth;
mod cells;
mod classes;
mod conclusions;
mod detail;
mod direction;
mod found;
mod labels;
mod layout;
mod merge;
mod mismatch;
mod numbers;
mod panel;
mod params;
mod parts;
mod requests;
mod run;
mod tally;
mod thresholds;
mod tracks;
mod view;

pub use conclusions::{Conclusion, Severity};
pub use direction::Direction;
pub use found::{
    Activity, ActivityBin, Association, Bandwidth, BoxProfile, ClassProfile, Classes, ClustersPanel,
    ColumnProfile, Correlations, DirectionProfile, Distinct, GroupProfile, Groups, HourProfile,
    ImputationProfile, Method, Missing, MissingProfile, NumberProfile, Profile, ProfileIntake, QualityCheck,
    RateProfile, TalkerProfile, Trend,
};
pub use labels::ClassLabels;
pub use params::ProfileParams;
pub use run::profile;
pub use thresholds::Thresholds;
