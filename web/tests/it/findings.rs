//! What was found, what becomes of it, and who wants to see it no more.

use crate::client::Client;
use crate::logs::{ODD, conn};
use axum::http::Method;

/// A profile with conclusions, and outliers.
fn with_findings() -> Client {
    let client = Client::new();
    client.import("d", "conn.log", conn(200));
    client.post("/profile", "dataset=d&limit=20").is(303, &[]);
    let status = client.end_of(2);
    assert_eq!(status["phase"], "done", "{status}");
    client.post("/outliers", "dataset=d&n_clusters=4&smallest=1").is(303, &[]);
    client.end_of(3);
    client
}

#[test]
fn a_profile_is_shown_with_its_parts_plots_and_ways_to_the_rows() {
    let client = with_findings();
    client.get("/profile?dataset=d&limit=20").is(200, &["value=\"20\"", "scan_hosts="]);
    let page = client.get("/runs/1");
    page.is(
        200,
        &[
            "Profile in",
            "id=\"boxes-plot\"",
            "id=\"correlations-plot\"",
            "id=\"activity-plot\"",
            "exfiltration",
        ],
    );
    page.is(200, &["sessions?conn_state=SF&#38;proto=tcp&#38;service=ssl", "data-kind=\"profile\""]);
    let rows = client.get("/datasets/d/sessions?conn_state=S1&proto=tcp&service=-");
    rows.is(200, &[ODD]);
    assert!(!rows.text.contains("C00001"));
    let plot = client.get("/api/v1/runs/1/plot").json();
    assert!(plot["boxes"].is_array() && plot["view"]["parts"].is_array());
    assert_eq!(client.get("/api/v1/runs/1").json()["intake"]["n_records"], 201);
    client
        .post("/profile", "dataset=d&by=proto,proto")
        .is(422, &["by is proto twice, expected each column once"]);
    client.post("/profile", "dataset=d&threshold=nonsense=1").is(422, &["threshold is nonsense=1"]);
}

#[test]
fn findings_of_all_runs_are_filtered_judged_suppressed_and_exported() {
    let client = with_findings();
    let all = client.get("/findings");
    all.is(200, &["exfiltration", "outlier", "severity high", "/findings/1/1", "Nothing is suppressed"]);
    let high = client.get("/findings?severity=high");
    high.is(200, &["exfiltration"]);
    assert!(!high.text.contains("<td><a href=\"/findings/2/"), "an outlier alone is no alarm");
    client.get("/findings?severity=enormous").is(422, &["severity is"]);
    client.get(&format!("/findings?about={ODD}")).is(200, &["/findings/2/1"]);
    client.get("/findings?about=203.0.113.66").is(200, &["/findings/1/1"]);
    client.get("/findings?about=nobody").is(200, &["No finding is like that"]);

    let one = client.get("/findings/1/1");
    one.is(200, &["Evidence", "sessions?", "between 10.0.0.9 and 203.0.113.66"]);
    client.post("/findings/1/1/status", "status=confirmed").is(303, &[]);
    client.get("/findings?status=confirmed").is(200, &["/findings/1/1"]);
    client.post("/findings/1/1/status", "status=odd").is(422, &["expected new, confirmed or dismissed"]);
    client.get("/findings/1/99").is(404, &["run 1 has no finding 99"]);

    let csv = client.get("/findings/export/csv?severity=high");
    csv.is(200, &["run,run_kind,", "confirmed", "exfiltration"]);
    assert!(csv.headers["content-disposition"].to_str().unwrap().contains("findings.csv"));
    let json = client.get("/findings/export/json").json();
    assert_eq!(json[0]["severity"], "high");
    client.get("/findings/export/html?severity=high").is(200, &["<title>Findings</title>", "exfiltration"]);
    client.get("/findings/export/pdf").is(404, &[]);

    client.post("/findings/1/1/suppress", "which=both").is(422, &["reason is not given"]);
    client
        .post("/findings/1/1/suppress", "which=both&reason=backup&until=soon")
        .is(422, &["expected a day such as"]);
    client.post("/findings/1/1/suppress", "which=both&reason=our+backup&until=2999-12-31").is(303, &[]);
    let after = client.get("/findings?severity=high");
    after.is(200, &["our backup", "3000-01-01"]);
    assert!(!after.text.contains("/findings/1/1\""));
    client.get("/findings?severity=high&suppressed=yes").is(200, &["/findings/1/1"]);
    client.post("/suppressions/1/delete", "").is(303, &[]);
    client.get("/findings?severity=high").is(200, &["/findings/1/1"]);
    client.post("/suppressions/1/delete", "").is(404, &["no suppression 1"]);
}

#[test]
fn scripts_do_the_same() {
    let client = with_findings();
    let list = client.get("/api/v1/findings?severity=high&limit=1").json();
    let kind = list[0]["kind"].as_str().unwrap().to_owned();
    client.script(Method::POST, "/api/v1/findings/1/1", r#"{"status": "dismissed"}"#).is(204, &[]);
    assert_eq!(client.get("/api/v1/findings/1/1").json()["status"], "dismissed");
    let rule = format!(r#"{{"kind": "{kind}", "orig": "10.0.0.9", "reason": "known"}}"#);
    client.script(Method::POST, "/api/v1/suppressions", rule).is(201, &["\"id\":1"]);
    let rules = client.get("/api/v1/suppressions").json();
    assert_eq!(
        (rules[0]["rule"]["orig"].as_str(), rules[0]["expires_at"].is_null()),
        (Some("10.0.0.9"), true)
    );
    let left = client.get("/api/v1/findings").json();
    assert!(
        left.as_array()
            .unwrap()
            .iter()
            .all(|found| found["kind"] != kind.as_str() || found["orig"] != "10.0.0.9")
    );
    client.script(Method::DELETE, "/api/v1/suppressions/1", "").is(204, &[]);
}

#[test]
fn two_runs_are_compared() {
    let client = with_findings();
    client.post("/outliers", "dataset=d&n_clusters=6&smallest=2&seed=1").is(303, &[]);
    client.end_of(4);
    let page = client.get("/runs/compare?one=2&other=3");
    page.is(200, &["n_clusters", "<td class=\"long\">4</td><td class=\"long\">6</td>", "findings in both"]);
    client.get("/runs/compare?one=2").is(422, &["other is not given"]);
    client.get("/runs").is(200, &["/runs/compare"]);
}
