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
//!
//! # What is where
//!
//! A dataset is a name for logs that were [imported](Store::import). The rows of conn and http logs have tables with a
//! column for each standard field; what those have no room for stands as text in the column `extra`. The rows of other
//! logs stand as text in `records`, beside their `ts` and `uid`. A row's `id` is the number of its source times 2^36 plus
//! its number in that log, so a log is a range of ids, and nothing can be there twice.
//!
//! - Times and intervals are microseconds; counts above 2^63 stand as negative numbers and come back as they were.
//! - Addresses are 4 or 16 bytes, so that a subnet is a range of an index.
//! - Text is what Zeek's writer would write: printable ASCII, everything else and backslashes as `\xhh`. Any bytes come
//!   back, from any database.
//! - A port is its number; the few logs that write `80/tcp` have the protocol in the bits above 16.
//!
//! # Servers
//!
//! A dedicated user needs no more than this, and after the first opening no more than the first line:
//!
//! ```sql
//! GRANT SELECT, INSERT, UPDATE, DELETE ON bro_ml.* TO 'bro_ml'@'localhost';            -- MariaDB, MySQL
//! GRANT CREATE, ALTER, INDEX, REFERENCES ON bro_ml.* TO 'bro_ml'@'localhost';
//! CREATE DATABASE bro_ml OWNER bro_ml;                                                  -- PostgreSQL
//! ```
//!
//! TLS is asked for by the address: `?ssl_mode=verify_ca&ssl_ca=FILE` (MariaDB), `?sslmode=verify-full&sslrootcert=FILE`
//! (PostgreSQL). A server that is not trusted should not be connected to at all: MariaDB's client library lets one ask for
//! files of this machine.

mod error;
mod url;

mod connection;
mod migrate;
mod rows;
mod schema;

mod batch;
mod bulk;
#[cfg(any(feature = "mysql", feature = "postgres"))]
mod delimited;
mod encode;
mod filter;
mod indexes;
#[cfg(feature = "mysql")]
mod load_data;
mod parse;
mod plan;
mod prefix;
mod rejects;
mod render;
mod sessions;

mod copy;
mod datasets;
mod findings;
mod fitted;
mod import;
mod labels;
mod maintenance;
mod query;
mod runs;
mod store;
mod suppressions;

pub use copy::CopyProgress;
pub use datasets::{Dataset, ImportState, SourceInfo, StoredReject};
pub use error::Error;
pub use filter::Filter;
pub use findings::{FindingFilter, FindingPage, FindingStatus, Severity, StoredFinding};
pub use fitted::{Model, NewFeatureRun, NewModel};
pub use import::{ImportOptions, ImportProgress, ImportSummary};
pub use labels::{Label, NewLabel};
pub use migrate::SchemaStatus;
pub use query::{Cursor, Export, Page, SessionRow};
pub use runs::{Finding, FindingOrder, NewFinding, NewRun, Run, RunId, RunPage, RunSummary};
pub use store::Store;
pub use suppressions::{NewSuppression, Suppression};
pub use url::{Backend, DatabaseUrl};

/// The snippets of the book's page about this crate.
#[cfg(doctest)]
#[doc = include_str!("../../docs/src/rust-store.md")]
mod book {}
