//! What a scenario promises: logs that agree, truths that hold, the same bytes for the same seed.

mod agreement;
mod conn;
mod reproducible;
mod study;
mod table;
mod truth;
