//! Telling the caller how far the work is, and stopping when asked.

use super::params::{DbscanProgress, DbscanStep};
use crate::Error;
use crate::parallel::map_chunks;
use std::ops::{ControlFlow, Range};

/// How often the caller is asked within one step.
const ASKED_PER_STEP: usize = 16;

pub(super) type Observer<'a> = dyn FnMut(DbscanProgress) -> ControlFlow<()> + 'a;

/// The caller's observer, asked from the calling thread between batches of parallel work.
pub(super) struct Watch<'a> {
    pub(super) observer: &'a mut Observer<'a>,
}

impl Watch<'_> {
    /// Says that a step has done `n_done` of `n_total` parts.
    pub(super) fn tell(&mut self, step: DbscanStep, n_done: usize, n_total: usize) -> Result<(), Error> {
        match (self.observer)(DbscanProgress { step, n_done, n_total }) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(Error::Cancelled),
        }
    }

    /// One result for each chunk of `0..n_total`, in order.
    pub(super) fn map_chunks<T: Send>(
        &mut self,
        step: DbscanStep,
        n_total: usize,
        chunk: usize,
        map: impl Fn(Range<usize>) -> T + Sync + Send,
    ) -> Result<Vec<T>, Error> {
        let batch = n_total.div_ceil(ASKED_PER_STEP).next_multiple_of(chunk);
        let mut results = Vec::with_capacity(n_total.div_ceil(chunk));
        for start in (0..n_total).step_by(batch) {
            self.tell(step, start, n_total)?;
            let len = batch.min(n_total - start);
            results.extend(map_chunks(len, chunk, |range| map(start + range.start..start + range.end)));
        }
        Ok(results)
    }
}
