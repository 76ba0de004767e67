//! One block to batches.

use std::sync::Arc;

use memchr::memchr;

use super::block::Block;
use super::decode::{CellFault, Decoder};
use super::layout::{Layout, Line, Rules};
use super::options::ScanOptions;
use super::{Batch, BatchId, Projection};
use crate::error::excerpt;
use crate::{Error, Position, Rejects, Strictness, Type, Warning, Warnings};

/// What all blocks of a scan share.
pub(super) struct Context<'a, M> {
    pub(super) projection: &'a Projection,
    pub(super) options: &'a ScanOptions,
    pub(super) map: &'a M,
}

/// A parsed block. Lines are counted from the block's start until its place in the log is known.
pub(super) struct Parsed<T> {
    pub(super) start: Arc<Layout>,
    pub(super) end: Arc<Layout>,
    pub(super) batches: Vec<Mapped<T>>,
    pub(super) n_lines: u64,
    pub(super) n_rows: u64,
    pub(super) stored_end: u64,
    pub(super) rejects: Vec<RowFault>,
    pub(super) warnings: Warnings,
    /// A bad header; nothing after it was read. Its line is relative.
    pub(super) fatal: Option<Error>,
}

pub(super) struct Mapped<T> {
    pub(super) value: T,
    pub(super) n_rows: u64,
    pub(super) rules: Arc<Rules>,
}

/// A row that cannot be read.
#[derive(Debug)]
pub(super) struct RowFault {
    /// Line from 0 in its block.
    line: u64,
    byte: u64,
    kind: FaultKind,
    pub(super) raw: Vec<u8>,
}

#[derive(Debug)]
enum FaultKind {
    Cells { n_cells: usize, n_fields: usize },
    TooLong { limit: usize },
    Value { field: String, ty: Type, fault: crate::Fault, text: String },
}

impl RowFault {
    /// The error, once the number of lines before the block is known.
    pub(super) fn to_error(&self, n_lines_before: u64) -> Error {
        let at = Position { line: n_lines_before + self.line + 1, byte: self.byte };
        match &self.kind {
            &FaultKind::Cells { n_cells, n_fields } if n_cells < n_fields => {
                Error::MissingCells { at, n_cells, n_fields }
            }
            &FaultKind::Cells { n_cells, n_fields } => Error::ExtraCells { at, n_cells, n_fields },
            &FaultKind::TooLong { limit } => Error::LineTooLong { at, limit },
            FaultKind::Value { field, ty, fault, text } => {
                Error::Value { at, field: field.clone(), ty: *ty, fault: *fault, text: text.clone() }
            }
        }
    }
}

/// Reads the lines of `block` from the state `start` on.
pub(super) fn parse<T, M: Fn(&Batch<'_>) -> T>(
    context: &Context<'_, M>,
    source_idx: usize,
    block: &Block,
    start: Arc<Layout>,
) -> Parsed<T> {
    let mut parser = Parser {
        context,
        block,
        source_idx,
        layout: (*start).clone(),
        has_changed: false,
        decoder: None,
        parsed: Parsed {
            end: start.clone(),
            start,
            batches: Vec::new(),
            n_lines: 0,
            n_rows: 0,
            stored_end: block.stored_end,
            rejects: Vec::new(),
            warnings: Warnings::default(),
            fatal: None,
        },
    };
    parser.lines();
    parser.flush();
    let Parser { layout, has_changed, mut parsed, .. } = parser;
    if has_changed && !layout.reads_like(&parsed.start) {
        parsed.end = Arc::new(layout);
    }
    parsed
}

struct Parser<'a, T, M> {
    context: &'a Context<'a, M>,
    block: &'a Block,
    source_idx: usize,
    layout: Layout,
    has_changed: bool,
    decoder: Option<(Arc<Rules>, Decoder)>,
    parsed: Parsed<T>,
}

impl<T, M: Fn(&Batch<'_>) -> T> Parser<'_, T, M> {
    fn lines(&mut self) {
        let bytes = &self.block.bytes[..];
        let mut start = 0;
        while start < bytes.len() {
            let end = memchr(b'\n', &bytes[start..]).map_or(bytes.len(), |at| start + at);
            if end == bytes.len() {
                self.parsed.warnings.insert(Warning::TruncatedTail);
            }
            if self.line(start, end).is_break() {
                return;
            }
            self.parsed.n_lines += 1;
            start = end + 1;
        }
        if self.block.has_long_line {
            let limit = self.context.options.max_line_bytes;
            self.reject(start, &[], FaultKind::TooLong { limit });
            self.parsed.n_lines += 1;
        }
    }

    fn line(&mut self, start: usize, end: usize) -> std::ops::ControlFlow<()> {
        use std::ops::ControlFlow::{Break, Continue};
        let mut line = &self.block.bytes[start..end];
        let limit = self.context.options.max_line_bytes;
        if line.len() > limit {
            self.reject(start, line, FaultKind::TooLong { limit });
            return Continue(());
        }
        line = line.strip_suffix(b"\r").unwrap_or(line);
        let byte = self.block.offset + start as u64;
        if byte == 0 && line.starts_with(b"\xef\xbb\xbf") {
            line = &line[3..];
            self.parsed.warnings.insert(Warning::Bom);
        }
        if line.is_empty() {
            return Continue(());
        }
        let at = Position { line: self.parsed.n_lines + 1, byte };
        let before = self.layout.rules.clone();
        match self.layout.line(line, at, self.context.projection, self.context.options) {
            Ok(Line::Meta) => {
                self.has_changed = true;
                Continue(())
            }
            Ok(Line::Row) => {
                if !same(&before, &self.layout.rules) {
                    self.has_changed = true;
                    self.flush();
                }
                self.row(line, start)
            }
            Err(error) => {
                self.parsed.fatal = Some(error);
                Break(())
            }
        }
    }

    fn row(&mut self, line: &[u8], start: usize) -> std::ops::ControlFlow<()> {
        let rules = self.layout.rules.clone().expect("a row has rules");
        let (rules, decoder) = self.decoder.get_or_insert_with(|| {
            let decoder = Decoder::new(&rules);
            (rules, decoder)
        });
        let is_strict = self.context.options.strictness == Strictness::Strict;
        let fault = match decoder.row(rules, line, start, is_strict) {
            Ok(warnings) => {
                self.parsed.warnings.extend(warnings);
                return std::ops::ControlFlow::Continue(());
            }
            Err(fault) => fault,
        };
        let kind = match fault {
            CellFault::Cells { n_cells, n_fields } => FaultKind::Cells { n_cells, n_fields },
            CellFault::Value { cell_idx, fault, cell } => {
                let field = &rules.header.schema().fields()[cell_idx];
                FaultKind::Value {
                    field: field.name().to_owned(),
                    ty: field.ty(),
                    fault,
                    text: excerpt(cell),
                }
            }
        };
        self.reject(start, line, kind);
        if is_strict { std::ops::ControlFlow::Break(()) } else { std::ops::ControlFlow::Continue(()) }
    }

    fn reject(&mut self, start: usize, raw: &[u8], kind: FaultKind) {
        let byte = self.block.offset + start as u64;
        let raw = raw[..raw.len().min(Rejects::MAX_RAW)].to_vec();
        self.parsed.rejects.push(RowFault { line: self.parsed.n_lines, byte, kind, raw });
    }

    /// Gives the rows so far to the map.
    fn flush(&mut self) {
        let Some((rules, decoder)) = self.decoder.take() else { return };
        let n_rows = decoder.n_rows() as u64;
        if n_rows == 0 {
            return;
        }
        let columns = decoder.finish();
        let batch = Batch {
            id: BatchId {
                source_idx: self.source_idx,
                block_idx: self.block.block_idx,
                first_row_in_block: usize::try_from(self.parsed.n_rows).expect("a block fits in memory"),
            },
            header: &rules.header,
            columns: &columns.columns,
            row_offsets: &columns.row_offsets,
            block_offset: self.block.offset,
        };
        let value = (self.context.map)(&batch);
        self.parsed.n_rows += n_rows;
        self.parsed.batches.push(Mapped { value, n_rows, rules });
    }
}

/// Whether two states read rows alike.
fn same(one: &Option<Arc<Rules>>, other: &Option<Arc<Rules>>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => Arc::ptr_eq(one, other),
        (None, None) => true,
        _ => false,
    }
}
