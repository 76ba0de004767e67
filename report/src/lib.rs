//! Findings as HTML pages, terminal tables, CSV and JSON.
//!
//! Everything here takes findings and returns text; nothing is opened, printed or computed anew. What came out of a
//! log is hostile: it is escaped for the place it goes to, in HTML, in JSON inside a page, in CSV cells that a
//! spreadsheet might take for a formula, and in the terminal.
//!
//! ```
//! assert_eq!(bro_report::printable("a\u{1b}[31mb"), r"a\u{1b}[31mb");
//! ```

mod beacons;
mod catalogue;
mod check;
mod clock;
mod csv;
mod datasets;
mod error;
mod evaluation;
mod findings;
mod found;
mod html;
mod json;
mod matrix;
mod models;
#[cfg(feature = "parquet")]
mod parquet;
mod planted;
mod printable;
mod profile;
mod runs;
mod table;
mod verdicts;

pub use beacons::{
    beacon_pair_json, beacons_csv, beacons_html, beacons_json, beacons_plot_json, beacons_summary_json,
    beacons_table,
};
pub use catalogue::{catalogue_csv, catalogue_json, catalogue_table};
pub use check::{check_csv, check_json, check_table};
pub use clock::{Clock, end_of_day};
pub use csv::{clusters_csv, outliers_csv};
pub use datasets::{
    Cells, Imported, SavedDataset, SavedReject, SavedSource, dataset_json, dataset_table, datasets_csv,
    datasets_json, datasets_table, imported_csv, imported_json, imported_table, rejects_csv, rejects_json,
    rejects_table, rows_csv, rows_json, rows_table,
};
pub use error::Error;
pub use evaluation::{evaluation_html, evaluation_json, evaluation_text};
pub use findings::{FindingColumn, FindingTable};
pub use found::{FoundBy, findings_csv, findings_html, findings_json};
pub use html::{
    AxisScale, BEACONS_JS, CLUSTERS_JS, OUTLIERS_JS, PAGE_CSS, PLOT_JS, PROFILE_JS, clusters_html,
    clusters_plot_json, outliers_html, outliers_plot_json, plotly_css, plotly_script,
};
pub use json::{
    clusters_json, clusters_params_json, clusters_summary_json, noise_json, outlier_json, outliers_json,
    outliers_params_json, outliers_summary_json,
};
pub use matrix::MatrixWriter;
pub use models::{StoredModel, models_csv, models_json, models_table};
pub use planted::{Planted, planted_table};
pub use printable::printable;
pub use profile::{
    HeadView, PartView, PlotView, ProfileView, SheetView, conclusion_json, profile_csv, profile_html,
    profile_json, profile_params_json, profile_plot_json, profile_table,
};
pub use runs::{SavedFinding, SavedRun, run_csv, run_json, run_table, runs_csv, runs_json, runs_table};
pub use table::{Style, clusters_table, outliers_table};
pub use verdicts::{
    VerdictsShown, session_model_text, verdict_json, verdicts_csv, verdicts_json, verdicts_summary_json,
    verdicts_table,
};
