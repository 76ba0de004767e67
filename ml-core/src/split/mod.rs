//! Which samples to train with and which to test with.
//!
//! Rows of a log are not independent: a beacon's thousand connections are one fact. Split by [`grouped`] pair of hosts,
//! or by [`time_series`], or the test repeats the training.
//!
//! Everything random follows from a seed, through ChaCha8. All row lists are ascending.

#[cfg(test)]
mod tests;

use ndarray::ArrayRef1;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use crate::Error;

/// Rows of both sides, ascending; no row is on both.
///
/// ```
/// use bro_ml_core::split;
/// use ndarray::array;
///
/// let split = split::stratified(&array![0, 0, 0, 0, 1, 1], 0.5, 7)?;
/// assert_eq!((split.train.len(), split.test.len()), (3, 3));
/// assert_eq!(split.test.iter().filter(|&&row| row >= 4).count(), 1);
/// # Ok::<(), bro_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Split {
    /// Rows to train with.
    pub train: Vec<usize>,
    /// Rows to test with.
    pub test: Vec<usize>,
}

/// Holds out `test_fraction` of the rows, rounded up, each class having its share on both sides.
///
/// # Errors
/// [`Error::Parameter`] for a fraction outside `(0, 1)`; [`Error::NSamples`] if a side would be empty.
pub fn stratified<L: Ord + Copy>(y: &ArrayRef1<L>, test_fraction: f64, seed: u64) -> Result<Split, Error> {
    let n_test = n_test(y.len(), test_fraction)?;
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut classes = rows_by_label(y);
    let shares = shares(&classes.iter().map(Vec::len).collect::<Vec<_>>(), n_test);
    let mut is_test = vec![false; y.len()];
    for (rows, share) in classes.iter_mut().zip(shares) {
        rows.shuffle(&mut rng);
        rows[..share].iter().for_each(|&row| is_test[row] = true);
    }
    Ok(by_side(&is_test))
}

/// Holds out about `test_fraction` of the rows so that all rows of a group (a pair of hosts, say) are on one side:
/// groups in random order, until the test side has its share.
///
/// # Errors
/// [`Error::Parameter`] for a fraction outside `(0, 1)`; [`Error::NSamples`] for less than two groups.
pub fn grouped<L: Ord + Copy>(groups: &ArrayRef1<L>, test_fraction: f64, seed: u64) -> Result<Split, Error> {
    let n_test = n_test(groups.len(), test_fraction)?;
    let mut by_group = rows_by_label(groups);
    if by_group.len() < 2 {
        return Err(Error::NSamples { found: by_group.len(), expected: 2 });
    }
    by_group.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
    let mut is_test = vec![false; groups.len()];
    let mut n_taken = 0;
    for rows in &by_group[1..] {
        if n_taken >= n_test {
            break;
        }
        rows.iter().for_each(|&row| is_test[row] = true);
        n_taken += rows.len();
    }
    Ok(by_side(&is_test))
}

/// `k` splits of `n_samples` rows whose test sides are disjoint and together all rows, of equal size to within one; in
/// the order of the rows, or shuffled by `seed`.
///
/// # Errors
/// [`Error::Parameter`] for `k` below 2; [`Error::NSamples`] for fewer rows than `k`.
pub fn k_fold(n_samples: usize, k: usize, seed: Option<u64>) -> Result<Vec<Split>, Error> {
    check_folds(n_samples, k)?;
    let mut order: Vec<usize> = (0..n_samples).collect();
    if let Some(seed) = seed {
        order.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
    }
    let mut fold_of_row = vec![0; n_samples];
    let mut start = 0;
    for fold in 0..k {
        let size = n_samples / k + usize::from(fold < n_samples % k);
        order[start..start + size].iter().for_each(|&row| fold_of_row[row] = fold);
        start += size;
    }
    Ok(folds(&fold_of_row, k))
}

/// As [`k_fold`], with each class spread evenly over the folds; rows shuffled by `seed`.
///
/// # Errors
/// As [`k_fold`].
pub fn stratified_k_fold<L: Ord + Copy>(y: &ArrayRef1<L>, k: usize, seed: u64) -> Result<Vec<Split>, Error> {
    check_folds(y.len(), k)?;
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut fold_of_row = vec![0; y.len()];
    // Dealt like cards, each class going on where the one before stopped, so that the folds' sizes differ by one at most.
    let mut turn = 0;
    for mut rows in rows_by_label(y) {
        rows.shuffle(&mut rng);
        for row in rows {
            fold_of_row[row] = turn % k;
            turn += 1;
        }
    }
    Ok(folds(&fold_of_row, k))
}

/// As [`k_fold`], with all rows of a group in one fold: the largest groups first, each to the fold with the fewest rows.
///
/// # Errors
/// [`Error::Parameter`] for `k` below 2; [`Error::NSamples`] for fewer groups than `k`.
pub fn group_k_fold<L: Ord + Copy>(groups: &ArrayRef1<L>, k: usize) -> Result<Vec<Split>, Error> {
    let mut by_group = rows_by_label(groups);
    check_folds(by_group.len(), k)?;
    by_group.sort_by_key(|rows| std::cmp::Reverse(rows.len()));
    let mut fold_of_row = vec![0; groups.len()];
    let mut sizes = vec![0; k];
    for rows in &by_group {
        let lightest = (0..k).min_by_key(|&fold| sizes[fold]).expect("k is at least 2");
        rows.iter().for_each(|&row| fold_of_row[row] = lightest);
        sizes[lightest] += rows.len();
    }
    Ok(folds(&fold_of_row, k))
}

/// `k` splits that never train on the future: with the rows in the order of `ts`, each test side is the next of `k`
/// equal parts at the end, and the training side is everything before it. Rows of the same time as the first test row
/// are not trained on.
///
/// # Errors
/// [`Error::Parameter`] for `k` of 0; [`Error::NSamples`] for no more rows than `k`, or if all rows before a test side
/// have its time.
pub fn time_series<T: PartialOrd + Copy>(ts: &ArrayRef1<T>, k: usize) -> Result<Vec<Split>, Error> {
    if k == 0 {
        return Err(Error::Parameter { name: "k", value: 0.0, expected: "at least 1" });
    }
    let n_samples = ts.len();
    if n_samples <= k {
        return Err(Error::NSamples { found: n_samples, expected: k + 1 });
    }
    let mut order: Vec<usize> = (0..n_samples).collect();
    order.sort_by(|&a, &b| ts[a].partial_cmp(&ts[b]).unwrap_or(std::cmp::Ordering::Equal));
    let size = n_samples / (k + 1);
    let split = |fold: usize| {
        let start = n_samples - (k - fold) * size;
        let first = ts[order[start]];
        let mut train: Vec<usize> = order[..start].iter().copied().filter(|&row| ts[row] < first).collect();
        let mut test = order[start..start + size].to_vec();
        if train.is_empty() {
            return Err(Error::NSamples { found: 0, expected: 1 });
        }
        train.sort_unstable();
        test.sort_unstable();
        Ok(Split { train, test })
    };
    (0..k).map(split).collect()
}

/// Rows of each label, in the order of the labels.
fn rows_by_label<L: Ord + Copy>(labels: &ArrayRef1<L>) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..labels.len()).collect();
    order.sort_by_key(|&row| labels[row]);
    order.chunk_by(|&a, &b| labels[a] == labels[b]).map(<[usize]>::to_vec).collect()
}

/// Rows of the test side, rounded up; both sides get at least one.
fn n_test(n_samples: usize, fraction: f64) -> Result<usize, Error> {
    if !(fraction > 0.0 && fraction < 1.0) {
        let expected = "a number between 0 and 1";
        return Err(Error::Parameter { name: "test_fraction", value: fraction, expected });
    }
    let n_test = (n_samples as f64 * fraction).ceil() as usize;
    if n_samples < 2 || n_test >= n_samples {
        return Err(Error::NSamples { found: n_samples, expected: n_test.max(1) + 1 });
    }
    Ok(n_test)
}

/// Divides `n_test` among classes in proportion to their sizes: whole shares first, what is left to the largest
/// remainders, of equal ones to the first.
fn shares(sizes: &[usize], n_test: usize) -> Vec<usize> {
    let total: usize = sizes.iter().sum();
    let exact = |size: usize| size as u128 * n_test as u128;
    let mut shares: Vec<usize> = sizes.iter().map(|&size| (exact(size) / total as u128) as usize).collect();
    let mut by_remainder: Vec<usize> = (0..sizes.len()).collect();
    by_remainder.sort_by_key(|&class| std::cmp::Reverse(exact(sizes[class]) % total as u128));
    let n_left = n_test - shares.iter().sum::<usize>();
    by_remainder[..n_left].iter().for_each(|&class| shares[class] += 1);
    shares
}

fn check_folds(n_samples: usize, k: usize) -> Result<(), Error> {
    if k < 2 {
        return Err(Error::Parameter { name: "k", value: k as f64, expected: "at least 2" });
    }
    if n_samples < k { Err(Error::NSamples { found: n_samples, expected: k }) } else { Ok(()) }
}

fn folds(fold_of_row: &[usize], k: usize) -> Vec<Split> {
    (0..k)
        .map(|fold| by_side(&fold_of_row.iter().map(|&of_row| of_row == fold).collect::<Vec<_>>()))
        .collect()
}

fn by_side(is_test: &[bool]) -> Split {
    let (test, train) = (0..is_test.len()).partition(|&row| is_test[row]);
    Split { train, test }
}
