use crate::{Clock, Error, Style, printable};
use bro_analysis::{
    Capture, Check, CheckedBlock, CheckedLog, TimeSpan, count_in_words, duration_in_words, share_in_words,
};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::{self, Write};

/// Logs of which each block's fields are listed in a table; of more, only their number is told.
const MOST_LOGS_WITH_FIELDS: usize = 4;

/// Columns of a list of fields.
const WIDTH: usize = 110;

/// What is in the logs, for a person at a terminal.
#[must_use]
pub fn check_table(found: &Check, clock: &Clock, style: Style) -> String {
    let mut out = String::new();
    write_table(&mut out, found, clock, style).expect("writing to a string does not fail");
    out
}

fn write_table(out: &mut String, found: &Check, clock: &Clock, style: Style) -> fmt::Result {
    let has_fields = found.logs.len() <= MOST_LOGS_WITH_FIELDS;
    for log in &found.logs {
        write_log(out, log, clock, style, has_fields)?;
    }
    if found.logs.len() > 1 {
        write_total(out, found, clock, style)?;
    }
    Ok(())
}

fn write_total(out: &mut String, found: &Check, clock: &Clock, style: Style) -> fmt::Result {
    let (n_logs, n_rows) = (count_in_words(found.logs.len() as u64), count_in_words(found.n_rows()));
    let n_unread = found.logs.iter().filter(|log| log.failure.is_some()).count() as u64;
    let unread = if n_unread > 0 {
        format!(", {} not read to their end", count_in_words(n_unread))
    } else {
        String::new()
    };
    writeln!(
        out,
        "{}",
        style.bold(&format!("{n_logs} logs{unread}: {n_rows} rows{}", aside(found.n_rejected())))
    )?;
    for (path, n_rows) in found.paths() {
        writeln!(out, "  {:<24} {:>14} rows", printable(path), count_in_words(n_rows))?;
    }
    write_span(out, found.span(), clock)?;
    if !found.rejected().is_empty() {
        let reasons: Vec<_> =
            found.rejected().iter().map(|(reason, n)| format!("{reason} {}", count_in_words(*n))).collect();
        writeln!(out, "  set aside: {}", reasons.join(", "))?;
    }
    write_capture(out, found.capture())
}

/// What to say of rows set aside.
fn aside(n_rejected: u64) -> String {
    if n_rejected == 0 { String::new() } else { format!(", {} set aside", count_in_words(n_rejected)) }
}

fn write_log(
    out: &mut String,
    log: &CheckedLog,
    clock: &Clock,
    style: Style,
    has_fields: bool,
) -> fmt::Result {
    let name = printable(&log.name);
    if let (Some(failure), true) = (&log.failure, log.blocks.is_empty()) {
        return writeln!(out, "{}: {}", style.bold(&name), printable(&failure.error.to_string()));
    }
    let counts = format!("{} rows{}", count_in_words(log.n_rows()), aside(log.n_rejected()));
    writeln!(out, "{}", style.bold(&format!("{name}: {counts}")))?;
    write_span(out, log.span(), clock)?;
    write_blocks(out, &log.blocks, has_fields)?;
    write_capture(out, log.capture())?;
    for warning in log.warnings.iter() {
        writeln!(out, "  note: {}", warning.meaning())?;
    }
    for reason in log.reasons() {
        writeln!(out, "  {} rows set aside: {}", count_in_words(reason.n_rows), reason.code)?;
        for (_, message) in reason.examples {
            writeln!(out, "    {}", printable(&message))?;
        }
    }
    if let Some(failure) = &log.failure {
        writeln!(out, "  error: {}", printable(&failure.error.to_string()))?;
    }
    Ok(())
}

fn write_span(out: &mut String, span: Option<TimeSpan>, clock: &Clock) -> fmt::Result {
    let Some(TimeSpan { first, last }) = span else { return Ok(()) };
    let length = duration_in_words(last.seconds() - first.seconds());
    writeln!(out, "  from {} to {} ({length})", clock.show(first.micros()), clock.show(last.micros()))
}

/// The blocks, those that follow one another and are alike in one line.
fn write_blocks(out: &mut String, blocks: &[CheckedBlock], has_fields: bool) -> fmt::Result {
    let is_alike = |one: &CheckedBlock, other: &CheckedBlock| {
        one.header.path() == other.header.path() && one.header.schema() == other.header.schema()
    };
    for alike in blocks.chunk_by(is_alike) {
        let (first, n_headers) = (&alike[0], alike.iter().map(|block| block.n_headers).sum());
        let n_rows = alike.iter().map(|block| block.n_rows).sum();
        write_block(out, first, n_headers, n_rows, has_fields)?;
    }
    Ok(())
}

fn write_block(
    out: &mut String,
    block: &CheckedBlock,
    n_headers: u64,
    n_rows: u64,
    has_fields: bool,
) -> fmt::Result {
    let path = printable(block.header.path().unwrap_or("no path"));
    let (n_fields, n_rows) = (block.fields().len(), count_in_words(n_rows));
    write!(out, "  line {}: {path}", block.header.position().line)?;
    if block.is_json() {
        write!(out, ", JSON")?;
    }
    if let Some(versions) = block.versions {
        write!(out, ", Zeek {versions}")?;
    }
    write!(out, ", {n_fields} fields, {n_rows} rows")?;
    if n_headers > 1 {
        write!(out, " under {} headers", count_in_words(n_headers))?;
    }
    writeln!(out)?;
    if has_fields { write_fields(out, block) } else { Ok(()) }
}

fn write_fields(out: &mut String, block: &CheckedBlock) -> fmt::Result {
    let mut line = String::new();
    for (name, ty) in block.fields() {
        let field = format!(" {}:{}", printable(name), printable(ty));
        if !line.is_empty() && line.chars().count() + field.chars().count() > WIDTH {
            writeln!(out, "   {line}")?;
            line.clear();
        }
        line += &field;
    }
    writeln!(out, "   {line}")
}

fn write_capture(out: &mut String, capture: Option<Capture>) -> fmt::Result {
    let Some(capture) = capture.filter(|capture| capture.n_conns > 0) else { return Ok(()) };
    writeln!(
        out,
        "  capture: missed {} of the payload; {} of TCP is OTH; bad checksums in {}, gaps in {}, turned round {} of \
         the connections",
        share_in_words(capture.missed_share()),
        share_in_words(capture.oth_share()),
        share_in_words(capture.checksum_share()),
        share_in_words(capture.gap_share()),
        share_in_words(capture.flipped_share()),
    )?;
    for hint in capture.hints() {
        writeln!(out, "  hint: {hint}")?;
    }
    Ok(())
}

/// What is in the logs as one JSON object; times are seconds since 1970.
///
/// `rows` and `rejected` are numbers of rows, `paths` maps each path to its rows, `blocks` lists each header with its
/// rows, `logs` tells of each log what is odd about it.
///
/// # Errors
/// [`Error::Json`] if a value cannot be written.
pub fn check_json(found: &Check) -> Result<String, Error> {
    Ok(serde_json::to_string_pretty(&Object::of(found))?)
}

#[derive(Serialize)]
struct Object<'a> {
    version: &'static str,
    rows: u64,
    rejected: u64,
    rejects: BTreeMap<&'static str, u64>,
    paths: BTreeMap<&'a str, u64>,
    #[serde(flatten)]
    span: Span,
    capture: Option<CaptureFacts>,
    hints: Vec<String>,
    blocks: Vec<Block<'a>>,
    logs: Vec<Log<'a>>,
}

impl<'a> Object<'a> {
    fn of(found: &'a Check) -> Self {
        let blocks = found.logs.iter().flat_map(|log| log.blocks.iter().map(|block| Block::of(log, block)));
        Self {
            version: env!("CARGO_PKG_VERSION"),
            rows: found.n_rows(),
            rejected: found.n_rejected(),
            rejects: found.rejected(),
            paths: found.paths(),
            span: Span::of(found.span()),
            capture: found.capture().map(CaptureFacts::of),
            hints: hints(found.capture()),
            blocks: blocks.collect(),
            logs: found.logs.iter().map(Log::of).collect(),
        }
    }
}

fn hints(capture: Option<Capture>) -> Vec<String> {
    capture.iter().flat_map(Capture::hints).map(|hint| hint.to_string()).collect()
}

#[derive(Serialize)]
struct Span {
    first_ts: Option<f64>,
    last_ts: Option<f64>,
}

impl Span {
    fn of(span: Option<TimeSpan>) -> Self {
        Self {
            first_ts: span.map(|span| span.first.seconds()),
            last_ts: span.map(|span| span.last.seconds()),
        }
    }
}

#[derive(Serialize)]
struct CaptureFacts {
    connections: u64,
    tcp: u64,
    tcp_oth: u64,
    bad_checksum: u64,
    gaps: u64,
    flipped: u64,
    missed_bytes: u64,
    payload_bytes: u64,
}

impl CaptureFacts {
    fn of(capture: Capture) -> Self {
        Self {
            connections: capture.n_conns,
            tcp: capture.n_tcp,
            tcp_oth: capture.n_tcp_oth,
            bad_checksum: capture.n_bad_checksum,
            gaps: capture.n_gaps,
            flipped: capture.n_flipped,
            missed_bytes: capture.missed_bytes,
            payload_bytes: capture.payload_bytes,
        }
    }
}

#[derive(Serialize)]
struct Block<'a> {
    log: &'a str,
    line: u64,
    path: Option<&'a str>,
    format: &'static str,
    zeek: Option<String>,
    headers: u64,
    rows: u64,
    rejected: u64,
    #[serde(flatten)]
    span: Span,
    fields: Vec<Field<'a>>,
}

#[derive(Serialize)]
struct Field<'a> {
    name: &'a str,
    #[serde(rename = "type")]
    ty: &'a str,
}

impl<'a> Block<'a> {
    fn of(log: &'a CheckedLog, block: &'a CheckedBlock) -> Self {
        Self {
            log: &log.name,
            line: block.header.position().line,
            path: block.header.path(),
            format: format_of(block),
            zeek: block.versions.map(|versions| versions.to_string()),
            headers: block.n_headers,
            rows: block.n_rows,
            rejected: block.n_rejected,
            span: Span::of(block.span),
            fields: block.fields().map(|(name, ty)| Field { name, ty }).collect(),
        }
    }
}

fn format_of(block: &CheckedBlock) -> &'static str {
    if block.is_json() { "json" } else { "tsv" }
}

#[derive(Serialize)]
struct Log<'a> {
    name: &'a str,
    rows: u64,
    rejected: u64,
    rejects: Vec<Rejected>,
    warnings: Vec<&'static str>,
    hints: Vec<String>,
    error: Option<Failed>,
}

#[derive(Serialize)]
struct Rejected {
    reason: &'static str,
    rows: u64,
    examples: Vec<Example>,
}

#[derive(Serialize)]
struct Example {
    line: u64,
    byte: u64,
    message: String,
}

#[derive(Serialize)]
struct Failed {
    code: &'static str,
    message: String,
}

impl<'a> Log<'a> {
    fn of(log: &'a CheckedLog) -> Self {
        let rejected = |reason: bro_analysis::Reason| Rejected {
            reason: reason.code,
            rows: reason.n_rows,
            examples: reason
                .examples
                .into_iter()
                .map(|(at, message)| Example { line: at.line, byte: at.byte, message })
                .collect(),
        };
        Self {
            name: &log.name,
            rows: log.n_rows(),
            rejected: log.n_rejected(),
            rejects: log.reasons().into_iter().map(rejected).collect(),
            warnings: log.warnings.iter().map(|warning| warning.code()).collect(),
            hints: hints(log.capture()),
            error: log
                .failure
                .as_ref()
                .map(|failure| Failed { code: failure.error.code(), message: failure.error.to_string() }),
        }
    }
}

/// The blocks as CSV with a header, a row each; times are in the clock's zone.
///
/// # Errors
/// [`Error::Csv`] if a row cannot be written.
pub fn check_csv(found: &Check, clock: &Clock) -> Result<String, Error> {
    let header =
        ["log", "line", "path", "format", "zeek", "headers", "rows", "rejected", "first", "last", "fields"];
    let blocks = found.logs.iter().flat_map(|log| log.blocks.iter().map(move |block| (log, block)));
    let rows = blocks.map(|(log, block)| {
        let names: Vec<_> = block.fields().map(|(name, _)| name).collect();
        [
            log.name.clone(),
            block.header.position().line.to_string(),
            block.header.path().unwrap_or_default().to_owned(),
            format_of(block).to_owned(),
            block.versions.map(|versions| versions.to_string()).unwrap_or_default(),
            block.n_headers.to_string(),
            block.n_rows.to_string(),
            block.n_rejected.to_string(),
            block.span.map(|span| clock.show(span.first.micros())).unwrap_or_default(),
            block.span.map(|span| clock.show(span.last.micros())).unwrap_or_default(),
            names.join(" "),
        ]
    });
    crate::csv::write(&header, rows)
}
