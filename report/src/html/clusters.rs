use super::{Cells, Grid, MOST_MARKS, MOST_ROWS, Points, drawn, json_for_script, plotly_js, title};
use crate::json::NoiseRow;
use crate::{Clock, Error};
use askama::Template;
use bro_analysis::{Characterized, Clusters, NoiseSession, Scatter, count_in_words};
use serde::Serialize;
use std::cmp::Reverse;

/// How an axis of a plot is divided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AxisScale {
    /// Evenly.
    #[default]
    Linear,
    /// By orders of magnitude; values that are not above 0 are not drawn.
    Log,
}

/// One self-contained page with what DBSCAN found: the sessions in the plane of two features, the clusters in a
/// sentence each, the k-distance curve, the noise. It opens without a network. `command` is shown as the way to make
/// it again; `scales` are those of the horizontal and the vertical axis.
///
/// # Errors
/// [`Error::Page`] or [`Error::Json`] if it cannot be rendered.
pub fn clusters_html(
    found: &Clusters,
    clock: &Clock,
    command: &str,
    scales: [AxisScale; 2],
) -> Result<String, Error> {
    let mut clusters: Vec<_> = found.clusters.iter().collect();
    clusters.sort_by_key(|cluster| (Reverse(cluster.size), cluster.cluster));
    clusters.truncate(MOST_ROWS);
    let page = Page {
        title: title(&found.intake),
        found,
        clock,
        cells: Cells { clock, kind: found.intake.kind },
        command,
        data: json_for_script(&ClustersDrawing::of(found, scales))?,
        plotly: plotly_js(),
        rows: clusters,
        noise: &found.noise[..found.noise.len().min(MOST_ROWS)],
        n_marks: found.noise.len().min(MOST_MARKS),
    };
    Ok(page.render()?)
}

#[derive(Template)]
#[template(path = "clusters.html")]
struct Page<'a> {
    title: String,
    found: &'a Clusters,
    clock: &'a Clock,
    cells: Cells<'a>,
    command: &'a str,
    data: String,
    plotly: &'static str,
    rows: Vec<&'a Characterized>,
    noise: &'a [NoiseSession],
    n_marks: usize,
}

impl Page<'_> {
    fn count(&self, count: &u64) -> String {
        count_in_words(*count)
    }

    fn n(&self, count: usize) -> String {
        count_in_words(count as u64)
    }

    fn is_density(&self) -> bool {
        matches!(self.found.plane.scatter, Scatter::Density(_))
    }

    fn are_cut(&self) -> bool {
        (self.noise.len() as u64) < self.found.n_noise
    }

    fn are_marks_cut(&self) -> bool {
        (self.n_marks as u64) < self.found.n_noise
    }

    fn version(&self) -> &'static str {
        env!("CARGO_PKG_VERSION")
    }
}

/// What the page's script draws.
#[derive(Serialize)]
pub(super) struct ClustersDrawing<'a> {
    x: &'a str,
    y: &'a str,
    log_x: bool,
    log_y: bool,
    eps: f64,
    n_noise: u64,
    clusters: Vec<Size>,
    points: Option<Points<'a>>,
    density: Option<Grid<'a>>,
    noise: Vec<NoiseRow<'a>>,
    k_distances: &'a [f64],
}

#[derive(Serialize)]
struct Size {
    cluster: usize,
    size: u64,
}

impl<'a> ClustersDrawing<'a> {
    pub(super) fn of(found: &'a Clusters, scales: [AxisScale; 2]) -> Self {
        let (points, density) = drawn(&found.plane.scatter);
        Self {
            x: &found.plane.x,
            y: &found.plane.y,
            log_x: scales[0] == AxisScale::Log,
            log_y: scales[1] == AxisScale::Log,
            eps: found.eps,
            n_noise: found.n_noise,
            clusters: found.clusters.iter().map(|c| Size { cluster: c.cluster, size: c.size }).collect(),
            points,
            density,
            noise: found.noise.iter().take(MOST_MARKS).map(NoiseRow::of).collect(),
            k_distances: &found.k_distances,
        }
    }
}
