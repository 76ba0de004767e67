//! Rows to measure with: the same on every machine, without a file.

use ndarray::{Array1, Array2};
use rayon::ThreadPool;

/// SplitMix64 (Steele, Lea & Flood, OOPSLA 2014).
#[derive(Clone, Debug)]
pub struct SplitMix(pub u64);

impl SplitMix {
    /// The next number, from 0 up to 1.
    pub fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }

    /// About normal, with mean 0 and variance 1: twelve uniform numbers less six.
    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.uniform()).sum::<f64>() - 6.0
    }
}

/// Rows around twenty points in a cube of side 40, shape `(n_rows, n_features)`; every fiftieth lies anywhere.
#[must_use]
pub fn blobs(n_rows: usize, n_features: usize) -> Array2<f64> {
    let mut rng = SplitMix(5);
    let centers = Array2::from_shape_simple_fn((20, n_features), || 40.0 * rng.uniform());
    Array2::from_shape_fn((n_rows, n_features), |(row, column)| match row % 50 {
        0 => 40.0 * rng.uniform(),
        _ => centers[[row % 20, column]] + rng.normal(),
    })
}

/// Standardized rows and two classes with a curved border.
#[must_use]
pub fn classes(n_rows: usize, n_features: usize) -> (Array2<f64>, Array1<usize>) {
    let mut rng = SplitMix(7);
    let x = Array2::from_shape_simple_fn((n_rows, n_features), || rng.normal());
    let y =
        x.rows().into_iter().map(|row| usize::from((2.0 * row[0]).sin() + row[1] * row[2] > 0.0)).collect();
    (x, y)
}

/// Pools of one thread and of all, with the number of threads.
///
/// # Panics
/// If no threads can be started.
#[must_use]
pub fn pools() -> Vec<(usize, ThreadPool)> {
    let mut sizes = vec![1, rayon::current_num_threads()];
    sizes.dedup();
    let pool = |n_threads| rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().expect("threads");
    sizes.into_iter().map(|n_threads| (n_threads, pool(n_threads))).collect()
}
