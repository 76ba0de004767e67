//! Setting apart the copies of rows that stand many times in one cell.
//!
//! Half of a connection log may be one point. Whoever counts neighbours stops at `min_samples`, and a cell with so many
//! points is core as a whole: keeping `min_samples` copies of each row in such a cell changes no result.

use rayon::prelude::*;
use std::cmp::Ordering;
use std::ops::Range;

/// Only cells with more rows are looked at.
const LARGE_CELL: usize = 256;
/// How many rows of a large cell are compared to see whether it has copies.
const SAMPLE: usize = 32;

/// Keeps `min_samples` copies of each distinct row in large cells and moves the others to the end of `row_at`.
///
/// Returns the cells and ranges of what was moved; `starts` then counts the points that stayed.
pub(super) fn set_copies_apart<const D: usize>(
    rows: &[[f64; D]],
    starts: &mut [u32],
    row_at: &mut [u32],
    min_samples: usize,
) -> Vec<(u32, Range<u32>)> {
    let range = |cell: usize| starts[cell] as usize..starts[cell + 1] as usize;
    let is_large = |cell: &usize| range(*cell).len() > LARGE_CELL.max(2 * min_samples);
    let large: Vec<usize> = (0..starts.len() - 1).filter(is_large).collect();
    let kept: Vec<usize> = slices_of(row_at, large.iter().map(|&cell| range(cell)))
        .into_par_iter()
        .map(|cell_rows| keep_few_copies(rows, cell_rows, min_samples))
        .collect();
    let shrunk: Vec<(usize, usize)> =
        large.into_iter().zip(kept).filter(|&(cell, kept)| kept < range(cell).len()).collect();
    if shrunk.is_empty() { Vec::new() } else { close_gaps(starts, row_at, &shrunk) }
}

/// Disjoint ascending ranges of a slice.
fn slices_of(mut rest: &mut [u32], ranges: impl Iterator<Item = Range<usize>>) -> Vec<&mut [u32]> {
    let mut done = 0;
    ranges
        .map(|range| {
            let (slice, after) = std::mem::take(&mut rest)[range.start - done..].split_at_mut(range.len());
            rest = after;
            done = range.end;
            slice
        })
        .collect()
}

/// Moves all but `max_copies` rows of each kind to the end of a cell and says how many stay in front.
fn keep_few_copies<const D: usize>(rows: &[[f64; D]], cell_rows: &mut [u32], max_copies: usize) -> usize {
    let order = |a: &u32, b: &u32| compare(&rows[*a as usize], &rows[*b as usize]);
    let mut sample: Vec<u32> = cell_rows.iter().step_by(cell_rows.len() / SAMPLE).copied().collect();
    sample.sort_unstable_by(order);
    if sample.windows(2).all(|pair| order(&pair[0], &pair[1]).is_ne()) {
        return cell_rows.len();
    }
    cell_rows.sort_unstable_by(order);
    let mut dropped = Vec::new();
    let (mut n_kept, mut n_equal) = (0, 0);
    for i in 0..cell_rows.len() {
        let is_copy = n_kept > 0 && order(&cell_rows[n_kept - 1], &cell_rows[i]).is_eq();
        n_equal = if is_copy { n_equal + 1 } else { 1 };
        if n_equal > max_copies {
            dropped.push(cell_rows[i]);
        } else {
            cell_rows[n_kept] = cell_rows[i];
            n_kept += 1;
        }
    }
    cell_rows[n_kept..].copy_from_slice(&dropped);
    n_kept
}

fn compare<const D: usize>(a: &[f64; D], b: &[f64; D]) -> Ordering {
    (0..D).map(|j| a[j].total_cmp(&b[j])).find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
}

/// Moves what the shrunk cells, given with the number they keep, do not keep to the end of `row_at`.
fn close_gaps(starts: &mut [u32], row_at: &mut [u32], shrunk: &[(usize, usize)]) -> Vec<(u32, Range<u32>)> {
    let mut shrunk = shrunk.iter().copied().peekable();
    let mut dropped = Vec::new();
    let mut copies = Vec::new();
    let mut n_points = 0;
    for cell in 0..starts.len() - 1 {
        let (start, end) = (starts[cell] as usize, starts[cell + 1] as usize);
        let mut keep = end - start;
        if let Some((_, kept)) = shrunk.next_if(|&(shrunk, _)| shrunk == cell) {
            keep = kept;
            let first = dropped.len();
            dropped.extend_from_slice(&row_at[start + keep..end]);
            copies.push((cell as u32, first as u32..dropped.len() as u32));
        }
        row_at.copy_within(start..start + keep, n_points);
        starts[cell] = n_points as u32;
        n_points += keep;
    }
    starts[starts.len() - 1] = n_points as u32;
    row_at[n_points..].copy_from_slice(&dropped);
    for (_, range) in &mut copies {
        *range = range.start + n_points as u32..range.end + n_points as u32;
    }
    copies
}
