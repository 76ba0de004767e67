//! `bro-ml outliers`, `clusters` and `profile` on http.log.

use std::fs;

use tempfile::TempDir;

use crate::logs::{log, rows};
use crate::program::{Answer, bro_ml, run};

const HEADER: &str = "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\thttp\n\
    #fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\ttrans_depth\tmethod\thost\turi\treferrer\t\
    user_agent\trequest_body_len\tresponse_body_len\tstatus_code\tresp_mime_types\n\
    #types\ttime\tstring\taddr\tport\taddr\tport\tcount\tstring\tstring\tstring\tstring\tstring\tcount\tcount\t\
    count\tvector[string]\n";

const ODD: &str = "CODDPOST";

/// Ordinary requests for pages and pictures, and one upload by a tool that nobody else uses.
fn http_log(n_rows: u64) -> String {
    let row = |i: u64| {
        let (host, wobble) = (i % 7, i * 7919 % 211);
        let (uri, kind) =
            if i.is_multiple_of(3) { ("/pic.png", "image/png") } else { ("/page?id=1", "text/html") };
        format!(
            "{}.5\tC{i:06}\t10.0.0.{}\t{}\t192.0.2.{host}\t80\t{}\tGET\tsite{host}.example\t{uri}\t-\t\
             Mozilla/5.0 (Browser)\t0\t{}\t200\t{kind}\n",
            1_700_000_000 + i,
            i % 40 + 1,
            49152 + i % 9000,
            i % 4 + 1,
            1000 + wobble * 37
        )
    };
    let odd = format!(
        "1700000500.25\t{ODD}\t10.0.0.9\t51515\t203.0.113.66\t8081\t1\tPOST\t203.0.113.66\t/gate.php?d=aGVsbG8=\t-\t\
         <b>evil\\x1b[31m</b>\t52428800\t-\t-\t-\n"
    );
    let mut rows: Vec<String> = (0..n_rows).map(row).collect();
    rows.insert(rows.len() / 2, odd);
    format!("{HEADER}{}", rows.concat())
}

fn ask(command: &str, logs: &[(&str, String)], args: &[&str]) -> Answer {
    let dir = TempDir::new().unwrap();
    for (name, log) in logs {
        fs::write(dir.path().join(name), log).unwrap();
    }
    let answer = run(bro_ml(dir.path()).current_dir(dir.path()).args([command, "--no-save"]).args(args));
    if let Ok(page) = fs::read_to_string(dir.path().join("page.html")) {
        assert!(!page.contains("<b>evil"), "a value of the log stands in the page as it is");
        assert!(page.contains("203.0.113.66/gate.php") || page.contains("/gate.php?d=aGVsbG8="));
    }
    answer
}

#[test]
fn the_odd_request_is_found_and_told_with_the_fields_of_its_log() {
    let logs = [("http.log", http_log(2000))];
    let answer =
        ask("outliers", &logs, &["http.log", "--seed", "1", "--format", "json", "--html", "page.html"])
            .json();
    assert_eq!((answer["n_records"].as_u64(), answer["log_kind"].as_str()), (Some(2001), Some("http")));
    let odd = answer["outliers"].as_array().unwrap().iter().find(|row| row["uid"] == ODD).unwrap();
    assert_eq!((odd["method"].as_str(), odd["host"].as_str()), (Some("POST"), Some("203.0.113.66")));
    assert_eq!((odd["request_body_len"].as_u64(), odd["status_code"].is_null()), (Some(52_428_800), true));
    assert!(odd.get("conn_state").is_none());
    let reason = odd["reason"].as_str().unwrap();
    assert!(reason.contains("as 1 of 2,001 sessions"), "{reason}");
    let csv = ask("outliers", &logs, &["http.log", "--format", "csv"]).stdout;
    assert!(
        csv.lines().next().unwrap().contains("trans_depth,method,host,uri,status_code,user_agent"),
        "{csv}"
    );
    let table = ask("outliers", &logs, &["http.log", "--seed", "1", "--limit", "5000"]).stdout;
    assert!(table.contains("POST 203.0.113.66/gate.php?d=aGVsbG8=") && !table.contains('\u{1b}'), "{table}");
}

#[test]
fn clusters_of_requests_are_told_in_their_own_words() {
    let logs = [("http.log", http_log(1000))];
    let answer =
        ask("clusters", &logs, &["http.log", "--eps", "0.5", "--format", "json", "--html", "page.html"])
            .json();
    let clusters = answer["clusters"].as_array().unwrap();
    assert!(clusters.iter().any(|c| c["summary"].as_str().unwrap().contains("100 % GET")), "{clusters:?}");
    assert_eq!(answer["params"]["x"], "ln_uri_len");
    assert!(answer["noise"].as_array().unwrap().iter().any(|session| session["uid"] == ODD));
}

#[test]
fn the_first_log_decides_the_kind_unless_it_is_said_and_other_rows_are_counted() {
    let logs = [("http.log", http_log(500)), ("conn.log", log(&rows(300)))];
    let ask = |args: &[&str]| ask("outliers", &logs, &[args, &["--format", "json"]].concat());
    let http = ask(&["http.log", "conn.log"]);
    assert_eq!(http.json()["n_records"].as_u64(), Some(501));
    assert!(http.stderr.contains("left out, as they are not http: 301 rows of path conn"), "{}", http.stderr);
    assert_eq!(ask(&["conn.log", "http.log"]).json()["n_records"].as_u64(), Some(301));
    assert_eq!(ask(&[".", "--log-kind", "http"]).json()["n_records"].as_u64(), Some(501));
    let refused = ask(&["conn.log", "--log-kind", "http"]);
    refused.fails(1, &["conn.log is not an http.log", "method, uri"]);
    ask(&["conn.log", "--log-kind", "dns"]).fails(2, &["dns", "conn or http"]);
    ask(&["http.log", "--features", "ln_duration"]).fails(2, &["ln_duration", "ln_uri_len"]);
}

/// Requests by `orig` to `host`, one every so many seconds.
fn requests(orig: &str, host: &str, n: u64, row: impl Fn(u64) -> (u64, String, u64, u64, u64)) -> String {
    let line = |i: u64| {
        let (at, uri, sent, received, status) = row(i);
        format!(
            "{}.25\tCX{i:04}{}\t{orig}\t50000\t198.51.100.7\t80\t1\tPOST\t{host}\t{uri}\t-\tAgent 1\t{sent}\t\
             {received}\t{status}\t-\n",
            1_700_000_000 + at,
            host.len()
        )
    };
    (0..n).map(line).collect()
}

#[test]
fn a_profile_of_requests_counts_by_hand_and_concludes_what_requests_can_show() {
    let scan = requests("10.0.0.50", "victim.example", 120, |i| (i, format!("/admin{i}"), 0, 100, 404));
    let guess = requests("10.0.0.51", "login.example", 60, |i| (i * 5, "/login".to_owned(), 30, 100, 401));
    let upload = requests("10.0.0.52", "drop.example", 20, |i| (i * i, "/put".to_owned(), 100_000, 10, 200));
    let beacon = requests("10.0.0.53", "calm.example", 50, |i| (i * 60, "/tick".to_owned(), 40, 10, 200));
    let tool = requests("10.0.0.54", "files.example", 1, |_| (7, "/a.exe".to_owned(), 0, 9000, 200))
        .replace("Agent 1", "sqlmap/1.7")
        .replace("200\t-", "200\tapplication/x-dosexec");
    let log = http_log(2000) + &scan + &guess + &upload + &beacon + &tool;
    let logs = [("http.log", log), ("conn.log", crate::logs::log(&rows(50)))];
    let args = ["--log-kind", "http", ".", "--format", "json", "--html", "page.html"];
    let answer = ask("profile", &logs, &args).json();
    assert_eq!((&answer["intake"]["kind"], &answer["intake"]["n_records"]), (&"http".into(), &2252.into()));
    let find = |list: &serde_json::Value, key: &str, value: &str| {
        let found = list.as_array().unwrap().iter().find(|row| row[key] == value).cloned();
        found.unwrap_or_else(|| panic!("no {key} {value} in {list}"))
    };
    let columns = &answer["columns"]["columns"];
    assert_eq!(
        find(columns, "name", "status_code")["top"][0],
        serde_json::json!({"value": "200", "n": 2071})
    );
    assert_eq!(find(columns, "name", "method")["distinct"], 2);
    assert_eq!(
        find(columns, "name", "request_body_len")["max"]
            .as_f64()
            .map(|n| (n / 52_428_800.0 - 1.0).abs() < 0.008),
        Some(true)
    );
    let host = find(&answer["groups"]["rows"], "host", "victim.example");
    assert_eq!((&host["n"], &host["failed"], &host["status_code"]), (&120.into(), &1.into(), &"404".into()));
    let boxes = answer["boxes"].as_array().unwrap();
    let by_host =
        boxes.iter().find(|row| row["group"] == "drop.example" && row["column"] == "request_body_len");
    assert_eq!(by_host.map(|row| (row["by"].clone(), row["n"].clone())), Some(("host".into(), 20.into())));
    let sent = &answer["bandwidth"]["rates"][0]["sent"];
    assert_eq!(*sent, 52_428_800 + 60 * 30 + 20 * 100_000 + 50 * 40);
    let conclusions = &answer["conclusions"]["conclusions"];
    for (kind, orig, severity) in [
        ("http_scan", "10.0.0.50", "high"),
        ("http_denied", "10.0.0.51", "medium"),
        ("http_upload", "10.0.0.52", "medium"),
        ("http_periodic", "10.0.0.53", "low"),
        ("tool_agent", "10.0.0.54", "medium"),
    ] {
        let found = conclusions
            .as_array()
            .unwrap()
            .iter()
            .find(|one| one["kind"] == kind && one["id.orig_h"] == orig);
        assert_eq!(
            found.map(|one| one["severity"].clone()),
            Some(severity.into()),
            "{kind}: {conclusions:#?}"
        );
    }
    let odd = conclusions.as_array().unwrap().iter().find(|one| one["id.orig_h"] == "10.0.0.9").unwrap();
    assert!(odd["kind"] == "http_upload" && odd["evidence"].as_str().unwrap().contains(ODD));
    assert_eq!(find(conclusions, "kind", "program_download")["n"], 1);
}

#[test]
fn a_profile_of_requests_is_the_same_on_any_number_of_threads() {
    let dir = TempDir::new().unwrap();
    fs::write(dir.path().join("http.log"), http_log(20_000)).unwrap();
    let outputs = ["1", "2", "5"].map(|n_threads| {
        let mut command = bro_ml(dir.path());
        let command = command.current_dir(dir.path()).env("RAYON_NUM_THREADS", n_threads);
        run(command.args(["profile", "--no-save", "http.log", "--format", "csv"])).stdout
    });
    assert!(outputs.iter().all(|output| *output == outputs[0] && output.len() > 1_000));
}
