//! `bro-ml clusters`.

use std::fs;

use tempfile::TempDir;

use crate::logs::{ODD, log, odd_row, rows};
use crate::program::{Answer, bro_ml, run};

fn ask(log: impl AsRef<[u8]>, args: &[&str]) -> Answer {
    let dir = TempDir::new().unwrap();
    fs::write(dir.path().join("conn.log"), log).unwrap();
    run(bro_ml(dir.path()).current_dir(dir.path()).args(["clusters", "--no-save", "conn.log"]).args(args))
}

#[test]
fn groups_are_characterized_and_the_odd_session_is_noise() {
    let answer = ask(log(&rows(2000)), &["--eps", "0.8", "--format", "json"]).json();
    assert_eq!((answer["n_records"].as_u64(), answer["n_rejected"].as_u64()), (Some(2001), Some(0)));
    assert_eq!((answer["eps"].as_f64(), answer["min_samples"].as_u64()), (Some(0.8), Some(5)));
    let clusters = answer["clusters"].as_array().unwrap();
    let sizes: u64 = clusters.iter().map(|cluster| cluster["size"].as_u64().unwrap()).sum();
    assert_eq!(sizes + answer["n_noise"].as_u64().unwrap(), 2001);
    assert!(clusters.iter().any(|cluster| cluster["summary"].as_str().unwrap().contains("100 % dns")));
    assert!(answer["noise"].as_array().unwrap().iter().any(|session| session["uid"] == ODD));
}

#[test]
fn eps_is_proposed_where_it_is_not_given_and_the_same_on_any_number_of_threads() {
    let dir = TempDir::new().unwrap();
    fs::write(dir.path().join("conn.log"), log(&rows(3000))).unwrap();
    let answers = ["1", "2", "8"].map(|n_threads| {
        let mut command = bro_ml(dir.path());
        let command = command.current_dir(dir.path()).env("RAYON_NUM_THREADS", n_threads);
        run(command.args(["clusters", "--no-save", "conn.log", "--format", "json"]))
    });
    assert!(answers.iter().all(|answer| answer.stdout == answers[0].stdout));
    let answer = answers[0].json();
    assert!(answer["eps"].as_f64().unwrap() > 0.0 && answer["params"]["eps"].is_null());
    assert!(answer["k_distances"].as_array().unwrap().len() > 100);
}

#[test]
fn equal_sessions_are_one_cluster_and_said_plainly() {
    let answer = ask(log(&vec![odd_row(); 30]), &["--format", "json"]);
    assert!(answer.stderr.contains("all 30 sessions are equal"), "{}", answer.stderr);
    let answer = answer.json();
    assert_eq!((&answer["clusters"][0]["size"], &answer["n_noise"]), (&30.into(), &0.into()));
}

#[test]
fn wrong_usage_exits_with_2_and_bad_logs_with_1() {
    let log = log(&rows(50));
    ask(&log, &["--eps", "-1"]).fails(2, &["eps is -1"]);
    ask(&log, &["--eps", "0"]).fails(2, &["eps is 0", "above 0"]);
    ask(&log, &["--min-samples", "0"]).fails(2, &["min_samples is 0"]);
    ask(&log, &["--x", "colour"]).fails(2, &["`colour`", "ln_duration"]);
    ask("", &[]).fails(1, &["conn.log"]);
}

#[test]
fn a_run_is_saved_and_brought_back_whole() {
    let dir = TempDir::new().unwrap();
    fs::write(dir.path().join("conn.log"), log(&rows(500))).unwrap();
    let ask = |args: &[&str]| run(bro_ml(dir.path()).current_dir(dir.path()).args(args));
    let first = ask(&["clusters", "conn.log", "--format", "json", "--html", "page.html"]);
    let mut shown = ask(&["runs", "show", "1", "--format", "json"]).json();
    shown.as_object_mut().unwrap().remove("run");
    assert_eq!(shown, first.json());
    assert!(fs::read_to_string(dir.path().join("page.html")).unwrap().contains("Clusters in conn.log"));
    assert!(ask(&["clusters", "conn.log", "--no-save", "--format", "csv"]).stdout.starts_with("ts,time,uid"));
}
