use super::{start, told};
use crate::App;
use crate::failure::Failure;
use crate::fields::Fields;
use crate::jobs::{Job, Outcome};
use crate::plots::PlotOf;
use crate::record::{clusters_run, outliers_run};
use crate::{pages, params};
use bro_analysis::{Logs, Progress};
use bro_log::{Source, Time};
use bro_report::{clusters_plot_json, outliers_plot_json};
use bro_store::NewRun;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

/// Looks for outliers in a dataset.
pub(crate) fn outliers(app: &App, fields: &Fields) -> Result<Arc<Job>, Failure> {
    let params = params::outliers(fields)?;
    let dataset = fields.required("dataset")?.to_owned();
    let extra = fields.clone();
    start(app, "outliers", format!("outliers in {dataset}"), move |app, job| {
        let (started_at, begun) = (now(), Instant::now());
        let sources = sources(app, job, &dataset)?;
        let mut tell = |progress: &Progress| tell(job, progress);
        let found = bro_analysis::outliers(&Logs::of(&sources), &params, &mut tell).map_err(told)?;
        let run = outliers_run(&found, started_at, begun.elapsed()).map_err(told)?;
        let plot = outliers_plot_json(&found).map_err(told)?;
        keep(app, run, &plot, &extra)
    })
}

/// Groups the sessions of a dataset.
pub(crate) fn clusters(app: &App, fields: &Fields) -> Result<Arc<Job>, Failure> {
    let params = params::clusters(fields)?;
    let scales = params::scales(fields)?;
    let dataset = fields.required("dataset")?.to_owned();
    let extra = fields.clone();
    start(app, "clusters", format!("clusters in {dataset}"), move |app, job| {
        let (started_at, begun) = (now(), Instant::now());
        let sources = sources(app, job, &dataset)?;
        let mut tell = |progress: &Progress| tell(job, progress);
        let found = bro_analysis::clusters(&Logs::of(&sources), &params, &mut tell).map_err(told)?;
        let run = clusters_run(&found, started_at, begun.elapsed()).map_err(told)?;
        let plot = clusters_plot_json(&found, scales).map_err(told)?;
        keep(app, run, &plot, &extra)
    })
}

fn now() -> Time {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or(Duration::ZERO);
    Time(since.as_micros() as i64)
}

fn sources(app: &App, job: &Job, dataset: &str) -> Result<Vec<Source>, String> {
    // Whoever cancelled meanwhile is heard at the first progress of the analysis.
    let _goes_on = job.tell(|status| "fetching the rows".clone_into(&mut status.stage));
    let sources = app.0.with_store(|store| store.dataset_logs(dataset, &["conn"])).map_err(told)?;
    match sources.is_empty() {
        true => Err(format!("dataset {dataset} has no rows of a conn.log; import one into it")),
        false => Ok(sources),
    }
}

fn tell(job: &Job, progress: &Progress) -> ControlFlow<()> {
    job.tell(|status| {
        progress.stage.label().clone_into(&mut status.stage);
        status.done = progress.done;
        status.total = progress.total;
        status.n_rows = progress.n_rows;
        status.unit = if progress.stage.counts_bytes() { "bytes" } else { "steps" };
    })
}

/// Saves a run and what its plots draw.
fn keep(app: &App, mut run: NewRun, plot: &str, fields: &Fields) -> Result<Outcome, String> {
    run.params = params::with_fields(&run.params, fields, &["dataset", "x_scale", "y_scale"]);
    let id = app.0.with_store(|store| store.save_run(&run)).map_err(told)?;
    let of = PlotOf { run: id.0, started_at: run.started_at.micros() };
    app.0.plots.save(of, plot).map_err(|error| format!("run {id} is saved, but not its plots: {error}"))?;
    Ok(Outcome {
        message: format!("saved as run {id}"),
        page: Some(pages::run_address(id.0)),
        run: Some(id.0),
    })
}
