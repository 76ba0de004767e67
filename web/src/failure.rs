use crate::App;
use crate::pages;
use axum::Json;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// Why a request was not answered, and what helps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) status: StatusCode,
    pub(crate) message: String,
    pub(crate) cure: Option<&'static str>,
}

impl Failure {
    fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), cure: None }
    }

    pub(crate) fn with_cure(self, cure: &'static str) -> Self {
        Self { cure: Some(cure), ..self }
    }

    /// Something was asked wrongly.
    pub(crate) fn usage(message: String) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, message)
    }

    pub(crate) fn not_found(what: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, what)
    }

    pub(crate) fn internal(message: impl Into<String>) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, message)
    }

    pub(crate) fn busy(message: impl Into<String>) -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, message)
    }

    pub(crate) fn too_large() -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "the request is larger than this server takes")
    }

    pub(crate) fn denied(is_wrong: bool) -> Self {
        let message = if is_wrong { "the token is wrong" } else { "this server wants a token" };
        Self::new(StatusCode::FORBIDDEN, message).with_cure(
            "open the whole address that bro-ml serve printed; scripts send it as Authorization: Bearer TOKEN",
        )
    }

    pub(crate) fn wrong_host() -> Self {
        Self::new(StatusCode::MISDIRECTED_REQUEST, "this server is not known under that name")
            .with_cure("ask for it by address or as localhost, or start it with --allow-host NAME")
    }

    pub(crate) fn not_from_our_page() -> Self {
        Self::new(StatusCode::FORBIDDEN, "the request did not come from a page of this server")
            .with_cure("load the page again, then do it once more")
    }
}

impl From<bro_store::Error> for Failure {
    fn from(error: bro_store::Error) -> Self {
        use bro_store::Error as E;
        let status = match error {
            E::NoSuchDataset { .. }
            | E::NoSuchRun { .. }
            | E::NoSuchModel { .. }
            | E::NoSuchFinding { .. } => StatusCode::NOT_FOUND,
            E::DatasetName { .. } => StatusCode::UNPROCESSABLE_ENTITY,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        };
        Self::new(status, error.to_string())
    }
}

impl From<bro_report::Error> for Failure {
    fn from(error: bro_report::Error) -> Self {
        Self::internal(error.to_string())
    }
}

impl From<bro_analysis::Error> for Failure {
    fn from(error: bro_analysis::Error) -> Self {
        Self::usage(error.to_string())
    }
}

/// The guard dresses it as a page or as JSON, whichever was asked for.
impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl Failure {
    pub(crate) fn dressed(&self, app: &App, uri: &Uri, headers: &HeaderMap) -> Response {
        if uri.path().starts_with("/api/") {
            let error = json!({ "error": { "message": self.message, "cure": self.cure } });
            return (self.status, Json(error)).into_response();
        }
        pages::failure(app, uri, headers, self)
    }
}
