use super::{Frame, html, job_address};
use crate::App;
use crate::failure::Failure;
use crate::fields::{Fields, encoded};
use crate::roots::Entry;
use crate::work;
use askama::Template;
use axum::extract::{Path, State};
use axum::response::{Redirect, Response};
use bro_analysis::{bytes_in_words, count_in_words};
use bro_report::{Clock, printable};
use bro_store::{Dataset, StoredReject};

/// Most rows that could not be read on a page.
const MOST_REJECTS: u64 = 200;

#[derive(Template)]
#[template(path = "datasets.html")]
struct ListPage {
    frame: Frame,
    datasets: Vec<Dataset>,
    clock: Clock,
    /// The dataset to import into, as the address says.
    into: String,
    most_bytes: u64,
    roots: Vec<String>,
    browsed: Option<Browsed>,
}

/// A folder that is looked into.
struct Browsed {
    root: usize,
    path: String,
    entries: Vec<Entry>,
}

pub(crate) async fn list(State(app): State<App>, frame: Frame, fields: Fields) -> Result<Response, Failure> {
    let datasets = app.ask(|store| store.list_datasets()).await?;
    let browsed = browse(&app, &fields).await?;
    html(&ListPage {
        frame,
        datasets,
        clock: Clock::default(),
        into: fields.text("dataset").unwrap_or_default().to_owned(),
        most_bytes: app.0.config.limits.upload_bytes,
        roots: app.0.roots.names(),
        browsed,
    })
}

async fn browse(app: &App, fields: &Fields) -> Result<Option<Browsed>, Failure> {
    let Some(root) = fields.number("root")? else { return Ok(None) };
    let path = fields.text("path").unwrap_or_default().to_owned();
    let (own, below) = (app.clone(), path.clone());
    let entries = app.block(move || own.0.roots.list(root, &below)).await?;
    Ok(Some(Browsed { root, path, entries }))
}

impl ListPage {
    fn encoded(&self, text: &str) -> String {
        encoded(text)
    }

    fn bytes(&self, count: &u64) -> String {
        bytes_in_words(*count as f64)
    }

    fn count(&self, count: &u64) -> String {
        count_in_words(*count)
    }

    fn imported(&self, dataset: &Dataset) -> String {
        let latest = dataset.sources.iter().map(|source| source.imported_at.micros()).max();
        latest.map_or_else(|| "–".to_owned(), |at| self.clock.show(at))
    }

    fn kinds(&self, dataset: &Dataset) -> String {
        kinds(dataset)
    }

    fn folder(&self, entry: &Entry, browsed: &Browsed) -> String {
        self.address(browsed.root, &entry.path)
    }

    /// The folder above the one that is looked into.
    fn above(&self, browsed: &Browsed) -> Option<String> {
        let above = std::path::Path::new(&browsed.path).parent()?;
        Some(self.address(browsed.root, &above.to_string_lossy()))
    }

    fn address(&self, root: impl std::fmt::Display, path: &str) -> String {
        let mut fields = Fields::default();
        fields.set("root", root);
        for (name, value) in [("path", path), ("dataset", &self.into)] {
            if !value.is_empty() {
                fields.set(name, value);
            }
        }
        format!("{}#folders", fields.address("/datasets"))
    }
}

/// `conn (8,462), http (12)`
fn kinds(dataset: &Dataset) -> String {
    let paths = dataset.paths.iter();
    let named = paths.map(|(path, n)| {
        format!("{} ({})", printable(path.as_deref().unwrap_or("unnamed")), count_in_words(*n))
    });
    named.collect::<Vec<_>>().join(", ")
}

#[derive(Template)]
#[template(path = "dataset.html")]
struct ShowPage {
    frame: Frame,
    dataset: Dataset,
    rejects: Vec<StoredReject>,
    clock: Clock,
}

pub(crate) async fn show(
    State(app): State<App>,
    frame: Frame,
    Path(name): Path<String>,
) -> Result<Response, Failure> {
    let (dataset, rejects) =
        app.ask(move |store| Ok((store.dataset(&name)?, store.rejects(&name, MOST_REJECTS)?))).await?;
    html(&ShowPage { frame, dataset, rejects, clock: Clock::default() })
}

impl ShowPage {
    fn encoded(&self, text: &str) -> String {
        encoded(text)
    }

    fn count(&self, count: &u64) -> String {
        count_in_words(*count)
    }

    fn bytes(&self, count: &u64) -> String {
        bytes_in_words(*count as f64)
    }

    fn time(&self, at: &Option<bro_log::Time>) -> String {
        at.map_or_else(|| "–".to_owned(), |at| self.clock.show(at.micros()))
    }

    fn text(&self, text: &str) -> String {
        printable(text).into_owned()
    }

    /// The start of a row that could not be read.
    fn raw(&self, reject: &StoredReject) -> String {
        const MOST: usize = 300;
        let shown = &reject.raw[..reject.raw.len().min(MOST)];
        let text = printable(&String::from_utf8_lossy(shown)).into_owned();
        if shown.len() < reject.raw.len() { format!("{text}…") } else { text }
    }

    fn are_cut(&self) -> bool {
        (self.rejects.len() as u64) < self.dataset.n_rejected
    }

    fn has_conn(&self) -> bool {
        self.dataset.paths.iter().any(|(path, _)| path.as_deref() == Some("conn"))
    }
}

/// Imports what was chosen in a folder of the server.
pub(crate) async fn import(State(app): State<App>, fields: Fields) -> Result<Redirect, Failure> {
    let dataset = fields.required("dataset")?.to_owned();
    let root = fields.number_or("root", 0)?;
    let path = fields.text("path").unwrap_or_default().to_owned();
    let own = app.clone();
    let found = app.block(move || own.0.roots.resolve(root, &path)).await?;
    let job = work::import_path(&app, &dataset, found)?;
    Ok(Redirect::to(&job_address(job.id)))
}

pub(crate) async fn delete(State(app): State<App>, Path(name): Path<String>) -> Result<Redirect, Failure> {
    let known = name.clone();
    app.ask(move |store| store.dataset(&known)).await?;
    let job = work::delete(&app, &name)?;
    Ok(Redirect::to(&job_address(job.id)))
}
