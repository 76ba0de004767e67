//! What can be wrong with a log, and where.

use std::{fmt, io};

use crate::schema::Type;

/// A place in a log, counted in the decompressed bytes.
///
/// ```
/// let at = bro_log::Position { line: 9, byte: 412 };
/// assert_eq!(at.to_string(), "line 9, byte 412");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// Line, from 1; 0 before the first line was read.
    pub line: u64,
    /// Byte, from 0: of the cell if one cell is wrong, else of the start of the line.
    pub byte: u64,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, byte {}", self.line, self.byte)
    }
}

/// Why the bytes of one cell are no value of the column's type.
///
/// ```
/// use bro_log::{Fault, parse_count};
/// assert_eq!(parse_count(b"-1"), Err(Fault::Negative));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// A number that the type cannot hold.
    #[error("out of range")]
    Range,
    /// Not spelled as the type is spelled.
    #[error("not spelled like one")]
    Syntax,
    /// A count with a minus sign.
    #[error("a count has no sign")]
    Negative,
    /// A bool that is neither `T` nor `F`.
    #[error("expected T or F")]
    Bool,
    /// Neither an IPv4 nor an IPv6 address.
    #[error("expected an IPv4 or IPv6 address")]
    Addr,
    /// Not an address, a slash and a width.
    #[error("expected address/width")]
    Subnet,
    /// Unset, where the asking type has no way to say so.
    #[error("unset")]
    Unset,
}

impl Fault {
    /// The word for this fault in counts and reports.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Range => "range",
            Self::Syntax => "syntax",
            Self::Negative => "negative",
            Self::Bool => "bool",
            Self::Addr => "addr",
            Self::Subnet => "subnet",
            Self::Unset => "unset",
        }
    }
}

/// Everything that can go wrong while reading or writing a log.
///
/// [`is_row`](Error::is_row) tells a bad row, after which reading can go on, from a bad file.
///
/// ```
/// let mut reader = bro_log::Reader::from_slice(b"not a log\n");
/// let error = reader.next_record().expect_err("plain text");
/// assert_eq!(error.code(), "not_zeek");
/// assert_eq!(error.position().map(|at| at.line), Some(1));
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The bytes could not be read.
    #[error("{at}: cannot read the log: {source}")]
    Read {
        /// How far reading had come.
        at: Position,
        /// What the system said.
        source: io::Error,
    },
    /// The bytes could not be written.
    #[error("cannot write the log: {source}")]
    Write {
        /// What the system said.
        source: io::Error,
    },
    /// The log's file could not be opened.
    #[error("cannot open {path}: {source}")]
    Open {
        /// The file.
        path: String,
        /// What the system said.
        source: io::Error,
    },
    /// The compressed stream ends before its end; every whole row before that was given.
    #[error("{at}: the compressed log is cut off")]
    Truncated {
        /// How far the rows go.
        at: Position,
    },
    /// `#separator` names nothing, a NUL or a line end.
    #[error("{at}: `#separator` must name at least one byte, none of them NUL or a line end: \"{text}\"")]
    Separator {
        /// The directive.
        at: Position,
        /// Its value as it stands.
        text: String,
    },
    /// `#fields` and `#types` do not pair up.
    #[error("{at}: the header has {n_fields} fields but {n_types} types")]
    HeaderLengths {
        /// The line that made it clear.
        at: Position,
        /// Number of names.
        n_fields: usize,
        /// Number of types.
        n_types: usize,
    },
    /// Rows without any header, and no schema was given.
    #[error("{at}: rows without a header: a schema is needed")]
    SchemaNeeded {
        /// The first row.
        at: Position,
    },
    /// Not a Zeek log at all.
    #[error("{at}: not a Zeek log: \"{text}\"")]
    NotZeek {
        /// The line that shows it.
        at: Position,
        /// Its first bytes, escaped.
        text: String,
    },
    /// A row with fewer cells than fields.
    #[error("{at}: {n_cells} cells, expected {n_fields}")]
    MissingCells {
        /// The row.
        at: Position,
        /// Cells found.
        n_cells: usize,
        /// Cells expected.
        n_fields: usize,
    },
    /// A row with more cells than fields.
    #[error("{at}: {n_cells} cells, expected {n_fields}")]
    ExtraCells {
        /// The row.
        at: Position,
        /// Cells found.
        n_cells: usize,
        /// Cells expected.
        n_fields: usize,
    },
    /// A line longer than the reader may hold.
    #[error("{at}: the line is longer than {limit} bytes")]
    LineTooLong {
        /// The line.
        at: Position,
        /// The limit in bytes.
        limit: usize,
    },
    /// A line of a JSON log that is not one JSON object.
    #[error("{at}: not a JSON object ({reason}): \"{text}\"")]
    Json {
        /// The line.
        at: Position,
        /// What the JSON parser said.
        reason: serde_json::Error,
        /// The line's first bytes, escaped.
        text: String,
    },
    /// A cell that does not hold a value of its column's type.
    #[error("{at}, field `{field}`: not a valid {ty} ({fault}): \"{text}\"")]
    Value {
        /// The cell.
        at: Position,
        /// The column's name.
        field: String,
        /// The type expected.
        ty: Type,
        /// Why it is none.
        fault: Fault,
        /// The cell's first bytes, escaped.
        text: String,
    },
    /// A row that does not fit the struct it was to be deserialized into.
    #[error("{at}, field `{field}`: {reason}")]
    Deserialize {
        /// The cell, or the row if no single cell is to blame.
        at: Position,
        /// The column's name, empty if no single cell is to blame.
        field: String,
        /// What serde said.
        reason: String,
    },
    /// A field whose type differs between the logs that were to become one column.
    #[error("field `{field}` is of different types in the logs read together")]
    ColumnType {
        /// The field.
        field: String,
    },
    /// Logs without a header were to become a table.
    #[error("there is no header, so there are no columns to write")]
    NoColumns,
    /// Rows of several logs were to become one table.
    #[error(
        "rows of several paths ({paths}) do not fit into one table: name one with --path, or convert the logs one by one"
    )]
    MixedPaths {
        /// The paths, or the first ten of them.
        paths: String,
    },
    /// A schema text that cannot be understood.
    #[error("not a schema: \"{text}\", expected `name:type` with a type such as `count` or `set[string]`")]
    Schema {
        /// The part in question.
        text: String,
    },
    /// A row given to the writer whose length is not the schema's.
    #[error("{n_cells} cells given to the writer, expected {n_fields}")]
    RowWidth {
        /// Cells given.
        n_cells: usize,
        /// Fields of the schema.
        n_fields: usize,
    },
    /// A value given to the writer that the column's type cannot hold.
    #[error("field `{field}`: the writer was given {found}, expected {ty}")]
    WriteType {
        /// The column's name.
        field: String,
        /// The column's type.
        ty: Type,
        /// What was given.
        found: &'static str,
    },
    /// A container that the format has no spelling for: a vector of nothing but one unset element, or one of nothing but
    /// an empty string in a log of one column.
    #[error("field `{field}`: the format has no spelling for this {ty}")]
    Unwritable {
        /// The column's name.
        field: String,
        /// The column's type.
        ty: Type,
    },
    /// Writer settings that no reader could read back.
    #[error("the writer cannot use {what} \"{text}\"")]
    WriteMarker {
        /// Which setting.
        what: &'static str,
        /// Its value, escaped.
        text: String,
    },
}

impl Error {
    /// Where the error is, unless it belongs to no place in a log.
    #[must_use]
    pub fn position(&self) -> Option<Position> {
        match self {
            Self::Read { at, .. }
            | Self::Truncated { at }
            | Self::Separator { at, .. }
            | Self::HeaderLengths { at, .. }
            | Self::SchemaNeeded { at }
            | Self::NotZeek { at, .. }
            | Self::MissingCells { at, .. }
            | Self::ExtraCells { at, .. }
            | Self::LineTooLong { at, .. }
            | Self::Json { at, .. }
            | Self::Value { at, .. }
            | Self::Deserialize { at, .. } => Some(*at),
            Self::Write { .. }
            | Self::Open { .. }
            | Self::ColumnType { .. }
            | Self::NoColumns
            | Self::MixedPaths { .. }
            | Self::Schema { .. }
            | Self::RowWidth { .. }
            | Self::WriteType { .. }
            | Self::Unwritable { .. }
            | Self::WriteMarker { .. } => None,
        }
    }

    /// The same error in a log that has `n_lines` lines before what was read.
    #[must_use]
    pub(crate) fn after_lines(mut self, n_lines: u64) -> Self {
        if let Self::Read { at, .. }
        | Self::Truncated { at }
        | Self::Separator { at, .. }
        | Self::HeaderLengths { at, .. }
        | Self::SchemaNeeded { at }
        | Self::NotZeek { at, .. }
        | Self::MissingCells { at, .. }
        | Self::ExtraCells { at, .. }
        | Self::LineTooLong { at, .. }
        | Self::Json { at, .. }
        | Self::Value { at, .. }
        | Self::Deserialize { at, .. } = &mut self
        {
            at.line += n_lines;
        }
        self
    }

    /// Whether only one row is bad, so that the next line can still be read.
    #[must_use]
    pub fn is_row(&self) -> bool {
        matches!(
            self,
            Self::MissingCells { .. }
                | Self::ExtraCells { .. }
                | Self::LineTooLong { .. }
                | Self::Json { .. }
                | Self::Value { .. }
                | Self::Deserialize { .. }
        )
    }

    /// One word for the kind of error, for counts and reports; a bad cell answers its [`Fault::code`].
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Read { .. } => "read",
            Self::Write { .. } => "write",
            Self::Open { .. } => "open",
            Self::Truncated { .. } => "gzip_truncated",
            Self::Separator { .. } => "bad_separator",
            Self::HeaderLengths { .. } => "header_lengths",
            Self::SchemaNeeded { .. } => "schema_needed",
            Self::NotZeek { .. } => "not_zeek",
            Self::MissingCells { .. } => "missing_cells",
            Self::ExtraCells { .. } => "extra_cells",
            Self::LineTooLong { .. } => "line_too_long",
            Self::Json { .. } => "json",
            Self::Value { fault, .. } => fault.code(),
            Self::Deserialize { .. } => "deserialize",
            Self::ColumnType { .. } => "column_type",
            Self::NoColumns => "no_columns",
            Self::MixedPaths { .. } => "mixed_paths",
            Self::Schema { .. } => "schema",
            Self::RowWidth { .. } => "row_width",
            Self::WriteType { .. } => "write_type",
            Self::Unwritable { .. } => "unwritable",
            Self::WriteMarker { .. } => "write_marker",
        }
    }
}

/// At most 64 bytes of `bytes` as printable text for a message; `…` stands for the rest.
pub(crate) fn excerpt(bytes: &[u8]) -> String {
    const LIMIT: usize = 64;
    let head = &bytes[..bytes.len().min(LIMIT)];
    let mut text = head.escape_ascii().to_string();
    if head.len() < bytes.len() {
        text.push('…');
    }
    text
}
