//! `--timings` and `--log-level`.

use tempfile::TempDir;

use crate::logs::{log, rows};
use crate::program::{bro_ml, run};

#[test]
fn every_stage_is_timed_once_it_is_asked_for() {
    let dir = TempDir::new().unwrap();
    let conn_log = dir.path().join("conn.log");
    std::fs::write(&conn_log, log(&rows(300))).unwrap();
    let outliers = |options: &[&str]| {
        let answer = run(bro_ml(dir.path())
            .args(["outliers", "--no-save", "--seed", "1"])
            .args(options)
            .arg(&conn_log));
        assert_eq!(answer.code, Some(0), "{}", answer.stderr);
        answer
    };
    let (quiet, timed) = (outliers(&[]), outliers(&["--timings"]));
    assert_eq!(quiet.stdout, timed.stdout);
    assert_eq!(quiet.stderr, "");
    let stages: Vec<_> = timed.stderr.lines().map(|line| line[..15].trim_end()).collect();
    assert_eq!(stages, ["surveying", "measuring", "projecting", "clustering", "collecting", "in all"]);

    let logged = outliers(&["--log-level", "info"]);
    assert!(logged.stderr.contains("projecting") && logged.stderr.contains("close"), "{}", logged.stderr);
    assert_eq!(outliers(&["--log-level", "error"]).stderr, "");
}
