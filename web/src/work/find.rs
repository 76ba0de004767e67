use super::{start, told};
use crate::App;
use crate::failure::Failure;
use crate::fields::Fields;
use crate::jobs::{Job, Outcome};
use crate::plots::PlotOf;
use crate::record::{beacons_run, clusters_run, outliers_run, profile_run, sessions_run};
use crate::{pages, params};
use bro_analysis::{
    Labels, Logs, OnProgress, PairModel, Progress, SESSION_MODEL, SESSION_MODEL_VERSION, SessionModel,
};
use bro_features::LogKind;
use bro_log::{Source, Time};
use bro_report::{Clock, beacons_plot_json, clusters_plot_json, outliers_plot_json, profile_plot_json};
use bro_store::{NewModel, NewRun};
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

/// What was found, to be kept.
struct Found {
    run: NewRun,
    /// What its plots draw.
    plot: Option<String>,
}

/// Looks for outliers in a dataset.
pub(crate) fn outliers(app: &App, fields: &Fields) -> Result<Arc<Job>, Failure> {
    let params = params::outliers(fields)?;
    let kind = params::log_kind(fields)?;
    let extra = fields.clone();
    find(app, "outliers", fields, kind_paths(kind), move |_, logs, tell| {
        let logs = Logs { kind: Some(kind), ..logs.clone() };
        let found = bro_analysis::outliers(&logs, &params, tell).map_err(told)?;
        let mut run = outliers_run(&found).map_err(told)?;
        run.params = params::with_fields(&run.params, &extra, &["dataset", "log_kind"]);
        Ok(Found { run, plot: Some(outliers_plot_json(&found).map_err(told)?) })
    })
}

/// Groups the sessions of a dataset.
pub(crate) fn clusters(app: &App, fields: &Fields) -> Result<Arc<Job>, Failure> {
    let params = params::clusters(fields)?;
    let scales = params::scales(fields)?;
    let kind = params::log_kind(fields)?;
    let extra = fields.clone();
    find(app, "clusters", fields, kind_paths(kind), move |_, logs, tell| {
        let logs = Logs { kind: Some(kind), ..logs.clone() };
        let found = bro_analysis::clusters(&logs, &params, tell).map_err(told)?;
        let mut run = clusters_run(&found).map_err(told)?;
        run.params = params::with_fields(&run.params, &extra, &["dataset", "log_kind", "x_scale", "y_scale"]);
        Ok(Found { run, plot: Some(clusters_plot_json(&found, scales).map_err(told)?) })
    })
}

/// Says what a dataset holds.
pub(crate) fn profile(app: &App, fields: &Fields) -> Result<Arc<Job>, Failure> {
    let params = params::profile(fields)?;
    let command = format!("bro-ml profile --dataset {}", fields.required("dataset")?);
    let asked = fields.to_json();
    find(app, "profile", fields, &["conn"], move |_, logs, tell| {
        let found = bro_analysis::profile(logs, &params, tell).map_err(told)?;
        let plot = profile_plot_json(&found, &Clock::default(), &command).map_err(told)?;
        Ok(Found { run: profile_run(&found, asked, &command).map_err(told)?, plot: Some(plot) })
    })
}

/// Scores the pairs of a dataset.
pub(crate) fn beacons(app: &App, fields: &Fields) -> Result<Arc<Job>, Failure> {
    let params = params::beacons(fields)?;
    let asked = fields.to_json();
    find(app, "beacons", fields, &["conn", "dns", "http", "ssl"], move |_, logs, tell| {
        let found = bro_analysis::beacons(logs, &params, PairModel::shipped(), tell).map_err(told)?;
        let plot = beacons_plot_json(&found).map_err(told)?;
        Ok(Found { run: beacons_run(&found, asked).map_err(told)?, plot: Some(plot) })
    })
}

/// Judges the http sessions of a dataset with a stored model.
pub(crate) fn sessions(app: &App, fields: &Fields) -> Result<Arc<Job>, Failure> {
    let dataset = fields.required("dataset")?.to_owned();
    let model: i64 = fields.number("model")?.ok_or_else(|| {
        Failure::usage("model is not given".to_owned()).with_cure("train one first, then choose it")
    })?;
    let threshold = fields.number_or("threshold", 0.5)?;
    let limit = fields.number_or("limit", params::LIMIT)?;
    let asked = fields.to_json();
    find(app, "sessions", fields, &["http"], move |app, logs, tell| {
        let stored = app.0.with_store(|store| Ok((store.model(model)?, store.labels(&dataset)?)));
        let (stored, labels) = stored.map_err(told)?;
        let text = String::from_utf8_lossy(&stored.model.bytes).into_owned();
        let model = SessionModel::from_json(&text).map_err(told)?;
        let labels = Labels::of(labels.into_iter().map(|label| (label.label.uid, label.label.label)));
        let found = bro_analysis::predict_sessions(logs, &model, &labels, threshold, tell).map_err(told)?;
        Ok(Found { run: sessions_run(&found, asked, limit).map_err(told)?, plot: None })
    })
}

/// Trains a model on the labelled http sessions of a dataset.
pub(crate) fn train(app: &App, fields: &Fields) -> Result<Arc<Job>, Failure> {
    let training = params::training(fields)?;
    let dataset = fields.required("dataset")?.to_owned();
    start(app, "training", format!("training on {dataset}"), move |app, job| {
        let labels = app.0.with_store(|store| store.labels(&dataset)).map_err(told)?;
        let labels = match training.label_column {
            Some(_) => Labels::default(),
            None => Labels::of(labels.into_iter().map(|label| (label.label.uid, label.label.label))),
        };
        let sources = sources(app, job, &dataset, &["http"])?;
        let logs = Logs::of(&sources);
        let mut tell = |progress: &Progress| tell(job, progress);
        let model = bro_analysis::train_sessions(&logs, &labels, &training, &mut tell).map_err(told)?;
        let new = NewModel {
            summary: model.summary_json(),
            bytes: model.to_json().into_bytes(),
            ..NewModel::new(SESSION_MODEL, SESSION_MODEL_VERSION)
        };
        let id = app.0.with_store(|store| store.save_model(&new)).map_err(told)?;
        let page = format!("/models/{id}?dataset={}", crate::fields::encoded(&dataset));
        Ok(Outcome { message: format!("saved as model {id}"), page: Some(page), run: None })
    })
}

fn kind_paths(kind: LogKind) -> &'static [&'static str] {
    match kind {
        LogKind::Conn => &["conn"],
        LogKind::Http => &["http"],
    }
}

/// Lines up a question about a dataset, whose answer is kept as a run.
fn find(
    app: &App,
    kind: &'static str,
    fields: &Fields,
    paths: &'static [&'static str],
    answer: impl FnOnce(&App, &Logs<'_>, OnProgress<'_>) -> Result<Found, String> + Send + 'static,
) -> Result<Arc<Job>, Failure> {
    let dataset = fields.required("dataset")?.to_owned();
    start(app, kind, format!("{kind} of {dataset}"), move |app, job| {
        let (started_at, begun) = (now(), Instant::now());
        let sources = sources(app, job, &dataset, paths)?;
        let mut tell = |progress: &Progress| tell(job, progress);
        let Found { run, plot } = answer(app, &Logs::of(&sources), &mut tell)?;
        keep(app, &NewRun { started_at, duration: begun.elapsed(), ..run }, plot.as_deref())
    })
}

pub(crate) fn now() -> Time {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or(Duration::ZERO);
    Time(since.as_micros() as i64)
}

fn sources(app: &App, job: &Job, dataset: &str, paths: &[&str]) -> Result<Vec<Source>, String> {
    // Whoever cancelled meanwhile is heard at the first progress of the analysis.
    let _goes_on = job.tell(|status| "fetching the rows".clone_into(&mut status.stage));
    let sources = app.0.with_store(|store| store.dataset_logs(dataset, paths)).map_err(told)?;
    match sources.is_empty() {
        true => {
            let logs = paths.join(".log or ");
            Err(format!(
                "dataset {dataset} has no rows of {} {logs}.log; import one into it",
                article(paths[0])
            ))
        }
        false => Ok(sources),
    }
}

fn article(path: &str) -> &'static str {
    if path == "http" { "an" } else { "a" }
}

fn tell(job: &Job, progress: &Progress) -> ControlFlow<()> {
    if let Some(epoch) = progress.epoch {
        job.note_epoch(progress.done, epoch.loss, epoch.validation_score);
    }
    job.tell(|status| {
        progress.stage.label().clone_into(&mut status.stage);
        status.done = progress.done;
        status.total = progress.total;
        status.n_rows = progress.n_rows;
        status.unit = if progress.stage.counts_bytes() { "bytes" } else { "steps" };
    })
}

/// Saves a run and what its plots draw.
fn keep(app: &App, run: &NewRun, plot: Option<&str>) -> Result<Outcome, String> {
    let id = app.0.with_store(|store| store.save_run(run)).map_err(told)?;
    let of = PlotOf { run: id.0, started_at: run.started_at.micros() };
    let kept = plot.map_or(Ok(()), |plot| app.0.plots.save(of, plot));
    kept.map_err(|error| format!("run {id} is saved, but not its plots: {error}"))?;
    Ok(Outcome {
        message: format!("saved as run {id}"),
        page: Some(pages::run_address(id.0)),
        run: Some(id.0),
    })
}
