use std::io;

use pulp::Arch;

use super::plan::{Plan, Step};
use super::time::Times;
use super::{CutHeader, CutParams, CutSummary};
use crate::columns::separators::Separators;
use crate::error::excerpt;
use crate::header::{FirstLine, HeaderOptions, Preamble};
use crate::split::split_whole;
use crate::{Error, Field, Position, Schema, Type};

/// What is known between two lines.
pub(super) struct Cutter<'a> {
    params: &'a CutParams,
    times: Option<Times<'a>>,
    preamble: Preamble,
    /// Meta lines not yet written: which columns they keep is known at the block's end.
    pending: Vec<Vec<u8>>,
    /// Groups of meta lines so far.
    n_groups: u64,
    is_in_group: bool,
    plan: Option<Plan>,
    separators: Separators,
    arch: Arch,
    /// Ends of a line that needs care.
    ends: Vec<u32>,
    /// Where the current line starts.
    pub(super) at: Position,
    pub(super) output: Vec<u8>,
    pub(super) summary: CutSummary,
}

const BOM: &[u8] = b"\xef\xbb\xbf";

impl<'a> Cutter<'a> {
    pub(super) fn new(params: &'a CutParams, times: Option<Times<'a>>) -> Self {
        Self {
            params,
            times,
            preamble: Preamble::default(),
            pending: Vec::new(),
            n_groups: 0,
            is_in_group: false,
            plan: None,
            separators: Separators::default(),
            arch: Arch::new(),
            ends: Vec::new(),
            at: Position { line: 1, byte: 0 },
            output: Vec::new(),
            summary: CutSummary::default(),
        }
    }

    /// Cuts whole lines, the last line end included.
    pub(super) fn cut_block(&mut self, lines: &[u8]) -> Result<(), Error> {
        let mut separators = std::mem::take(&mut self.separators);
        let mut start = 0;
        while start < lines.len() {
            separators.find(self.arch, lines, start, self.scanned(), 0);
            start = self.cut_lines(lines, start, &separators)?;
        }
        self.separators = separators;
        Ok(())
    }

    /// The byte to look for: the separator, or its first byte if it has several.
    fn scanned(&self) -> u8 {
        self.plan.as_ref().map_or(b'\t', |plan| plan.header.separator()[0])
    }

    /// Cuts lines until the separator changes; returns where the next line starts.
    fn cut_lines(&mut self, lines: &[u8], mut start: usize, found: &Separators) -> Result<usize, Error> {
        let (ends, scanned) = (found.ends(), self.scanned());
        let mut first = 0;
        for &newline in found.newlines() {
            let last = first + self.n_stops(&ends[first..], newline);
            let line = &lines[start..newline as usize];
            if !self.is_plain(line) {
                self.other_line(line)?;
            } else if let Some(plan) = &self.plan {
                let cells = Cells { bytes: lines, ends: &ends[first..=last], width: 1 };
                cut_row(cells, plan, &mut self.times, self.at, &mut self.output, &mut self.summary);
            }
            self.at.line += 1;
            self.at.byte += line.len() as u64 + 1;
            first = last;
            start = newline as usize + 1;
            if self.scanned() != scanned {
                break;
            }
        }
        Ok(start)
    }

    /// How many of the ends belong to the line that ends at `newline`; as many as there are fields, most often.
    #[inline]
    fn n_stops(&self, ends: &[u32], newline: u32) -> usize {
        let n_fields = self.plan.as_ref().map_or(1, |plan| plan.header.schema().len());
        if ends.get(n_fields) == Some(&newline) {
            return n_fields;
        }
        // The place before the first cell is not the line's.
        1 + ends[1..].partition_point(|&end| end < newline)
    }

    /// Whether this is a row that the places found split rightly.
    #[inline]
    fn is_plain(&self, line: &[u8]) -> bool {
        let Some(plan) = &self.plan else { return false };
        let is_odd = line.is_empty() || line.ends_with(b"\r") || self.preamble.is_meta(line);
        !is_odd && !self.is_in_group && plan.header.separator().len() == 1
    }

    /// A meta line, the first row after one, or a row that needs care.
    #[cold]
    fn other_line(&mut self, line: &[u8]) -> Result<(), Error> {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let is_first = self.at.line == 1;
        let line = if is_first { line.strip_prefix(BOM).unwrap_or(line) } else { line };
        if line.is_empty() {
            return Ok(());
        }
        if is_first {
            self.preamble.sniff(line);
        }
        if self.preamble.is_meta(line) {
            return self.meta_line(line);
        }
        self.end_group()?;
        if self.plan.is_none() {
            return self.names_line(line);
        }
        let Some(plan) = &self.plan else { return Ok(()) };
        let cells = Cells::split(line, plan.header.separator(), &mut self.ends);
        cut_row(cells, plan, &mut self.times, self.at, &mut self.output, &mut self.summary);
        Ok(())
    }

    fn meta_line(&mut self, line: &[u8]) -> Result<(), Error> {
        if !self.is_in_group {
            self.is_in_group = true;
            self.n_groups += 1;
        }
        if self.preamble.is_next_header(line) {
            self.write_pending()?;
        }
        self.preamble.apply(line, self.at)?;
        self.pending.push(line.to_vec());
        Ok(())
    }

    /// The first line of tsv mode holds the names; any other line needs a header above it.
    fn names_line(&mut self, line: &[u8]) -> Result<(), Error> {
        let names = match FirstLine::sniff(line) {
            _ if self.at.line != 1 => return Err(Error::SchemaNeeded { at: self.at }),
            FirstLine::Names(names) => names,
            FirstLine::Row => return Err(Error::SchemaNeeded { at: self.at }),
            FirstLine::Text => return Err(Error::NotZeek { at: self.at, text: excerpt(line) }),
        };
        let schema = names.iter().map(|name| Field::new(name, Type::STRING)).collect::<Schema>();
        let plan = Plan::new(self.params, self.preamble.header_of(schema), false);
        if self.params.header != CutHeader::None {
            write_names(&plan, line, &mut self.output);
        }
        self.plan = Some(plan);
        Ok(())
    }

    /// A row, or the end, comes after meta lines.
    fn end_group(&mut self) -> Result<(), Error> {
        if self.is_in_group {
            self.write_pending()?;
            self.is_in_group = false;
        }
        Ok(())
    }

    /// Brings the directives so far into force and writes the meta lines that are wanted.
    fn write_pending(&mut self) -> Result<(), Error> {
        if self.preamble.is_changed()
            && let Some(header) = self.preamble.finish(HeaderOptions::default())?
        {
            self.plan = Some(Plan::new(self.params, header, self.times.is_some()));
        }
        let lines = std::mem::take(&mut self.pending);
        let is_wanted = match self.params.header {
            CutHeader::None => false,
            CutHeader::First | CutHeader::FirstNames => self.n_groups == 1,
            CutHeader::All | CutHeader::AllNames => true,
        };
        if is_wanted {
            lines.iter().for_each(|line| self.write_meta(line));
        }
        Ok(())
    }

    fn write_meta(&mut self, line: &[u8]) {
        let is_names_only = matches!(self.params.header, CutHeader::FirstNames | CutHeader::AllNames);
        let prefix_len = self.preamble.meta_prefix().len();
        let name = [&b"fields"[..], b"types"].into_iter().find(|name| line[prefix_len..].starts_with(name));
        let (Some(name), Some(plan)) = (name, &self.plan) else {
            if !is_names_only {
                self.output.extend_from_slice(line);
                self.output.push(b'\n');
            }
            return;
        };
        let (start, cells) = line.split_at(prefix_len + name.len());
        let cells = cells.get(plan.header.separator().len()..).unwrap_or_default();
        if !is_names_only {
            self.output.extend_from_slice(start);
            self.output.extend_from_slice(&plan.out_separator);
        }
        if !is_names_only || name == b"fields" {
            write_names(plan, cells, &mut self.output);
        }
    }

    /// Meta lines at the very end.
    pub(super) fn finish(&mut self) -> Result<(), Error> {
        self.end_group()
    }

    pub(super) fn read_error(&self, source: io::Error) -> Error {
        match source.kind() {
            io::ErrorKind::UnexpectedEof => Error::Truncated { at: self.at },
            _ => Error::Read { at: self.at, source },
        }
    }
}

/// A line split into cells: each lies between one end, plus the separator's width, and the next.
#[derive(Clone, Copy)]
struct Cells<'a> {
    bytes: &'a [u8],
    /// The place where a separator before the first cell would start, then where each cell ends.
    ends: &'a [u32],
    width: u32,
}

impl<'a> Cells<'a> {
    fn split(line: &'a [u8], separator: &[u8], ends: &'a mut Vec<u32>) -> Self {
        let width = separator.len() as u32;
        split_whole(line, separator, ends);
        ends.insert(0, 0_u32.wrapping_sub(width));
        Self { bytes: line, ends, width }
    }

    /// The cells from the first to the last asked for, with what stands between them.
    #[inline]
    fn get(self, first: usize, last: usize) -> &'a [u8] {
        &self.bytes[self.ends[first].wrapping_add(self.width) as usize..self.ends[last + 1] as usize]
    }

    fn len(self) -> usize {
        self.ends.len() - 1
    }
}

/// The cells of a `#fields` or `#types` line; the type of a converted time is string.
fn write_names(plan: &Plan, line: &[u8], output: &mut Vec<u8>) {
    let mut ends = Vec::new();
    let cells = Cells::split(line, plan.header.separator(), &mut ends);
    for (idx, step) in plan.steps.iter().enumerate() {
        if idx > 0 {
            output.extend_from_slice(&plan.out_separator);
        }
        let text = match *step {
            Step::Nothing => continue,
            Step::Copy { first, last } => cells.get(first, last),
            Step::Time { idx } => match cells.get(idx, idx) {
                b"time" => &b"string"[..],
                name => name,
            },
        };
        output.extend_from_slice(text);
    }
    output.push(b'\n');
}

#[inline]
fn cut_row(
    cells: Cells<'_>,
    plan: &Plan,
    times: &mut Option<Times<'_>>,
    at: Position,
    output: &mut Vec<u8>,
    summary: &mut CutSummary,
) {
    if cells.len() < plan.n_needed {
        return skip(cells, plan, at, summary);
    }
    for (idx, step) in plan.steps.iter().enumerate() {
        if idx > 0 {
            output.extend_from_slice(&plan.out_separator);
        }
        match *step {
            Step::Nothing => {}
            Step::Copy { first, last } => output.extend_from_slice(cells.get(first, last)),
            Step::Time { idx } => write_time(cells, idx, plan, times, at, output, summary),
        }
    }
    output.push(b'\n');
}

#[cold]
fn skip(cells: Cells<'_>, plan: &Plan, at: Position, summary: &mut CutSummary) {
    let (n_cells, n_fields) = (cells.len(), plan.header.schema().len());
    summary.skipped.push(Error::MissingCells { at, n_cells, n_fields }, cells.get(0, n_cells - 1));
}

fn write_time(
    cells: Cells<'_>,
    idx: usize,
    plan: &Plan,
    times: &mut Option<Times<'_>>,
    at: Position,
    output: &mut Vec<u8>,
    summary: &mut CutSummary,
) {
    let cell = cells.get(idx, idx);
    let Some(times) = times else { return output.extend_from_slice(cell) };
    match times.convert(cell) {
        Ok(text) => output.extend_from_slice(text),
        Err(fault) => {
            output.extend_from_slice(cell);
            if !plan.header.is_unset(cell) {
                let field = plan.header.schema().fields()[idx].name().to_owned();
                let error = Error::Value { at, field, ty: Type::TIME, fault, text: excerpt(cell) };
                summary.unconverted.push(error, cell);
            }
        }
    }
}
