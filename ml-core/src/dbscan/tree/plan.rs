//! Dividing many rows into parts that are close together and of similar size, in one pass.

use super::build::{Source, limit_below, widen, widest};
use crate::parallel::map_chunks;

/// Most parts that one plan divides into.
const MAX_PARTS: usize = 512;
/// Rows sampled for each part.
const SAMPLE_PER_PART: usize = 32;
/// Rows that walk down the plan as one task.
const CHUNK_ROWS: usize = 1 << 13;

/// A binary tree of splits, in preorder, chosen on a sample of the rows.
#[derive(Debug)]
pub(super) struct Plan {
    splits: Vec<Split>,
    n_parts: usize,
}

/// Rows with `row[column] < below` go to the first child, the others to the second.
#[derive(Clone, Copy, Debug)]
struct Split {
    column: usize,
    below: f64,
    children: [Child; 2],
}

#[derive(Clone, Copy, Debug)]
enum Child {
    Split(u16),
    Part(u16),
}

impl Plan {
    /// A plan for parts of about half of `piece_rows`, none of them empty; `None` if all rows are identical.
    pub(super) fn new(source: &Source<'_>, row_at: &[u32], piece_rows: usize) -> Option<Self> {
        let n_parts = (2 * row_at.len() / piece_rows).clamp(2, MAX_PARTS);
        let n_sampled = (n_parts * SAMPLE_PER_PART).min(row_at.len());
        let mut sample: Vec<u32> =
            sample_places(row_at.len(), n_sampled).map(|place| row_at[place]).collect();
        let mut plan = Self { splits: Vec::new(), n_parts: 0 };
        plan.grow(source, &mut sample);
        if plan.splits.is_empty() {
            // The sample knows one row only: look at all of them.
            let (column, lowest) = widest_column(source, row_at)?;
            let below = limit_below(vec![source.row(sample[0])[column]], lowest);
            plan = Self {
                splits: vec![Split { column, below, children: [Child::Part(0), Child::Part(1)] }],
                n_parts: 2,
            };
        }
        Some(plan)
    }

    /// Adds the splits of a part of the sample.
    fn grow(&mut self, source: &Source<'_>, sample: &mut [u32]) -> Child {
        let column = if sample.len() > SAMPLE_PER_PART { widest_column(source, sample) } else { None };
        let Some((column, lowest)) = column else {
            self.n_parts += 1;
            return Child::Part(self.n_parts as u16 - 1);
        };
        let seen = sample.iter().map(|&row| source.row(row)[column]).collect();
        let below = limit_below(seen, lowest);
        let at = self.splits.len();
        self.splits.push(Split { column, below, children: [Child::Part(0); 2] });
        sample.sort_by_key(|&row| source.row(row)[column] >= below);
        let middle = sample.partition_point(|&row| source.row(row)[column] < below);
        let (left, right) = sample.split_at_mut(middle);
        let first = self.grow(source, left);
        let second = self.grow(source, right);
        self.splits[at].children = [first, second];
        Child::Split(at as u16)
    }

    /// The part that a row belongs to.
    #[inline(always)]
    fn part(&self, row: &[f64]) -> u16 {
        let mut at = 0;
        loop {
            let split = &self.splits[usize::from(at)];
            match split.children[usize::from(row[split.column] >= split.below)] {
                Child::Split(next) => at = next,
                Child::Part(part) => return part,
            }
        }
    }

    /// Sorts the row numbers by part, keeping their order within each, and returns the sizes of the parts.
    pub(super) fn sort_into_parts(&self, source: &Source<'_>, row_at: &mut [u32]) -> Vec<usize> {
        let parts: Vec<Vec<u16>> = map_chunks(row_at.len(), CHUNK_ROWS, |range| {
            row_at[range].iter().map(|&row| self.part(source.row(row))).collect()
        });
        let parts = || parts.iter().flatten().map(|&part| usize::from(part));
        let mut sizes = vec![0; self.n_parts];
        parts().for_each(|part| sizes[part] += 1);
        let mut places: Vec<usize> =
            sizes.iter().scan(0, |end, size| Some(std::mem::replace(end, *end + size))).collect();
        let unsorted = row_at.to_vec();
        for (row, part) in unsorted.into_iter().zip(parts()) {
            row_at[places[part]] = row;
            places[part] += 1;
        }
        sizes
    }

    /// Puts what was made of the parts together as the splits say.
    pub(super) fn put_together<T>(&self, parts: Vec<T>, put_above: &impl Fn(T, T) -> T) -> T {
        let mut parts = parts.into_iter();
        self.put_below(0, &mut parts, put_above)
    }

    fn put_below<T>(&self, at: u16, parts: &mut std::vec::IntoIter<T>, put_above: &impl Fn(T, T) -> T) -> T {
        let [left, right] = self.splits[usize::from(at)].children.map(|child| match child {
            Child::Split(next) => self.put_below(next, parts, put_above),
            Child::Part(_) => parts.next().expect("there is something for each part"),
        });
        put_above(left, right)
    }
}

/// `n_sampled` ascending places below `n_rows`, one at a scattered place of each equal share.
fn sample_places(n_rows: usize, n_sampled: usize) -> impl Iterator<Item = usize> {
    let share = n_rows / n_sampled;
    (0..n_sampled).map(move |i| i * share + (i.wrapping_mul(0x9E37_79B9) >> 8) % share)
}

/// The column in which the rows differ most, and its lowest value; `None` if they are identical.
fn widest_column(source: &Source<'_>, rows: &[u32]) -> Option<(usize, f64)> {
    let mut low = source.row(rows[0]).to_vec();
    let mut high = low.clone();
    for &row in rows {
        widen(&mut low, &mut high, source.row(row));
    }
    widest(&low, &high).map(|column| (column, low[column]))
}
