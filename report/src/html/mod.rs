//! Pages that open without a network.

mod clusters;
mod outliers;
mod served;

pub use clusters::{AxisScale, clusters_html};
pub use outliers::outliers_html;
pub use served::{
    BEACONS_JS, CLUSTERS_JS, OUTLIERS_JS, PAGE_CSS, PLOT_JS, PROFILE_JS, clusters_plot_json,
    outliers_plot_json, plotly_css, plotly_script,
};

use crate::{Clock, Error};
use bro_analysis::{HttpFacts, Intake, Scatter, Session, bytes_in_words, duration_in_words};
use bro_features::LogKind;
use plotly::Plot;
use serde::Serialize;
use std::sync::LazyLock;

/// Most sessions in a page's table, and most drawn in its plot.
const MOST_ROWS: usize = 1_000;
const MOST_MARKS: usize = 5_000;

pub(crate) fn title(intake: &Intake) -> String {
    match intake.logs.as_slice() {
        [one] => one.name.clone(),
        logs => format!("{} logs", logs.len()),
    }
}

/// Plotly's JavaScript, without the formula typesetting that comes with it.
pub(crate) fn plotly_js() -> &'static str {
    static SCRIPT: LazyLock<String> = LazyLock::new(|| {
        let tags = Plot::offline_js_sources();
        let start = tags.find('>').map_or(0, |at| at + 1);
        let end = tags.find("</script>").unwrap_or(tags.len());
        tags[start..end].to_owned()
    });
    &SCRIPT
}

/// JSON that cannot end the script element it stands in.
pub(crate) fn json_for_script(value: &impl Serialize) -> Result<String, Error> {
    let json = serde_json::to_string(value)?;
    Ok(json.replace('<', "\\u003c").replace('\u{2028}', "\\u2028").replace('\u{2029}', "\\u2029"))
}

/// The cells of a table of sessions.
#[derive(Debug, Clone, Copy)]
struct Cells<'a> {
    clock: &'a Clock,
    kind: LogKind,
}

/// One cell, or the head of a column.
struct Cell {
    text: String,
    /// `number`, `text` for long text, or nothing: its class.
    class: &'static str,
}

impl Cell {
    fn plain(text: impl Into<String>) -> Self {
        Self { text: text.into(), class: "" }
    }

    fn long(text: impl Into<String>) -> Self {
        Self { text: text.into(), class: "long" }
    }

    fn number(text: impl Into<String>) -> Self {
        Self { text: text.into(), class: "number" }
    }
}

impl Cells<'_> {
    fn time(&self, session: &Session) -> String {
        session.ts.map_or_else(dash, |ts| self.clock.show(ts))
    }

    fn text<'t>(&self, text: &'t Option<String>) -> &'t str {
        text.as_deref().unwrap_or("–")
    }

    /// The heads of the columns that rows of this kind have.
    fn head(&self) -> Vec<Cell> {
        let (texts, long, numbers): (&[_], &[_], &[_]) = match self.kind {
            LogKind::Conn => {
                (&["proto", "service", "conn_state"], &[], &["duration", "orig_bytes", "resp_bytes"])
            }
            LogKind::Http => (
                &["method", "host"],
                &["uri", "user_agent"],
                &["status_code", "request_body_len", "response_body_len"],
            ),
        };
        let texts = texts.iter().copied().map(Cell::plain);
        let long = long.iter().copied().map(Cell::long);
        texts.chain(long).chain(numbers.iter().copied().map(Cell::number)).collect()
    }

    /// The cells under [`head`](Self::head).
    fn row(&self, session: &Session) -> Vec<Cell> {
        session.http.as_ref().map_or_else(|| connection(session), request)
    }
}

fn connection(session: &Session) -> Vec<Cell> {
    let duration = session.duration.map_or_else(dash, |us| duration_in_words(us as f64 / 1e6));
    let texts = [&session.proto, &session.service, &session.conn_state].map(text);
    let numbers = [duration, bytes(session.orig_bytes), bytes(session.resp_bytes)];
    texts.map(Cell::plain).into_iter().chain(numbers.map(Cell::number)).collect()
}

fn request(http: &HttpFacts) -> Vec<Cell> {
    let status = http.status_code.map_or_else(dash, |status| status.to_string());
    let numbers = [status, bytes(http.request_body_len), bytes(http.response_body_len)];
    let texts = [&http.method, &http.host].map(text).map(Cell::plain);
    let long = [&http.uri, &http.user_agent].map(text).map(Cell::long);
    texts.into_iter().chain(long).chain(numbers.map(Cell::number)).collect()
}

fn text(text: &Option<String>) -> String {
    text.clone().unwrap_or_else(dash)
}

fn bytes(count: Option<u64>) -> String {
    count.map_or_else(dash, |count| bytes_in_words(count as f64))
}

fn dash() -> String {
    "–".to_owned()
}

/// Every row in the plane, for a page's script.
#[derive(Serialize)]
struct Points<'a> {
    x: Vec<f64>,
    y: Vec<f64>,
    cluster: Vec<Option<usize>>,
    label: Vec<&'a str>,
}

/// Counts of rows on a grid, for a page's script.
#[derive(Serialize)]
struct Grid<'a> {
    start: [f64; 2],
    step: [f64; 2],
    cells: [usize; 2],
    counts: &'a [u64],
}

/// The rows one by one, or else their density.
fn drawn(scatter: &Scatter) -> (Option<Points<'_>>, Option<Grid<'_>>) {
    match scatter {
        Scatter::Points(points) => {
            let points = Points {
                x: points.iter().map(|point| point.position[0]).collect(),
                y: points.iter().map(|point| point.position[1]).collect(),
                cluster: points.iter().map(|point| point.cluster).collect(),
                label: points.iter().map(|point| point.label.as_str()).collect(),
            };
            (Some(points), None)
        }
        Scatter::Density(density) => {
            let grid = Grid {
                start: density.start,
                step: density.step,
                cells: density.n_cells,
                counts: &density.counts,
            };
            (None, Some(grid))
        }
    }
}
