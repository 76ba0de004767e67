//! `bro-ml profile`.

use std::fs;
use std::path::Path;

use bro_synth::{Label, Scenario};
use serde_json::Value;
use tempfile::TempDir;

use crate::logs::{ODD, gzip, log, odd_row, row, rows};
use crate::program::{Answer, bro_ml, run, run_with_stdin};

fn profile(dir: &Path, args: &[&str]) -> Answer {
    run(bro_ml(dir).current_dir(dir).args(["profile", "--no-save"]).args(args))
}

fn ask(log: impl AsRef<[u8]>, args: &[&str]) -> Answer {
    let dir = TempDir::new().unwrap();
    fs::write(dir.path().join("conn.log"), log).unwrap();
    profile(dir.path(), &[&["conn.log"], args].concat())
}

fn find<'a>(list: &'a Value, key: &str, value: &str) -> &'a Value {
    let found = list.as_array().unwrap().iter().find(|row| row[key] == value);
    found.unwrap_or_else(|| panic!("no {key} {value} in {list}"))
}

/// The answer without what names the files or the command.
fn nameless(mut answer: Value) -> Value {
    answer["repro"] = Value::Null;
    answer["intake"]["logs"] = Value::Null;
    answer
}

#[test]
fn every_part_holds_numbers_that_can_be_counted_by_hand() {
    let answer = ask(log(&rows(1000)), &["--format", "json"]).json();
    assert_eq!(answer["intake"]["n_records"], 1001);
    let columns = &answer["columns"]["columns"];
    let duration = find(columns, "name", "duration");
    assert!((duration["missing"].as_f64().unwrap() - 100.0 / 1001.0).abs() < 1e-12);
    assert_eq!(duration["max"].as_f64().map(|max| (max / 32400.5 - 1.0).abs() < 0.008), Some(true));
    assert_eq!(find(columns, "name", "proto")["distinct"], 2);
    assert_eq!(find(columns, "name", "uid")["dropped"], "a key: it names a row");
    let groups = answer["groups"]["rows"].as_array().unwrap();
    assert_eq!(groups.iter().map(|group| group["n"].as_u64().unwrap()).sum::<u64>(), 1001);
    assert_eq!((&groups[0]["service"], &groups[0]["n"]), (&"dns".into(), &500.into()));
    let boxes = answer["boxes"].as_array().unwrap();
    let dns = boxes.iter().find(|row| row["column"] == "orig_bytes" && row["group"] == "dns").unwrap();
    assert_eq!(
        (dns["n"].as_u64(), dns["min"].as_u64(), dns["max"].as_u64()),
        (Some(500), Some(30), Some(49))
    );
    let bins = answer["activity"]["bins"].as_array().unwrap();
    let bytes: u64 =
        bins.iter().flat_map(|bin| ["sent", "received"].map(|key| bin[key].as_u64().unwrap())).sum();
    let all = &answer["bandwidth"]["rates"][0];
    assert_eq!(bytes, all["sent"].as_u64().unwrap() + all["received"].as_u64().unwrap());
    assert_eq!(bins.iter().map(|bin| bin["n"].as_u64().unwrap()).sum::<u64>(), 1001);
    let gaps = find(&answer["imputation"], "column", "orig_bytes");
    assert_eq!((gaps["n_set"].as_u64(), gaps["n_zero"].as_u64()), (Some(901), Some(100)));
    let behaviours = find(&answer["behaviours"]["classes"], "name", "failed");
    assert_eq!(behaviours["n"], 100);
    assert_eq!(answer["clusters"]["kmeans"].as_array().map(Vec::len), Some(8));
    assert!(
        answer["clusters"]["sample"].is_null()
            && answer["labels"].as_object().is_some_and(serde_json::Map::is_empty)
    );
    let conclusion = find(&answer["conclusions"]["conclusions"], "kind", "exfiltration");
    assert!(conclusion["evidence"].as_str().unwrap().contains(ODD) && conclusion["id.orig_h"] == "10.0.0.9");
}

#[test]
fn any_columns_group_the_rows_and_some_rows_of_each_group_are_shown() {
    let dir = TempDir::new().unwrap();
    fs::write(dir.path().join("conn.log"), log(&rows(1000))).unwrap();
    let by = "direction,id.resp_p";
    let args = ["conn.log", "--by", by, "--limit", "1000", "--format", "json", "--html", "page.html"];
    let answer = profile(dir.path(), &args).json();
    let groups = answer["groups"]["rows"].as_array().unwrap();
    assert_eq!(groups.iter().map(|group| group["n"].as_u64().unwrap()).sum::<u64>(), 1001);
    assert_eq!(answer["groups"]["n_groups"].as_u64(), Some(groups.len() as u64));
    assert_eq!((&groups[0]["id.resp_p"], &groups[0]["n"]), (&"53".into(), &500.into()));
    let boxes = answer["boxes"].as_array().unwrap();
    let of_port = boxes
        .iter()
        .find(|row| row["by"] == "id.resp_p" && row["group"] == "53" && row["column"] == "orig_bytes");
    assert_eq!(of_port.map(|row| row["n"].clone()), Some(500.into()));
    let page = fs::read_to_string(dir.path().join("page.html")).unwrap();
    assert!(page.contains("<summary>the first 5</summary>") && page.contains("C0000000"));
}

#[test]
fn a_saved_profile_comes_back() {
    let dir = TempDir::new().unwrap();
    fs::write(dir.path().join("conn.log"), log(&rows(300))).unwrap();
    let ask = |args: &[&str]| run(bro_ml(dir.path()).current_dir(dir.path()).args(args));
    let whole = ask(&["profile", "conn.log", "--format", "json"]).json();
    let run = ask(&["runs", "show", "1", "--format", "json"]).json();
    assert_eq!((&run["columns"], &run["run"]["kind"]), (&whole["columns"], &"profile".into()));
    let findings = run["findings"].as_array().unwrap();
    let conclusions = whole["conclusions"]["conclusions"].as_array().unwrap();
    assert_eq!(findings.len(), conclusions.len());
    assert!(findings[0]["sessions"].as_array().is_some_and(|rows| !rows.is_empty()), "{findings:?}");
    assert!(ask(&["runs", "show", "1"]).stdout.contains(conclusions[0]["reason"].as_str().unwrap()));
}

#[test]
fn a_file_its_compressed_copy_a_pipe_and_three_parts_give_the_same_answer_on_any_number_of_threads() {
    let dir = TempDir::new().unwrap();
    let path = |name: &str| dir.path().join(name);
    let all = rows(20_000);
    let whole = log(&all);
    fs::write(path("conn.log"), &whole).unwrap();
    fs::write(path("conn.log.gz"), gzip(whole.as_bytes())).unwrap();
    for (i, part) in [&all[..5_001], &all[5_001..15_000], &all[15_000..]].into_iter().enumerate() {
        fs::write(path(&format!("part{i}.log")), log(part)).unwrap();
    }
    let ask = |logs: &[&str]| nameless(profile(dir.path(), &[logs, &["--format", "json"]].concat()).json());
    let expected = ask(&["conn.log"]);
    assert_eq!(ask(&["conn.log.gz"]), expected);
    assert_eq!(ask(&["part0.log", "part1.log", "part2.log"]), expected);
    let piped = run_with_stdin(
        bro_ml(dir.path()).args(["profile", "--no-save", "-", "--format", "json"]),
        whole.as_bytes(),
    );
    assert_eq!(nameless(piped.json()), expected);
    let outputs = ["1", "2", "8"].map(|n_threads| {
        let mut command = bro_ml(dir.path());
        let command = command.current_dir(dir.path()).env("RAYON_NUM_THREADS", n_threads);
        run(command.args(["profile", "--no-save", "conn.log", "--format", "csv"])).stdout
    });
    assert!(outputs.iter().all(|output| *output == outputs[0] && output.len() > 1_000));
}

#[test]
fn every_planted_attack_of_a_day_is_concluded_with_its_parameters() {
    let dir = TempDir::new().unwrap();
    let truth = Scenario::office_day(1).write_dir(dir.path()).unwrap();
    let answer = profile(dir.path(), &["conn.log", "--format", "json"]).json();
    let conclusions = answer["conclusions"]["conclusions"].as_array().unwrap();
    let kinds = [
        ("horizontal_scan", "horizontal_scan"),
        ("vertical_scan", "vertical_scan"),
        ("brute_force", "brute_force"),
        ("exfiltration", "exfiltration"),
        ("tunnel", "long_connection"),
        ("syn_flood", "syn_flood"),
        ("udp_flood", "udp_flood"),
    ];
    for actor in
        truth.actors.iter().filter(|actor| actor.label != Label::Benign && actor.label != Label::Beacon)
    {
        let kind = kinds.iter().find(|(family, _)| *family == actor.family).unwrap().1;
        let orig = actor.id_orig_h.map(|addr| addr.to_string());
        let found = conclusions.iter().any(|one| {
            let is_host = orig.as_ref().is_none_or(|orig| one["id.orig_h"] == orig.as_str());
            let is_port =
                kind == "exfiltration" || actor.id_resp_p.is_none_or(|port| one["id.resp_p"] == port);
            one["kind"] == kind && one["severity"] == "high" && is_host && is_port
        });
        assert!(found, "{} of {orig:?} to {:?} is not among {conclusions:#?}", actor.family, actor.id_resp_p);
    }
    let periodic = conclusions.iter().any(|one| {
        one["kind"] == "periodic" && one["reason"].as_str().unwrap().contains("every 1 min give or take")
    });
    assert!(periodic, "the calm beacon keeps time");
}

#[test]
fn a_clean_day_raises_nothing_beyond_low() {
    let dir = TempDir::new().unwrap();
    Scenario::quiet_day(1).write_dir(dir.path()).unwrap();
    let answer = profile(dir.path(), &["conn.log", "--format", "json"]).json();
    let conclusions = answer["conclusions"]["conclusions"].as_array().unwrap();
    let grave: Vec<_> =
        conclusions.iter().filter(|one| one["severity"] == "high" || one["severity"] == "medium").collect();
    assert!(grave.is_empty(), "{grave:#?}");
}

#[test]
fn thresholds_decide_what_is_concluded() {
    let kinds = |args: &[&str]| {
        let answer = ask(log(&rows(1000)), &[&["--format", "json"], args].concat()).json();
        let list = answer["conclusions"]["conclusions"].as_array().unwrap().clone();
        list.iter().map(|one| one["kind"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert!(kinds(&[]).contains(&"exfiltration".to_owned()));
    assert!(!kinds(&["--threshold", "exfiltration_bytes=9e9"]).contains(&"exfiltration".to_owned()));
    ask(log(&rows(10)), &["--threshold", "colour=1"]).fails(2, &["colour=1", "scan_hosts"]);
    ask(log(&rows(10)), &["--threshold", "scan_hosts=x"]).fails(2, &["scan_hosts=x", "a number"]);
}

#[test]
fn a_sample_is_called_one_and_wrong_usage_exits_with_2() {
    let answer = ask(log(&rows(2000)), &["--sample", "500", "--format", "json"]);
    assert!(answer.stderr.contains("a sample of 500 of 2001 rows"), "{}", answer.stderr);
    assert_eq!(answer.json()["intake"]["sample"]["of"], 2001);
    assert!(ask(log(&rows(2000)), &["--sample", "500"]).stdout.contains("a sample of 500 of 2,001"));
    ask(log(&rows(10)), &["--by", "colour"]).fails(2, &["`colour`", "service"]);
    ask(log(&rows(10)), &["--by", "orig_bytes"]).fails(2, &["`orig_bytes`", "categories"]);
    ask(log(&rows(10)), &["--limit", "0"]).fails(2, &["limit is 0"]);
    let dns = "#separator \\x09\n#path\tdns\n#fields\tts\tquery\n#types\ttime\tstring\n1.0\ta.example\n";
    ask(dns, &[]).fails(1, &["conn.log", "not a conn.log"]);
}

#[test]
fn hostile_values_and_odd_numbers_are_harmless() {
    let odd = odd_row();
    let mut all = rows(300);
    all.push(odd.replace("8000000000", "18446744073709551615").replace(ODD, "CHUGE"));
    all.push(row(1).replace("dns", "=cmd()</script><script>alert(1)</script>\\x1b[2J\\xe2\\x80\\xae"));
    all.push(odd.replace("1700000500.000001", "-9000000000000.0").replace("32400.5", "9000000000000.0"));
    let dir = TempDir::new().unwrap();
    fs::write(dir.path().join("conn.log"), log(&all)).unwrap();
    let table = profile(dir.path(), &["conn.log", "--html", "page.html"]);
    assert_eq!(table.code, Some(0), "{}", table.stderr);
    assert!(table.stdout.contains("alert(1)") && !table.stdout.contains(['\u{1b}', '\u{202e}']));
    assert!(profile(dir.path(), &["conn.log", "--format", "csv"]).stdout.contains("'=cmd()"));
    let page = fs::read_to_string(dir.path().join("page.html")).unwrap();
    assert!(page.contains("alert(1)") && !page.contains("<script>alert(1)"));
}

#[test]
fn a_log_of_one_row_and_one_of_equal_rows_are_no_error() {
    for n in [1, 30] {
        let answer = ask(log(&vec![odd_row(); n]), &["--format", "json", "--html", "page.html"]);
        assert_eq!(answer.json()["intake"]["n_records"], n);
    }
}

#[test]
fn labels_of_a_file_and_of_a_column_are_compared_and_leaks_are_told() {
    let dir = TempDir::new().unwrap();
    let label = |i: u64| if i % 10 == 9 { "scan" } else { "benign" };
    let sidecar: String = (0..1000).map(|i| format!("C{i:07}\t{}\n", label(i))).collect();
    fs::write(dir.path().join("labels.tsv"), sidecar).unwrap();
    fs::write(dir.path().join("conn.log"), log(&rows(1000))).unwrap();
    let answer = profile(dir.path(), &["conn.log", "--labels", "labels.tsv", "--format", "json"]).json();
    let classes = &answer["labels"]["classes"];
    assert_eq!(
        (&find(classes, "name", "scan")["n"], &find(classes, "name", "benign")["n"]),
        (&100.into(), &900.into())
    );
    let associations = answer["labels"]["associations"].as_array().unwrap();
    let of = |class: &str, column: &str| {
        let is_it = |one: &&Value| one["class"] == class && one["column"] == column;
        associations.iter().find(is_it).unwrap()["value"].as_f64().unwrap()
    };
    assert_eq!(of("scan", "resp_bytes"), 0.0, "scans get nothing, all others something");
    assert!(of("all classes", "conn_state") > 0.99);
    let page = profile(dir.path(), &["conn.log", "--labels", "labels.tsv", "--html", "page.html"]).stdout;
    assert!(page.contains("Leak: all 100 rows of scan have the same id.resp_h"), "{page}");

    let header = crate::logs::HEADER
        .replace("resp_ip_bytes\n#types", "resp_ip_bytes\tlabel\n#types")
        .replace("count\tcount\n", "count\tcount\tstring\n");
    let rows: String = (0..1000).map(|i| row(i).replace('\n', &format!("\t{}\n", label(i)))).collect();
    fs::write(dir.path().join("labelled.log"), header + &rows).unwrap();
    let column = profile(dir.path(), &["labelled.log", "--label-column", "label", "--format", "json"]).json();
    assert_eq!(find(&column["labels"]["classes"], "name", "scan")["n"], 100);
    let none = profile(dir.path(), &["conn.log", "--label-column", "label"]);
    assert!(none.stderr.contains("no connection has a label"), "{}", none.stderr);
    fs::write(dir.path().join("bad.tsv"), "C1\n").unwrap();
    profile(dir.path(), &["conn.log", "--labels", "bad.tsv"]).fails(1, &["bad.tsv", "line 1"]);
}
