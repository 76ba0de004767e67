//! How much two columns have to do with each other. Every figure comes with the number of rows behind it.

use std::cmp::Ordering;

/// A figure and the number of rows it is over.
///
/// ```
/// use bro_features::stats::pearson;
/// let found = pearson(&[1.0, 2.0, f64::NAN, 4.0], &[1.0, 2.0, 9.0, 4.0]);
/// assert_eq!((found.value, found.n), (1.0, 3));
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measured {
    /// The figure; NaN where it is not defined.
    pub value: f64,
    /// Rows in which both columns are there.
    pub n: usize,
}

/// The rows in which both are there.
///
/// # Panics
/// If the columns are of different length.
fn pairs(x: &[f64], y: &[f64]) -> Vec<(f64, f64)> {
    assert_eq!(x.len(), y.len(), "columns of different length");
    x.iter().copied().zip(y.iter().copied()).filter(|(x, y)| !x.is_nan() && !y.is_nan()).collect()
}

/// Pearson's correlation over the rows in which neither is NaN, as pandas' `corr`; NaN if one of them is constant.
/// Time O(n).
///
/// # Panics
/// If the columns are of different length.
#[must_use]
pub fn pearson(x: &[f64], y: &[f64]) -> Measured {
    let pairs = pairs(x, y);
    Measured { value: pearson_of(&pairs), n: pairs.len() }
}

fn pearson_of(pairs: &[(f64, f64)]) -> f64 {
    let n = pairs.len() as f64;
    let (x_mean, y_mean) =
        (pairs.iter().map(|p| p.0).sum::<f64>() / n, pairs.iter().map(|p| p.1).sum::<f64>() / n);
    let (mut xx, mut yy, mut xy) = (0.0, 0.0, 0.0);
    for (x, y) in pairs {
        let (dx, dy) = (x - x_mean, y - y_mean);
        xx += dx * dx;
        yy += dy * dy;
        xy += dx * dy;
    }
    if pairs.len() < 2 || xx == 0.0 || yy == 0.0 {
        f64::NAN
    } else {
        (xy / (xx * yy).sqrt()).clamp(-1.0, 1.0)
    }
}

/// Spearman's rank correlation over the rows in which neither is NaN; equal values share the mean of their ranks. As
/// scipy's `spearmanr`. Time O(n log n).
///
/// # Panics
/// If the columns are of different length.
#[must_use]
pub fn spearman(x: &[f64], y: &[f64]) -> Measured {
    let pairs = pairs(x, y);
    let (xs, ys): (Vec<f64>, Vec<f64>) = pairs.iter().copied().unzip();
    let ranked: Vec<(f64, f64)> = ranks(&xs).into_iter().zip(ranks(&ys)).collect();
    Measured { value: pearson_of(&ranked), n: pairs.len() }
}

/// The rank of each value, from 1; equal values share the mean of their ranks.
///
/// ```
/// assert_eq!(bro_features::stats::ranks(&[10.0, 30.0, 10.0]), [1.5, 3.0, 1.5]);
/// ```
#[must_use]
pub fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_unstable_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut ranks = vec![0.0; values.len()];
    let mut start = 0;
    for run in order.chunk_by(|&a, &b| values[a] == values[b]) {
        let rank = start as f64 + (run.len() as f64 + 1.0) / 2.0;
        run.iter().for_each(|&row| ranks[row] = rank);
        start += run.len();
    }
    ranks
}

/// Kendall's tau-b over the rows in which neither is NaN, as scipy's `kendalltau`; NaN if one of them is constant.
/// Time O(n log n).
///
/// # Panics
/// If the columns are of different length.
///
/// # References
/// Knight, "A computer method for calculating Kendall's tau with ungrouped data", 1966.
#[must_use]
pub fn kendall(x: &[f64], y: &[f64]) -> Measured {
    let mut pairs = pairs(x, y);
    let n = pairs.len();
    pairs.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let choose = |n: usize| (n as u128 * n.saturating_sub(1) as u128 / 2) as f64;
    let x_ties: f64 = pairs.chunk_by(|a, b| a.0 == b.0).map(|run| choose(run.len())).sum();
    let both_ties: f64 = pairs.chunk_by(|a, b| a == b).map(|run| choose(run.len())).sum();
    let mut ys: Vec<f64> = pairs.iter().map(|pair| pair.1).collect();
    let swaps = sort_counting(&mut ys) as f64;
    let y_ties: f64 = ys.chunk_by(|a, b| a == b).map(|run| choose(run.len())).sum();
    let all = choose(n);
    let concordant_less_discordant = all - x_ties - y_ties + both_ties - 2.0 * swaps;
    let scale = ((all - x_ties) * (all - y_ties)).sqrt();
    Measured { value: if scale > 0.0 { concordant_less_discordant / scale } else { f64::NAN }, n }
}

/// Sorts, and tells how many pairs stood in the wrong order.
fn sort_counting(values: &mut [f64]) -> u128 {
    let middle = values.len() / 2;
    if middle == 0 {
        return 0;
    }
    let mut swaps = sort_counting(&mut values[..middle]) + sort_counting(&mut values[middle..]);
    let (left, right) = (values[..middle].to_vec(), values[middle..].to_vec());
    let (mut i, mut j) = (0, 0);
    for out in values.iter_mut() {
        let takes_left =
            j == right.len() || (i < left.len() && left[i].total_cmp(&right[j]) != Ordering::Greater);
        if takes_left {
            *out = left[i];
            i += 1;
        } else {
            *out = right[j];
            j += 1;
            swaps += (left.len() - i) as u128;
        }
    }
    swaps
}

/// The point-biserial correlation of a number with a fact: Pearson's with the fact as 0 and 1. As scipy's
/// `pointbiserialr`.
///
/// # Panics
/// If the columns are of different length.
#[must_use]
pub fn point_biserial(x: &[f64], is_so: &[bool]) -> Measured {
    let y: Vec<f64> = is_so.iter().map(|is_so| f64::from(u8::from(*is_so))).collect();
    pearson(x, &y)
}

/// The chance that a value of the rows that are so is larger than one of the rows that are not, ties counting half: the
/// area under the ROC curve, as scikit-learn's `roc_auc_score`. NaN if one side has no rows.
///
/// # Panics
/// If the columns are of different length.
#[must_use]
pub fn auc(x: &[f64], is_so: &[bool]) -> Measured {
    assert_eq!(x.len(), is_so.len(), "columns of different length");
    let there: Vec<(f64, bool)> =
        x.iter().copied().zip(is_so.iter().copied()).filter(|(x, _)| !x.is_nan()).collect();
    let ranks = ranks(&there.iter().map(|(x, _)| *x).collect::<Vec<_>>());
    let n_so = there.iter().filter(|(_, is_so)| *is_so).count() as f64;
    let n_not = there.len() as f64 - n_so;
    let sum: f64 = ranks.iter().zip(&there).filter(|(_, (_, is_so))| *is_so).map(|(rank, _)| rank).sum();
    let value = (sum - n_so * (n_so + 1.0) / 2.0) / (n_so * n_not);
    Measured { value: if n_so > 0.0 && n_not > 0.0 { value } else { f64::NAN }, n: there.len() }
}

/// Cliff's delta: how much more often a value of the rows that are so is larger than one of the others than smaller,
/// from −1 to 1. It is `2·auc − 1`.
///
/// # Panics
/// If the columns are of different length.
#[must_use]
pub fn cliffs_delta(x: &[f64], is_so: &[bool]) -> Measured {
    let auc = auc(x, is_so);
    Measured { value: 2.0 * auc.value - 1.0, ..auc }
}

/// How often the categories of two columns occur together: rows by columns.
fn totals(table: &[Vec<u64>]) -> (Vec<f64>, Vec<f64>, f64) {
    let n_columns = table.iter().map(Vec::len).max().unwrap_or(0);
    let rows: Vec<f64> = table.iter().map(|row| row.iter().sum::<u64>() as f64).collect();
    let cell = |row: &Vec<u64>, column: usize| row.get(column).copied().unwrap_or(0) as f64;
    let columns: Vec<f64> =
        (0..n_columns).map(|column| table.iter().map(|row| cell(row, column)).sum()).collect();
    let n = rows.iter().sum();
    (rows, columns, n)
}

/// Cramér's V of a table of counts (rows by columns), corrected for bias, from 0 to 1; empty rows and columns do not
/// count. NaN with a single row or column.
///
/// ```
/// let found = bro_features::stats::cramers_v(&[vec![50, 0], vec![0, 50]]);
/// assert!((found.value - 1.0).abs() < 0.01);
/// ```
///
/// # References
/// Bergsma, "A bias-correction for Cramér's V and Tschuprow's T", 2013.
#[must_use]
pub fn cramers_v(table: &[Vec<u64>]) -> Measured {
    let (rows, columns, n) = totals(table);
    let mut chi2 = 0.0;
    for (row, row_total) in table.iter().zip(&rows) {
        for (column, column_total) in columns.iter().enumerate() {
            let expected = row_total * column_total / n;
            if expected > 0.0 {
                chi2 += (row.get(column).copied().unwrap_or(0) as f64 - expected).powi(2) / expected;
            }
        }
    }
    let full = |totals: &[f64]| totals.iter().filter(|total| **total > 0.0).count() as f64;
    let (r, k) = (full(&rows), full(&columns));
    let phi2 = (chi2 / n - (k - 1.0) * (r - 1.0) / (n - 1.0)).max(0.0);
    let (r, k) = (r - (r - 1.0).powi(2) / (n - 1.0), k - (k - 1.0).powi(2) / (n - 1.0));
    let least = (r - 1.0).min(k - 1.0);
    Measured { value: if least > 0.0 { (phi2 / least).sqrt().min(1.0) } else { f64::NAN }, n: n as usize }
}

/// Mutual information of a table of counts (rows by columns), in nats; 0 if the columns have nothing to do with each
/// other. As scikit-learn's `mutual_info_score`.
#[must_use]
pub fn mutual_information(table: &[Vec<u64>]) -> Measured {
    let (rows, columns, n) = totals(table);
    let mut sum = 0.0;
    for (row, row_total) in table.iter().zip(&rows) {
        for (count, column_total) in row.iter().zip(&columns).filter(|(count, _)| **count > 0) {
            let count = *count as f64;
            sum += count / n * (count * n / (row_total * column_total)).ln();
        }
    }
    Measured { value: if n > 0.0 { sum.max(0.0) } else { f64::NAN }, n: n as usize }
}

/// The correlation ratio η of a number and a category: the root of the share of the number's variance that lies between
/// the categories, from 0 to 1. NaN if the number is constant. `groups` are the categories' values.
#[must_use]
pub fn correlation_ratio(groups: &[Vec<f64>]) -> Measured {
    let there: Vec<Vec<f64>> =
        groups.iter().map(|group| group.iter().copied().filter(|value| !value.is_nan()).collect()).collect();
    let n: usize = there.iter().map(Vec::len).sum();
    let mean = there.iter().flatten().sum::<f64>() / n as f64;
    let between: f64 = there
        .iter()
        .filter(|group| !group.is_empty())
        .map(|group| {
            let of_group = group.iter().sum::<f64>() / group.len() as f64;
            group.len() as f64 * (of_group - mean).powi(2)
        })
        .sum();
    let all: f64 = there.iter().flatten().map(|value| (value - mean).powi(2)).sum();
    Measured { value: if all > 0.0 { (between / all).sqrt().min(1.0) } else { f64::NAN }, n }
}
