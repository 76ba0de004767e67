//! The forms that ask a question.

use super::{Frame, html, job_address};
use crate::App;
use crate::failure::Failure;
use crate::fields::Fields;
use crate::work;
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use bro_analysis::{ClustersParams, OutliersParams, count_in_words};
use bro_features::{Feature, LogKind};
use bro_store::Dataset;

/// What a form shows: what was asked, what can be chosen, what was wrong.
struct Form {
    fields: Fields,
    datasets: Vec<Choice>,
    /// The datasets that have nothing to ask about.
    n_others: usize,
    error: Option<String>,
}

struct Choice {
    name: String,
    n_rows: String,
}

impl Form {
    async fn new(app: &App, fields: Fields, error: Option<String>) -> Result<Self, Failure> {
        let all = app.ask(|store| store.list_datasets()).await?;
        let datasets: Vec<_> = all.iter().filter_map(choice).collect();
        Ok(Self { fields, n_others: all.len() - datasets.len(), datasets, error })
    }

    fn value(&self, name: &str) -> &str {
        self.fields.text(name).unwrap_or_default()
    }

    fn is(&self, name: &str, value: &str) -> bool {
        self.fields.text(name) == Some(value)
    }

    /// What stands in a field that was left empty.
    fn value_or(&self, name: &str, default: &str) -> String {
        self.fields.text(name).unwrap_or(default).to_owned()
    }

    fn has_feature(&self, name: &str) -> bool {
        self.fields.has("features", name)
    }
}

fn choice(dataset: &Dataset) -> Option<Choice> {
    let conn = dataset.paths.iter().find(|(path, _)| path.as_deref() == Some("conn"))?;
    Some(Choice { name: dataset.name.clone(), n_rows: count_in_words(conn.1) })
}

/// The kind of log that the pages ask about.
const KIND: LogKind = LogKind::Conn;

/// A feature that can be chosen.
struct Offer {
    name: String,
    definition: String,
}

fn offer(feature: &Feature) -> Offer {
    Offer { name: feature.name().to_owned(), definition: feature.definition().to_owned() }
}

/// The columns of ones and zeros, a family at a time.
const FAMILIES: [(&str, &str); 4] = [
    ("proto", "a column for each transport protocol"),
    ("service", "a column for each service that is common in the log"),
    ("conn_state", "a column for each connection state"),
    ("port_class", "a column for each range of responder's ports"),
];

fn offers() -> Vec<Offer> {
    let families =
        FAMILIES.map(|(name, definition)| Offer { name: name.into(), definition: definition.into() });
    Feature::numeric(KIND).iter().map(offer).chain(families).collect()
}

/// What an axis can show: one column.
fn axes() -> Vec<Offer> {
    Feature::numeric(KIND).iter().chain(Feature::raw(KIND)).map(offer).collect()
}

#[derive(Template)]
#[template(path = "ask_outliers.html")]
struct OutliersPage {
    frame: Frame,
    form: Form,
    offers: Vec<Offer>,
    default: OutliersParams,
}

#[derive(Template)]
#[template(path = "ask_clusters.html")]
struct ClustersPage {
    frame: Frame,
    form: Form,
    offers: Vec<Offer>,
    axes: Vec<Offer>,
    default: ClustersParams,
}

impl ClustersPage {
    /// Whether the form begins with this feature chosen.
    fn is_chosen(&self, name: &str) -> bool {
        match self.form.fields.text("features") {
            Some(_) => self.form.has_feature(name),
            None => CLUSTERED.contains(&name),
        }
    }
}

/// What clusters are sought in unless something else is asked for.
const CLUSTERED: [&str; 5] =
    ["ln_duration", "ln_orig_bytes", "ln_resp_bytes", "ln_orig_pkts", "ln_resp_pkts"];

pub(crate) async fn outliers(
    State(app): State<App>,
    frame: Frame,
    fields: Fields,
) -> Result<Response, Failure> {
    outliers_page(&app, frame, fields, None).await
}

async fn outliers_page(
    app: &App,
    frame: Frame,
    fields: Fields,
    error: Option<String>,
) -> Result<Response, Failure> {
    let form = Form::new(app, fields, error).await?;
    html(&OutliersPage { frame, form, offers: offers(), default: OutliersParams::default() })
}

pub(crate) async fn clusters(
    State(app): State<App>,
    frame: Frame,
    fields: Fields,
) -> Result<Response, Failure> {
    clusters_page(&app, frame, fields, None).await
}

async fn clusters_page(
    app: &App,
    frame: Frame,
    fields: Fields,
    error: Option<String>,
) -> Result<Response, Failure> {
    let form = Form::new(app, fields, error).await?;
    html(&ClustersPage { frame, form, offers: offers(), axes: axes(), default: ClustersParams::default() })
}

pub(crate) async fn start_outliers(
    State(app): State<App>,
    frame: Frame,
    fields: Fields,
) -> Result<Response, Failure> {
    match work::outliers(&app, &fields) {
        Ok(job) => Ok(Redirect::to(&job_address(job.id)).into_response()),
        Err(failure) => {
            wrong(failure.status, outliers_page(&app, frame, fields, Some(failure.message)).await)
        }
    }
}

pub(crate) async fn start_clusters(
    State(app): State<App>,
    frame: Frame,
    fields: Fields,
) -> Result<Response, Failure> {
    match work::clusters(&app, &fields) {
        Ok(job) => Ok(Redirect::to(&job_address(job.id)).into_response()),
        Err(failure) => {
            wrong(failure.status, clusters_page(&app, frame, fields, Some(failure.message)).await)
        }
    }
}

/// The form again, with what was wrong above it.
fn wrong(status: StatusCode, page: Result<Response, Failure>) -> Result<Response, Failure> {
    let mut page = page?;
    *page.status_mut() = status;
    Ok(page)
}
