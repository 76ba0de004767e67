//! A page in the browser for Zeek logs: import them, profile them, find outliers, clusters and beacons, judge what was found.
//!
//! [`run`] listens and answers until the program is interrupted, [`serve`] until it is told to stop; [`router`] is the same without a socket. Nothing here reads
//! rows or computes: the questions are `bro-analysis`'s, the words and plots `bro-report`'s, the tables `bro-store`'s.
//!
//! ```
//! use bro_store::DatabaseUrl;
//! use bro_web::{App, Config, router};
//!
//! let folder = tempfile::tempdir()?;
//! let config = Config::new(DatabaseUrl::sqlite(folder.path().join("bro-ml.db")), folder.path().join("web"));
//! let app = App::new(config)?;
//! assert!(app.address().starts_with("http://127.0.0.1:"));
//! let _router = router(&app);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Safe by default
//!
//! It listens on this machine only. The printed address holds a random token, which becomes a cookie that scripts cannot
//! read and other sites cannot send; whoever has neither gets a page that says so. Requests under a name that is not this
//! server's are refused (DNS rebinding), changes need a second secret that only its own pages know (CSRF), scripts and
//! styles come from its own files only, and everything that came out of a log is escaped. Another address than loopback needs a token
//! of at least [`MIN_TOKEN`] characters; there is no TLS, so put a proxy that has it in front. Files are read below the
//! allowed folders only, links resolved first.
//!
//! # The API
//!
//! Everything the pages show is JSON below `/api/v1`. Scripts send `Authorization: Bearer TOKEN`, with the token of the
//! printed address. A long job answers `202` with `{"job": ID}`.
//!
//! `GET /api/v1/openapi.json` describes every operation: datasets and labels, the questions (`profile`, `outliers`, `clusters`,
//! `beacons`), jobs, runs, models, findings and suppressions. It is made from the handlers.
//!
//! A failure is `{"error": {"message": …, "cure": …}}` with the status that fits.

mod error;

mod app;
mod config;
mod fields;
mod guard;
mod headers;
mod params;
mod plots;
mod roots;
mod routes;
mod secrets;
mod serve;

mod api;
mod assets;
mod failure;
mod jobs;
mod pages;
mod record;
mod work;

pub use app::App;
pub use config::{Config, Limits, MIN_TOKEN};
pub use error::Error;
pub use record::{clusters_run, listed, outliers_run, profile_run, saved};
pub use routes::router;
pub use serve::{run, serve};
