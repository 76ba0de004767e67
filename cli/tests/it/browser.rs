//! The page in a headless browser.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::logs::{ODD, log, rows};
use crate::program::{bro_ml, run};

/// The browser to test with; says so where there is none, and fails if `BRO_ML_REQUIRE_BROWSER` is set.
#[expect(clippy::print_stderr, reason = "a suite that does not run must say so")]
pub(crate) fn chromium() -> Option<PathBuf> {
    let folders = std::env::var_os("PATH").unwrap_or_default();
    let found =
        std::env::split_paths(&folders).map(|folder| folder.join("chromium")).find(|path| path.exists());
    if found.is_none() {
        assert!(std::env::var_os("BRO_ML_REQUIRE_BROWSER").is_none(), "chromium is not installed");
        eprintln!("chromium is not installed: the page is not opened in a browser");
    }
    found
}

/// The page's document after its script has run.
fn document(chromium: &Path, page: &Path, profile: &Path) -> String {
    let output = Command::new(chromium)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"])
        .args(["--disable-background-networking", "--disable-component-update", "--disable-sync"])
        .arg(format!("--user-data-dir={}", profile.display()))
        .args(["--virtual-time-budget=10000", "--dump-dom"])
        .arg(format!("file://{}", page.display()))
        .output()
        .expect("chromium runs");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn check(job: &[&str], n_rows: u64, n_plots: usize, expected: &[&str]) {
    let Some(chromium) = chromium() else { return };
    let dir = TempDir::new().unwrap();
    fs::write(dir.path().join("conn.log"), log(&rows(n_rows))).unwrap();
    let mut command = bro_ml(dir.path());
    let job = command.current_dir(dir.path()).args(job);
    let answer = run(job.args(["--no-save", "conn.log", "--html", "page.html"]));
    assert_eq!(answer.code, Some(0), "{}", answer.stderr);
    let document = document(&chromium, &dir.path().join("page.html"), &dir.path().join("profile"));
    // Plotly draws each plot into a layer of this class; nothing draws it if the script fails.
    assert!(document.matches("class=\"main-svg\"").count() >= n_plots, "a plot is missing");
    for word in expected {
        assert!(document.contains(word), "no {word:?} on the page");
    }
}

#[test]
fn a_small_log_is_drawn_point_by_point() {
    check(&["outliers"], 600, 3, &[ODD, "legendtext", "outliers: cluster"]);
}

#[test]
fn a_large_log_is_drawn_as_a_density_with_the_outliers_on_top() {
    check(&["outliers"], 25_000, 3, &["class=\"hm\"", "outliers: cluster"]);
}

#[test]
fn clusters_are_drawn_with_their_noise_and_the_k_distance_curve() {
    check(
        &["clusters", "--eps", "0.8"],
        600,
        2,
        &[ODD, "in no cluster", "distance to the k-th nearest session"],
    );
}

#[test]
fn a_profile_is_drawn_with_boxes_correlations_activity_and_bandwidth() {
    let Some(chromium) = chromium() else { return };
    let dir = TempDir::new().unwrap();
    fs::write(dir.path().join("conn.log"), log(&rows(600))).unwrap();
    let answer =
        run(bro_ml(dir.path()).current_dir(dir.path()).args(["profile", "conn.log", "--html", "page.html"]));
    assert_eq!(answer.code, Some(0), "{}", answer.stderr);
    let document = document(&chromium, &dir.path().join("page.html"), &dir.path().join("profile"));
    assert!(document.matches("class=\"main-svg\"").count() >= 4, "a plot is missing");
    for word in [ODD, "0 or unset", "spearman", "exfiltration"] {
        assert!(document.contains(word), "no {word:?} on the page");
    }
}
