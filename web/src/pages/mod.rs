//! What people see.

pub(crate) mod ask;
pub(crate) mod compare;
pub(crate) mod datasets;
pub(crate) mod findings;
mod frame;
pub(crate) mod jobs;
pub(crate) mod models;
pub(crate) mod runs;
pub(crate) mod sessions;
pub(crate) mod settings;

pub(crate) use frame::Frame;
pub(crate) use settings::theme_of;

use crate::App;
use crate::failure::Failure;
use askama::Template;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{Html, IntoResponse, Redirect, Response};

/// The page of a run.
pub(crate) fn run_address(id: i64) -> String {
    format!("/runs/{id}")
}

fn job_address(id: u64) -> String {
    format!("/jobs/{id}")
}

fn html(page: &impl Template) -> Result<Response, Failure> {
    let text = page.render().map_err(|error| Failure::internal(error.to_string()))?;
    Ok(Html(text).into_response())
}

pub(crate) async fn home() -> Redirect {
    Redirect::to("/datasets")
}

pub(crate) async fn nothing(uri: Uri) -> Failure {
    Failure::not_found(format!("there is no page {}", uri.path())).with_cure("choose one above")
}

pub(crate) async fn not_that_way(uri: Uri) -> Failure {
    Failure {
        status: StatusCode::METHOD_NOT_ALLOWED,
        ..Failure::not_found(format!("{} is not asked this way", uri.path()))
    }
}

#[derive(Template)]
#[template(path = "denied.html")]
struct Denied {
    is_wrong: bool,
    assets: &'static str,
}

/// The page for those who have no token.
pub(crate) fn denied(is_wrong: bool) -> Response {
    let page = Denied { is_wrong, assets: crate::assets::fingerprint() };
    let text = page.render().unwrap_or_default();
    (StatusCode::FORBIDDEN, Html(text)).into_response()
}

#[derive(Template)]
#[template(path = "failure.html")]
struct FailurePage<'a> {
    frame: Frame,
    failure: &'a Failure,
}

/// A page that says what went wrong.
pub(crate) fn failure(app: &App, uri: &Uri, headers: &HeaderMap, failure: &Failure) -> Response {
    // Who got no further than this gets no page with secrets in it.
    if failure.status == StatusCode::MISDIRECTED_REQUEST || uri.path().starts_with("/assets/") {
        return (failure.status, format!("{}; {}\n", failure.message, failure.cure.unwrap_or_default()))
            .into_response();
    }
    let page = FailurePage { frame: Frame::of(app, uri, headers), failure };
    match page.render() {
        Ok(text) => (failure.status, Html(text)).into_response(),
        Err(_) => (failure.status, failure.message.clone()).into_response(),
    }
}
