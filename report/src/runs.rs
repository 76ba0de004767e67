use crate::{Clock, Error, Style, printable};
use bro_analysis::{count_in_words, duration_in_words};
use serde::Serialize;
use serde_json::Value;
use std::fmt::{self, Write};
use std::time::Duration;

/// A saved run, as far as it is shown; what it found is absent in a list of runs.
///
/// ```
/// use bro_report::{Clock, SavedRun, Style, runs_table};
/// let run = SavedRun { id: 3, kind: "outliers".into(), n_records: 8462, ..SavedRun::default() };
/// assert!(runs_table(&[run], &Clock::default(), Style::Plain).contains("8,462"));
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SavedRun {
    /// Its number.
    pub id: i64,
    /// What was asked.
    pub kind: String,
    /// When it began: microseconds since 1970.
    pub started_at: i64,
    /// How long it took.
    pub duration: Duration,
    /// Rows it looked at.
    pub n_records: u64,
    /// Things it found.
    pub n_findings: u64,
    /// The seed of all randomness.
    pub seed: u64,
    /// The version of the program that ran.
    pub version: String,
    /// The parameters, as JSON.
    pub params: String,
    /// What it found as a whole, as JSON.
    pub summary: String,
    /// What it found in particular, by rank.
    pub findings: Vec<SavedFinding>,
}

/// One thing a saved run found.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SavedFinding {
    /// Its place, from 1.
    pub rank: u64,
    /// The session's `uid`.
    pub uid: Option<String>,
    /// What it is.
    pub kind: String,
    /// How strong it is.
    pub score: f64,
    /// Why, in one sentence.
    pub reason: String,
    /// The numbers and rows behind it, as JSON.
    pub evidence: String,
    /// How much it asks to be looked at: `info`, `low`, `medium`, `high`.
    pub severity: String,
    /// What became of it: `new`, `confirmed`, `dismissed`.
    pub status: String,
    /// Who began it.
    pub orig: Option<String>,
    /// Who was called, with the port where it matters.
    pub resp: Option<String>,
}

/// The runs for a person at a terminal, a line each.
#[must_use]
pub fn runs_table(runs: &[SavedRun], clock: &Clock, style: Style) -> String {
    if runs.is_empty() {
        return "no runs are saved here\n".to_owned();
    }
    let mut out = style.bold(&format!(
        "{:>5}  {:<10}  {:<32}  {:>12}  {:>9}  seed",
        "run", "kind", "started", "sessions", "found"
    ));
    out.push('\n');
    for run in runs {
        let (sessions, found) = (count_in_words(run.n_records), count_in_words(run.n_findings));
        let started = clock.show(run.started_at);
        let kind = printable(&run.kind);
        out +=
            &format!("{:>5}  {kind:<10}  {started:<32}  {sessions:>12}  {found:>9}  {}\n", run.id, run.seed);
    }
    out
}

/// A run with at most `limit` findings (0: all) for a person at a terminal.
#[must_use]
pub fn run_table(run: &SavedRun, clock: &Clock, style: Style, limit: usize) -> String {
    let mut out = String::new();
    write_run(&mut out, run, clock, style, limit).expect("writing to a string does not fail");
    out
}

fn write_run(out: &mut String, run: &SavedRun, clock: &Clock, style: Style, limit: usize) -> fmt::Result {
    let title =
        format!("run {}: {} of {} sessions", run.id, printable(&run.kind), count_in_words(run.n_records));
    writeln!(out, "{}", style.bold(&title))?;
    let took = duration_in_words(run.duration.as_secs_f64());
    let (started, version) = (clock.show(run.started_at), printable(&run.version));
    writeln!(out, "started {started}, took {took}, seed {}, version {version}", run.seed)?;
    writeln!(out, "parameters {}", printable(&run.params))?;
    let n_shown = if limit == 0 { run.findings.len() } else { limit.min(run.findings.len()) };
    for finding in &run.findings[..n_shown] {
        let uid = finding.uid.as_deref().map_or_else(|| "-".into(), printable);
        writeln!(out, "{:>5}  {uid}  {:.3}  {}", finding.rank, finding.score, printable(&finding.reason))?;
    }
    if n_shown < run.findings.len() {
        let (shown, all) = (count_in_words(n_shown as u64), count_in_words(run.n_findings));
        writeln!(out, "{shown} of {all} shown; --limit 0 shows all, --format json or csv lists them")?;
    }
    Ok(())
}

/// The runs as a JSON array.
///
/// # Errors
/// [`Error::Json`] if a value cannot be written.
pub fn runs_json(runs: &[SavedRun]) -> Result<String, Error> {
    Ok(serde_json::to_string_pretty(&runs.iter().map(Facts::of).collect::<Vec<_>>())?)
}

/// The object that was saved, with its findings (`outliers` or `noise` for runs of those kinds, else `findings`) and the facts of
/// the run under `run`.
///
/// # Errors
/// [`Error::Json`] if the saved text is not JSON.
pub fn run_json(run: &SavedRun) -> Result<String, Error> {
    let mut object: serde_json::Map<String, Value> = serde_json::from_str(&run.summary)?;
    let findings = run.findings.iter().map(|finding| serde_json::from_str::<Value>(&finding.evidence));
    let name = match run.kind.as_str() {
        "outliers" => "outliers",
        "clusters" => "noise",
        _ => "findings",
    };
    object.insert(name.to_owned(), findings.collect::<Result<Vec<_>, _>>()?.into());
    object.insert("run".to_owned(), serde_json::to_value(Facts::of(run))?);
    Ok(serde_json::to_string_pretty(&object)?)
}

/// The runs as CSV with a header.
///
/// # Errors
/// [`Error::Csv`] if a row cannot be written.
pub fn runs_csv(runs: &[SavedRun], clock: &Clock) -> Result<String, Error> {
    let header = ["run", "kind", "started_at", "duration", "n_records", "n_findings", "seed", "version"];
    let rows = runs.iter().map(|run| {
        [
            run.id.to_string(),
            run.kind.clone(),
            clock.show(run.started_at),
            run.duration.as_secs_f64().to_string(),
            run.n_records.to_string(),
            run.n_findings.to_string(),
            run.seed.to_string(),
            run.version.clone(),
        ]
    });
    crate::csv::write(&header, rows)
}

/// The findings of a run as CSV with a header; `evidence` is JSON.
///
/// # Errors
/// [`Error::Csv`] if a row cannot be written.
pub fn run_csv(run: &SavedRun) -> Result<String, Error> {
    let header = ["rank", "kind", "uid", "score", "reason", "evidence"];
    let rows = run.findings.iter().map(|finding| {
        [
            finding.rank.to_string(),
            finding.kind.clone(),
            finding.uid.clone().unwrap_or_default(),
            finding.score.to_string(),
            finding.reason.clone(),
            finding.evidence.clone(),
        ]
    });
    crate::csv::write(&header, rows)
}

#[derive(Serialize)]
struct Facts<'a> {
    id: i64,
    kind: &'a str,
    started_at: f64,
    duration: f64,
    n_records: u64,
    n_findings: u64,
    seed: u64,
    version: &'a str,
}

impl<'a> Facts<'a> {
    fn of(run: &'a SavedRun) -> Self {
        Self {
            id: run.id,
            kind: &run.kind,
            started_at: run.started_at as f64 / 1e6,
            duration: run.duration.as_secs_f64(),
            n_records: run.n_records,
            n_findings: run.n_findings,
            seed: run.seed,
            version: &run.version,
        }
    }
}
