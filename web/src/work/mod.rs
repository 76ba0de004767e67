//! What jobs do.

mod delete;
mod find;
mod import;

pub(crate) use delete::delete;
pub(crate) use find::{beacons, clusters, now, outliers, profile, sessions, train};
pub(crate) use import::{Upload, import_path, import_upload};

use crate::App;
use crate::failure::Failure;
use crate::jobs::{Job, Outcome};
use std::fmt::Display;
use std::sync::Arc;

/// Lines up a job.
fn start(
    app: &App,
    kind: &'static str,
    title: String,
    work: impl FnOnce(&App, &Job) -> Result<Outcome, String> + Send + 'static,
) -> Result<Arc<Job>, Failure> {
    let own = app.clone();
    let job = app.0.jobs.start(kind, title, move |job| work(&own, job));
    job.ok_or_else(|| {
        Failure::busy("too many jobs wait already").with_cure("wait until one has ended, or cancel one")
    })
}

fn told(error: impl Display) -> String {
    error.to_string()
}
