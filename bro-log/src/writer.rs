//! Writes logs that Zeek and this crate's reader read back.

use std::{
    io::{self, Write},
    mem,
};

use crate::{
    elements::Elements,
    error::{Error, excerpt},
    escape,
    header::{Header, Marker, Preamble},
    schema::{Field, Schema, Type},
    value::Value,
};

/// The settings of a [`Writer`]; each has Zeek's default.
///
/// ```
/// use bro_log::{Schema, Value, WriterBuilder};
/// let schema: Schema = "ts:time uid:string".parse()?;
/// let mut writer = WriterBuilder::new(schema).path("conn").separator(b"|").from_writer(Vec::new())?;
/// writer.write(&[Value::Unset, "C1".into()])?;
/// let log = writer.finish("2026-01-02-04-04-05")?;
/// assert!(log.ends_with(b"\n-|C1\n#close|2026-01-02-04-04-05\n"));
/// # Ok::<(), bro_log::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct WriterBuilder {
    header: Header,
}

impl WriterBuilder {
    /// What `#open` says unless told otherwise, so that equal rows make equal logs.
    pub const DEFAULT_OPEN: &'static str = "1970-01-01-00-00-00";

    /// A writer of rows with these columns.
    #[must_use]
    pub fn new(schema: Schema) -> Self {
        let header = Preamble::default().header_of(schema);
        Self { header: Header { open: Some(Self::DEFAULT_OPEN.to_owned()), ..header } }
    }

    /// The log's path, such as `conn`; no `#path` line without it.
    #[must_use]
    pub fn path(mut self, path: &str) -> Self {
        self.header.path = Some(path.to_owned());
        self
    }

    /// When the log was opened: local time as `2026-01-02-03-04-05`.
    #[must_use]
    pub fn open(mut self, open: &str) -> Self {
        self.header.open = Some(open.to_owned());
        self
    }

    /// What stands between cells, a tab by default.
    #[must_use]
    pub fn separator(mut self, separator: &[u8]) -> Self {
        self.header.separator = separator.to_vec();
        self
    }

    /// What stands between elements, a comma by default.
    #[must_use]
    pub fn set_separator(mut self, set_separator: &[u8]) -> Self {
        self.header.set_separator = set_separator.to_vec();
        self
    }

    /// What stands for an empty string or container, `(empty)` by default.
    #[must_use]
    pub fn empty_field(mut self, empty_field: &[u8]) -> Self {
        self.header.empty_field.text = empty_field.to_vec();
        self
    }

    /// What stands for an unset value, `-` by default.
    #[must_use]
    pub fn unset_field(mut self, unset_field: &[u8]) -> Self {
        self.header.unset_field.text = unset_field.to_vec();
        self
    }

    /// What starts a meta line, `#` by default.
    #[must_use]
    pub fn meta_prefix(mut self, meta_prefix: &[u8]) -> Self {
        self.header.meta_prefix = meta_prefix.to_vec();
        self
    }

    /// Writes the header and makes the writer. `out` should be buffered: each row is one `write_all`.
    ///
    /// # Errors
    /// [`Error::WriteMarker`] for settings that a reader could not tell apart, [`Error::Write`] from `out`.
    pub fn from_writer<W: Write>(self, out: W) -> Result<Writer<W>, Error> {
        let Header { separator, unset_field, empty_field, .. } = &self.header;
        let special = [&separator[..], b"\\"].concat();
        let marker = |marker: &Marker| Marker::new(&marker.text, separator);
        let (unset_field, empty_field) = (marker(unset_field), marker(empty_field));
        let header = Header { unset_field, empty_field, ..self.header };
        check_settings(&header)?;
        let inner_special = [&special[..], &header.set_separator].concat();
        let mut writer = Writer { out, line: Vec::new(), header, special, inner_special };
        writer.write_header()?;
        Ok(writer)
    }
}

/// Refuses settings under which some row could not be read back.
fn check_settings(header: &Header) -> Result<(), Error> {
    let (unset, empty) = (header.unset_field(), header.empty_field());
    let prefix = header.meta_prefix();
    let is_separator = |text: &[u8]| {
        let is_escape = |byte: &u8| byte.is_ascii_hexdigit() || b"x\\\0\n\r".contains(byte);
        !text.is_empty() && !text.iter().any(is_escape)
    };
    let overlaps = |one: &[u8], two: &[u8]| one.iter().any(|byte| two.contains(byte));
    let is_marker = |marker: &Marker| {
        let row_form = marker.escaped.as_deref().unwrap_or(&marker.text);
        // The first byte must stand as it is, so that hexing it tells a value from the marker.
        let is_plain = |byte: &u8| matches!(byte, 0x20..=0x7e) && !header.separator().contains(byte);
        marker.text.first().is_some_and(is_plain)
            && !overlaps(&marker.text, header.set_separator())
            && !row_form.starts_with(prefix)
            && !prefix.starts_with(row_form)
    };
    let is_prefix = !prefix.is_empty()
        && prefix.len() <= 32
        && !overlaps(prefix, b"\t\n\r\\ ")
        && !overlaps(prefix, header.separator());
    let bad = match () {
        () if !is_separator(header.separator()) => ("separator", header.separator()),
        () if !is_separator(header.set_separator()) => ("set_separator", header.set_separator()),
        () if overlaps(header.separator(), header.set_separator()) => {
            ("set_separator", header.set_separator())
        }
        () if !is_prefix => ("meta_prefix", prefix),
        () if !is_marker(&header.unset_field) => ("unset_field", unset),
        () if !is_marker(&header.empty_field) || unset == empty => ("empty_field", empty),
        () => return check_schema(header),
    };
    Err(Error::WriteMarker { what: bad.0, text: excerpt(bad.1) })
}

fn check_schema(header: &Header) -> Result<(), Error> {
    let overlaps =
        |name: &str| name.bytes().any(|byte| header.separator().contains(&byte) || b"\n\r\0".contains(&byte));
    let is_bad =
        |field: &&Field| field.name().is_empty() || overlaps(field.name()) || overlaps(field.type_name());
    let text = match header.schema().fields() {
        [] => String::new(),
        fields => match fields.iter().find(is_bad) {
            None => return Ok(()),
            Some(field) => excerpt(field.name().as_bytes()),
        },
    };
    Err(Error::WriteMarker { what: "field name", text })
}

/// Writes a log: the header when made, then rows, `#close` at the end.
///
/// Whatever values go in, a [`Reader`](crate::Reader) gives the same values back; Zeek's own reader does too. For that,
/// bytes outside printable ASCII, separators and backslashes are written as `\xhh`. (Zeek's writer doubles backslashes,
/// which its reader misreads before an `x`.) Doubles get as many digits as they need.
///
/// ```
/// use bro_log::{Interval, Reader, Schema, Time, Value, Writer};
/// let schema: Schema = "ts:time uid:string duration:interval".parse()?;
/// let mut writer = Writer::new(Vec::new(), "conn", schema)?;
/// let row = [Time(1_500_000).into(), "C1".into(), Value::from(None::<Interval>)];
/// writer.write(&row)?;
/// let log = writer.finish("1970-01-01-00-00-02")?;
///
/// let mut reader = Reader::from_slice(&log);
/// let record = reader.next_record()?.expect("one row");
/// assert_eq!(record.values().collect::<Result<Vec<_>, _>>()?, row);
/// # Ok::<(), bro_log::Error>(())
/// ```
#[derive(Debug)]
pub struct Writer<W> {
    out: W,
    line: Vec<u8>,
    header: Header,
    /// Bytes hexed in any cell, and in elements.
    special: Vec<u8>,
    inner_special: Vec<u8>,
}

impl<W: Write> Writer<W> {
    /// A writer with Zeek's default separators and markers; writes the header.
    ///
    /// # Errors
    /// As [`WriterBuilder::from_writer`].
    pub fn new(out: W, path: &str, schema: Schema) -> Result<Self, Error> {
        WriterBuilder::new(schema).path(path).from_writer(out)
    }

    /// The header written.
    #[must_use]
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Writes one row: a value of the column's type, or [`Value::Unset`], for each column. Nothing is written on error.
    ///
    /// # Errors
    /// [`Error::RowWidth`] for too few or too many values, [`Error::WriteType`] for a value of another type,
    /// [`Error::Unwritable`] for the few containers the format has no spelling for, [`Error::Write`] from the output.
    pub fn write(&mut self, row: &[Value<'_>]) -> Result<(), Error> {
        let fields = self.header.schema.fields();
        if row.len() != fields.len() {
            return Err(Error::RowWidth { n_cells: row.len(), n_fields: fields.len() });
        }
        let mut line = mem::take(&mut self.line);
        line.clear();
        let written =
            self.encode(row, &mut line).and_then(|()| self.out.write_all(&line).map_err(write_error));
        self.line = line;
        written
    }

    fn encode(&self, row: &[Value<'_>], line: &mut Vec<u8>) -> Result<(), Error> {
        let fields = self.header.schema.fields();
        for (idx, (value, field)) in row.iter().zip(fields).enumerate() {
            if idx > 0 {
                line.extend_from_slice(&self.header.separator);
            }
            self.spelling().cell(value, field, line)?;
            if idx == 0 && line.starts_with(&self.header.meta_prefix) {
                line.clear();
                Spelling { hex_first: true, ..self.spelling() }.cell(value, field, line)?;
            }
        }
        if line.is_empty() {
            return Err(unwritable(&fields[0]));
        }
        line.push(b'\n');
        Ok(())
    }

    /// Writes `#close` with this local time, flushes, and gives the output back.
    ///
    /// # Errors
    /// [`Error::Write`] from the output.
    pub fn finish(mut self, close: &str) -> Result<W, Error> {
        self.line.clear();
        self.meta("close", &encoded(close.as_bytes()));
        self.out.write_all(&self.line).and_then(|()| self.out.flush()).map_err(write_error)?;
        Ok(self.out)
    }

    fn write_header(&mut self) -> Result<(), Error> {
        let header = self.header.clone();
        self.line.extend_from_slice(&header.meta_prefix);
        self.line.extend_from_slice(b"separator ");
        header.separator.iter().for_each(|&byte| escape::encode_hex(byte, &mut self.line));
        self.line.push(b'\n');
        self.meta("set_separator", &encoded(&header.set_separator));
        self.meta("empty_field", &encoded(&header.empty_field.text));
        self.meta("unset_field", &encoded(&header.unset_field.text));
        if let Some(path) = &header.path {
            self.meta("path", &encoded(path.as_bytes()));
        }
        if let Some(open) = &header.open {
            self.meta("open", &encoded(open.as_bytes()));
        }
        self.meta_list("fields", header.schema.fields().iter().map(Field::name));
        self.meta_list("types", header.schema.fields().iter().map(Field::type_name));
        self.out.write_all(&self.line).map_err(write_error)
    }

    fn meta(&mut self, name: &str, value: &[u8]) {
        let parts = [&self.header.meta_prefix, name.as_bytes(), &self.header.separator, value, b"\n"];
        parts.into_iter().for_each(|part| self.line.extend_from_slice(part));
    }

    fn meta_list<'n>(&mut self, name: &str, words: impl Iterator<Item = &'n str>) {
        let words: Vec<_> = words.map(str::as_bytes).collect();
        let list = words.join(&self.header.separator[..]);
        self.meta(name, &list);
    }

    fn spelling(&self) -> Spelling<'_> {
        let Self { header, special, inner_special, .. } = self;
        Spelling { header, special, inner_special, hex_first: false }
    }
}

/// A header value: blanks, backslashes and what is not printable ASCII as `\xhh`.
fn encoded(text: &[u8]) -> Vec<u8> {
    let mut value = Vec::new();
    escape::encode(text, b" \\", &mut value);
    value
}

#[cold]
pub(crate) fn write_error(source: io::Error) -> Error {
    Error::Write { source }
}

#[cold]
fn unwritable(field: &Field) -> Error {
    Error::Unwritable { field: field.name().to_owned(), ty: field.ty() }
}

/// How values look in a row.
#[derive(Clone, Copy)]
struct Spelling<'a> {
    header: &'a Header,
    special: &'a [u8],
    inner_special: &'a [u8],
    /// Whether the first byte must be hexed, because it would be taken for a marker or a meta line.
    hex_first: bool,
}

impl Spelling<'_> {
    fn cell(self, value: &Value<'_>, field: &Field, line: &mut Vec<u8>) -> Result<(), Error> {
        let start = line.len();
        match (value, field.ty()) {
            (Value::Unset, _) => self.marker(&self.header.unset_field, line),
            (Value::Set(elements), Type::Set(_) | Type::Table(_))
            | (Value::Vector(elements), Type::Vector(_)) => {
                return self.container(elements, field, line);
            }
            (value, Type::Scalar(scalar)) if is_of(value, Type::Scalar(scalar)) => {
                self.scalar(value, self.special, line);
                if self.is_marker(value, &line[start..]) {
                    line.truncate(start);
                    Self { hex_first: true, ..self }.scalar(value, self.special, line);
                }
            }
            _ => return Err(write_type(value, field)),
        }
        Ok(())
    }

    /// Elements between set separators; nothing at all for the one empty string, which `(empty)` would not mean.
    fn container(self, elements: &Elements<'_>, field: &Field, line: &mut Vec<u8>) -> Result<(), Error> {
        let start = line.len();
        if elements.is_empty() {
            self.marker(&self.header.empty_field, line);
            return Ok(());
        }
        self.elements(elements, field, line)?;
        if line[start..] == *self.empty_element() {
            line.truncate(start);
        }
        let is_marker = |cell: &[u8]| self.header.is_unset(cell) || self.header.is_empty(cell);
        if is_marker(&line[start..]) {
            line.truncate(start);
            Self { hex_first: true, ..self }.elements(elements, field, line)?;
        }
        if is_marker(&line[start..]) { Err(unwritable(field)) } else { Ok(()) }
    }

    fn elements(mut self, elements: &Elements<'_>, field: &Field, line: &mut Vec<u8>) -> Result<(), Error> {
        let ty = field.ty().element().map_or(field.ty(), Type::Scalar);
        for (idx, value) in elements.iter().enumerate() {
            if idx > 0 {
                line.extend_from_slice(self.header.set_separator());
                self.hex_first = false;
            }
            let start = line.len();
            match &value {
                Value::Unset => self.marker(&self.header.unset_field, line),
                value if is_of(value, ty) => {
                    self.scalar(value, self.inner_special, line);
                    if self.is_marker(value, &line[start..]) {
                        line.truncate(start);
                        Self { hex_first: true, ..self }.scalar(value, self.inner_special, line);
                    }
                }
                value => return Err(write_type(value, field)),
            }
        }
        Ok(())
    }

    /// Whether the cell of a value that is neither unset nor empty would be taken for a marker.
    fn is_marker(self, value: &Value<'_>, cell: &[u8]) -> bool {
        let is_empty_text = value.as_bytes().is_some_and(<[u8]>::is_empty);
        !is_empty_text && (self.header.is_unset(cell) || self.header.is_empty(cell))
    }

    fn marker(self, marker: &Marker, line: &mut Vec<u8>) {
        line.extend_from_slice(marker.escaped.as_deref().unwrap_or(&marker.text));
    }

    /// How one empty string stands among elements.
    fn empty_element(&self) -> &[u8] {
        let marker = &self.header.empty_field;
        marker.escaped.as_deref().unwrap_or(&marker.text)
    }

    fn scalar(self, value: &Value<'_>, special: &[u8], line: &mut Vec<u8>) {
        if let Some(text) = value.as_bytes() {
            return match text {
                [] => self.marker(&self.header.empty_field, line),
                text => self.text(text, special, line),
            };
        }
        let start = line.len();
        plain(value, line);
        let needs_escape = self.hex_first || line[start..].iter().any(|byte| special.contains(byte));
        if needs_escape {
            let text = line.split_off(start);
            self.text(&text, special, line);
        }
    }

    fn text(self, text: &[u8], special: &[u8], line: &mut Vec<u8>) {
        let n_hexed = usize::from(self.hex_first).min(text.len());
        text[..n_hexed].iter().for_each(|&byte| escape::encode_hex(byte, line));
        escape::encode(&text[n_hexed..], special, line);
    }
}

/// A value other than text, before any escape.
fn plain(value: &Value<'_>, line: &mut Vec<u8>) {
    let written = match value {
        Value::Bool(true) => line.write_all(b"T"),
        Value::Bool(false) => line.write_all(b"F"),
        Value::Int(number) => write!(line, "{number}"),
        Value::Count(number) => write!(line, "{number}"),
        Value::Double(number) => double(*number, line),
        Value::Time(time) => write!(line, "{time}"),
        Value::Interval(interval) => write!(line, "{interval}"),
        Value::Port(port) => write!(line, "{port}"),
        Value::Addr(addr) => write!(line, "{addr}"),
        Value::Subnet(subnet) => write!(line, "{subnet}"),
        // Text and containers are written by their own functions.
        _ => Ok(()),
    };
    written.expect("a vector takes whatever is written");
}

/// The shortest digits that read back as the same number, never with an exponent.
fn double(number: f64, line: &mut Vec<u8>) -> io::Result<()> {
    match number {
        _ if number.is_nan() => line.write_all(b"nan"),
        _ if number.is_infinite() => write!(line, "{number}"),
        _ if number.fract() == 0.0 => write!(line, "{number}.0"),
        _ => write!(line, "{number}"),
    }
}

/// Whether a value belongs into a cell or element of this scalar type.
fn is_of(value: &Value<'_>, ty: Type) -> bool {
    match value {
        Value::Unset | Value::Set(_) | Value::Vector(_) => false,
        Value::String(_) => matches!(ty, Type::Scalar(scalar) if scalar.is_text()),
        value => ty == Type::from_name(value.kind()),
    }
}

#[cold]
fn write_type(value: &Value<'_>, field: &Field) -> Error {
    Error::WriteType { field: field.name().to_owned(), ty: field.ty(), found: value.kind() }
}
