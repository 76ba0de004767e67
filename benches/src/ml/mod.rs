//! Kernels on the matrices of the comparison with other tools, each measured in a process of its own.
//!
//! Reads `data/*.npy` in the current folder: the same rows, starts and numbers of iterations as the other tools.

mod dbscan;
mod kmeans;
mod mlp;
mod moments;
mod npy;

use std::error::Error;
use std::process::Command;

use bro_ml_core::simd::{self, InstructionSet};
use serde_json::{Map, Value, json};

/// The figures of a row and what shows that the work was done.
type Outcome = Result<(Map<String, Value>, Value), Box<dyn Error>>;

/// One line of the comparison.
struct Row {
    task: &'static str,
    peer: &'static str,
    kind: &'static str,
    n: usize,
    d: usize,
    params: Value,
    /// Measures the row with so many calls.
    run: fn(&Self, usize) -> Outcome,
}

impl Row {
    /// As `kmeans/bro-ml/conn/1000000x8/{"iters":20,"k":8}`.
    fn name(&self) -> String {
        format!("{}/{}/{}/{}x{}/{}", self.task, self.peer, self.kind, self.n, self.d, self.params)
    }

    /// The matrix that the row is about.
    fn matrix(&self) -> Result<ndarray::Array2<f64>, Box<dyn Error>> {
        npy::matrix(&format!("data/{}_{}x{}_f8.npy", self.kind, self.n, self.d))
    }
}

fn rows() -> Vec<Row> {
    [dbscan::rows(), kmeans::rows(), mlp::rows(), moments::rows()].into_iter().flatten().collect()
}

/// Measures each row whose name contains `filter`; `print` gets one line for each.
///
/// # Errors
/// If a row fails, as without its matrix.
pub fn run(
    n_threads: &str,
    filter: &str,
    n_runs: &str,
    instructions: &str,
    print: &mut dyn FnMut(&str),
) -> Result<(), Box<dyn Error>> {
    for row in rows().iter().filter(|row| row.name().contains(filter)) {
        let arguments = ["ml-row", &row.name(), n_threads, n_runs, instructions];
        let output = Command::new(std::env::current_exe()?).args(arguments).output()?;
        if !output.status.success() {
            return Err(format!("{}: {}", row.name(), String::from_utf8_lossy(&output.stderr)).into());
        }
        print(String::from_utf8(output.stdout)?.trim_end());
    }
    Ok(())
}

/// Measures the row of this name in this process.
///
/// # Errors
/// If there is no such row, an argument is not understood, or the matrix cannot be read.
pub fn run_row(
    name: &str,
    n_threads: &str,
    n_runs: &str,
    instructions: &str,
) -> Result<Value, Box<dyn Error>> {
    let row = rows().into_iter().find(|row| row.name() == name).ok_or("no row of this name")?;
    let n_threads = n_threads.parse::<usize>()?;
    rayon::ThreadPoolBuilder::new().num_threads(n_threads).build_global()?;
    simd::limit_to(match instructions {
        "best" => InstructionSet::Avx512,
        "avx2" => InstructionSet::Avx2,
        "portable" => InstructionSet::Portable,
        _ => return Err("instructions are best, avx2 or portable".into()),
    });
    let (figures, quality) = (row.run)(&row, n_runs.parse()?)?;
    let dtype = if row.peer.ends_with("-single") { "float32" } else { "float64" };
    let mut line = json!({
        "task": row.task, "peer": row.peer, "version": env!("CARGO_PKG_VERSION"), "kind": row.kind, "n": row.n,
        "d": row.d, "dtype": dtype, "threads": n_threads, "params": row.params,
        "instructions": format!("{:?}", simd::in_use()).to_lowercase(), "quality": quality,
    });
    line.as_object_mut().ok_or("a line is an object")?.extend(figures);
    Ok(line)
}
