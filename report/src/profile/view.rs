use super::parts;
use super::sheet::{Cell, Part, Sheet};
use crate::json::SessionRow;
use crate::{Clock, Error, printable};
use bro_analysis::{Conclusion, Profile};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// The profile as a page shows it, every text [`printable`], for a server that keeps it as JSON.
///
/// ```
/// let view: bro_report::ProfileView = serde_json::from_str(r#"{"title": "conn.log", "warnings": [], "parts": []}"#)?;
/// assert_eq!(view.title, "conn.log");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProfileView {
    /// What it is about.
    pub title: String,
    /// What the reader should know.
    pub warnings: Vec<String>,
    /// The parts, in the order of the page.
    pub parts: Vec<PartView>,
}

/// A part of a [`ProfileView`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartView {
    /// Its key, as in [`profile_json`](crate::profile_json).
    pub key: String,
    /// Its heading.
    pub title: String,
    /// Paragraphs before the tables.
    pub text: Vec<String>,
    /// Paragraphs that warn.
    pub warnings: Vec<String>,
    /// Places for plots.
    pub plots: Vec<PlotView>,
    /// The tables that are shown.
    pub sheets: Vec<SheetView>,
}

/// A place for a plot: [`PROFILE_JS`](crate::PROFILE_JS) draws into the element `ID-plot` and puts choices into
/// `ID-choices`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlotView {
    /// The `ID`.
    pub id: String,
    /// How high it is: `tall` or `low`.
    pub class: String,
    /// What it shows, in words.
    pub label: String,
}

/// A table of a [`PartView`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SheetView {
    /// Its heading, or nothing.
    pub title: String,
    /// A sentence about it, or nothing.
    pub note: String,
    /// The columns.
    pub heads: Vec<HeadView>,
    /// The cells as text.
    pub rows: Vec<Vec<String>>,
}

/// The head of a column.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeadView {
    /// Its key, as in [`profile_json`](crate::profile_json).
    pub key: String,
    /// Its words.
    pub label: String,
    /// `number`, `reason` for a sentence, `query` for a command, or nothing.
    pub class: String,
}

/// What the plots of a profile draw, as JSON, and the [`ProfileView`] itself under `view`. `command` is shown as the way to
/// make it again.
///
/// # Errors
/// [`Error::Json`] if a value cannot be written.
pub fn profile_plot_json(found: &Profile, clock: &Clock, command: &str) -> Result<String, Error> {
    let mut drawings = parts::drawings(found, clock);
    drawings["view"] = serde_json::to_value(ProfileView::of(found, clock, command))?;
    Ok(drawings.to_string())
}

impl ProfileView {
    fn of(found: &Profile, clock: &Clock, command: &str) -> Self {
        let all = parts::all(found, clock, command);
        Self {
            title: text(&crate::html::title(&found.intake.logs)),
            warnings: found.warnings.iter().map(|warning| text(&warning.to_string())).collect(),
            parts: all.iter().map(|part| PartView::of(part, clock)).collect(),
        }
    }
}

fn text(text: &str) -> String {
    printable(text).into_owned()
}

impl PartView {
    fn of(part: &Part, clock: &Clock) -> Self {
        let texts = |texts: &[String]| texts.iter().map(|one| text(one)).collect();
        let plots = part.plots.iter().map(|plot| PlotView {
            id: plot.id.to_owned(),
            class: plot.class.to_owned(),
            label: plot.label.to_owned(),
        });
        let sheets = part.sheets.iter().filter(|sheet| sheet.is_shown && !sheet.rows.is_empty());
        Self {
            key: part.key.to_owned(),
            title: text(&part.title),
            text: texts(&part.text),
            warnings: texts(&part.warnings),
            plots: plots.collect(),
            sheets: sheets.map(|sheet| SheetView::of(sheet, clock)).collect(),
        }
    }
}

impl SheetView {
    fn of(sheet: &Sheet, clock: &Clock) -> Self {
        let class = |column: usize| {
            let is = |of: fn(&Cell) -> bool| sheet.rows.iter().any(|row| of(&row[column]));
            match sheet.heads[column].is_number {
                true => "number",
                false if is(|cell| matches!(cell, Cell::Long(_))) => "reason",
                false if is(|cell| matches!(cell, Cell::Code(_))) => "query",
                false => "",
            }
        };
        let head = |(column, head): (usize, &super::sheet::Head)| HeadView {
            key: head.key.to_string(),
            label: head.label.to_string(),
            class: class(column).to_owned(),
        };
        let row = |row: &Vec<Cell>| row.iter().map(|cell| text(&cell.show(clock))).collect();
        Self {
            title: text(&sheet.title),
            note: text(&sheet.note),
            heads: sheet.heads.iter().enumerate().map(head).collect(),
            rows: sheet.rows.iter().map(row).collect(),
        }
    }
}

/// A conclusion as a finding's evidence: what it says, its ends, its thresholds, some of its `sessions`; times are seconds
/// since 1970.
///
/// # Errors
/// [`Error::Json`] if a value cannot be written.
pub fn conclusion_json(found: &Conclusion) -> Result<String, Error> {
    let seconds = |time: Option<i64>| time.map(|micros| micros as f64 / 1e6);
    let sessions = found.evidence.iter().map(|session| serde_json::to_value(SessionRow::of(session)));
    Ok(json!({
        "kind": found.kind, "severity": found.severity.name(), "reason": found.reason, "n": found.n,
        "id.orig_h": found.id_orig_h, "host": found.host, "id.resp_h": found.id_resp_h, "id.resp_p": found.id_resp_p, "proto": found.proto,
        "first": seconds(found.first), "last": seconds(found.last), "ts": seconds(found.first),
        "thresholds": found.thresholds, "query": found.query(),
        "sessions": sessions.collect::<Result<Vec<Value>, _>>()?,
    })
    .to_string())
}
