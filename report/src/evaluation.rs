//! The proof: how good the detection of beacons is, as text, JSON and a page.

use crate::html::{json_for_script, plotly_js};
use crate::{Error, Style};
use askama::Template;
use bro_analysis::{Evaluation, Ranking, Scored, Task};
use serde::Serialize;
use std::fmt::{self, Write};

#[derive(Serialize)]
struct Object<'a> {
    version: &'static str,
    generator: &'a str,
    n_train: u64,
    n_test: u64,
    n_beacons: usize,
    seed: u64,
    tasks: Vec<TaskFacts<'a>>,
    cells: Vec<CellFacts>,
    delays: Vec<DelayFacts>,
    gates: Vec<GateFacts<'a>>,
}

#[derive(Serialize)]
struct TaskFacts<'a> {
    name: &'a str,
    description: &'a str,
    is_headline: bool,
    n_pairs: usize,
    n_beacons: usize,
    methods: Vec<MethodFacts<'a>>,
}

#[derive(Serialize)]
struct MethodFacts<'a> {
    method: &'a str,
    average_precision: f64,
    interval: [f64; 2],
    precision_at_10: Option<f64>,
    precision_at_50: Option<f64>,
    precision_at_100: Option<f64>,
    recall_at_1_in_1000: f64,
    calibration_error: Option<f64>,
}

#[derive(Serialize)]
struct CellFacts {
    jitter: f64,
    loss: f64,
    n: usize,
    recall: f64,
    rita_recall: f64,
}

#[derive(Serialize)]
struct DelayFacts {
    n_events: usize,
    n: usize,
    found: f64,
}

#[derive(Serialize)]
struct GateFacts<'a> {
    name: &'a str,
    measured: f64,
    needed: f64,
    holds: bool,
}

impl<'a> MethodFacts<'a> {
    fn of(scored: &'a Scored) -> Self {
        let Ranking { average_precision, interval, precision_at, recall_at_1_in_1000, calibration_error } =
            scored.ranking;
        Self {
            method: &scored.method,
            average_precision,
            interval: interval.into(),
            precision_at_10: precision_at[0],
            precision_at_50: precision_at[1],
            precision_at_100: precision_at[2],
            recall_at_1_in_1000,
            calibration_error,
        }
    }
}

impl<'a> Object<'a> {
    fn of(found: &'a Evaluation) -> Self {
        let task = |task: &'a Task| TaskFacts {
            name: &task.name,
            description: &task.description,
            is_headline: task.is_headline,
            n_pairs: task.n_pairs,
            n_beacons: task.n_beacons,
            methods: task.scored.iter().map(MethodFacts::of).collect(),
        };
        let cells = found.cells.iter().map(|cell| CellFacts {
            jitter: cell.jitter,
            loss: cell.loss,
            n: cell.n,
            recall: cell.recall,
            rita_recall: cell.rita_recall,
        });
        let delays = found.delays.iter();
        let gates = found.gates.iter().map(|gate| GateFacts {
            name: &gate.name,
            measured: gate.measured,
            needed: gate.needed,
            holds: gate.holds(),
        });
        Self {
            version: env!("CARGO_PKG_VERSION"),
            generator: found.generator,
            n_train: found.params.n_train,
            n_test: found.params.n_test,
            n_beacons: found.params.n_beacons,
            seed: found.params.seed,
            tasks: found.tasks.iter().map(task).collect(),
            cells: cells.collect(),
            delays: delays.map(|d| DelayFacts { n_events: d.n_events, n: d.n, found: d.found }).collect(),
            gates: gates.collect(),
        }
    }
}

/// The evaluation as one JSON object.
///
/// # Errors
/// [`Error::Json`] if a value cannot be written.
pub fn evaluation_json(found: &Evaluation) -> Result<String, Error> {
    Ok(serde_json::to_string_pretty(&Object::of(found))?)
}

/// The evaluation for a person at a terminal: the tests, the delays, the gates.
#[must_use]
pub fn evaluation_text(found: &Evaluation, style: Style) -> String {
    let mut out = String::new();
    write_evaluation(&mut out, found, style).expect("writing to a string does not fail");
    out
}

fn write_evaluation(out: &mut String, found: &Evaluation, style: Style) -> fmt::Result {
    for task in &found.tasks {
        writeln!(out, "{}", style.bold(&format!("{}: {}", task.name, task.description)))?;
        writeln!(out, "  {} pairs, {} beacons", task.n_pairs, task.n_beacons)?;
        writeln!(out, "  {:<40} PR-AUC (95 %)         p@10   p@50   p@100  recall at 1/1000", "")?;
        task.scored.iter().try_for_each(|scored| write_scored(out, scored))?;
        writeln!(out)?;
    }
    writeln!(out, "{}", style.bold("beacons found after so many events"))?;
    for delay in &found.delays {
        writeln!(out, "  {:>4} events: {:.3} of {}", delay.n_events, delay.found, delay.n)?;
    }
    writeln!(out, "\n{}", style.bold("gates"))?;
    for gate in &found.gates {
        let verdict = if gate.holds() { "holds" } else { "fails" };
        writeln!(out, "  {verdict}  {}: {:.3}, needed {:.3}", gate.name, gate.measured, gate.needed)?;
    }
    Ok(())
}

fn write_scored(out: &mut String, scored: &Scored) -> fmt::Result {
    let Ranking { average_precision, interval, precision_at, recall_at_1_in_1000, .. } = &scored.ranking;
    let [p10, p50, p100] = precision_at.map(share);
    writeln!(
        out,
        "  {:<40} {average_precision:.3} ({:.3} to {:.3})  {p10}  {p50}  {p100}  {recall_at_1_in_1000:.3}",
        scored.method, interval.0, interval.1
    )
}

fn share(share: Option<f64>) -> String {
    share.map_or_else(|| "–    ".to_owned(), |share| format!("{share:.3}"))
}

/// One self-contained page with the whole evaluation: gates, tests, heat maps, delays. `command` is shown as the way to
/// make it again.
///
/// # Errors
/// [`Error::Page`] or [`Error::Json`] if it cannot be rendered.
pub fn evaluation_html(found: &Evaluation, command: &str) -> Result<String, Error> {
    let object = Object::of(found);
    let page = Page { found, command, data: json_for_script(&object)?, plotly: plotly_js() };
    Ok(page.render()?)
}

#[derive(Template)]
#[template(path = "evaluation.html")]
struct Page<'a> {
    found: &'a Evaluation,
    command: &'a str,
    data: String,
    plotly: &'static str,
}

impl Page<'_> {
    fn share(&self, value: &Option<f64>) -> String {
        share(*value)
    }

    fn number(&self, value: &f64) -> String {
        format!("{value:.3}")
    }

    fn version(&self) -> &'static str {
        env!("CARGO_PKG_VERSION")
    }
}
