//! The nearest and second nearest centre of a tile of rows, in registers.
//!
//! A tile holds some rows turned on their side, so that one vector holds the same feature of eight rows (AVX-512), four
//! (AVX2) or one. `VECTORS × CENTERS` sums stay in registers while the features pass by:
//!
//! ```text
//! for each block of CENTERS centres:
//!     score[centre][vector] := ‖centre‖² / 2                      (half the squared distance, less ‖row‖² / 2)
//!     for each feature: score[centre][vector] −= row[vector][feature] · centre[feature]
//!     for each centre, in order: keep the lowest score, its centre, and the second lowest score
//! ```
//!
//! Where lowest and second lowest are within the rounding error of each other, the caller computes that row again
//! from plain differences. So labels do not depend on the instruction set.

use pulp::Simd;

use super::centers::{BLOCK, Centers};

/// Rows that are turned on their side together; every tile is a multiple of it.
const LANES: usize = 4;

/// Some rows turned on their side, and what the kernel finds for them.
#[derive(Debug)]
pub(super) struct Tile {
    /// Rows of the tile; a whole number of vectors.
    n_lanes: usize,
    /// Entry `[feature][row]`.
    values: Vec<f64>,
    /// The nearest centre of each row.
    pub(super) label: Vec<u64>,
    /// At least the squared distance to the nearest centre.
    pub(super) upper: Vec<f64>,
    /// At most the squared distance to the second nearest centre; where it is not above `upper`, rounding may have
    /// hidden which of the two is nearer.
    pub(super) lower: Vec<f64>,
}

impl Tile {
    pub(super) fn new(n_lanes: usize, d: usize) -> Self {
        let lanes = vec![0.0; n_lanes];
        Self {
            n_lanes,
            values: vec![0.0; n_lanes * d],
            label: vec![0; n_lanes],
            upper: lanes.clone(),
            lower: lanes,
        }
    }

    /// Writes rows into lanes. Lanes beyond the last row repeat it, and nobody reads what is found for them.
    ///
    /// Four rows at a time: a loop over one row's values becomes a scatter, the slowest instruction there is.
    #[inline(always)]
    pub(super) fn fill<'a>(&mut self, n_lanes: usize, n_rows: usize, row: impl Fn(usize) -> &'a [f64]) {
        for lane in (0..n_lanes).step_by(LANES) {
            let [a, b, c, d]: [&[f64]; LANES] = std::array::from_fn(|idx| row((lane + idx).min(n_rows - 1)));
            let columns = self.values.chunks_exact_mut(n_lanes);
            for ((((column, a), b), c), d) in columns.zip(a).zip(b).zip(c).zip(d) {
                column[lane..lane + LANES].copy_from_slice(&[*a, *b, *c, *d]);
            }
        }
    }
}

/// Finds the nearest centres of a tile of `VECTORS` vectors, whose rows are moved to the centres' origin first.
#[inline(always)]
pub(super) fn nearest<S: Simd, const VECTORS: usize, const CENTERS: usize>(
    simd: S,
    tile: &mut Tile,
    centers: &Centers,
) {
    debug_assert_eq!(tile.n_lanes, VECTORS * S::F64_LANES);
    let norms = move_to_origin::<S, VECTORS>(simd, &mut tile.values, &centers.origin);
    let mut best = [simd.splat_f64s(f64::INFINITY); VECTORS];
    let mut second = best;
    let mut label = [simd.splat_u64s(0); VECTORS];
    let blocks = centers.packed.chunks_exact(BLOCK * centers.d).zip(centers.half_norms.chunks_exact(BLOCK));
    for (idx, (packed, half_norms)) in blocks.enumerate() {
        for part in (0..BLOCK).step_by(CENTERS) {
            let scores = scores::<S, VECTORS, CENTERS>(simd, &tile.values, packed, &half_norms[part..], part);
            for (center, scores) in scores.into_iter().enumerate() {
                let center = simd.splat_u64s((idx * BLOCK + part + center) as u64);
                for vector in 0..VECTORS {
                    let score = scores[vector];
                    let is_lower = simd.less_than_f64s(score, best[vector]);
                    second[vector] = simd.min_f64s(second[vector], simd.max_f64s(best[vector], score));
                    best[vector] = simd.min_f64s(best[vector], score);
                    label[vector] = simd.select_u64s(is_lower, center, label[vector]);
                }
            }
        }
    }
    store_bounds::<S, VECTORS>(simd, centers, norms, best, second, tile);
    let labels = S::as_mut_simd_u64s(&mut tile.label).0;
    labels.iter_mut().zip(label).for_each(|(target, label)| *target = label);
}

/// Subtracts the origin; returns `‖row − origin‖²`.
#[inline(always)]
fn move_to_origin<S: Simd, const VECTORS: usize>(
    simd: S,
    values: &mut [f64],
    origin: &[f64],
) -> [S::f64s; VECTORS] {
    let mut norms = [simd.splat_f64s(0.0); VECTORS];
    for (column, &origin) in values.chunks_exact_mut(VECTORS * S::F64_LANES).zip(origin) {
        let origin = simd.splat_f64s(origin);
        for (value, norm) in S::as_mut_simd_f64s(column).0.iter_mut().zip(&mut norms) {
            *value = simd.sub_f64s(*value, origin);
            *norm = simd.mul_add_e_f64s(*value, *value, *norm);
        }
    }
    norms
}

/// Half the squared distances to `CENTERS` centres, less half the rows' norms.
#[inline(always)]
fn scores<S: Simd, const VECTORS: usize, const CENTERS: usize>(
    simd: S,
    values: &[f64],
    packed: &[f64],
    half_norms: &[f64],
    part: usize,
) -> [[S::f64s; VECTORS]; CENTERS] {
    let mut scores = [[simd.splat_f64s(0.0); VECTORS]; CENTERS];
    for (scores, &half_norm) in scores.iter_mut().zip(half_norms) {
        *scores = [simd.splat_f64s(half_norm); VECTORS];
    }
    for (column, factors) in values.chunks_exact(VECTORS * S::F64_LANES).zip(packed.as_chunks::<BLOCK>().0) {
        let vectors = S::as_simd_f64s(column).0;
        let values: [S::f64s; VECTORS] = std::array::from_fn(|vector| vectors[vector]);
        for (center, scores) in scores.iter_mut().enumerate() {
            let factor = simd.splat_f64s(factors[part + center]);
            for (score, value) in scores.iter_mut().zip(values) {
                *score = simd.mul_add_e_f64s(value, factor, *score);
            }
        }
    }
    scores
}

/// Turns scores into bounds on squared distances that hold in spite of rounding.
#[inline(always)]
fn store_bounds<S: Simd, const VECTORS: usize>(
    simd: S,
    centers: &Centers,
    norms: [S::f64s; VECTORS],
    best: [S::f64s; VECTORS],
    second: [S::f64s; VECTORS],
    tile: &mut Tile,
) {
    let zero = simd.splat_f64s(0.0);
    let relative_error = simd.splat_f64s(centers.relative_error);
    let max_norm = simd.splat_f64s(centers.max_norm);
    let uppers = S::as_mut_simd_f64s(&mut tile.upper).0;
    let lowers = S::as_mut_simd_f64s(&mut tile.lower).0;
    for vector in 0..VECTORS {
        let error = simd.mul_f64s(relative_error, simd.add_f64s(norms[vector], max_norm));
        let square = |score| simd.max_f64s(simd.add_f64s(simd.add_f64s(score, score), norms[vector]), zero);
        uppers[vector] = simd.add_f64s(square(best[vector]), error);
        lowers[vector] = simd.max_f64s(simd.sub_f64s(square(second[vector]), error), zero);
    }
}
