//! The pages' pieces one by one, for a server that sends them apart.

use super::clusters::ClustersDrawing;
use super::outliers::OutliersDrawing;
use super::{AxisScale, plotly_js};
use crate::Error;
use bro_analysis::{Clusters, Outliers};
use std::sync::LazyLock;

/// The style sheet of the pages.
pub const PAGE_CSS: &str = include_str!("../../templates/page.css");

/// The script that the pages' plots have in common. It takes what is to be drawn from the element `data`.
pub const PLOT_JS: &str = include_str!("../../templates/plot.js");

/// The script that draws [`outliers_plot_json`], behind [`PLOT_JS`], into the elements `scatter`, `sizes`, `loadings`.
pub const OUTLIERS_JS: &str = include_str!("../../templates/outliers.js");

/// The script that draws [`clusters_plot_json`], behind [`PLOT_JS`], into the elements `scatter`, `distances`.
pub const CLUSTERS_JS: &str = include_str!("../../templates/clusters.js");

/// The script that draws [`profile_plot_json`](crate::profile_plot_json), behind [`PLOT_JS`], into elements named by the
/// parts.
pub const PROFILE_JS: &str = include_str!("../../templates/profile.js");

/// The script that draws a pair, behind [`PLOT_JS`], into the elements `timeline`, `gaps`, `phases`.
pub const BEACONS_JS: &str = include_str!("../../templates/beacons.js");

/// Plotly's JavaScript.
///
/// ```
/// assert!(bro_report::plotly_script().contains("Plotly"));
/// ```
#[must_use]
pub fn plotly_script() -> &'static str {
    plotly_js()
}

/// The style rules that [`plotly_script`] would otherwise write into the page itself. A page that links them with the id
/// `plotly.js-style-global` and the class `no-inline-styles` needs to allow no style but those of its own files.
///
/// ```
/// assert!(bro_report::plotly_css().contains(".js-plotly-plot .plotly .main-svg{position:absolute;"));
/// ```
#[must_use]
pub fn plotly_css() -> &'static str {
    static CSS: LazyLock<String> = LazyLock::new(|| {
        let rules = plotly_js().split_once("{\"X,X div\":").map_or("", |(_, rest)| rest);
        let rules = rules.split_once("};").map_or("", |(rules, _)| rules);
        let texts: Vec<_> = std::iter::once("X,X div").chain(quoted(rules)).collect();
        let rule = |rule: &[&str]| {
            let selector = rule[0].replace('X', ".js-plotly-plot .plotly").replace('Y', ".plotly-notifier");
            format!("{selector}{{{}}}\n", rule[1])
        };
        texts.chunks_exact(2).map(rule).collect()
    });
    &CSS
}

/// The texts between quotation marks of either kind.
fn quoted(mut text: &str) -> impl Iterator<Item = &str> {
    std::iter::from_fn(move || {
        let start = text.find(['"', '\''])?;
        let mark = char::from(text.as_bytes()[start]);
        let (found, rest) = text[start + 1..].split_once(mark)?;
        text = rest;
        Some(found)
    })
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
