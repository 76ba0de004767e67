/// Count, sums and sums of products of columns of integers, exact whatever the order of the rows: the state from which
/// means, variances and Pearson's correlations are made.
///
/// `new → insert(row)… → merge(other)… → correlation()`. Integers do not round, so parts merge in any order to the same
/// bits, and large means do not cancel. Values must be below 2⁴⁸ (8.9 years in microseconds, 281 TB), rows at most
/// 2³²; memory 16 bytes for each column and pair of columns.
///
/// ```
/// use bro_features::stats::ExactCoMoments;
/// let mut moments = ExactCoMoments::new(2);
/// for row in [[1, 10], [2, 20], [3, 60]] {
///     moments.insert(&row);
/// }
/// assert_eq!((moments.n(), moments.mean(1)), (3, 30.0));
/// assert!((moments.correlation(0, 1) - 0.944_911).abs() < 1e-6);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExactCoMoments {
    n: u64,
    sums: Vec<u128>,
    /// Upper triangle with its diagonal, row by row.
    products: Vec<u128>,
}

impl ExactCoMoments {
    /// The first value that is too large.
    pub const LIMIT: u64 = 1 << 48;

    /// The state of no rows of `n_columns` columns.
    #[must_use]
    pub fn new(n_columns: usize) -> Self {
        Self { n: 0, sums: vec![0; n_columns], products: vec![0; n_columns * (n_columns + 1) / 2] }
    }

    /// Adds a row.
    ///
    /// # Panics
    /// If the row is of another width.
    #[inline]
    pub fn insert(&mut self, row: &[u64]) {
        assert_eq!(row.len(), self.sums.len(), "a row of another width");
        self.n += 1;
        let mut products = &mut self.products[..];
        for (i, (&x, sum)) in row.iter().zip(&mut self.sums).enumerate() {
            debug_assert!(x < Self::LIMIT, "{x} is too large");
            let (own, rest) = products.split_at_mut(row.len() - i);
            products = rest;
            // Most counts of most connections are 0, and so are their products.
            if x == 0 {
                continue;
            }
            *sum += u128::from(x);
            for (&y, product) in row[i..].iter().zip(own) {
                *product = product.wrapping_add(u128::from(x) * u128::from(y));
            }
        }
    }

    /// Adds the rows that `other` has seen.
    ///
    /// # Panics
    /// If it has another number of columns.
    pub fn merge(&mut self, other: &Self) {
        assert_eq!(self.sums.len(), other.sums.len(), "another number of columns");
        self.n += other.n;
        for (mine, theirs) in self.sums.iter_mut().zip(&other.sums) {
            *mine += theirs;
        }
        for (mine, theirs) in self.products.iter_mut().zip(&other.products) {
            *mine = mine.wrapping_add(*theirs);
        }
    }

    /// Rows seen.
    #[must_use]
    pub fn n(&self) -> u64 {
        self.n
    }

    /// Columns.
    #[must_use]
    pub fn n_columns(&self) -> usize {
        self.sums.len()
    }

    /// Sum of a column.
    ///
    /// # Panics
    /// If there is no such column.
    #[must_use]
    pub fn sum(&self, column: usize) -> u128 {
        self.sums[column]
    }

    /// Mean of a column; NaN before any row.
    ///
    /// # Panics
    /// If there is no such column.
    #[must_use]
    pub fn mean(&self, column: usize) -> f64 {
        self.sums[column] as f64 / self.n as f64
    }

    /// Sample variance of a column (divided by `n − 1`); NaN below two rows.
    ///
    /// # Panics
    /// If there is no such column.
    #[must_use]
    pub fn variance(&self, column: usize) -> f64 {
        self.scaled_covariance(column, column) / self.n as f64 / (self.n as f64 - 1.0)
    }

    /// Pearson's correlation of two columns; NaN if one of them is constant.
    ///
    /// # Panics
    /// If there is no such column.
    #[must_use]
    pub fn correlation(&self, one: usize, other: usize) -> f64 {
        let spread = |column| self.scaled_covariance(column, column).sqrt();
        let (one_spread, other_spread) = (spread(one), spread(other));
        if one_spread == 0.0 || other_spread == 0.0 || self.n == 0 {
            return f64::NAN;
        }
        (self.scaled_covariance(one, other) / one_spread / other_spread).clamp(-1.0, 1.0)
    }

    /// `n·Σxy − Σx·Σy`, rounded once.
    fn scaled_covariance(&self, one: usize, other: usize) -> f64 {
        let (i, j) = (one.min(other), one.max(other));
        let before = i * self.sums.len() - i * i.saturating_sub(1) / 2;
        let product = Wide::product(u128::from(self.n), self.products[before + j - i]);
        let means = Wide::product(self.sums[i], self.sums[j]);
        if product >= means { product.less(means).to_f64() } else { -means.less(product).to_f64() }
    }
}

/// A number of 256 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Wide {
    high: u128,
    low: u128,
}

impl Wide {
    fn product(one: u128, other: u128) -> Self {
        const HALF: u32 = 64;
        let split = |number: u128| (number >> HALF, number & u128::from(u64::MAX));
        let ((a, b), (c, d)) = (split(one), split(other));
        let (cross, overflow) = (a * d).overflowing_add(b * c);
        let (low, carry) = (b * d).overflowing_add(cross << HALF);
        let high = a * c + (cross >> HALF) + (u128::from(overflow) << HALF) + u128::from(carry);
        Self { high, low }
    }

    fn less(self, other: Self) -> Self {
        let (low, borrow) = self.low.overflowing_sub(other.low);
        Self { high: self.high - other.high - u128::from(borrow), low }
    }

    fn to_f64(self) -> f64 {
        self.high as f64 * 2.0_f64.powi(128) + self.low as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_products_and_differences_are_exact() {
        let most = Wide::product(u128::MAX, u128::MAX);
        assert_eq!(most, Wide { high: u128::MAX - 1, low: 1 });
        assert_eq!(Wide::product(1 << 100, 1 << 30), Wide { high: 4, low: 0 });
        assert_eq!(Wide { high: 1, low: 0 }.less(Wide { high: 0, low: 1 }), Wide { high: 0, low: u128::MAX });
    }

    #[test]
    fn correlations_equal_the_direct_formula_and_do_not_depend_on_the_order() {
        let rows: Vec<[u64; 3]> =
            (0..500_u64).map(|i| [i, i * i % 97 + 1_000_000_000_000, 7 * i % 31]).collect();
        let of = |rows: &[[u64; 3]]| {
            let mut moments = ExactCoMoments::new(3);
            rows.iter().for_each(|row| moments.insert(row));
            moments
        };
        let whole = of(&rows);
        let mut parts = of(&rows[300..]);
        parts.merge(&of(&rows[..300]));
        assert_eq!(parts, whole);
        let n = rows.len() as f64;
        let mean = |c: usize| rows.iter().map(|row| row[c] as f64).sum::<f64>() / n;
        let co = |a: usize, b: usize| {
            rows.iter().map(|row| (row[a] as f64 - mean(a)) * (row[b] as f64 - mean(b))).sum::<f64>()
        };
        for (a, b) in [(0, 1), (0, 2), (1, 2), (2, 1), (1, 1), (2, 2)] {
            let naive = co(a, b) / (co(a, a) * co(b, b)).sqrt();
            assert!((whole.correlation(a, b) - naive).abs() < 1e-12, "{a} {b}");
        }
        assert!((whole.variance(1) - co(1, 1) / (n - 1.0)).abs() < 1e-6);
    }

    #[test]
    fn a_constant_column_has_no_correlation() {
        let mut moments = ExactCoMoments::new(2);
        (0..10).for_each(|i| moments.insert(&[i, 5]));
        assert!(moments.correlation(0, 1).is_nan());
        assert_eq!(moments.correlation(0, 0), 1.0);
    }
}
