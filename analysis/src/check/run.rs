//! Many logs on as many threads as there are, in order all the same.

use super::found::{Check, CheckInput, CheckParams, CheckedLog, Failure};
use super::read::read;
use crate::{Error, OnProgress, Progress, Stage};
use bro_log::Source;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::thread;

/// News from a thread.
enum Event {
    /// Bytes of a log that were read since the last news, and its rows if it is done.
    Bytes(u64),
    Done(usize, Box<CheckedLog>),
}

/// Reads every cell of the logs: what they hold, what is wrong with them, how well they were taken.
///
/// `open` is asked for the log of each index into `inputs` when a thread gets to it, so that thousands of logs need no
/// more open files than there are threads. A log that cannot be opened or read is told in its
/// [`failure`](CheckedLog::failure) and does not stop the others. The answer is the same on any number of threads.
///
/// Time O(bytes); one thread for each log, as many at once as rayon's pool has. Memory: the longest line for each
/// thread, and the headers.
///
/// # Errors
/// [`Error::Cancelled`] if `on_progress` says so.
pub fn check<O>(
    inputs: &[CheckInput],
    params: &CheckParams,
    open: O,
    on_progress: OnProgress<'_>,
) -> Result<Check, Error>
where
    O: Fn(usize) -> Result<Source, bro_log::Error> + Sync,
{
    let (next, is_cancelled) = (AtomicUsize::new(0), AtomicBool::new(false));
    let mut logs: Vec<Option<CheckedLog>> = inputs.iter().map(|_| None).collect();
    let n_threads = rayon::current_num_threads().min(inputs.len());
    thread::scope(|threads| {
        let (events, inbox) = channel();
        for _ in 0..n_threads {
            let (events, next, open, is_cancelled) = (events.clone(), &next, &open, &is_cancelled);
            threads.spawn(move || work(inputs, params, open, next, is_cancelled, &events));
        }
        drop(events);
        let mut progress = Progress {
            stage: Stage::Check,
            done: 0,
            total: inputs.iter().map(|input| input.n_bytes).sum(),
            n_rows: 0,
            epoch: None,
        };
        for event in inbox {
            match event {
                Event::Bytes(n_bytes) => progress.done += n_bytes,
                Event::Done(idx, log) => {
                    progress.n_rows += log.n_rows();
                    logs[idx] = Some(*log);
                }
            }
            if on_progress(&progress).is_break() {
                is_cancelled.store(true, Ordering::Relaxed);
            }
        }
    });
    if is_cancelled.into_inner() {
        return Err(Error::Cancelled);
    }
    Ok(Check { logs: logs.into_iter().flatten().collect() })
}

/// Checks the next log until there is none.
fn work(
    inputs: &[CheckInput],
    params: &CheckParams,
    open: &(impl Fn(usize) -> Result<Source, bro_log::Error> + Sync),
    next: &AtomicUsize,
    is_cancelled: &AtomicBool,
    events: &Sender<Event>,
) {
    loop {
        let idx = next.fetch_add(1, Ordering::Relaxed);
        let Some(input) = inputs.get(idx) else { return };
        let mut told = 0;
        // A compressed log has more bytes than are stored.
        let mut tell = |place: u64| {
            let place = place.min(input.n_bytes);
            events.send(Event::Bytes(place.saturating_sub(told))).ok();
            told = told.max(place);
            if is_cancelled.load(Ordering::Relaxed) {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        };
        let log = match open(idx) {
            Ok(source) => read(&source, params, &mut tell),
            Err(error) => CheckedLog {
                name: input.name.clone(),
                failure: Some(Failure { error }),
                ..CheckedLog::default()
            },
        };
        let flow = tell(input.n_bytes);
        events.send(Event::Done(idx, Box::new(log))).ok();
        if flow.is_break() {
            return;
        }
    }
}
