//! `bro-ml outliers` on real logs, where `BRO_ML_DATA` names a folder of them.

use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::program::{Answer, bro_ml, run};

/// The folder of real logs; says so where there is none.
#[expect(clippy::print_stderr, reason = "a suite that does not run must say so")]
fn data() -> Option<PathBuf> {
    let data = std::env::var_os("BRO_ML_DATA").map(PathBuf::from);
    if data.is_none() {
        eprintln!("BRO_ML_DATA is not set: real logs are not read");
    }
    data
}

fn outliers(logs: &[PathBuf]) -> Answer {
    let dir = TempDir::new().unwrap();
    run(bro_ml(dir.path()).args(["outliers", "--no-save", "--seed", "1", "--format", "json"]).args(logs))
}

/// Every file below a folder whose name begins so.
fn files(folder: &Path, name: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path, name));
        } else if path.file_name().is_some_and(|found| found.to_string_lossy().starts_with(name)) {
            found.push(path);
        }
    }
    found.sort();
    found
}

#[test]
fn an_old_log_with_table_types_is_read_in_full() {
    let Some(data) = data() else { return };
    let answer = outliers(&[data.join("vast/libvast_test/artifacts/logs/zeek/conn.log")]).json();
    assert_eq!((answer["n_records"].as_u64(), answer["n_rejected"].as_u64()), (Some(8462), Some(0)));
    assert!(!answer["outliers"].as_array().unwrap().is_empty());
}

#[test]
fn logs_whose_first_column_is_not_ts_are_read_as_any_other() {
    let Some(data) = data() else { return };
    let answer = outliers(&files(&data.join("rita/test_data/proxy_rolling"), "conn")).json();
    assert_eq!(answer["n_records"].as_u64(), Some(7550));
    assert!(answer["outliers"][0]["ts"].is_number() && answer["outliers"][0]["uid"].is_string());
}

#[test]
fn no_conn_log_of_any_origin_makes_the_program_panic() {
    let Some(data) = data() else { return };
    let logs = files(&data, "conn");
    assert!(logs.len() > 50, "{} logs", logs.len());
    for log in logs {
        let answer = outliers(std::slice::from_ref(&log));
        assert!(matches!(answer.code, Some(0 | 1)), "{}: {:?} {}", log.display(), answer.code, answer.stderr);
        assert!(!answer.stderr.contains("panicked"), "{}: {}", log.display(), answer.stderr);
        if answer.code == Some(1) {
            assert!(
                answer.stderr.contains("conn"),
                "{}: the message names no file: {}",
                log.display(),
                answer.stderr
            );
        }
    }
}
