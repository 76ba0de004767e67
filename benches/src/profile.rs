//! A whole profile of a conn.log, from file to numbers, as `benches/rivals/profile.py` asks it of other tools; and the
//! quantiles of box plots.

use std::error::Error;
use std::ops::ControlFlow;

use bro_analysis::{Logs, ProfileParams, profile};
use bro_features::stats::quantiles;
use bro_log::Source;
use serde_json::{Value, json};

use crate::measure::measure;

/// Profiles `log` with `n_threads` threads `n_runs` times; returns the figures as one JSON object.
///
/// # Errors
/// If an argument is no number or the log cannot be read.
pub fn run(log: &str, n_threads: &str, n_runs: &str) -> Result<Value, Box<dyn Error>> {
    let n_threads: usize = n_threads.parse()?;
    rayon::ThreadPoolBuilder::new().num_threads(n_threads).build_global()?;
    let (mut figures, found) = measure(n_runs.parse()?, || {
        let sources = [Source::open(log)?];
        let answer =
            profile(&Logs::of(&sources), &ProfileParams::default(), &mut |_| ControlFlow::Continue(()));
        answer.map_err(Box::<dyn Error>::from)
    })?;
    figures.insert("task".into(), "profile".into());
    figures.insert("peer".into(), "bro-ml".into());
    figures.insert("version".into(), env!("CARGO_PKG_VERSION").into());
    figures.insert("n".into(), found.intake.n_records.into());
    figures.insert("params".into(), json!({"threads": n_threads}));
    figures.insert(
        "quality".into(),
        json!({"groups": found.groups.rows.len(), "conclusions": found.conclusions.len()}),
    );
    Ok(Value::Object(figures))
}

/// Minimum, quartiles and maximum of 20 columns of a million values, heavy-tailed and with ties, on one thread.
///
/// # Errors
/// If an argument is no number.
pub fn run_quantiles(n_runs: &str) -> Result<Value, Box<dyn Error>> {
    const N: usize = 1_000_000;
    let columns: Vec<Vec<f64>> = (0..20).map(|seed| column(seed, N)).collect();
    let (mut figures, found) = measure(n_runs.parse()?, || {
        Ok::<_, Box<dyn Error>>(
            columns.iter().map(|x| quantiles(x, &[0.0, 0.25, 0.5, 0.75, 1.0])).collect::<Vec<_>>(),
        )
    })?;
    figures.insert("task".into(), "quantiles".into());
    figures.insert("peer".into(), "bro-ml".into());
    figures.insert("version".into(), env!("CARGO_PKG_VERSION").into());
    figures.insert("n".into(), N.into());
    figures.insert("d".into(), 20.into());
    figures.insert("quality".into(), json!({"median0": found[0][2]}));
    Ok(Value::Object(figures))
}

/// Powers of uniform numbers; every third column is rounded, so that many values are equal.
fn column(seed: u64, n: usize) -> Vec<f64> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    (0..n)
        .map(|_| {
            let value = (next() * 20.0).exp();
            if seed.is_multiple_of(3) { value.sqrt().floor() } else { value }
        })
        .collect()
}
