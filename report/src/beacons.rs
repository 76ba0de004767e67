//! Beacons as tables, JSON and CSV.

use crate::html::{json_for_script, plotly_js};
use crate::{Clock, Error, Style, csv, printable};
use askama::Template;
use bro_analysis::{
    Bars, BeaconPair, BeaconSeverity, Beacons, Evidence, Explained, ScorePart, bytes_in_words,
    count_in_words, duration_in_words,
};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::{self, Write};

/// The pairs as one JSON object, for programs: `pairs`, the best first; times are seconds since 1970.
///
/// # Errors
/// [`Error::Json`] if a value cannot be written.
pub fn beacons_json(found: &Beacons) -> Result<String, Error> {
    Ok(serde_json::to_string_pretty(&Object::of(found))?)
}

/// [`beacons_json`] without the pairs; each of them is a [`beacon_pair_json`].
///
/// # Errors
/// [`Error::Json`] if a value cannot be written.
pub fn beacons_summary_json(found: &Beacons) -> Result<String, Error> {
    Ok(serde_json::to_string(&Object { pairs: None, ..Object::of(found) })?)
}

/// What the plots of the pairs that were drawn show, as JSON: `pairs`, by rank.
///
/// # Errors
/// [`Error::Json`] if a value cannot be written.
pub fn beacons_plot_json(found: &Beacons) -> Result<String, Error> {
    #[derive(Serialize)]
    struct Drawings<'a> {
        pairs: Vec<Drawing<'a>>,
    }
    Ok(serde_json::to_string(&Drawings { pairs: found.drawn.iter().map(Drawing::of).collect() })?)
}

/// One pair as it stands in [`beacons_json`].
///
/// # Errors
/// [`Error::Json`] if a value cannot be written.
pub fn beacon_pair_json(pair: &BeaconPair, logs: &[String]) -> Result<String, Error> {
    Ok(serde_json::to_string(&PairFacts::of(pair, logs))?)
}

#[derive(Serialize)]
struct Object<'a> {
    version: &'static str,
    logs: &'a [String],
    n_rows: u64,
    n_rejected: u64,
    rows_by_log: BTreeMap<&'static str, u64>,
    n_followed_lookups: u64,
    n_pairs: u64,
    n_scored: u64,
    n_sources: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    pairs: Option<Vec<PairFacts<'a>>>,
    warnings: Vec<String>,
}

impl<'a> Object<'a> {
    fn of(found: &'a Beacons) -> Self {
        let counts = &found.intake.counts;
        Self {
            version: env!("CARGO_PKG_VERSION"),
            logs: &found.intake.logs,
            n_rows: found.intake.n_rows,
            n_rejected: found.intake.n_rejected,
            rows_by_log: ["http", "ssl", "dns", "conn"].into_iter().zip(counts.n_rows).collect(),
            n_followed_lookups: counts.n_followed_lookups,
            n_pairs: found.n_pairs,
            n_scored: found.n_scored,
            n_sources: found.n_sources,
            pairs: Some(found.pairs.iter().map(|pair| PairFacts::of(pair, &found.intake.logs)).collect()),
            warnings: found.warnings.iter().map(ToString::to_string).collect(),
        }
    }
}

#[derive(Serialize)]
struct PairFacts<'a> {
    rank: usize,
    #[serde(rename = "id.orig_h")]
    id_orig_h: &'a str,
    peer: &'a str,
    #[serde(rename = "id.resp_h")]
    id_resp_h: &'a str,
    #[serde(rename = "id.resp_p")]
    id_resp_p: u16,
    score: f64,
    severity: &'static str,
    benign_reason: Option<&'a str>,
    plain_score: f64,
    parts: BTreeMap<&'static str, PartFacts>,
    features: BTreeMap<&'static str, f64>,
    evidence: EvidenceFacts<'a>,
}

#[derive(Serialize)]
struct PartFacts {
    value: f64,
    contribution: f64,
}

#[derive(Serialize)]
struct EvidenceFacts<'a> {
    reason: &'a str,
    log: &'static str,
    service: &'a str,
    n: u64,
    first: f64,
    last: f64,
    span: f64,
    period: f64,
    jitter: f64,
    missing: f64,
    median_gap: f64,
    coherence: f64,
    orig_bytes: u64,
    resp_bytes: u64,
    n_sources: usize,
    siblings: &'a [String],
    user_agent: Option<&'a str>,
    is_exact: bool,
    rows: Vec<RowFacts<'a>>,
}

#[derive(Serialize)]
struct RowFacts<'a> {
    ts: f64,
    uid: &'a str,
    log: &'a str,
    byte: u64,
}

impl<'a> PairFacts<'a> {
    fn of(pair: &'a BeaconPair, logs: &'a [String]) -> Self {
        let fact =
            |part: &ScorePart| (part.name, PartFacts { value: part.value, contribution: part.contribution });
        Self {
            rank: pair.rank,
            id_orig_h: &pair.id_orig_h,
            peer: &pair.peer,
            id_resp_h: &pair.id_resp_h,
            id_resp_p: pair.id_resp_p,
            score: pair.score,
            severity: pair.severity.name(),
            benign_reason: pair.benign_reason.as_deref(),
            plain_score: pair.plain_score,
            parts: pair.parts.iter().map(fact).collect(),
            features: pair.features.iter().copied().collect(),
            evidence: EvidenceFacts::of(&pair.evidence, logs),
        }
    }
}

impl<'a> EvidenceFacts<'a> {
    fn of(evidence: &'a Evidence, logs: &'a [String]) -> Self {
        let seconds = |micros: i64| micros as f64 / 1e6;
        let rows = evidence.rows.iter().map(|row| RowFacts {
            ts: seconds(row.ts),
            uid: &row.uid,
            log: logs.get(row.source_idx).map_or("", String::as_str),
            byte: row.byte,
        });
        let timing = &evidence.timing;
        Self {
            reason: &evidence.reason,
            log: evidence.log,
            service: &evidence.service,
            n: timing.n,
            first: seconds(evidence.first),
            last: seconds(evidence.last),
            span: timing.span,
            period: timing.period,
            jitter: evidence.jitter,
            missing: timing.missing,
            median_gap: timing.median_gap,
            coherence: timing.coherence,
            orig_bytes: evidence.orig_bytes,
            resp_bytes: evidence.resp_bytes,
            n_sources: evidence.n_sources,
            siblings: &evidence.siblings,
            user_agent: evidence.user_agent.as_deref(),
            is_exact: evidence.is_exact,
            rows: rows.collect(),
        }
    }
}

const COLUMNS: [&str; 20] = [
    "rank",
    "score",
    "severity",
    "id.orig_h",
    "peer",
    "id.resp_h",
    "id.resp_p",
    "benign_reason",
    "plain_score",
    "reason",
    "log",
    "service",
    "n",
    "period",
    "jitter",
    "missing",
    "first",
    "last",
    "orig_bytes",
    "resp_bytes",
];

/// The pairs as CSV with a header, a row each; times are in the clock's zone.
///
/// Text that a spreadsheet would take for a formula gets an apostrophe in front.
///
/// # Errors
/// [`Error::Csv`] if a row cannot be written.
pub fn beacons_csv(found: &Beacons, clock: &Clock) -> Result<String, Error> {
    csv::write(&COLUMNS, found.pairs.iter().map(|pair| cells(pair, clock)))
}

fn cells(pair: &BeaconPair, clock: &Clock) -> [String; COLUMNS.len()] {
    let Evidence { reason, log, service, timing, jitter, first, last, orig_bytes, resp_bytes, .. } =
        &pair.evidence;
    [
        pair.rank.to_string(),
        pair.score.to_string(),
        pair.severity.name().to_owned(),
        pair.id_orig_h.clone(),
        pair.peer.clone(),
        pair.id_resp_h.clone(),
        pair.id_resp_p.to_string(),
        pair.benign_reason.clone().unwrap_or_default(),
        pair.plain_score.to_string(),
        reason.clone(),
        (*log).to_owned(),
        service.clone(),
        timing.n.to_string(),
        timing.period.to_string(),
        jitter.to_string(),
        timing.missing.to_string(),
        clock.show(*first),
        clock.show(*last),
        orig_bytes.to_string(),
        resp_bytes.to_string(),
    ]
}

/// The pairs for a person at a terminal; at most `limit` of them (0: all that are described), and it says so.
#[must_use]
pub fn beacons_table(found: &Beacons, clock: &Clock, style: Style, limit: usize) -> String {
    let mut out = String::new();
    write_table(&mut out, found, clock, style, limit).expect("writing to a string does not fail");
    out
}

fn write_table(out: &mut String, found: &Beacons, clock: &Clock, style: Style, limit: usize) -> fmt::Result {
    let n_shown = if limit == 0 { found.pairs.len() } else { limit.min(found.pairs.len()) };
    let rows = count_in_words(found.intake.n_rows);
    let (pairs, scored) = (count_in_words(found.n_pairs), count_in_words(found.n_scored));
    let title =
        format!("{rows} rows, {pairs} pairs of {} originators; {scored} with enough events", found.n_sources);
    writeln!(out, "{}", style.bold(&title))?;
    for severity in [BeaconSeverity::High, BeaconSeverity::Medium, BeaconSeverity::Low] {
        let n = found.pairs.iter().filter(|pair| pair.severity == severity).count();
        write!(out, "{}{n} {}", if severity == BeaconSeverity::High { "" } else { ", " }, severity.name())?;
    }
    writeln!(out)?;
    for pair in &found.pairs[..n_shown] {
        write_pair(out, pair, clock, style)?;
    }
    if let Some(explained) = &found.explained {
        write_explained(out, explained, clock, style)?;
    }
    if n_shown < found.pairs.len() {
        writeln!(
            out,
            "\n{n_shown} of {} pairs shown; --limit N shows more",
            count_in_words(found.pairs.len() as u64)
        )?;
    }
    Ok(())
}

fn write_pair(out: &mut String, pair: &BeaconPair, clock: &Clock, style: Style) -> fmt::Result {
    let line = format!(
        "\n{:>4}  {:.3} {:<6}  {} → {}:{}",
        pair.rank,
        pair.score,
        pair.severity.name(),
        pair.id_orig_h,
        printable(&pair.peer),
        pair.id_resp_p
    );
    writeln!(out, "{}", style.bold(&line))?;
    let evidence = &pair.evidence;
    writeln!(out, "      {}", evidence.reason)?;
    if let Some(reason) = &pair.benign_reason {
        writeln!(out, "      probably harmless: {}", printable(reason))?;
    }
    let bytes = [evidence.orig_bytes, evidence.resp_bytes].map(|bytes| bytes_in_words(bytes as f64));
    let agent =
        evidence.user_agent.as_deref().map(|agent| format!("; {}", printable(agent))).unwrap_or_default();
    writeln!(
        out,
        "      {} to {}; sent {}, received {}; {}{agent}",
        clock.show(evidence.first),
        clock.show(evidence.last),
        bytes[0],
        bytes[1],
        printable(&evidence.service),
    )?;
    writeln!(out, "      plain score {:.3}: {}", pair.plain_score, parts_in_words(&pair.parts))
}

/// The drawings of a pair, in blocks.
fn write_explained(out: &mut String, explained: &Explained, clock: &Clock, style: Style) -> fmt::Result {
    let Explained { pair, gaps, timeline, phases, .. } = explained;
    let title = format!("\n{} → {}, rank {}", pair.id_orig_h, printable(&pair.peer), pair.rank);
    writeln!(out, "{}", style.bold(&title))?;
    let end = gaps.step * gaps.counts.len() as f64;
    writeln!(out, "  gaps      {}  0 s to {}", blocks(&gaps.counts), duration_in_words(end))?;
    let evidence = &pair.evidence;
    let (first, last) = (clock.show(evidence.first), clock.show(evidence.last));
    writeln!(out, "  timeline  {}  {first} to {last}", blocks(&timeline.counts))?;
    let period = duration_in_words(evidence.timing.period);
    writeln!(out, "  phase     {}  folded by {period}", blocks(&phases.counts))
}

/// Bars as blocks of eight heights; an empty bar is a blank.
fn blocks(counts: &[u64]) -> String {
    const BLOCKS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let most = counts.iter().max().copied().unwrap_or(0).max(1) as f64;
    counts.iter().map(|&count| BLOCKS[(count as f64 / most * 8.0).ceil() as usize]).collect()
}

/// One self-contained page with the pairs, and the drawings of the one to be explained. `command` is shown as the way to
/// make it again.
///
/// # Errors
/// [`Error::Page`] or [`Error::Json`] if it cannot be rendered.
pub fn beacons_html(found: &Beacons, clock: &Clock, command: &str) -> Result<String, Error> {
    let drawing = found.explained.as_ref().map(Drawing::of);
    let page = Page {
        found,
        clock,
        command,
        rows: &found.pairs[..found.pairs.len().min(MOST_ROWS)],
        data: json_for_script(&drawing)?,
        plotly: if drawing.is_some() { plotly_js() } else { "" },
    };
    Ok(page.render()?)
}

/// Most pairs in a page's table.
const MOST_ROWS: usize = 500;

#[derive(Template)]
#[template(path = "beacons.html")]
struct Page<'a> {
    found: &'a Beacons,
    clock: &'a Clock,
    command: &'a str,
    rows: &'a [BeaconPair],
    data: String,
    plotly: &'static str,
}

impl Page<'_> {
    fn count(&self, count: &u64) -> String {
        count_in_words(*count)
    }

    fn severity(&self, wanted: &str) -> usize {
        self.found.pairs.iter().filter(|pair| pair.severity.name() == wanted).count()
    }

    fn score(&self, score: &f64) -> String {
        format!("{score:.3}")
    }

    fn parts(&self, pair: &BeaconPair) -> String {
        parts_in_words(&pair.parts)
    }

    fn bytes(&self, bytes: &u64) -> String {
        bytes_in_words(*bytes as f64)
    }

    fn version(&self) -> &'static str {
        env!("CARGO_PKG_VERSION")
    }
}

/// What the page's script draws of the explained pair.
#[derive(Serialize)]
struct Drawing<'a> {
    title: String,
    period: f64,
    gaps: BarFacts<'a>,
    phases: BarFacts<'a>,
    ts: Vec<f64>,
    orig_bytes: Vec<u64>,
    resp_bytes: Vec<u64>,
}

#[derive(Serialize)]
struct BarFacts<'a> {
    start: f64,
    step: f64,
    counts: &'a [u64],
}

impl<'a> Drawing<'a> {
    fn of(explained: &'a Explained) -> Self {
        let bars = |bars: &'a Bars| BarFacts { start: bars.start, step: bars.step, counts: &bars.counts };
        let pair = &explained.pair;
        Self {
            title: format!("{} → {}", pair.id_orig_h, pair.peer),
            period: pair.evidence.timing.period,
            gaps: bars(&explained.gaps),
            phases: bars(&explained.phases),
            ts: explained.events.iter().map(|event| event.0 as f64 / 1e3).collect(),
            orig_bytes: explained.events.iter().map(|event| event.1).collect(),
            resp_bytes: explained.events.iter().map(|event| event.2).collect(),
        }
    }
}

/// The parts that weigh most, the strongest first.
fn parts_in_words(parts: &[ScorePart]) -> String {
    let mut parts: Vec<_> = parts.iter().collect();
    parts.sort_by(|a, b| b.contribution.abs().total_cmp(&a.contribution.abs()));
    let words =
        parts.iter().map(|part| format!("{} {:.2} ({:+.1})", part.name, part.value, part.contribution));
    words.collect::<Vec<_>>().join(", ")
}
