//! `bro-ml runs`.

use std::fs;

use tempfile::TempDir;

use crate::logs::{ODD, log, rows};
use crate::program::{bro_ml, run};

#[test]
fn a_run_is_saved_listed_shown_and_deleted() {
    let dir = TempDir::new().unwrap();
    let ask = |args: &[&str]| run(bro_ml(dir.path()).current_dir(dir.path()).args(args));
    fs::write(dir.path().join("conn.log"), log(&rows(500))).unwrap();
    assert!(ask(&["runs", "list"]).stdout.contains("no runs"));

    let first = ask(&["outliers", "conn.log", "--seed", "9", "--format", "json"]);
    assert!(first.stderr.contains("saved as run 1"), "{}", first.stderr);
    assert!(dir.path().join("bro-ml/bro-ml.db").exists());
    let listed = ask(&["runs", "list", "--format", "json"]).json();
    assert_eq!(
        (&listed[0]["kind"], &listed[0]["n_records"], &listed[0]["seed"]),
        (&"outliers".into(), &501.into(), &9.into())
    );

    let mut shown = ask(&["runs", "show", "1", "--format", "json"]).json();
    shown.as_object_mut().unwrap().remove("run");
    assert_eq!(shown, first.json(), "what is brought back is what was found");
    assert!(ask(&["runs", "show", "1", "--limit", "0"]).stdout.contains(ODD));
    assert!(ask(&["runs", "show", "1", "--format", "csv"]).stdout.starts_with("rank,kind,uid"));

    assert_eq!(ask(&["runs", "delete", "1"]).code, Some(0));
    ask(&["runs", "show", "1"]).fails(1, &["1"]);
    assert!(ask(&["runs", "list"]).stdout.contains("no runs"));
}

#[test]
fn a_database_that_is_not_built_in_or_cannot_be_opened_is_told_before_the_work() {
    let dir = TempDir::new().unwrap();
    fs::write(dir.path().join("conn.log"), log(&rows(50))).unwrap();
    let ask = |url: &str| {
        run(bro_ml(dir.path()).current_dir(dir.path()).args(["outliers", "conn.log", "--database", url]))
    };
    ask("oracle://ann:s3cret@host/db").fails(1, &["***"]);
    ask("sqlite:///proc/bro-ml/no.db").fails(1, &["/proc/bro-ml"]);
    if cfg!(not(feature = "mysql")) {
        let answer = ask("mysql://ann:s3cret@127.0.0.1:1/db");
        answer.fails(1, &["mysql"]);
        assert!(!answer.stderr.contains("s3cret"));
    }
}
