//! Rows of a conn.log as structs, one after another, and the same with the `csv` crate and serde.

use std::error::Error;
use std::fs::File;
use std::io::BufReader;
use std::net::IpAddr;
use std::str::FromStr;

use bro_log::{Conn, Reader};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value, json};

use crate::measure::measure;

/// What is made of the rows; equal for both.
#[derive(Debug, Default, PartialEq, Eq)]
struct Answer {
    n_rows: u64,
    ts_micros: i64,
    orig_addrs: u64,
    n_unset_durations: u64,
    duration_micros: i64,
    orig_bytes: u64,
    resp_ip_bytes: u64,
    resp_ports: u64,
    n_text_bytes: u64,
}

/// Times both readers on one thread; an object for each.
///
/// # Errors
/// If an argument is no number, the log cannot be read, or the answers differ.
pub fn run(log: &str, n_runs: &str) -> Result<[Value; 2], Box<dyn Error>> {
    let n_runs = n_runs.parse()?;
    let (ours, answer) = measure(n_runs, || with_bro_log(log))?;
    let (rivals, expected) = measure(n_runs, || with_csv(log))?;
    if answer != expected {
        return Err(format!("the answers differ: {answer:?}, {expected:?}").into());
    }
    let mb = std::fs::metadata(log)?.len() as f64 / 1e6;
    let n_rows = answer.n_rows;
    Ok([figures(ours, "bro-log next_as", mb, n_rows), figures(rivals, "csv + serde", mb, n_rows)])
}

fn figures(mut figures: Map<String, Value>, peer: &str, mb: f64, n_rows: u64) -> Value {
    figures.insert("task".into(), "records".into());
    figures.insert("peer".into(), peer.into());
    figures.insert("n".into(), n_rows.into());
    figures.insert("params".into(), json!({"threads": 1, "mb": (mb * 10.0).round() / 10.0}));
    Value::Object(figures)
}

fn with_bro_log(log: &str) -> Result<Answer, Box<dyn Error>> {
    let mut reader = Reader::new(BufReader::with_capacity(1 << 16, File::open(log)?));
    let mut answer = Answer::default();
    while let Some(conn) = reader.next_as::<Conn<'_>>()? {
        answer.n_rows += 1;
        answer.ts_micros += conn.ts.map_or(0, bro_log::Time::micros);
        answer.orig_addrs += low_bits(conn.id_orig_h);
        answer.n_unset_durations += u64::from(conn.duration.is_none());
        answer.duration_micros += conn.duration.map_or(0, bro_log::Interval::micros);
        answer.orig_bytes += conn.orig_bytes.unwrap_or(0);
        answer.resp_ip_bytes += conn.resp_ip_bytes.unwrap_or(0);
        answer.resp_ports += conn.id_resp_p.map_or(0, |port| u64::from(port.number));
        let texts = [conn.uid, conn.proto, conn.service, conn.conn_state, conn.history];
        answer.n_text_bytes += texts.iter().flatten().map(|text| text.len() as u64).sum::<u64>();
    }
    Ok(answer)
}

fn low_bits(addr: Option<IpAddr>) -> u64 {
    match addr {
        Some(IpAddr::V4(addr)) => u64::from(addr.to_bits()),
        Some(IpAddr::V6(addr)) => (addr.to_bits() as u64) >> 8,
        None => 0,
    }
}

/// A conn.log of Zeek 2.4 to 7.0 as one would write it down for serde.
#[derive(Deserialize)]
struct CsvConn<'a> {
    ts: f64,
    uid: &'a str,
    id_orig_h: IpAddr,
    _id_orig_p: u16,
    _id_resp_h: IpAddr,
    id_resp_p: u16,
    proto: &'a str,
    #[serde(deserialize_with = "text")]
    service: Option<&'a str>,
    #[serde(deserialize_with = "dash")]
    duration: Option<f64>,
    #[serde(deserialize_with = "dash")]
    orig_bytes: Option<u64>,
    #[serde(deserialize_with = "dash")]
    _resp_bytes: Option<u64>,
    conn_state: &'a str,
    _local_orig: &'a str,
    _local_resp: &'a str,
    _missed_bytes: u64,
    #[serde(deserialize_with = "text")]
    history: Option<&'a str>,
    _orig_pkts: u64,
    _orig_ip_bytes: u64,
    _resp_pkts: u64,
    resp_ip_bytes: u64,
    _tunnel_parents: &'a str,
}

fn text<'de, D: Deserializer<'de>>(cell: D) -> Result<Option<&'de str>, D::Error> {
    <&str>::deserialize(cell).map(|text| (text != "-").then_some(text))
}

fn dash<'de, D: Deserializer<'de>, T: FromStr>(cell: D) -> Result<Option<T>, D::Error> {
    match <&str>::deserialize(cell)? {
        "-" => Ok(None),
        text => text.parse().map(Some).map_err(|_| serde::de::Error::custom("no number")),
    }
}

fn with_csv(log: &str) -> Result<Answer, Box<dyn Error>> {
    let mut builder = csv::ReaderBuilder::new();
    let builder = builder.delimiter(b'\t').has_headers(false).quoting(false).comment(Some(b'#'));
    let mut reader = builder.buffer_capacity(1 << 16).from_reader(File::open(log)?);
    let mut record = csv::StringRecord::new();
    let mut answer = Answer::default();
    let micros = |seconds: f64| (seconds * 1e6).round() as i64;
    while reader.read_record(&mut record)? {
        let conn: CsvConn<'_> = record.deserialize(None)?;
        answer.n_rows += 1;
        answer.ts_micros += micros(conn.ts);
        answer.orig_addrs += low_bits(Some(conn.id_orig_h));
        answer.n_unset_durations += u64::from(conn.duration.is_none());
        answer.duration_micros += conn.duration.map_or(0, micros);
        answer.orig_bytes += conn.orig_bytes.unwrap_or(0);
        answer.resp_ip_bytes += conn.resp_ip_bytes;
        answer.resp_ports += u64::from(conn.id_resp_p);
        let texts = [Some(conn.uid), Some(conn.proto), conn.service, Some(conn.conn_state), conn.history];
        answer.n_text_bytes += texts.iter().flatten().map(|text| text.len() as u64).sum::<u64>();
    }
    Ok(answer)
}
