use crate::LogHistogram;

/// Numbers in ascending order, each with how often it occurs: a sorted sample, or the bins of a sketch of one.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Weighted {
    /// Ascending values and the number of values up to and including each.
    items: Vec<(f64, u64)>,
    n: u64,
}

impl Weighted {
    /// Every value once, in any order.
    pub(crate) fn exact(mut values: Vec<f64>) -> Self {
        values.sort_unstable_by(f64::total_cmp);
        Self::of(values.chunk_by(|a, b| a == b).map(|equal| (equal[0], equal.len() as u64)))
    }

    /// The middles of a histogram's bins, multiplied by `unit`.
    pub(crate) fn sketched(histogram: &LogHistogram, unit: f64) -> Self {
        Self::of(histogram.bins().map(|(bin, count)| (LogHistogram::middle_of(bin) * unit, count)))
    }

    fn of(counted: impl Iterator<Item = (f64, u64)>) -> Self {
        let mut n = 0;
        let items = counted.map(|(value, count)| {
            n += count;
            (value, n)
        });
        Self { items: items.collect(), n }
    }

    pub(crate) fn n(&self) -> u64 {
        self.n
    }

    /// Values with their counts, ascending.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (f64, f64)> {
        let mut before = 0;
        self.items.iter().map(move |&(value, upto)| {
            let count = upto - before;
            before = upto;
            (value, count as f64)
        })
    }

    /// The value of rank `q (n − 1)`, rounded to the nearest; 0 of nothing.
    pub(crate) fn quantile(&self, q: f64) -> f64 {
        if self.n == 0 {
            return 0.0;
        }
        let rank = (q * (self.n - 1) as f64).round() as u64;
        self.items[self.items.partition_point(|&(_, upto)| upto <= rank)].0
    }

    pub(crate) fn median(&self) -> f64 {
        self.quantile(0.5)
    }

    /// Share of the values for which `holds`; 0 of nothing.
    pub(crate) fn share(&self, holds: impl Fn(f64) -> bool) -> f64 {
        self.mean_of(|value| f64::from(u8::from(holds(value))))
    }

    /// Mean of a function of the values; 0 of nothing.
    pub(crate) fn mean_of(&self, map: impl Fn(f64) -> f64) -> f64 {
        if self.n == 0 {
            return 0.0;
        }
        self.iter().map(|(value, count)| count * map(value)).sum::<f64>() / self.n as f64
    }

    pub(crate) fn mean(&self) -> f64 {
        self.mean_of(|value| value)
    }

    /// The population standard deviation.
    pub(crate) fn std(&self) -> f64 {
        let mean = self.mean();
        self.mean_of(|value| (value - mean) * (value - mean)).sqrt()
    }

    /// What `map` makes of every value.
    pub(crate) fn map(&self, map: impl Fn(f64) -> f64) -> Self {
        let mut mapped: Vec<(f64, f64)> = self.iter().map(|(value, count)| (map(value), count)).collect();
        mapped.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        Self::of(mapped.into_iter().map(|(value, count)| (value, count as u64)))
    }

    /// Median absolute deviation from the median.
    pub(crate) fn mad(&self) -> f64 {
        let median = self.median();
        self.map(|value| (value - median).abs()).median()
    }

    /// The largest share of one value.
    pub(crate) fn modal_share(&self) -> f64 {
        let most = self.iter().map(|(_, count)| count).fold(0.0, f64::max);
        if self.n == 0 { 0.0 } else { most / self.n as f64 }
    }

    /// Number of different values as a share of all.
    pub(crate) fn distinct_share(&self) -> f64 {
        if self.n == 0 { 0.0 } else { self.items.len() as f64 / self.n as f64 }
    }

    /// Largest distance between the distribution of the values and the exponential one of the same mean
    /// (Kolmogorov 1933, Smirnov 1948).
    pub(crate) fn exponential_distance(&self) -> f64 {
        let (mean, n) = (self.mean(), self.n as f64);
        if mean <= 0.0 {
            return 1.0;
        }
        let mut before = 0.0;
        let mut farthest: f64 = 0.0;
        for &(value, upto) in &self.items {
            let expected = 1.0 - (-value / mean).exp();
            let upto = upto as f64 / n;
            farthest = farthest.max((expected - before).abs()).max((upto - expected).abs());
            before = upto;
        }
        farthest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statistics_of_a_small_sample_are_those_by_hand() {
        let sample = Weighted::exact(vec![4.0, 1.0, 1.0, 2.0, 10.0]);
        assert_eq!((sample.n(), sample.median(), sample.mean()), (5, 2.0, 3.6));
        assert_eq!((sample.quantile(0.25), sample.quantile(0.75), sample.quantile(1.0)), (1.0, 4.0, 10.0));
        assert_eq!((sample.mad(), sample.modal_share(), sample.distinct_share()), (1.0, 0.4, 0.8));
        assert!((sample.std() - 3.382_306_905_057_553).abs() < 1e-12);
    }

    #[test]
    fn a_sketch_is_as_near_as_its_bins() {
        let values: Vec<u64> = (1..2000).map(|i| i * i % 77_777 + 1000).collect();
        let mut histogram = LogHistogram::default();
        values.iter().for_each(|&value| histogram.insert(value));
        let sketched = Weighted::sketched(&histogram, 0.5);
        let exact = Weighted::exact(values.iter().map(|&value| value as f64 * 0.5).collect());
        for q in [0.0, 0.1, 0.5, 0.9, 1.0] {
            assert!((sketched.quantile(q) / exact.quantile(q) - 1.0).abs() < 0.009, "{q}");
        }
        assert!((sketched.exponential_distance() - exact.exponential_distance()).abs() < 0.01);
    }

    #[test]
    fn nothing_has_no_statistics_and_does_not_panic() {
        let nothing = Weighted::exact(Vec::new());
        assert_eq!(
            (nothing.median(), nothing.mean(), nothing.mad(), nothing.modal_share()),
            (0.0, 0.0, 0.0, 0.0)
        );
    }
}
