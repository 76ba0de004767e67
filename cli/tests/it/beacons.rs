//! `bro-ml beacons` and `bro-ml synth`.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use crate::program::{Answer, bro_ml, run};

const HTTP: &str = "#separator \\x09\n#path\thttp\n#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\t\
    trans_depth\tmethod\thost\turi\treferrer\tuser_agent\trequest_body_len\tresponse_body_len\tstatus_code\tlabel\n\
    #types\ttime\tstring\taddr\tport\taddr\tport\tcount\tstring\tstring\tstring\tstring\tstring\tcount\tcount\tcount\tstring\n";
const BROWSER: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0";

/// Numbers below `n`, always the same.
fn chance(i: u64, n: u64) -> u64 {
    let mixed = (i + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let mixed = (mixed ^ mixed >> 29).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    (mixed >> 33) % n
}

/// A day of six people who browse, two of whom have an implant that calls every five minutes on one connection each.
fn log() -> String {
    let mut rows = Vec::new();
    for i in 0..3_000_u64 {
        let (ts, who, site) = (1_700_000_000 + chance(i, 80_000), 1 + chance(i + 7, 6), chance(i * 3, 40));
        rows.push((ts, format!(
            "{ts}.{:06}\tB{i}\t10.0.0.{who}\t50000\t198.51.100.{site}\t80\t1\tGET\twww{site}.example\t/page/{}\thttp://www{site}.example/\t{BROWSER}\t0\t{}\t200\tbenign\n",
            chance(i, 1_000_000), chance(i, 9_999), 200 + chance(i * 11, 60_000)
        )));
    }
    for (who, host) in [(2, "calls.home.example"), (5, "other.home.example")] {
        for beat in 0..280_u64 {
            let ts = 1_700_000_100 + 300 * beat + chance(beat * 5 + who, 20);
            rows.push((ts, format!(
                "{ts}.000001\tK{who}\t10.0.0.{who}\t50001\t203.0.113.{who}\t80\t{}\tPOST\t{host}\t/a.php\t-\tMozilla/4.0\t412\t20\t200\tbeacon\n",
                beat + 1
            )));
        }
    }
    rows.sort();
    rows.into_iter().fold(HTTP.to_owned(), |mut log, (_, row)| {
        log += &row;
        log
    })
}

fn ask(dir: &Path, args: &[&str]) -> Answer {
    run(bro_ml(dir).current_dir(dir).arg("beacons").args(args))
}

fn with_log(log: &str) -> TempDir {
    let dir = TempDir::new().unwrap();
    fs::write(dir.path().join("http.log"), log).unwrap();
    dir
}

fn pairs(answer: &Value) -> &Vec<Value> {
    answer["pairs"].as_array().unwrap()
}

#[test]
fn beacons_that_keep_their_connection_alive_rank_first() {
    let dir = with_log(&log());
    let answer = ask(dir.path(), &["score", "http.log", "--format", "json"]).json();
    let first: Vec<&str> = pairs(&answer)[..2].iter().map(|pair| pair["peer"].as_str().unwrap()).collect();
    assert!(first.contains(&"calls.home.example") && first.contains(&"other.home.example"), "{first:?}");
    let best = &pairs(&answer)[0];
    assert_eq!(
        (&best["rank"], &best["id.resp_p"], &best["evidence"]["n"]),
        (&1.into(), &80.into(), &280.into())
    );
    assert!((best["evidence"]["period"].as_f64().unwrap() - 300.0).abs() < 5.0);
    for key in ["id.orig_h", "id.resp_h", "severity", "score", "benign_reason", "parts"] {
        assert!(best.get(key).is_some(), "{key}");
    }
    assert_eq!(best["evidence"]["rows"][0]["log"], "http.log");
}

#[test]
fn the_answer_is_the_same_on_any_number_of_threads_and_from_a_folder() {
    let dir = with_log(&log());
    let answers = ["1", "2", "8"].map(|n_threads| {
        let mut command = bro_ml(dir.path());
        let command = command.current_dir(dir.path()).env("RAYON_NUM_THREADS", n_threads);
        run(command.args(["beacons", "score", ".", "--format", "csv"])).stdout
    });
    assert!(answers[0].lines().count() > 50 && answers.iter().all(|answer| *answer == answers[0]));
}

/// The same calls as TLS: names come from ssl.log, sizes from conn.log, and nothing counts twice.
#[test]
fn handshakes_are_matched_with_their_connections() {
    let (mut conn, mut ssl) = (String::new(), String::new());
    for beat in 0..100 {
        let ts = 1_700_000_000 + 60 * beat;
        writeln!(conn, "{ts}.5\tC{beat}\t10.0.0.9\t50000\t203.0.113.9\t443\ttcp\tssl\t1.5\t700\t900\tSF")
            .unwrap();
        writeln!(ssl, "{ts}.6\tC{beat}\t10.0.0.9\t50000\t203.0.113.9\t443\tTLSv13\tHome.Example.").unwrap();
    }
    let dir = TempDir::new().unwrap();
    let header = |path: &str, fields: &str, types: &str| {
        format!(
            "#separator \\x09\n#path\t{path}\n#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\t{fields}\n#types\ttime\tstring\taddr\tport\taddr\tport\t{types}\n"
        )
    };
    let conn = header(
        "conn",
        "proto\tservice\tduration\torig_bytes\tresp_bytes\tconn_state",
        "enum\tstring\tinterval\tcount\tcount\tstring",
    ) + &conn;
    let ssl = header("ssl", "version\tserver_name", "string\tstring") + &ssl;
    fs::write(dir.path().join("conn.log"), conn).unwrap();
    fs::write(dir.path().join("ssl.log"), ssl).unwrap();
    let answer = ask(dir.path(), &["score", "conn.log", "ssl.log", "--format", "json"]).json();
    assert_eq!(pairs(&answer).len(), 1);
    let pair = &pairs(&answer)[0];
    assert_eq!((&pair["peer"], &pair["evidence"]["n"]), (&"home.example".into(), &100.into()));
    assert_eq!(
        (&pair["evidence"]["orig_bytes"], &pair["evidence"]["resp_bytes"]),
        (&70_000.into(), &90_000.into())
    );
    let alone = ask(dir.path(), &["score", "ssl.log", "--format", "json"]).json();
    assert_eq!(pairs(&alone)[0]["evidence"]["n"], 100);
}

#[test]
fn ritas_method_has_its_four_parts() {
    let dir = TempDir::new().unwrap();
    let mut conn = String::from(
        "#separator \\x09\n#path\tconn\n#fields\tts\tuid\tid.orig_h\tid.resp_h\tid.resp_p\tconn_state\torig_ip_bytes\n#types\ttime\tstring\taddr\taddr\tport\tstring\tcount\n",
    );
    for minute in 0..1440 {
        writeln!(conn, "{}.2\tC{minute}\t10.0.0.9\t203.0.113.9\t443\tSF\t700", 1_700_000_000 + 60 * minute)
            .unwrap();
        writeln!(conn, "{}.2\tD{minute}\t10.0.0.9\t10.0.0.1\t53\tSF\t70", 1_700_000_000 + 60 * minute)
            .unwrap();
    }
    fs::write(dir.path().join("conn.log"), conn).unwrap();
    let answer = ask(dir.path(), &["score", "conn.log", "--method", "rita", "--format", "json"]).json();
    assert_eq!(pairs(&answer).len(), 1);
    let pair = &pairs(&answer)[0];
    assert_eq!((&pair["score"], &pair["severity"]), (&1.0.into(), &"high".into()));
    for part in ["ts", "ds", "dur", "hist"] {
        assert_eq!(pair["parts"][part]["value"], 1.0);
    }
}

#[test]
fn what_a_log_says_cannot_steer_the_terminal_or_a_spreadsheet() {
    let hostile: String = (0..20)
        .map(|beat| {
            format!(
                "{}.0\tC{beat}\t10.0.0.1\t1\t192.0.2.1\t80\t1\tGET\t=cmd\\x1b[2J\t/\t-\t-\t0\t0\t200\t-\n",
                1_700_000_000 + 60 * beat
            )
        })
        .collect();
    let dir = with_log(&format!("{HTTP}{hostile}"));
    let table = ask(dir.path(), &["score", "http.log"]).stdout;
    assert!(table.contains("=cmd") && !table.contains('\u{1b}'));
    assert!(ask(dir.path(), &["score", "http.log", "--format", "csv"]).stdout.contains("'=cmd"));
}

#[test]
fn wrong_usage_exits_with_2_and_logs_without_pairs_with_1() {
    let dir = with_log("#separator \\x09\n#path\tweird\n#fields\tts\tname\n#types\ttime\tstring\n1.5\tx\n");
    ask(dir.path(), &["score", "http.log"]).fails(1, &["http.log", "weird", "conn.log"]);
    ask(dir.path(), &["score", "absent.log"]).fails(1, &["absent.log"]);
    ask(dir.path(), &["score", "http.log", "--min-events", "3"]).fails(2, &["min_events is 3", "at least 4"]);
    fs::write(dir.path().join("model.json"), "{}").unwrap();
    ask(dir.path(), &["score", "http.log", "--model", "model.json"])
        .fails(1, &["model.json", "model cannot be used"]);
}

#[test]
fn the_old_experiment_lists_the_sessions_that_beacon_and_the_confusion_matrix() {
    let dir = with_log(&log());
    let args =
        ["classify", "http.log", "--label-column", "label", "--train-size", "2500", "--max-iter", "20"];
    let answer =
        ask(dir.path(), &[&args[..], &["--format", "json", "--only-beacons", "--model", "m.json"]].concat())
            .json();
    assert_eq!(answer["n_sessions"], 1_060);
    let confusion = |name: &str| answer["confusion"][name].as_u64().unwrap();
    assert!(confusion("true_positive") > 100 && confusion("false_positive") < 5, "{}", answer["confusion"]);
    assert!(answer["sessions"].as_array().unwrap().iter().all(|session| session["is_beacon"] == true));
    let table = ask(dir.path(), &args).stdout;
    assert!(table.contains("labelled beacon") && table.contains("loss "), "{table}");
    let again = ask(dir.path(), &["predict", "http.log", "--model", "m.json", "--format", "json"]).json();
    assert_eq!(again["n_sessions"], 3_560);
    assert!(again["n_beacons"].as_u64().unwrap() >= 400);
}

#[test]
fn a_label_that_one_address_explains_is_told() {
    let mut log = log();
    log = log.replace("\t10.0.0.5\t50001\t203.0.113.5", "\t10.0.0.2\t50001\t203.0.113.5");
    let log: String = log
        .lines()
        .filter(|line| !line.contains("\t10.0.0.2\t50000\t"))
        .fold(String::new(), |log, line| log + line + "\n");
    let dir = with_log(&log);
    let answer =
        ask(dir.path(), &["train", "http.log", "--label-column", "label", "--max-iter", "3", "--no-save"]);
    assert!(answer.stdout.contains("10.0.0.2 alone explains 100 %"), "{}{}", answer.stdout, answer.stderr);
}

#[test]
fn labels_that_do_not_fit_say_what_is_there() {
    let dir = with_log(&log());
    fs::write(dir.path().join("labels.tsv"), "B1\tgood\nB2\tfine\n").unwrap();
    ask(dir.path(), &["train", "http.log", "--labels", "labels.tsv"])
        .fails(1, &["\"fine\"", "\"good\"", "--positive"]);
    fs::write(dir.path().join("labels.tsv"), "B1\n").unwrap();
    ask(dir.path(), &["train", "http.log", "--labels", "labels.tsv"]).fails(1, &["labels.tsv", "line 1"]);
    ask(dir.path(), &["train", "http.log"]).fails(2, &["--labels"]);
}

#[test]
fn synth_writes_six_logs_of_which_beacons_can_be_scored() {
    let dir = TempDir::new().unwrap();
    let synth = |args: &[&str]| run(bro_ml(dir.path()).current_dir(dir.path()).arg("synth").args(args));
    let answer = synth(&[
        "--scenario",
        "beacon-study",
        "--hours",
        "2",
        "--hosts",
        "8",
        "--beacons",
        "4",
        "--seed",
        "3",
        "--out",
        "study",
    ]);
    assert!(answer.stdout.contains("bro-synth/") && answer.code == Some(0), "{}", answer.stderr);
    for log in ["conn", "http", "ssl", "dns", "truth", "actors"] {
        assert!(dir.path().join(format!("study/{log}.log")).is_file(), "{log}");
    }
    assert!(!pairs(&ask(dir.path(), &["score", "study", "--format", "json"]).json()).is_empty());
    synth(&["--hours", "-1", "--out", "x"]).fails(2, &["hours"]);
}
