//! A log as chunks of rows, each ending at a checkpoint.

use std::sync::{Arc, atomic::AtomicU64, mpsc::SyncSender};

use bro_log::{
    Error as LogError, Format, Header, Item, Position, Reader, ReaderBuilder, Record, Reject, Rejects,
    Source, Warnings, path_of_name,
};

use crate::{
    batch::{Batch, Layout},
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
    pub(crate) at: Position,
    pub(crate) reason: &'static str,
    pub(crate) message: String,
    pub(crate) raw: Vec<u8>,
    /// Rows of the log before it.
    pub(crate) row_no: u64,
    /// The header over it, if there was one.
    pub(crate) layout: Option<Arc<Layout>>,
    /// The line that stands for it under that header, if not its own bytes.
    pub(crate) text: Option<Vec<u8>>,
}

impl NewReject {
    fn new(error: &LogError, raw: &[u8], row_no: u64, layout: Option<Arc<Layout>>) -> Self {
        let raw = raw[..raw.len().min(Rejects::MAX_RAW)].to_vec();
        let at = error.position().unwrap_or_default();
        Self { at, reason: error.code(), message: error.to_string(), raw, row_no, layout, text: None }
    }
}

/// What reading a log to its end found beside the rows.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) warnings: Warnings,
    pub(crate) is_truncated: bool,
}

/// Bad lines kept with their bytes between two rows; more are only counted.
const MAX_REJECTS: usize = 10_000;

/// A chunk ends when it has this much text.
const MAX_TEXT: usize = 16 << 20;

/// Reads a log from `start` on and sends its rows in chunks, until the log ends or nobody listens any more.
///
/// What lies before `start` is read too, for headers and types, but becomes no rows.
pub(crate) fn parse(
    log: &Source,
    start: &Start,
    options: &ImportOptions,
    chunks: &SyncSender<Chunk>,
    n_read: &AtomicU64,
) -> Result<Outcome, LogError> {
    let watch = Watch::default();
    let mut reader = reader_of(log, options, watch.clone(), n_read)?;
    let mut parser = Parser::new(start, path_of_name(log.name()), options.block_rows, watch, chunks);
    let mut outcome = Outcome::default();
    while parser.is_wanted {
        let rejects = reader.take_rejects();
        parser.take_rejects(&rejects, reader.rejects().total())?;
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
    let rejects = reader.take_rejects();
    parser.take_rejects(&rejects, reader.rejects().total())?;
    parser.finish();
    outcome.warnings = reader.warnings();
    Ok(outcome)
}

/// What of a log is stored already.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Start {
    pub(crate) checkpoint: Checkpoint,
    pub(crate) n_rows: u64,
}

type LogReader<'a> = Reader<LineReader<Box<dyn std::io::Read + Send + 'a>>>;

fn reader_of<'a>(
    log: &'a Source,
    options: &ImportOptions,
    watch: Watch,
    n_read: &'a AtomicU64,
) -> Result<LogReader<'a>, LogError> {
    let mut builder = ReaderBuilder::new().name(log.name()).max_examples(MAX_REJECTS);
    if let Some(schema) = &options.schema {
        builder = builder.schema(schema.clone());
    }
    if options.split_labels {
        builder = builder.split_labels();
    }
    Ok(builder.from_reader(LineReader::new(log.metered_reader(n_read)?, watch)))
}

/// Whether the lines under a header are split as those under its layout.
fn is_plain(header: &Header) -> bool {
    header.separator() == b"\t" && header.format() == Format::Tsv
}

/// A line as one cell.
pub(crate) fn untabbed(line: &[u8]) -> Vec<u8> {
    line.iter().map(|byte| if *byte == b'\t' { b' ' } else { *byte }).collect()
}

struct Parser<'a> {
    start: Checkpoint,
    /// The path that the log's name tells.
    name_path: Option<&'static str>,
    max_rows: usize,
    watch: Watch,
    chunks: &'a SyncSender<Chunk>,
    /// Whether anybody listens.
    is_wanted: bool,
    /// The header in force, and how its records become rows once one comes.
    header: Option<Arc<Header>>,
    encoder: Option<Encoder>,
    /// Rows of the log so far.
    n_rows: u64,
    /// Rows and header before what was read last, where the rejects found with it stand.
    before: (u64, Option<Arc<Header>>),
    /// The layout made last for a reject.
    reject_layout: Option<(Arc<Header>, Arc<Layout>)>,
    /// Whether the last item was a header, whose first row is read but not given yet.
    is_after_header: bool,
    is_in_tail: bool,
    n_rejects_seen: u64,
    batches: Vec<Batch>,
    rejects: Vec<NewReject>,
    n_more_rejects: u64,
}

impl<'a> Parser<'a> {
    fn new(
        start: &Start,
        name_path: Option<&'static str>,
        max_rows: usize,
        watch: Watch,
        chunks: &'a SyncSender<Chunk>,
    ) -> Self {
        Self {
            start: start.checkpoint,
            name_path,
            max_rows: max_rows.max(1),
            watch,
            chunks,
            is_wanted: true,
            header: None,
            encoder: None,
            n_rows: start.n_rows,
            before: (start.n_rows, None),
            reject_layout: None,
            is_after_header: false,
            is_in_tail: false,
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
            Ok(()) => self.n_rows += 1,
            Err(error) => {
                let layout = Some(Arc::clone(&encoder.layout));
                let reject = NewReject::new(&error, record.line(), self.n_rows, layout);
                self.rejects.push(NewReject { text: Some(encoder.bad_line(record)), ..reject });
            }
        }
        Ok(())
    }

    /// Takes over the bad lines that the reader has set aside since the last time, which stand before what it gave.
    fn take_rejects(&mut self, new: &[Reject], n_total: u64) -> Result<(), LogError> {
        let (row_no, header) = self.before.clone();
        self.before = (self.n_rows, self.header.clone());
        self.n_more_rejects += n_total - self.n_rejects_seen - new.len() as u64;
        self.n_rejects_seen = n_total;
        for reject in new {
            let at = reject.error.position().unwrap_or_default();
            if at.byte >= self.start.n_bytes {
                self.enter_tail_at(at.byte);
                let layout = header.as_ref().map(|header| self.layout_of(header)).transpose()?;
                let is_plain = header.as_ref().is_none_or(|header| is_plain(header));
                let text = (!is_plain).then(|| untabbed(&reject.raw));
                let reject = NewReject::new(&reject.error, &reject.raw, row_no, layout);
                self.rejects.push(NewReject { text, ..reject });
            }
        }
        Ok(())
    }

    fn layout_of(&mut self, header: &Arc<Header>) -> Result<Arc<Layout>, LogError> {
        if let Some((_, layout)) = self.reject_layout.as_ref().filter(|(known, _)| Arc::ptr_eq(known, header))
        {
            return Ok(Arc::clone(layout));
        }
        let layout = Arc::new(Layout::of(header, header.path().or(self.name_path))?);
        self.reject_layout = Some((Arc::clone(header), Arc::clone(&layout)));
        Ok(layout)
    }

    /// Asks for a checkpoint at the next line, which starts at `byte`, if the chunk is large enough.
    fn ask_for_checkpoint(&mut self, byte: u64) {
        let n_rows: usize = self.batches.iter().map(|batch| batch.n_rows).sum();
        let n_text: usize = self.batches.iter().map(|batch| batch.text.len()).sum::<usize>()
            + self.rejects.iter().map(|reject| reject.raw.len()).sum::<usize>();
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
