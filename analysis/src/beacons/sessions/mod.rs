//! The old experiment: a network learns from labelled sessions which of the others beacon.

mod labels;
mod model;
mod predict;
mod train;

pub use labels::Labels;
pub use model::{SESSION_MODEL, SESSION_MODEL_VERSION, SessionModel, SessionScores, SessionSummary};
pub use predict::{Confusion, SessionVerdict, SessionVerdicts, classify_sessions, predict_sessions};
pub use train::{HeldOut, SessionTraining, train_sessions};

use super::found::BeaconIntake;
use super::gather::take_source;
use crate::{Error, Logs, OnProgress, Progress, Stage};
use bro_features::{SessionRows, SessionTable, Sessions};
use bro_log::{Source, scan};
use std::ops::ControlFlow;

/// What scaled features are cut to.
const CLIP: f64 = 8.0;

/// Reads the sessions of http logs.
fn read(
    logs: &Logs<'_>,
    label_column: Option<&str>,
    on_progress: OnProgress<'_>,
) -> Result<(Sessions, BeaconIntake), Error> {
    if logs.sources.is_empty() {
        return Err(Error::NoLogs);
    }
    let projection = SessionRows::projection(label_column);
    let mut table = SessionTable::default();
    let mut intake = BeaconIntake::of(logs);
    let total = logs.sources.iter().map(Source::n_bytes).sum();
    let mut progress = Progress { stage: Stage::Sessions, done: 0, total, n_rows: 0, epoch: None };
    for (idx, source) in logs.sources.iter().enumerate() {
        let mut is_cancelled = false;
        let take = |mut rows: SessionRows, at: &bro_log::Progress| {
            rows.source_idx = idx;
            table.push(rows);
            let (done, n_rows) = (progress.done + at.bytes_done, progress.n_rows + at.n_rows);
            is_cancelled = on_progress(&Progress { done, n_rows, ..progress }).is_break();
            if is_cancelled { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        let summary =
            scan(std::slice::from_ref(source), &projection, &logs.options, SessionRows::of_batch, take);
        let summary = take_source(source, summary, is_cancelled)?;
        progress.done += source.n_bytes();
        progress.n_rows += summary.n_rows;
        intake.take(source.name(), &summary);
    }
    let sessions = table.finish();
    if sessions.keys.is_empty() {
        let others: Vec<_> = sessions.others.iter().map(|(path, _)| path.clone()).collect();
        let (log, others) = (intake.logs.join(", "), others.join(", "));
        return Err(Error::NoPairs { log, others, n_rejected: intake.n_rejected });
    }
    Ok((sessions, intake))
}
