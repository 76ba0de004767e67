//! What rules the rows at one place of a log: the directives so far, the header they make, and where the asked-for
//! fields stand in it.

use std::sync::Arc;

use super::Projection;
use super::block::Block;
use super::options::ScanOptions;
use super::parse::Context;
use super::projection::Storage;
use crate::header::{FirstLine, Header, HeaderOptions, Preamble};
use crate::{Error, Position, Schema, Type, Warning, Warnings};

/// The state of a log between two lines. Two blocks parsed from equal states give equal rows.
#[derive(Clone, Debug, Default)]
pub(super) struct Layout {
    preamble: Preamble,
    /// Present once rows can be read.
    pub(super) rules: Option<Arc<Rules>>,
    is_started: bool,
}

/// A header and the cells that are asked for.
#[derive(Debug, PartialEq)]
pub(super) struct Rules {
    pub(super) header: Header,
    /// The cells of a row are separated by one byte and unset cells are short: whole groups of rows can be decoded.
    pub(super) is_plain: bool,
    /// The marker for unset as the last bytes of a cell, and its length.
    pub(super) unset_word: Option<(u64, u64)>,
    /// In order of `cell_idx`.
    pub(super) wanted: Vec<Wanted>,
    /// Number of columns in the projection, absent ones included.
    pub(super) n_columns: usize,
}

/// One cell to decode.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Wanted {
    pub(super) cell_idx: usize,
    pub(super) column_idx: usize,
    pub(super) ty: Type,
    pub(super) storage: Storage,
}

impl Rules {
    fn new(header: Header, projection: &Projection) -> Self {
        let header = Header { at: Position::default(), open: None, ..header };
        let place = |(column_idx, asked): (usize, &super::projection::Asked)| {
            let cell_idx = header.schema().index_of(&asked.name)?;
            let ty = header.schema().fields()[cell_idx].ty();
            Some(Wanted { cell_idx, column_idx, ty, storage: asked.storage })
        };
        let mut wanted: Vec<_> = projection.asked.iter().enumerate().filter_map(place).collect();
        wanted.sort_by_key(|wanted| wanted.cell_idx);
        let is_plain = header.separator().len() == 1
            && !header.meta_prefix().is_empty()
            && header.schema().len() >= 2
            && !header.has_split_labels;
        Self { is_plain, unset_word: unset_word(&header), wanted, n_columns: projection.len(), header }
    }
}

/// The marker for unset in the form of [`last_bytes`](super::digits::last_bytes), if it has one form of up to 8 bytes.
fn unset_word(header: &Header) -> Option<(u64, u64)> {
    let marker = &header.unset_field;
    if marker.escaped.is_some() || marker.text.len() > 8 {
        return None;
    }
    let mut word = [0; 8];
    word[8 - marker.text.len()..].copy_from_slice(&marker.text);
    Some((u64::from_le_bytes(word), marker.text.len() as u64))
}

impl Wanted {
    /// Whether escapes are decoded; containers stay as they are.
    #[inline]
    pub(super) fn is_text(&self) -> bool {
        matches!(self.ty, Type::Scalar(scalar) if scalar.is_text())
    }
}

/// What a line turned out to be.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line {
    Meta,
    Row,
}

impl Layout {
    /// The rules of the next row, if no line since the last row has changed them.
    pub(super) fn settled(&self) -> Option<&Arc<Rules>> {
        self.rules.as_ref().filter(|_| !self.preamble.is_changed())
    }

    /// Whether rows after this state and after `other` are read alike.
    pub(super) fn reads_like(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
            || (self.is_started == other.is_started
                && self.rules == other.rules
                && self.preamble.reads_like(&other.preamble))
    }

    /// The state after the lines before a source's first row, as far as they stand in its first block.
    pub(super) fn after_start<M>(block: &Block, context: &Context<'_, M>) -> Self {
        let mut layout = Self::default();
        for line in block.lines().split(|&byte| byte == b'\n') {
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
            let is_header = line.is_empty()
                || matches!(
                    layout.line(line, Position::default(), context.projection, context.options),
                    Ok(Line::Meta)
                );
            if !is_header {
                break;
            }
        }
        layout
    }

    /// What can be said about a source at its end.
    pub(super) fn finish(&self, warnings: &mut Warnings) {
        let Some(rules) = &self.rules else { return };
        warnings.extend(rules.header.warnings());
        if !self.preamble.is_closed() {
            warnings.insert(Warning::OpenEnded);
        }
    }

    /// Takes one line (without its line end) into account.
    pub(super) fn line(
        &mut self,
        line: &[u8],
        at: Position,
        projection: &Projection,
        options: &ScanOptions,
    ) -> Result<Line, Error> {
        if !self.is_started {
            self.is_started = true;
            self.preamble.sniff(line);
        }
        if self.preamble.is_meta(line) {
            self.preamble.apply(line, at)?;
            return Ok(Line::Meta);
        }
        if self.preamble.is_changed() || self.rules.is_none() {
            return self.settle(line, at, projection, options);
        }
        Ok(Line::Row)
    }

    /// Makes the header that rules `line`, the first row after a change.
    fn settle(
        &mut self,
        line: &[u8],
        at: Position,
        projection: &Projection,
        options: &ScanOptions,
    ) -> Result<Line, Error> {
        let header_options =
            HeaderOptions { backslash: options.backslash, split_labels: options.split_labels };
        if let Some(header) = self.preamble.finish(header_options)? {
            self.rules = Some(Arc::new(Rules::new(header, projection)));
            return Ok(Line::Row);
        }
        let (schema, kind) = match (FirstLine::sniff(line), &options.schema) {
            (_, Some(schema)) => (schema.clone(), Line::Row),
            (FirstLine::Names(names), None) => {
                let fields = names.iter().map(|name| crate::Field::new(name, Type::STRING)).collect();
                (Schema::new(fields), Line::Meta)
            }
            (FirstLine::Row, None) => return Err(Error::SchemaNeeded { at }),
            (FirstLine::Text, None) => {
                return Err(Error::NotZeek { at, text: crate::error::excerpt(line) });
            }
        };
        self.rules = Some(Arc::new(Rules::new(self.preamble.header_of(schema), projection)));
        Ok(kind)
    }
}
