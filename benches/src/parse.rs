//! A log to thirteen columns in memory, the same as the other tools are asked for.

use std::error::Error;

use bro_log::{Projection, ScanOptions, Source, Table, Values, read_columns};
use serde_json::{Value, json};

use crate::measure::measure;

const CONN_NUMBERS: [&str; 10] = [
    "ts",
    "duration",
    "orig_bytes",
    "resp_bytes",
    "orig_pkts",
    "orig_ip_bytes",
    "resp_pkts",
    "resp_ip_bytes",
    "id.orig_p",
    "id.resp_p",
];
const CONN_NAMES: [&str; 3] = ["proto", "service", "conn_state"];
const HTTP_NUMBERS: [&str; 7] =
    ["ts", "id.orig_p", "id.resp_p", "trans_depth", "request_body_len", "response_body_len", "status_code"];
const HTTP_NAMES: [&str; 3] = ["method", "version", "status_msg"];
const HTTP_TEXTS: [&str; 3] = ["host", "uri", "user_agent"];

/// Reads `log` with `n_threads` threads `n_runs` times; returns the figures as one JSON object.
///
/// # Errors
/// If an argument is no number or the log cannot be read.
pub fn run(log: &str, n_threads: &str, n_runs: &str) -> Result<Value, Box<dyn Error>> {
    let n_threads: usize = n_threads.parse()?;
    rayon::ThreadPoolBuilder::new().num_threads(n_threads).build_global()?;
    let is_http = log.contains("http");
    let projection = if is_http { http_columns() } else { conn_columns() };
    let options = ScanOptions::default();
    let (mut figures, table) =
        measure(n_runs.parse()?, || read_columns(&[Source::open(log)?], &projection, &options))?;
    let mb = std::fs::metadata(log)?.len() as f64 / 1e6;
    let mb_per_s = mb / figures["seconds_median"].as_f64().unwrap_or(f64::NAN);
    figures.insert("task".into(), "parse".into());
    figures.insert("peer".into(), "bro-log".into());
    figures.insert("version".into(), env!("CARGO_PKG_VERSION").into());
    figures.insert("n".into(), table.summary.n_rows.into());
    figures.insert("d".into(), projection.len().into());
    let mb = (mb * 10.0).round() / 10.0;
    figures.insert("params".into(), json!({"threads": n_threads, "mb": mb, "floor": false}));
    figures.insert("mb_per_s".into(), json!((mb_per_s * 10.0).round() / 10.0));
    figures.insert("quality".into(), if is_http { http_quality(&table) } else { conn_quality(&table) });
    Ok(Value::Object(figures))
}

fn conn_columns() -> Projection {
    let numbers = CONN_NUMBERS.iter().fold(Projection::new(), |columns, name| columns.field(name));
    CONN_NAMES.iter().fold(numbers, |columns, name| columns.dictionary(name))
}

fn http_columns() -> Projection {
    let numbers = HTTP_NUMBERS.iter().fold(Projection::new(), |columns, name| columns.field(name));
    let names = HTTP_NAMES.iter().fold(numbers, |columns, name| columns.dictionary(name));
    HTTP_TEXTS.iter().fold(names, |columns, name| columns.field(name))
}

fn conn_quality(table: &Table) -> Value {
    json!({
        "rows": table.summary.n_rows,
        "sum_orig_bytes": sum(table, 2),
        "null_duration": n_unset(table, 1),
    })
}

fn http_quality(table: &Table) -> Value {
    json!({
        "rows": table.summary.n_rows,
        "sum_response_body_len": sum(table, 5),
        "null_user_agent": n_unset(table, 12),
    })
}

fn sum(table: &Table, column_idx: usize) -> Option<u64> {
    match table.columns[column_idx].as_ref()?.values() {
        Values::Count(counts) => Some(counts.iter().sum()),
        _ => None,
    }
}

fn n_unset(table: &Table, column_idx: usize) -> Option<usize> {
    table.columns[column_idx].as_ref().map(bro_log::Column::n_unset)
}
