//! A log as chunks of rows, each ending at a checkpoint.

use std::{sync::Arc, sync::mpsc::SyncSender};

use bro_log::{
    Error as LogError, Header, Item, Reader, ReaderBuilder, Record, Rejects, Source, Warnings, path_of_name,
};

use crate::{
    batch::Batch,
    encode::Encoder,
    import::ImportOptions,
    prefix::{Checkpoint, LineReader, Watch},
};

/// What goes into the database in one transaction.
#[derive(Debug)]
pub(crate) struct Chunk {
    pub(crate) batches: Vec<Batch>,
    pub(crate) rejects: Vec<NewReject>,
    /// Rejects that were only counted.
    pub(crate) n_more_rejects: u64,
    /// Where the next import goes on.
    pub(crate) end: Checkpoint,
    /// Whether this is a last line without line end, which stands behind `end` and may yet grow.
    pub(crate) is_tail: bool,
}

impl Chunk {
    pub(crate) fn n_rows(&self) -> usize {
        self.batches.iter().map(|batch| batch.n_rows).sum()
    }

    pub(crate) fn n_rejected(&self) -> u64 {
        self.rejects.len() as u64 + self.n_more_rejects
    }
}

/// A row that could not be read.
#[derive(Debug)]
pub(crate) struct NewReject {
    pub(crate) line: u64,
    pub(crate) byte: u64,
    pub(crate) reason: &'static str,
    pub(crate) message: String,
    pub(crate) raw: Vec<u8>,
}

impl NewReject {
    fn new(error: &LogError, raw: &[u8]) -> Self {
        let at = error.position().unwrap_or_default();
        let raw = raw[..raw.len().min(Rejects::MAX_RAW)].to_vec();
        Self { line: at.line, byte: at.byte, reason: error.code(), message: error.to_string(), raw }
    }
}

/// What reading a log to its end found beside the rows.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) warnings: Warnings,
    pub(crate) is_truncated: bool,
}

/// Bad lines kept with their bytes; more are only counted.
const MAX_REJECTS: usize = 100_000;

/// A chunk ends before it has this much text.
const MAX_TEXT: usize = 16 << 20;

/// Reads a log from `start` on and sends its rows in chunks, until the log ends or nobody listens any more.
///
/// What lies before `start` is read too, for headers and types, but becomes no rows.
pub(crate) fn parse(
    log: &Source,
    start: Checkpoint,
    options: &ImportOptions,
    chunks: &SyncSender<Chunk>,
) -> Result<Outcome, LogError> {
    let watch = Watch::default();
    let mut reader = reader_of(log, options, watch.clone())?;
    let mut parser = Parser {
        name_path: path_of_name(log.name()),
        ..Parser::new(start, options.block_rows, watch, chunks)
    };
    let mut outcome = Outcome::default();
    while parser.is_wanted {
        parser.take_rejects(reader.rejects());
        parser.ask_for_checkpoint(reader.position().byte);
        let item = reader.next_item();
        parser.cut_if_due();
        match item {
            Ok(Some(Item::Header(header))) => parser.start_layout(header),
            Ok(Some(Item::Record(record))) => parser.push(record)?,
            Ok(None) => break,
            Err(LogError::Truncated { .. }) => {
                outcome.is_truncated = true;
                break;
            }
            Err(error) => return Err(error),
        }
    }
    parser.take_rejects(reader.rejects());
    parser.finish();
    outcome.warnings = reader.warnings();
    Ok(outcome)
}

type LogReader<'a> = Reader<LineReader<Box<dyn std::io::Read + Send + 'a>>>;

fn reader_of<'a>(log: &'a Source, options: &ImportOptions, watch: Watch) -> Result<LogReader<'a>, LogError> {
    let mut builder = ReaderBuilder::new().name(log.name()).max_examples(MAX_REJECTS);
    if let Some(schema) = &options.schema {
        builder = builder.schema(schema.clone());
    }
    if options.split_labels {
        builder = builder.split_labels();
    }
    Ok(builder.from_reader(LineReader::new(log.reader()?, watch)))
}

struct Parser<'a> {
    start: Checkpoint,
    max_rows: usize,
    watch: Watch,
    chunks: &'a SyncSender<Chunk>,
    /// Whether anybody listens.
    is_wanted: bool,
    /// The path that the log's name tells.
    name_path: Option<&'static str>,
    /// The header in force, and how its records become rows once one comes.
    header: Option<Arc<Header>>,
    encoder: Option<Encoder>,
    /// Whether the last item was a header, whose first row is read but not given yet.
    is_after_header: bool,
    is_in_tail: bool,
    n_examples_seen: usize,
    n_rejects_seen: u64,
    batches: Vec<Batch>,
    rejects: Vec<NewReject>,
    n_more_rejects: u64,
}

impl<'a> Parser<'a> {
    fn new(start: Checkpoint, max_rows: usize, watch: Watch, chunks: &'a SyncSender<Chunk>) -> Self {
        Self {
            start,
            max_rows: max_rows.max(1),
            watch,
            chunks,
            is_wanted: true,
            name_path: None,
            header: None,
            encoder: None,
            is_after_header: false,
            is_in_tail: false,
            n_examples_seen: 0,
            n_rejects_seen: 0,
            batches: Vec::new(),
            rejects: Vec::new(),
            n_more_rejects: 0,
        }
    }

    fn start_layout(&mut self, header: &Arc<Header>) {
        self.header = Some(Arc::clone(header));
        self.encoder = None;
        self.is_after_header = true;
    }

    fn push(&mut self, record: Record<'_>) -> Result<(), LogError> {
        self.is_after_header = false;
        let byte = record.position().byte;
        if byte < self.start.n_bytes {
            return Ok(());
        }
        self.enter_tail_at(byte);
        if self.encoder.is_none() {
            let encoder = Encoder::new(self.header.as_deref().unwrap_or(record.header()), self.name_path)?;
            self.batches.push(Batch::new(encoder.kind, Arc::clone(&encoder.layout)));
            self.encoder = Some(encoder);
        }
        let encoder = self.encoder.as_mut().expect("it was just made");
        if self.batches.is_empty() {
            self.batches.push(Batch::new(encoder.kind, Arc::clone(&encoder.layout)));
        }
        let batch = self.batches.last_mut().expect("one was just made");
        match encoder.push(record, batch) {
            Ok(()) => {}
            Err(error) => self.rejects.push(NewReject::new(&error, record.line())),
        }
        Ok(())
    }

    /// Takes over the bad lines that the reader has set aside since the last time.
    fn take_rejects(&mut self, rejects: &Rejects) {
        let total = rejects.total();
        if total == self.n_rejects_seen {
            return;
        }
        let new = &rejects.examples()[self.n_examples_seen..];
        self.n_more_rejects += total - self.n_rejects_seen - new.len() as u64;
        (self.n_examples_seen, self.n_rejects_seen) = (rejects.examples().len(), total);
        for reject in new {
            let reject = NewReject::new(&reject.error, &reject.raw);
            if reject.byte >= self.start.n_bytes {
                self.enter_tail_at(reject.byte);
                self.rejects.push(reject);
            }
        }
    }

    /// Asks for a checkpoint at the next line, which starts at `byte`, if the chunk is large enough.
    fn ask_for_checkpoint(&mut self, byte: u64) {
        let n_rows: usize = self.batches.iter().map(|batch| batch.n_rows).sum();
        let n_text: usize = self.batches.iter().map(|batch| batch.text.len()).sum();
        let is_full = n_rows + self.rejects.len() >= self.max_rows || n_text >= MAX_TEXT;
        if is_full && !self.is_after_header && !self.is_in_tail {
            self.watch.want(byte);
        }
    }

    fn cut_if_due(&mut self) {
        if let Some(end) = self.watch.take() {
            self.send(end);
        }
    }

    /// Ends the chunk if what comes next is a last line without line end.
    fn enter_tail_at(&mut self, byte: u64) {
        if self.is_in_tail {
            return;
        }
        if let Some(end) = self.watch.end().filter(|end| byte >= end.n_bytes) {
            self.send(end);
            self.is_in_tail = true;
        }
    }

    fn finish(&mut self) {
        if let Some(end) = self.watch.end().filter(|_| self.is_wanted) {
            self.send(end);
        }
    }

    fn send(&mut self, end: Checkpoint) {
        let batches =
            std::mem::take(&mut self.batches).into_iter().filter(|batch| batch.n_rows > 0).collect();
        let rejects = std::mem::take(&mut self.rejects);
        let n_more_rejects = std::mem::take(&mut self.n_more_rejects);
        let chunk = Chunk { batches, rejects, n_more_rejects, end, is_tail: self.is_in_tail };
        self.is_wanted &= self.chunks.send(chunk).is_ok();
    }
}
