//! Wall and processor time, memory, and how busy the rest of the machine was, as far as Linux's `/proc` tells.

use std::fs;
use std::time::Instant;

use serde_json::{Map, Value, json};

/// One timed call.
#[derive(Clone, Copy, Debug)]
struct Run {
    seconds: f64,
    cpu_seconds: f64,
    others_busy: f64,
}

/// Calls `work` `n_runs` times; returns the figures and the last result.
///
/// The result of a call is dropped before the next one starts, outside the timed part. Memory is that of the first
/// call.
pub fn measure<R, E>(
    n_runs: usize,
    mut work: impl FnMut() -> Result<R, E>,
) -> Result<(Map<String, Value>, R), E> {
    let base_rss_mb = status_mb("VmRSS:");
    let (first, mut result) = run(&mut work)?;
    let peak_rss_mb = status_mb("VmHWM:");
    let mut runs = vec![first];
    for _ in 1..n_runs {
        drop(result);
        let (figures, next) = run(&mut work)?;
        runs.push(figures);
        result = next;
    }
    let mut figures = summary(&runs);
    figures.insert("peak_rss_mb".into(), rounded(peak_rss_mb));
    figures.insert("base_rss_mb".into(), rounded(base_rss_mb));
    Ok((figures, result))
}

fn run<R, E>(work: &mut impl FnMut() -> Result<R, E>) -> Result<(Run, R), E> {
    let (cpu, busy, started) = (cpu_seconds(), machine_busy_seconds(), Instant::now());
    let result = work()?;
    let seconds = started.elapsed().as_secs_f64();
    let cpu_seconds = cpu_seconds() - cpu;
    let others = (machine_busy_seconds() - busy - cpu_seconds).max(0.0);
    Ok((Run { seconds, cpu_seconds, others_busy: others / seconds.max(0.01) }, result))
}

fn summary(runs: &[Run]) -> Map<String, Value> {
    let sorted = |figure: fn(&Run) -> f64| {
        let mut figures: Vec<f64> = runs.iter().map(figure).collect();
        figures.sort_by(f64::total_cmp);
        figures
    };
    let (seconds, cpu) = (sorted(|run| run.seconds), sorted(|run| run.cpu_seconds));
    let fastest = runs.iter().min_by(|one, two| one.seconds.total_cmp(&two.seconds));
    let figures = json!({
        "seconds_median": rounded(seconds[seconds.len() / 2]),
        "seconds_min": rounded(seconds[0]),
        "seconds_max": rounded(seconds[seconds.len() - 1]),
        "cpu_seconds_median": rounded(cpu[cpu.len() / 2]),
        "cpu_seconds_min": rounded(cpu[0]),
        "others_busy_at_min": fastest.map(|run| rounded(run.others_busy)),
        "runs": runs.len(),
    });
    figures.as_object().cloned().unwrap_or_default()
}

/// Six decimals are more than the clock is good for.
fn rounded(figure: f64) -> Value {
    json!((figure * 1e6).round() / 1e6)
}

/// Seconds that this process's living threads have run, in the system too.
fn cpu_seconds() -> f64 {
    let Ok(threads) = fs::read_dir("/proc/self/task") else { return 0.0 };
    let nanoseconds = |thread: fs::DirEntry| {
        let schedstat = fs::read_to_string(thread.path().join("schedstat")).ok()?;
        schedstat.split_whitespace().next()?.parse::<f64>().ok()
    };
    threads.flatten().filter_map(nanoseconds).sum::<f64>() / 1e9
}

/// Seconds that all processors together have been busy, in steps of 10 ms.
fn machine_busy_seconds() -> f64 {
    let stat = fs::read_to_string("/proc/stat").unwrap_or_default();
    let first = stat.lines().next().unwrap_or_default();
    let ticks: Vec<f64> =
        first.split_whitespace().skip(1).take(8).filter_map(|text| text.parse().ok()).collect();
    match ticks[..] {
        [user, nice, system, _idle, _iowait, irq, softirq, steal] => {
            (user + nice + system + irq + softirq + steal) / 100.0
        }
        _ => 0.0,
    }
}

/// A figure of `/proc/self/status` in MiB.
fn status_mb(key: &str) -> f64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(key)).unwrap_or_default();
    line.split_whitespace().next().and_then(|kib| kib.parse::<f64>().ok()).unwrap_or(0.0) / 1024.0
}
