//! The rows of a narrow matrix, sorted into cells.

mod axes;
mod cluster;
mod copies;
mod count;
mod join;
mod label;
mod sort;
mod window;

use super::Search;
use super::lanes::{Columns, LANES};
use crate::parallel::map_chunks;
use axes::{Axes, row_bits};
use copies::set_copies_apart;
use rayon::prelude::*;
use sort::sorted_words;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Words or points handled as one piece.
const CHUNK: usize = 1 << 14;

/// The rows of a matrix sorted into cells. Only cells with rows are kept, in the order of their keys.
#[derive(Debug)]
pub(super) struct Grid<const D: usize> {
    axes: Axes<D>,
    keys: Vec<u64>,
    /// Where the points of each cell begin; one more at the end.
    starts: Vec<u32>,
    /// The row of the input behind each point, then the rows behind `copies`.
    row_at: Vec<u32>,
    /// Rows that are copies of points: the cell, and their range in `row_at`.
    copies: Vec<(u32, Range<u32>)>,
    /// The points, column by column.
    values: Vec<f64>,
}

impl<const D: usize> Grid<D> {
    /// Sorts the rows into cells, or returns `None` if the grid would be too fine; see [`Axes::new`].
    pub(super) fn build(rows: &[[f64; D]], search: &Search) -> Option<Self> {
        let axes = Axes::new(rows, search)?;
        let row_bits = row_bits(rows.len());
        let word = |row: usize| axes.key(&rows[row]) << row_bits | row as u64;
        let words = sorted_words(rows.len(), word, row_bits, axes.key_bits);
        let (keys, mut starts) = find_cells(&words, row_bits);
        let row_mask = (1u64 << row_bits) - 1;
        let row = |word: &AtomicU64| (word.load(Relaxed) & row_mask) as u32;
        let mut row_at: Vec<u32> = words.par_iter().with_min_len(CHUNK).map(row).collect();
        drop(words);
        let copies = set_copies_apart(rows, &mut starts, &mut row_at, search.min_samples);
        let values = gather(rows, &row_at[..starts[keys.len()] as usize]);
        Some(Self { axes, keys, starts, row_at, copies, values })
    }

    fn n_points(&self) -> usize {
        self.starts[self.keys.len()] as usize
    }

    /// The points of a cell, or of several side by side.
    #[inline(always)]
    fn points(&self, cells: Range<usize>) -> Range<usize> {
        self.starts[cells.start] as usize..self.starts[cells.end] as usize
    }

    #[inline(always)]
    fn columns(&self) -> Columns<'_> {
        Columns { values: &self.values, stride: self.n_points() }
    }

    #[inline(always)]
    fn point(&self, i: usize) -> [f64; D] {
        let stride = self.n_points();
        std::array::from_fn(|j| self.values[j * stride + i])
    }
}

/// The keys of the cells and where their words begin, with the end of the last.
fn find_cells(words: &[AtomicU64], row_bits: u32) -> (Vec<u64>, Vec<u32>) {
    let key = |i: usize| words[i].load(Relaxed) >> row_bits;
    let pieces = map_chunks(words.len(), CHUNK, |range| {
        let is_first = |i: &usize| *i == 0 || key(*i) != key(*i - 1);
        range.filter(is_first).map(|i| i as u32).collect::<Vec<u32>>()
    });
    let mut starts = Vec::with_capacity(pieces.iter().map(Vec::len).sum::<usize>() + 1);
    pieces.iter().for_each(|piece| starts.extend(piece));
    drop(pieces);
    let keys = starts.par_iter().with_min_len(CHUNK).map(|&start| key(start as usize)).collect();
    starts.push(words.len() as u32);
    (keys, starts)
}

/// The points' coordinates, column by column, with room for one more step of lanes.
fn gather<const D: usize>(rows: &[[f64; D]], row_at: &[u32]) -> Vec<f64> {
    let n_points = row_at.len();
    let mut values = vec![0.0; D * n_points + LANES];
    let mut columns =
        values[..D * n_points].chunks_exact_mut(n_points).map(|column| column.chunks_mut(CHUNK));
    let mut columns: [_; D] = std::array::from_fn(|_| columns.next().expect("there are D columns"));
    let pieces: Vec<([&mut [f64]; D], &[u32])> = row_at
        .chunks(CHUNK)
        .map(|rows| {
            (std::array::from_fn(|j| columns[j].next().expect("columns are as long as row_at")), rows)
        })
        .collect();
    pieces.into_par_iter().for_each(|(mut columns, row_at)| {
        for (i, &row) in row_at.iter().enumerate() {
            for (column, value) in columns.iter_mut().zip(rows[row as usize]) {
                column[i] = value;
            }
        }
    });
    values
}
