//! `bro-ml convert`.

use std::fs;

use serde_json::Value;
use tempfile::TempDir;

use crate::logs::{HEADER, log, rows};
use crate::program::{Answer, bro_ml, run, run_with_stdin};

fn convert(log: &str, args: &[&str]) -> Answer {
    let dir = TempDir::new().unwrap();
    run_with_stdin(
        bro_ml(dir.path()).current_dir(dir.path()).args(["convert", "-"]).args(args),
        log.as_bytes(),
    )
}

#[test]
fn json_has_an_object_for_each_row() {
    let answer = convert(&log(&rows(50)), &["--to", "json"]);
    let objects: Vec<Value> = answer.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((answer.code, objects.len()), (Some(0), 51));
    assert_eq!(objects[0]["ts"], 1_700_000_000.0);
    assert_eq!((&objects[0]["id.resp_p"], &objects[0]["proto"]), (&Value::from(53), &Value::from("udp")));
    assert_eq!(objects[9].get("service"), None);
}

#[test]
fn a_file_is_written_whole_or_not_at_all() {
    let dir = TempDir::new().unwrap();
    let (bad, good) = (format!("{HEADER}1.0\tC1\n"), log(&rows(5)));
    fs::write(dir.path().join("conn.log"), &good).unwrap();
    fs::write(dir.path().join("bad.log"), bad).unwrap();
    let ask = |args: &[&str]| run(bro_ml(dir.path()).current_dir(dir.path()).arg("convert").args(args));
    let lenient = ask(&["bad.log", "--to", "csv", "-o", "out.csv"]);
    assert_eq!(lenient.code, Some(0), "{}", lenient.stderr);
    assert!(lenient.stderr.contains("bad.log: rows set aside: 1") && lenient.stderr.contains("line 8"));
    let before = fs::read(dir.path().join("out.csv")).unwrap();
    ask(&["bad.log", "--to", "csv", "--strict", "-o", "out.csv"]).fails(1, &["line 8", "2 cells"]);
    assert_eq!(fs::read(dir.path().join("out.csv")).unwrap(), before);
    ask(&["conn.log", "--to", "json", "-o", "conn.log"]).fails(2, &["conn.log", "-o"]);
    assert_eq!(fs::read_to_string(dir.path().join("conn.log")).unwrap(), good);
    ask(&["conn.log", "--to", "json", "-o", "none/out.json"])
        .fails(1, &["none/out.json could not be written"]);
    let names: Vec<_> = fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(names.iter().all(|name| !name.to_string_lossy().contains("partial")), "{names:?}");
}

#[test]
fn rows_of_two_paths_are_an_error_that_names_the_cure() {
    let mixed = format!("{}{}", log(&rows(5)), log(&rows(5)).replace("#path\tconn", "#path\tother"));
    convert(&mixed, &["--to", "csv"]).fails(1, &["conn, other", "--path"]);
    let answer = convert(&mixed, &["--to", "csv", "--path", "other"]);
    assert_eq!((answer.code, answer.stdout.lines().count()), (Some(0), 7), "{}", answer.stderr);
    assert!(answer.stderr.contains("6 rows of other paths left out"), "{}", answer.stderr);
}

#[test]
fn formulas_are_disarmed_on_request() {
    let log = "#separator \\x09\n#path\tx\n#fields\ts\n#types\tstring\n=1+1\n";
    assert_eq!(convert(log, &["--to", "csv"]).stdout, "s\n=1+1\n");
    assert_eq!(convert(log, &["--to", "csv", "--csv-safe"]).stdout, "s\n'=1+1\n");
}

#[test]
fn there_and_back_again_is_the_same_log() {
    let tsv = convert(&log(&rows(200)), &["--to", "tsv"]).stdout;
    let json = convert(&tsv, &["--to", "json", "--with-path"]).stdout;
    let back = convert(&json, &["--to", "tsv"]).stdout;
    let rows = |log: &str| {
        let answer = convert(log, &["--to", "json"]);
        let mut objects: Vec<Value> =
            answer.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        for object in &mut objects {
            object.as_object_mut().unwrap().remove("_path");
        }
        objects
    };
    assert_eq!(rows(&back), rows(&tsv));
    assert_eq!(rows(&tsv).len(), 201);
    assert_eq!(convert(&tsv, &["--to", "tsv"]).stdout, tsv);
}

#[cfg(feature = "parquet")]
#[test]
fn parquet_goes_to_a_file_or_a_pipe() {
    let dir = TempDir::new().unwrap();
    fs::write(dir.path().join("conn.log"), log(&rows(20))).unwrap();
    let answer = run(bro_ml(dir.path()).current_dir(dir.path()).args([
        "convert",
        "conn.log",
        "--to",
        "parquet",
        "-o",
        "conn.parquet",
    ]));
    assert_eq!(answer.code, Some(0), "{}", answer.stderr);
    let bytes = fs::read(dir.path().join("conn.parquet")).unwrap();
    assert!(bytes.starts_with(b"PAR1") && bytes.ends_with(b"PAR1"));
}

#[cfg(not(feature = "parquet"))]
#[test]
fn a_program_without_parquet_says_how_to_get_it() {
    convert(HEADER, &["--to", "parquet"]).fails(1, &["--features parquet"]);
}
