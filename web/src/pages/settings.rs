use super::{Frame, html};
use crate::App;
use crate::failure::Failure;
use crate::fields::Fields;
use crate::guard::local;
use crate::headers::cookie;
use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::SET_COOKIE;
use axum::response::{IntoResponse, Redirect, Response};
use bro_analysis::{bytes_in_words, count_in_words};
use std::fs;

const THEME: &str = "bro_ml_theme";
const THEMES: [&str; 2] = ["light", "dark"];

/// The theme that was chosen, if one was.
pub(crate) fn theme_of(headers: &HeaderMap) -> &'static str {
    let chosen = cookie(headers, THEME).unwrap_or_default();
    THEMES.into_iter().find(|theme| *theme == chosen).unwrap_or_default()
}

#[derive(Template)]
#[template(path = "settings.html")]
struct SettingsPage {
    frame: Frame,
    address: String,
    database: String,
    backend: String,
    n_bytes: Option<String>,
    work_folder: String,
    roots: Vec<String>,
    upload_bytes: String,
    import_rows: String,
    n_workers: usize,
}

pub(crate) async fn show(State(app): State<App>, frame: Frame) -> Result<Response, Failure> {
    let config = &app.0.config;
    let size = config.database.path().and_then(|path| fs::metadata(path).ok());
    html(&SettingsPage {
        frame,
        address: app.public_address(),
        database: config.database.to_string(),
        backend: config.database.backend().to_string(),
        n_bytes: size.map(|metadata| bytes_in_words(metadata.len() as f64)),
        work_folder: config.work_folder.display().to_string(),
        roots: app.0.roots.names(),
        upload_bytes: bytes_in_words(config.limits.upload_bytes as f64),
        import_rows: count_in_words(config.limits.import_rows),
        n_workers: config.limits.n_workers,
    })
}

/// Keeps the choice of a theme, and goes back to where it was made.
pub(crate) async fn theme(fields: Fields) -> Response {
    let chosen = fields.text("theme").unwrap_or_default();
    let theme = THEMES.into_iter().find(|theme| *theme == chosen).unwrap_or_default();
    let age = if theme.is_empty() { 0 } else { 31_536_000 };
    let cookie = format!("{THEME}={theme}; Path=/; Max-Age={age}; HttpOnly; SameSite=Strict");
    ([(SET_COOKIE, cookie)], Redirect::to(&local(fields.text("here").unwrap_or_default()))).into_response()
}
