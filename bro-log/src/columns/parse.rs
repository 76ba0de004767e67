//! One block to batches.

use std::mem;
use std::ops::ControlFlow;
use std::sync::Arc;

use memchr::memchr;
use pulp::Arch;

use super::block::Block;
use super::decode::{Decoded, Decoder, Rows};
use super::group::GROUP;
use super::layout::{Layout, Line, Rules, Settings};
use super::options::ScanOptions;
use super::separators::Separators;
use super::{Batch, BatchId, Projection};
use crate::json::Transcoder;
use crate::split::split_whole;
use crate::state::split_last_cell;
use crate::{Error, Header, Position, Record, Rejects, Source, Strictness, Warning, Warnings};

/// What all blocks of a scan share.
pub(super) struct Context<'a, M> {
    pub(super) sources: &'a [Source],
    pub(super) projection: &'a Projection,
    pub(super) options: &'a ScanOptions,
    pub(super) map: &'a M,
    /// The instructions to decode with.
    pub(super) arch: Arch,
}

impl<M> Context<'_, M> {
    pub(super) fn settings(&self, source_idx: usize) -> Settings<'_> {
        let name = self.sources[source_idx].name();
        Settings { projection: self.projection, options: self.options, name }
    }
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
    ends: Vec<u32>,
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
    /// Where its last whole line ends, in decompressed bytes.
    pub(super) byte_end: u64,
    pub(super) rejects: Vec<BadRow>,
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
pub(super) struct BadRow {
    /// Its line is counted from the block's start.
    pub(super) error: Error,
    pub(super) raw: Vec<u8>,
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
        arch: context.arch,
        workspace,
        decoder: None,
        parsed: Parsed {
            end: start.clone(),
            start,
            batches: Vec::new(),
            n_lines: 0,
            n_rows: 0,
            stored_end: block.stored_end,
            byte_end: block.offset + block.lines().len() as u64,
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

impl<'a, T, M: Fn(Stretch) -> (T, Option<Decoded>)> Parser<'a, T, M> {
    /// Reads all lines; whole groups of them where the rules allow it.
    fn lines(&mut self) {
        let mut at = self.block.first;
        while at < self.block.bytes().len() {
            let rules = self.layout.settled().filter(|rules| rules.is_plain).cloned();
            let flow = match rules {
                _ if self.layout.is_json => self.json_lines(at),
                Some(rules) => self.regular_lines(at, &rules),
                None => self.next_line(at),
            };
            match flow {
                ControlFlow::Continue(end) => at = end,
                ControlFlow::Break(()) => return,
            }
        }
        if self.block.has_long_line {
            // It is the block's last line, so there is nothing to break off.
            let _ = self.too_long(at, &[]);
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
        let n_lines = self.parsed.n_lines;
        self.line(start, end)?;
        // The first object of a JSON log is not read yet.
        let is_read = self.parsed.n_lines > n_lines;
        ControlFlow::Continue(if is_read { end + 1 } else { start })
    }

    /// Reads lines from `start` on for as long as `rules` hold; gives the start of the first line not read.
    fn regular_lines(&mut self, start: usize, rules: &Arc<Rules>) -> ControlFlow<(), usize> {
        let mut found = mem::take(&mut self.workspace.separators);
        let n_cells = rules.header.schema().len();
        found.find(self.arch, self.block.bytes(), start, rules.header.separator()[0], n_cells);
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
        let ends = &found.ends_and_more()[at..at + (n_rows + 1) * n_cells];
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
        let Some(line) = self.text_of_line(start, end)? else {
            self.parsed.n_lines += 1;
            return ControlFlow::Continue(());
        };
        let before = self.layout.rules.clone();
        let result = self.layout.line(line, self.position(start), self.settings());
        self.parsed.warnings.extend(mem::take(&mut self.layout.warnings));
        match result {
            // The line is looked at again, as an object.
            Ok(Line::Json) => {
                self.has_changed = true;
                return ControlFlow::Continue(());
            }
            Ok(Line::Meta) => self.has_changed = true,
            Ok(Line::Row) => {
                if !same(&before, &self.layout.rules) {
                    self.flush();
                }
                self.has_changed = true;
                self.row(line, start)?;
            }
            Err(error) => {
                self.parsed.fatal = Some(error);
                return ControlFlow::Break(());
            }
        }
        self.parsed.n_lines += 1;
        ControlFlow::Continue(())
    }

    /// A line without its line end and byte order mark; `None` if it is blank or too long.
    fn text_of_line(&mut self, start: usize, end: usize) -> ControlFlow<(), Option<&'a [u8]>> {
        let mut line = &self.block.bytes()[start..end];
        if line.len() > self.context.options.max_line_bytes {
            self.too_long(start, line)?;
            return ControlFlow::Continue(None);
        }
        line = line.strip_suffix(b"\r").unwrap_or(line);
        if self.byte(start) == 0 && line.starts_with(b"\xef\xbb\xbf") {
            line = &line[3..];
            self.parsed.warnings.insert(Warning::Bom);
        }
        ControlFlow::Continue((!line.is_empty()).then_some(line))
    }

    /// Place in the log of a place in the block's buffer.
    fn byte(&self, start: usize) -> u64 {
        self.block.offset + (start - self.block.first) as u64
    }

    /// Place of the line at `start`, the line counted from the block's start.
    fn position(&self, start: usize) -> Position {
        Position { line: self.parsed.n_lines + 1, byte: self.byte(start) }
    }

    fn settings(&self) -> Settings<'a> {
        self.context.settings(self.source_idx)
    }

    fn row(&mut self, line: &[u8], start: usize) -> ControlFlow<()> {
        let rules = self.layout.rules.clone().expect("a row has rules");
        let mut ends = mem::take(&mut self.workspace.ends);
        split_whole(line, rules.header.separator(), &mut ends);
        if rules.header.has_split_labels {
            split_last_cell(line, rules.header.separator().len(), &mut ends);
        }
        let result = self.cells(&rules, line, &ends, start);
        self.workspace.ends = ends;
        match result {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => self.reject(error, line),
        }
    }

    /// Reads a row whose cells end at `ends`.
    fn cells(&mut self, rules: &Arc<Rules>, line: &[u8], ends: &[u32], start: usize) -> Result<(), Error> {
        let (at, strictness) = (self.position(start), self.context.options.strictness);
        let (n_cells, n_fields) = (ends.len(), rules.header.schema().len());
        if n_cells < n_fields {
            return Err(Error::MissingCells { at, n_cells, n_fields });
        }
        if n_cells > n_fields {
            if strictness == Strictness::Strict {
                return Err(Error::ExtraCells { at, n_cells, n_fields });
            }
            self.parsed.warnings.insert(Warning::ExtraCells);
        }
        let record = Record::new(line, &ends[..n_fields], &rules.header, at, strictness);
        let workspace = &mut self.workspace;
        let (_, decoder) = self.decoder.get_or_insert_with(|| (rules.clone(), workspace.decoder(rules, 0)));
        let warnings = decoder.record(rules, &record, start - self.block.first)?;
        self.parsed.warnings.extend(warnings);
        Ok(())
    }

    fn too_long(&mut self, start: usize, line: &[u8]) -> ControlFlow<()> {
        let limit = self.context.options.max_line_bytes;
        let error = Error::LineTooLong { at: self.position(start), limit };
        self.reject(error, line)
    }

    /// Sets a row aside; a strict scan goes no further.
    fn reject(&mut self, error: Error, raw: &[u8]) -> ControlFlow<()> {
        let raw = raw[..raw.len().min(Rejects::MAX_RAW)].to_vec();
        self.parsed.rejects.push(BadRow { error, raw });
        match self.context.options.strictness {
            Strictness::Strict => ControlFlow::Break(()),
            Strictness::Lenient => ControlFlow::Continue(()),
        }
    }

    /// Reads the objects from `start` to the block's end; gives that end.
    ///
    /// Each path has one header in the block, with every key that occurs there, so the objects are gone through twice:
    /// for the keys, then for the values. Rows of one path stand together.
    fn json_lines(&mut self, start: usize) -> ControlFlow<(), usize> {
        let mut json = Transcoder::new(Some(self.settings().name), self.context.options.schema.clone());
        let (mut cells, mut ends) = (Vec::new(), Vec::new());
        let bytes = self.block.bytes();
        let lines: Vec<(usize, usize)> = lines_of(bytes, start).collect();
        for &(start, end) in &lines {
            let line = bytes[start..end].strip_suffix(b"\r").unwrap_or(&bytes[start..end]);
            if !line.is_empty() && line.len() <= self.context.options.max_line_bytes {
                // What is wrong with a line is told the second time.
                json.row(line, Position::default(), &mut cells, &mut ends).ok();
            }
        }
        let mut paths: Vec<(Arc<Header>, Arc<Rules>, Decoder)> = Vec::new();
        for (start, end) in lines {
            if let Some(line) = self.text_of_line(start, end)? {
                let at = self.position(start);
                let result = json
                    .row(line, at, &mut cells, &mut ends)
                    .and_then(|()| self.object(&json, &cells, &ends, start, &mut paths));
                if let Err(error) = result {
                    self.reject(error, line)?;
                }
            }
            self.parsed.n_lines += 1;
        }
        if bytes.last() != Some(&b'\n') {
            self.parsed.warnings.insert(Warning::TruncatedTail);
        }
        for (_, rules, decoder) in paths {
            self.flush();
            self.decoder = Some((rules, decoder));
        }
        ControlFlow::Continue(bytes.len())
    }

    /// Adds one object, as a row of cells, to the rows of its path.
    fn object(
        &mut self,
        json: &Transcoder,
        line: &[u8],
        ends: &[u32],
        start: usize,
        paths: &mut Vec<(Arc<Header>, Arc<Rules>, Decoder)>,
    ) -> Result<(), Error> {
        let header = json.header().expect("a row has a header");
        let known = paths.iter().position(|(known, ..)| Arc::ptr_eq(known, header));
        let idx = known.unwrap_or_else(|| {
            let rules = Rules::new((**header).clone(), self.context.projection);
            let decoder = Decoder::new(&rules, 0);
            paths.push((header.clone(), Arc::new(rules), decoder));
            paths.len() - 1
        });
        let (_, rules, decoder) = &mut paths[idx];
        let (at, strictness) = (self.position(start), self.context.options.strictness);
        let record = Record::new(line, ends, &rules.header, at, strictness);
        let warnings = decoder.record(rules, &record, start - self.block.first)?;
        self.parsed.warnings.extend(warnings);
        Ok(())
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

/// Start and end of each line from `start` on.
fn lines_of(bytes: &[u8], mut start: usize) -> impl Iterator<Item = (usize, usize)> {
    std::iter::from_fn(move || {
        let rest = bytes.get(start..).filter(|rest| !rest.is_empty())?;
        let line = (start, start + memchr(b'\n', rest).unwrap_or(rest.len()));
        start = line.1 + 1;
        Some(line)
    })
}

/// Whether two states read rows alike.
fn same(one: &Option<Arc<Rules>>, other: &Option<Arc<Rules>>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => Arc::ptr_eq(one, other),
        (None, None) => true,
        _ => false,
    }
}
