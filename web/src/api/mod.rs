//! The same as JSON, for scripts and for the pages' own scripts.

mod datasets;
mod findings;
mod jobs;
mod labels;
mod models;
mod questions;
mod runs;

use crate::App;
use crate::failure::Failure;
use crate::jobs::Job;
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::IntoResponse;
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use serde::Serialize;
use std::sync::Arc;
use utoipa::{OpenApi, ToSchema};

/// Routes each operation, and describes each.
macro_rules! operations {
    ($($method:ident $path:literal => $module:ident::$name:ident;)*) => {
        /// The operations below `/api/v1`: method and path.
        #[cfg(test)]
        const OPERATIONS: &[(&str, &str)] = &[$((stringify!($method), $path)),*];

        pub(crate) fn routes() -> Router<App> {
            let router = Router::new().route("/openapi.json", get(description));
            router$(.route($path, $method($module::$name)))*
        }

        /// The description of the operations, made from them.
        #[derive(OpenApi)]
        #[openapi(
            info(
                title = "bro-ml",
                description = "Everything the pages of bro-ml serve show. Send `Authorization: Bearer TOKEN`, with the token of \
                    the printed address. What takes longer answers 202 with the number of a job; a failure is \
                    `{\"error\": {\"message\": …, \"cure\": …}}`.",
            ),
            servers((url = "/api/v1")),
            paths($($module::$name),*)
        )]
        struct Description;
    };
}

operations! {
    get "/datasets" => datasets::list;
    get "/datasets/{name}" => datasets::show;
    delete "/datasets/{name}" => datasets::delete;
    post "/datasets/{name}/logs" => datasets::upload;
    post "/datasets/{name}/import" => datasets::import;
    get "/datasets/{name}/labels" => labels::list;
    post "/datasets/{name}/labels" => labels::add;
    delete "/labels/{id}" => labels::delete;
    post "/profile" => questions::profile;
    post "/outliers" => questions::outliers;
    post "/clusters" => questions::clusters;
    post "/beacons" => questions::beacons;
    post "/beacons/train" => questions::train;
    post "/beacons/predict" => questions::predict;
    get "/models" => models::list;
    get "/models/{id}" => models::show;
    delete "/models/{id}" => models::delete;
    get "/models/{id}/file" => models::file;
    get "/findings" => findings::list;
    get "/findings/{run}/{rank}" => findings::show;
    post "/findings/{run}/{rank}" => findings::set_status;
    get "/suppressions" => findings::rules;
    post "/suppressions" => findings::suppress;
    delete "/suppressions/{id}" => findings::delete_rule;
    get "/jobs" => jobs::list;
    get "/jobs/{id}" => jobs::show;
    get "/jobs/{id}/events" => jobs::events;
    post "/jobs/{id}/cancel" => jobs::cancel;
    get "/runs" => runs::list;
    get "/runs/{id}" => runs::show;
    delete "/runs/{id}" => runs::delete;
    get "/runs/{id}/findings.csv" => runs::csv;
    get "/runs/{id}/plot" => runs::plot;
}

/// What takes longer, and where to ask how far it is.
#[derive(Serialize, ToSchema)]
struct Accepted {
    /// The number of the job.
    job: u64,
}

async fn description() -> Result<impl IntoResponse, Failure> {
    Ok(Json(Description::openapi()))
}

/// The answer to what takes longer.
fn accepted(job: &Arc<Job>) -> impl IntoResponse + use<> {
    let place = [(LOCATION, format!("/api/v1/jobs/{}", job.id))];
    (StatusCode::ACCEPTED, place, Json(Accepted { job: job.id }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn what_is_routed_is_what_is_described() {
        let description = serde_json::to_value(Description::openapi()).unwrap();
        let described = description["paths"].as_object().unwrap().iter().flat_map(|(path, item)| {
            item.as_object().unwrap().keys().map(move |method| (method.clone(), path.clone()))
        });
        let described: BTreeSet<_> = described.collect();
        let routed = OPERATIONS.iter().map(|(method, path)| ((*method).to_owned(), (*path).to_owned()));
        assert_eq!(described, routed.collect());
    }
}
