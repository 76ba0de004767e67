//! Stored models as tables, JSON and CSV.

use crate::{Clock, Error, Style, csv, printable};
use serde::Serialize;
use std::fmt::Write;

/// A stored model, without its numbers.
///
/// ```
/// use bro_report::{Clock, Style, StoredModel, models_table};
/// let model = StoredModel { id: 3, kind: "beacon sessions".into(), ..StoredModel::default() };
/// assert!(models_table(&[model], &Clock::default(), Style::Plain).contains("beacon sessions"));
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StoredModel {
    /// Its number.
    pub id: i64,
    /// What it is.
    pub kind: String,
    /// The version of its form.
    pub format_version: u32,
    /// When it was stored, in microseconds since 1970.
    pub created_at: i64,
    /// How it was made, as JSON.
    pub summary: String,
}

#[derive(Serialize)]
struct Facts<'a> {
    id: i64,
    kind: &'a str,
    format_version: u32,
    created_at: f64,
    summary: serde_json::Value,
}

/// The models as a JSON array.
///
/// # Errors
/// [`Error::Json`] if a summary is no JSON.
pub fn models_json(models: &[StoredModel]) -> Result<String, Error> {
    let facts = models.iter().map(|model| {
        Ok(Facts {
            id: model.id,
            kind: &model.kind,
            format_version: model.format_version,
            created_at: model.created_at as f64 / 1e6,
            summary: serde_json::from_str(&model.summary)?,
        })
    });
    Ok(serde_json::to_string_pretty(&facts.collect::<Result<Vec<_>, Error>>()?)?)
}

/// The models as CSV with a header.
///
/// # Errors
/// [`Error::Csv`] if a row cannot be written.
pub fn models_csv(models: &[StoredModel], clock: &Clock) -> Result<String, Error> {
    let rows = models.iter().map(|model| {
        let version = model.format_version.to_string();
        [
            model.id.to_string(),
            clock.show(model.created_at),
            model.kind.clone(),
            version,
            model.summary.clone(),
        ]
    });
    csv::write(&["model", "created_at", "kind", "format_version", "summary"], rows)
}

/// The models for a person at a terminal.
#[must_use]
pub fn models_table(models: &[StoredModel], clock: &Clock, style: Style) -> String {
    let mut out = format!("{}\n", style.bold("model  stored at                    kind"));
    for model in models {
        let kind = printable(&model.kind);
        writeln!(
            out,
            "{:>5}  {}  {kind} (version {})",
            model.id,
            clock.show(model.created_at),
            model.format_version
        )
        .expect("writing to a string does not fail");
    }
    if models.is_empty() {
        out += "no model is stored; bro-ml beacons train stores one\n";
    }
    out
}
