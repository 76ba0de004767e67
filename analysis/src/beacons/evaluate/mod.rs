//! How good the detection is, by a protocol that does not let it mark its own paper.

mod gates;
mod measure;
mod protocol;
mod rivals;

pub use gates::Gate;
#[cfg(test)]
pub(super) use gates::perfect_first;
pub use measure::Ranking;
pub use protocol::{Cell, Delay, EvaluateParams, Evaluation, Scored, Task, evaluate, export_evaluation};
pub use rivals::Rival;
