//! How fast logs become rows: `rates LOG URL...` imports a log into a new dataset of each database and prints a line of
//! JSON for each: rows a second from file to committed rows with their indexes, and of counting, reading, filtering and
//! deleting them. A `+` before a URL of MariaDB: with `LOAD DATA LOCAL INFILE`.

use std::{error::Error, io::Read, ops::ControlFlow, time::Instant};

use bro_log::{Source, parse_subnet};
use bro_store::{Filter, ImportOptions, Store};

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let log = args.next().ok_or("expected LOG URL...")?;
    args.try_for_each(|url| measure(&log, &url))
}

#[expect(clippy::print_stdout, reason = "the result of a measurement")]
fn measure(log: &str, url: &str) -> Result<(), Box<dyn Error>> {
    let load_data = url.starts_with('+');
    let url = url.trim_start_matches('+').parse()?;
    let mut store = Store::open(&url)?;
    let started = Instant::now();
    let (logs, options) = ([Source::open(log)?], ImportOptions { load_data, ..ImportOptions::default() });
    let mut rows_in_after = 0.0;
    let summary = store.import("rates", &logs, &options, &mut |_| {
        rows_in_after = started.elapsed().as_secs_f64();
        ControlFlow::Continue(())
    })?;
    let import = started.elapsed().as_secs_f64();
    let read = timed(|| {
        Ok(std::io::copy(
            &mut store.export("rates", None, &bro_store::Filter::default())?.by_ref(),
            &mut std::io::sink(),
        )?)
    })?;
    let host = Some(parse_subnet(b"10.0.0.9/32")?);
    let filter = |filter: Filter, store: &mut Store| {
        timed(|| Ok(store.sessions("rates", "conn", &filter, None, 100)?.rows.len() as u64))
    };
    let by_host = filter(Filter { host, ..Default::default() }, &mut store)?;
    let by_port = filter(Filter { port: Some(9), ..Default::default() }, &mut store)?;
    let by_uid = filter(Filter { uid: Some("nobody".to_owned()), ..Default::default() }, &mut store)?;
    let delete = timed(|| Ok(store.delete_dataset("rates", &mut |_| ()).map(|()| 0)?))?;
    let n_rows = summary.n_records;
    println!(
        "{{\"backend\":\"{}\",\"load_data\":{load_data},\"n_rows\":{n_rows},\"rows_s\":{:.0},\"import_s\":{import:.2},\"indexes_s\":{:.2},\
         \"read_s\":{read:.2},\"host_s\":{by_host:.4},\"port_s\":{by_port:.4},\"uid_s\":{by_uid:.4},\"delete_s\":{delete:.2}}}",
        url.backend(),
        n_rows as f64 / import,
        import - rows_in_after,
    );
    Ok(())
}

/// Seconds that something takes.
fn timed(work: impl FnOnce() -> Result<u64, Box<dyn Error>>) -> Result<f64, Box<dyn Error>> {
    let started = Instant::now();
    work()?;
    Ok(started.elapsed().as_secs_f64())
}
