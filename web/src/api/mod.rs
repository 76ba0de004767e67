//! The same as JSON, for scripts and for the pages' own scripts.

mod datasets;
mod jobs;
mod runs;

use crate::App;
use crate::failure::Failure;
use crate::fields::Fields;
use crate::jobs::Job;
use crate::work;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::json;
use std::sync::Arc;

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/datasets", get(datasets::list))
        .route("/datasets/{name}", get(datasets::show).delete(datasets::delete))
        .route("/datasets/{name}/logs", post(datasets::upload))
        .route("/datasets/{name}/import", post(datasets::import))
        .route("/outliers", post(outliers))
        .route("/clusters", post(clusters))
        .route("/jobs", get(jobs::list))
        .route("/jobs/{id}", get(jobs::show))
        .route("/jobs/{id}/events", get(jobs::events))
        .route("/jobs/{id}/cancel", post(jobs::cancel))
        .route("/runs", get(runs::list))
        .route("/runs/{id}", get(runs::show).delete(runs::delete))
        .route("/runs/{id}/findings.csv", get(runs::csv))
        .route("/runs/{id}/plot", get(runs::plot))
}

async fn outliers(State(app): State<App>, fields: Fields) -> Result<impl IntoResponse, Failure> {
    Ok(accepted(&work::outliers(&app, &fields)?))
}

async fn clusters(State(app): State<App>, fields: Fields) -> Result<impl IntoResponse, Failure> {
    Ok(accepted(&work::clusters(&app, &fields)?))
}

/// The answer to what takes longer.
fn accepted(job: &Arc<Job>) -> impl IntoResponse + use<> {
    let place = [(LOCATION, format!("/api/v1/jobs/{}", job.id))];
    (StatusCode::ACCEPTED, place, Json(json!({ "job": job.id })))
}
