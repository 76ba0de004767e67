//! The header block: separators, markers, path and columns of the rows below it.

use std::borrow::Cow;

use nom::{
    IResult, Parser,
    branch::alt,
    bytes::complete::{tag, take_till, take_until},
    character::complete::one_of,
    combinator::{rest, value},
    sequence::{preceded, terminated},
};

use crate::{
    error::{Error, Position, excerpt},
    escape::{self, Backslash},
    schema::{Field, Schema},
    warning::{Warning, Warnings},
};

/// What rules the rows of one block: everything its header says, decoded.
///
/// ```
/// let log = b"#separator |\n#unset_field|NIL\n#path|conn\n#fields|ts|uid\n#types|time|string\n1.0|C1\n";
/// let mut reader = bro_log::Reader::from_slice(log);
/// let record = reader.next_record()?.expect("one row");
/// let header = record.header();
/// assert_eq!((header.path(), header.separator(), header.unset_field()), (Some("conn"), &b"|"[..], &b"NIL"[..]));
/// # Ok::<(), bro_log::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    pub(crate) meta_prefix: Vec<u8>,
    pub(crate) separator: Vec<u8>,
    pub(crate) set_separator: Vec<u8>,
    pub(crate) empty_field: Marker,
    pub(crate) unset_field: Marker,
    pub(crate) path: Option<String>,
    pub(crate) open: Option<String>,
    pub(crate) schema: Schema,
    pub(crate) backslash: Backslash,
    pub(crate) at: Position,
    pub(crate) warnings: Warnings,
    /// Whether the last column of the file is three, joined by three blanks.
    pub(crate) has_split_labels: bool,
    pub(crate) format: Format,
}

/// How a log's rows are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Format {
    /// Cells between separators.
    #[default]
    Tsv,
    /// One JSON object a line.
    Json,
}

/// A marker as the header names it and as it stands in rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Marker {
    pub(crate) text: Vec<u8>,
    /// The marker after the data escaper, if that changes it: `\N` stands in rows as `\\N`.
    pub(crate) escaped: Option<Vec<u8>>,
    /// The marker if it is one byte, which needs no call to compare.
    byte: Option<u8>,
}

impl Marker {
    pub(crate) fn new(text: &[u8], separator: &[u8]) -> Self {
        let mut escaped = Vec::new();
        escape::encode(text, separator, &mut escaped);
        let escaped = (escaped != text).then_some(escaped);
        let byte = if let (&[byte], None) = (text, &escaped) { Some(byte) } else { None };
        Self { text: text.to_vec(), escaped, byte }
    }

    #[inline(always)]
    pub(crate) fn matches(&self, cell: &[u8]) -> bool {
        if let Some(byte) = self.byte {
            return cell.len() == 1 && cell[0] == byte;
        }
        cell == &self.text[..] || self.escaped.as_ref().is_some_and(|escaped| cell == &escaped[..])
    }
}

impl Header {
    /// A header with Zeek's default separators and markers.
    #[must_use]
    pub fn new(path: Option<&str>, schema: Schema) -> Self {
        let preamble = Preamble::default();
        Self { path: path.map(str::to_owned), schema, ..preamble.header_of(Schema::default()) }
    }

    /// The log's path, such as `conn`; a byte that is not UTF-8 stands as `U+FFFD`.
    #[must_use]
    pub fn path(&self) -> Option<&str> {
        self.path.as_deref()
    }

    /// When the log was opened, in local time without zone, as `#open` says it.
    #[must_use]
    pub fn open(&self) -> Option<&str> {
        self.open.as_deref()
    }

    /// The columns.
    #[must_use]
    pub fn schema(&self) -> &Schema {
        &self.schema
    }

    /// What starts a meta line, `#` unless set otherwise.
    #[must_use]
    pub fn meta_prefix(&self) -> &[u8] {
        &self.meta_prefix
    }

    /// What stands between cells, one byte or more.
    #[must_use]
    pub fn separator(&self) -> &[u8] {
        &self.separator
    }

    /// What stands between the elements of a set or vector.
    #[must_use]
    pub fn set_separator(&self) -> &[u8] {
        &self.set_separator
    }

    /// What stands for an empty string, set or vector.
    #[must_use]
    pub fn empty_field(&self) -> &[u8] {
        &self.empty_field.text
    }

    /// What stands for an unset value.
    #[must_use]
    pub fn unset_field(&self) -> &[u8] {
        &self.unset_field.text
    }

    /// How backslashes in this block are read: [`Backslash::Modern`] or [`Backslash::Legacy`].
    #[must_use]
    pub fn backslash(&self) -> Backslash {
        self.backslash
    }

    /// How the rows are written.
    #[must_use]
    pub fn format(&self) -> Format {
        self.format
    }

    /// Where the block's `#fields` stands, or its first row if it has none.
    #[must_use]
    pub fn position(&self) -> Position {
        self.at
    }

    /// What was odd about the header.
    #[must_use]
    pub fn warnings(&self) -> Warnings {
        self.warnings
    }

    /// Whether this raw cell says that the value is unset.
    #[inline(always)]
    #[must_use]
    pub fn is_unset(&self, cell: &[u8]) -> bool {
        self.unset_field.matches(cell)
    }

    /// Whether this raw cell says that the value is empty.
    #[inline]
    #[must_use]
    pub fn is_empty(&self, cell: &[u8]) -> bool {
        self.empty_field.matches(cell)
    }
}

/// One meta line, taken apart but not decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Directive {
    Separator,
    SetSeparator,
    EmptyField,
    UnsetField,
    Path,
    Open,
    Close,
    Fields,
    Types,
}

/// `separator` in `separator \x09`
fn directive_name(input: &[u8]) -> IResult<&[u8], Directive> {
    alt((
        value(Directive::Separator, tag("separator")),
        value(Directive::SetSeparator, tag("set_separator")),
        value(Directive::EmptyField, tag("empty_field")),
        value(Directive::UnsetField, tag("unset_field")),
        value(Directive::Path, tag("path")),
        value(Directive::Open, tag("open")),
        value(Directive::Close, tag("close")),
        value(Directive::Fields, tag("fields")),
        value(Directive::Types, tag("types")),
    ))
    .parse(input)
}

/// `fields<SEP>ts<SEP>uid`; hand-made logs put a blank or a tab where the separator belongs.
fn directive<'a>(input: &'a [u8], separator: &[u8]) -> IResult<&'a [u8], (Directive, &'a [u8])> {
    let (input, name) = directive_name(input)?;
    let blank = |input: &'a [u8]| one_of(&b" \t"[..]).parse(input).map(|(input, _)| (input, &b""[..]));
    let (input, text) = match name {
        Directive::Separator => preceded(one_of(&b" \t"[..]), rest).parse(input)?,
        _ => preceded(alt((tag(separator), blank)), rest).parse(input)?,
    };
    Ok((input, (name, text)))
}

/// `PREFIX<>` in `PREFIX<>separator |`: what stands before the first directive's name on line 1.
fn prefix_of_first_line(line: &[u8]) -> IResult<&[u8], &[u8]> {
    let before = |name: &'static str| terminated(take_until(name), tag(name));
    alt((before("separator "), before("separator\t"))).parse(line)
}

/// `ts` in `ts<SEP>uid`; all of it in the last one. An empty separator separates nothing.
pub(crate) fn split_cells<'a>(text: &'a [u8], separator: &'a [u8]) -> impl Iterator<Item = &'a [u8]> {
    let mut next = Some(text);
    std::iter::from_fn(move || {
        let text = next.take()?;
        match memchr::memmem::find(text, separator).filter(|_| !separator.is_empty()) {
            Some(end) => {
                next = Some(&text[end + separator.len()..]);
                Some(&text[..end])
            }
            None => Some(text),
        }
    })
}

/// How the header settings of a reader bear on a block.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct HeaderOptions {
    pub(crate) backslash: Backslash,
    pub(crate) split_labels: bool,
}

/// The directives in force while a log is read; makes a [`Header`] when the first row after a change comes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Preamble {
    meta_prefix: Vec<u8>,
    separator: Vec<u8>,
    set_separator: Vec<u8>,
    empty_field: Vec<u8>,
    unset_field: Vec<u8>,
    path: Option<String>,
    open: Option<String>,
    fields: Option<Vec<String>>,
    types: Option<Vec<String>>,
    at: Position,
    has_separator: bool,
    is_changed: bool,
    /// Whether `#fields` is among the changes.
    has_new_fields: bool,
    is_closed: bool,
}

impl Default for Preamble {
    fn default() -> Self {
        Self {
            meta_prefix: b"#".to_vec(),
            separator: b"\t".to_vec(),
            set_separator: b",".to_vec(),
            empty_field: b"(empty)".to_vec(),
            unset_field: b"-".to_vec(),
            path: None,
            open: None,
            fields: None,
            types: None,
            at: Position::default(),
            has_separator: false,
            is_changed: false,
            has_new_fields: false,
            is_closed: false,
        }
    }
}

impl Preamble {
    /// Takes the meta prefix from a log's first line; without a `separator` directive there it stays `#`.
    pub(crate) fn sniff(&mut self, first_line: &[u8]) {
        let Ok((_, prefix)) = prefix_of_first_line(first_line) else { return };
        let is_plausible = prefix.len() <= 32 && !prefix.iter().any(|byte| b"\t\n\r".contains(byte));
        if is_plausible && !prefix.ends_with(b"set_") {
            self.meta_prefix = prefix.to_vec();
        }
    }

    /// What starts a meta line.
    pub(crate) fn meta_prefix(&self) -> &[u8] {
        &self.meta_prefix
    }

    /// Whether the lines below are read alike: all is equal but the place of the header and the `#open` time.
    pub(crate) fn reads_like(&self, other: &Self) -> bool {
        let plain = |preamble: &Self| Self {
            at: Position::default(),
            open: preamble.open.as_ref().map(|_| String::new()),
            ..preamble.clone()
        };
        plain(self) == plain(other)
    }

    /// Whether a line is a meta line. With an empty prefix the writer hexes every row's first byte.
    #[inline]
    pub(crate) fn is_meta(&self, line: &[u8]) -> bool {
        match &self.meta_prefix[..] {
            [] => !line.starts_with(br"\x"),
            [byte] => line.first() == Some(byte),
            prefix => line.starts_with(prefix),
        }
    }

    /// Whether a meta line is a directive rather than a comment.
    pub(crate) fn is_directive(&self, line: &[u8]) -> bool {
        let line = line.strip_prefix(&self.meta_prefix[..]).unwrap_or(line);
        directive(line, &self.separator).is_ok()
    }

    /// Whether some `#fields` line was read.
    pub(crate) fn has_fields(&self) -> bool {
        self.fields.is_some()
    }

    /// Whether a directive came since the last [`finish`](Self::finish).
    pub(crate) fn is_changed(&self) -> bool {
        self.is_changed
    }

    /// Whether `#close` came and no header after it.
    pub(crate) fn is_closed(&self) -> bool {
        self.is_closed
    }

    /// A row came: the block is open again.
    pub(crate) fn reopen(&mut self) {
        self.is_closed = false;
    }

    /// Whether this meta line ends the header before it, which no row has followed.
    pub(crate) fn is_next_header(&self, line: &[u8]) -> bool {
        let line = line.strip_prefix(&self.meta_prefix[..]).unwrap_or(line);
        let starts_header =
            |name| matches!(name, Directive::Separator | Directive::Fields | Directive::Close);
        self.has_new_fields
            && directive(line, &self.separator).is_ok_and(|(_, (name, _))| starts_header(name))
    }

    /// Takes one meta line (without its line end) into account; lines that are no directive are comments.
    pub(crate) fn apply(&mut self, line: &[u8], at: Position) -> Result<(), Error> {
        self.mend_empty_prefix(line);
        let line = line.strip_prefix(&self.meta_prefix[..]).unwrap_or(line);
        let Ok((_, (name, text))) = directive(line, &self.separator) else { return Ok(()) };
        let decoded = || escape::decode_header(text).into_owned();
        match name {
            Directive::Separator => return self.set_separator(text, at),
            Directive::SetSeparator => self.set_separator = decoded(),
            Directive::EmptyField => self.empty_field = decoded(),
            Directive::UnsetField => self.unset_field = decoded(),
            Directive::Path => self.path = Some(lossy(&decoded())),
            Directive::Open => {
                self.open = Some(lossy(text));
                return Ok(());
            }
            Directive::Close => {
                self.is_closed = true;
                return Ok(());
            }
            Directive::Fields => {
                self.fields = Some(split_cells(text, &self.separator).map(lossy).collect());
                self.types = None;
                self.has_new_fields = true;
                self.at = at;
            }
            Directive::Types => self.types = Some(split_cells(text, &self.separator).map(lossy).collect()),
        }
        self.change();
        Ok(())
    }

    /// A first line that lost its `#` looks like an empty prefix, under which every row would be a comment.
    fn mend_empty_prefix(&mut self, line: &[u8]) {
        let is_directive = |line: &[u8]| directive(line, &self.separator).is_ok();
        if self.meta_prefix.is_empty() && line.strip_prefix(b"#").is_some_and(is_directive) {
            self.meta_prefix = b"#".to_vec();
        }
    }

    fn change(&mut self) {
        self.is_changed = true;
        self.is_closed = false;
    }

    fn set_separator(&mut self, text: &[u8], at: Position) -> Result<(), Error> {
        let decoded = match text {
            br"\t" => Cow::Borrowed(&b"\t"[..]),
            _ => escape::decode_header(text),
        };
        if decoded.is_empty() || decoded.iter().any(|byte| b"\0\n\r".contains(byte)) {
            return Err(Error::Separator { at, text: excerpt(text) });
        }
        self.separator = decoded.into_owned();
        self.has_separator = true;
        self.change();
        Ok(())
    }

    /// The header that the directives so far make; `None` if there is no `#fields` yet.
    pub(crate) fn finish(&mut self, options: HeaderOptions) -> Result<Option<Header>, Error> {
        self.is_changed = false;
        self.has_new_fields = false;
        let Some(names) = &self.fields else { return Ok(None) };
        let mut warnings = Warnings::default();
        let fields: Vec<Field> = match &self.types {
            None => {
                warnings.insert(Warning::TypesMissing);
                names.iter().map(|name| Field::with_type_name(name, "string")).collect()
            }
            Some(types) if types.len() != names.len() => {
                let (n_fields, n_types) = (names.len(), types.len());
                return Err(Error::HeaderLengths { at: self.at, n_fields, n_types });
            }
            Some(types) => {
                names.iter().zip(types).map(|(name, ty)| Field::with_type_name(name, ty)).collect()
            }
        };
        if !self.has_separator {
            warnings.insert(Warning::SeparatorMissing);
        }
        let (fields, has_split_labels) = match options.split_labels {
            true => split_label_fields(fields),
            false => (fields, false),
        };
        let header = self.header_of(Schema::new(fields));
        let backslash = match options.backslash {
            Backslash::Auto if self.is_before_2_4(&header.schema) => Backslash::Legacy,
            Backslash::Auto => Backslash::Modern,
            chosen => chosen,
        };
        warnings.extend(schema_warnings(&header.schema));
        Ok(Some(Header { backslash, warnings, has_split_labels, ..header }))
    }

    /// The settings in force with these columns.
    pub(crate) fn header_of(&self, schema: Schema) -> Header {
        Header {
            meta_prefix: self.meta_prefix.clone(),
            separator: self.separator.clone(),
            set_separator: self.set_separator.clone(),
            empty_field: Marker::new(&self.empty_field, &self.separator),
            unset_field: Marker::new(&self.unset_field, &self.separator),
            path: self.path.clone(),
            open: self.open.clone(),
            schema,
            backslash: Backslash::Modern,
            at: self.at,
            warnings: Warnings::default(),
            has_split_labels: false,
            format: Format::Tsv,
        }
    }

    /// Whether the block shows that a Bro before 2.4 wrote it, which left backslashes as they are.
    fn is_before_2_4(&self, schema: &Schema) -> bool {
        let has_table = schema.fields().iter().any(|field| field.type_name().starts_with("table["));
        let is_old_conn = self.path.as_deref() == Some("conn")
            && schema.index_of("missed_bytes").is_some()
            && schema.index_of("local_resp").is_none();
        let is_whole = self.has_separator && self.path.is_some() && self.types.is_some();
        has_table || is_old_conn || (is_whole && self.open.is_none())
    }
}

fn schema_warnings(schema: &Schema) -> Warnings {
    let mut warnings = Warnings::default();
    if schema.has_duplicates() {
        warnings.insert(Warning::DuplicateField);
    }
    let is_unknown = |field: &Field| {
        field.ty().is_unknown() || field.ty().element() == Some(crate::schema::Scalar::Unknown)
    };
    if schema.fields().iter().any(is_unknown) {
        warnings.insert(Warning::UnknownType);
    }
    warnings
}

/// Between the parts of IoT-23's last column.
pub(crate) const LABEL_GAP: &[u8] = b"   ";

/// `tunnel_parents   label   detailed-label` as the three columns it stands for.
fn split_label_fields(mut fields: Vec<Field>) -> (Vec<Field>, bool) {
    let Some(last) = fields.last() else { return (fields, false) };
    let names: Vec<_> = last.name().split("   ").collect();
    let types: Vec<_> = last.type_name().split("   ").collect();
    if names.len() != 3 || types.len() != 3 {
        return (fields, false);
    }
    let parts: Vec<_> = names.iter().zip(&types).map(|(name, ty)| Field::with_type_name(name, ty)).collect();
    fields.pop();
    fields.extend(parts);
    (fields, true)
}

fn lossy(text: &[u8]) -> String {
    String::from_utf8_lossy(text).into_owned()
}

/// What the first line of a log without meta lines turns out to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum FirstLine {
    /// The names of tsv mode.
    Names(Vec<String>),
    /// A row of values.
    Row,
    /// Neither.
    Text,
}

impl FirstLine {
    /// Names look like `id.orig_h`; a row has tabs; anything else is some other file.
    pub(crate) fn sniff(line: &[u8]) -> Self {
        let cells: Vec<_> = line.split(|&byte| byte == b'\t').collect();
        if cells.len() >= 2 && cells.iter().all(|cell| is_name(cell)) {
            return Self::Names(cells.into_iter().map(lossy).collect());
        }
        if cells.len() >= 2 && line.iter().all(|&byte| byte != 0) { Self::Row } else { Self::Text }
    }
}

/// `id.orig_h`
fn is_name(cell: &[u8]) -> bool {
    let is_start = |byte: &u8| byte.is_ascii_alphabetic() || *byte == b'_';
    let tail = take_till::<_, _, nom::error::Error<&[u8]>>(|byte: u8| {
        !(byte.is_ascii_alphanumeric() || b"_.-".contains(&byte))
    });
    let mut whole = nom::combinator::all_consuming(tail);
    cell.first().is_some_and(is_start) && whole.parse(cell).is_ok()
}
