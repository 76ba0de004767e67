use super::LogHistogram;

/// Tukey's numbers of a box plot: quartiles, whiskers that end at the last values within 1.5 interquartile ranges of
/// the box, and how many values lie beyond them.
///
/// From a [`LogHistogram`], so each number is exact below 128 and within 0.8 % of the value above.
///
/// ```
/// use bro_features::stats::{BoxNumbers, LogHistogram};
/// let mut values = LogHistogram::default();
/// (1..=100).chain([1_000]).for_each(|value| values.insert(value));
/// let numbers = BoxNumbers::of(&values).expect("there are values");
/// assert_eq!((numbers.n, numbers.median, numbers.whisker_high), (101, 51.0, 100.0));
/// assert_eq!((numbers.n_above, numbers.n_below), (1, 0));
/// ```
///
/// # References
/// Tukey, "Exploratory Data Analysis", 1977.
#[derive(Debug, Clone, PartialEq)]
pub struct BoxNumbers {
    /// Values.
    pub n: u64,
    /// How many of them are 0.
    pub n_zeros: u64,
    /// The smallest.
    pub min: f64,
    /// First quartile.
    pub q1: f64,
    /// Second quartile.
    pub median: f64,
    /// Third quartile.
    pub q3: f64,
    /// The largest.
    pub max: f64,
    /// The smallest value not below `q1 − 1.5·(q3 − q1)`.
    pub whisker_low: f64,
    /// The largest value not above `q3 + 1.5·(q3 − q1)`.
    pub whisker_high: f64,
    /// Values below the lower whisker.
    pub n_below: u64,
    /// Values above the upper whisker.
    pub n_above: u64,
    /// Where the values beyond the whiskers lie: each place once, with its count, from the smallest on.
    pub outliers: Vec<(f64, u64)>,
}

impl BoxNumbers {
    /// The numbers of all values; `None` if there are none.
    #[must_use]
    pub fn of(values: &LogHistogram) -> Option<Self> {
        Self::from(values, values.n(), 0)
    }

    /// The numbers of the values above 0, for a logarithmic axis; `n` and `n_zeros` are still those of all values.
    /// `None` if no value is above 0.
    #[must_use]
    pub fn of_positive(values: &LogHistogram) -> Option<Self> {
        Self::from(values, values.n() - values.n_zeros(), 1)
    }

    fn from(values: &LogHistogram, n: u64, first_bin: usize) -> Option<Self> {
        let bins = || values.bins().filter(move |(bin, _)| *bin >= first_bin);
        let at = LogHistogram::middle_of;
        let quantile = |q: f64| {
            let rank = ((q * n as f64).ceil() as u64).max(1);
            let mut seen = 0;
            bins().find_map(|(bin, count)| {
                seen += count;
                (seen >= rank).then(|| at(bin))
            })
        };
        let [min, q1, median, q3, max] = [0.0, 0.25, 0.5, 0.75, 1.0].map(quantile);
        let (q1, q3) = (q1?, q3?);
        let (low, high) = (q1 - 1.5 * (q3 - q1), q3 + 1.5 * (q3 - q1));
        let is_inside = |bin: usize| (low..=high).contains(&at(bin));
        let count =
            |side: &dyn Fn(f64) -> bool| bins().filter(|(bin, _)| side(at(*bin))).map(|(_, n)| n).sum();
        Some(Self {
            n: values.n(),
            n_zeros: values.n_zeros(),
            min: min?,
            q1,
            median: median?,
            q3,
            max: max?,
            whisker_low: bins().find(|(bin, _)| is_inside(*bin)).map_or(q1, |(bin, _)| at(bin)),
            whisker_high: bins().rev().find(|(bin, _)| is_inside(*bin)).map_or(q3, |(bin, _)| at(bin)),
            n_below: count(&|value| value < low),
            n_above: count(&|value| value > high),
            outliers: bins().filter(|(bin, _)| !is_inside(*bin)).map(|(bin, n)| (at(bin), n)).collect(),
        })
    }

    /// The interquartile range.
    #[must_use]
    pub fn iqr(&self) -> f64 {
        self.q3 - self.q1
    }
}
