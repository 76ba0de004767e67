//! Work on rows in chunks of fixed size, so that the result has the same bits on any number of threads.
//!
//! Sums of floating-point numbers depend on their grouping. Here the grouping follows from the number of rows alone:
//! rayon may give any chunk to any thread, but the chunks' results are collected and folded in the order of the rows.

use std::ops::Range;

use rayon::prelude::*;

/// The rows `0..n_rows` in ranges of `chunk_rows`; the last may be shorter.
pub(crate) fn chunks(n_rows: usize, chunk_rows: usize) -> impl IndexedParallelIterator<Item = Range<usize>> {
    (0..n_rows.div_ceil(chunk_rows))
        .into_par_iter()
        .map(move |idx| idx * chunk_rows..n_rows.min((idx + 1) * chunk_rows))
}

/// One result for each chunk, in the order of the rows.
pub(crate) fn map_chunks<T: Send>(
    n_rows: usize,
    chunk_rows: usize,
    map: impl Fn(Range<usize>) -> T + Sync + Send,
) -> Vec<T> {
    chunks(n_rows, chunk_rows).map(map).collect()
}

/// The chunks' results folded from first to last, or `None` without rows.
pub(crate) fn fold_chunks<T: Send>(
    n_rows: usize,
    chunk_rows: usize,
    map: impl Fn(Range<usize>) -> T + Sync + Send,
    fold: impl FnMut(T, T) -> T,
) -> Option<T> {
    map_chunks(n_rows, chunk_rows, map).into_iter().reduce(fold)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_cover_each_row_once_and_in_order() {
        let starts_and_ends = |n_rows| map_chunks(n_rows, 4, |range| (range.start, range.end));
        assert_eq!(starts_and_ends(0), []);
        assert_eq!(starts_and_ends(1), [(0, 1)]);
        assert_eq!(starts_and_ends(4), [(0, 4)]);
        assert_eq!(starts_and_ends(9), [(0, 4), (4, 8), (8, 9)]);
    }

    #[test]
    fn folding_keeps_the_order_on_any_number_of_threads() {
        let fold = || fold_chunks(1000, 7, |range| format!("{} ", range.start), |a, b| a + &b);
        let expected = (0..1000).step_by(7).map(|start| format!("{start} ")).collect::<String>();
        for n_threads in [1, 2, 8] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().unwrap();
            assert_eq!(pool.install(fold).as_deref(), Some(expected.as_str()));
        }
        assert_eq!(fold_chunks(0, 7, |range| range.start, |a, _| a), None);
    }
}
