//! The forms that ask a question.

use super::{Frame, html, job_address};
use crate::App;
use crate::failure::Failure;
use crate::fields::Fields;
use crate::{params, work};
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use bro_analysis::{
    ClustersParams, OutliersParams, SESSION_MODEL, SessionTraining, Thresholds, count_in_words,
};
use bro_features::{Feature, LogKind};
use bro_report::Clock;
use bro_store::Dataset;

/// What a form shows: what was asked, what can be chosen, what was wrong.
struct Form {
    fields: Fields,
    /// The datasets that have rows to ask about.
    datasets: Vec<Choice>,
    /// Those of them, and others, that have rows of an http.log.
    web: Vec<Choice>,
    /// The datasets that have nothing to ask about.
    n_others: usize,
    /// The logs that can be asked about, in words.
    logs: String,
    error: Option<String>,
}

struct Choice {
    name: String,
    n_rows: String,
}

impl Form {
    async fn new(app: &App, fields: Fields, error: Option<String>, paths: &[&str]) -> Result<Self, Failure> {
        let all = app.ask(|store| store.list_datasets()).await?;
        let of = |paths: &[&str]| all.iter().filter_map(|dataset| choice(dataset, paths)).collect::<Vec<_>>();
        let (datasets, web) = (of(paths), of(&["http"]));
        Ok(Self {
            fields,
            n_others: all.len() - datasets.len(),
            datasets,
            web,
            logs: paths.join(".log or "),
            error,
        })
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

fn choice(dataset: &Dataset, paths: &[&str]) -> Option<Choice> {
    let is_wanted = |path: &Option<String>| path.as_deref().is_some_and(|path| paths.contains(&path));
    let n_rows: u64 = dataset.paths.iter().filter(|(path, _)| is_wanted(path)).map(|(_, n)| n).sum();
    (n_rows > 0).then(|| Choice { name: dataset.name.clone(), n_rows: count_in_words(n_rows) })
}

/// A feature that can be chosen.
struct Offer {
    name: String,
    definition: String,
}

fn offer(feature: &Feature) -> Offer {
    Offer { name: feature.name().to_owned(), definition: feature.definition().to_owned() }
}

/// The columns of ones and zeros of a conn.log, a family at a time.
const FAMILIES: [(&str, &str); 4] = [
    ("proto", "a column for each transport protocol"),
    ("service", "a column for each service that is common in the log"),
    ("conn_state", "a column for each connection state"),
    ("port_class", "a column for each range of responder's ports"),
];

fn offers(kind: LogKind) -> Vec<Offer> {
    let numeric = Feature::numeric(kind).iter().map(offer);
    match kind {
        LogKind::Http => numeric.collect(),
        LogKind::Conn => {
            let families =
                FAMILIES.map(|(name, definition)| Offer { name: name.into(), definition: definition.into() });
            numeric.chain(families).collect()
        }
    }
}

/// What an axis can show: one column.
fn axes(kind: LogKind) -> Vec<Offer> {
    Feature::numeric(kind).iter().chain(Feature::raw(kind)).map(offer).collect()
}

#[derive(Template)]
#[template(path = "ask_outliers.html")]
struct OutliersPage {
    frame: Frame,
    form: Form,
    kind: LogKind,
    offers: Vec<Offer>,
    default: OutliersParams,
}

#[derive(Template)]
#[template(path = "ask_clusters.html")]
struct ClustersPage {
    frame: Frame,
    form: Form,
    kind: LogKind,
    offers: Vec<Offer>,
    axes: Vec<Offer>,
    default: ClustersParams,
}

impl ClustersPage {
    /// The axes the form begins with.
    fn first_axes(&self) -> [&'static str; 2] {
        match self.kind {
            LogKind::Conn => ["ln_duration", "ln_orig_bytes"],
            LogKind::Http => ["ln_request_body_len", "ln_response_body_len"],
        }
    }

    /// Whether the form begins with this feature chosen.
    fn is_chosen(&self, name: &str) -> bool {
        match self.form.fields.text("features") {
            Some(_) => self.form.has_feature(name),
            None => clustered(self.kind).contains(&name),
        }
    }
}

/// What clusters are sought in unless something else is asked for.
fn clustered(kind: LogKind) -> &'static [&'static str] {
    match kind {
        LogKind::Conn => &["ln_duration", "ln_orig_bytes", "ln_resp_bytes", "ln_orig_pkts", "ln_resp_pkts"],
        LogKind::Http => &[
            "ln_trans_depth",
            "ln_request_body_len",
            "ln_response_body_len",
            "ln_uri_len",
            "ln_user_agent_len",
        ],
    }
}

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
    let kind = params::log_kind(&fields).unwrap_or(LogKind::Conn);
    let form = Form::new(app, fields, error, &[kind.name()]).await?;
    html(&OutliersPage { frame, form, kind, offers: offers(kind), default: OutliersParams::default() })
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
    let kind = params::log_kind(&fields).unwrap_or(LogKind::Conn);
    let form = Form::new(app, fields, error, &[kind.name()]).await?;
    let default = ClustersParams::default();
    html(&ClustersPage { frame, form, kind, offers: offers(kind), axes: axes(kind), default })
}

#[derive(Template)]
#[template(path = "ask_profile.html")]
struct ProfilePage {
    frame: Frame,
    form: Form,
    thresholds: Vec<(&'static str, f64)>,
}

pub(crate) async fn profile(
    State(app): State<App>,
    frame: Frame,
    fields: Fields,
) -> Result<Response, Failure> {
    profile_page(&app, frame, fields, None).await
}

async fn profile_page(
    app: &App,
    frame: Frame,
    fields: Fields,
    error: Option<String>,
) -> Result<Response, Failure> {
    let form = Form::new(app, fields, error, &["conn"]).await?;
    html(&ProfilePage { frame, form, thresholds: Thresholds::default().all() })
}

#[derive(Template)]
#[template(path = "ask_beacons.html")]
struct BeaconsPage {
    frame: Frame,
    form: Form,
    models: Vec<ModelChoice>,
}

/// A model that can judge sessions.
struct ModelChoice {
    id: String,
    words: String,
}

impl BeaconsPage {
    /// Parameters of the training that are one of several words, the default first.
    fn choices(&self) -> [(&'static str, &'static [&'static str]); 6] {
        [
            ("activation", &["relu", "tanh", "logistic", "identity"]),
            ("solver", &["adam", "sgd"]),
            ("learning_rate", &["constant", "invscaling", "adaptive"]),
            ("class_weight", &["none", "balanced"]),
            ("split", &["pair-time", "time", "random", "none"]),
            ("validation_metric", &["accuracy", "log_loss", "average_precision"]),
        ]
    }

    /// Those that are numbers, with their defaults.
    fn numbers(&self) -> Vec<(&'static str, String)> {
        let SessionTraining { params, share, .. } = SessionTraining::default();
        let number = |value: f64| value.to_string();
        vec![
            ("train_size", String::new()),
            ("batch_size", String::new()),
            ("learning_rate_init", number(params.learning_rate_init)),
            ("alpha", number(params.alpha)),
            ("tol", number(params.tol)),
            ("momentum", number(params.momentum)),
            ("beta_1", number(params.beta_1)),
            ("beta_2", number(params.beta_2)),
            ("dropout", number(params.dropout)),
            ("validation_fraction", number(share)),
            ("n_iter_no_change", params.n_iter_no_change.to_string()),
        ]
    }
}

pub(crate) async fn beacons(
    State(app): State<App>,
    frame: Frame,
    fields: Fields,
) -> Result<Response, Failure> {
    beacons_page(&app, frame, fields, None).await
}

async fn beacons_page(
    app: &App,
    frame: Frame,
    fields: Fields,
    error: Option<String>,
) -> Result<Response, Failure> {
    let clock = Clock::default();
    let models = app.ask(|store| store.list_models()).await?;
    let models = models.into_iter().filter(|model| model.model.kind == SESSION_MODEL);
    let words = |model: bro_store::Model| ModelChoice {
        id: model.id.to_string(),
        words: clock.show(model.created_at.micros()),
    };
    let form = Form::new(app, fields, error, &["conn", "http", "ssl", "dns"]).await?;
    html(&BeaconsPage { frame, form, models: models.map(words).collect() })
}

/// Lines a question up and leads to its job, or shows the form again.
macro_rules! start {
    ($(#[doc = $doc:literal] $name:ident: $work:ident, $page:ident;)*) => {$(
        #[doc = $doc]
        pub(crate) async fn $name(State(app): State<App>, frame: Frame, fields: Fields) -> Result<Response, Failure> {
            match work::$work(&app, &fields) {
                Ok(job) => Ok(Redirect::to(&job_address(job.id)).into_response()),
                Err(failure) => wrong(failure.status, $page(&app, frame, fields, Some(failure.message)).await),
            }
        }
    )*};
}

start! {
    /// Looks for outliers.
    start_outliers: outliers, outliers_page;
    /// Groups sessions.
    start_clusters: clusters, clusters_page;
    /// Profiles a log.
    start_profile: profile, profile_page;
    /// Scores pairs.
    start_beacons: beacons, beacons_page;
    /// Trains a model of sessions.
    start_training: train, beacons_page;
    /// Judges sessions.
    start_sessions: sessions, beacons_page;
}

/// The form again, with what was wrong above it.
fn wrong(status: StatusCode, page: Result<Response, Failure>) -> Result<Response, Failure> {
    let mut page = page?;
    *page.status_mut() = status;
    Ok(page)
}
