use crate::App;
use crate::failure::Failure;
use crate::pages::runs::forget;
use crate::plots::PlotOf;
use crate::record::{listed, saved};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::IntoResponse;
use bro_report::{SavedRun, run_csv, run_json, runs_json};
use bro_store::{FindingOrder, RunId};

const JSON: [(axum::http::HeaderName, &str); 1] = [(CONTENT_TYPE, "application/json")];

/// The saved runs, the latest first.
#[utoipa::path(get, path = "/runs", tag = "runs", operation_id = "list_runs", responses((status = 200, body = Vec<Value>)))]
pub(super) async fn list(State(app): State<App>) -> Result<impl IntoResponse, Failure> {
    let runs: Vec<_> = app.ask(|store| store.list_runs()).await?.iter().map(listed).collect();
    Ok((JSON, runs_json(&runs)?))
}

async fn whole(app: &App, id: i64) -> Result<SavedRun, Failure> {
    Ok(saved(app.ask(move |store| store.run(RunId(id))).await?))
}

/// One run with everything it found, as `bro-ml runs show --format json` prints it.
#[utoipa::path(get, path = "/runs/{id}", tag = "runs", operation_id = "show_runs", params(("id" = i64, Path)), responses((status = 200, body = Value)))]
pub(super) async fn show(State(app): State<App>, Path(id): Path<i64>) -> Result<impl IntoResponse, Failure> {
    Ok((JSON, run_json(&whole(&app, id).await?)?))
}

/// What a run found as CSV.
#[utoipa::path(get, path = "/runs/{id}/findings.csv", tag = "runs", operation_id = "csv_runs", params(("id" = i64, Path)), responses((status = 200, body = String, content_type = "text/csv")))]
pub(super) async fn csv(State(app): State<App>, Path(id): Path<i64>) -> Result<impl IntoResponse, Failure> {
    let text = run_csv(&whole(&app, id).await?)?;
    let file = format!("attachment; filename=\"run-{id}.csv\"");
    Ok(([(CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()), (CONTENT_DISPOSITION, file)], text))
}

/// What the plots of a run draw.
#[utoipa::path(get, path = "/runs/{id}/plot", tag = "runs", operation_id = "plot_runs", params(("id" = i64, Path)), responses((status = 200, body = Value)))]
pub(super) async fn plot(State(app): State<App>, Path(id): Path<i64>) -> Result<impl IntoResponse, Failure> {
    let run = app.ask(move |store| Ok(store.run_page(RunId(id), FindingOrder::Rank, 0, 0)?.run)).await?;
    let of = PlotOf { run: id, started_at: run.started_at.micros() };
    let own = app.clone();
    let unreadable = |error| Failure::internal(format!("the plot could not be read: {error}"));
    let plot = app.block(move || own.0.plots.load(of).map_err(unreadable)).await?;
    let plot = plot.ok_or_else(|| {
        Failure::not_found(format!("the plots of run {id} are not kept"))
            .with_cure("run it again with the same seed")
    })?;
    Ok((JSON, plot))
}

/// Deletes a run.
#[utoipa::path(delete, path = "/runs/{id}", tag = "runs", operation_id = "delete_runs", params(("id" = i64, Path)), responses((status = 204)))]
pub(super) async fn delete(State(app): State<App>, Path(id): Path<i64>) -> Result<StatusCode, Failure> {
    forget(&app, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
