use super::{Accepted, accepted};
use crate::App;
use crate::failure::Failure;
use crate::fields::Fields;
use crate::work;
use axum::extract::State;
use axum::response::IntoResponse;

/// Looks for outliers.
#[utoipa::path(post, path = "/outliers", tag = "questions", operation_id = "outliers_questions", request_body(content = Object, description = "`dataset`, `log_kind` and the options of `bro-ml outliers`: `n_clusters`, `features` …"), responses((status = 202, body = Accepted)))]
pub(super) async fn outliers(State(app): State<App>, fields: Fields) -> Result<impl IntoResponse, Failure> {
    Ok(accepted(&work::outliers(&app, &fields)?))
}

/// Groups sessions.
#[utoipa::path(post, path = "/clusters", tag = "questions", operation_id = "clusters_questions", request_body(content = Object, description = "`dataset`, `log_kind` and the options of `bro-ml clusters`: `eps`, `min_samples` …"), responses((status = 202, body = Accepted)))]
pub(super) async fn clusters(State(app): State<App>, fields: Fields) -> Result<impl IntoResponse, Failure> {
    Ok(accepted(&work::clusters(&app, &fields)?))
}

/// Says what a dataset holds.
#[utoipa::path(post, path = "/profile", tag = "questions", operation_id = "profile_questions", request_body(content = Object, description = "`dataset` and the options of `bro-ml profile`"), responses((status = 202, body = Accepted)))]
pub(super) async fn profile(State(app): State<App>, fields: Fields) -> Result<impl IntoResponse, Failure> {
    Ok(accepted(&work::profile(&app, &fields)?))
}

/// Scores pairs of hosts by how much they look like a beacon.
#[utoipa::path(post, path = "/beacons", tag = "questions", operation_id = "beacons_questions", request_body(content = Object, description = "`dataset`, `min_events`, `limit`"), responses((status = 202, body = Accepted)))]
pub(super) async fn beacons(State(app): State<App>, fields: Fields) -> Result<impl IntoResponse, Failure> {
    Ok(accepted(&work::beacons(&app, &fields)?))
}

/// Trains a model on labelled http sessions.
#[utoipa::path(post, path = "/beacons/train", tag = "questions", operation_id = "train_questions", request_body(content = Object, description = "`dataset` and the options of `bro-ml beacons train`: `hidden_layer_sizes`, `max_iter` …"), responses((status = 202, body = Accepted)))]
pub(super) async fn train(State(app): State<App>, fields: Fields) -> Result<impl IntoResponse, Failure> {
    Ok(accepted(&work::train(&app, &fields)?))
}

/// Judges http sessions with a stored model.
#[utoipa::path(post, path = "/beacons/predict", tag = "questions", operation_id = "predict_questions", request_body(content = Object, description = "`dataset`, `model`, `threshold`, `limit`"), responses((status = 202, body = Accepted)))]
pub(super) async fn predict(State(app): State<App>, fields: Fields) -> Result<impl IntoResponse, Failure> {
    Ok(accepted(&work::sessions(&app, &fields)?))
}
