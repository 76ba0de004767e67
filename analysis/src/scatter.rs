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

impl Density {
    /// Counts `positions` on a grid that just holds them. They must be finite.
    pub(crate) fn of(positions: impl Iterator<Item = [f64; 2]> + Clone) -> Self {
        let mut low = [f64::INFINITY; 2];
        let mut high = [f64::NEG_INFINITY; 2];
        for position in positions.clone() {
            for axis in 0..2 {
                low[axis] = low[axis].min(position[axis]);
                high[axis] = high[axis].max(position[axis]);
            }
        }
        let step = [0, 1].map(|axis| {
            let step = (high[axis] - low[axis]) / CELLS as f64;
            if step > 0.0 { step } else { 1.0 }
        });
        let mut counts = vec![0; CELLS * CELLS];
        for position in positions {
            let [x, y] =
                [0, 1].map(|axis| (((position[axis] - low[axis]) / step[axis]) as usize).min(CELLS - 1));
            counts[y * CELLS + x] += 1;
        }
        Self { start: low, step, n_cells: [CELLS; 2], counts }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_counted_once_and_the_corners_hold_the_extremes() {
        let rows = [[0.0, 0.0], [1.0, 2.0], [1.0, 2.0], [0.5, 1.0]];
        let density = Density::of(rows.into_iter());
        assert_eq!(density.counts.iter().sum::<u64>(), 4);
        assert_eq!((density.counts[0], density.counts[CELLS * CELLS - 1]), (1, 2));
    }

    #[test]
    fn rows_on_one_spot_need_no_width() {
        let density = Density::of([[3.0, 3.0]; 5].into_iter());
        assert_eq!(density.counts[0], 5);
    }
}
