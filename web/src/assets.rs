//! Scripts and style sheets, in the binary.

use crate::failure::Failure;
use axum::extract::Path;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::IntoResponse;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::LazyLock;

const SCRIPT: &str = "text/javascript; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";

/// The media type and text of an asset.
fn find(name: &str) -> Option<(&'static str, &'static str)> {
    Some(match name {
        "page.css" => (STYLE, bro_report::PAGE_CSS),
        "web.css" => (STYLE, include_str!("../assets/web.css")),
        "plotly.css" => (STYLE, bro_report::plotly_css()),
        "plotly.js" => (SCRIPT, bro_report::plotly_script()),
        "plot.js" => (SCRIPT, bro_report::PLOT_JS),
        "outliers.js" => (SCRIPT, bro_report::OUTLIERS_JS),
        "clusters.js" => (SCRIPT, bro_report::CLUSTERS_JS),
        "profile.js" => (SCRIPT, bro_report::PROFILE_JS),
        "beacons.js" => (SCRIPT, bro_report::BEACONS_JS),
        "app.js" => (SCRIPT, include_str!("../assets/app.js")),
        "upload.js" => (SCRIPT, include_str!("../assets/upload.js")),
        "job.js" => (SCRIPT, include_str!("../assets/job.js")),
        "run.js" => (SCRIPT, include_str!("../assets/run.js")),
        "style.js" => (SCRIPT, include_str!("../assets/style.js")),
        "label.js" => (SCRIPT, include_str!("../assets/label.js")),
        "curve.js" => (SCRIPT, include_str!("../assets/curve.js")),
        _ => return None,
    })
}

/// Changes whenever an asset does, so that browsers may keep them for good.
pub(crate) fn fingerprint() -> &'static str {
    static FINGERPRINT: LazyLock<String> = LazyLock::new(|| {
        let mut hasher = DefaultHasher::new();
        for name in NAMES {
            find(name).hash(&mut hasher);
        }
        format!("{:016x}", hasher.finish())
    });
    &FINGERPRINT
}

const NAMES: [&str; 16] = [
    "page.css",
    "web.css",
    "plotly.js",
    "plot.js",
    "outliers.js",
    "clusters.js",
    "app.js",
    "upload.js",
    "job.js",
    "run.js",
    "plotly.css",
    "style.js",
    "profile.js",
    "beacons.js",
    "label.js",
    "curve.js",
];

pub(crate) async fn asset(Path(name): Path<String>) -> Result<impl IntoResponse, Failure> {
    let (kind, text) = find(&name).ok_or_else(|| Failure::not_found("there is no such asset"))?;
    Ok(([(CONTENT_TYPE, kind), (CACHE_CONTROL, "public, max-age=31536000, immutable")], text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_asset_is_counted_in_the_fingerprint() {
        assert!(NAMES.iter().all(|name| find(name).is_some()));
        assert_eq!(fingerprint().len(), 16);
    }
}
