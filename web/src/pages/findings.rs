//! What was found by all runs, and what became of it.

use super::{Frame, html};
use crate::App;
use crate::failure::Failure;
use crate::fields::{Fields, encoded};
use crate::params;
use crate::record::finding as saved;
use askama::Template;
use axum::extract::{Path, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Redirect, Response};
use bro_analysis::count_in_words;
use bro_log::Time;
use bro_report::{Clock, FoundBy, SavedFinding, findings_csv, findings_html, findings_json, printable};
use bro_store::{FindingFilter, FindingStatus, NewSuppression, RunId, Severity, StoredFinding, Suppression};
use serde_json::Value;

/// Findings on a page.
const PAGE_ROWS: u64 = 100;
/// Most findings that are exported at once.
const MOST_EXPORTED: u64 = 100_000;

/// What a finding is about, for people: `10.0.0.5 → 192.0.2.1:443`.
pub(crate) fn ends(finding: &SavedFinding) -> String {
    let end = |end: &Option<String>| {
        end.as_deref().map_or_else(|| "any".to_owned(), |end| printable(end).into_owned())
    };
    match (&finding.orig, &finding.resp) {
        (None, None) => "–".to_owned(),
        (orig, resp) => format!("{} → {}", end(orig), end(resp)),
    }
}

/// What the address asks for.
pub(crate) fn filter(fields: &Fields) -> Result<FindingFilter, Failure> {
    let wrong = |name: &str, expected: &str| {
        Failure::usage(format!("{name} is {:?}, expected {expected}", fields.text(name).unwrap_or_default()))
    };
    let severity = fields
        .text("severity")
        .map(|name| Severity::named(name).ok_or_else(|| wrong("severity", "info, low, medium or high")));
    let status = fields
        .text("status")
        .map(|name| FindingStatus::named(name).ok_or_else(|| wrong("status", "new, confirmed or dismissed")));
    Ok(FindingFilter {
        severity: severity.transpose()?.unwrap_or_default(),
        kind: fields.text("kind").map(str::to_owned),
        status: status.transpose()?,
        run: fields.number("run")?.map(RunId),
        about: fields.text("about").map(str::to_owned),
        suppressed_too: fields.text("suppressed").is_some(),
    })
}

/// A finding of a list.
pub(crate) fn found(stored: StoredFinding) -> FoundBy {
    FoundBy {
        run: stored.run.0,
        run_kind: stored.run_kind,
        started_at: stored.started_at.micros(),
        finding: saved(stored.finding),
    }
}

/// A rule, for people.
struct RuleShown {
    id: i64,
    kind: String,
    which: String,
    reason: String,
    until: String,
    is_expired: bool,
    since: String,
}

impl RuleShown {
    fn of(rule: Suppression, clock: &Clock, now: Time) -> Self {
        let Suppression { id, suppression, created_at, .. } = rule;
        let ends: Value = serde_json::from_str(&suppression.rule).unwrap_or_default();
        let end = |name: &str| ends[name].as_str().unwrap_or("any").to_owned();
        Self {
            id,
            kind: suppression.kind,
            which: format!("{} → {}", end("orig"), end("resp")),
            reason: suppression.reason,
            until: suppression.expires_at.map_or_else(|| "always".to_owned(), |at| clock.show(at.micros())),
            is_expired: suppression.expires_at.is_some_and(|at| at <= now),
            since: clock.show(created_at.micros()),
        }
    }
}

#[derive(Template)]
#[template(path = "findings.html")]
struct ListPage {
    frame: Frame,
    fields: Fields,
    rows: Vec<FoundBy>,
    n_findings: u64,
    page: u64,
    kinds: Vec<String>,
    severities: [&'static str; 4],
    statuses: [&'static str; 3],
    rules: Vec<RuleShown>,
    clock: Clock,
}

pub(crate) async fn list(State(app): State<App>, frame: Frame, fields: Fields) -> Result<Response, Failure> {
    let filter = filter(&fields)?;
    let page = fields.number_or("page", 1)?.max(1);
    let offset = PAGE_ROWS.saturating_mul(page - 1);
    let (found_page, kinds, rules) = app
        .ask(move |store| {
            Ok((store.findings(&filter, offset, PAGE_ROWS)?, store.finding_kinds()?, store.suppressions()?))
        })
        .await?;
    let (clock, now) = (Clock::default(), crate::work::now());
    html(&ListPage {
        frame,
        fields,
        rows: found_page.findings.into_iter().map(found).collect(),
        n_findings: found_page.n_findings,
        page,
        kinds,
        severities: Severity::ALL.map(Severity::name),
        statuses: FindingStatus::ALL.map(FindingStatus::name),
        rules: rules.into_iter().map(|rule| RuleShown::of(rule, &clock, now)).collect(),
        clock,
    })
}

impl ListPage {
    fn value(&self, name: &str) -> &str {
        self.fields.text(name).unwrap_or_default()
    }

    fn text(&self, text: &str) -> String {
        printable(text).into_owned()
    }

    fn ends(&self, finding: &SavedFinding) -> String {
        ends(finding)
    }

    fn score(&self, score: &f64) -> String {
        score_in_words(*score)
    }

    fn count(&self, count: &u64) -> String {
        count_in_words(*count)
    }

    fn n_pages(&self) -> u64 {
        self.n_findings.div_ceil(PAGE_ROWS).max(1)
    }

    fn address(&self, page: u64) -> String {
        let mut fields = self.fields.clone();
        fields.set("page", page);
        fields.address("/findings")
    }

    fn previous(&self) -> Option<String> {
        (self.page > 1).then(|| self.address(self.page - 1))
    }

    fn next(&self) -> Option<String> {
        (self.page < self.n_pages()).then(|| self.address(self.page + 1))
    }

    /// Everything that the filter asks for, as a file.
    fn export(&self, format: &str) -> String {
        let mut fields = self.fields.clone();
        fields.remove("page");
        fields.address(&format!("/findings/export/{format}"))
    }
}

fn score_in_words(score: f64) -> String {
    if score.fract() == 0.0 && score >= 0.0 { count_in_words(score as u64) } else { format!("{score:.3}") }
}

/// The findings that the address asks for as a file: `csv`, `json` or `html`.
pub(crate) async fn export(
    State(app): State<App>,
    Path(format): Path<String>,
    fields: Fields,
) -> Result<Response, Failure> {
    let filter = filter(&fields)?;
    let page = app.ask(move |store| store.findings(&filter, 0, MOST_EXPORTED)).await?;
    let rows: Vec<_> = page.findings.into_iter().map(found).collect();
    let clock = Clock::default();
    let (kind, text) = match format.as_str() {
        "csv" => ("text/csv; charset=utf-8", findings_csv(&rows, &clock)?),
        "json" => ("application/json", findings_json(&rows)?),
        "html" => ("text/html; charset=utf-8", findings_html(&rows, &clock)?),
        other => return Err(Failure::not_found(format!("findings are csv, json or html, not {other:?}"))),
    };
    let file = format!("attachment; filename=\"findings.{format}\"");
    Ok(([(CONTENT_TYPE, kind.to_owned()), (CONTENT_DISPOSITION, file)], text).into_response())
}

/// The name of a table, its columns, its rows.
type Table = (String, Vec<String>, Vec<Vec<String>>);

#[derive(Template)]
#[template(path = "finding.html")]
struct ShowPage {
    frame: Frame,
    fields: Fields,
    run: i64,
    run_kind: String,
    started_at: i64,
    finding: SavedFinding,
    /// The rows of the dataset it is about.
    rows: Option<String>,
    evidence: Vec<(String, String)>,
    tables: Vec<Table>,
    statuses: [&'static str; 3],
    clock: Clock,
}

pub(crate) async fn show(
    State(app): State<App>,
    frame: Frame,
    Path((run, rank)): Path<(i64, u64)>,
    fields: Fields,
) -> Result<Response, Failure> {
    let stored = app.ask(move |store| store.finding(RunId(run), rank)).await?;
    let asked = params::again(&stored.run_params, 0);
    let FoundBy { run, run_kind, started_at, finding } = found(stored);
    let rows = asked.text("dataset").and_then(|dataset| rows_of(dataset, &finding));
    let object: Value = serde_json::from_str(&finding.evidence).unwrap_or_default();
    let (mut evidence, mut tables) = (Vec::new(), Vec::new());
    flatten("", &object, &mut evidence, &mut tables);
    let statuses = FindingStatus::ALL.map(FindingStatus::name);
    let clock = Clock::default();
    html(&ShowPage {
        frame,
        fields,
        run,
        run_kind,
        started_at,
        finding,
        rows,
        evidence,
        tables,
        statuses,
        clock,
    })
}

/// The address of the rows of a dataset that a finding is about.
fn rows_of(dataset: &str, finding: &SavedFinding) -> Option<String> {
    let mut fields = Fields::default();
    match (&finding.uid, &finding.orig, &finding.resp) {
        (Some(uid), ..) => fields.set("uid", uid),
        (None, None, None) => return None,
        (None, orig, resp) => {
            if let Some(orig) = orig {
                fields.set("orig", orig);
            }
            let (host, port) =
                resp.as_deref().map_or(("", ""), |resp| resp.rsplit_once(':').unwrap_or((resp, "")));
            let host = host.trim_start_matches('[').trim_end_matches(']');
            // A name is no address that rows could be found by.
            if host.parse::<std::net::IpAddr>().is_ok() {
                fields.set("resp", host);
            }
            if port.parse::<u16>().is_ok() {
                fields.set("port", port);
            }
        }
    }
    Some(fields.address(&format!("/datasets/{}/sessions", encoded(dataset))))
}

/// Evidence as names with values, and as tables where it is a list of objects.
fn flatten(name: &str, value: &Value, evidence: &mut Vec<(String, String)>, tables: &mut Vec<Table>) {
    match value {
        Value::Object(object) => {
            for (key, value) in object {
                let name = if name.is_empty() { key.clone() } else { format!("{name}.{key}") };
                flatten(&name, value, evidence, tables);
            }
        }
        Value::Array(list) if list.first().is_some_and(Value::is_object) => {
            let objects: Vec<_> = list.iter().filter_map(Value::as_object).collect();
            let heads: Vec<_> = objects[0].keys().cloned().collect();
            let row = |object: &&serde_json::Map<String, Value>| {
                heads.iter().map(|head| cell(head, object.get(head).unwrap_or(&Value::Null))).collect()
            };
            let rows = objects.iter().map(row).collect();
            tables.push((name.to_owned(), heads, rows));
        }
        value => evidence.push((name.to_owned(), cell(name, value))),
    }
}

/// A value of a field; times as dates.
fn cell(name: &str, value: &Value) -> String {
    let is_time = ["ts", "first", "last"].contains(&name.rsplit('.').next().unwrap_or_default());
    match value.as_f64().filter(|_| is_time) {
        Some(seconds) => Clock::default().show((seconds * 1e6).round() as i64),
        None => plain(value),
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::Null => "–".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(list) => list.iter().map(plain).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

impl ShowPage {
    fn text(&self, text: &str) -> String {
        printable(text).into_owned()
    }

    fn ends(&self, finding: &SavedFinding) -> String {
        ends(finding)
    }

    fn score(&self, score: &f64) -> String {
        score_in_words(*score)
    }

    /// What a rule may leave out: its value in the form and its words.
    fn scopes(&self) -> Vec<(&'static str, String)> {
        let kind = printable(&self.finding.kind);
        let mut scopes = Vec::new();
        if let (Some(orig), Some(resp)) = (&self.finding.orig, &self.finding.resp) {
            scopes.push(("both", format!("{kind} between {} and {}", printable(orig), printable(resp))));
        }
        if let Some(orig) = &self.finding.orig {
            scopes.push(("orig", format!("every {kind} from {}", printable(orig))));
        }
        if let Some(resp) = &self.finding.resp {
            scopes.push(("resp", format!("every {kind} to {}", printable(resp))));
        }
        scopes.push(("kind", format!("every {kind}")));
        scopes
    }
}

pub(crate) async fn set_status(
    State(app): State<App>,
    Path((run, rank)): Path<(i64, u64)>,
    fields: Fields,
) -> Result<Redirect, Failure> {
    change_status(&app, run, rank, &fields).await?;
    Ok(Redirect::to(&format!("/findings/{run}/{rank}")))
}

/// Notes what became of a finding: `status`.
pub(crate) async fn change_status(app: &App, run: i64, rank: u64, fields: &Fields) -> Result<(), Failure> {
    let name = fields.required("status")?;
    let expected = || Failure::usage(format!("status is {name:?}, expected new, confirmed or dismissed"));
    let status = FindingStatus::named(name).ok_or_else(expected)?;
    app.ask(move |store| store.set_finding_status(RunId(run), rank, status)).await
}

pub(crate) async fn suppress(
    State(app): State<App>,
    Path((run, rank)): Path<(i64, u64)>,
    fields: Fields,
) -> Result<Redirect, Failure> {
    let finding = app.ask(move |store| store.finding(RunId(run), rank)).await?.finding;
    let (orig, resp) = (finding.orig.as_deref(), finding.resp.as_deref());
    let which = match fields.required("which")? {
        "both" => (orig, resp),
        "orig" => (orig, None),
        "resp" => (None, resp),
        "kind" => (None, None),
        other => {
            return Err(Failure::usage(format!("which is {other:?}, expected both, orig, resp or kind")));
        }
    };
    let rule = rule(&finding.kind, which, &fields)?;
    app.ask(move |store| store.add_suppression(&rule)).await?;
    Ok(Redirect::to("/findings#suppressions"))
}

/// The rule with the reason, the author and the last day of a form.
pub(crate) fn rule(
    kind: &str,
    (orig, resp): (Option<&str>, Option<&str>),
    fields: &Fields,
) -> Result<NewSuppression, Failure> {
    let until = fields.text("until").map(|day| {
        bro_report::end_of_day(day)
            .ok_or_else(|| Failure::usage(format!("until is {day:?}, expected a day such as 2026-12-31")))
    });
    Ok(NewSuppression {
        reason: fields.required("reason")?.to_owned(),
        author: fields.text("author").unwrap_or_default().to_owned(),
        expires_at: until.transpose()?.map(Time),
        ..NewSuppression::between(kind, orig, resp)
    })
}

pub(crate) async fn forget_rule(State(app): State<App>, Path(id): Path<i64>) -> Result<Redirect, Failure> {
    delete_rule(&app, id).await?;
    Ok(Redirect::to("/findings"))
}

/// Deletes a rule.
pub(crate) async fn delete_rule(app: &App, id: i64) -> Result<(), Failure> {
    match app.ask(move |store| store.delete_suppression(id)).await? {
        true => Ok(()),
        false => Err(Failure::not_found(format!("there is no suppression {id}"))),
    }
}
