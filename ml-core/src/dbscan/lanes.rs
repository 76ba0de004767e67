//! Distances from one point to eight at a time.
//!
//! Everything here is written so that the compiler turns it into vector instructions when it is inlined into a function
//! compiled for them (see [`pulp::WithSimd`]). Differences are squared and summed in the order of the columns and
//! never fused, so each lane holds the very bits that a plain loop, and scikit-learn, computes.

/// How many points one step looks at.
pub(super) const LANES: usize = 8;

/// Points stored column by column: coordinate `j` of point `i` is `values[j * stride + i]`.
///
/// At least [`LANES`] readable values follow the last point of the last column: a step reads eight lanes even where
/// fewer are asked for, and masks the rest.
#[derive(Clone, Copy, Debug)]
pub(super) struct Columns<'a> {
    pub(super) values: &'a [f64],
    pub(super) stride: usize,
}

impl Columns<'_> {
    /// The squared distances from `point` to the eight points from `first` on.
    #[inline(always)]
    pub(super) fn squared_distances(&self, first: usize, point: &[f64]) -> [f64; LANES] {
        let mut sums = [0.0; LANES];
        for (column, &coordinate) in point.iter().enumerate() {
            let at = column * self.stride + first;
            let lanes: &[f64] = &self.values[at..at + LANES];
            for (sum, value) in sums.iter_mut().zip(lanes) {
                let difference = value - coordinate;
                *sum += difference * difference;
            }
        }
        sums
    }

    /// How many of the points `start..end` have a squared distance of at most `limit` from `point`.
    #[inline(always)]
    pub(super) fn count_within(&self, start: usize, end: usize, point: &[f64], limit: f64) -> usize {
        let mut counts = [0u64; LANES];
        let mut first = start;
        while first < end {
            let sums = self.squared_distances(first, point);
            for lane in 0..LANES {
                counts[lane] += u64::from((sums[lane] <= limit) & (first + lane < end));
            }
            first += LANES;
        }
        counts.iter().sum::<u64>() as usize
    }

    /// The sum of `weights[i]` over the points `i` of `start..end` with a squared distance of at most `limit`.
    #[inline(always)]
    pub(super) fn weight_within(
        &self,
        start: usize,
        end: usize,
        point: &[f64],
        limit: f64,
        weights: &[f64],
    ) -> f64 {
        let mut total = 0.0;
        let mut first = start;
        while first < end {
            let sums = self.squared_distances(first, point);
            for (sum, weight) in sums.iter().zip(&weights[first..end]) {
                total += if *sum <= limit { *weight } else { 0.0 };
            }
            first += LANES;
        }
        total
    }

    /// Whether one of the points `start..end` has a squared distance of at most `limit` from `point`.
    #[inline(always)]
    pub(super) fn any_within(&self, start: usize, end: usize, point: &[f64], limit: f64) -> bool {
        let mut first = start;
        while first < end {
            if self.hits(first, end, point, limit) != 0 {
                return true;
            }
            first += LANES;
        }
        false
    }

    /// Bit `lane` is set if point `first + lane` lies before `end` and within `limit` of `point`.
    #[inline(always)]
    pub(super) fn hits(&self, first: usize, end: usize, point: &[f64], limit: f64) -> u32 {
        let sums = self.squared_distances(first, point);
        let mut bits = 0;
        for (lane, sum) in sums.iter().enumerate() {
            bits |= u32::from((*sum <= limit) & (first + lane < end)) << lane;
        }
        bits
    }

    /// Copies point `i` into `out`.
    #[inline(always)]
    pub(super) fn copy_point(&self, i: usize, out: &mut [f64]) {
        for (column, value) in out.iter_mut().enumerate() {
            *value = self.values[column * self.stride + i];
        }
    }
}

/// The smallest squared distance between a point of one box and a point of the other.
///
/// Subtraction, squaring and addition round monotonically, and the order of the sum is that of the distances
/// themselves: no computed distance between two points of the boxes is below the number returned.
#[inline(always)]
pub(super) fn squared_gap(low_a: &[f64], high_a: &[f64], low_b: &[f64], high_b: &[f64]) -> f64 {
    let mut sum = 0.0;
    for j in 0..low_a.len() {
        let after = low_b[j] - high_a[j];
        let before = low_a[j] - high_b[j];
        let apart = if after > before { after } else { before };
        let gap = if apart > 0.0 { apart } else { 0.0 };
        sum += gap * gap;
    }
    sum
}

/// The largest squared distance between a point of one box and a point of the other; no computed one is above it.
#[inline(always)]
pub(super) fn squared_reach(low_a: &[f64], high_a: &[f64], low_b: &[f64], high_b: &[f64]) -> f64 {
    let mut sum = 0.0;
    for j in 0..low_a.len() {
        let forward = high_b[j] - low_a[j];
        let backward = high_a[j] - low_b[j];
        let reach = if forward > backward { forward } else { backward };
        sum += reach * reach;
    }
    sum
}
