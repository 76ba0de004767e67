//! Who calls whom, when, and with how much: the pairs of some logs.

mod content;
mod distinct;
mod event;
mod events;
mod features;
mod frequent;
mod hash;
mod rows;
mod table;
mod timer;
mod timing;
mod weighted;

pub use content::Content;
pub(crate) use content::Said;
pub use distinct::Distinct;
pub use event::PairEvent;
pub use events::{EXACT_EVENTS, FinishedEvents, PairEvents};
pub use features::{PAIR_FEATURES, PairFeature, pair_features};
pub(crate) use hash::hash;
pub use rows::{PairLog, PairRows, uid_hash};
pub use table::{Pair, PairCounts, PairRow, PairTable, Pairs};
pub use timer::Timer;
pub use timing::Timing;
