//! Where rows come from: files, folders and datasets give the same answers.

use std::fs;
use std::ops::ControlFlow;
use std::path::Path;

use bro_log::Source;
use bro_store::{DatabaseUrl, ImportOptions, Store};
use serde_json::Value;
use tempfile::TempDir;

use crate::logs::{gzip, log, rows};
use crate::program::{Answer, bro_ml, run};

fn ask(dir: &Path, args: &[&str]) -> Answer {
    run(bro_ml(dir).current_dir(dir).args(args))
}

fn write(dir: &Path, name: &str, bytes: impl AsRef<[u8]>) {
    let path = dir.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

/// The answer without what names the places of rows.
pub(crate) fn placeless(mut answer: Value, lists: &[&str]) -> Value {
    let object = answer.as_object_mut().unwrap();
    for list in lists {
        for row in object[*list].as_array_mut().unwrap() {
            row.as_object_mut().unwrap().remove("byte");
        }
    }
    answer
}

const OUTLIERS: [&str; 6] = ["outliers", "--no-save", "--seed", "3", "--format", "json"];
const CLUSTERS: [&str; 4] = ["clusters", "--no-save", "--format", "json"];

#[test]
fn a_folder_stands_for_the_logs_of_the_kind_below_it_in_the_order_of_their_times() {
    let dir = TempDir::new().unwrap();
    let all = rows(3000);
    let parts = [
        ("logs/2026-01-01/conn.9.log.gz", 0..1000),
        ("logs/2026-01-01/conn.10.log", 1000..2100),
        ("logs/conn.log", 2100..3001),
    ];
    for (name, part) in &parts {
        let text = log(&all[part.clone()]);
        let bytes = if name.ends_with("gz") { gzip(text.as_bytes()) } else { text.into_bytes() };
        write(dir.path(), name, bytes);
    }
    write(dir.path(), "logs/2026-01-01/dns.log", log(&all[..2]).replace("\tconn\n", "\tdns\n"));
    write(dir.path(), "logs/README", "no log\n");
    let files: Vec<_> = parts.iter().map(|(name, _)| *name).collect();
    for command in [&OUTLIERS[..], &CLUSTERS[..]] {
        let expected = ask(dir.path(), &[command, &files].concat());
        let found = ask(dir.path(), &[command, &["logs"]].concat());
        assert_eq!(found.json(), expected.json());
        assert!(
            found.stderr.contains("3 logs taken; left out: 1 dns, 1 that are no logs"),
            "{}",
            found.stderr
        );
    }
    ask(dir.path(), &["outliers", "absent"]).fails(1, &["absent"]);
    fs::create_dir(dir.path().join("empty")).unwrap();
    ask(dir.path(), &["outliers", "empty"]).fails(1, &["folder empty", "conn.log"]);
}

/// Imports logs as a program other than ours would.
fn import(dir: &Path, dataset: &str, logs: &[&str]) {
    let mut store = Store::open(&DatabaseUrl::sqlite(dir.join("bro-ml/bro-ml.db"))).unwrap();
    let sources: Vec<_> = logs.iter().map(|log| Source::open(dir.join(log)).unwrap()).collect();
    let options = ImportOptions { block_rows: 700, ..ImportOptions::default() };
    store.import(dataset, &sources, &options, &mut |_| ControlFlow::Continue(())).unwrap();
}

#[test]
fn a_dataset_gives_the_answer_of_its_logs_to_the_bit() {
    let dir = TempDir::new().unwrap();
    let all = rows(5000);
    write(dir.path(), "one.log", log(&all[..1234]));
    write(dir.path(), "two.log.gz", gzip(log(&all[1234..]).as_bytes()));
    write(dir.path(), "dns.log", log(&all[..50]).replace("\tconn\n", "\tdns\n"));
    import(dir.path(), "d", &["one.log", "dns.log", "two.log.gz"]);
    for (command, lists) in [(&OUTLIERS[..], &["outliers"][..]), (&CLUSTERS[..], &["noise"][..])] {
        let sample = [command, &["--sample", "2000"]].concat();
        for command in [command, &sample] {
            let expected = ask(dir.path(), &[command, &["one.log", "two.log.gz"]].concat()).json();
            let found = ask(dir.path(), &[command, &["--dataset", "d"]].concat()).json();
            let shorten = |answer: &str| answer.replace(&format!("{}/", dir.path().display()), "");
            let found = serde_json::from_str(&shorten(&found.to_string())).unwrap();
            assert_eq!(placeless(found, lists), placeless(expected, lists));
        }
    }
}

#[test]
fn logs_and_a_dataset_exclude_each_other_and_one_of_them_is_needed() {
    let dir = TempDir::new().unwrap();
    for command in ["outliers", "clusters"] {
        ask(dir.path(), &[command]).fails(2, &["LOG"]);
        ask(dir.path(), &[command, "conn.log", "--dataset", "d"]).fails(2, &["--dataset"]);
        ask(dir.path(), &[command, "--dataset", "d", "--schema", "conn"]).fails(2, &["--schema"]);
        ask(dir.path(), &[command, "--dataset", "d"]).fails(1, &["no dataset `d`"]);
    }
}
