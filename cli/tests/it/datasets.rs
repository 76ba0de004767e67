//! `bro-ml import`, `datasets` and `db`.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use crate::logs::{gzip, log, row, rows};
use crate::program::{Answer, bro_ml, run, run_with_stdin};

fn ask(dir: &Path, args: &[&str]) -> Answer {
    run(bro_ml(dir).current_dir(dir).args(args))
}

fn done(dir: &Path, args: &[&str]) -> Answer {
    let answer = ask(dir, args);
    assert_eq!(answer.code, Some(0), "{args:?}: {}", answer.stderr);
    answer
}

/// The time and the uid of each row.
fn data_lines(log: &str) -> Vec<Vec<&str>> {
    let rows = log.lines().filter(|line| !line.starts_with('#'));
    rows.map(|row| row.split('\t').take(2).collect()).collect()
}

#[test]
fn a_folder_is_imported_listed_shown_exported_and_deleted() {
    let dir = TempDir::new().unwrap();
    let all = rows(900);
    fs::create_dir_all(dir.path().join("logs/2026-01-01")).unwrap();
    let write = |name: &str, bytes: &[u8]| fs::write(dir.path().join(name), bytes).unwrap();
    write("logs/2026-01-01/conn.1.log.gz", &gzip(log(&all[..400]).as_bytes()));
    write("logs/conn.2.log", log(&[&all[400..], &["bad\n".to_owned()]].concat()).as_bytes());
    write("logs/dns.log", log(&all[..5]).replace("\tconn\n", "\tdns\n").as_bytes());
    write("logs/notes.txt", b"no log\n");
    assert!(done(dir.path(), &["datasets", "list"]).stdout.contains("no datasets"));

    let imported = done(dir.path(), &["import", "logs", "--format", "json"]);
    assert!(imported.stderr.contains("3 logs taken; left out: 1 that are no logs"), "{}", imported.stderr);
    let imported = imported.json();
    assert_eq!(
        (&imported["dataset"], &imported["n_records"], &imported["n_rejected"]),
        (&"logs".into(), &906.into(), &1.into())
    );
    let again = done(dir.path(), &["import", "logs"]).stdout;
    assert!(again.contains("dataset logs: 0 rows added") && again.contains("3 unchanged"), "{again}");

    let shown = done(dir.path(), &["datasets", "show", "logs", "--format", "json"]).json();
    assert_eq!((&shown["n_records"], &shown["n_rejected"]), (&906.into(), &1.into()));
    assert_eq!(shown["paths"][0]["path"], "conn");
    assert_eq!(shown["sources"].as_array().unwrap().len(), 3);
    assert_eq!(shown["sources"][0]["state"], "complete");
    let listed = done(dir.path(), &["datasets", "list"]).stdout;
    assert!(listed.contains("906") && listed.contains("conn, dns"), "{listed}");
    let rejects = done(dir.path(), &["datasets", "show", "logs", "--rejects"]).stdout;
    assert!(rejects.contains("conn.2.log, line ") && rejects.contains("bad"), "{rejects}");

    let exported = done(dir.path(), &["datasets", "export", "logs", "--path", "conn"]).stdout;
    assert_eq!(data_lines(&exported), data_lines(&log(&all)));
    done(dir.path(), &["datasets", "export", "logs", "-o", "all.log"]);
    assert_eq!(data_lines(&fs::read_to_string(dir.path().join("all.log")).unwrap()).len(), 906);

    done(dir.path(), &["datasets", "delete", "logs"]);
    ask(dir.path(), &["datasets", "show", "logs"]).fails(1, &["no dataset `logs`"]);
    ask(dir.path(), &["datasets", "delete", "logs"]).fails(1, &["no dataset `logs`"]);
}

#[test]
fn filters_and_pages_show_what_they_say() {
    let dir = TempDir::new().unwrap();
    fs::write(dir.path().join("conn.log"), log(&(0..200).map(row).collect::<Vec<_>>())).unwrap();
    done(dir.path(), &["import", "conn.log", "--name", "d"]);
    let rows = |filter: &[&str]| {
        let args =
            [&["datasets", "show", "d", "--rows", "--limit", "1000", "--format", "json"], filter].concat();
        done(dir.path(), &args).json()["rows"].as_array().unwrap().len()
    };
    assert_eq!(rows(&[]), 200);
    assert_eq!(rows(&["--port", "53"]), 100);
    assert_eq!(rows(&["--host", "10.0.0.53"]), 100);
    assert_eq!(rows(&["--resp", "192.0.2.0/24", "--service", "ssl"]), 80);
    assert_eq!(rows(&["--state", "S0"]), 20);
    assert_eq!(rows(&["--from", "1700000050", "--until", "2023-11-14T22:14:30Z"]), 20);
    assert_eq!(rows(&["--uid", "C0000007"]), 1);
    assert_eq!(rows(&["--orig", "10.0.0.1", "--host", "fd00::/8"]), 0);
    let page = |after: &str| {
        let args =
            ["datasets", "show", "d", "--rows", "--limit", "150", "--format", "json", "--after", after];
        done(dir.path(), &args).json()
    };
    let first = page("0");
    let second = page(&first["next"].to_string());
    assert_eq!((second["rows"].as_array().unwrap().len(), second["next"].is_null()), (50, true));
    assert_eq!(second["rows"][0]["uid"], "C0000150");
    let table = done(dir.path(), &["datasets", "show", "d", "--rows", "--limit", "2"]);
    assert!(
        table.stdout.starts_with("ts ") && table.stderr.contains("--after "),
        "{} {}",
        table.stdout,
        table.stderr
    );
    let csv =
        done(dir.path(), &["datasets", "show", "d", "--rows", "--format", "csv", "--port", "53"]).stdout;
    assert!(csv.starts_with("ts,uid,id.orig_h") && csv.lines().count() == 21, "{csv}");
    ask(dir.path(), &["datasets", "show", "d", "--rows", "--host", "10.0.0.0/33"]).fails(2, &["--host"]);
    ask(dir.path(), &["datasets", "show", "d", "--rows", "--from", "noon"])
        .fails(2, &["--from", "2026-01-02"]);
}

#[test]
fn of_a_log_that_grows_only_the_new_rows_are_imported_also_from_a_pipe() {
    let dir = TempDir::new().unwrap();
    let all = rows(300);
    let import = |n_rows: usize| {
        let mut command = bro_ml(dir.path());
        let command = command.args(["import", "-", "--name", "grows", "--format", "json"]);
        run_with_stdin(command, log(&all[..n_rows]).as_bytes()).json()
    };
    assert_eq!(import(100)["n_records"], 100);
    let more = import(301);
    assert_eq!((&more["n_records"], &more["n_continued"]), (&201.into(), &1.into()));
    ask(dir.path(), &["import", "-"]).fails(2, &["--name"]);
    ask(dir.path(), &["import", "absent.log"]).fails(1, &["absent.log"]);
}

#[test]
fn a_log_that_is_none_is_told_and_what_came_before_it_stays() {
    let dir = TempDir::new().unwrap();
    fs::write(dir.path().join("conn.log"), log(&rows(50))).unwrap();
    fs::write(dir.path().join("notes.log"), "dear diary\n").unwrap();
    ask(dir.path(), &["import", "conn.log", "notes.log", "--name", "d"]).fails(1, &["notes.log"]);
    assert_eq!(done(dir.path(), &["datasets", "show", "d", "--format", "json"]).json()["n_records"], 51);
}

#[test]
fn a_dataset_with_bad_rows_gives_the_answer_of_its_logs() {
    let dir = TempDir::new().unwrap();
    let mut all = rows(800);
    all[10] = all[10].replacen("udp", "udp\textra", 1);
    all[20] = all[20].replacen(".0", ".x", 1);
    // A cell that no analysis reads, so that none may set its row aside.
    let text = log(&all)
        .replace("resp_ip_bytes\n", "resp_ip_bytes\tnote\n")
        .replace("count\tcount\n", "count\tcount\tcount\n");
    let text: String = text
        .lines()
        .enumerate()
        .map(|(i, line)| match line.starts_with('#') {
            true => format!("{line}\n"),
            false => format!("{line}\t{}\n", if i % 50 == 0 { "many" } else { "7" }),
        })
        .collect();
    fs::write(dir.path().join("conn.log"), text).unwrap();
    done(dir.path(), &["import", "conn.log"]);
    for command in ["outliers", "clusters"] {
        let answer = |input: &[&str]| {
            let args = [&[command, "--no-save", "--format", "json"], input].concat();
            let mut answer = done(dir.path(), &args).json();
            let object = answer.as_object_mut().unwrap();
            // A warning names the first bad row's place in the log as it was read.
            object.remove("warnings");
            for list in ["outliers", "noise"] {
                if let Some(rows) = object.get_mut(list).and_then(|rows| rows.as_array_mut()) {
                    rows.iter_mut().for_each(|row| drop(row.as_object_mut().unwrap().remove("byte")));
                }
            }
            answer
        };
        assert_eq!(answer(&["--dataset", "conn"]), answer(&["conn.log"]));
    }
}

#[test]
fn a_database_is_described_checked_compacted_and_copied() {
    let dir = TempDir::new().unwrap();
    fs::write(dir.path().join("conn.log"), log(&rows(300))).unwrap();
    let before = done(dir.path(), &["db", "status"]).stdout;
    assert!(before.contains("SQLite") && before.contains("no tables yet"), "{before}");
    assert!(done(dir.path(), &["db", "migrate"]).stderr.contains("done "));
    assert!(done(dir.path(), &["db", "migrate"]).stderr.contains("up to date"));
    done(dir.path(), &["import", "conn.log"]);
    done(dir.path(), &["outliers", "--dataset", "conn"]);
    let status = done(dir.path(), &["db", "status"]).stdout;
    assert!(status.contains("up to date") && status.contains("1 datasets, 1 runs"), "{status}");
    assert!(done(dir.path(), &["db", "check"]).stderr.contains("is sound"));
    done(dir.path(), &["db", "vacuum"]);
    let from = format!("sqlite://{}", dir.path().join("bro-ml/bro-ml.db").display());
    for _ in 0..2 {
        done(dir.path(), &["db", "copy", &from, "sqlite://copy.db"]);
        let there = ["--database", "sqlite://copy.db"];
        let status = done(dir.path(), &[&["db", "status"], &there[..]].concat()).stdout;
        assert!(status.contains("1 datasets, 1 runs"), "{status}");
        let exported = done(dir.path(), &[&["datasets", "export", "conn"], &there[..]].concat()).stdout;
        assert_eq!(exported, done(dir.path(), &["datasets", "export", "conn"]).stdout);
    }
    ask(dir.path(), &["db", "copy", "sqlite://absent.db", "sqlite://other.db"])
        .fails(1, &["absent.db is not there"]);
    assert!(!dir.path().join("absent.db").exists());
}
