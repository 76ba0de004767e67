use super::theme_of;
use crate::App;
use crate::assets::fingerprint;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Uri};
use std::convert::Infallible;

/// What all pages have around them.
pub(crate) struct Frame {
    pub(crate) csrf: String,
    /// `light`, `dark` or nothing, which leaves it to the browser.
    pub(crate) theme: &'static str,
    /// This page, to come back to.
    pub(crate) here: String,
    /// The first part of its path.
    section: String,
    pub(crate) assets: &'static str,
    /// Jobs that wait or run.
    pub(crate) n_jobs: usize,
}

/// The pages that stand above every page: path and name.
const SECTIONS: [(&str, &str); 9] = [
    ("datasets", "Datasets"),
    ("profile", "Profile"),
    ("outliers", "Outliers"),
    ("clusters", "Clusters"),
    ("beacons", "Beacons"),
    ("findings", "Findings"),
    ("runs", "Runs"),
    ("jobs", "Jobs"),
    ("settings", "Settings"),
];

impl Frame {
    pub(crate) fn of(app: &App, uri: &Uri, headers: &HeaderMap) -> Self {
        let is_open = |job: &std::sync::Arc<crate::jobs::Job>| !job.status().phase.is_over();
        Self {
            csrf: app.0.secrets.csrf.clone(),
            theme: theme_of(headers),
            here: uri.path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string),
            section: uri.path().split('/').nth(1).unwrap_or_default().to_owned(),
            assets: fingerprint(),
            n_jobs: app.0.jobs.list().iter().filter(|job| is_open(job)).count(),
        }
    }

    pub(crate) fn sections(&self) -> &'static [(&'static str, &'static str)] {
        &SECTIONS
    }

    pub(crate) fn is_in(&self, section: &str) -> bool {
        self.section == section
    }

    pub(crate) fn version(&self) -> &'static str {
        env!("CARGO_PKG_VERSION")
    }
}

impl FromRequestParts<App> for Frame {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        Ok(Self::of(app, &parts.uri, &parts.headers))
    }
}
