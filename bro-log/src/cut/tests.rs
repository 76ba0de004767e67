use std::io::Read;

use super::{CutHeader, CutParams};
use crate::Error;

const LOG: &str = "#separator \\x09\n#set_separator\t,\n#unset_field\t-\n#path\tconn\n#fields\tts\tuid\tid.orig_h\tnote\n\
    #types\ttime\tstring\taddr\tstring\n1.500000\tC1\t10.0.0.1\ta\\x09b\n2.000000\tC2\t10.0.0.2\t-\n#close\tnever\n";

fn cut(fields: &[&str]) -> CutParams {
    CutParams { fields: fields.iter().map(|&name| name.to_owned()).collect(), ..CutParams::default() }
}

fn answer(params: &CutParams, log: &[u8]) -> String {
    let mut output = Vec::new();
    params.run(log, &mut output, None).unwrap();
    String::from_utf8(output).unwrap()
}

fn check(params: &CutParams, log: &str, expected: &str) {
    assert_eq!(answer(params, log.as_bytes()), expected, "{params:?}");
}

/// A reader that gives a few bytes at a time.
struct Dribble<'a>(&'a [u8], usize);

impl Read for Dribble<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let n_bytes = self.1.min(self.0.len()).min(buffer.len());
        buffer[..n_bytes].copy_from_slice(&self.0[..n_bytes]);
        self.0 = &self.0[n_bytes..];
        Ok(n_bytes)
    }
}

#[test]
fn columns_stand_in_the_order_asked_for_and_missing_ones_are_empty() {
    check(&cut(&["note", "ts"]), LOG, "a\\x09b\t1.500000\n-\t2.000000\n");
    check(&cut(&["uid", "nosuch", "ts"]), LOG, "C1\t\t1.500000\nC2\t\t2.000000\n");
    check(&cut(&["nosuch"]), LOG, "\n\n");
    check(&cut(&["uid", "uid"]), LOG, "C1\tC1\nC2\tC2\n");
    check(&cut(&[]), LOG, "1.500000\tC1\t10.0.0.1\ta\\x09b\n2.000000\tC2\t10.0.0.2\t-\n");
}

#[test]
fn negated_columns_are_left_out() {
    let negated = |fields| CutParams { is_negated: true, ..cut(fields) };
    check(&negated(&["uid", "nosuch"]), LOG, "1.500000\t10.0.0.1\ta\\x09b\n2.000000\t10.0.0.2\t-\n");
    check(&negated(&["ts", "uid", "id.orig_h", "note"]), LOG, "\n\n");
    assert_eq!(answer(&negated(&[]), LOG.as_bytes()), answer(&cut(&[]), LOG.as_bytes()));
}

#[test]
fn headers_are_cut_to_the_columns_and_blocks_counted() {
    let twice = LOG.repeat(2);
    let with = |header| CutParams { header, ..cut(&["uid", "nosuch"]) };
    let rows = "C1\t\nC2\t\n";
    let head = "#separator \\x09\n#set_separator\t,\n#unset_field\t-\n#path\tconn\n#fields\tuid\t\n#types\tstring\t\n";
    check(&with(CutHeader::First), &twice, &format!("{head}{rows}{rows}"));
    check(&with(CutHeader::All), &twice, &format!("{head}{rows}#close\tnever\n{head}{rows}#close\tnever\n"));
    check(&with(CutHeader::FirstNames), &twice, &format!("uid\t\n{rows}{rows}"));
    check(&with(CutHeader::AllNames), &twice, &format!("uid\t\n{rows}uid\t\n{rows}"));
}

#[test]
fn another_separator_stands_between_cells_only() {
    let comma = CutParams { separator: Some(b",".to_vec()), header: CutHeader::First, ..cut(&["ts", "uid"]) };
    let answer = answer(&comma, LOG.as_bytes());
    assert!(answer.ends_with("#path\tconn\n#fields,ts,uid\n#types,time,string\n1.500000,C1\n2.000000,C2\n"));
}

#[test]
fn blocks_may_differ_in_everything() {
    let other = "#separator |\n#fields|uid|n\n#types|string|count\nC3|9\n";
    check(&cut(&["uid"]), &format!("{LOG}{other}{LOG}"), "C1\nC2\nC3\nC1\nC2\n");
    check(&cut(&["uid", "n"]), &format!("{LOG}{other}"), "C1\t\nC2\t\nC3|9\n");
}

#[test]
fn times_are_converted_where_the_type_is_time_alone() {
    let mut seen = Vec::new();
    let mut write = |seconds: i64, text: &mut Vec<u8>| {
        seen.push(seconds);
        text.extend_from_slice(format!("<{seconds}>").as_bytes());
        seconds != 7
    };
    let log = "#separator \\x09\n#fields\tts\tlasted\n#types\ttime\tinterval\n1.5\t2.5\n1.9\t1\n-\t-\n-3.0\t-\nx\t-\n7.0\t-\n8\t-\n";
    let params = CutParams { header: CutHeader::First, ..cut(&[]) };
    let mut output = Vec::new();
    let summary = params.run(log.as_bytes(), &mut output, Some(&mut write)).unwrap();
    let expected = "#separator \\x09\n#fields\tts\tlasted\n#types\tstring\tinterval\n<1>\t2.5\n<1>\t1\n-\t-\n-3.0\t-\nx\t-\n7.0\t-\n8\t-\n";
    assert_eq!(String::from_utf8(output).unwrap(), expected);
    assert_eq!(seen, [1, 7]);
    assert_eq!(summary.unconverted.counts().collect::<Vec<_>>(), [("range", 2), ("syntax", 2)]);
    assert_eq!(summary.unconverted.examples()[0].error.position().unwrap().line, 7);
}

#[test]
fn a_row_too_short_for_the_columns_is_left_out_and_told() {
    let log = LOG.replace("\t10.0.0.2\t-", "");
    let mut output = Vec::new();
    let summary = cut(&["note"]).run(log.as_bytes(), &mut output, None).unwrap();
    assert_eq!(output, b"a\\x09b\n");
    assert_eq!(summary.skipped.examples()[0].raw, b"2.000000\tC2");
    check(&cut(&["uid"]), &log, "C1\nC2\n");
}

#[test]
fn what_zeek_cut_gets_wrong_is_right() {
    check(&cut(&["note"]), LOG.trim_end_matches("\t-\n#close\tnever\n"), "a\\x09b\n");
    let open_ended = LOG.trim_end_matches("\n#close\tnever\n").replace("\t-", "\tlast");
    check(&cut(&["note"]), &open_ended, "a\\x09b\nlast\n");
    check(&cut(&["note"]), &LOG.replace('\n', "\r\n"), "a\\x09b\n-\n");
    check(&cut(&["uid"]), &LOG.replace("x09b\n", "x09b\n\n"), "C1\nC2\n");
    let wide = LOG.replace('\t', "||").replace(r"\x09", "||");
    check(&cut(&["uid", "ts"]), &wide, "C1||1.500000\nC2||2.000000\n");
    check(&cut(&["uid"]), &LOG.replace('#', "PREFIX<>"), "C1\nC2\n");
    check(&cut(&["uid"]), &LOG.replace("#types\ttime\tstring\taddr\tstring\n", ""), "C1\nC2\n");
    check(&cut(&["uid"]), &format!("\u{feff}{LOG}"), "C1\nC2\n");
    check(&cut(&["uid"]), "ts\tuid\n1.0\tC1\n", "C1\n");
}

#[test]
fn what_is_no_log_is_an_error() {
    let error = |log: &[u8]| cut(&["uid"]).run(log, std::io::sink(), None).unwrap_err();
    assert!(matches!(error(b"1.0\tC1\n"), Error::SchemaNeeded { .. }));
    assert!(matches!(error(b"#path\tconn\n1.0\tC1\n"), Error::SchemaNeeded { .. }));
    assert!(matches!(error(b"{\"ts\":1}\n"), Error::NotZeek { .. }));
    assert!(matches!(error(b"#separator \\x00\n"), Error::Separator { .. }));
    assert_eq!(answer(&cut(&["uid"]), b""), "");
}

#[test]
fn pieces_of_any_size_give_the_same_answer() {
    let log = LOG.repeat(3);
    let params = CutParams { header: CutHeader::All, ..cut(&["note", "ts", "uid"]) };
    let expected = answer(&params, log.as_bytes());
    for n_bytes in [1, 2, 3, 7, 64, 100] {
        let mut output = Vec::new();
        params.run(Dribble(log.as_bytes(), n_bytes), &mut output, None).unwrap();
        assert_eq!(String::from_utf8(output).unwrap(), expected, "{n_bytes} bytes at a time");
    }
}

#[test]
fn a_line_longer_than_the_buffer_is_copied_whole() {
    let long = "x".repeat(3 << 20);
    let log = LOG.replace("a\\x09b", &long);
    check(&cut(&["note"]), &log, &format!("{long}\n-\n"));
}
