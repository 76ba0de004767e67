//! Importing logs: idempotent, and resumed where it was broken off.

use std::{
    ops::ControlFlow,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc::{Receiver, sync_channel},
    },
    thread,
    time::{Duration, Instant},
};

use bro_log::{Schema, Source, Warnings};
use diesel::prelude::*;

use crate::{
    batch::{Batch, Layout, min_of},
    bulk,
    connection::AnyConnection,
    datasets::{ImportState, SourceRow, load_sources, now},
    error::Error,
    parse::{Chunk, NewReject, Outcome, Start, parse},
    prefix::{Checkpoint, Match, furthest_match},
    schema::{blocks, datasets, layouts, rejects, sources},
    sessions::Kind,
    store::Store,
};

/// The settings of an import.
///
/// ```
/// let options = bro_store::ImportOptions { block_rows: 1000, ..Default::default() };
/// assert!(!options.split_labels);
/// ```
#[derive(Clone, Debug)]
pub struct ImportOptions {
    /// Rows stored in one transaction; what is lost at most when the import is killed. Default: 20,000.
    pub block_rows: usize,
    /// Whether a last column of three parts, three blanks apart, is three columns. Default: no.
    pub split_labels: bool,
    /// The columns of logs without header. Default: none.
    pub schema: Option<Schema>,
    /// Whether missing indexes are made at the end; if not, [`make_indexes`](Store::make_indexes) does. Default: yes.
    pub make_indexes: bool,
    /// Whether MariaDB gets rows by `LOAD DATA LOCAL INFILE`. That is faster, but the server must allow it, and a client
    /// that does lets a hostile server read its files. Default: no.
    pub load_data: bool,
}

impl Default for ImportOptions {
    fn default() -> Self {
        Self { block_rows: 20_000, split_labels: false, schema: None, make_indexes: true, load_data: false }
    }
}

/// How far an import is.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct ImportProgress<'a> {
    /// The log being read.
    pub source: &'a str,
    /// Its place among the logs, from 0.
    pub source_idx: usize,
    /// Number of logs.
    pub n_sources: usize,
    /// Bytes of the logs, as they are stored on disk, that were read so far; a little ahead of what is in the database.
    pub n_bytes: u64,
    /// All bytes of the logs.
    pub n_bytes_total: u64,
    /// Rows added so far, of all logs.
    pub n_records: u64,
    /// Rows that could not be read so far, of all logs.
    pub n_rejected: u64,
}

/// What an import did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ImportSummary {
    /// Rows added.
    pub n_records: u64,
    /// Rows added to the rejects.
    pub n_rejected: u64,
    /// Logs that were new.
    pub n_new: usize,
    /// Logs of which a part was stored already.
    pub n_continued: usize,
    /// Logs that were stored already as they are.
    pub n_unchanged: usize,
    /// Logs whose compressed stream is cut off; all whole rows before that were stored.
    pub truncated: Vec<String>,
    /// What was odd about the logs.
    pub warnings: Warnings,
    /// Whether the caller ended it early.
    pub is_cancelled: bool,
    /// How long all of it took.
    pub duration: Duration,
    /// How long it took of that to make indexes.
    pub indexing: Duration,
}

impl ImportSummary {
    /// Rows added in a second of the import, indexes included.
    ///
    /// ```
    /// assert_eq!(bro_store::ImportSummary::default().rows_per_second(), 0.0);
    /// ```
    #[must_use]
    pub fn rows_per_second(&self) -> f64 {
        self.n_records as f64 / self.duration.as_secs_f64().max(1e-9)
    }

    /// Counts what another import did as well.
    pub fn add(&mut self, other: Self) {
        self.n_records = self.n_records.wrapping_add(other.n_records);
        self.n_rejected = self.n_rejected.wrapping_add(other.n_rejected);
        self.n_new += other.n_new;
        self.n_continued += other.n_continued;
        self.n_unchanged += other.n_unchanged;
        self.truncated.extend(other.truncated);
        self.warnings.extend(other.warnings);
        self.is_cancelled |= other.is_cancelled;
        self.duration += other.duration;
        self.indexing += other.indexing;
    }
}

impl Store {
    /// Imports logs into a dataset, which is made if it is new.
    ///
    /// A log is known by its decompressed content: one that the dataset has adds nothing, under whatever name; of one
    /// that has grown, only the new rows are added; an import that was broken off goes on behind the last block stored.
    /// Each block of [`block_rows`](ImportOptions::block_rows) is one transaction.
    ///
    /// `progress` is told after each block and ends the import with [`ControlFlow::Break`]; what is stored stays.
    /// A thread reads and parses while this one writes. Memory is bounded by a few blocks. Indexes are made at the end of
    /// the first import into a database.
    ///
    /// # Errors
    /// [`Error::DatasetName`], [`Error::Log`] for a log that cannot be read, [`Error::ImportRace`] if another import
    /// writes the same log, [`Error::Query`] from the database. Blocks stored before stay; importing again goes on.
    ///
    /// ```
    /// use std::ops::ControlFlow;
    /// use bro_log::Source;
    /// use bro_store::{ImportOptions, Store};
    ///
    /// let log = b"#separator \\x09\n#path\tconn\n#fields\tts\tuid\n#types\ttime\tstring\n1.5\tC1\n2.5\tC2\n";
    /// let logs = [Source::from_bytes("conn.log", log.to_vec())];
    /// let mut store = Store::open(&"sqlite://:memory:".parse()?)?;
    /// let mut import = || store.import("monday", &logs, &ImportOptions::default(), &mut |_| ControlFlow::Continue(()));
    /// assert_eq!(import()?.n_records, 2);
    /// assert_eq!(import()?.n_unchanged, 1);
    /// # Ok::<(), bro_store::Error>(())
    /// ```
    pub fn import(
        &mut self,
        dataset: &str,
        logs: &[Source],
        options: &ImportOptions,
        progress: &mut dyn FnMut(&ImportProgress<'_>) -> ControlFlow<()>,
    ) -> Result<ImportSummary, Error> {
        let started = Instant::now();
        let dataset_id = self.find_or_make_dataset(dataset)?;
        let mut summary = ImportSummary::default();
        let n_bytes_total = logs.iter().map(Source::n_bytes).sum();
        let mut n_bytes_before = 0;
        for (source_idx, log) in logs.iter().enumerate() {
            let n_read = AtomicU64::new(0);
            let mut report = |n_records, n_rejected| {
                progress(&ImportProgress {
                    source: log.name(),
                    source_idx,
                    n_sources: logs.len(),
                    n_bytes: n_bytes_before + n_read.load(Ordering::Relaxed),
                    n_bytes_total,
                    n_records,
                    n_rejected,
                })
            };
            self.import_log(dataset_id, log, options, &n_read, &mut summary, &mut report)?;
            n_bytes_before += log.n_bytes();
            if summary.is_cancelled {
                break;
            }
        }
        if options.make_indexes && !summary.is_cancelled {
            let indexing = Instant::now();
            self.make_indexes()?;
            summary.indexing = indexing.elapsed();
        }
        summary.duration = started.elapsed();
        Ok(summary)
    }

    fn import_log(
        &mut self,
        dataset_id: i64,
        log: &Source,
        options: &ImportOptions,
        n_read: &AtomicU64,
        summary: &mut ImportSummary,
        report: &mut Report<'_>,
    ) -> Result<(), Error> {
        let Some(mut source) = self.find_source(dataset_id, log, summary)? else {
            summary.n_unchanged += 1;
            return Ok(());
        };
        if source.has_tail != 0 {
            self.remove_tail(&mut source, summary)?;
        }
        let start = Start { checkpoint: source.checkpoint(), n_rows: source.n_rows.cast_unsigned() };
        let outcome = thread::scope(|threads| {
            let (sender, chunks) = sync_channel(2);
            let parser = threads.spawn(move || parse(log, &start, options, &sender, n_read));
            let written = self.write_chunks(&mut source, chunks, options, summary, report);
            let parsed = parser.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            written.and(parsed.map_err(|error| Error::Log { name: log.name().to_owned(), source: error }))
        })?;
        if !summary.is_cancelled {
            self.finish_source(&source, outcome)?;
        }
        summary.warnings.extend(outcome.warnings);
        if outcome.is_truncated {
            summary.truncated.push(log.name().to_owned());
        }
        Ok(())
    }

    /// The stored part of a log, an empty one if it is new, `None` if it is stored already as it is.
    fn find_source(
        &mut self,
        dataset_id: i64,
        log: &Source,
        summary: &mut ImportSummary,
    ) -> Result<Option<SourceRow>, Error> {
        let known =
            load_sources(&mut self.connection, dataset_id).map_err(Error::query("look for the log"))?;
        let mut begun: Vec<_> = known.iter().filter(|source| source.n_bytes > 0).collect();
        begun.sort_by_key(|source| source.n_bytes);
        let wanted: Vec<_> = begun.iter().map(|source| source.checkpoint()).collect();
        let open = || log.reader().map_err(|source| Error::Log { name: log.name().to_owned(), source });
        if let Some(Match { idx, is_whole }) = furthest_match(open()?, &wanted) {
            let source = begun[idx].clone();
            let is_partial = source.state == ImportState::Partial.code();
            if is_whole && !is_partial && source.has_tail == 0 {
                return Ok(None);
            }
            summary.n_continued += 1;
            return Ok(Some(source));
        }
        summary.n_new += 1;
        let made =
            self.transaction("begin the import", |connection| new_source(connection, dataset_id, log.name()));
        made.map(Some)
    }

    /// Takes back a last line that had no line end, since it may have got one, or more text.
    fn remove_tail(&mut self, source: &mut SourceRow, summary: &mut ImportSummary) -> Result<(), Error> {
        let mut new = source.clone();
        new.has_tail = 0;
        new.state = ImportState::Partial.code();
        let (is_row, old) = (source.has_tail == TAIL_IS_ROW, source.clone());
        match is_row {
            true => (new.n_rows, new.n_blocks) = (old.n_rows - 1, old.n_blocks - 1),
            false => new.n_rejected -= 1,
        }
        let done = self.transaction("continue the log", |connection| {
            if !advance(connection, &old, &new)? {
                return Ok(false);
            }
            let behind = rejects::byte.ge(old.n_bytes).and(rejects::source_id.eq(old.id));
            diesel::delete(rejects::table.filter(behind)).execute(connection)?;
            if is_row {
                diesel::delete(blocks::table.find((old.id, new.n_blocks))).execute(connection)?;
                let ids = old.row_id(new.n_rows)..old.row_id(old.n_rows);
                Kind::ALL.into_iter().try_for_each(|kind| kind.delete(connection, ids.clone()).map(drop))?;
            }
            Ok(true)
        })?;
        if !done {
            return Err(Error::ImportRace { name: source.name.clone() });
        }
        match is_row {
            true => summary.n_records = summary.n_records.wrapping_sub(1),
            false => summary.n_rejected = summary.n_rejected.wrapping_sub(1),
        }
        *source = new;
        Ok(())
    }

    fn write_chunks(
        &mut self,
        source: &mut SourceRow,
        chunks: Receiver<Chunk>,
        options: &ImportOptions,
        summary: &mut ImportSummary,
        report: &mut Report<'_>,
    ) -> Result<(), Error> {
        for chunk in chunks {
            self.write_chunk(source, &chunk, options)?;
            summary.n_records = summary.n_records.wrapping_add(chunk.n_rows() as u64);
            summary.n_rejected = summary.n_rejected.wrapping_add(chunk.n_rejected());
            if report(summary.n_records, summary.n_rejected).is_break() {
                summary.is_cancelled = true;
                break;
            }
        }
        Ok(())
    }

    /// Stores a chunk. If the connection drops, a new one finds out whether the chunk is there, and stores it if not.
    fn write_chunk(
        &mut self,
        source: &mut SourceRow,
        chunk: &Chunk,
        options: &ImportOptions,
    ) -> Result<(), Error> {
        let new = after_chunk(source, chunk);
        let old = source.clone();
        let written = match self.try_chunk(&old, &new, chunk, options) {
            Err(error) if error.is_disconnected() => {
                self.reconnect()?;
                let found = sources::table.find(old.id).select(SourceRow::as_select());
                let found = found.first(&mut self.connection).map_err(Error::query("continue the import"))?;
                match found.checkpoint() == new.checkpoint() && found.n_blocks == new.n_blocks {
                    true => true,
                    false => self.try_chunk(&old, &new, chunk, options)?,
                }
            }
            written => written?,
        };
        if !written {
            return Err(Error::ImportRace { name: source.name.clone() });
        }
        *source = new;
        Ok(())
    }

    fn try_chunk(
        &mut self,
        old: &SourceRow,
        new: &SourceRow,
        chunk: &Chunk,
        options: &ImportOptions,
    ) -> Result<bool, Error> {
        self.transaction("store a block", |connection| {
            if !advance(connection, old, new)? {
                return Ok(false);
            }
            let (mut block_no, mut row_no) = (old.n_blocks, old.n_rows);
            for batch in &chunk.batches {
                insert_block(connection, old.id, block_no, row_no, batch)?;
                bulk::insert(connection, batch, old.row_id(row_no), options.load_data)?;
                block_no += 1;
                row_no += batch.n_rows as i64;
            }
            insert_rejects(connection, old.id, &chunk.rejects)?;
            Ok(true)
        })
    }

    fn finish_source(&mut self, source: &SourceRow, outcome: Outcome) -> Result<(), Error> {
        let state = if outcome.is_truncated { ImportState::Truncated } else { ImportState::Complete };
        diesel::update(sources::table.find(source.id))
            .set((sources::state.eq(state.code()), sources::imported_at.eq(now())))
            .execute(&mut self.connection)
            .map_err(Error::query("finish the import"))?;
        Ok(())
    }
}

/// Told all rows and rejects so far.
type Report<'a> = dyn FnMut(u64, u64) -> ControlFlow<()> + 'a;

/// What `has_tail` says about a last line without line end.
const TAIL_IS_ROW: i64 = 1;
const TAIL_IS_REJECT: i64 = 2;

/// A source without rows; one of this name whose import ended before its first block is taken up.
pub(crate) fn new_source(
    connection: &mut AnyConnection,
    dataset_id: i64,
    name: &str,
) -> QueryResult<SourceRow> {
    // Holds back other imports into the dataset until this transaction ends.
    diesel::update(datasets::table.find(dataset_id)).set(datasets::id.eq(dataset_id)).execute(connection)?;
    let unbegun = sources::table
        .filter(sources::dataset_id.eq(dataset_id).and(sources::n_bytes.eq(0)))
        .select(SourceRow::as_select())
        .load(connection)?;
    let is_unused = |source: &SourceRow| source.name == name && source.n_rows + source.n_rejected == 0;
    if let Some(source) = unbegun.into_iter().find(is_unused) {
        return Ok(source);
    }
    diesel::insert_into(sources::table)
        .values((
            sources::dataset_id.eq(dataset_id),
            sources::name.eq(name),
            sources::n_bytes.eq(0),
            sources::hash.eq(&Checkpoint::start().hash[..]),
            sources::n_blocks.eq(0),
            sources::n_rows.eq(0),
            sources::n_rejected.eq(0),
            sources::state.eq(ImportState::Partial.code()),
            sources::has_tail.eq(0),
            sources::imported_at.eq(now()),
        ))
        .execute(connection)?;
    let id = connection.last_id()?;
    sources::table.find(id).select(SourceRow::as_select()).first(connection)
}

/// The source as it is with a chunk more.
fn after_chunk(source: &SourceRow, chunk: &Chunk) -> SourceRow {
    let mut new = source.clone();
    new.n_bytes = chunk.end.n_bytes.cast_signed();
    new.hash = chunk.end.hash.to_vec();
    new.n_blocks += chunk.batches.len() as i64;
    new.n_rows += chunk.n_rows() as i64;
    new.n_rejected += chunk.n_rejected().cast_signed();
    for batch in &chunk.batches {
        new.min_ts = min_of(new.min_ts, batch.min_ts);
        new.max_ts = new.max_ts.max(batch.max_ts);
    }
    new.state = ImportState::Partial.code();
    new.has_tail = match (chunk.is_tail, chunk.n_rows()) {
        (false, _) => 0,
        (true, 0) => TAIL_IS_REJECT,
        (true, _) => TAIL_IS_ROW,
    };
    new
}

/// Moves a source on, unless another import has moved it meanwhile; then nothing is changed and the answer is `false`.
fn advance(connection: &mut AnyConnection, old: &SourceRow, new: &SourceRow) -> QueryResult<bool> {
    let is_as_known = sources::id
        .eq(old.id)
        .and(sources::n_bytes.eq(old.n_bytes))
        .and(sources::n_blocks.eq(old.n_blocks))
        .and(sources::n_rejected.eq(old.n_rejected))
        .and(sources::has_tail.eq(old.has_tail));
    let n_moved = diesel::update(sources::table.filter(is_as_known))
        .set((
            sources::n_bytes.eq(new.n_bytes),
            sources::hash.eq(&new.hash),
            sources::n_blocks.eq(new.n_blocks),
            sources::n_rows.eq(new.n_rows),
            sources::n_rejected.eq(new.n_rejected),
            sources::min_ts.eq(new.min_ts),
            sources::max_ts.eq(new.max_ts),
            sources::state.eq(new.state),
            sources::has_tail.eq(new.has_tail),
        ))
        .execute(connection)?;
    Ok(n_moved == 1)
}

pub(crate) fn insert_block(
    connection: &mut AnyConnection,
    source_id: i64,
    block_no: i64,
    first_row: i64,
    batch: &Batch,
) -> QueryResult<()> {
    let layout_id = find_or_make_layout(connection, &batch.layout)?;
    diesel::insert_into(blocks::table)
        .values((
            blocks::source_id.eq(source_id),
            blocks::block_no.eq(block_no),
            blocks::layout_id.eq(layout_id),
            blocks::kind.eq(batch.kind.code()),
            blocks::first_row.eq(first_row),
            blocks::n_rows.eq(batch.n_rows as i64),
            blocks::min_ts.eq(batch.min_ts),
            blocks::max_ts.eq(batch.max_ts),
        ))
        .execute(connection)
        .map(drop)
}

pub(crate) fn find_or_make_layout(connection: &mut AnyConnection, layout: &Layout) -> QueryResult<i64> {
    let known = layouts::table.filter(layouts::header.eq(&layout.header)).order(layouts::id);
    if let Some(id) = known.select(layouts::id).first(connection).optional()? {
        return Ok(id);
    }
    diesel::insert_into(layouts::table)
        .values((layouts::path.eq(&layout.path), layouts::header.eq(&layout.header)))
        .execute(connection)?;
    connection.last_id()
}

fn insert_rejects(connection: &mut AnyConnection, source_id: i64, rejects: &[NewReject]) -> QueryResult<()> {
    let mut known: Option<(&Arc<Layout>, i64)> = None;
    for reject in rejects {
        let layout_id = match (&reject.layout, known) {
            (None, _) => None,
            (Some(layout), Some((same, id))) if Arc::ptr_eq(layout, same) => Some(id),
            (Some(layout), _) => {
                let id = find_or_make_layout(connection, layout)?;
                known = Some((layout, id));
                Some(id)
            }
        };
        insert_reject(connection, source_id, layout_id, reject)?;
    }
    Ok(())
}

fn insert_reject(
    connection: &mut AnyConnection,
    source_id: i64,
    layout_id: Option<i64>,
    reject: &NewReject,
) -> QueryResult<()> {
    diesel::insert_into(rejects::table)
        .values((
            rejects::source_id.eq(source_id),
            rejects::byte.eq(reject.at.byte.cast_signed()),
            rejects::line.eq(reject.at.line.cast_signed()),
            rejects::reason.eq(reject.reason),
            rejects::message.eq(reject.message.replace('\0', "\\x00")),
            rejects::raw.eq(&reject.raw),
            rejects::row_no.eq(reject.row_no.cast_signed()),
            rejects::layout_id.eq(layout_id),
            rejects::text.eq(&reject.text),
        ))
        .execute(connection)
        .map(drop)
}
