//! Statistics of columns: moments, quantiles, distinct values, frequent values, histograms, box plots, groups and
//! correlations.
//!
//! What can be computed in parts has `new → update → merge → finish`: parts made of different rows, by different threads
//! or machines, merge into what all rows give. Parts that count integers do not depend on the order of merging at
//! all.
//!
//! ```
//! use bro_features::stats::{BoxNumbers, LogHistogram};
//!
//! let mut bytes = LogHistogram::default();
//! for sent in [40, 60, 60, 80, 90_000] {
//!     bytes.insert(sent);
//! }
//! let numbers = BoxNumbers::of(&bytes).expect("there are values");
//! assert_eq!((numbers.q1, numbers.median, numbers.q3), (60.0, 60.0, 80.0));
//! assert_eq!(numbers.n_above, 1, "90 kB lie beyond the upper whisker");
//! ```

mod box_plot;
mod correlation;
mod distinct;
mod exact_moments;
mod frequent;
mod group_by;
mod histogram;
mod log_histogram;
mod quantile;
mod quantile_sketch;
mod summary;

pub use box_plot::BoxNumbers;
pub use correlation::{
    Measured, auc, cliffs_delta, correlation_ratio, cramers_v, kendall, mutual_information, pearson,
    point_biserial, ranks, spearman,
};
pub use distinct::HyperLogLog;
pub use exact_moments::ExactCoMoments;
pub use frequent::{Counted, Frequent};
pub use group_by::GroupBy;
pub use histogram::Histogram;
pub use log_histogram::LogHistogram;
pub use quantile::quantiles;
pub use quantile_sketch::QuantileSketch;
pub use summary::Summary;
