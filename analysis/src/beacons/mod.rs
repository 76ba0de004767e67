//! Who calls home: pairs by how much they look like a beacon.

mod benign;
mod evaluate;
mod explain;
mod found;
mod gather;
mod model;
mod network;
mod params;
mod parts;
mod rita;
mod score;
mod sessions;
#[cfg(test)]
mod small_logs;
mod study;
#[cfg(test)]
mod tests;
mod train;

pub use evaluate::{
    Cell, Delay, EvaluateParams, Evaluation, Gate, Ranking, Rival, Scored, Task, evaluate, export_evaluation,
};
pub use explain::{Bars, Explained};
pub use found::{BeaconIntake, BeaconPair, BeaconSeverity, Beacons, Evidence, ScorePart};
pub use model::{ModelSummary, PairModel};
pub use params::BeaconsParams;
pub use rita::{RitaParts, rita_beacons};
pub use score::beacons;
pub use sessions::{
    Confusion, HeldOut, Labels, SESSION_MODEL, SESSION_MODEL_VERSION, SessionModel, SessionScores,
    SessionSummary, SessionTraining, SessionVerdict, SessionVerdicts, classify_sessions, predict_sessions,
    train_sessions,
};
pub use study::{Study, StudyPair};
pub use train::{PairTraining, train_default_pairs, train_pairs};
