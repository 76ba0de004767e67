//! The profile of a log in every format: the parts are made once, of text and tables, and written four ways.

mod parts;
mod sheet;
mod view;

pub use view::{HeadView, PartView, PlotView, ProfileView, SheetView, conclusion_json, profile_plot_json};

use crate::html::{json_for_script, plotly_js, title};
use crate::{Clock, Error, Style, csv, printable};
use askama::Template;
use bro_analysis::Profile;
use serde_json::{Map, Value, json};
use sheet::{Cell, Part};

/// The profile as one JSON object, for programs: its keys are the parts of the page, times are seconds since 1970,
/// shares run from 0 to 1, sizes are in bytes and durations in seconds.
///
/// | key | holds |
/// |---|---|
/// | `version`, `warnings` | of bro-ml; what the reader should know |
/// | `intake` | `kind` (`conn`, `http`), `n_records`, `n_rejected`, `sample`, `first`, `last`, `end`; `logs`, `quality`, `gaps` |
/// | `conclusions` | `conclusions` (severity, kind, reason, ends, evidence, query), `evidence`, `thresholds` |
/// | `columns` | `columns` (type, distinct, quantiles, top, why dropped), `missing` by protocol and state, or by method and class of the status |
/// | `boxes` | an array: Tukey's numbers of each number by each grouping column |
/// | `groups` | `by`, `n_groups`, `n_rest`; `rows` |
/// | `correlations` | an array of pairs: `proto` (`rows` of an http.log), `method` (`pearson`, `pearson_ln`, `spearman`), `one`, `other`, `r`, `n` |
/// | `behaviours`, `labels` | `classes`, `associations`, and `boxes` of labels; `labels` is empty without labels |
/// | `imputation` | an array: gaps by how they were filled, quartiles before and after, means and deviations |
/// | `activity` | `bin_seconds`; `bins`, `directions`, `talkers` |
/// | `bandwidth` | `bin_seconds`, `trend`; `rates` of all, directions, services and hosts; `hours` |
/// | `clusters` | `n`, `sample`, `eps`, `n_noise`; `kmeans`, `outliers`, `dbscan` |
/// | `repro` | `command`, `version`, `seed`, `by`, `limit` |
///
/// # Errors
/// [`Error::Json`] if a value cannot be written.
pub fn profile_json(found: &Profile, command: &str) -> Result<String, Error> {
    let mut object = Map::new();
    object.insert("version".to_owned(), json!(env!("CARGO_PKG_VERSION")));
    let clock = Clock::default();
    for part in parts::all(found, &clock, command) {
        object.insert(part.key.to_owned(), part.json());
    }
    let warnings: Vec<_> = found.warnings.iter().map(ToString::to_string).collect();
    object.insert("warnings".to_owned(), json!(warnings));
    Ok(serde_json::to_string_pretty(&Value::Object(object))?)
}

/// The parameters of a profile, as they were used.
///
/// # Errors
/// [`Error::Json`] if a value cannot be written.
pub fn profile_params_json(found: &Profile) -> Result<String, Error> {
    let params = &found.params;
    let thresholds: Map<_, _> = params
        .thresholds
        .of(found.kind)
        .into_iter()
        .map(|(name, value)| (name.to_owned(), json!(value)))
        .collect();
    let object = json!({
        "log_kind": found.kind.name(), "by": params.by, "sample": params.sample, "seed": params.seed,
        "label_column": params.label_column, "limit": params.limit, "thresholds": thresholds,
    });
    Ok(serde_json::to_string(&object)?)
}

/// The profile as CSV: one value a row, with its part, table, row (from 1) and field. Values are as in
/// [`profile_json`].
///
/// # Errors
/// [`Error::Csv`] if a row cannot be written.
pub fn profile_csv(found: &Profile, command: &str) -> Result<String, Error> {
    let parts = parts::all(found, &Clock::default(), command);
    let rows = parts.iter().flat_map(|part| {
        part.sheets.iter().flat_map(move |sheet| {
            sheet.rows.iter().enumerate().flat_map(move |(i, row)| {
                sheet.heads.iter().zip(row).map(move |(head, cell)| {
                    [
                        part.key.to_owned(),
                        sheet.key.to_owned(),
                        (i + 1).to_string(),
                        head.key.to_string(),
                        plain(cell),
                    ]
                })
            })
        })
    });
    csv::write(&["part", "table", "row", "field", "value"], rows)
}

fn plain(cell: &Cell) -> String {
    match cell.value() {
        Value::Null => String::new(),
        Value::String(text) => text,
        other => other.to_string(),
    }
}

/// The profile for a person at a terminal; long tables are cut, and say so.
#[must_use]
pub fn profile_table(found: &Profile, clock: &Clock, style: Style, command: &str) -> String {
    let mut out = String::new();
    for part in parts::all(found, clock, command) {
        out += &format!("{}\n", style.bold(&printable(&part.title)));
        for text in part.text.iter().chain(&part.warnings) {
            out += &format!("  {}\n", printable(text));
        }
        for sheet in part
            .sheets
            .iter()
            .filter(|sheet| sheet.is_shown && sheet.terminal_rows > 0 && !sheet.rows.is_empty())
        {
            if !sheet.title.is_empty() {
                out += &format!("\n  {}\n", printable(&sheet.title));
            }
            sheet.write(&mut out, clock);
        }
        out.push('\n');
    }
    out
}

/// One self-contained page with all parts of the profile; it opens without a network, and prints. `command` is shown as
/// the way to make it again.
///
/// # Errors
/// [`Error::Page`] or [`Error::Json`] if it cannot be rendered.
pub fn profile_html(found: &Profile, clock: &Clock, command: &str) -> Result<String, Error> {
    let page = Page {
        title: title(&found.intake.logs),
        warnings: found.warnings.iter().map(ToString::to_string).collect(),
        parts: parts::all(found, clock, command),
        clock,
        data: json_for_script(&parts::drawings(found, clock))?,
        plotly: plotly_js(),
    };
    Ok(page.render()?)
}

#[derive(Template)]
#[template(path = "profile.html")]
struct Page<'a> {
    title: String,
    warnings: Vec<String>,
    parts: Vec<Part>,
    clock: &'a Clock,
    data: String,
    plotly: &'static str,
}

impl Page<'_> {
    fn cell(&self, cell: &Cell) -> String {
        cell.show(self.clock)
    }

    /// What stands behind a row, if anything does.
    fn drill<'a>(&self, sheet: &'a sheet::Sheet, row: &usize) -> Option<&'a sheet::Sheet> {
        sheet.drill.get(*row).filter(|drill| !drill.rows.is_empty())
    }

    fn class(&self, cell: &Cell, is_number: &bool) -> &'static str {
        match cell {
            Cell::Long(_) => "reason",
            Cell::Code(_) => "query",
            _ if *is_number => "number",
            _ => "",
        }
    }

    fn is_code(&self, cell: &Cell) -> bool {
        matches!(cell, Cell::Code(_))
    }

    fn version(&self) -> &'static str {
        env!("CARGO_PKG_VERSION")
    }
}
