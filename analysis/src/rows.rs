use crate::intake::LogIntake;
use crate::sampling::Strata;
use crate::session;
use crate::{Error, Intake, Logs, OnProgress, Progress, Sample, SampleBy, Stage};
use bro_features::LogKind;
use bro_log::{Batch, BatchId, Projection, ScanOptions, Source, scan};
use std::collections::HashMap;
use std::ops::{ControlFlow, Range};

/// The rows of some logs, read in order as often as needed, in parallel, without being held.
///
/// Rows are numbered from 0 through all logs. What stands in a row's projected columns decides whether it is one: a
/// row with a cell that is no value of its type is set aside. All passes must therefore ask for the same columns, unless
/// no row was set aside at all (see [`columns`](Self::columns)); only text columns, which cannot be wrong, may be added.
#[derive(Debug)]
pub(crate) struct Rows<'a> {
    sources: &'a [Source],
    options: ScanOptions,
    /// The numbers of each batch's rows, by log; filled by the first pass.
    index: Option<Vec<HashMap<BatchId, Range<u64>>>>,
    intake: Intake,
    picked: Option<Vec<u64>>,
}

/// The rows of one batch that are used.
#[derive(Debug, Clone)]
pub(crate) struct Wanted<'a> {
    /// Index of the log.
    pub(crate) log: usize,
    /// Place of the first of them among all rows that are used, from 0; 0 in the first pass.
    pub(crate) first: u64,
    rows: WantedRows<'a>,
}

#[derive(Debug, Clone)]
enum WantedRows<'a> {
    All(Range<usize>),
    Picked { rows: std::slice::Iter<'a, u64>, batch_start: u64 },
}

impl Iterator for Wanted<'_> {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        match &mut self.rows {
            WantedRows::All(rows) => rows.next(),
            WantedRows::Picked { rows, batch_start } => rows.next().map(|row| (row - *batch_start) as usize),
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let len = match &self.rows {
            WantedRows::All(rows) => rows.len(),
            WantedRows::Picked { rows, .. } => rows.len(),
        };
        (len, Some(len))
    }
}

impl ExactSizeIterator for Wanted<'_> {}

impl<'a> Rows<'a> {
    /// The rows of the kind asked for, or else of that of the first log that has rows of one.
    pub(crate) fn new(logs: &Logs<'a>) -> Result<Self, Error> {
        if logs.sources.is_empty() {
            return Err(Error::NoLogs);
        }
        let intake = Intake { kind: logs.kind()?, ..Intake::default() };
        Ok(Self { sources: logs.sources, options: logs.options.clone(), index: None, intake, picked: None })
    }

    /// The kind of the logs.
    pub(crate) fn kind(&self) -> LogKind {
        self.intake.kind
    }

    /// What the first pass read.
    pub(crate) fn intake(&self) -> &Intake {
        &self.intake
    }

    /// The names of the logs.
    pub(crate) fn log_names(&self) -> impl Iterator<Item = &str> {
        self.sources.iter().map(Source::name)
    }

    /// Number of rows that are used.
    pub(crate) fn n_used(&self) -> u64 {
        self.picked.as_ref().map_or(self.intake.n_rows, |picked| picked.len() as u64)
    }

    /// What a later pass must read that needs only these columns of those that the first pass read: all of them if a row
    /// was set aside, because the others may have been why. The kind's own columns stand first in both.
    pub(crate) fn columns(&self, needed: Projection) -> Projection {
        if self.index.is_some() && self.intake.n_rejected == 0 {
            needed
        } else {
            session::projection(self.kind())
        }
    }

    /// Restricts all later passes to `n` rows drawn without replacement; all rows stay if there are no more.
    pub(crate) fn draw(&mut self, n: usize, seed: u64, by: &SampleBy, strata: &Strata) -> Option<Sample> {
        let of = self.intake.n_rows;
        if n as u64 >= of {
            return None;
        }
        self.picked = Some(by.draw(n, of as usize, strata, seed));
        Some(Sample { n: n as u64, of, seed })
    }

    /// Reads all rows once: `map` on the workers for each batch that holds rows of the right kind, `fold` here in
    /// order.
    pub(crate) fn pass<T: Send>(
        &mut self,
        stage: Stage,
        projection: &Projection,
        on_progress: OnProgress<'_>,
        map: impl Fn(&Batch<'_>, Wanted<'_>) -> T + Sync,
        mut fold: impl FnMut(T),
    ) -> Result<(), Error> {
        let _span = stage.span().entered();
        let total = self.sources.iter().map(Source::n_bytes).sum();
        let mut progress = Progress { stage, done: 0, total, n_rows: 0, epoch: None };
        let mut intake = Intake { kind: self.kind(), ..Intake::default() };
        let mut index = Vec::with_capacity(self.sources.len());
        for (log, source) in self.sources.iter().enumerate() {
            if self.index.as_ref().is_some_and(|index| index[log].is_empty()) {
                // Without a row of this kind: it was read once to know that.
                progress.done += source.n_bytes();
                index.push(HashMap::new());
                continue;
            }
            let mut pass = LogPass {
                log,
                kind: self.intake.kind,
                source,
                options: &self.options,
                known: self.index.as_ref().map(|index| &index[log]),
                picked: self.picked.as_deref(),
                found: LogIntake::default(),
                registered: HashMap::new(),
                first_row: intake.n_rows,
                before: progress,
            };
            let summary = pass.run(projection, on_progress, &map, &mut fold)?;
            progress.done += source.n_bytes();
            progress.n_rows += summary.n_rows;
            index.push(pass.registered);
            intake.finish_log(pass.found, source, &summary);
        }
        if self.index.is_none() {
            intake.tell_others();
            self.index = Some(index);
            self.intake = intake;
        }
        Ok(())
    }
}

/// One pass over one log.
struct LogPass<'a> {
    log: usize,
    kind: LogKind,
    source: &'a Source,
    options: &'a ScanOptions,
    known: Option<&'a HashMap<BatchId, Range<u64>>>,
    picked: Option<&'a [u64]>,
    found: LogIntake,
    registered: HashMap<BatchId, Range<u64>>,
    /// Number of the log's first row.
    first_row: u64,
    before: Progress,
}

/// What the calling thread is told of a batch.
struct Seen<T> {
    id: BatchId,
    n_rows: u64,
    path: Option<String>,
    missing: Vec<&'static str>,
    is_same: bool,
    value: Option<T>,
}

impl LogPass<'_> {
    fn run<T: Send>(
        &mut self,
        projection: &Projection,
        on_progress: OnProgress<'_>,
        map: &(impl Fn(&Batch<'_>, Wanted<'_>) -> T + Sync),
        fold: &mut impl FnMut(T),
    ) -> Result<bro_log::ScanSummary, Error> {
        let (kind, known, picked, log) = (self.kind, self.known, self.picked, self.log);
        let look = move |batch: &Batch<'_>| look(batch, kind, known, picked, log, map);
        let mut stopped = None;
        let source = std::slice::from_ref(self.source);
        let summary = scan(source, projection, self.options, look, |seen, at| {
            if !seen.is_same {
                stopped = Some(Error::Changed { log: self.source.name().to_owned() });
                return ControlFlow::Break(());
            }
            self.register(&seen);
            if let Some(value) = seen.value {
                fold(value);
            }
            let progress = Progress {
                done: self.before.done + at.bytes_done,
                n_rows: self.before.n_rows + at.n_rows,
                ..self.before
            };
            if on_progress(&progress).is_break() {
                stopped = Some(Error::Cancelled);
                return ControlFlow::Break(());
            }
            ControlFlow::Continue(())
        });
        let summary = summary.map_err(|source| Error::Log { log: self.source.name().to_owned(), source })?;
        stopped.map_or(Ok(summary), Err)
    }

    fn register<T>(&mut self, seen: &Seen<T>) {
        if seen.missing.is_empty() {
            let start = self.first_row + self.found.n_rows;
            self.registered.insert(seen.id, start..start + seen.n_rows);
            self.found.n_rows += seen.n_rows;
            return;
        }
        let path = seen.path.as_deref().unwrap_or("unknown");
        match self.found.others.iter_mut().find(|(known, ..)| known == path) {
            Some((_, n_rows, _)) => *n_rows += seen.n_rows,
            None => self.found.others.push((path.to_owned(), seen.n_rows, seen.missing.join(", "))),
        }
    }
}

fn look<T>(
    batch: &Batch<'_>,
    kind: LogKind,
    known: Option<&HashMap<BatchId, Range<u64>>>,
    picked: Option<&[u64]>,
    log: usize,
    map: impl Fn(&Batch<'_>, Wanted<'_>) -> T,
) -> Seen<T> {
    // The kind's own columns stand first in every projection.
    let missing = kind.missing_fields(batch, 0);
    let n_rows = batch.n_rows() as u64;
    let mut seen = Seen {
        id: batch.id(),
        n_rows,
        path: batch.path().map(str::to_owned),
        missing,
        is_same: true,
        value: None,
    };
    if !seen.missing.is_empty() {
        return seen;
    }
    let range = match known.map(|known| known.get(&batch.id())) {
        None => 0..n_rows,
        Some(Some(range)) if range.end - range.start == n_rows => range.clone(),
        Some(_) => return Seen { is_same: false, ..seen },
    };
    seen.value = Some(map(batch, wanted(log, range, picked)));
    seen
}

fn wanted(log: usize, range: Range<u64>, picked: Option<&[u64]>) -> Wanted<'_> {
    let Some(picked) = picked else {
        let n_rows = (range.end - range.start) as usize;
        return Wanted { log, first: range.start, rows: WantedRows::All(0..n_rows) };
    };
    let from = picked.partition_point(|row| *row < range.start);
    let to = picked.partition_point(|row| *row < range.end);
    let rows = WantedRows::Picked { rows: picked[from..to].iter(), batch_start: range.start };
    Wanted { log, first: from as u64, rows }
}
