//! `bro-ml cut`, held to the answers of Zeek's own zeek-cut.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::{NamedTempFile, TempDir};

use crate::logs;
use crate::program::{Answer, bro_ml, run_with_stdin};

fn cut(args: &[&str], log: &str) -> Answer {
    let dir = TempDir::new().unwrap();
    run_with_stdin(bro_ml(dir.path()).arg("cut").args(args).env("TZ", "UTC"), log.as_bytes())
}

fn check(args: &[&str], expected: &str) {
    let log = format!(
        "{}1258531221.486539\tC1\t10.0.0.1\t1\t10.0.0.2\t53\tudp\tdns\t0.1\t1\t2\tSF\tDd\t1\t29\t1\t30\n",
        logs::HEADER
    );
    let answer = cut(args, &log);
    assert_eq!((answer.code, answer.stdout.as_str()), (Some(0), expected), "{args:?}: {}", answer.stderr);
}

#[test]
fn options_are_zeek_cut_s() {
    check(&["service", "nosuch", "uid"], "dns\t\tC1\n");
    check(&["-m", "uid", "ts"], "uid\tts\nC1\t1258531221.486539\n");
    check(&["-F", ",", "uid", "proto"], "C1,udp\n");
    check(&["-u", "ts", "duration"], "2009-11-18T08:00:21+0000\t0.1\n");
    check(&["-d", "ts"], "2009-11-18T08:00:21+0000\n");
    check(&["-U", "%H:%M", "ts"], "08:00\n");
    check(&["-D", "%s", "-c", "-m", "ts"], "ts\n1258531221\n");
    let meta = "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tconn\n";
    check(&["-c", "-u", "ts"], &format!("{meta}#fields\tts\n#types\tstring\n2009-11-18T08:00:21+0000\n"));
}

#[test]
fn a_row_left_out_is_told_with_its_line() {
    let answer = cut(&["proto"], &format!("{}1.0\tC1\n", logs::HEADER));
    assert_eq!((answer.code, answer.stdout.as_str()), (Some(0), ""));
    assert!(
        answer.stderr.contains("rows left out: 1") && answer.stderr.contains("line 8"),
        "{}",
        answer.stderr
    );
}

#[test]
fn what_cannot_be_cut_is_an_error_that_says_why() {
    cut(&["uid"], "1.0\tC1\n").fails(1, &["standard input", "line 1", "header"]);
    cut(&["uid"], "{\"uid\":\"C1\"}\n").fails(1, &["standard input", "not a Zeek log"]);
    cut(&["-U", "%!", "ts"], "").fails(2, &["%!"]);
    cut(&["-F", "", "ts"], "").fails(2, &["-F"]);
}

/// The file of recorded answers, beside the folder of real logs.
#[expect(clippy::print_stderr, reason = "a suite that does not run must say so")]
fn recorded() -> Option<(PathBuf, String)> {
    let data = std::env::var_os("BRO_ML_DATA").map(PathBuf::from);
    let beside = data.and_then(|data| data.parent().map(Path::to_owned));
    let cases = beside.and_then(|dir| {
        let text = std::fs::read_to_string(dir.join("domain/zeek_cut_cases.jsonl")).ok()?;
        Some((dir, text))
    });
    if cases.is_none() {
        eprintln!(
            "BRO_ML_DATA is not set or has no zeek_cut_cases.jsonl beside it: zeek-cut's answers are not compared"
        );
    }
    cases
}

/// Why zeek-cut's answer for this log is none to be equal to: it is not well-formed.
fn flaw(log: &[u8]) -> Option<&'static str> {
    let has = |part: &[u8]| log.windows(part.len()).any(|window| window == part);
    let starts = |part: &[u8]| log.starts_with(part);
    let rows = || log.split(|&byte| byte == b'\n').filter(|line| !line.is_empty() && line[0] != b'#');
    let is_one_byte = log.split(|&byte| byte == b'\n').next().is_some_and(|line| {
        let value = line.strip_prefix(b"#separator ").unwrap_or_default();
        value.len() == 1 || (value.len() == 4 && value.starts_with(br"\x"))
    });
    [
        (!log.ends_with(b"\n"), "no line end at the end"),
        (!starts(b"#") && rows().next().is_some(), "no header"),
        (starts(b"#separator ") && !is_one_byte, "separator of several bytes"),
        (starts(b"#separator") && !starts(b"#separator "), "no blank after #separator"),
        (has(b"\r\n"), "carriage returns"),
        (has(b"\n\n"), "blank lines"),
        (has(b"\0"), "NUL"),
    ]
    .into_iter()
    .find_map(|(is_so, flaw)| is_so.then_some(flaw))
}

fn answer(args: &[String], log: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bro-ml"));
    let stdin = Stdio::from(File::open(log).unwrap());
    command.arg("cut").args(args).env("TZ", "UTC").stdin(stdin).output().unwrap()
}

/// The digest as the system's own tool tells it.
fn sha256(bytes: &[u8]) -> String {
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    let output = Command::new("sha256sum").arg(file.path()).output().expect("sha256sum runs");
    String::from_utf8(output.stdout).unwrap().split_whitespace().next().unwrap().to_owned()
}

#[test]
fn well_formed_logs_give_zeek_cut_s_answers_to_the_byte() {
    let Some((folder, cases)) = recorded() else { return };
    let mut n_equal = 0;
    let mut flaws = BTreeMap::new();
    for line in cases.lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        let log = folder.join(case["log"].as_str().unwrap());
        let args: Vec<_> =
            case["args"].as_array().unwrap().iter().map(|arg| arg.as_str().unwrap().to_owned()).collect();
        if case["exit"] != 0 {
            assert_eq!(answer(&args, &log).status.code(), Some(2), "wrong usage: {args:?}");
            continue;
        }
        if let Some(flaw) = flaw(&std::fs::read(&log).unwrap()) {
            flaws.entry(flaw).or_insert_with(Vec::new).push(log);
            continue;
        }
        let found = answer(&args, &log);
        assert_eq!(found.status.code(), Some(0), "{} {args:?}", log.display());
        let n_bytes = case["bytes"].as_u64().unwrap() as usize;
        assert_eq!(found.stdout.len(), n_bytes, "{} {args:?}", log.display());
        match case["stdout"].as_str() {
            Some(expected) => {
                assert_eq!(String::from_utf8_lossy(&found.stdout), expected, "{} {args:?}", log.display());
            }
            // Of long answers only the digest is recorded.
            None => {
                let digest = case["sha256"].as_str().unwrap();
                assert_eq!(sha256(&found.stdout), digest, "{} {args:?}", log.display());
            }
        }
        n_equal += 1;
    }
    assert!(n_equal > 800, "{n_equal} answers compared; set aside: {flaws:?}");
}
