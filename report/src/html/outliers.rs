use super::{Cells, Grid, MOST_MARKS, MOST_ROWS, Points, drawn, json_for_script, plotly_js, title};
use crate::json::{QualityFacts, Row};
use crate::table::quality_in_words;
use crate::{Clock, Error};
use askama::Template;
use bro_analysis::{ClusterQuality, Outlier, Outliers, Scatter, count_in_words, share_in_words};
use serde::Serialize;

/// One self-contained page with the findings: the plot of the clusters with the outliers marked, cluster sizes, the
/// components' loadings, the table. It opens without a network. `command` is shown as the way to make it again.
///
/// # Errors
/// [`Error::Page`] or [`Error::Json`] if it cannot be rendered.
pub fn outliers_html(found: &Outliers, clock: &Clock, command: &str) -> Result<String, Error> {
    let page = Page {
        title: title(&found.intake),
        found,
        clock,
        cells: Cells { clock, kind: found.intake.kind },
        command,
        data: json_for_script(&OutliersDrawing::of(found))?,
        plotly: plotly_js(),
        rows: &found.outliers[..found.outliers.len().min(MOST_ROWS)],
        n_marks: marked(found).count(),
    };
    Ok(page.render()?)
}

/// The outliers that are drawn: as many of each cluster, the farthest first.
fn marked(found: &Outliers) -> impl Iterator<Item = &Outlier> {
    let most = MOST_MARKS / found.smallest.len().max(1);
    found.smallest.iter().flat_map(move |cluster| {
        found.outliers.iter().filter(move |outlier| outlier.cluster == *cluster).take(most)
    })
}

#[derive(Template)]
#[template(path = "outliers.html")]
struct Page<'a> {
    title: String,
    found: &'a Outliers,
    clock: &'a Clock,
    cells: Cells<'a>,
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

    fn count(&self, count: &u64) -> String {
        count_in_words(*count)
    }

    fn n(&self, count: usize) -> String {
        count_in_words(count as u64)
    }

    fn in_words(&self, quality: &ClusterQuality) -> String {
        quality_in_words(quality)
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

/// What the page's script draws.
#[derive(Serialize)]
pub(super) struct OutliersDrawing<'a> {
    axes: Vec<String>,
    clusters: Vec<Size>,
    points: Option<Points<'a>>,
    density: Option<Grid<'a>>,
    outliers: Vec<Row<'a>>,
    loadings: Vec<Weights<'a>>,
    quality: Option<QualityFacts>,
}

#[derive(Serialize)]
struct Size {
    cluster: usize,
    size: u64,
    small: bool,
    center: Vec<f64>,
}

#[derive(Serialize)]
struct Weights<'a> {
    feature: &'a str,
    weights: &'a [f64],
}

impl<'a> OutliersDrawing<'a> {
    pub(super) fn of(found: &'a Outliers) -> Self {
        let axes = found.explained_variance_ratio.iter().enumerate();
        let (points, density) = drawn(&found.scatter);
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
            outliers: marked(found).map(Row::of).collect(),
            loadings: found
                .loadings
                .iter()
                .map(|l| Weights { feature: &l.feature, weights: &l.weights })
                .collect(),
            quality: found.quality.as_ref().map(QualityFacts::of),
        }
    }
}
