//! `bro-ml check`.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tempfile::TempDir;

use crate::logs::{HEADER, gzip, log, rows};
use crate::program::{Answer, bro_ml, run, run_with_stdin};

fn check(files: &[(&str, &[u8])], args: &[&str]) -> Answer {
    let dir = TempDir::new().unwrap();
    for (name, bytes) in files {
        let path = dir.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    run(bro_ml(dir.path()).current_dir(dir.path()).arg("check").args(args))
}

const BAD: &str =
    "1.0\tC1\t10.0.0.1\t99999\t10.0.0.2\t53\tudp\tdns\t0.1\t1\t2\tSF\tDd\t1\t29\t1\t30\n1.0\tC2\n";

#[test]
fn rows_rejects_blocks_and_paths_are_told() {
    let log = format!("{}{BAD}{HEADER}{BAD}", log(&rows(20)));
    let answer = check(&[("conn.log", log.as_bytes())], &["conn.log", "--format", "json"]).json();
    assert_eq!((answer["rows"].as_u64(), answer["rejected"].as_u64()), (Some(21), Some(4)));
    assert_eq!(answer["paths"]["conn"], 21);
    let blocks = answer["blocks"].as_array().unwrap();
    let facts: Vec<_> =
        blocks.iter().map(|block| (block["rows"].as_u64(), block["rejected"].as_u64())).collect();
    assert_eq!(facts, [(Some(21), Some(2)), (Some(0), Some(2))]);
    assert_eq!(blocks[0]["fields"][3]["name"], "id.orig_p");
    assert_eq!(blocks[0]["fields"][3]["type"], "port");
    assert_eq!((&blocks[0]["line"], &blocks[1]["line"]), (&Value::from(6), &Value::from(36)));
    assert_eq!(blocks[0]["first_ts"].as_f64().map(f64::floor), Some(1_700_000_000.0));
    let rejects = answer["logs"][0]["rejects"].as_array().unwrap();
    let reasons: Vec<_> =
        rejects.iter().map(|reason| (reason["reason"].as_str(), reason["rows"].as_u64())).collect();
    assert_eq!(reasons, [(Some("range"), Some(2)), (Some("missing_cells"), Some(2))]);
    assert_eq!(rejects[0]["examples"][0]["line"], 29);
    assert_eq!(answer["capture"]["connections"], 21);
}

#[test]
fn a_folder_is_gone_through_and_what_is_no_log_is_told() {
    let conn = log(&rows(5));
    let files: [(&str, &[u8]); 4] = [
        ("logs/a/conn.log.gz", &gzip(conn.as_bytes())),
        ("logs/b.json", b"{\"_path\":\"dns\",\"ts\":1.5,\"query\":\"a\"}\n"),
        ("logs/README", b"Nothing but words\n"),
        ("logs/.hidden", b"Nothing but words\n"),
    ];
    let answer = check(&files, &["logs"]);
    assert_eq!(answer.code, Some(0), "{}", answer.stderr);
    for words in [
        "README: ",
        "not a Zeek log",
        "3 logs, 1 not read to their end: 7 rows",
        "conn.log.gz: 6 rows",
        "JSON",
    ] {
        assert!(answer.stdout.contains(words), "no {words:?} in {}", answer.stdout);
    }
    assert!(!answer.stdout.contains("hidden"));
    check(&files, &["logs/README"]).fails(1, &["logs/README", "not a Zeek log"]);
    check(&files, &["logs/none.log", "logs/b.json"]).fails(1, &["1 of 2 logs", "none.log"]);
}

#[test]
fn strict_fails_at_the_end_and_not_before() {
    let log = format!("{}{BAD}", log(&rows(5)));
    let files: [(&str, &[u8]); 1] = [("conn.log", log.as_bytes())];
    let lenient = check(&files, &["conn.log"]);
    assert_eq!(lenient.code, Some(0), "{}", lenient.stderr);
    let strict = check(&files, &["conn.log", "--strict"]);
    strict.fails(1, &["2 rows were set aside"]);
    assert!(strict.stdout.contains("6 rows, 2 set aside"), "{}", strict.stdout);
}

#[test]
fn a_log_that_is_cut_off_is_read_as_far_as_it_goes() {
    let whole = gzip(log(&rows(3000)).as_bytes());
    let answer =
        check(&[("conn.log.gz", &whole[..whole.len() / 2])], &["conn.log.gz", "--format", "json"]).json();
    let n_rows = answer["rows"].as_u64().unwrap();
    assert!(n_rows > 500 && n_rows < 3000, "{n_rows}");
    assert_eq!(answer["logs"][0]["error"]["code"], "gzip_truncated");
}

#[test]
fn hostile_names_and_paths_do_not_reach_the_terminal() {
    let log =
        "#separator \\x09\n#path\tco\\x1b[2Jnn\n#fields\ta\u{1b}[31m\n#types\tstring\u{7}\n\u{1b}]0;x\u{7}\n";
    let dir = TempDir::new().unwrap();
    let answer = run_with_stdin(bro_ml(dir.path()).args(["check", "-"]), log.as_bytes());
    assert_eq!(answer.code, Some(0), "{}", answer.stderr);
    assert!(!answer.stdout.contains('\u{1b}') && !answer.stdout.contains('\u{7}'), "{:?}", answer.stdout);
    let csv = run_with_stdin(bro_ml(dir.path()).args(["check", "-", "--format", "csv"]), log.as_bytes());
    assert!(csv.stdout.starts_with("log,line,path,"), "{}", csv.stdout);
}

#[test]
fn the_answer_is_the_same_on_any_number_of_threads() {
    let dir = TempDir::new().unwrap();
    for idx in 0..9 {
        fs::write(dir.path().join(format!("{idx}.log")), log(&rows(10 * idx))).unwrap();
    }
    let answers = ["1", "2", "8"].map(|n_threads| {
        let mut command = bro_ml(dir.path());
        run(command.current_dir(dir.path()).env("RAYON_NUM_THREADS", n_threads).args(["check", "."]))
    });
    assert!(answers.iter().all(|answer| answer.code == Some(0) && answer.stdout == answers[0].stdout));
}

/// What a file holds, told without any of our code: rows, and lines that start a block.
fn counted(path: &Path) -> (u64, u64) {
    let mut bytes = fs::read(path).unwrap();
    if bytes.starts_with(&[0x1f, 0x8b]) {
        let mut decoded = Vec::new();
        // A log that is cut off gives what it has.
        let is_whole = flate2::read::MultiGzDecoder::new(&bytes[..]).read_to_end(&mut decoded).is_ok();
        bytes = decoded;
        if !is_whole {
            let end = bytes.iter().rposition(|&byte| byte == b'\n').map_or(0, |end| end + 1);
            bytes.truncate(end);
        }
    }
    let prefix: &[u8] = if bytes.starts_with(b"PREFIX<>") { b"PREFIX<>" } else { b"#" };
    let fields = [prefix, b"fields"].concat();
    let (mut n_rows, mut n_blocks) = (0, 0);
    for line in bytes.split(|&byte| byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        n_blocks += u64::from(line.starts_with(&fields));
        n_rows += u64::from(!line.is_empty() && !line.starts_with(prefix));
    }
    if bytes.starts_with(b"separator") {
        // A header that lost its first byte.
        return (n_rows - 1, n_blocks);
    }
    // In tsv mode the first line holds the names.
    let has_names_line = bytes.first().is_some_and(|byte| !b"#{P".contains(byte));
    (n_rows - u64::from(has_names_line && n_rows > 0), n_blocks + u64::from(has_names_line))
}

fn files_below(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files_below(&path, found) } else { found.push(path) }
    }
}

#[test]
fn every_count_of_real_logs_agrees_with_an_independent_one() {
    let Some(data) = std::env::var_os("BRO_ML_DATA").map(PathBuf::from) else {
        eprintln!("BRO_ML_DATA is not set: real logs are not checked");
        return;
    };
    let dir = TempDir::new().unwrap();
    let answer = run(bro_ml(dir.path()).args(["check", "--format", "json"]).arg(&data)).json();
    let blocks = answer["blocks"].as_array().unwrap();
    let (mut n_logs, mut n_rows, mut n_rejected) = (0, 0, 0);
    for log in answer["logs"].as_array().unwrap() {
        let name = log["name"].as_str().unwrap();
        if matches!(log["error"]["code"].as_str(), Some("not_zeek" | "schema_needed")) {
            assert_eq!((&log["rows"], &log["rejected"]), (&Value::from(0), &Value::from(0)), "{name}");
            continue;
        }
        let (expected_rows, expected_blocks) = counted(Path::new(name));
        let (rows, rejected) = (log["rows"].as_u64().unwrap(), log["rejected"].as_u64().unwrap());
        assert_eq!(rows + rejected, expected_rows, "{name}");
        let own: Vec<_> = blocks.iter().filter(|block| block["log"] == name).collect();
        assert_eq!(own.iter().map(|block| block["rows"].as_u64().unwrap()).sum::<u64>(), rows, "{name}");
        if own.iter().all(|block| block["format"] == "tsv") {
            assert_eq!(own.len() as u64, expected_blocks, "{name}");
        }
        (n_logs, n_rows, n_rejected) = (n_logs + 1, n_rows + rows, n_rejected + rejected);
    }
    assert!(n_logs > 800, "{n_logs} logs");
    assert_eq!((answer["rows"].as_u64(), answer["rejected"].as_u64()), (Some(n_rows), Some(n_rejected)));
    let by_path: u64 = answer["paths"].as_object().unwrap().values().map(|rows| rows.as_u64().unwrap()).sum();
    assert_eq!(by_path, n_rows);
    let mut files = Vec::new();
    files_below(&data, &mut files);
    let is_hidden =
        |path: &&PathBuf| path.components().any(|part| part.as_os_str().as_encoded_bytes().starts_with(b"."));
    let n_hidden = files.iter().filter(is_hidden).count();
    assert_eq!(answer["logs"].as_array().unwrap().len(), files.len() - n_hidden, "every file is told");
}
