use crate::Error;
use crate::Stage;
use bro_ml_core::CoMoments;
use ndarray::{Array2, Axis, concatenate, s};

/// Rows that are measured together. Their bounds are counted from the first row of all, so that the sums, and with
/// them the last bits, do not depend on how the rows came in batches.
const CHUNK: u64 = 256;

/// The co-moments of one batch: of its whole chunks, and the rows at either end that belong to a chunk which other
/// batches have a part in.
#[derive(Debug)]
pub(crate) struct BatchMoments {
    head: Array2<f64>,
    chunks: Vec<CoMoments>,
    tail: Array2<f64>,
}

impl BatchMoments {
    /// Measures rows of which the first has the number `first`.
    pub(crate) fn of(x: &Array2<f64>, first: u64) -> Result<Self, Error> {
        let n_rows = x.nrows();
        let to_bound = ((CHUNK - first % CHUNK) % CHUNK) as usize;
        let head_end = to_bound.min(n_rows);
        let tail_start = head_end + (n_rows - head_end) / CHUNK as usize * CHUNK as usize;
        let whole = x.slice(s![head_end..tail_start, ..]);
        let chunks = whole.axis_chunks_iter(Axis(0), CHUNK as usize);
        Ok(Self {
            head: x.slice(s![..head_end, ..]).to_owned(),
            chunks: chunks
                .map(|chunk| CoMoments::of(&chunk))
                .collect::<Result<_, _>>()
                .map_err(Error::at(Stage::Moments))?,
            tail: x.slice(s![tail_start.., ..]).to_owned(),
        })
    }
}

/// Merges [`BatchMoments`] in the order of the rows.
#[derive(Debug)]
pub(crate) struct MomentsInOrder {
    total: CoMoments,
    open: Array2<f64>,
}

impl MomentsInOrder {
    pub(crate) fn new(n_features: usize) -> Self {
        Self { total: CoMoments::new(n_features), open: Array2::zeros((0, n_features)) }
    }

    pub(crate) fn push(&mut self, batch: &BatchMoments) -> Result<(), Error> {
        self.extend(&batch.head)?;
        for chunk in &batch.chunks {
            self.total.merge(chunk).map_err(Error::at(Stage::Moments))?;
        }
        self.extend(&batch.tail)
    }

    fn extend(&mut self, rows: &Array2<f64>) -> Result<(), Error> {
        if rows.nrows() > 0 {
            self.open =
                concatenate(Axis(0), &[self.open.view(), rows.view()]).expect("both have all features");
        }
        if self.open.nrows() as u64 == CHUNK { self.close() } else { Ok(()) }
    }

    fn close(&mut self) -> Result<(), Error> {
        let chunk = CoMoments::of(&self.open).map_err(Error::at(Stage::Moments))?;
        self.open = Array2::zeros((0, self.open.ncols()));
        self.total.merge(&chunk).map_err(Error::at(Stage::Moments))
    }

    pub(crate) fn finish(mut self) -> Result<CoMoments, Error> {
        if self.open.nrows() > 0 {
            self.close()?;
        }
        Ok(self.total)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bits_do_not_depend_on_the_batches() {
        let x =
            Array2::from_shape_fn((3000, 3), |(row, column)| ((row * 31 + column * 17) % 101) as f64 / 7.0);
        let measured = |bounds: &[usize]| {
            let mut moments = MomentsInOrder::new(3);
            for bound in bounds.windows(2) {
                let part = x.slice(s![bound[0]..bound[1], ..]).to_owned();
                moments.push(&BatchMoments::of(&part, bound[0] as u64).unwrap()).unwrap();
            }
            moments.finish().unwrap()
        };
        let whole = measured(&[0, 3000]);
        assert_eq!(whole.n(), 3000);
        for bounds in
            [&[0, 1, 2, 255, 256, 257, 1000, 3000][..], &[0, 0, 512, 2999, 3000], &[0, 100, 200, 300, 3000]]
        {
            assert_eq!(measured(bounds), whole);
        }
    }
}
