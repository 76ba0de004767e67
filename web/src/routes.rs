use crate::{App, api, assets, guard, pages};
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};

/// Every page, asset and part of the API, behind the guard.
pub fn router(app: &App) -> Router {
    Router::new()
        .route("/", get(pages::home))
        .route("/assets/{name}", get(assets::asset))
        .route("/datasets", get(pages::datasets::list))
        .route("/datasets/import", post(pages::datasets::import))
        .route("/datasets/{name}", get(pages::datasets::show))
        .route("/datasets/{name}/delete", post(pages::datasets::delete))
        .route("/datasets/{name}/sessions", get(pages::sessions::show))
        .route("/outliers", get(pages::ask::outliers).post(pages::ask::start_outliers))
        .route("/clusters", get(pages::ask::clusters).post(pages::ask::start_clusters))
        .route("/profile", get(pages::ask::profile).post(pages::ask::start_profile))
        .route("/beacons", get(pages::ask::beacons).post(pages::ask::start_beacons))
        .route("/beacons/train", get(pages::ask::beacons).post(pages::ask::start_training))
        .route("/beacons/predict", get(pages::ask::beacons).post(pages::ask::start_sessions))
        .route("/models/{id}", get(pages::models::show))
        .route("/models/{id}/delete", post(pages::models::delete))
        .route("/findings", get(pages::findings::list))
        .route("/findings/export/{format}", get(pages::findings::export))
        .route("/findings/{run}/{rank}", get(pages::findings::show))
        .route("/findings/{run}/{rank}/status", post(pages::findings::set_status))
        .route("/findings/{run}/{rank}/suppress", post(pages::findings::suppress))
        .route("/suppressions/{id}/delete", post(pages::findings::forget_rule))
        .route("/jobs", get(pages::jobs::list))
        .route("/jobs/{id}", get(pages::jobs::show))
        .route("/jobs/{id}/cancel", post(pages::jobs::cancel))
        .route("/runs", get(pages::runs::list))
        .route("/runs/compare", get(pages::compare::show))
        .route("/runs/{id}", get(pages::runs::show))
        .route("/runs/{id}/delete", post(pages::runs::delete))
        .route("/settings", get(pages::settings::show))
        .route("/settings/theme", post(pages::settings::theme))
        .route("/settings/database", post(pages::settings::database))
        .nest("/api/v1", api::routes())
        .fallback(pages::nothing)
        .method_not_allowed_fallback(pages::not_that_way)
        .layer(DefaultBodyLimit::max(guard::MOST_FORM_BYTES))
        .layer(from_fn_with_state(app.clone(), guard::guard))
        .with_state(app.clone())
}
