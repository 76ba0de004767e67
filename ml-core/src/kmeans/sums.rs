//! Sums of the rows of each cluster, kept up to date by the rows that move.

use ndarray::Array2;

/// Sums with twice the usual precision, so that rows can be taken out again without leaving their rounding errors
/// behind: even after a row of 10¹² has left a cluster of ones, its mean is right.
#[derive(Debug, Clone)]
pub(super) struct Sums {
    d: usize,
    /// For each cluster `d` sums and the sum of weights, as `high + low`.
    high: Vec<f64>,
    low: Vec<f64>,
    /// Rows of positive weight in each cluster.
    counts: Vec<i64>,
}

impl Sums {
    pub(super) fn new(k: usize, d: usize) -> Self {
        Self { d, high: vec![0.0; k * (d + 1)], low: vec![0.0; k * (d + 1)], counts: vec![0; k] }
    }

    /// Puts a row into a cluster (`weight` positive), or takes it out (`weight` negative).
    #[inline(always)]
    pub(super) fn add(&mut self, cluster: usize, row: &[f64], weight: f64) {
        let width = self.d + 1;
        let high = &mut self.high[cluster * width..][..width];
        let low = &mut self.low[cluster * width..][..width];
        for ((high, low), value) in high.iter_mut().zip(low.iter_mut()).zip(row) {
            add_exactly(high, low, value * weight);
        }
        add_exactly(&mut high[self.d], &mut low[self.d], weight);
        self.counts[cluster] += i64::from(weight > 0.0) - i64::from(weight < 0.0);
    }

    /// Adds the sums of other rows.
    pub(super) fn merge(&mut self, other: &Self) {
        let sums = self.high.iter_mut().zip(&mut self.low);
        for ((high, low), (&other_high, &other_low)) in sums.zip(other.high.iter().zip(&other.low)) {
            add_exactly(high, low, other_high);
            *low += other_low;
        }
        self.counts.iter_mut().zip(&other.counts).for_each(|(count, other)| *count += other);
    }

    /// Takes all rows out of a cluster.
    pub(super) fn clear(&mut self, cluster: usize) {
        let range = cluster * (self.d + 1)..(cluster + 1) * (self.d + 1);
        self.high[range.clone()].fill(0.0);
        self.low[range].fill(0.0);
        self.counts[cluster] = 0;
    }

    /// Clusters without a row of positive weight, in order.
    pub(super) fn empty_clusters(&self) -> Vec<usize> {
        (0..self.counts.len()).filter(|&cluster| self.is_empty(cluster)).collect()
    }

    fn is_empty(&self, cluster: usize) -> bool {
        self.counts[cluster] == 0
    }

    /// Sum of the weights in the cluster.
    pub(super) fn weight(&self, cluster: usize) -> f64 {
        let idx = cluster * (self.d + 1) + self.d;
        self.high[idx] + self.low[idx]
    }

    /// The means of the clusters; an empty one gets that of the heaviest cluster, as in scikit-learn.
    pub(super) fn means(&self) -> Array2<f64> {
        let k = self.counts.len();
        let heaviest = (0..k).rev().max_by(|&a, &b| self.weight(a).total_cmp(&self.weight(b))).unwrap_or(0);
        Array2::from_shape_fn((k, self.d), |(cluster, feature)| {
            let cluster = if self.is_empty(cluster) { heaviest } else { cluster };
            let idx = cluster * (self.d + 1) + feature;
            (self.high[idx] + self.low[idx]) / self.weight(cluster)
        })
    }
}

/// `high + low += value`, where the rounding error of the first addition goes to `low` (Knuth's TwoSum).
#[inline(always)]
fn add_exactly(high: &mut f64, low: &mut f64, value: f64) {
    let sum = *high + value;
    let rest = sum - *high;
    *low += (*high - (sum - rest)) + (value - rest);
    *high = sum;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_huge_row_leaves_no_trace() {
        let mut sums = Sums::new(1, 1);
        for value in [0.1, 1e15, 0.2] {
            sums.add(0, &[value], 3.0);
        }
        sums.add(0, &[1e15], -3.0);
        assert!((sums.means()[[0, 0]] - 0.15).abs() < 1e-15);
        assert_eq!(sums.weight(0), 6.0);
    }

    #[test]
    fn merging_equals_adding() {
        let (mut one, mut two) = (Sums::new(2, 2), Sums::new(2, 2));
        one.add(0, &[1.0, 2.0], 1.0);
        two.add(0, &[3.0, 4.0], 1.0);
        one.merge(&two);
        assert_eq!(one.means(), ndarray::array![[2.0, 3.0], [2.0, 3.0]]);
        assert!(!one.is_empty(0) && one.is_empty(1));
    }
}
