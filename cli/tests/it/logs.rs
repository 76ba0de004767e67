//! Small logs to ask questions about.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

pub(crate) const HEADER: &str = "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tconn\n\
    #fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tservice\tduration\torig_bytes\tresp_bytes\t\
    conn_state\thistory\torig_pkts\torig_ip_bytes\tresp_pkts\tresp_ip_bytes\n\
    #types\ttime\tstring\taddr\tport\taddr\tport\tenum\tstring\tinterval\tcount\tcount\tstring\tstring\tcount\tcount\t\
    count\tcount\n";

/// A row of ordinary traffic: lookups, pages and unanswered knocks, all a little different.
pub(crate) fn row(i: u64) -> String {
    let (ts, host, wobble) = (1_700_000_000 + i, i % 40 + 1, i * 7919 % 211);
    let start = format!("{ts}.{:06}\tC{i:07}\t10.0.0.{host}\t{}", i * 37 % 1_000_000, 49152 + i % 9000);
    match i % 10 {
        0..=4 => format!(
            "{start}\t10.0.0.53\t53\tudp\tdns\t0.0{wobble:03}\t{}\t{}\tSF\tDd\t1\t{}\t1\t{}\n",
            30 + wobble % 20,
            60 + wobble,
            58 + wobble % 20,
            88 + wobble
        ),
        5..=8 => format!(
            "{start}\t192.0.2.{}\t443\ttcp\tssl\t{}.{wobble:03}\t{}\t{}\tSF\tShADadFf\t{}\t{}\t{}\t{}\n",
            host % 9 + 1,
            wobble % 30,
            500 + wobble * 9,
            3000 + wobble * 211,
            8 + wobble % 9,
            900 + wobble * 10,
            10 + wobble % 30,
            3500 + wobble * 220
        ),
        _ => format!("{start}\t192.0.2.77\t{}\ttcp\t-\t-\t-\t-\tS0\tS\t1\t60\t0\t0\n", 1000 + wobble),
    }
}

/// The uid of the session that carries 8 GB out over nine hours.
pub(crate) const ODD: &str = "CODDONE";

pub(crate) fn odd_row() -> String {
    format!(
        "1700000500.000001\t{ODD}\t10.0.0.9\t51515\t203.0.113.66\t4444\ttcp\t-\t32400.5\t8000000000\t120000\tS1\tShADad\t6000000\t8240000000\t3000000\t120120000\n"
    )
}

/// Rows of ordinary traffic with the odd one in the middle.
pub(crate) fn rows(n_rows: u64) -> Vec<String> {
    let mut rows: Vec<_> = (0..n_rows).map(row).collect();
    rows.insert(rows.len() / 2, odd_row());
    rows
}

pub(crate) fn log(rows: &[String]) -> String {
    format!("{HEADER}{}", rows.concat())
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).expect("memory takes all");
    encoder.finish().expect("memory takes all")
}
