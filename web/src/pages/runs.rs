use super::{Frame, html, run_address};
use crate::App;
use crate::failure::Failure;
use crate::fields::{Fields, encoded};
use crate::params;
use crate::plots::PlotOf;
use crate::record::{listed, saved};
use askama::Template;
use axum::extract::{Path, State};
use axum::response::{Redirect, Response};
use bro_analysis::{count_in_words, duration_in_words, share_in_words};
use bro_report::{Clock, FindingTable, SavedRun, printable};
use bro_store::{FindingOrder, RunId};
use serde::Deserialize;
use std::collections::BTreeMap;

/// Findings on a page.
const PAGE_ROWS: u64 = 100;

#[derive(Template)]
#[template(path = "runs.html")]
struct ListPage {
    frame: Frame,
    runs: Vec<SavedRun>,
    clock: Clock,
}

pub(crate) async fn list(State(app): State<App>, frame: Frame) -> Result<Response, Failure> {
    let runs = app.ask(|store| store.list_runs()).await?;
    html(&ListPage { frame, runs: runs.iter().map(listed).collect(), clock: Clock::default() })
}

impl ListPage {
    fn count(&self, count: &u64) -> String {
        count_in_words(*count)
    }

    fn took(&self, run: &SavedRun) -> String {
        duration_in_words(run.duration.as_secs_f64())
    }

    fn text(&self, text: &str) -> String {
        printable(text).into_owned()
    }
}

#[derive(Template)]
#[template(path = "run.html")]
struct ShowPage {
    frame: Frame,
    run: SavedRun,
    n_findings: u64,
    summary: Summary,
    table: FindingTable,
    clock: Clock,
    /// What asks for it again.
    again: Fields,
    page: u64,
    is_by_score: bool,
    has_plot: bool,
}

/// What a run found as a whole, as far as its page shows it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Summary {
    logs: Vec<String>,
    n_rejected: u64,
    features: Vec<String>,
    dropped_features: BTreeMap<String, String>,
    explained_variance_ratio: Vec<f64>,
    clusters: Vec<Cluster>,
    smallest_clusters: Vec<u64>,
    n_outliers: Option<u64>,
    n_noise: Option<u64>,
    eps: Option<f64>,
    min_samples: Option<u64>,
    warnings: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Cluster {
    cluster: u64,
    size: u64,
    summary: Option<String>,
}

pub(crate) async fn show(
    State(app): State<App>,
    frame: Frame,
    Path(id): Path<i64>,
    fields: Fields,
) -> Result<Response, Failure> {
    let page = fields.number_or("page", 1)?.max(1);
    let is_by_score = fields.text("order") == Some("score");
    let order = if is_by_score { FindingOrder::Score } else { FindingOrder::Rank };
    let offset = PAGE_ROWS.saturating_mul(page - 1);
    let found = app.ask(move |store| store.run_page(RunId(id), order, offset, PAGE_ROWS)).await?;
    let n_findings = found.n_findings;
    let run = saved(found.run);
    let clock = Clock::default();
    html(&ShowPage {
        frame,
        n_findings,
        summary: serde_json::from_str(&run.summary).unwrap_or_default(),
        table: FindingTable::of(&run.findings, &clock),
        again: params::again(&run.params, run.seed),
        page,
        is_by_score,
        has_plot: app.0.plots.has(PlotOf { run: id, started_at: run.started_at }),
        clock,
        run,
    })
}

impl ShowPage {
    fn title(&self) -> &'static str {
        match self.run.kind.as_str() {
            "outliers" => "Outliers",
            "clusters" => "Clusters",
            _ => "Findings",
        }
    }

    fn is(&self, kind: &str) -> bool {
        self.run.kind == kind
    }

    fn count(&self, count: &u64) -> String {
        count_in_words(*count)
    }

    fn n(&self, count: usize) -> String {
        count_in_words(count as u64)
    }

    fn percent(&self, share: &f64) -> String {
        share_in_words(*share)
    }

    fn took(&self) -> String {
        duration_in_words(self.run.duration.as_secs_f64())
    }

    fn text(&self, text: impl AsRef<str>) -> String {
        printable(text.as_ref()).into_owned()
    }

    /// The dataset it is about, if it is about one.
    fn dataset(&self) -> Option<&str> {
        self.again.text("dataset")
    }

    /// The page of the sessions behind a `uid`.
    fn sessions(&self, uid: impl AsRef<str>) -> Option<String> {
        let dataset = self.dataset()?;
        Some(format!("/datasets/{}/sessions?uid={}", encoded(dataset), encoded(uid.as_ref())))
    }

    /// Where a click on a point leads, but for the `uid` at its end.
    fn sessions_base(&self) -> String {
        self.sessions("").unwrap_or_default()
    }

    fn change(&self) -> String {
        self.again.address(&format!("/{}", self.run.kind))
    }

    /// The address of the form without `eps`, to which a click on the curve adds one.
    fn change_eps(&self) -> String {
        let mut fields = self.again.clone();
        fields.remove("eps");
        fields.address("/clusters")
    }

    fn is_small(&self, cluster: &u64) -> bool {
        self.summary.smallest_clusters.contains(cluster)
    }

    fn again_fields(&self) -> Vec<(&str, &str)> {
        self.again.pairs().collect()
    }

    fn n_pages(&self) -> u64 {
        self.n_findings.div_ceil(PAGE_ROWS).max(1)
    }

    fn page_address(&self, page: u64, is_by_score: bool) -> String {
        let mut fields = Fields::default();
        if page > 1 {
            fields.set("page", page);
        }
        if is_by_score {
            fields.set("order", "score");
        }
        format!("{}#findings", fields.address(&run_address(self.run.id)))
    }

    fn previous(&self) -> Option<String> {
        (self.page > 1).then(|| self.page_address(self.page - 1, self.is_by_score))
    }

    fn next(&self) -> Option<String> {
        (self.page < self.n_pages()).then(|| self.page_address(self.page + 1, self.is_by_score))
    }
}

pub(crate) async fn delete(State(app): State<App>, Path(id): Path<i64>) -> Result<Redirect, Failure> {
    forget(&app, id).await?;
    Ok(Redirect::to("/runs"))
}

/// Deletes a run and what its plots draw.
pub(crate) async fn forget(app: &App, id: i64) -> Result<(), Failure> {
    let started_at = app
        .ask(move |store| {
            let run = store.run_page(RunId(id), FindingOrder::Rank, 0, 0)?.run;
            store.delete_run(run.id)?;
            Ok(run.started_at)
        })
        .await?;
    let plot = PlotOf { run: id, started_at: started_at.micros() };
    app.0
        .plots
        .delete(plot)
        .map_err(|error| Failure::internal(format!("the plot could not be deleted: {error}")))
}
