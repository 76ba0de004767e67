use super::{Accepted, accepted};
use crate::App;
use crate::failure::Failure;
use crate::fields::Fields;
use crate::work::{self, Upload};
use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{StatusCode, Uri};
use axum::response::IntoResponse;
use bro_store::{Dataset, SourceInfo, StoredReject};
use futures_util::StreamExt;
use serde::Serialize;
use tokio::fs::File;
use tokio::io::AsyncWriteExt;
use utoipa::ToSchema;

/// Most rows that could not be read in an answer.
const MOST_REJECTS: u64 = 1_000;

#[derive(Serialize, ToSchema)]
struct DatasetFacts {
    name: String,
    created_at: f64,
    n_records: u64,
    n_rejected: u64,
    kinds: Vec<Kind>,
    logs: Vec<Log>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rejects: Option<Vec<Reject>>,
}

#[derive(Serialize, ToSchema)]
struct Kind {
    path: Option<String>,
    n_records: u64,
}

#[derive(Serialize, ToSchema)]
struct Log {
    name: String,
    n_bytes: u64,
    blake3: String,
    n_records: u64,
    n_rejected: u64,
    first_ts: Option<f64>,
    last_ts: Option<f64>,
    state: &'static str,
    imported_at: f64,
}

#[derive(Serialize, ToSchema)]
struct Reject {
    log: String,
    line: u64,
    byte: u64,
    reason: String,
    message: String,
}

impl DatasetFacts {
    fn of(dataset: Dataset, rejects: Option<Vec<StoredReject>>) -> Self {
        Self {
            name: dataset.name,
            created_at: dataset.created_at.seconds(),
            n_records: dataset.n_records,
            n_rejected: dataset.n_rejected,
            kinds: dataset.paths.into_iter().map(|(path, n_records)| Kind { path, n_records }).collect(),
            logs: dataset.sources.into_iter().map(Log::of).collect(),
            rejects: rejects.map(|rejects| rejects.into_iter().map(Reject::of).collect()),
        }
    }
}

impl Log {
    fn of(source: SourceInfo) -> Self {
        Self {
            n_bytes: source.n_bytes,
            n_records: source.n_records,
            n_rejected: source.n_rejected,
            first_ts: source.min_ts.map(bro_log::Time::seconds),
            last_ts: source.max_ts.map(bro_log::Time::seconds),
            state: source.state.name(),
            imported_at: source.imported_at.seconds(),
            name: source.name,
            blake3: source.hash,
        }
    }
}

impl Reject {
    fn of(reject: StoredReject) -> Self {
        Self {
            log: reject.source,
            line: reject.line,
            byte: reject.byte,
            reason: reject.reason,
            message: reject.message,
        }
    }
}

/// The datasets with their logs.
#[utoipa::path(get, path = "/datasets", tag = "datasets", operation_id = "list_datasets", responses((status = 200, body = Vec<DatasetFacts>)))]
pub(super) async fn list(State(app): State<App>) -> Result<impl IntoResponse, Failure> {
    let datasets = app.ask(|store| store.list_datasets()).await?;
    Ok(Json(datasets.into_iter().map(|dataset| DatasetFacts::of(dataset, None)).collect::<Vec<_>>()))
}

/// One dataset, with the first rows that could not be read.
#[utoipa::path(get, path = "/datasets/{name}", tag = "datasets", operation_id = "show_datasets", params(("name" = String, Path)), responses((status = 200, body = DatasetFacts)))]
pub(super) async fn show(
    State(app): State<App>,
    Path(name): Path<String>,
) -> Result<impl IntoResponse, Failure> {
    let (dataset, rejects) =
        app.ask(move |store| Ok((store.dataset(&name)?, store.rejects(&name, MOST_REJECTS)?))).await?;
    Ok(Json(DatasetFacts::of(dataset, Some(rejects))))
}

/// Deletes a dataset.
#[utoipa::path(delete, path = "/datasets/{name}", tag = "datasets", operation_id = "delete_datasets", params(("name" = String, Path)), responses((status = 202, body = Accepted)))]
pub(super) async fn delete(
    State(app): State<App>,
    Path(name): Path<String>,
) -> Result<impl IntoResponse, Failure> {
    let known = name.clone();
    app.ask(move |store| store.dataset(&known)).await?;
    Ok(accepted(&work::delete(&app, &name)?))
}

/// Imports a log or a folder below an allowed folder.
#[utoipa::path(post, path = "/datasets/{name}/import", tag = "datasets", operation_id = "import_datasets", params(("name" = String, Path)), request_body(content = Object, description = "`root`, the number of the allowed folder; `path` below it"), responses((status = 202, body = Accepted)))]
pub(super) async fn import(
    State(app): State<App>,
    Path(name): Path<String>,
    fields: Fields,
) -> Result<impl IntoResponse, Failure> {
    let root = fields.number_or("root", 0)?;
    let path = fields.text("path").unwrap_or_default().to_owned();
    let own = app.clone();
    let found = app.block(move || own.0.roots.resolve(root, &path)).await?;
    Ok(accepted(&work::import_path(&app, &name, found)?))
}

/// Takes the body into a file without a name, then imports it: a log, compressed or not. The query may name it: `?name=conn.log`.
#[utoipa::path(post, path = "/datasets/{name}/logs", tag = "datasets", operation_id = "upload_datasets", params(("name" = String, Path)), request_body(content = Vec<u8>, description = "a log", content_type = "application/octet-stream"), responses((status = 202, body = Accepted)))]
pub(super) async fn upload(
    State(app): State<App>,
    Path(dataset): Path<String>,
    uri: Uri,
    body: Body,
) -> Result<impl IntoResponse, Failure> {
    let busy = || Failure::busy("too many uploads run already").with_cure("wait until one has ended");
    let _place = app.0.uploads.try_acquire().map_err(|_| busy())?;
    let fields = Fields::of_query(&uri);
    let name = fields.text("name").unwrap_or("upload").to_owned();
    let file = tempfile::tempfile_in(app.0.upload_folder()).map_err(unwritable)?;
    let mut file = File::from_std(file);
    write(body, &mut file, app.0.config.limits.upload_bytes).await?;
    let upload = Upload { name, file: file.into_std().await };
    Ok(accepted(&work::import_upload(&app, &dataset, upload)?))
}

/// Writes a body as it comes, up to a limit.
async fn write(body: Body, file: &mut File, most: u64) -> Result<(), Failure> {
    let mut left = most;
    let mut chunks = body.into_data_stream();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|error| Failure::usage(format!("the upload broke off: {error}")))?;
        left = left.checked_sub(chunk.len() as u64).ok_or_else(|| too_large(most))?;
        file.write_all(&chunk).await.map_err(unwritable)?;
    }
    file.flush().await.map_err(unwritable)
}

fn too_large(most: u64) -> Failure {
    let most = bro_analysis::bytes_in_words(most as f64);
    let message = format!("the upload is larger than {most}, the most this server takes");
    Failure { status: StatusCode::PAYLOAD_TOO_LARGE, ..Failure::usage(message) }
        .with_cure("compress the log, or import it from an allowed folder (bro-ml serve --root DIR)")
}

#[expect(clippy::needless_pass_by_value, reason = "it is what map_err wants")]
fn unwritable(error: std::io::Error) -> Failure {
    Failure::internal(format!("the upload could not be written: {error}"))
}
