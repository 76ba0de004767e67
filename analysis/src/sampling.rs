use crate::Error;
use bro_features::LogKind;
use bro_log::{Batch, Projection};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;

/// How a sample is drawn; every way without replacement, with a seed.
///
/// ```
/// use bro_analysis::SampleBy;
/// assert_eq!("stratified:service".parse::<SampleBy>()?, SampleBy::Stratified("service".into()));
/// assert_eq!("systematic".parse::<SampleBy>()?.to_string(), "systematic");
/// # Ok::<(), bro_analysis::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum SampleBy {
    /// Each set of rows is as likely as any other; drawn once the rows are counted.
    #[default]
    Uniform,
    /// As likely, but drawn while the rows are counted, from a reservoir (Vitter's algorithm R).
    Reservoir,
    /// Every row so many rows apart, from a random start: even over the log.
    Systematic,
    /// From the rows of each value of this column in proportion to their number, one at least where there is room:
    /// rare values stay. Unset is a value.
    Stratified(String),
}

impl FromStr for SampleBy {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        match (text, text.strip_prefix("stratified:")) {
            ("uniform", _) => Ok(Self::Uniform),
            ("reservoir", _) => Ok(Self::Reservoir),
            ("systematic", _) => Ok(Self::Systematic),
            (_, Some(column)) if !column.is_empty() => Ok(Self::Stratified(column.to_owned())),
            _ => Err(Error::Parameter {
                name: "sample_by",
                found: text.to_owned(),
                expected: "uniform, reservoir, systematic, or stratified:COLUMN".to_owned(),
            }),
        }
    }
}

impl fmt::Display for SampleBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Uniform => write!(f, "uniform"),
            Self::Reservoir => write!(f, "reservoir"),
            Self::Systematic => write!(f, "systematic"),
            Self::Stratified(column) => write!(f, "stratified:{column}"),
        }
    }
}

impl SampleBy {
    /// The place in the projection of the column that rows are told apart by.
    pub(crate) fn column(&self, kind: LogKind, projection: &Projection) -> Result<Option<usize>, Error> {
        let Self::Stratified(name) = self else { return Ok(None) };
        let known: &[&str] = match kind {
            LogKind::Conn => &["proto", "service", "conn_state", "history"],
            LogKind::Http => &["method", "host", "user_agent"],
        };
        let place =
            projection.names().position(|asked| asked == name).filter(|_| known.contains(&name.as_str()));
        place.map(Some).ok_or_else(|| Error::Parameter {
            name: "sample_by",
            found: self.to_string(),
            expected: format!("stratified by one of {}", known.join(", ")),
        })
    }

    /// Draws `n` of `of` rows, fewer than there are, in ascending order; `strata` says the stratum of every row.
    pub(crate) fn draw(&self, n: usize, of: usize, strata: &Strata, seed: u64) -> Vec<u64> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut picked = match self {
            Self::Uniform => uniform(&mut rng, n, of),
            Self::Reservoir => reservoir(&mut rng, n, of),
            Self::Systematic => systematic(&mut rng, n, of),
            Self::Stratified(_) => strata.draw(&mut rng, n),
        };
        picked.sort_unstable();
        picked
    }
}

fn uniform(rng: &mut ChaCha8Rng, n: usize, of: usize) -> Vec<u64> {
    rand::seq::index::sample(rng, of, n).into_iter().map(|row| row as u64).collect()
}

fn reservoir(rng: &mut ChaCha8Rng, n: usize, of: usize) -> Vec<u64> {
    let mut kept: Vec<u64> = (0..n as u64).collect();
    for row in n..of {
        let place = rng.random_range(0..=row);
        if place < n {
            kept[place] = row as u64;
        }
    }
    kept
}

fn systematic(rng: &mut ChaCha8Rng, n: usize, of: usize) -> Vec<u64> {
    let step = of as f64 / n as f64;
    let start = rng.random_range(0.0..step);
    (0..n).map(|i| ((start + i as f64 * step) as u64).min(of as u64 - 1)).collect()
}

/// The stratum of every row, in order. 4 bytes a row and the distinct values.
#[derive(Debug, Default)]
pub(crate) struct Strata {
    of_rows: Vec<u32>,
    numbers: HashMap<Option<Vec<u8>>, u32>,
}

/// The values of one batch's rows: their distinct values and each row's place among them.
pub(crate) type BatchStrata = (Vec<Option<Vec<u8>>>, Vec<u32>);

impl Strata {
    pub(crate) fn of_batch(batch: &Batch<'_>, column: usize) -> BatchStrata {
        let mut values: Vec<Option<Vec<u8>>> = vec![None];
        let Some(column) = batch.column(column) else { return (values, vec![0; batch.n_rows()]) };
        let mut known: HashMap<&[u8], u32> = HashMap::new();
        let codes = (0..batch.n_rows()).map(|row| {
            let Some(text) = column.bytes(row) else { return 0 };
            *known.entry(text).or_insert_with(|| {
                values.push(Some(text.to_vec()));
                values.len() as u32 - 1
            })
        });
        let codes = codes.collect();
        (values, codes)
    }

    pub(crate) fn push(&mut self, (values, codes): BatchStrata) {
        let mut number = |value| {
            let next = self.numbers.len() as u32;
            *self.numbers.entry(value).or_insert(next)
        };
        let numbers: Vec<u32> = values.into_iter().map(&mut number).collect();
        self.of_rows.extend(codes.into_iter().map(|code| numbers[code as usize]));
    }

    fn draw(&self, rng: &mut ChaCha8Rng, n: usize) -> Vec<u64> {
        let mut rows: Vec<Vec<u64>> = vec![Vec::new(); self.numbers.len()];
        self.of_rows.iter().zip(0..).for_each(|(stratum, row)| rows[*stratum as usize].push(row));
        let sizes: Vec<usize> = rows.iter().map(Vec::len).collect();
        let shares = allocated(&sizes, n);
        let drawn = rows.iter().zip(shares).flat_map(|(rows, n)| {
            let places = rand::seq::index::sample(rng, rows.len(), n);
            places.into_iter().map(|place| rows[place]).collect::<Vec<_>>()
        });
        drawn.collect()
    }
}

/// How many of `n` rows each stratum gives: one of each that has any, if there is room, then in proportion by largest
/// remainders, ties in the order of the strata.
fn allocated(sizes: &[usize], n: usize) -> Vec<usize> {
    let total: usize = sizes.iter().sum();
    let n = n.min(total);
    let n_filled = sizes.iter().filter(|size| **size > 0).count();
    let least = usize::from(n_filled <= n);
    let mut shares: Vec<usize> = sizes
        .iter()
        .map(|&size| ((size as f64 * n as f64 / total as f64) as usize).max(least.min(size)).min(size))
        .collect();
    let remainder = |i: usize, shares: &[usize]| sizes[i] as f64 * n as f64 / total as f64 - shares[i] as f64;
    let mut given: usize = shares.iter().sum();
    while given != n {
        let places =
            (0..sizes.len()).filter(|&i| if given < n { shares[i] < sizes[i] } else { shares[i] > least });
        let order =
            |a: &usize, b: &usize| remainder(*a, &shares).total_cmp(&remainder(*b, &shares)).then(b.cmp(a));
        let place = if given < n { places.max_by(order) } else { places.min_by(order) };
        let Some(place) = place else { break };
        if given < n {
            shares[place] += 1;
            given += 1;
        } else {
            shares[place] -= 1;
            given -= 1;
        }
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(by: &SampleBy, n: usize, of: usize, strata: &Strata) -> Vec<u64> {
        let drawn = by.draw(n, of, strata, 7);
        assert_eq!(drawn.len(), n);
        assert!(drawn.is_sorted_by(|a, b| a < b) && *drawn.last().unwrap() < of as u64, "{drawn:?}");
        assert_eq!(by.draw(n, of, strata, 7), drawn, "the same seed");
        assert_ne!(by.draw(n, of, strata, 8), drawn, "another seed");
        drawn
    }

    #[test]
    fn every_way_draws_distinct_rows_by_its_seed() {
        for by in [SampleBy::Uniform, SampleBy::Reservoir, SampleBy::Systematic] {
            check(&by, 40, 1000, &Strata::default());
        }
        let gaps = check(&SampleBy::Systematic, 40, 1000, &Strata::default());
        assert!(gaps.windows(2).all(|two| (24..=26).contains(&(two[1] - two[0]))));
    }

    #[test]
    fn strata_give_in_proportion_and_rare_ones_give_one() {
        let mut strata = Strata::default();
        let codes: Vec<u32> = (0..1000).map(|row| if row == 500 { 2 } else { row % 4 / 3 }).collect();
        let n_second = codes.iter().filter(|code| **code == 1).count();
        strata.push((vec![None, Some(b"dns".to_vec()), Some(b"irc".to_vec())], codes.clone()));
        let drawn = check(&SampleBy::Stratified("service".into()), 100, 1000, &strata);
        let count = |code| drawn.iter().filter(|row| codes[**row as usize] == code).count();
        assert_eq!((count(0) + count(1), count(2), n_second), (99, 1, 250));
        assert!((24..=26).contains(&count(1)), "{}", count(1));
    }

    #[test]
    fn shares_add_up_and_no_stratum_gives_more_than_it_has() {
        for (sizes, n) in
            [(vec![1, 1, 1], 2), (vec![10, 0, 5], 15), (vec![1000, 1, 1], 3), (vec![3, 3, 3], 4)]
        {
            let shares = allocated(&sizes, n);
            assert_eq!(shares.iter().sum::<usize>(), n, "{sizes:?}");
            assert!(shares.iter().zip(&sizes).all(|(share, size)| share <= size));
        }
    }
}
