use crate::App;
use crate::failure::Failure;
use crate::fields::Fields;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use bro_store::NewLabel;
use serde::Serialize;
use utoipa::ToSchema;

/// A label of a session.
#[derive(Serialize, ToSchema)]
struct LabelFacts {
    id: i64,
    uid: String,
    label: String,
    author: String,
    source: String,
    created_at: f64,
}

/// Numbers of labels that were added.
#[derive(Serialize, ToSchema)]
struct LabelsAdded {
    ids: Vec<i64>,
}

/// The labels of a dataset's sessions, in the order in which they were added.
#[utoipa::path(get, path = "/datasets/{name}/labels", tag = "labels", operation_id = "list_labels", params(("name" = String, Path)), responses((status = 200, body = Vec<LabelFacts>)))]
pub(super) async fn list(
    State(app): State<App>,
    Path(name): Path<String>,
) -> Result<impl IntoResponse, Failure> {
    let labels = app.ask(move |store| store.labels(&name)).await?;
    let facts = labels.into_iter().map(|stored| LabelFacts {
        id: stored.id,
        uid: stored.label.uid,
        label: stored.label.label,
        author: stored.label.author,
        source: stored.label.source,
        created_at: stored.created_at.seconds(),
    });
    Ok(Json(facts.collect::<Vec<_>>()))
}

/// Says the same of one or several sessions.
#[utoipa::path(post, path = "/datasets/{name}/labels", tag = "labels", operation_id = "add_labels", params(("name" = String, Path)), request_body(content = Object, description = "`uid`, one or several; `label`, such as beacon, benign or unsure; `author`"), responses((status = 201, body = LabelsAdded)))]
pub(super) async fn add(
    State(app): State<App>,
    Path(name): Path<String>,
    fields: Fields,
) -> Result<impl IntoResponse, Failure> {
    let label = fields.required("label")?.to_owned();
    let author = fields.text("author").unwrap_or_default().to_owned();
    let uids: Vec<_> = fields.required("uid")?.split(',').map(|uid| uid.trim().to_owned()).collect();
    let new = uids.into_iter().map(|uid| NewLabel {
        author: author.clone(),
        source: "review".to_owned(),
        ..NewLabel::new(&uid, &label)
    });
    let new: Vec<_> = new.collect();
    let ids = app.ask(move |store| store.add_labels(&name, &new)).await?;
    Ok((StatusCode::CREATED, Json(LabelsAdded { ids })))
}

/// Takes a label back.
#[utoipa::path(delete, path = "/labels/{id}", tag = "labels", operation_id = "delete_labels", params(("id" = i64, Path)), responses((status = 204)))]
pub(super) async fn delete(State(app): State<App>, Path(id): Path<i64>) -> Result<StatusCode, Failure> {
    match app.ask(move |store| store.delete_label(id)).await? {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(Failure::not_found(format!("there is no label {id}"))),
    }
}
