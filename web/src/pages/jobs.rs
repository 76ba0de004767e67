use super::{Frame, html, job_address};
use crate::App;
use crate::failure::Failure;
use crate::jobs::{Job, Status};
use askama::Template;
use axum::extract::{Path, State};
use axum::response::{Redirect, Response};
use bro_report::printable;
use std::sync::Arc;

#[derive(Template)]
#[template(path = "jobs.html")]
struct ListPage {
    frame: Frame,
    jobs: Vec<Status>,
}

pub(crate) async fn list(State(app): State<App>, frame: Frame) -> Result<Response, Failure> {
    html(&ListPage { frame, jobs: app.0.jobs.list().iter().map(|job| job.status()).collect() })
}

impl ListPage {
    fn text(&self, text: &str) -> String {
        printable(text).into_owned()
    }
}

#[derive(Template)]
#[template(path = "job.html")]
struct ShowPage {
    frame: Frame,
    job: Status,
}

pub(crate) async fn show(
    State(app): State<App>,
    frame: Frame,
    Path(id): Path<u64>,
) -> Result<Response, Failure> {
    html(&ShowPage { frame, job: find(&app, id)?.status() })
}

impl ShowPage {
    /// Loss and validation score of each epoch so far.
    fn curve(&self) -> String {
        serde_json::to_string(&self.job.curve).unwrap_or_default()
    }

    fn text(&self, text: &str) -> String {
        printable(text).into_owned()
    }
}

pub(crate) async fn cancel(State(app): State<App>, Path(id): Path<u64>) -> Result<Redirect, Failure> {
    find(&app, id)?.cancel();
    Ok(Redirect::to(&job_address(id)))
}

/// A job that is still known.
pub(crate) fn find(app: &App, id: u64) -> Result<Arc<Job>, Failure> {
    app.0.jobs.find(id).ok_or_else(|| {
        Failure::not_found(format!("there is no job {id}"))
            .with_cure("jobs are forgotten when the server ends; what they found is among the runs")
    })
}
