//! Many clients that read pages of a server for a while, and how long each answer took.
//!
//! `cargo run --release -p bro-web --example load -- ADDRESS DATASET [CLIENTS [SECONDS]]`, with the address that
//! `bro-ml serve` printed. It ends with an error if any answer is no success.

use std::io::{BufRead, BufReader, Error, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

fn main() -> Result<(), Error> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let usage = || Error::other("usage: load ADDRESS DATASET [CLIENTS [SECONDS]]");
    let (address, dataset) = (args.first().ok_or_else(usage)?, args.get(1).ok_or_else(usage)?);
    let number =
        |idx: usize, default| args.get(idx).map_or(Ok(default), |text| text.parse().map_err(|_| usage()));
    let (n_clients, seconds): (u64, u64) = (number(2, 50)?, number(3, 30)?);
    let (host, token) = parts(address).ok_or_else(usage)?;
    let pages = pages(dataset);
    let end = Instant::now() + Duration::from_secs(seconds);
    let clients: Vec<_> = (0..n_clients as usize)
        .map(|client| {
            let (host, token, pages) = (host.to_owned(), token.to_owned(), pages.clone());
            std::thread::spawn(move || read(&host, &token, &pages, client, end))
        })
        .collect();
    let mut times = Vec::new();
    for client in clients {
        times.extend(client.join().map_err(|_| Error::other("a client broke down"))??);
    }
    times.sort_unstable();
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e3;
    let rate = times.len() as f64 / seconds as f64;
    let text = format!(
        "{n_clients} clients, {} answers, none failed, {rate:.0}/s; p50 {:.1} ms, p90 {:.1} ms, p99 {:.1} ms, longest {:.1} ms\n",
        times.len(),
        at(0.5),
        at(0.9),
        at(0.99),
        at(1.0)
    );
    std::io::stdout().write_all(text.as_bytes())
}

/// Host with port, and token.
fn parts(address: &str) -> Option<(&str, &str)> {
    address.trim().strip_prefix("http://")?.split_once("/?token=")
}

/// What an analyst looks at: lists, rows, a host's rows, a run, findings.
fn pages(dataset: &str) -> Vec<String> {
    let own = ["", "/sessions", "/sessions?host=10.0.0.1", "/sessions?port=53"];
    let of_dataset = own.iter().map(|page| format!("/datasets/{dataset}{page}"));
    let others = ["/datasets", "/outliers", "/runs", "/runs/1", "/findings", "/jobs", "/api/v1/datasets"];
    of_dataset.chain(others.map(str::to_owned)).collect()
}

/// Asks for one page after the other on one connection until the end.
fn read(
    host: &str,
    token: &str,
    pages: &[String],
    client: usize,
    end: Instant,
) -> Result<Vec<Duration>, Error> {
    let mut stream = BufReader::new(TcpStream::connect(host)?);
    let mut times = Vec::new();
    while Instant::now() < end {
        let page = &pages[(client + times.len()) % pages.len()];
        let begun = Instant::now();
        write!(
            stream.get_mut(),
            "GET {page} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n\r\n"
        )?;
        let status = answer(&mut stream)?;
        if !status.contains(" 200 ") {
            return Err(Error::other(format!("{page}: {}", status.trim())));
        }
        times.push(begun.elapsed());
    }
    Ok(times)
}

/// Reads an answer to its end; its first line.
fn answer(stream: &mut impl BufRead) -> Result<String, Error> {
    let mut status = String::new();
    stream.read_line(&mut status)?;
    let mut n_bytes = 0;
    loop {
        let mut line = String::new();
        stream.read_line(&mut line)?;
        if let Some(length) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            n_bytes = length.trim().parse().map_err(Error::other)?;
        }
        if line.trim().is_empty() {
            break;
        }
    }
    let mut body = vec![0; n_bytes];
    stream.read_exact(&mut body)?;
    Ok(status)
}
