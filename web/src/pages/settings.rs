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
use bro_store::{DatabaseUrl, Store};
use std::fs;
use std::io::{self, Write};
use std::path::Path;

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
    config_file: Option<String>,
    roots: Vec<String>,
    upload_bytes: String,
    import_rows: String,
    n_workers: usize,
}

pub(crate) async fn show(State(app): State<App>, frame: Frame) -> Result<Response, Failure> {
    let config = &app.0.config;
    let database = app.0.database();
    let size = database.path().and_then(|path| fs::metadata(path).ok());
    html(&SettingsPage {
        frame,
        address: app.public_address(),
        database: database.to_string(),
        backend: database.backend().to_string(),
        n_bytes: size.map(|metadata| bytes_in_words(metadata.len() as f64)),
        work_folder: config.work_folder.display().to_string(),
        config_file: config.config_file.as_ref().map(|file| file.display().to_string()),
        roots: app.0.roots.names(),
        upload_bytes: bytes_in_words(config.limits.upload_bytes as f64),
        import_rows: count_in_words(config.limits.import_rows),
        n_workers: config.limits.n_workers,
    })
}

/// Tries another database, goes on with it, and notes it for the next start.
pub(crate) async fn database(State(app): State<App>, fields: Fields) -> Result<Redirect, Failure> {
    let url: DatabaseUrl = fields
        .required("url")?
        .parse()
        .map_err(|error: bro_store::Error| Failure::usage(error.to_string()))?;
    if app.0.jobs.list().iter().any(|job| !job.status().phase.is_over()) {
        return Err(Failure::busy("jobs are at work with the database in use")
            .with_cure("wait until they have ended, or cancel them"));
    }
    let text = fields.required("url")?.to_owned();
    let own = app.clone();
    app.block(move || {
        let store = Store::open(&url).map_err(|error| Failure::usage(error.to_string()))?;
        if let Some(file) = &own.0.config.config_file {
            let failed =
                |error| Failure::internal(format!("{} could not be written: {error}", file.display()));
            note(file, &text).map_err(failed)?;
        }
        own.0.go_on_with(store);
        Ok(())
    })
    .await?;
    Ok(Redirect::to("/settings"))
}

/// Writes a config file that names a database, in full or not at all; only its owner may read it.
fn note(file: &Path, url: &str) -> io::Result<()> {
    let folder = file.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let mut new = tempfile::NamedTempFile::new_in(folder)?;
    // A JSON text is a TOML text.
    writeln!(new, "[database]\nurl = {}", serde_json::Value::from(url))?;
    new.persist(file)?;
    Ok(())
}

/// Keeps the choice of a theme, and goes back to where it was made.
pub(crate) async fn theme(fields: Fields) -> Response {
    let chosen = fields.text("theme").unwrap_or_default();
    let theme = THEMES.into_iter().find(|theme| *theme == chosen).unwrap_or_default();
    let age = if theme.is_empty() { 0 } else { 31_536_000 };
    let cookie = format!("{THEME}={theme}; Path=/; Max-Age={age}; HttpOnly; SameSite=Strict");
    ([(SET_COOKIE, cookie)], Redirect::to(&local(fields.text("here").unwrap_or_default()))).into_response()
}
