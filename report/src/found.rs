//! Findings of several runs in one file.

use crate::{Clock, Error, SavedFinding, csv, printable};
use askama::Template;
use serde::Serialize;
use serde_json::Value;

/// A finding and the run that found it.
///
/// ```
/// use bro_report::{Clock, FoundBy, findings_csv};
/// let found = FoundBy { run: 3, run_kind: "beacons".into(), ..FoundBy::default() };
/// assert!(findings_csv(&[found], &Clock::default())?.starts_with("run,"));
/// # Ok::<(), bro_report::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FoundBy {
    /// The run.
    pub run: i64,
    /// What was asked.
    pub run_kind: String,
    /// When the run began: microseconds since 1970.
    pub started_at: i64,
    /// The finding.
    pub finding: SavedFinding,
}

#[derive(Serialize)]
struct Facts<'a> {
    run: i64,
    run_kind: &'a str,
    started_at: f64,
    rank: u64,
    severity: &'a str,
    status: &'a str,
    kind: &'a str,
    uid: Option<&'a str>,
    orig: Option<&'a str>,
    resp: Option<&'a str>,
    score: f64,
    reason: &'a str,
    evidence: Value,
}

/// The findings as a JSON array; times are seconds since 1970.
///
/// # Errors
/// [`Error::Json`] if the saved evidence is not JSON.
pub fn findings_json(found: &[FoundBy]) -> Result<String, Error> {
    let facts = found.iter().map(|found| {
        let finding = &found.finding;
        Ok(Facts {
            run: found.run,
            run_kind: &found.run_kind,
            started_at: found.started_at as f64 / 1e6,
            rank: finding.rank,
            severity: &finding.severity,
            status: &finding.status,
            kind: &finding.kind,
            uid: finding.uid.as_deref(),
            orig: finding.orig.as_deref(),
            resp: finding.resp.as_deref(),
            score: finding.score,
            reason: &finding.reason,
            evidence: serde_json::from_str(&finding.evidence)?,
        })
    });
    Ok(serde_json::to_string_pretty(&facts.collect::<Result<Vec<_>, Error>>()?)?)
}

/// The findings as CSV with a header; `started_at` is in the clock's zone, `evidence` is JSON.
///
/// # Errors
/// [`Error::Csv`] if a row cannot be written.
pub fn findings_csv(found: &[FoundBy], clock: &Clock) -> Result<String, Error> {
    let header = [
        "run",
        "run_kind",
        "started_at",
        "rank",
        "severity",
        "status",
        "kind",
        "uid",
        "orig",
        "resp",
        "score",
        "reason",
        "evidence",
    ];
    let rows = found.iter().map(|found| {
        let finding = &found.finding;
        [
            found.run.to_string(),
            found.run_kind.clone(),
            clock.show(found.started_at),
            finding.rank.to_string(),
            finding.severity.clone(),
            finding.status.clone(),
            finding.kind.clone(),
            finding.uid.clone().unwrap_or_default(),
            finding.orig.clone().unwrap_or_default(),
            finding.resp.clone().unwrap_or_default(),
            finding.score.to_string(),
            finding.reason.clone(),
            finding.evidence.clone(),
        ]
    });
    csv::write(&header, rows)
}

/// The findings as one self-contained page, to be sent to somebody or printed.
///
/// # Errors
/// [`Error::Page`] if it cannot be rendered.
pub fn findings_html(found: &[FoundBy], clock: &Clock) -> Result<String, Error> {
    Ok(Page { found, clock }.render()?)
}

#[derive(Template)]
#[template(path = "findings.html")]
struct Page<'a> {
    found: &'a [FoundBy],
    clock: &'a Clock,
}

impl Page<'_> {
    fn text(&self, text: &str) -> String {
        printable(text).into_owned()
    }

    fn or_dash(&self, text: &Option<String>) -> String {
        text.as_deref().map_or_else(|| "–".to_owned(), |text| self.text(text))
    }

    fn version(&self) -> &'static str {
        env!("CARGO_PKG_VERSION")
    }
}
