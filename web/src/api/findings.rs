use crate::App;
use crate::failure::Failure;
use crate::fields::Fields;
use crate::pages::findings as pages;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use bro_report::findings_json;
use bro_store::RunId;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

const JSON: [(axum::http::HeaderName, &str); 1] = [(CONTENT_TYPE, "application/json")];

/// Findings that are listed unless more are asked for.
const LIMIT: u64 = 1_000;

/// A rule by which findings are left out.
#[derive(Serialize, ToSchema)]
struct RuleFacts {
    id: i64,
    kind: String,
    /// `orig` and `resp`, as far as they matter.
    rule: Value,
    reason: String,
    author: String,
    created_at: f64,
    expires_at: Option<f64>,
}

/// The number of what was added.
#[derive(Serialize, ToSchema)]
struct RuleAdded {
    id: i64,
}

/// Findings of all runs, the gravest first. The query filters: `severity`, `kind`, `status`, `about`, `run`, `suppressed`; `offset` and `limit` page.
#[utoipa::path(get, path = "/findings", tag = "findings", operation_id = "list_findings", responses((status = 200, body = Vec<Value>)))]
pub(super) async fn list(State(app): State<App>, fields: Fields) -> Result<impl IntoResponse, Failure> {
    let filter = pages::filter(&fields)?;
    let (offset, limit) = (fields.number_or("offset", 0)?, fields.number_or("limit", LIMIT)?);
    let page = app.ask(move |store| store.findings(&filter, offset, limit)).await?;
    let found: Vec<_> = page.findings.into_iter().map(pages::found).collect();
    Ok((JSON, findings_json(&found)?))
}

/// One finding with its evidence.
#[utoipa::path(get, path = "/findings/{run}/{rank}", tag = "findings", operation_id = "show_findings", params(("run" = i64, Path), ("rank" = u64, Path)), responses((status = 200, body = Value)))]
pub(super) async fn show(
    State(app): State<App>,
    Path((run, rank)): Path<(i64, u64)>,
) -> Result<impl IntoResponse, Failure> {
    let stored = app.ask(move |store| store.finding(RunId(run), rank)).await?;
    let list: Vec<Value> = serde_json::from_str(&findings_json(&[pages::found(stored)])?).unwrap_or_default();
    Ok(Json(list.into_iter().next()))
}

/// Notes what became of a finding.
#[utoipa::path(post, path = "/findings/{run}/{rank}", tag = "findings", operation_id = "set_status_findings", params(("run" = i64, Path), ("rank" = u64, Path)), request_body(content = Object, description = "`status`: new, confirmed or dismissed"), responses((status = 204)))]
pub(super) async fn set_status(
    State(app): State<App>,
    Path((run, rank)): Path<(i64, u64)>,
    fields: Fields,
) -> Result<StatusCode, Failure> {
    pages::change_status(&app, run, rank, &fields).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The rules by which findings are left out, those that are over too.
#[utoipa::path(get, path = "/suppressions", tag = "findings", operation_id = "rules_findings", responses((status = 200, body = Vec<RuleFacts>)))]
pub(super) async fn rules(State(app): State<App>) -> Result<impl IntoResponse, Failure> {
    let rules = app.ask(|store| store.suppressions()).await?;
    let facts = rules.into_iter().map(|stored| RuleFacts {
        id: stored.id,
        kind: stored.suppression.kind,
        rule: serde_json::from_str(&stored.suppression.rule).unwrap_or_default(),
        reason: stored.suppression.reason,
        author: stored.suppression.author,
        created_at: stored.created_at.seconds(),
        expires_at: stored.suppression.expires_at.map(bro_log::Time::seconds),
    });
    Ok(Json(facts.collect::<Vec<_>>()))
}

/// Leaves findings of a kind out, between two ends or of all.
#[utoipa::path(post, path = "/suppressions", tag = "findings", operation_id = "suppress_findings", request_body(content = Object, description = "`kind`; `orig` and `resp`, as findings have them; `reason`; `author`; `until`, a day"), responses((status = 201, body = RuleAdded)))]
pub(super) async fn suppress(State(app): State<App>, fields: Fields) -> Result<impl IntoResponse, Failure> {
    let rule = pages::rule(fields.required("kind")?, (fields.text("orig"), fields.text("resp")), &fields)?;
    let id = app.ask(move |store| store.add_suppression(&rule)).await?;
    Ok((StatusCode::CREATED, Json(RuleAdded { id })))
}

/// Shows findings again.
#[utoipa::path(delete, path = "/suppressions/{id}", tag = "findings", operation_id = "delete_rule_findings", params(("id" = i64, Path)), responses((status = 204)))]
pub(super) async fn delete_rule(State(app): State<App>, Path(id): Path<i64>) -> Result<StatusCode, Failure> {
    pages::delete_rule(&app, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
