use crate::App;
use crate::failure::Failure;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::IntoResponse;
use bro_store::Model;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// A stored model, without its bytes.
#[derive(Serialize, ToSchema)]
struct ModelFacts {
    id: i64,
    kind: String,
    format_version: u32,
    created_at: f64,
    /// How it was trained.
    summary: Value,
}

impl ModelFacts {
    fn of(stored: Model) -> Self {
        Self {
            id: stored.id,
            kind: stored.model.kind,
            format_version: stored.model.format_version,
            created_at: stored.created_at.seconds(),
            summary: serde_json::from_str(&stored.model.summary).unwrap_or_default(),
        }
    }
}

/// The stored models.
#[utoipa::path(get, path = "/models", tag = "models", operation_id = "list_models", responses((status = 200, body = Vec<ModelFacts>)))]
pub(super) async fn list(State(app): State<App>) -> Result<impl IntoResponse, Failure> {
    let models = app.ask(|store| store.list_models()).await?;
    Ok(Json(models.into_iter().map(ModelFacts::of).collect::<Vec<_>>()))
}

/// How a model was trained.
#[utoipa::path(get, path = "/models/{id}", tag = "models", operation_id = "show_models", params(("id" = i64, Path)), responses((status = 200, body = ModelFacts)))]
pub(super) async fn show(State(app): State<App>, Path(id): Path<i64>) -> Result<impl IntoResponse, Failure> {
    Ok(Json(ModelFacts::of(app.ask(move |store| store.model(id)).await?)))
}

/// The model itself, as `bro-ml beacons predict --model FILE` takes it.
#[utoipa::path(get, path = "/models/{id}/file", tag = "models", operation_id = "file_models", params(("id" = i64, Path)), responses((status = 200, body = Value)))]
pub(super) async fn file(State(app): State<App>, Path(id): Path<i64>) -> Result<impl IntoResponse, Failure> {
    let stored = app.ask(move |store| store.model(id)).await?;
    let file = format!("attachment; filename=\"model-{id}.json\"");
    Ok(([(CONTENT_TYPE, "application/json".to_owned()), (CONTENT_DISPOSITION, file)], stored.model.bytes))
}

/// Deletes a model.
#[utoipa::path(delete, path = "/models/{id}", tag = "models", operation_id = "delete_models", params(("id" = i64, Path)), responses((status = 204)))]
pub(super) async fn delete(State(app): State<App>, Path(id): Path<i64>) -> Result<StatusCode, Failure> {
    app.ask(move |store| store.delete_model(id)).await?;
    Ok(StatusCode::NO_CONTENT)
}
