//! `bro-ml outliers`.

use std::fs;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use crate::logs::{HEADER, ODD, gzip, log, odd_row, rows};
use crate::program::{Answer, bro_ml, run, run_with_stdin};

fn outliers(dir: &Path, args: &[&str]) -> Answer {
    run(bro_ml(dir).current_dir(dir).args(["outliers", "--no-save"]).args(args))
}

/// Writes a log into a folder of its own and asks about it.
fn ask(log: impl AsRef<[u8]>, args: &[&str]) -> Answer {
    let dir = TempDir::new().unwrap();
    fs::write(dir.path().join("conn.log"), log).unwrap();
    outliers(dir.path(), &[&["conn.log"], args].concat())
}

/// The answer without what names the files.
fn nameless(mut answer: Value) -> Value {
    let object = answer.as_object_mut().unwrap();
    object.remove("logs");
    for outlier in object["outliers"].as_array_mut().unwrap() {
        outlier.as_object_mut().unwrap().retain(|name, _| name != "log" && name != "byte");
    }
    answer
}

#[test]
fn the_planted_session_is_found_and_described() {
    let answer = ask(log(&rows(2000)), &["--seed", "1", "--format", "json"]).json();
    assert_eq!((answer["n_records"].as_u64(), answer["n_rejected"].as_u64()), (Some(2001), Some(0)));
    assert_eq!(answer["clusters"].as_array().unwrap().len(), 8);
    assert_eq!(answer["explained_variance_ratio"].as_array().unwrap().len(), 2);
    let sizes = answer["clusters"].as_array().unwrap().iter().map(|c| c["size"].as_u64().unwrap());
    assert_eq!(sizes.sum::<u64>(), 2001);
    let odd = &answer["outliers"].as_array().unwrap().iter().find(|row| row["uid"] == ODD).unwrap();
    assert_eq!(odd["ts"].as_f64(), Some(1_700_000_500.000_001));
    assert_eq!((&odd["id.orig_h"], &odd["id.resp_p"]), (&"10.0.0.9".into(), &4444.into()));
    assert_eq!((odd["duration"].as_f64(), odd["orig_bytes"].as_u64()), (Some(32400.5), Some(8_000_000_000)));
    assert!(odd["service"].is_null());
    let reason = odd["reason"].as_str().unwrap();
    assert!(reason.contains("7.5 GiB in 6,000,000 packets") && reason.contains("ended as S1"), "{reason}");
}

#[test]
fn a_file_its_compressed_copy_a_pipe_and_three_parts_give_the_same_answer_on_any_number_of_threads() {
    let dir = TempDir::new().unwrap();
    let path = |name: &str| dir.path().join(name);
    let all = rows(30_000);
    let whole = log(&all);
    fs::write(path("conn.log"), &whole).unwrap();
    fs::write(path("conn.log.gz"), gzip(whole.as_bytes())).unwrap();
    for (i, part) in [&all[..7_001], &all[7_001..20_000], &all[20_000..]].into_iter().enumerate() {
        fs::write(path(&format!("part{i}.log")), log(part)).unwrap();
    }
    let args = ["--seed", "3", "--format", "json"];
    let ask = |logs: &[&str]| nameless(outliers(dir.path(), &[logs, &args].concat()).json());
    let expected = ask(&["conn.log"]);
    assert_eq!(ask(&["conn.log.gz"]), expected);
    assert_eq!(ask(&["part0.log", "part1.log", "part2.log"]), expected);
    let mut command = bro_ml(dir.path());
    let piped = run_with_stdin(command.args(["outliers", "--no-save", "-"]).args(args), whole.as_bytes());
    assert_eq!(nameless(piped.json()), expected);
    let outputs = ["1", "2", "8"].map(|n_threads| {
        let mut command = bro_ml(dir.path());
        run(command
            .current_dir(dir.path())
            .env("RAYON_NUM_THREADS", n_threads)
            .args(["outliers", "--no-save", "conn.log"])
            .args(args))
        .stdout
    });
    assert!(outputs.iter().all(|output| *output == outputs[0] && !output.is_empty()));
}

#[test]
fn a_sample_is_called_one_everywhere() {
    let args = ["--sample", "500", "--n-clusters", "4", "--seed", "5"];
    let answer = ask(log(&rows(2000)), &[&args[..], &["--format", "json"]].concat());
    assert!(answer.stderr.contains("a sample of 500 of 2001 rows"), "{}", answer.stderr);
    let answer = answer.json();
    assert_eq!((answer["n_records"].as_u64(), answer["sample"]["of"].as_u64()), (Some(500), Some(2001)));
    assert!(answer["warnings"][0].as_str().unwrap().contains("sample"));
    assert!(ask(log(&rows(2000)), &args).stdout.contains("sample of 500 of 2,001"));
    let whole = ask(log(&rows(200)), &["--sample", "5000", "--format", "json"]).json();
    assert!(whole["sample"].is_null());
}

#[test]
fn wrong_usage_exits_with_2_and_names_the_option() {
    let log = log(&rows(50));
    ask(&log, &["--smallest", "8"]).fails(2, &["smallest is 8", "less than n_clusters, which is 8"]);
    ask(&log, &["--n-clusters", "0"]).fails(2, &["n_clusters is 0"]);
    ask(&log, &["--features", "durations"]).fails(2, &["`durations`", "ln_duration"]);
    ask(&log, &["--tz", "Mars/Olympus"]).fails(2, &["Mars/Olympus"]);
    ask(&log, &["--no-such-option"]).fails(2, &["--no-such-option"]);
}

#[test]
fn a_log_that_cannot_be_used_exits_with_1_and_names_the_file_and_the_cure() {
    let dns = "#separator \\x09\n#path\tdns\n#fields\tts\tquery\n#types\ttime\tstring\n1.0\ta.example\n";
    ask(dns, &[]).fails(1, &["conn.log", "not a conn.log", "dns", "give the conn.log"]);
    ask("", &[]).fails(1, &["conn.log"]);
    ask(HEADER, &[]).fails(1, &["conn.log has no rows"]);
    ask(log(&rows(4)), &[]).fails(1, &["conn.log has 5 rows", "8 clusters", "smaller n_clusters"]);
    ask("this is no log at all\nnot in the least\n", &[]).fails(1, &["conn.log"]);
    let dir = TempDir::new().unwrap();
    outliers(dir.path(), &["absent.log"]).fails(1, &["absent.log"]);
    outliers(dir.path(), &["."]).fails(1, &["folder"]);
    outliers(dir.path(), &["-", "-"]).fails(2, &["more than once"]);
}

#[test]
fn equal_sessions_are_no_error_and_said_plainly() {
    let answer = ask(log(&vec![odd_row(); 30]), &["--format", "json"]);
    assert!(answer.stderr.contains("all 30 sessions are equal"), "{}", answer.stderr);
    let answer = answer.json();
    assert_eq!(answer["outliers"].as_array().map(Vec::len), Some(0));
    assert_eq!(answer["clusters"][0]["size"], 30);
    assert_eq!(ask(log(&vec![odd_row(); 30]), &["--html", "page.html"]).code, Some(0));
}

#[test]
fn a_log_cut_off_gives_its_whole_rows_and_says_what_is_lost() {
    let gz = gzip(log(&rows(5000)).as_bytes());
    let cut = &gz[..gz.len() * 2 / 3];
    let answer = ask(cut, &["--format", "json"]);
    assert!(answer.stderr.contains("cut off"), "{}", answer.stderr);
    let answer = answer.json();
    assert!((100..5000).contains(&answer["n_records"].as_u64().unwrap()));
    assert!(answer["warnings"][0].as_str().unwrap().contains("cut off"));
    ask(cut, &["--strict"]).fails(1, &["conn.log", "cut off"]);
}

#[test]
fn rows_that_cannot_be_read_are_set_aside_counted_and_located() {
    let mut all = rows(300);
    all[10] = all[10].replacen("udp", "udp\textra", 1);
    all[20] = all[20].replacen(".0", ".x", 1);
    let answer = ask(log(&all), &["--format", "json"]);
    assert!(answer.stderr.contains("set aside") && answer.stderr.contains("line "), "{}", answer.stderr);
    assert!(answer.json()["n_rejected"].as_u64() >= Some(1));
    ask(log(&all), &["--strict"]).fails(1, &["conn.log", "line "]);
}

#[test]
fn hostile_values_are_harmless_in_the_terminal_in_csv_and_in_the_page() {
    let hostile = odd_row().replace(ODD, "=cmd()</script><script>alert(1)</script>\\x1b[2J\\xe2\\x80\\xae");
    let mut all = rows(300);
    all.push(hostile);
    let dir = TempDir::new().unwrap();
    fs::write(dir.path().join("conn.log"), log(&all)).unwrap();
    let table = outliers(dir.path(), &["conn.log", "--limit", "1000", "--html", "page.html"]);
    assert!(table.stdout.contains("alert(1)") && !table.stdout.contains(['\u{1b}', '\u{202e}']));
    let csv = outliers(dir.path(), &["conn.log", "--format", "csv"]).stdout;
    assert!(csv.contains("'=cmd()"));
    let page = fs::read_to_string(dir.path().join("page.html")).unwrap();
    assert!(page.contains("alert(1)") && !page.contains("<script>alert(1)"));
}

#[test]
fn tables_say_how_much_they_leave_out_and_times_follow_the_zone() {
    let answer = ask(log(&rows(3000)), &["--limit", "1", "--tz", "Asia/Tokyo"]);
    assert!(answer.stdout.contains("1 of ") && answer.stdout.contains("+09:00"), "{}", answer.stdout);
    assert!(ask(log(&rows(300)), &[]).stderr.is_empty(), "nothing to say beside the table");
}

#[test]
fn rows_without_a_header_are_read_by_the_schema_given() {
    let rows: String = (0..20).map(|i| format!("tcp\tSF\t{i}.5\t{}\n", i * i)).collect();
    ask(&rows, &[]).fails(1, &["conn.log", "schema"]);
    let schema = "proto:enum conn_state:string duration:interval orig_bytes:count";
    let answer = ask(&rows, &["--schema", schema, "--n-clusters", "4", "--format", "json"]).json();
    assert_eq!(answer["n_records"], 20);
    ask(&rows, &["--schema", "con"]).fails(2, &["--schema con", "conn"]);
}
