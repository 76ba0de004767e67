//! Sums over a connection log, row by row: `cargo run --release --example typed -- conn.log`.

use std::{error::Error, fs::File, io::BufReader, time::Instant};

use bro_log::{Conn, Reader};

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args_os().nth(1).ok_or("usage: typed CONN_LOG")?;
    let start = Instant::now();
    let mut reader = Reader::new(BufReader::with_capacity(1 << 16, File::open(path)?));
    let (mut n_rows, mut n_bytes, mut n_uid_bytes) = (0_u64, 0_u64, 0);
    while let Some(conn) = reader.next_as::<Conn<'_>>()? {
        n_rows += 1;
        n_bytes += conn.orig_bytes.unwrap_or(0) + conn.resp_bytes.unwrap_or(0);
        n_uid_bytes += conn.uid.map_or(0, |uid| uid.len());
    }
    let report =
        format!("{n_rows} rows, {n_bytes} bytes, {n_uid_bytes} bytes of uid, {:?}\n", start.elapsed());
    std::io::Write::write_all(&mut std::io::stdout(), report.as_bytes())?;
    Ok(())
}
