//! One block to batches.

use std::ops::ControlFlow;
use std::sync::Arc;

use memchr::memchr;
use pulp::Arch;

use super::block::Block;
use super::decode::{CellFault, Decoded, Decoder, Rows};
use super::group::GROUP;
use super::layout::{Layout, Line, Rules};
use super::options::ScanOptions;
use super::separators::Separators;
use super::{Batch, BatchId, Projection};
use crate::error::excerpt;
use crate::{Error, Position, Rejects, Strictness, Type, Warning, Warnings};

/// What all blocks of a scan share.
pub(super) struct Context<'a, M> {
    pub(super) projection: &'a Projection,
    pub(super) options: &'a ScanOptions,
    pub(super) map: &'a M,
}

/// Rows of a block under one header.
pub(super) struct Stretch {
    pub(super) id: BatchId,
    pub(super) rules: Arc<Rules>,
    pub(super) decoded: Decoded,
    pub(super) block_offset: u64,
}

impl Stretch {
    pub(super) fn batch(&self) -> Batch<'_> {
        Batch {
            id: self.id,
            header: &self.rules.header,
            columns: &self.decoded.columns,
            row_offsets: &self.decoded.row_offsets,
            block_offset: self.block_offset,
        }
    }
}

/// What a worker uses again for the next block.
#[derive(Default)]
pub(super) struct Workspace {
    separators: Separators,
    decoder: Option<(Arc<Rules>, Decoder)>,
}

impl Workspace {
    /// A decoder without rows.
    fn decoder(&mut self, rules: &Arc<Rules>, n_rows: usize) -> Decoder {
        match self.decoder.take() {
            Some((known, decoder)) if Arc::ptr_eq(&known, rules) => decoder,
            _ => Decoder::new(rules, n_rows),
        }
    }
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
///
/// The map may give the columns back, to be used again.
pub(super) fn parse<T, M: Fn(Stretch) -> (T, Option<Decoded>)>(
    context: &Context<'_, M>,
    source_idx: usize,
    block: &Block,
    start: Arc<Layout>,
    workspace: &mut Workspace,
) -> Parsed<T> {
    let mut parser = Parser {
        context,
        block,
        source_idx,
        layout: (*start).clone(),
        has_changed: false,
        arch: Arch::new(),
        workspace,
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
    arch: Arch,
    workspace: &'a mut Workspace,
    decoder: Option<(Arc<Rules>, Decoder)>,
    parsed: Parsed<T>,
}

impl<T, M: Fn(Stretch) -> (T, Option<Decoded>)> Parser<'_, T, M> {
    /// Reads all lines; whole groups of them where the rules allow it.
    fn lines(&mut self) {
        let mut at = self.block.first;
        while at < self.block.bytes().len() {
            let rules = self.layout.settled().filter(|rules| rules.is_plain).cloned();
            let flow = match rules {
                Some(rules) => self.regular_lines(at, &rules),
                None => self.next_line(at),
            };
            match flow {
                ControlFlow::Continue(end) => at = end,
                ControlFlow::Break(()) => return,
            }
        }
        if self.block.has_long_line {
            let limit = self.context.options.max_line_bytes;
            self.reject(at, &[], FaultKind::TooLong { limit });
            self.parsed.n_lines += 1;
        }
    }

    /// Reads the line at `start`; gives the start of the next one.
    fn next_line(&mut self, start: usize) -> ControlFlow<(), usize> {
        let bytes = self.block.bytes();
        let end = memchr(b'\n', &bytes[start..]).map_or(bytes.len(), |at| start + at);
        if end == bytes.len() {
            self.parsed.warnings.insert(Warning::TruncatedTail);
        }
        self.line(start, end)?;
        ControlFlow::Continue(end + 1)
    }

    /// Reads lines from `start` on for as long as `rules` hold; gives the start of the first line not read.
    fn regular_lines(&mut self, start: usize, rules: &Arc<Rules>) -> ControlFlow<(), usize> {
        let mut found = std::mem::take(&mut self.workspace.separators);
        found.find(self.arch, self.block.bytes(), start, rules.header.separator()[0]);
        let flow = self.lines_between(&found, start, rules);
        self.workspace.separators = found;
        flow
    }

    fn lines_between(
        &mut self,
        found: &Separators,
        start: usize,
        rules: &Arc<Rules>,
    ) -> ControlFlow<(), usize> {
        let n_cells = rules.header.schema().len();
        let (mut line_start, mut at, mut n_rows) = (start, 0, 0);
        for &newline in found.newlines() {
            let is_regular = found.ends().get(at + (n_rows + 1) * n_cells) == Some(&newline)
                && self.may_be_row(line_start, newline as usize, rules);
            line_start = newline as usize + 1;
            if is_regular {
                n_rows += 1;
                if n_rows == GROUP {
                    self.rows(found, at, n_rows, rules)?;
                    at += n_rows * n_cells;
                    n_rows = 0;
                }
                continue;
            }
            self.rows(found, at, n_rows, rules)?;
            at += n_rows * n_cells;
            n_rows = 0;
            self.line(found.ends()[at].wrapping_add(1) as usize, newline as usize)?;
            at += found.ends()[at..].iter().position(|&end| end == newline).expect("line ends are ends");
            if !self.layout.settled().is_some_and(|now| Arc::ptr_eq(now, rules)) {
                return ControlFlow::Continue(line_start);
            }
        }
        self.rows(found, at, n_rows, rules)?;
        if line_start < self.block.bytes().len() {
            self.next_line(line_start)
        } else {
            ControlFlow::Continue(line_start)
        }
    }

    /// Whether the line is no meta line, not too long, and needs nothing cut off its end.
    #[inline]
    fn may_be_row(&self, start: usize, end: usize, rules: &Rules) -> bool {
        let bytes = self.block.bytes();
        start < end
            && bytes[start] != rules.header.meta_prefix()[0]
            && bytes[end - 1] != b'\r'
            && end - start <= self.context.options.max_line_bytes
    }

    /// Reads `n_rows` regular rows, the cells of which end at `found.ends()[at + 1..]`.
    fn rows(&mut self, found: &Separators, at: usize, n_rows: usize, rules: &Arc<Rules>) -> ControlFlow<()> {
        if n_rows == 0 {
            return ControlFlow::Continue(());
        }
        let n_cells = rules.header.schema().len();
        let ends = &found.ends()[at..=at + n_rows * n_cells];
        let strictness = self.context.options.strictness;
        let workspace = &mut self.workspace;
        let (_, decoder) = self
            .decoder
            .get_or_insert_with(|| (rules.clone(), workspace.decoder(rules, found.newlines().len())));
        let rows = Rows { bytes: self.block.bytes(), ends, n_rows, first: self.block.first };
        if let Ok(warnings) = decoder.group(self.arch, rules, &rows, strictness) {
            self.parsed.warnings.extend(warnings);
            self.parsed.n_lines += n_rows as u64;
            return ControlFlow::Continue(());
        }
        for row in 0..n_rows {
            self.line(ends[row * n_cells].wrapping_add(1) as usize, ends[(row + 1) * n_cells] as usize)?;
        }
        ControlFlow::Continue(())
    }

    /// Reads one line by itself.
    fn line(&mut self, start: usize, end: usize) -> ControlFlow<()> {
        let mut line = &self.block.bytes()[start..end];
        let byte = self.byte(start);
        let limit = self.context.options.max_line_bytes;
        if line.len() > limit {
            self.reject(start, line, FaultKind::TooLong { limit });
            self.parsed.n_lines += 1;
            return ControlFlow::Continue(());
        }
        line = line.strip_suffix(b"\r").unwrap_or(line);
        if byte == 0 && line.starts_with(b"\xef\xbb\xbf") {
            line = &line[3..];
            self.parsed.warnings.insert(Warning::Bom);
        }
        if !line.is_empty() {
            self.line_of_text(line, start)?;
        }
        self.parsed.n_lines += 1;
        ControlFlow::Continue(())
    }

    fn line_of_text(&mut self, line: &[u8], start: usize) -> ControlFlow<()> {
        let at = Position { line: self.parsed.n_lines + 1, byte: self.byte(start) };
        let before = self.layout.rules.clone();
        match self.layout.line(line, at, self.context.projection, self.context.options) {
            Ok(Line::Meta) => {
                self.has_changed = true;
                ControlFlow::Continue(())
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
                ControlFlow::Break(())
            }
        }
    }

    /// Place in the log of a place in the block's buffer.
    fn byte(&self, start: usize) -> u64 {
        self.block.offset + (start - self.block.first) as u64
    }

    fn row(&mut self, line: &[u8], start: usize) -> ControlFlow<()> {
        let rules = self.layout.rules.clone().expect("a row has rules");
        let workspace = &mut self.workspace;
        let (rules, decoder) = self.decoder.get_or_insert_with(|| {
            let decoder = workspace.decoder(&rules, 0);
            (rules, decoder)
        });
        let strictness = self.context.options.strictness;
        let fault = match decoder.row(rules, line, start - self.block.first, strictness) {
            Ok(warnings) => {
                self.parsed.warnings.extend(warnings);
                return ControlFlow::Continue(());
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
        if strictness == Strictness::Strict { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn reject(&mut self, start: usize, raw: &[u8], kind: FaultKind) {
        let byte = self.byte(start);
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
        let (decoded, caches) = decoder.finish();
        let stretch = Stretch {
            id: BatchId {
                source_idx: self.source_idx,
                block_idx: self.block.block_idx,
                first_row_in_block: usize::try_from(self.parsed.n_rows).expect("a block fits in memory"),
            },
            rules: rules.clone(),
            decoded,
            block_offset: self.block.offset,
        };
        let (value, decoded) = (self.context.map)(stretch);
        if let Some(decoded) = decoded {
            self.workspace.decoder = Some((rules.clone(), Decoder::reuse(decoded, caches)));
        }
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
