//! The numbers that `benches/rivals/profile.py` asks of pandas, polars and DuckDB, by the crates `bro-log` and
//! `bro-features` alone: a log's numeric columns described, box plots by service, groups, Pearson's matrix. All exact.

use std::collections::BTreeMap;
use std::error::Error;
use std::ops::Range;

use bro_features::stats::{Summary, quantiles};
use bro_log::{Bitmap, Column, Dictionary, Projection, ScanOptions, Source, Values, read_columns};
use bro_ml_core::CoMoments;
use ndarray::Array2;
use rayon::prelude::*;
use serde_json::{Map, Value, json};

const NUMBERS: [&str; 8] = [
    "duration",
    "orig_bytes",
    "resp_bytes",
    "missed_bytes",
    "orig_pkts",
    "orig_ip_bytes",
    "resp_pkts",
    "resp_ip_bytes",
];
/// Columns of which box plots are drawn: so many of the first.
const N_BOXES: usize = 3;
const BY: [&str; 3] = ["service", "proto", "conn_state"];
const QUARTILES: [f64; 3] = [0.25, 0.5, 0.75];
/// Values taken into a summary at a time, so that its passes find them in the cache.
const CHUNK: usize = 4096;
/// Rows whose moments are taken at a time; a fixed number, so that the bits do not depend on the threads.
const BLOCK: usize = 16_384;

/// The numbers of `log`, by `n_threads` threads, in the shape that `profile.py` compares.
///
/// # Errors
/// If an argument is no number or the log cannot be read.
pub fn run(log: &str, n_threads: &str) -> Result<Value, Box<dyn Error>> {
    rayon::ThreadPoolBuilder::new().num_threads(n_threads.parse()?).build_global()?;
    let numbers = NUMBERS.iter().fold(Projection::new(), |columns, name| columns.field(name));
    let projection = BY.iter().fold(numbers, |columns, name| columns.dictionary(name));
    let mut table = read_columns(&[Source::open(log)?], &projection, &ScanOptions::default())?;
    let keys = table.columns.split_off(NUMBERS.len()).into_iter().zip(BY);
    let keys = keys.map(|(column, name)| Key::of(column, name)).collect::<Result<Vec<_>, _>>()?;
    let columns = table.columns.into_par_iter().zip(NUMBERS).map(|(column, name)| numbers_of(column, name));
    let columns = columns.collect::<Result<Vec<_>, _>>()?;
    let (described, (boxes, (groups, corr))) = rayon::join(
        || columns.par_iter().map(|column| describe(column)).collect::<Vec<_>>(),
        || {
            rayon::join(
                || columns[..N_BOXES].par_iter().map(|column| boxes(column, &keys[0])).collect::<Vec<_>>(),
                || rayon::join(|| groups(&columns, &keys), || correlations(&columns)),
            )
        },
    );
    let boxes = boxes.into_iter().zip(NUMBERS).flat_map(|(boxes, column)| {
        boxes.into_iter().map(move |(service, numbers)| (format!("{column} {service}"), numbers))
    });
    Ok(json!({
        "describe": NUMBERS.into_iter().map(str::to_owned).zip(described).collect::<Map<_, _>>(),
        "boxes": boxes.collect::<Map<_, _>>(),
        "groups": groups,
        "corr": corr?,
    }))
}

/// A column as numbers, seconds for intervals, NaN where unset. It takes the memory that the column had.
fn numbers_of(column: Option<Column>, name: &str) -> Result<Vec<f64>, String> {
    let (values, present) = column.ok_or_else(|| format!("the log has no {name}"))?.into_parts();
    let mut numbers: Vec<f64> = match values {
        Values::Count(counts) => counts.into_iter().map(|n| n as f64).collect(),
        Values::Interval(micros) => micros.into_iter().map(|micros| micros as f64 / 1e6).collect(),
        _ => return Err(format!("{name} is neither a count nor an interval")),
    };
    for (rows, word) in numbers.chunks_mut(64).zip(present.words()) {
        if *word != u64::MAX {
            rows.iter_mut()
                .enumerate()
                .filter(|(row, _)| word >> row & 1 == 0)
                .for_each(|(_, x)| *x = f64::NAN);
        }
    }
    Ok(numbers)
}

/// A column to group by: a code for each row, and what the codes stand for; the last one is `(none)`.
struct Key {
    dictionary: Dictionary,
    present: Bitmap,
    names: Vec<String>,
}

impl Key {
    fn of(column: Option<Column>, name: &str) -> Result<Self, String> {
        let (values, present) = column.ok_or_else(|| format!("the log has no {name}"))?.into_parts();
        let Values::Dictionary(dictionary) = values else { return Err(format!("{name} is no text")) };
        let names = dictionary.values().map(|name| String::from_utf8_lossy(name).into_owned());
        let names = names.chain(["(none)".to_owned()]).collect();
        Ok(Self { dictionary, present, names })
    }

    fn n_rows(&self) -> usize {
        self.present.len()
    }

    fn code(&self, row: usize) -> usize {
        if self.present.get(row) { self.dictionary.codes()[row] as usize } else { self.names.len() - 1 }
    }
}

fn describe(column: &[f64]) -> Value {
    let mut summary = Summary::default();
    column.chunks(CHUNK).for_each(|chunk| summary.update(chunk));
    let found = quantiles(column, &QUARTILES);
    json!({
        "n": summary.n(), "mean": summary.mean(), "std": summary.std(), "max": summary.max(),
        "q1": found[0], "median": found[1], "q3": found[2],
    })
}

/// The numbers of a box plot for each group that has values.
fn boxes(column: &[f64], by: &Key) -> Vec<(String, Value)> {
    let mut groups = vec![Vec::new(); by.names.len()];
    for (row, &value) in column.iter().enumerate().filter(|(_, value)| !value.is_nan()) {
        groups[by.code(row)].push(value);
    }
    by.names.iter().zip(groups).filter_map(|(name, values)| Some((name.clone(), box_of(&values)?))).collect()
}

fn box_of(values: &[f64]) -> Option<Value> {
    let found = quantiles(values, &QUARTILES);
    let (q1, q3) = (found[0]?, found[2]?);
    let inside = q1 - 1.5 * (q3 - q1)..=q3 + 1.5 * (q3 - q1);
    let (low, high) = values
        .iter()
        .filter(|value| inside.contains(value))
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), &value| (low.min(value), high.max(value)));
    Some(json!({
        "n": values.len(), "q1": q1, "median": found[1], "q3": q3, "whisker_low": low, "whisker_high": high,
    }))
}

/// Rows, bytes and the median duration of each combination of the keys that occurs.
fn groups(columns: &[Vec<f64>], keys: &[Key]) -> Map<String, Value> {
    #[derive(Clone, Default)]
    struct Group {
        n: u64,
        bytes: [f64; 2],
        durations: Vec<f64>,
    }
    let [one, two, three] = keys else { unreachable!("three keys were asked for") };
    let sizes = (two.names.len(), three.names.len());
    let mut groups = vec![Group::default(); one.names.len() * sizes.0 * sizes.1];
    for row in 0..one.n_rows() {
        let [a, b, c] = [one, two, three].map(|key| key.code(row));
        let group = &mut groups[(a * sizes.0 + b) * sizes.1 + c];
        group.n += 1;
        for (sum, column) in group.bytes.iter_mut().zip(&columns[1..]) {
            *sum += if column[row].is_nan() { 0.0 } else { column[row] };
        }
        if !columns[0][row].is_nan() {
            group.durations.push(columns[0][row]);
        }
    }
    let occurring = groups.into_iter().enumerate().filter(|(_, group)| group.n > 0);
    occurring
        .map(|(place, group)| {
            let (a, b, c) = (place / sizes.1 / sizes.0, place / sizes.1 % sizes.0, place % sizes.1);
            let [sent, received] = group.bytes;
            let median = quantiles(&group.durations, &[0.5])[0];
            (
                format!("{} {} {}", one.names[a], two.names[b], three.names[c]),
                json!({"n": group.n, "sent": sent, "received": received, "median": median}),
            )
        })
        .collect()
}

/// Pearson's matrix, each pair of columns over the rows that have both: the moments of rows that have the same columns are
/// taken together, and a pair's are merged of all in which it is.
fn correlations(columns: &[Vec<f64>]) -> Result<Vec<Vec<f64>>, bro_ml_core::Error> {
    let n_rows = columns.first().map_or(0, Vec::len);
    let starts: Vec<usize> = (0..n_rows).step_by(BLOCK).collect();
    let parts: Vec<_> = starts
        .into_par_iter()
        .map(|start| moments(columns, start..n_rows.min(start + BLOCK)))
        .collect::<Result<_, _>>()?;
    let mut merged = BTreeMap::<Vec<usize>, CoMoments>::new();
    for (present, part) in parts.into_iter().flatten() {
        merged.entry(present).or_insert_with_key(|present| CoMoments::new(present.len())).merge(&part)?;
    }
    let d = columns.len();
    let row = |i| (0..d).map(|j| if i == j { Ok(1.0) } else { pair_correlation(&merged, i, j) }).collect();
    (0..d).map(row).collect()
}

/// Pearson's r of two columns, from the moments of all rows that have both.
fn pair_correlation(
    merged: &BTreeMap<Vec<usize>, CoMoments>,
    i: usize,
    j: usize,
) -> Result<f64, bro_ml_core::Error> {
    let mut pair = CoMoments::new(2);
    for (present, part) in merged {
        if let (Ok(i), Ok(j)) = (present.binary_search(&i), present.binary_search(&j)) {
            pair.merge(&part.select(&[i, j]))?;
        }
    }
    Ok(pair.correlation()[[0, 1]])
}

/// The moments of some rows, by the columns they have.
fn moments(
    columns: &[Vec<f64>],
    rows: Range<usize>,
) -> Result<BTreeMap<Vec<usize>, CoMoments>, bro_ml_core::Error> {
    let mut by_bits = BTreeMap::<u64, Vec<f64>>::new();
    for row in rows {
        let cells = || columns.iter().map(|column| column[row]);
        let bits = cells().fold(0, |bits, cell| bits << 1 | u64::from(!cell.is_nan()));
        by_bits.entry(bits).or_default().extend(cells().filter(|cell| !cell.is_nan()));
    }
    let with_moments = |(bits, cells): (u64, Vec<f64>)| {
        let last = columns.len() - 1;
        let present: Vec<usize> = (0..=last).filter(|i| bits >> (last - i) & 1 == 1).collect();
        let shape = (cells.len() / present.len().max(1), present.len());
        let cells = Array2::from_shape_vec(shape, cells).expect("rows have as many cells as bits");
        Ok((present, CoMoments::of(&cells)?))
    };
    by_bits.into_iter().filter(|(bits, _)| *bits != 0).map(with_moments).collect()
}
