//! What a model of sessions says, as tables, JSON and CSV.

use crate::{Clock, Error, Style, csv, printable};
use bro_analysis::{
    Confusion, SessionModel, SessionScores, SessionVerdict, SessionVerdicts, count_in_words, share_in_words,
};
use serde::Serialize;
use std::fmt::{self, Write};

/// Which verdicts are listed.
///
/// ```
/// let shown = bro_report::VerdictsShown::default();
/// assert!(!shown.only_beacons && shown.limit == 0);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct VerdictsShown {
    /// Sessions that beacon and no others.
    pub only_beacons: bool,
    /// At most this many; 0 for all.
    pub limit: usize,
}

impl VerdictsShown {
    fn of(self, found: &SessionVerdicts) -> impl Iterator<Item = &SessionVerdict> {
        let limit = if self.limit == 0 { usize::MAX } else { self.limit };
        let wanted = move |verdict: &&SessionVerdict| verdict.is_beacon || !self.only_beacons;
        found.sessions.iter().filter(wanted).take(limit)
    }
}

#[derive(Serialize)]
struct Object<'a> {
    version: &'static str,
    logs: &'a [String],
    n_rows: u64,
    n_rejected: u64,
    model: serde_json::Value,
    threshold: f64,
    n_sessions: u64,
    n_beacons: u64,
    confusion: Option<ConfusionFacts>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sessions: Option<Vec<Verdict<'a>>>,
    warnings: Vec<String>,
}

#[derive(Serialize)]
struct ConfusionFacts {
    true_positive: u64,
    false_positive: u64,
    false_negative: u64,
    true_negative: u64,
}

#[derive(Serialize)]
struct Verdict<'a> {
    ts: f64,
    uid: &'a str,
    #[serde(rename = "id.orig_h")]
    id_orig_h: String,
    #[serde(rename = "id.orig_p")]
    id_orig_p: u16,
    #[serde(rename = "id.resp_h")]
    id_resp_h: String,
    #[serde(rename = "id.resp_p")]
    id_resp_p: u16,
    host: &'a str,
    probability: f64,
    is_beacon: bool,
    label: Option<&'a str>,
    evidence: &'a str,
    log: &'a str,
    byte: u64,
}

impl<'a> Verdict<'a> {
    fn of(verdict: &'a SessionVerdict, logs: &'a [String]) -> Self {
        let key = &verdict.session;
        Self {
            ts: key.ts as f64 / 1e6,
            uid: &key.uid,
            id_orig_h: key.id_orig_h.to_string(),
            id_orig_p: key.id_orig_p,
            id_resp_h: key.id_resp_h.to_string(),
            id_resp_p: key.id_resp_p,
            host: &key.host,
            probability: verdict.probability,
            is_beacon: verdict.is_beacon,
            label: verdict.label.as_deref(),
            evidence: &verdict.evidence,
            log: logs.get(key.source_idx).map_or("", String::as_str),
            byte: key.byte,
        }
    }
}

/// The verdicts as one JSON object, for programs: `sessions`, in the order of the logs.
///
/// # Errors
/// [`Error::Json`] if a value cannot be written.
pub fn verdicts_json(found: &SessionVerdicts, shown: VerdictsShown) -> Result<String, Error> {
    let sessions = shown.of(found).map(|verdict| Verdict::of(verdict, &found.intake.logs)).collect();
    Ok(serde_json::to_string_pretty(&Object::of(found, Some(sessions))?)?)
}

/// [`verdicts_json`] without the sessions; each of them is a [`verdict_json`].
///
/// # Errors
/// [`Error::Json`] if a value cannot be written.
pub fn verdicts_summary_json(found: &SessionVerdicts) -> Result<String, Error> {
    Ok(serde_json::to_string(&Object::of(found, None)?)?)
}

/// One verdict as it stands in [`verdicts_json`].
///
/// # Errors
/// [`Error::Json`] if a value cannot be written.
pub fn verdict_json(verdict: &SessionVerdict, logs: &[String]) -> Result<String, Error> {
    Ok(serde_json::to_string(&Verdict::of(verdict, logs))?)
}

impl<'a> Object<'a> {
    fn of(found: &'a SessionVerdicts, sessions: Option<Vec<Verdict<'a>>>) -> Result<Self, Error> {
        let confusion = found.confusion.map(|confusion| {
            let Confusion { true_positive, false_positive, false_negative, true_negative } = confusion;
            ConfusionFacts { true_positive, false_positive, false_negative, true_negative }
        });
        Ok(Self {
            version: env!("CARGO_PKG_VERSION"),
            logs: &found.intake.logs,
            n_rows: found.intake.n_rows,
            n_rejected: found.intake.n_rejected,
            model: serde_json::from_str(&found.model)?,
            threshold: found.threshold,
            n_sessions: found.n_sessions,
            n_beacons: found.n_beacons,
            confusion,
            sessions,
            warnings: found.warnings.iter().map(ToString::to_string).collect(),
        })
    }
}

const COLUMNS: [&str; 12] = [
    "ts",
    "time",
    "uid",
    "id.orig_h",
    "id.orig_p",
    "id.resp_h",
    "id.resp_p",
    "host",
    "probability",
    "is_beacon",
    "label",
    "evidence",
];

/// The verdicts as CSV with a header, a row each; `time` is `ts` in the clock's zone.
///
/// # Errors
/// [`Error::Csv`] if a row cannot be written.
pub fn verdicts_csv(found: &SessionVerdicts, clock: &Clock, shown: VerdictsShown) -> Result<String, Error> {
    let rows = shown.of(found).map(|verdict| {
        let key = &verdict.session;
        [
            csv::seconds(key.ts),
            clock.show(key.ts),
            key.uid.clone(),
            key.id_orig_h.to_string(),
            key.id_orig_p.to_string(),
            key.id_resp_h.to_string(),
            key.id_resp_p.to_string(),
            key.host.clone(),
            verdict.probability.to_string(),
            verdict.is_beacon.to_string(),
            verdict.label.clone().unwrap_or_default(),
            verdict.evidence.clone(),
        ]
    });
    csv::write(&COLUMNS, rows)
}

/// The verdicts for a person at a terminal, and how they compare with the labels.
#[must_use]
pub fn verdicts_table(found: &SessionVerdicts, clock: &Clock, style: Style, shown: VerdictsShown) -> String {
    let mut out = String::new();
    write_verdicts(&mut out, found, clock, style, shown).expect("writing to a string does not fail");
    out
}

fn write_verdicts(
    out: &mut String,
    found: &SessionVerdicts,
    clock: &Clock,
    style: Style,
    shown: VerdictsShown,
) -> fmt::Result {
    let (n_sessions, n_beacons) = (count_in_words(found.n_sessions), count_in_words(found.n_beacons));
    let title = format!(
        "{n_sessions} sessions judged, {n_beacons} of them beacon (probability {} or more)",
        found.threshold
    );
    writeln!(out, "{}", style.bold(&title))?;
    let mut n_shown = 0;
    for verdict in shown.of(found) {
        n_shown += 1;
        write_verdict(out, verdict, clock)?;
    }
    let n_listed = if shown.only_beacons { found.n_beacons } else { found.n_sessions };
    if n_shown < n_listed {
        writeln!(out, "\n{n_shown} of {} shown; --limit N shows more", count_in_words(n_listed))?;
    }
    found.confusion.map_or(Ok(()), |confusion| write_confusion(out, confusion, style))
}

fn write_verdict(out: &mut String, verdict: &SessionVerdict, clock: &Clock) -> fmt::Result {
    let key = &verdict.session;
    let host =
        if key.host.is_empty() { key.id_resp_h.to_string() } else { printable(&key.host).into_owned() };
    let label =
        verdict.label.as_deref().map(|label| format!("  labelled {}", printable(label))).unwrap_or_default();
    writeln!(
        out,
        "  {:.3}  {}  {}  {}:{} → {host}:{}{label}",
        verdict.probability,
        clock.show(key.ts),
        printable(&key.uid),
        key.id_orig_h,
        key.id_orig_p,
        key.id_resp_p
    )?;
    writeln!(out, "         {}", verdict.evidence)
}

fn write_confusion(out: &mut String, confusion: Confusion, style: Style) -> fmt::Result {
    let Confusion { true_positive, false_positive, false_negative, true_negative } = confusion;
    writeln!(out, "\n{}", style.bold("                    judged beacon   judged other"))?;
    writeln!(out, "labelled beacon     {true_positive:>13}  {false_negative:>13}")?;
    writeln!(out, "labelled other      {false_positive:>13}  {true_negative:>13}")?;
    let share = |part: u64, whole: u64| {
        if whole == 0 { "–".to_owned() } else { share_in_words(part as f64 / whole as f64) }
    };
    writeln!(
        out,
        "precision {}, recall {}",
        share(true_positive, true_positive + false_positive),
        share(true_positive, true_positive + false_negative)
    )
}

/// What is to be known of a model of sessions: what it was trained on, its loss curve, its scores, its warnings.
#[must_use]
pub fn session_model_text(model: &SessionModel, style: Style) -> String {
    let mut out = String::new();
    write_model(&mut out, model, style).expect("writing to a string does not fail");
    out
}

fn write_model(out: &mut String, model: &SessionModel, style: Style) -> fmt::Result {
    let summary = model.summary();
    let (n, n_positive) = (count_in_words(summary.n_samples), count_in_words(summary.n_positive));
    let layers: Vec<String> = summary.hidden_layer_sizes.iter().map(ToString::to_string).collect();
    let title =
        format!("trained on {n} sessions; {n_positive} are labelled {}", printable(&summary.positive));
    writeln!(out, "{}", style.bold(&title))?;
    writeln!(out, "hidden layers {}, {} epochs, seed {}", layers.join(" + "), summary.n_iter, summary.seed)?;
    if let (Some(first), Some(last)) = (summary.loss_curve.first(), summary.loss_curve.last()) {
        writeln!(out, "loss {first:.4} {} {last:.4}", curve(&summary.loss_curve))?;
    }
    if let Some(scores) = &summary.validation {
        write_scores(out, &format!("held out by {}", summary.split), scores)?;
    }
    if let Some(scores) = &summary.host_split {
        write_scores(out, "held out by originator", scores)?;
    }
    for warning in &summary.warnings {
        writeln!(out, "warning: {}", printable(warning))?;
    }
    Ok(())
}

fn write_scores(out: &mut String, name: &str, scores: &SessionScores) -> fmt::Result {
    let SessionScores { n, n_positive, average_precision, roc_auc, precision, recall, calibration_error } =
        scores;
    writeln!(
        out,
        "{name}: {n} sessions, {n_positive} positive; PR-AUC {average_precision:.3}, ROC-AUC {roc_auc:.3}, \
         precision {precision:.3}, recall {recall:.3}, calibration error {calibration_error:.3}"
    )
}

/// A curve in one line of blocks, the lowest at the lowest value.
fn curve(values: &[f64]) -> String {
    const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let (low, high) =
        values.iter().fold((f64::INFINITY, 0.0_f64), |(low, high), v| (low.min(*v), high.max(*v)));
    let step = values.len().div_ceil(40);
    let block = |value: &f64| BLOCKS[(((value - low) / (high - low).max(1e-12)) * 7.0).round() as usize];
    values.iter().step_by(step).map(block).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_falling_curve_falls() {
        assert_eq!(curve(&[1.0, 0.5, 0.0]), "█▅▁");
        assert_eq!(curve(&[0.3]), "▁");
    }
}
