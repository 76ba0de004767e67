//! What a reader knows between two lines.

use std::{mem, sync::Arc};

use crate::{
    error::{Error, Position, excerpt},
    header::{FirstLine, Header, HeaderOptions, LABEL_GAP, Preamble},
    json::Transcoder,
    reader::ReaderBuilder,
    reject::Rejects,
    schema::{Field, Schema, Type},
    split::split_whole,
    standard::{known_field, path_of_name},
    value::Strictness,
    warning::{Warning, Warnings},
};

/// What became of one line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Nothing to hand out: a meta line, a blank line, a reject.
    Skip,
    /// A header came into force; the line itself is still to be looked at.
    Header,
    /// A row, its cells' ends in [`State::ends`].
    Row,
}

/// The header in force, the directives behind it, and what was met so far.
#[derive(Debug)]
pub(crate) struct State {
    preamble: Preamble,
    pub(crate) header: Option<Arc<Header>>,
    /// The separator and the meta prefix if each is one byte and rows need no special care.
    pub(crate) plain: Option<(u8, u8)>,
    /// How many cells a row has under the header.
    pub(crate) n_columns: usize,
    /// Where the cells of the current row end.
    pub(crate) ends: Vec<u32>,
    /// The current row of a JSON log.
    pub(crate) row: Vec<u8>,
    json: Option<Transcoder>,
    /// The line of tsv mode that holds the names.
    names_line: Option<u64>,
    pub(crate) strictness: Strictness,
    options: HeaderOptions,
    schema: Option<Schema>,
    name: Option<String>,
    pub(crate) rejects: Rejects,
    pub(crate) warnings: Warnings,
}

const BOM: &[u8] = b"\xef\xbb\xbf";

impl State {
    pub(crate) fn new(settings: ReaderBuilder) -> Self {
        Self {
            preamble: Preamble::default(),
            header: None,
            plain: None,
            n_columns: 0,
            ends: Vec::new(),
            row: Vec::new(),
            json: None,
            names_line: None,
            strictness: settings.strictness,
            options: settings.header,
            schema: settings.schema,
            name: settings.name,
            rejects: Rejects::new(settings.max_examples),
            warnings: Warnings::default(),
        }
    }

    pub(crate) fn header(&self) -> Option<&Arc<Header>> {
        self.header.as_ref()
    }

    pub(crate) fn is_json(&self) -> bool {
        self.json.is_some()
    }

    /// Sets a row aside, or returns its error if the reader is strict.
    #[cold]
    pub(crate) fn reject(&mut self, error: Error, line: &[u8]) -> Result<Outcome, Error> {
        if self.strictness == Strictness::Strict {
            return Err(error);
        }
        self.rejects.push(error, line);
        Ok(Outcome::Skip)
    }

    /// How many bytes before a log's first line belong to no line.
    pub(crate) fn bom_len(&mut self, line: &[u8], at: Position) -> usize {
        let has_bom = at.byte == 0 && line.starts_with(BOM);
        if has_bom {
            self.warnings.insert(Warning::Bom);
        }
        if has_bom { BOM.len() } else { 0 }
    }

    /// Looks at one whole line without its line end.
    pub(crate) fn line(&mut self, line: &[u8], at: Position) -> Result<Outcome, Error> {
        if line.is_empty() {
            return Ok(Outcome::Skip);
        }
        if self.json.is_some() {
            return self.json_row(line, at);
        }
        if at.line == 1 {
            self.preamble.sniff(line);
        }
        if self.names_line == Some(at.line) {
            return Ok(Outcome::Skip);
        }
        if self.preamble.is_meta(line) && (!self.is_headerless() || self.preamble.is_directive(line)) {
            return self.meta(line, at);
        }
        if self.preamble.is_changed() && self.take_header()? {
            return Ok(Outcome::Header);
        }
        if self.header.is_none() {
            return self.first_line(line, at);
        }
        self.preamble.reopen();
        self.tsv_row(line, at)
    }

    /// Whether the rows stand under no header block, so that a line may start with the meta prefix.
    fn is_headerless(&self) -> bool {
        self.header.is_some() && !self.preamble.has_fields()
    }

    fn meta(&mut self, line: &[u8], at: Position) -> Result<Outcome, Error> {
        if self.preamble.is_next_header(line) && self.take_header()? {
            return Ok(Outcome::Header);
        }
        self.preamble.apply(line, at)?;
        if self.preamble.is_changed() {
            self.plain = None;
        }
        Ok(Outcome::Skip)
    }

    /// Brings the directives so far into force; `false` if there is no `#fields` among them.
    fn take_header(&mut self) -> Result<bool, Error> {
        let Some(header) = self.preamble.finish(self.options)? else { return Ok(false) };
        self.put_header(header);
        Ok(true)
    }

    fn put_header(&mut self, header: Header) {
        self.warnings.extend(header.warnings());
        self.plain = match (header.separator(), header.meta_prefix()) {
            (&[separator], &[prefix]) if !header.has_split_labels => Some((separator, prefix)),
            _ => None,
        };
        self.n_columns = header.schema.len();
        self.header = Some(Arc::new(header));
    }

    /// The first line that is no meta line, where no header came before it.
    fn first_line(&mut self, line: &[u8], at: Position) -> Result<Outcome, Error> {
        if line.starts_with(b"{") {
            self.json = Some(Transcoder::new(self.name.as_deref(), self.schema.take()));
            return self.json_row(line, at);
        }
        let first = FirstLine::sniff(line);
        if let Some(schema) = self.schema.as_ref().filter(|schema| !is_names_of_schema(&first, schema)) {
            let header = Header { at, ..self.preamble.header_of(schema.clone()) };
            self.put_header(header);
            return Ok(Outcome::Header);
        }
        match first {
            FirstLine::Names(names) => {
                let header = Header {
                    at,
                    ..self.preamble.header_of(schema_of_names(
                        &names,
                        self.schema.as_ref(),
                        self.name.as_deref(),
                    ))
                };
                self.put_header(header);
                self.names_line = Some(at.line);
                Ok(Outcome::Header)
            }
            FirstLine::Row => Err(Error::SchemaNeeded { at }),
            FirstLine::Text => Err(Error::NotZeek { at, text: excerpt(line) }),
        }
    }

    /// A row of cells, whatever the separator.
    fn tsv_row(&mut self, line: &[u8], at: Position) -> Result<Outcome, Error> {
        let Some(header) = &self.header else { return Ok(Outcome::Skip) };
        let mut ends = mem::take(&mut self.ends);
        split_whole(line, header.separator(), &mut ends);
        if header.has_split_labels {
            split_last_cell(line, header.separator().len(), &mut ends);
        }
        let (n_cells, n_fields) = (ends.len(), header.schema.len());
        ends.truncate(n_fields);
        self.ends = ends;
        if n_cells < n_fields {
            return self.reject(Error::MissingCells { at, n_cells, n_fields }, line);
        }
        if n_cells > n_fields {
            if self.strictness == Strictness::Strict {
                return Err(Error::ExtraCells { at, n_cells, n_fields });
            }
            self.warnings.insert(Warning::ExtraCells);
        }
        Ok(Outcome::Row)
    }

    fn json_row(&mut self, line: &[u8], at: Position) -> Result<Outcome, Error> {
        let Some(json) = &mut self.json else { return Ok(Outcome::Skip) };
        if let Err(error) = json.row(line, at, &mut self.row, &mut self.ends) {
            return self.reject(error, line);
        }
        let is_new = match (json.header(), &self.header) {
            (Some(new), Some(old)) => !Arc::ptr_eq(new, old),
            _ => true,
        };
        if is_new {
            self.header = json.header().cloned();
            return Ok(Outcome::Header);
        }
        Ok(Outcome::Row)
    }

    /// The end of the log: a header without rows may still be due.
    pub(crate) fn finish(&mut self) -> Result<Option<Outcome>, Error> {
        let is_due = self.preamble.is_changed() && self.take_header()?;
        let has_footer = self.preamble.has_fields() && self.json.is_none();
        if has_footer && !self.preamble.is_closed() {
            self.warnings.insert(Warning::OpenEnded);
        }
        Ok(is_due.then_some(Outcome::Header))
    }
}

/// Whether the first line names columns of the schema that the user gave.
pub(crate) fn is_names_of_schema(first: &FirstLine, schema: &Schema) -> bool {
    let FirstLine::Names(names) = first else { return false };
    names.iter().any(|name| schema.field(name).is_some())
}

/// The columns of a log in tsv mode: the user's schema, the log's file name, or nothing tells their types.
pub(crate) fn schema_of_names(names: &[String], schema: Option<&Schema>, log_name: Option<&str>) -> Schema {
    let path = log_name.and_then(path_of_name);
    let given = |name: &str| schema.and_then(|schema| schema.field(name));
    let known = |name: &str| path.and_then(|path| known_field(Some(path), name));
    let field = |name: &String| {
        let ty = given(name).or_else(|| known(name)).map_or(Type::STRING, Field::ty);
        Field::new(name, ty)
    };
    names.iter().map(field).collect()
}

/// Makes three cells of the last one, whose parts stand three blanks apart.
pub(crate) fn split_last_cell(line: &[u8], width: usize, ends: &mut Vec<u32>) {
    let Some(end) = ends.pop() else { return };
    let start = ends.last().map_or(0, |&end| end as usize + width);
    let mut cell = &line[start..end as usize];
    let mut parts = vec![end];
    for _ in 0..2 {
        let Some(gap) = memchr::memmem::rfind(cell, LABEL_GAP) else { break };
        parts.push((start + gap) as u32);
        cell = &cell[..gap];
    }
    ends.extend(parts.into_iter().rev());
}
