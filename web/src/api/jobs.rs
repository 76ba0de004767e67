use crate::App;
use crate::failure::Failure;
use crate::jobs::Status;
use crate::pages::jobs::find;
use axum::Json;
use axum::extract::{Path, State};
use axum::response::IntoResponse;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::future::{Either, select};
use futures_util::{Stream, stream};
use std::convert::Infallible;
use std::pin::pin;
use tokio::sync::watch::Receiver;

/// What runs and ran since the start, the latest first.
#[utoipa::path(get, path = "/jobs", tag = "jobs", operation_id = "list_jobs", responses((status = 200, body = Vec<Status>)))]
pub(super) async fn list(State(app): State<App>) -> impl IntoResponse {
    Json(app.0.jobs.list().iter().map(|job| job.status()).collect::<Vec<_>>())
}

/// How far a job is; one that is done names its run.
#[utoipa::path(get, path = "/jobs/{id}", tag = "jobs", operation_id = "show_jobs", params(("id" = i64, Path)), responses((status = 200, body = Status)))]
pub(super) async fn show(State(app): State<App>, Path(id): Path<u64>) -> Result<impl IntoResponse, Failure> {
    Ok(Json(find(&app, id)?.status()))
}

/// Asks a job to stop.
#[utoipa::path(post, path = "/jobs/{id}/cancel", tag = "jobs", operation_id = "cancel_jobs", params(("id" = i64, Path)), responses((status = 200, body = Status)))]
pub(super) async fn cancel(
    State(app): State<App>,
    Path(id): Path<u64>,
) -> Result<impl IntoResponse, Failure> {
    let job = find(&app, id)?;
    job.cancel();
    Ok(Json(job.status()))
}

/// The same as server-sent events until the job ends.
#[utoipa::path(get, path = "/jobs/{id}/events", tag = "jobs", operation_id = "events_jobs", params(("id" = i64, Path)), responses((status = 200, body = Status, content_type = "text/event-stream")))]
pub(super) async fn events(
    State(app): State<App>,
    Path(id): Path<u64>,
) -> Result<impl IntoResponse, Failure> {
    let job = find(&app, id)?;
    Ok(Sse::new(statuses(job.watch(), app.0.is_closing.subscribe())).keep_alive(KeepAlive::default()))
}

fn statuses(
    status: Receiver<Status>,
    is_closing: Receiver<bool>,
) -> impl Stream<Item = Result<Event, Infallible>> {
    stream::unfold(Some((status, is_closing)), |state| async {
        let (mut status, mut is_closing) = state?;
        if !has_changed(&mut status, &mut is_closing).await {
            return None;
        }
        let now = status.borrow_and_update().clone();
        let event = Event::default().json_data(&now).unwrap_or_default();
        let next = (!now.phase.is_over()).then_some((status, is_closing));
        Some((Ok(event), next))
    })
}

/// Waits for a change; false if the server ends first.
async fn has_changed(status: &mut Receiver<Status>, is_closing: &mut Receiver<bool>) -> bool {
    let closed = pin!(is_closing.wait_for(|is_closing| *is_closing));
    matches!(select(pin!(status.changed()), closed).await, Either::Left((Ok(()), _)))
}
