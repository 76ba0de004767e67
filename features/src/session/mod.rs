//! Every request of an http.log as a row of numbers, for a model of sessions.

mod context;
mod names;
mod own;
mod rows;
mod table;

pub use names::session_features;
pub use rows::SessionRows;
pub use table::{SessionKey, SessionTable, Sessions};
