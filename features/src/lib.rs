//! From Zeek log records to a named feature matrix.
//!
//! A log is read twice. The first pass fills a [`Survey`]: how often each service and state occurs, and what is
//! typical where a value will have to be imputed. An [`Extractor`] built from it turns every batch of
//! [`bro_log`] columns into rows of numbers, with the same meaning in every batch:
//!
//! ```
//! use bro_features::{Extractor, FeatureSelection, LogKind, Survey};
//! use bro_log::{Batch, ScanOptions, Source, scan};
//! use std::ops::ControlFlow;
//!
//! let log = b"#separator \\x09\n#path\tconn\n#fields\tproto\tconn_state\tduration\torig_bytes\torig_pkts\n\
//!             #types\tenum\tstring\tinterval\tcount\tcount\ntcp\tSF\t1.5\t100\t4\nudp\tS0\t-\t-\t1\n";
//! let source = Source::from_bytes("conn.log", log.to_vec());
//! let options = ScanOptions::default();
//!
//! let kind = LogKind::Conn;
//! let mut survey = Survey::new(kind);
//! let map = |batch: &Batch<'_>| Survey::of_batch(kind, batch);
//! scan(std::slice::from_ref(&source), &kind.projection(), &options, map, |part, _| {
//!     survey.merge(part);
//!     ControlFlow::Continue(())
//! })?;
//!
//! let extractor = Extractor::new(&survey, &FeatureSelection::Default)?;
//! let mut n_rows = 0;
//! scan(&[source], &kind.projection(), &options, |batch| extractor.matrix(batch), |x, _| {
//!     assert_eq!(x.ncols(), extractor.names().len());
//!     n_rows += x.nrows();
//!     ControlFlow::Continue(())
//! })?;
//! assert_eq!(n_rows, 2);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Logs are conn.log or http.log, a [`LogKind`]. What a missing value means is decided in [`Flow::imputed`] and
//! [`HttpRequest`]; what each feature is, in [`Feature`].
//!
//! The rest is for tables of numbers and of text, wherever they come from. Names and meanings are scikit-learn's:
//! parameters have a `fit`, what is fitted has a `transform` and, where there is a way back, an `inverse_transform`.
//! Columns have names and are checked by them, NaN stands for a missing value, and fits are made of [`Parts`] that
//! merge.
//!
//! | | for numbers ([`Table`]) | for text ([`TextTable`]) |
//! |---|---|---|
//! | gaps | [`Imputer`], [`GroupImputer`] | unset is a category |
//! | columns that tell nothing | [`Eliminator`] | |
//! | shape | [`Log1p`], [`QuantileTransformer`], [`PowerTransformer`] | [`OneHotEncoder`], [`OrdinalEncoder`], [`FrequencyEncoder`], [`HashingEncoder`] |
//! | size | [`StandardScaler`], [`MinMaxScaler`], [`MaxAbsScaler`], [`RobustScaler`] | |
//!
//! With the feature `serde` everything that is fitted can be stored; another format version is refused.

mod catalogue;
mod category;
mod columns;
mod detail;
mod detail_features;
mod encode;
mod error;
mod extract;
mod flow;
mod format_version;
mod http;
mod impute;
mod kind;
mod pair;
mod parts;
mod scale;
mod select;
mod session;
pub mod stats;
mod survey;
mod table;
mod transform;
mod window;

pub use catalogue::{Feature, FeatureSelection, Unit};
pub use category::{ConnState, PortClass, Proto, canonical_service};
pub use encode::{
    CategoryCounts, FrequencyEncoder, FrequencyEncoderParams, HandleUnknown, HashingEncoder, OneHotEncoder,
    OneHotEncoderParams, OrdinalEncoder, OrdinalEncoderParams, TextTable, UnknownCode,
};
pub use error::Error;
pub use extract::{Extractor, Row};
pub use flow::{Flow, ImputedFlow, Medians};
pub use http::{HttpMethod, HttpPort, HttpRequest, StatusClass, first_element};
pub use impute::{GroupImputer, GroupImputerParams, ImputeStrategy, Imputer, ImputerParams};
pub use kind::LogKind;
pub use pair::{
    Content, Distinct, EXACT_EVENTS, FinishedEvents, PAIR_FEATURES, Pair, PairCounts, PairEvent, PairEvents,
    PairFeature, PairLog, PairRow, PairRows, PairTable, Pairs, Timer, Timing, pair_features, uid_hash,
};
pub use parts::{Counts, Extremes, Learn, Moments, Parts, Values, percentile};
pub use scale::{
    MaxAbsScaler, MaxAbsScalerParams, MinMaxScaler, MinMaxScalerParams, RobustScaler, RobustScalerParams,
    StandardScaler, StandardScalerParams,
};
pub use select::{Elimination, Eliminator, EliminatorParams, Fingerprint};
pub use session::{SessionKey, SessionRows, SessionTable, Sessions, session_features};
pub use stats::LogHistogram;
pub use survey::Survey;
pub use table::Table;
pub use transform::{
    Log1p, OutputDistribution, PowerTransformer, PowerTransformerParams, QuantileTransformer,
    QuantileTransformerParams,
};

/// The snippets of the book's page about this crate.
#[cfg(doctest)]
#[doc = include_str!("../../docs/src/rust-features.md")]
mod book {}
pub use window::{Connection, WindowFeature, Windows, unavailable};
