use crate::json::Row;
use crate::{Clock, Error};
use askama::Template;
use bro_analysis::{
    Outlier, Outliers, Scatter, Session, bytes_in_words, count_in_words, duration_in_words, share_in_words,
};
use plotly::Plot;
use serde::Serialize;
use std::sync::LazyLock;

/// Most outliers in the page's table, and most drawn in its plot.
const MOST_ROWS: usize = 1_000;
const MOST_MARKS: usize = 5_000;

/// One self-contained page with the findings: the plot of the clusters with the outliers marked, cluster sizes, the
/// components' loadings, the table. It opens without a network. `command` is shown as the way to make it again.
///
/// # Errors
/// [`Error::Page`] or [`Error::Json`] if it cannot be rendered.
pub fn outliers_html(found: &Outliers, clock: &Clock, command: &str) -> Result<String, Error> {
    let page = Page {
        title: title(found),
        found,
        clock,
        command,
        data: json_for_script(&Drawing::of(found))?,
        plotly: plotly_js(),
        rows: &found.outliers[..found.outliers.len().min(MOST_ROWS)],
        n_marks: found.outliers.len().min(MOST_MARKS),
    };
    Ok(page.render()?)
}

fn title(found: &Outliers) -> String {
    match found.intake.logs.as_slice() {
        [one] => one.name.clone(),
        logs => format!("{} logs", logs.len()),
    }
}

/// Plotly's JavaScript, without the formula typesetting that comes with it.
fn plotly_js() -> &'static str {
    static SCRIPT: LazyLock<String> = LazyLock::new(|| {
        let tags = Plot::offline_js_sources();
        let start = tags.find('>').map_or(0, |at| at + 1);
        let end = tags.find("</script>").unwrap_or(tags.len());
        tags[start..end].to_owned()
    });
    &SCRIPT
}

/// JSON that cannot end the script element it stands in.
fn json_for_script(value: &impl Serialize) -> Result<String, Error> {
    let json = serde_json::to_string(value)?;
    Ok(json.replace('<', "\\u003c").replace('\u{2028}', "\\u2028").replace('\u{2029}', "\\u2029"))
}

#[derive(Template)]
#[template(path = "outliers.html")]
struct Page<'a> {
    title: String,
    found: &'a Outliers,
    clock: &'a Clock,
    command: &'a str,
    data: String,
    plotly: &'static str,
    rows: &'a [Outlier],
    n_marks: usize,
}

impl Page<'_> {
    fn share(&self, size: &u64) -> String {
        share_in_words(*size as f64 / self.found.n_records.max(1) as f64)
    }

    fn is_small(&self, cluster: &usize) -> bool {
        self.found.smallest.contains(cluster)
    }

    fn time(&self, session: &Session) -> String {
        session.ts.map_or_else(dash, |ts| self.clock.show(ts))
    }

    fn duration(&self, session: &Session) -> String {
        session.duration.map_or_else(dash, |us| duration_in_words(us as f64 / 1e6))
    }

    fn bytes(&self, count: &Option<u64>) -> String {
        count.map_or_else(dash, |count| bytes_in_words(count as f64))
    }

    fn text<'t>(&self, text: &'t Option<String>) -> &'t str {
        text.as_deref().unwrap_or("–")
    }

    fn count(&self, count: &u64) -> String {
        count_in_words(*count)
    }

    fn n(&self, count: usize) -> String {
        count_in_words(count as u64)
    }

    fn is_density(&self) -> bool {
        matches!(self.found.scatter, Scatter::Density(_))
    }

    fn are_cut(&self) -> bool {
        (self.rows.len() as u64) < self.found.n_outliers
    }

    fn version(&self) -> &'static str {
        env!("CARGO_PKG_VERSION")
    }

    fn percent(&self, share: &f64) -> String {
        share_in_words(*share)
    }
}

fn dash() -> String {
    "–".to_owned()
}

/// What the page's script draws.
#[derive(Serialize)]
struct Drawing<'a> {
    axes: Vec<String>,
    clusters: Vec<Size>,
    points: Option<Points<'a>>,
    density: Option<Grid<'a>>,
    outliers: Vec<Row<'a>>,
    loadings: Vec<Weights<'a>>,
}

#[derive(Serialize)]
struct Size {
    cluster: usize,
    size: u64,
    small: bool,
    center: Vec<f64>,
}

#[derive(Serialize)]
struct Points<'a> {
    x: Vec<f64>,
    y: Vec<f64>,
    cluster: Vec<usize>,
    label: Vec<&'a str>,
}

#[derive(Serialize)]
struct Grid<'a> {
    start: [f64; 2],
    step: [f64; 2],
    cells: [usize; 2],
    counts: &'a [u64],
}

#[derive(Serialize)]
struct Weights<'a> {
    feature: &'a str,
    weights: &'a [f64],
}

impl<'a> Drawing<'a> {
    fn of(found: &'a Outliers) -> Self {
        let axes = found.explained_variance_ratio.iter().enumerate();
        let (points, density) = match &found.scatter {
            Scatter::Points(points) => (
                Some(Points {
                    x: points.iter().map(|point| point.position[0]).collect(),
                    y: points.iter().map(|point| point.position[1]).collect(),
                    cluster: points.iter().map(|point| point.cluster).collect(),
                    label: points.iter().map(|point| point.label.as_str()).collect(),
                }),
                None,
            ),
            Scatter::Density(density) => (
                None,
                Some(Grid {
                    start: density.start,
                    step: density.step,
                    cells: density.n_cells,
                    counts: &density.counts,
                }),
            ),
        };
        Self {
            axes: axes
                .map(|(i, share)| format!("component {} ({})", i + 1, share_in_words(*share)))
                .collect(),
            clusters: found
                .clusters
                .iter()
                .map(|c| Size {
                    cluster: c.cluster,
                    size: c.size,
                    small: found.smallest.contains(&c.cluster),
                    center: c.center.clone(),
                })
                .collect(),
            points,
            density,
            outliers: found.outliers.iter().take(MOST_MARKS).map(Row::of).collect(),
            loadings: found
                .loadings
                .iter()
                .map(|l| Weights { feature: &l.feature, weights: &l.weights })
                .collect(),
        }
    }
}
