use super::{Frame, html, run_address};
use crate::App;
use crate::failure::Failure;
use crate::fields::{Fields, encoded};
use crate::pages::findings::ends;
use crate::params;
use crate::plots::PlotOf;
use crate::record::{listed, saved};
use askama::Template;
use axum::extract::{Path, State};
use axum::response::{Redirect, Response};
use bro_analysis::{count_in_words, duration_in_words, share_in_words};
use bro_report::{Clock, FindingTable, ProfileView, SavedFinding, SavedRun, SheetView, printable};
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
    is_doubtful: bool,
    has_plot: bool,
    /// The parts of a profile, as long as they are kept.
    view: Option<ProfileView>,
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
    quality: Option<Quality>,
    clusters: Vec<Cluster>,
    smallest_clusters: Vec<u64>,
    n_outliers: Option<u64>,
    n_noise: Option<u64>,
    n_pairs: Option<u64>,
    n_scored: Option<u64>,
    n_beacons: Option<u64>,
    eps: Option<f64>,
    min_samples: Option<u64>,
    warnings: Vec<String>,
}

/// How real the clusters of a k-means are.
#[derive(Debug, Deserialize)]
struct Quality {
    n: u64,
    silhouette: Option<f64>,
    stability: f64,
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
    let order = match fields.text("order") {
        Some("score") => FindingOrder::Score,
        Some("doubt") => FindingOrder::Doubt,
        _ => FindingOrder::Rank,
    };
    let offset = PAGE_ROWS.saturating_mul(page - 1);
    let found = app.ask(move |store| store.run_page(RunId(id), order, offset, PAGE_ROWS)).await?;
    let n_findings = found.n_findings;
    let run = saved(found.run);
    let clock = Clock::default();
    let plot = PlotOf { run: id, started_at: run.started_at };
    let view = if run.kind == "profile" { view(&app, plot).await? } else { None };
    html(&ShowPage {
        frame,
        n_findings,
        summary: serde_json::from_str(&run.summary).unwrap_or_default(),
        table: FindingTable::of(&run.findings, &clock),
        again: params::again(&run.params, run.seed),
        page,
        is_by_score: order == FindingOrder::Score,
        is_doubtful: order == FindingOrder::Doubt,
        has_plot: app.0.plots.has(plot),
        view,
        clock,
        run,
    })
}

/// The parts of a profile, from beside what its plots draw.
async fn view(app: &App, of: PlotOf) -> Result<Option<ProfileView>, Failure> {
    #[derive(Deserialize)]
    struct Kept {
        view: ProfileView,
    }
    let own = app.clone();
    app.block(move || {
        let text = own.0.plots.load(of).map_err(|error| Failure::internal(error.to_string()))?;
        Ok(text.and_then(|text| serde_json::from_str::<Kept>(&text).ok()).map(|kept| kept.view))
    })
    .await
}

/// The fields of a dataset's rows that cells of a profile's tables name.
const LEADS: [(&str, &str); 8] = [
    ("proto", "proto"),
    ("service", "service"),
    ("conn_state", "conn_state"),
    ("id.orig_h", "orig"),
    ("id.resp_h", "resp"),
    ("id.resp_p", "port"),
    ("host", "host"),
    ("uid", "uid"),
];

impl ShowPage {
    /// Whether the rows of a table lead to rows of the dataset.
    fn leads(&self, sheet: &SheetView) -> bool {
        self.dataset().is_some()
            && sheet.heads.iter().any(|head| LEADS.iter().any(|(key, _)| *key == head.key))
    }

    /// The rows of the dataset that a row of a table is about.
    fn lead(&self, sheet: &SheetView, row: &[String]) -> Option<String> {
        let mut fields = Fields::default();
        for (head, cell) in sheet.heads.iter().zip(row) {
            let Some((_, field)) = LEADS.iter().find(|(key, _)| *key == head.key) else { continue };
            match cell.as_str() {
                "–" => {}
                "(none)" => fields.set(field, "-"),
                cell => fields.set(field, cell),
            }
        }
        fields.pairs().next()?;
        Some(fields.address(&format!("/datasets/{}/sessions", encoded(self.dataset()?))))
    }

    /// The `uid`s that a label of a finding is about.
    fn uids(&self, finding: &SavedFinding) -> String {
        if let Some(uid) = &finding.uid {
            return uid.clone();
        }
        let evidence: serde_json::Value = serde_json::from_str(&finding.evidence).unwrap_or_default();
        let rows = evidence["evidence"]["rows"].as_array();
        let uids = rows.into_iter().flatten().filter_map(|row| row["uid"].as_str());
        uids.filter(|uid| !uid.contains(char::is_whitespace)).collect::<Vec<_>>().join(" ")
    }

    fn ends(&self, finding: &SavedFinding) -> String {
        ends(finding)
    }

    fn is_command(&self, class: &str, cell: &str) -> bool {
        class == "query" && cell != "–"
    }

    fn title(&self) -> &'static str {
        match self.run.kind.as_str() {
            "profile" => "Profile",
            "beacons" => "Beacons",
            "sessions" => "Sessions judged",
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
        self.again.address(if self.is("sessions") { "/beacons" } else { self.question() })
    }

    /// The address of the form without `eps`, to which a click on the curve adds one.
    fn change_eps(&self) -> String {
        let mut fields = self.again.clone();
        fields.remove("eps");
        fields.address("/clusters")
    }

    /// Where a form asks for such a run.
    fn question(&self) -> &'static str {
        match self.run.kind.as_str() {
            "outliers" => "/outliers",
            "clusters" => "/clusters",
            "profile" => "/profile",
            "beacons" => "/beacons",
            _ => "/beacons/predict",
        }
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

    fn page_address(&self, page: u64, order: &str) -> String {
        let mut fields = Fields::default();
        if page > 1 {
            fields.set("page", page);
        }
        if !order.is_empty() {
            fields.set("order", order);
        }
        format!("{}#findings", fields.address(&run_address(self.run.id)))
    }

    fn order(&self) -> &'static str {
        match (self.is_by_score, self.is_doubtful) {
            (true, _) => "score",
            (_, true) => "doubt",
            _ => "",
        }
    }

    fn previous(&self) -> Option<String> {
        (self.page > 1).then(|| self.page_address(self.page - 1, self.order()))
    }

    fn next(&self) -> Option<String> {
        (self.page < self.n_pages()).then(|| self.page_address(self.page + 1, self.order()))
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
