//! One log, every cell of it.

use super::block::{CheckedBlock, Columns};
use super::found::{CheckParams, CheckedLog, Failure};
use bro_log::{Error, Header, Item, ReaderBuilder, Rejects, Source, SourceReader, Strictness};
use std::ops::ControlFlow;
use std::sync::Arc;

/// Blocks of one log that are told apart, and columns that they have together; a log with more is hostile.
const MAX_BLOCKS: usize = 1000;
const MAX_COLUMNS: usize = 200_000;

/// Rows between two reports of progress.
const STEP_ROWS: u64 = 8192;

/// Reads a log to its end; `on_bytes` gets its place in the log now and then and may end the reading.
pub(super) fn read(
    source: &Source,
    params: &CheckParams,
    on_bytes: &mut dyn FnMut(u64) -> ControlFlow<()>,
) -> CheckedLog {
    let mut log = LogReading::new(source, params);
    if let Err(error) = log.read(source, params, on_bytes) {
        log.found.failure = Some(Failure { error });
    }
    log.found
}

struct LogReading {
    found: CheckedLog,
    /// The block in force, and its columns.
    current: Option<(usize, Columns)>,
    n_columns: usize,
    /// Rows set aside before the block in force.
    n_rejected_before: u64,
}

impl LogReading {
    fn new(source: &Source, params: &CheckParams) -> Self {
        let found = CheckedLog {
            name: source.name().to_owned(),
            rejects: Rejects::new(params.max_examples),
            ..CheckedLog::default()
        };
        Self { found, current: None, n_columns: 0, n_rejected_before: 0 }
    }

    fn read(
        &mut self,
        source: &Source,
        params: &CheckParams,
        on_bytes: &mut dyn FnMut(u64) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        let builder = ReaderBuilder::new().strictness(params.strictness).max_examples(params.max_examples);
        let builder = params.schema.iter().fold(builder, |builder, schema| builder.schema(schema.clone()));
        let mut reader = builder.from_source(source)?;
        let end = self.items(&mut reader, params, on_bytes);
        self.end_block(&reader, params);
        self.found.warnings = reader.warnings();
        if params.strictness == Strictness::Lenient {
            self.found.rejects = reader.into_rejects();
        }
        end
    }

    fn items(
        &mut self,
        reader: &mut SourceReader<'_>,
        params: &CheckParams,
        on_bytes: &mut dyn FnMut(u64) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        let mut n_items = 0_u64;
        loop {
            n_items += 1;
            if n_items.is_multiple_of(STEP_ROWS) && on_bytes(reader.position().byte).is_break() {
                return Ok(());
            }
            let header = match reader.next_checked() {
                Ok(None) => return Ok(()),
                Ok(Some(Item::Header(header))) => Arc::clone(header),
                Ok(Some(Item::Record(record))) => {
                    if let Some((idx, columns)) = self.current {
                        self.found.blocks[idx].add(&record, columns);
                    }
                    continue;
                }
                // A strict reader tells each bad row and goes on.
                Err(error) if error.is_row() => {
                    self.found.rejects.push(error, b"");
                    continue;
                }
                Err(error) => return Err(error),
            };
            self.end_block(reader, params);
            self.start_block(&header);
        }
    }

    /// Notes the rows set aside since the block in force began.
    fn end_block(&mut self, reader: &SourceReader<'_>, params: &CheckParams) {
        let rejects = match params.strictness {
            Strictness::Lenient => reader.rejects(),
            Strictness::Strict => &self.found.rejects,
        };
        let n_rejected = rejects.total() - self.n_rejected_before;
        self.n_rejected_before += n_rejected;
        if let Some((idx, _)) = self.current {
            self.found.blocks[idx].n_rejected += n_rejected;
        }
    }

    fn start_block(&mut self, header: &Arc<Header>) {
        let blocks = &mut self.found.blocks;
        if let Some(idx) = blocks.iter().rposition(|block| block.is_of(header)) {
            self.current = Some((idx, blocks[idx].put_header(header)));
            return;
        }
        self.n_columns += header.schema().len();
        let is_full = blocks.len() >= MAX_BLOCKS || self.n_columns > MAX_COLUMNS;
        if let Some(last) = blocks.last_mut().filter(|_| is_full) {
            last.n_headers += 1;
            let columns = last.put_header(header);
            self.current = Some((blocks.len() - 1, columns));
            return;
        }
        let (block, columns) = CheckedBlock::new(header);
        blocks.push(block);
        self.current = Some((blocks.len() - 1, columns));
    }
}
