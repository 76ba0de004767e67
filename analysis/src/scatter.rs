use rayon::prelude::*;

/// Rows in a plane, fit to be drawn: every point while there are few, a grid of counts beyond that.
#[derive(Debug, Clone, PartialEq)]
pub enum Scatter {
    /// Every row, in the order of the log.
    Points(Vec<Point>),
    /// How many rows fall where.
    Density(Density),
}

/// One row in the plane.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    /// Where it is drawn.
    pub position: [f64; 2],
    /// Number of its cluster, `None` for noise.
    pub cluster: Option<usize>,
    /// Who spoke with whom, for the pointer that rests on it.
    pub label: String,
}

/// Rows counted on a grid over the plane.
#[derive(Debug, Clone, PartialEq)]
pub struct Density {
    /// Edge of the first cell on each axis.
    pub start: [f64; 2],
    /// Size of a cell on each axis.
    pub step: [f64; 2],
    /// Cells on each axis.
    pub n_cells: [usize; 2],
    /// Counts, the first axis running fastest.
    pub counts: Vec<u64>,
}

/// Most rows that are drawn one by one.
pub(crate) const MOST_POINTS: usize = 20_000;

const CELLS: usize = 240;

/// Rows that are counted as one part.
const PART: usize = 1 << 16;

impl Density {
    /// Counts `n_rows` positions on a grid that just holds them. They must be finite.
    pub(crate) fn of(n_rows: usize, position: impl Fn(usize) -> [f64; 2] + Sync) -> Self {
        let parts = (0..n_rows.div_ceil(PART)).into_par_iter();
        let part = |idx: usize| (idx * PART..n_rows.min((idx + 1) * PART)).map(&position);
        let nowhere = || ([f64::INFINITY; 2], [f64::NEG_INFINITY; 2]);
        let (low, high) = parts.clone().map(|idx| part(idx).fold(nowhere(), around)).reduce(nowhere, hull);
        let step = [0, 1].map(|axis| {
            let step = (high[axis] - low[axis]) / CELLS as f64;
            if step > 0.0 { step } else { 1.0 }
        });
        let cell =
            |position: f64, axis: usize| (((position - low[axis]) / step[axis]) as usize).min(CELLS - 1);
        let count = |mut counts: Vec<u64>, idx| {
            part(idx).for_each(|[x, y]| counts[cell(y, 1) * CELLS + cell(x, 0)] += 1);
            counts
        };
        let empty = || vec![0; CELLS * CELLS];
        let counts = parts.fold(empty, count).reduce(empty, |mut mine, theirs| {
            mine.iter_mut().zip(theirs).for_each(|(mine, theirs)| *mine += theirs);
            mine
        });
        Self { start: low, step, n_cells: [CELLS; 2], counts }
    }
}

/// The lower and upper corner of a rectangle.
type Corners = ([f64; 2], [f64; 2]);

/// A rectangle made large enough for one more position.
fn around(corners: Corners, position: [f64; 2]) -> Corners {
    hull(corners, (position, position))
}

/// The rectangle around two.
fn hull((low, high): Corners, (other_low, other_high): Corners) -> Corners {
    let axes = [0, 1];
    (axes.map(|axis| low[axis].min(other_low[axis])), axes.map(|axis| high[axis].max(other_high[axis])))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_counted_once_and_the_corners_hold_the_extremes() {
        let rows = [[0.0, 0.0], [1.0, 2.0], [1.0, 2.0], [0.5, 1.0]];
        let density = Density::of(rows.len(), |row| rows[row]);
        assert_eq!(density.counts.iter().sum::<u64>(), 4);
        assert_eq!((density.counts[0], density.counts[CELLS * CELLS - 1]), (1, 2));
    }

    #[test]
    fn rows_on_one_spot_need_no_width() {
        let density = Density::of(5, |_| [3.0, 3.0]);
        assert_eq!(density.counts[0], 5);
    }
}
