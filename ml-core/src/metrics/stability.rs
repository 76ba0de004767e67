//! Do clusters survive another seed?

use super::adjusted_rand_score;
use crate::Error;

/// Agreement of several clusterings of the same samples.
#[derive(Debug, Clone, PartialEq)]
pub struct Stability {
    /// Adjusted Rand index of each pair, in the order (0, 1), (0, 2), …, (1, 2), ….
    pub pairs: Vec<f64>,
    /// Mean of all pairs: 1 if all agree, about 0 if they have nothing in common.
    pub mean: f64,
    /// The worst pair.
    pub min: f64,
}

/// Clusters once for each seed and compares all pairs of results by [`adjusted_rand_score`].
///
/// Clusters that change with the seed are an accident of the start, not a structure of the data. Time O(seeds² · n)
/// beside the clusterings.
///
/// ```
/// use bro_ml_core::metrics::stability;
/// use bro_ml_core::Error;
///
/// // A clustering that does not depend on the seed, except for its numbers.
/// let stability = stability(&[1, 2, 3], |seed| Ok(vec![seed, seed, 0, 0]))?;
/// assert_eq!((stability.mean, stability.min, stability.pairs.len()), (1.0, 1.0, 3));
/// # Ok::<(), Error>(())
/// ```
///
/// # Errors
/// Whatever `cluster` returns; [`Error::Length`] if two results differ in length; [`Error::Parameter`] for less than two
/// seeds.
///
/// # References
/// von Luxburg, "Clustering stability: an overview", Foundations and Trends in Machine Learning 2, 2010.
pub fn stability<L: Ord + Copy>(
    seeds: &[u64],
    mut cluster: impl FnMut(u64) -> Result<Vec<L>, Error>,
) -> Result<Stability, Error> {
    if seeds.len() < 2 {
        return Err(Error::Parameter {
            name: "seeds",
            value: seeds.len() as f64,
            expected: "at least 2 seeds",
        });
    }
    let clusterings = seeds.iter().map(|&seed| cluster(seed)).collect::<Result<Vec<_>, _>>()?;
    let mut pairs = Vec::with_capacity(seeds.len() * (seeds.len() - 1) / 2);
    for (idx, first) in clusterings.iter().enumerate() {
        for second in &clusterings[idx + 1..] {
            pairs.push(adjusted_rand_score(first, second)?);
        }
    }
    let mean = pairs.iter().sum::<f64>() / pairs.len() as f64;
    let min = pairs.iter().copied().fold(f64::INFINITY, f64::min);
    Ok(Stability { pairs, mean, min })
}
