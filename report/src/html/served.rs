//! The pages' pieces one by one, for a server that sends them apart.

use super::clusters::ClustersDrawing;
use super::outliers::OutliersDrawing;
use super::{AxisScale, plotly_js};
use crate::Error;
use bro_analysis::{Clusters, Outliers};

/// The style sheet of the pages.
pub const PAGE_CSS: &str = include_str!("../../templates/page.css");

/// The script that the pages' plots have in common. It takes what is to be drawn from the element `data`.
pub const PLOT_JS: &str = include_str!("../../templates/plot.js");

/// The script that draws [`outliers_plot_json`], behind [`PLOT_JS`], into the elements `scatter`, `sizes`, `loadings`.
pub const OUTLIERS_JS: &str = include_str!("../../templates/outliers.js");

/// The script that draws [`clusters_plot_json`], behind [`PLOT_JS`], into the elements `scatter`, `distances`.
pub const CLUSTERS_JS: &str = include_str!("../../templates/clusters.js");

/// Plotly's JavaScript.
///
/// ```
/// assert!(bro_report::plotly_script().contains("Plotly"));
/// ```
#[must_use]
pub fn plotly_script() -> &'static str {
    plotly_js()
}

/// What the plots of outliers draw, as JSON: the rows or their density, the outliers, the loadings.
///
/// # Errors
/// [`Error::Json`] if a value cannot be written.
pub fn outliers_plot_json(found: &Outliers) -> Result<String, Error> {
    Ok(serde_json::to_string(&OutliersDrawing::of(found))?)
}

/// What the plots of clusters draw, as JSON; `scales` are those of the horizontal and the vertical axis.
///
/// # Errors
/// [`Error::Json`] if a value cannot be written.
pub fn clusters_plot_json(found: &Clusters, scales: [AxisScale; 2]) -> Result<String, Error> {
    Ok(serde_json::to_string(&ClustersDrawing::of(found, scales))?)
}
