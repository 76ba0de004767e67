//! Runs, sessions, labels, findings and models in SQLite, MariaDB or PostgreSQL.
//!
//! A [`Store`] is one open database. SQLite needs nothing but a path; the file, its folder and its tables are made when
//! it is first opened. MariaDB (or MySQL) and PostgreSQL are the features `mysql` and `postgres`.
//!
//! ```
//! use bro_store::{DatabaseUrl, NewFinding, NewRun, Store};
//!
//! let folder = tempfile::tempdir()?;
//! let mut store = Store::open(&DatabaseUrl::sqlite(folder.path().join("bro-ml.db")))?;
//! let id = store.save_run(&NewRun {
//!     n_records: 8462,
//!     findings: vec![NewFinding { rank: 1, score: 9.5, ..NewFinding::new("outlier", "unusually long") }],
//!     ..NewRun::new("outliers", "{}")
//! })?;
//! let run = store.run(id)?;
//! assert_eq!((run.kind.as_str(), run.n_records, run.findings.len()), ("outliers", 8462, 1));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod error;
mod url;

mod connection;
mod migrate;
mod rows;
mod schema;

mod batch;
mod bulk;
mod encode;
mod filter;
mod indexes;
mod parse;
mod prefix;
mod render;
mod sessions;

mod datasets;
mod import;
mod query;
mod runs;
mod store;

pub use datasets::{Dataset, ImportState, SourceInfo, StoredReject};
pub use error::Error;
pub use filter::Filter;
pub use import::{ImportOptions, ImportProgress, ImportSummary};
pub use migrate::SchemaStatus;
pub use query::{Cursor, Export, Page, SessionRow};
pub use runs::{Finding, NewFinding, NewRun, Run, RunId, RunSummary};
pub use store::Store;
pub use url::{Backend, DatabaseUrl};
