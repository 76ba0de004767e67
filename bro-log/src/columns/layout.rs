//! What rules the rows at one place of a log: the directives so far, the header they make, and where the asked-for
//! fields stand in it.

use std::sync::Arc;

use super::Projection;
use super::block::Block;
use super::options::ScanOptions;
use super::projection::Storage;
use crate::error::excerpt;
use crate::header::{FirstLine, Header, HeaderOptions, Preamble};
use crate::state::{is_names_of_schema, schema_of_names};
use crate::{Error, Position, Type, Warning, Warnings};

/// The state of a log between two lines. Two blocks parsed from equal states give equal rows.
#[derive(Clone, Debug, Default)]
pub(super) struct Layout {
    preamble: Preamble,
    /// Present once rows can be read.
    pub(super) rules: Option<Arc<Rules>>,
    /// The lines are JSON objects.
    pub(super) is_json: bool,
    /// What was odd about headers since the last look.
    pub(super) warnings: Warnings,
}

/// A header and the cells that are asked for.
#[derive(Debug, PartialEq)]
pub(super) struct Rules {
    pub(super) header: Arc<Header>,
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
    pub(super) fn new(header: Header, projection: &Projection) -> Self {
        let header = Arc::new(Header { at: Position::default(), open: None, ..header });
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
    Json,
}

/// What the reading of a source's lines depends on beside its bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Settings<'a> {
    pub(super) projection: &'a Projection,
    pub(super) options: &'a ScanOptions,
    /// The source's name, which may tell the path.
    pub(super) name: &'a str,
}

impl Layout {
    /// The rules of the next row, if no line since the last row has changed them.
    pub(super) fn settled(&self) -> Option<&Arc<Rules>> {
        self.rules.as_ref().filter(|_| !self.preamble.is_changed() && !self.preamble.is_closed())
    }

    /// Whether rows after this state and after `other` are read alike.
    pub(super) fn reads_like(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
            || (self.is_json == other.is_json
                && self.rules == other.rules
                && self.preamble.reads_like(&other.preamble))
    }

    /// The state after the lines before a source's first row, as far as they stand in its first block.
    pub(super) fn after_start(block: &Block, settings: Settings<'_>) -> Self {
        let mut layout = Self::default();
        let mut byte = 0;
        for line in block.lines().split(|&byte| byte == b'\n') {
            let at = Position { line: 0, byte };
            byte += line.len() as u64 + 1;
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
            if !line.is_empty() && !matches!(layout.line(line, at, settings), Ok(Line::Meta)) {
                break;
            }
        }
        layout
    }

    /// Takes one line (without its line end) into account.
    pub(super) fn line(&mut self, line: &[u8], at: Position, settings: Settings<'_>) -> Result<Line, Error> {
        if self.is_json {
            return Ok(Line::Json);
        }
        if at.byte == 0 {
            self.preamble.sniff(line);
        }
        if self.preamble.is_meta(line) && (!self.is_headerless() || self.preamble.is_directive(line)) {
            if self.preamble.is_next_header(line) {
                self.take_header(settings)?;
            }
            self.preamble.apply(line, at)?;
            return Ok(Line::Meta);
        }
        if self.preamble.is_changed() {
            self.take_header(settings)?;
        }
        if self.rules.is_none() {
            return self.first_line(line, at, settings);
        }
        self.preamble.reopen();
        Ok(Line::Row)
    }

    /// The end of the source: a header without rows may still be due.
    pub(super) fn finish(&self, settings: Settings<'_>) -> Result<Warnings, Error> {
        let mut layout = self.clone();
        if layout.preamble.is_changed() {
            layout.take_header(settings)?;
        }
        if layout.preamble.has_fields() && !self.is_json && !layout.preamble.is_closed() {
            layout.warnings.insert(Warning::OpenEnded);
        }
        Ok(layout.warnings)
    }

    /// Whether the rows stand under no header block, so that a line may start with the meta prefix.
    fn is_headerless(&self) -> bool {
        self.rules.is_some() && !self.preamble.has_fields()
    }

    /// Brings the directives so far into force.
    fn take_header(&mut self, settings: Settings<'_>) -> Result<(), Error> {
        let (backslash, split_labels) = (settings.options.backslash, settings.options.split_labels);
        if let Some(header) = self.preamble.finish(HeaderOptions { backslash, split_labels })? {
            self.put(header, settings);
        }
        Ok(())
    }

    fn put(&mut self, header: Header, settings: Settings<'_>) {
        self.warnings.extend(header.warnings());
        self.rules = Some(Arc::new(Rules::new(header, settings.projection)));
    }

    /// The first line that is no meta line, where no header came before it.
    fn first_line(&mut self, line: &[u8], at: Position, settings: Settings<'_>) -> Result<Line, Error> {
        if line.starts_with(b"{") {
            self.is_json = true;
            return Ok(Line::Json);
        }
        let given = settings.options.schema.as_ref();
        let first = FirstLine::sniff(line);
        let (schema, kind) = match (given, first) {
            (Some(schema), first) if !is_names_of_schema(&first, schema) => (schema.clone(), Line::Row),
            (_, FirstLine::Names(names)) => (schema_of_names(&names, given, Some(settings.name)), Line::Meta),
            (_, FirstLine::Row) => return Err(Error::SchemaNeeded { at }),
            (_, FirstLine::Text) => return Err(Error::NotZeek { at, text: excerpt(line) }),
        };
        self.put(self.preamble.header_of(schema), settings);
        Ok(kind)
    }
}
