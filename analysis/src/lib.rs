//! The questions one asks of Zeek logs.
//!
//! Plain parameters in, plain findings out; progress goes to a callback whose answer can cancel. Nothing here prints,
//! reads arguments or knows HTML.
//!
//! ```
//! use bro_analysis::{Logs, OutliersParams, outliers};
//! use bro_log::Source;
//! use std::ops::ControlFlow;
//!
//! let mut log = String::from("#separator \\x09\n#path\tconn\n#fields\tproto\tconn_state\tduration\torig_bytes\n#types\tenum\tstring\tinterval\tcount\n");
//! for i in 0..50 {
//!     log += &format!("tcp\tSF\t{}.5\t{}\n", i % 3, 100 + i % 7);
//! }
//! log += "tcp\tS1\t90000.0\t9000000000\n";
//! let sources = [Source::from_bytes("conn.log", log.into_bytes())];
//!
//! let params = OutliersParams { n_clusters: 4, smallest: 1, ..OutliersParams::default() };
//! let found = outliers(&Logs::of(&sources), &params, &mut |_| ControlFlow::Continue(()))?;
//! assert_eq!(found.n_records, 51);
//! assert_eq!(found.outliers[0].session.conn_state.as_deref(), Some("S1"));
//! # Ok::<(), bro_analysis::Error>(())
//! ```

mod beacons;
mod check;
mod clusters;
mod error;
mod intake;
mod logs;
mod matrix;
mod moments;
mod outliers;
mod prepare;
mod profile;
mod progress;
mod reason;
mod rows;
mod sampling;
mod scatter;
mod selection;
mod session;
mod words;

pub use beacons::{
    Bars, BeaconIntake, BeaconPair, BeaconSeverity, Beacons, BeaconsParams, Cell, Confusion, Delay,
    EvaluateParams, Evaluation, Evidence, Explained, Gate, HeldOut, Labels, ModelSummary, PairModel,
    PairTraining, Ranking, RitaParts, Rival, SESSION_MODEL, SESSION_MODEL_VERSION, ScorePart, Scored,
    SessionModel, SessionScores, SessionSummary, SessionTraining, SessionVerdict, SessionVerdicts, Study,
    StudyPair, Task, beacons, classify_sessions, evaluate, export_evaluation, predict_sessions, rita_beacons,
    train_default_pairs, train_pairs, train_sessions,
};
pub use check::{
    Capture, CaptureHint, Check, CheckInput, CheckParams, CheckedBlock, CheckedLog, Failure, Reason,
    TimeSpan, check,
};
pub use clusters::{Characterized, Clusters, ClustersParams, NoiseSession, Plane, clusters};
pub use error::{Error, Warning};
pub use intake::{Intake, LogIntake};
pub use logs::Logs;
pub use matrix::{FeatureColumn, FeatureMatrix, FeatureRows, MatrixParams};
pub use outliers::{
    Cluster, ClusterNumber, ClusterQuality, Loading, Outlier, Outliers, OutliersParams, outliers,
};
pub use profile::{
    Activity, ActivityBin, Association, Bandwidth, BoxProfile, ClassLabels, ClassProfile, Classes,
    ClustersPanel, ColumnProfile, Conclusion, Correlations, Direction, DirectionProfile, Distinct,
    GroupProfile, Groups, HourProfile, ImputationProfile, Method, Missing, MissingProfile, NumberProfile,
    Profile, ProfileIntake, ProfileParams, QualityCheck, RateProfile, Severity, TalkerProfile, Thresholds,
    Trend, profile,
};
pub use progress::{Epoch, OnProgress, Progress, Stage};
pub use sampling::SampleBy;
pub use scatter::{Density, Point, Scatter};
pub use selection::{Dropped, Sample};
pub use session::{HttpFacts, Session};
pub use words::{bytes_in_words, count_in_words, duration_in_words, share_in_words};

/// The snippets of the book's page about this crate.
#[cfg(doctest)]
#[doc = include_str!("../../docs/src/rust-analysis.md")]
mod book {}
