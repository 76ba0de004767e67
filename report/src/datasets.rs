use crate::{Clock, Error, Style, printable};
use bro_analysis::{bytes_in_words, count_in_words, duration_in_words};
use serde::Serialize;
use serde_json::{Map, Value};
use std::fmt::{self, Write};

/// An imported dataset, as far as it is shown; times are microseconds since 1970.
///
/// ```
/// use bro_report::{Clock, SavedDataset, Style, datasets_table};
/// let dataset = SavedDataset { name: "monday".into(), n_records: 8462, ..SavedDataset::default() };
/// assert!(datasets_table(&[dataset], &Clock::default(), Style::Plain).contains("8,462"));
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SavedDataset {
    /// Its name.
    pub name: String,
    /// When it was made.
    pub created_at: i64,
    /// Rows.
    pub n_records: u64,
    /// Rows that could not be read.
    pub n_rejected: u64,
    /// Rows of each kind of log; `None` where the log did not say.
    pub paths: Vec<(Option<String>, u64)>,
    /// Its logs.
    pub sources: Vec<SavedSource>,
}

/// A log of an imported dataset.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SavedSource {
    /// The path or name it was imported under.
    pub name: String,
    /// Decompressed bytes imported.
    pub n_bytes: u64,
    /// BLAKE3 hash of these bytes.
    pub hash: String,
    /// Rows.
    pub n_records: u64,
    /// Rows that could not be read.
    pub n_rejected: u64,
    /// The earliest `ts`.
    pub min_ts: Option<i64>,
    /// The latest `ts`.
    pub max_ts: Option<i64>,
    /// How far its import is: `complete`, `partial` or `truncated`.
    pub state: String,
    /// When it was last imported.
    pub imported_at: i64,
}

/// A row of a dataset that could not be read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SavedReject {
    /// The log.
    pub source: String,
    /// The line, from 1.
    pub line: u64,
    /// The byte, from 0.
    pub byte: u64,
    /// The word for what is wrong.
    pub reason: String,
    /// What is wrong.
    pub message: String,
    /// The row itself.
    pub raw: Vec<u8>,
}

/// What an import did.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Imported {
    /// The dataset.
    pub dataset: String,
    /// Rows added.
    pub n_records: u64,
    /// Rows set aside.
    pub n_rejected: u64,
    /// Logs that were new.
    pub n_new: u64,
    /// Logs of which a part was there.
    pub n_continued: u64,
    /// Logs that were there.
    pub n_unchanged: u64,
    /// Logs that are cut off.
    pub truncated: Vec<String>,
    /// Seconds, of which `indexing` to make indexes.
    pub duration: f64,
    /// Seconds spent on indexes.
    pub indexing: f64,
    /// Rows added in a second.
    pub rows_per_second: f64,
}

/// The datasets for a person at a terminal, a line each.
#[must_use]
pub fn datasets_table(datasets: &[SavedDataset], clock: &Clock, style: Style) -> String {
    if datasets.is_empty() {
        return "no datasets are here; bro-ml import LOG makes one\n".to_owned();
    }
    let (rows, bad) = ("rows", "rejected");
    let mut out =
        style.bold(&format!("{:<24}  {rows:>14}  {bad:>9}  {:>6}  kinds and times", "dataset", "logs"));
    out.push('\n');
    for dataset in datasets {
        let (rows, bad) = (count_in_words(dataset.n_records), count_in_words(dataset.n_rejected));
        let (name, logs) = (printable(&dataset.name), dataset.sources.len());
        let kinds: Vec<_> = dataset.paths.iter().map(|(path, _)| path_word(path.as_deref())).collect();
        let times =
            span(&dataset.sources).map_or_else(String::new, |span| format!("; {}", times(span, clock)));
        out += &format!("{name:<24}  {rows:>14}  {bad:>9}  {logs:>6}  {}{times}\n", kinds.join(", "));
    }
    out
}

/// A dataset with its logs for a person at a terminal.
#[must_use]
pub fn dataset_table(dataset: &SavedDataset, clock: &Clock, style: Style) -> String {
    let mut out = String::new();
    write_dataset(&mut out, dataset, clock, style).expect("writing to a string does not fail");
    out
}

fn write_dataset(out: &mut String, dataset: &SavedDataset, clock: &Clock, style: Style) -> fmt::Result {
    let (rows, bad) = (count_in_words(dataset.n_records), count_in_words(dataset.n_rejected));
    let title = format!("{}: {rows} rows, {bad} rejected", printable(&dataset.name));
    writeln!(out, "{}", style.bold(&title))?;
    writeln!(out, "made {}", clock.show(dataset.created_at))?;
    for (path, n_rows) in &dataset.paths {
        writeln!(out, "{:>14}  {}", count_in_words(*n_rows), path_word(path.as_deref()))?;
    }
    for source in &dataset.sources {
        let (name, state) = (printable(&source.name), printable(&source.state));
        let (rows, bytes) = (count_in_words(source.n_records), bytes_in_words(source.n_bytes as f64));
        writeln!(
            out,
            "{name}\n    {rows} rows, {} rejected, {bytes}, {state}",
            count_in_words(source.n_rejected)
        )?;
        if let (Some(first), Some(last)) = (source.min_ts, source.max_ts) {
            writeln!(out, "    {}", times((first, last), clock))?;
        }
        writeln!(out, "    imported {}, BLAKE3 {}", clock.show(source.imported_at), printable(&source.hash))?;
    }
    Ok(())
}

fn path_word(path: Option<&str>) -> String {
    path.map_or_else(|| "(no path)".to_owned(), |path| printable(path).into_owned())
}

fn span(sources: &[SavedSource]) -> Option<(i64, i64)> {
    let first = sources.iter().filter_map(|source| source.min_ts).min()?;
    Some((first, sources.iter().filter_map(|source| source.max_ts).max()?))
}

fn times((first, last): (i64, i64), clock: &Clock) -> String {
    format!("{} to {}", clock.show(first), clock.show(last))
}

/// The datasets as a JSON array.
///
/// # Errors
/// [`Error::Json`] if a value cannot be written.
pub fn datasets_json(datasets: &[SavedDataset]) -> Result<String, Error> {
    Ok(serde_json::to_string_pretty(&datasets.iter().map(DatasetFacts::of).collect::<Vec<_>>())?)
}

/// A dataset with its logs as a JSON object.
///
/// # Errors
/// [`Error::Json`] if a value cannot be written.
pub fn dataset_json(dataset: &SavedDataset) -> Result<String, Error> {
    Ok(serde_json::to_string_pretty(&DatasetFacts::of(dataset))?)
}

/// The logs of datasets as CSV with a header, a row each.
///
/// # Errors
/// [`Error::Csv`] if a row cannot be written.
pub fn datasets_csv(datasets: &[SavedDataset], clock: &Clock) -> Result<String, Error> {
    let header = [
        "dataset",
        "log",
        "n_records",
        "n_rejected",
        "n_bytes",
        "min_ts",
        "max_ts",
        "state",
        "imported_at",
        "blake3",
    ];
    let time = |time: Option<i64>| time.map(|time| clock.show(time)).unwrap_or_default();
    let rows = datasets.iter().flat_map(|dataset| {
        dataset.sources.iter().map(move |source| {
            [
                dataset.name.clone(),
                source.name.clone(),
                source.n_records.to_string(),
                source.n_rejected.to_string(),
                source.n_bytes.to_string(),
                time(source.min_ts),
                time(source.max_ts),
                source.state.clone(),
                clock.show(source.imported_at),
                source.hash.clone(),
            ]
        })
    });
    crate::csv::write(&header, rows)
}

/// What could not be read, for a person at a terminal.
#[must_use]
pub fn rejects_table(rejects: &[SavedReject], style: Style) -> String {
    if rejects.is_empty() {
        return "every row could be read\n".to_owned();
    }
    let mut out = String::new();
    for reject in rejects {
        let place = format!("{}, line {}, byte {}", reject.source, reject.line, reject.byte);
        out += &style.bold(&printable(&place));
        out += &format!("\n    {}\n    {}\n", printable(&reject.message), printable(&text(&reject.raw)));
    }
    out
}

/// What could not be read, as a JSON array; bytes that are no printable ASCII stand as `\xhh`.
///
/// # Errors
/// [`Error::Json`] if a value cannot be written.
pub fn rejects_json(rejects: &[SavedReject]) -> Result<String, Error> {
    let object = |reject: &SavedReject| {
        serde_json::json!({
            "source": reject.source, "line": reject.line, "byte": reject.byte, "reason": reject.reason,
            "message": reject.message, "raw": text(&reject.raw),
        })
    };
    Ok(serde_json::to_string_pretty(&rejects.iter().map(object).collect::<Vec<_>>())?)
}

/// What could not be read, as CSV with a header.
///
/// # Errors
/// [`Error::Csv`] if a row cannot be written.
pub fn rejects_csv(rejects: &[SavedReject]) -> Result<String, Error> {
    let row = |reject: &SavedReject| {
        let (line, byte) = (reject.line.to_string(), reject.byte.to_string());
        [reject.source.clone(), line, byte, reject.reason.clone(), reject.message.clone(), text(&reject.raw)]
    };
    crate::csv::write(&["source", "line", "byte", "reason", "message", "raw"], rejects.iter().map(row))
}

fn text(raw: &[u8]) -> String {
    raw.escape_ascii().to_string()
}

/// A row of a log as cells, the field's name with each.
pub type Cells = Vec<(String, String)>;

/// Rows of one kind of log for a person at a terminal: a line for the names, one for each row. A row with other fields
/// than the one above gets a line of names again.
#[must_use]
pub fn rows_table(rows: &[Cells], style: Style) -> String {
    if rows.is_empty() {
        return "no rows\n".to_owned();
    }
    let mut out = String::new();
    for table in rows.chunk_by(|one, two| names(one).eq(names(two))) {
        let width = |column: usize| {
            let cells = table.iter().map(|row| printable(&row[column].1).chars().count());
            cells.max().unwrap_or(0).max(table[0][column].0.chars().count()).min(MAX_WIDTH)
        };
        let widths: Vec<_> = (0..table[0].len()).map(width).collect();
        out += &style.bold(line(&widths, names(&table[0])).trim_end());
        out.push('\n');
        for row in table {
            out += line(&widths, row.iter().map(|(_, cell)| cell.as_str())).trim_end();
            out.push('\n');
        }
    }
    out
}

/// Longer cells push what stands behind them aside.
const MAX_WIDTH: usize = 40;

fn names(row: &Cells) -> impl Iterator<Item = &str> {
    row.iter().map(|(name, _)| name.as_str())
}

fn line<'a>(widths: &[usize], cells: impl Iterator<Item = &'a str>) -> String {
    widths.iter().zip(cells).map(|(width, cell)| format!("{:<width$}  ", printable(cell))).collect()
}

/// Rows of a log as a JSON object with the array `rows` and the place `next` to go on at, null after the last.
///
/// # Errors
/// [`Error::Json`] if a value cannot be written.
pub fn rows_json(rows: &[Cells], next: Option<i64>) -> Result<String, Error> {
    let object = |row: &Cells| {
        row.iter().map(|(name, cell)| (name.clone(), Value::from(cell.clone()))).collect::<Map<_, _>>()
    };
    let rows: Vec<_> = rows.iter().map(object).collect();
    Ok(serde_json::to_string_pretty(&serde_json::json!({ "rows": rows, "next": next }))?)
}

/// Rows of a log as CSV: a header of all their fields, empty cells where a row lacks one.
///
/// # Errors
/// [`Error::Csv`] if a row cannot be written.
pub fn rows_csv(rows: &[Cells]) -> Result<String, Error> {
    let mut fields: Vec<&str> = Vec::new();
    for name in rows.iter().flat_map(names) {
        if !fields.contains(&name) {
            fields.push(name);
        }
    }
    let cell = |row: &Cells, field: &str| {
        row.iter().find(|(name, _)| name == field).map(|(_, cell)| cell.clone()).unwrap_or_default()
    };
    crate::csv::write(
        &fields,
        rows.iter().map(|row| fields.iter().map(|field| cell(row, field)).collect::<Vec<_>>()),
    )
}

/// What an import did, for a person at a terminal.
#[must_use]
pub fn imported_table(imported: &Imported) -> String {
    let mut out = format!(
        "dataset {}: {} rows added",
        printable(&imported.dataset),
        count_in_words(imported.n_records)
    );
    if imported.n_rejected > 0 {
        out += &format!(", {} could not be read and are kept aside", count_in_words(imported.n_rejected));
    }
    let logs =
        [(imported.n_new, "new"), (imported.n_continued, "continued"), (imported.n_unchanged, "unchanged")];
    let logs: Vec<_> = logs
        .iter()
        .filter(|(n, _)| *n > 0)
        .map(|(n, word)| format!("{} {word}", count_in_words(*n)))
        .collect();
    out += &format!("; logs: {}\n", logs.join(", "));
    let took = duration_in_words(imported.duration);
    if imported.n_records > 0 {
        let rate = count_in_words(imported.rows_per_second as u64);
        out += &format!("{took}, {rate} rows a second; indexes {}\n", duration_in_words(imported.indexing));
    }
    for log in &imported.truncated {
        out += &format!("{} is cut off; its whole rows were imported\n", printable(log));
    }
    out
}

/// What an import did, as a JSON object.
///
/// # Errors
/// [`Error::Json`] if a value cannot be written.
pub fn imported_json(imported: &Imported) -> Result<String, Error> {
    Ok(serde_json::to_string_pretty(&imported_value(imported))?)
}

/// What an import did, as CSV with a header and one row.
///
/// # Errors
/// [`Error::Csv`] if a row cannot be written.
pub fn imported_csv(imported: &Imported) -> Result<String, Error> {
    let facts = imported_value(imported);
    let facts = facts.as_object().into_iter().flatten().filter(|(_, value)| !value.is_array());
    let (names, values): (Vec<_>, Vec<_>) = facts
        .map(|(name, value)| (name.as_str(), value.as_str().map_or_else(|| value.to_string(), str::to_owned)))
        .unzip();
    crate::csv::write(&names, std::iter::once(values))
}

fn imported_value(imported: &Imported) -> Value {
    serde_json::json!({
        "dataset": imported.dataset,
        "n_records": imported.n_records,
        "n_rejected": imported.n_rejected,
        "n_new": imported.n_new,
        "n_continued": imported.n_continued,
        "n_unchanged": imported.n_unchanged,
        "truncated": imported.truncated,
        "duration": imported.duration,
        "indexing": imported.indexing,
        "rows_per_second": imported.rows_per_second,
    })
}

#[derive(Serialize)]
struct DatasetFacts<'a> {
    name: &'a str,
    created_at: f64,
    n_records: u64,
    n_rejected: u64,
    paths: Vec<PathFacts<'a>>,
    sources: Vec<SourceFacts<'a>>,
}

#[derive(Serialize)]
struct PathFacts<'a> {
    path: Option<&'a str>,
    n_records: u64,
}

#[derive(Serialize)]
struct SourceFacts<'a> {
    name: &'a str,
    n_bytes: u64,
    blake3: &'a str,
    n_records: u64,
    n_rejected: u64,
    min_ts: Option<f64>,
    max_ts: Option<f64>,
    state: &'a str,
    imported_at: f64,
}

fn seconds(micros: i64) -> f64 {
    micros as f64 / 1e6
}

impl<'a> DatasetFacts<'a> {
    fn of(dataset: &'a SavedDataset) -> Self {
        let paths = dataset.paths.iter();
        Self {
            name: &dataset.name,
            created_at: seconds(dataset.created_at),
            n_records: dataset.n_records,
            n_rejected: dataset.n_rejected,
            paths: paths
                .map(|(path, n_records)| PathFacts { path: path.as_deref(), n_records: *n_records })
                .collect(),
            sources: dataset.sources.iter().map(SourceFacts::of).collect(),
        }
    }
}

impl<'a> SourceFacts<'a> {
    fn of(source: &'a SavedSource) -> Self {
        Self {
            name: &source.name,
            n_bytes: source.n_bytes,
            blake3: &source.hash,
            n_records: source.n_records,
            n_rejected: source.n_rejected,
            min_ts: source.min_ts.map(seconds),
            max_ts: source.max_ts.map(seconds),
            state: &source.state,
            imported_at: seconds(source.imported_at),
        }
    }
}
