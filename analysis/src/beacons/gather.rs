use super::found::BeaconIntake;
use crate::{Error, Logs, OnProgress, Progress, Stage, Warning};
use bro_features::{PairLog, PairRows, PairTable};
use bro_log::{Reader, ScanOptions, ScanSummary, Source, scan};
use std::ops::ControlFlow;

/// Reads every log once, in the order in which the table needs them, and gives each batch to `take`.
pub(crate) fn gather(
    logs: &Logs<'_>,
    table: &mut PairTable,
    on_progress: OnProgress<'_>,
) -> Result<BeaconIntake, Error> {
    let mut intake = BeaconIntake::of(logs);
    let total = logs.sources.iter().map(Source::n_bytes).sum();
    let mut progress = Progress { stage: Stage::Pairs, done: 0, total, n_rows: 0, epoch: None };
    for idx in in_reading_order(logs) {
        let source = &logs.sources[idx];
        let mut is_cancelled = false;
        let summary = scan(
            std::slice::from_ref(source),
            &PairRows::projection(),
            &logs.options,
            PairRows::of_batch,
            |mut rows, at| {
                rows.source_idx = idx;
                table.push(&rows);
                let (done, n_rows) = (progress.done + at.bytes_done, progress.n_rows + at.n_rows);
                is_cancelled = on_progress(&Progress { done, n_rows, ..progress }).is_break();
                if is_cancelled { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            },
        );
        let summary = take_source(source, summary, is_cancelled)?;
        progress.done += source.n_bytes();
        progress.n_rows += summary.n_rows;
        intake.take(source.name(), &summary);
    }
    Ok(intake)
}

/// Whether one of the logs is a conn.log.
pub(crate) fn has_conn(logs: &Logs<'_>) -> bool {
    kinds(logs).contains(&Some(PairLog::Conn))
}

/// What a scan of one source ended with.
pub(crate) fn take_source(
    source: &Source,
    summary: Result<ScanSummary, bro_log::Error>,
    is_cancelled: bool,
) -> Result<ScanSummary, Error> {
    let summary = summary.map_err(|error| Error::Log { log: source.name().to_owned(), source: error })?;
    if is_cancelled { Err(Error::Cancelled) } else { Ok(summary) }
}

fn kinds(logs: &Logs<'_>) -> Vec<Option<PairLog>> {
    logs.sources.iter().map(|source| kind(source, &logs.options)).collect()
}

/// The kind of a log, by the fields of its first rows; what is wrong with it is told when it is read.
pub(crate) fn kind(source: &Source, options: &ScanOptions) -> Option<PairLog> {
    if let Some(schema) = &options.schema {
        return PairLog::of_fields(|field| schema.index_of(field).is_some());
    }
    let mut reader = Reader::from_source(source).ok()?;
    let record = reader.next_record().ok()??;
    PairLog::of_fields(|field| record.header().schema().index_of(field).is_some())
}

/// Indices of the logs in the order in which pairs need them: http, ssl, dns, conn, others.
pub(crate) fn in_reading_order(logs: &Logs<'_>) -> Vec<usize> {
    let kinds = kinds(logs);
    let mut order: Vec<usize> = (0..kinds.len()).collect();
    order.sort_by_key(|&idx| kinds[idx].map_or(PairLog::ALL.len(), |kind| kind as usize));
    order
}

impl BeaconIntake {
    pub(crate) fn of(logs: &Logs<'_>) -> Self {
        Self { logs: logs.sources.iter().map(|source| source.name().to_owned()).collect(), ..Self::default() }
    }

    /// Takes in what a pass over one log found besides rows.
    pub(crate) fn take(&mut self, log: &str, summary: &ScanSummary) {
        self.n_rows += summary.n_rows;
        self.n_rejected += summary.n_rejected();
        if let Some(first) = summary.rejects.examples().first() {
            let first = format!("{log}: {}", first.error);
            self.warnings.push(Warning::Rejected { n_rows: summary.n_rejected(), first });
        }
        for (_, error) in &summary.truncated {
            self.warnings.push(Warning::Truncated { log: log.to_owned(), detail: error.to_string() });
        }
    }
}
