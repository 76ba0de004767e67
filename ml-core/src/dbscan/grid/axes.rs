//! Where the cells lie.

use crate::dbscan::Search;
use crate::parallel::fold_chunks;

/// How far the windows of neighbouring cells reach on each axis.
pub(super) const REACH: u64 = 2;
/// Cells per axis stay below this, so that rounding moves a cell's edge by less than 2⁻¹⁸ of its side.
const MAX_CELLS: f64 = (1u64 << 32) as f64;
/// Squares of distances near a smaller `eps²` lose bits.
const MIN_LIMIT: f64 = 1e-280;
/// Rows measured as one piece.
const CHUNK_ROWS: usize = 1 << 14;

/// The cells: cubes whose diagonal is a little shorter than `eps`.
///
/// Two rows of one cell are therefore always neighbours, whatever the rounding, and two rows whose cells are more than
/// [`REACH`] apart on an axis never are. A cell's key is made of its numbers on the axes, the last column in the lowest
/// bits. Numbers begin at `REACH` and leave as many unused at the end, so that a window never runs into another line.
#[derive(Clone, Copy, Debug)]
pub(super) struct Axes<const D: usize> {
    low: [f64; D],
    /// Cells per unit of length.
    scale: f64,
    /// The place of each axis in the key.
    pub(super) shift: [u32; D],
    pub(super) key_bits: u32,
}

impl<const D: usize> Axes<D> {
    /// The cells for these rows, or `None` if a key and a row number need more than 64 bits together, or if `eps²` is
    /// too close to the ends of the number range for the promises above.
    pub(super) fn new(rows: &[[f64; D]], search: &Search) -> Option<Self> {
        if !(search.limit >= MIN_LIMIT && search.limit.is_finite()) {
            return None;
        }
        let side = search.eps / (D as f64).sqrt() * (1.0 - 1.0 / 1024.0);
        let scale = side.recip();
        let (low, high) = bounds(rows)?;
        let mut shift = [0; D];
        let mut key_bits = 0;
        for j in (0..D).rev() {
            let n_cells = ((high[j] - low[j]) * scale).floor() + 1.0;
            if n_cells >= MAX_CELLS {
                return None;
            }
            shift[j] = key_bits;
            key_bits += u64::BITS - (n_cells as u64 + 2 * REACH).leading_zeros();
        }
        (key_bits + row_bits(rows.len()) <= u64::BITS).then_some(Self { low, scale, shift, key_bits })
    }

    #[inline(always)]
    pub(super) fn key(&self, row: &[f64; D]) -> u64 {
        (0..D).fold(0, |key, j| key | (self.position(row[j], j) as u64 + REACH) << self.shift[j])
    }

    /// The place on axis `j` in cells; its whole part is the number of the cell.
    #[inline(always)]
    fn position(&self, value: f64, j: usize) -> f64 {
        (value - self.low[j]) * self.scale
    }

    /// Where a point lies within its cell, from 0 to 1 on each axis.
    #[inline(always)]
    pub(super) fn within_cell(&self, point: &[f64; D]) -> [f64; D] {
        std::array::from_fn(|j| {
            let position = self.position(point[j], j);
            position - position as u64 as f64
        })
    }
}

/// How many bits the numbers of `n_rows` rows need.
pub(super) fn row_bits(n_rows: usize) -> u32 {
    usize::BITS - n_rows.leading_zeros()
}

fn bounds<const D: usize>(rows: &[[f64; D]]) -> Option<([f64; D], [f64; D])> {
    let of_chunk = |range: std::ops::Range<usize>| {
        let first = rows[range.start];
        rows[range].iter().fold((first, first), |corners, row| union(corners, (*row, *row)))
    };
    fold_chunks(rows.len(), CHUNK_ROWS, of_chunk, union)
}

#[inline(always)]
fn union<const D: usize>(
    (mut low, mut high): ([f64; D], [f64; D]),
    (low_b, high_b): ([f64; D], [f64; D]),
) -> ([f64; D], [f64; D]) {
    for j in 0..D {
        low[j] = if low_b[j] < low[j] { low_b[j] } else { low[j] };
        high[j] = if high_b[j] > high[j] { high_b[j] } else { high[j] };
    }
    (low, high)
}
