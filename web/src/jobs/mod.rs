//! What takes longer than an answer may take: it runs on threads of its own, tells how far it is, and can be stopped.

mod job;
mod pool;

pub(crate) use job::{Job, Phase, Status};
pub(crate) use pool::{Jobs, Outcome};
