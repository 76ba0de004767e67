//! From Zeek log records to a named feature matrix.
//!
//! A log is read twice. The first pass fills a [`Survey`]: how often each service and state occurs, and what is
//! typical where a value will have to be imputed. An [`Extractor`] built from it turns every batch of
//! [`bro_log`] columns into rows of numbers, with the same meaning in every batch:
//!
//! ```
//! use bro_features::{Extractor, FeatureSelection, Survey};
//! use bro_log::{Projection, ScanOptions, Source, scan};
//! use std::ops::ControlFlow;
//!
//! let log = b"#separator \\x09\n#path\tconn\n#fields\tproto\tconn_state\tduration\torig_bytes\torig_pkts\n\
//!             #types\tenum\tstring\tinterval\tcount\tcount\ntcp\tSF\t1.5\t100\t4\nudp\tS0\t-\t-\t1\n";
//! let source = Source::from_bytes("conn.log", log.to_vec());
//! let options = ScanOptions::default();
//!
//! let mut survey = Survey::default();
//! scan(std::slice::from_ref(&source), &Survey::projection(), &options, Survey::of_batch, |part, _| {
//!     survey.merge(part);
//!     ControlFlow::Continue(())
//! })?;
//!
//! let extractor = Extractor::new(&survey, &FeatureSelection::Default)?;
//! let mut n_rows = 0;
//! scan(&[source], &Extractor::projection(), &options, |batch| extractor.matrix(batch), |x, _| {
//!     assert_eq!(x.ncols(), extractor.names().len());
//!     n_rows += x.nrows();
//!     ControlFlow::Continue(())
//! })?;
//! assert_eq!(n_rows, 2);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! What a missing value means is decided in [`Flow::imputed`]; what each feature is, in [`Feature`].

mod catalogue;
mod category;
mod columns;
mod error;
mod extract;
mod flow;
mod sketch;
mod survey;

pub use catalogue::{Feature, FeatureSelection, Unit};
pub use category::{ConnState, PortClass, Proto, canonical_service};
pub use error::Error;
pub use extract::Extractor;
pub use flow::{Flow, ImputedFlow, Medians};
pub use sketch::LogHistogram;
pub use survey::Survey;
