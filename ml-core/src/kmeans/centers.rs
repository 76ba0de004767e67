//! Centres, prepared for the kernel.

use ndarray::Array2;

use super::squared_distance;

/// Centres side by side in one block of the packed form.
pub(super) const BLOCK: usize = 8;

/// Centres in the forms that an assignment of rows reads.
///
/// Everything packed is relative to `origin`, the mean of the data, so that data far from zero lose no digits when
/// `‖x‖² − 2·x·c + ‖c‖²` cancels.
#[derive(Debug)]
pub(super) struct Centers {
    pub(super) k: usize,
    pub(super) d: usize,
    /// Subtracted from rows and centres; shape `(d,)`.
    pub(super) origin: Vec<f64>,
    /// As they are, row-major `(k, d)`.
    pub(super) plain: Vec<f64>,
    /// `−(c − origin)`, in blocks of [`BLOCK`] centres: entry `[block][feature][centre]`. Missing centres are 0.
    pub(super) packed: Vec<f64>,
    /// `‖c − origin‖² / 2`; infinite for missing centres, which therefore are never nearest.
    pub(super) half_norms: Vec<f64>,
    /// Squares computed by the kernel are off by at most this times `‖x − origin‖² + max_norm`.
    pub(super) relative_error: f64,
    /// The largest `‖c − origin‖²`.
    pub(super) max_norm: f64,
}

impl Centers {
    pub(super) fn new(centers: &Array2<f64>, origin: &[f64]) -> Self {
        let (k, d) = centers.dim();
        let n_blocks = k.div_ceil(BLOCK);
        let mut packed = vec![0.0; n_blocks * BLOCK * d];
        let mut half_norms = vec![f64::INFINITY; n_blocks * BLOCK];
        for (idx, center) in centers.rows().into_iter().enumerate() {
            let block = &mut packed[idx / BLOCK * BLOCK * d..][..BLOCK * d];
            let mut norm = 0.0;
            for ((column, value), origin) in block.chunks_exact_mut(BLOCK).zip(center).zip(origin) {
                let moved = value - origin;
                column[idx % BLOCK] = -moved;
                norm += moved * moved;
            }
            half_norms[idx] = norm / 2.0;
        }
        Self {
            k,
            d,
            origin: origin.to_vec(),
            plain: centers.iter().copied().collect(),
            packed,
            max_norm: half_norms[..k].iter().fold(0.0, |max: f64, half| max.max(2.0 * half)),
            half_norms,
            relative_error: 4.0 * (d + 8) as f64 * f64::EPSILON,
        }
    }

    pub(super) fn center(&self, idx: usize) -> &[f64] {
        &self.plain[idx * self.d..][..self.d]
    }

    /// The nearest centre of a row (the lowest of several), its squared distance and that of the second nearest.
    pub(super) fn nearest_exact(&self, row: &[f64]) -> (usize, f64, f64) {
        let mut nearest = (0, f64::INFINITY, f64::INFINITY);
        for (idx, center) in self.plain.chunks_exact(self.d).enumerate() {
            let square = squared_distance(row, center);
            if square < nearest.1 {
                nearest = (idx, square, nearest.1);
            } else if square < nearest.2 {
                nearest.2 = square;
            }
        }
        nearest
    }
}
