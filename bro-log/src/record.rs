//! One row, borrowed.

use std::sync::Arc;

use crate::{
    error::{Error, Fault, Position, excerpt},
    header::{Format, Header, LABEL_GAP},
    schema::Type,
    typed::{BadField, Typed},
    value::{Rules, Strictness, Value},
    warning::Warnings,
};

/// One row of a log: a line and where its cells end. Nothing is decoded before it is asked for.
///
/// ```
/// use bro_log::{Reader, Value};
/// let log = b"#separator \\x09\n#fields\tuid\tn\n#types\tstring\tcount\nC1\t7\n";
/// let mut reader = Reader::from_slice(log);
/// let record = reader.next_record()?.expect("one row");
/// assert_eq!(record.cell(0), b"C1");
/// assert_eq!(record.get(1)?, Value::Count(7));
/// assert_eq!(record.get_by_name("uid")?, Some("C1".into()));
/// # Ok::<(), bro_log::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    line: &'a [u8],
    /// Where the cells end, counted from `offset` bytes before the line.
    ends: &'a [u32],
    offset: u32,
    gaps: Gaps,
    header: &'a Arc<Header>,
    at: Position,
    strictness: Strictness,
    has_escapes: bool,
}

/// What lies between the cells of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Gaps {
    /// Length of the separator.
    width: u32,
    /// The first cell that three blanks separate from the one before it.
    labels_from: usize,
}

impl Gaps {
    fn of(header: &Header) -> Self {
        let labels_from = if header.has_split_labels { header.schema.len() - 2 } else { usize::MAX };
        Self { width: header.separator.len() as u32, labels_from }
    }

    #[inline(always)]
    fn before(self, idx: usize) -> usize {
        if idx >= self.labels_from { LABEL_GAP.len() } else { self.width as usize }
    }
}

impl<'a> Record<'a> {
    /// A row whose `ends` are as many as the header's columns.
    #[inline(always)]
    pub(crate) fn new(
        line: &'a [u8],
        ends: &'a [u32],
        header: &'a Arc<Header>,
        at: Position,
        strictness: Strictness,
    ) -> Self {
        let has_escapes = memchr::memchr(b'\\', line).is_some();
        Self { line, ends, offset: 0, gaps: Gaps::of(header), header, at, strictness, has_escapes }
    }

    /// As [`new`](Self::new), with ends counted from `offset` bytes before the line. Without `may_have_escapes` the line
    /// is known to have no backslash.
    #[inline(always)]
    pub(crate) fn with_offset(
        line: &'a [u8],
        (ends, offset): (&'a [u32], u32),
        header: &'a Arc<Header>,
        at: Position,
        strictness: Strictness,
        may_have_escapes: bool,
    ) -> Self {
        let has_escapes = may_have_escapes && memchr::memchr(b'\\', line).is_some();
        Self { line, ends, offset, gaps: Gaps::of(header), header, at, strictness, has_escapes }
    }

    /// Number of cells, which is the number of the header's columns.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is no cell; never so for a row that was read.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The header in force.
    #[must_use]
    pub fn header(&self) -> &'a Header {
        self.header
    }

    /// Where the row starts.
    #[must_use]
    pub fn position(&self) -> Position {
        self.at
    }

    /// The row's bytes without its line end; for a JSON log, its cells as a tab-separated log would have them.
    #[must_use]
    pub fn line(&self) -> &'a [u8] {
        self.line
    }

    /// The raw bytes of a column's cell, escapes and markers as they stand. Time O(1).
    ///
    /// # Panics
    /// If there is no such column.
    #[inline(always)]
    #[must_use]
    pub fn cell(&self, idx: usize) -> &'a [u8] {
        let start = match idx {
            0 => 0,
            _ => (self.ends[idx - 1] - self.offset) as usize + self.gaps.before(idx),
        };
        &self.line[start..(self.ends[idx] - self.offset) as usize]
    }

    /// The value of a column, counted from 0. Time linear in the cell.
    ///
    /// # Errors
    /// [`Error::Value`] if the cell is no value of the column's type.
    ///
    /// # Panics
    /// If there is no such column.
    #[inline]
    pub fn get(&self, idx: usize) -> Result<Value<'a>, Error> {
        self.inspect(idx, &mut Warnings::default())
    }

    /// The value of the first column of this name, `None` if there is no such column.
    ///
    /// # Errors
    /// [`Error::Value`] if the cell is no value of the column's type.
    pub fn get_by_name(&self, name: &str) -> Result<Option<Value<'a>>, Error> {
        self.header.schema.index_of(name).map(|idx| self.get(idx)).transpose()
    }

    /// As [`get`](Self::get), adding to `warnings` what was odd about the cell.
    ///
    /// # Errors
    /// [`Error::Value`] if the cell is no value of the column's type.
    ///
    /// # Panics
    /// If there is no such column.
    #[inline]
    pub fn inspect(&self, idx: usize, warnings: &mut Warnings) -> Result<Value<'a>, Error> {
        let ty = self.header.schema.fields()[idx].ty();
        Value::read(self.cell(idx), ty, self.rules(), warnings)
            .map_err(|fault| self.value_error(idx, ty, fault))
    }

    /// The values of all columns, in order.
    pub fn values(&self) -> impl Iterator<Item = Result<Value<'a>, Error>> + use<'a> {
        let record = *self;
        (0..record.len()).map(move |idx| record.get(idx))
    }

    /// The row as a struct. Looks the columns up by name each time; [`Reader::next_as`](crate::Reader::next_as) does
    /// so once.
    ///
    /// # Errors
    /// [`Error::Value`] for a cell that is no value of its field's type.
    pub fn to_typed<T: Typed<'a>>(&self) -> Result<T, Error> {
        let columns: Vec<_> = T::NAMES.iter().map(|name| self.header.schema.index_of(name)).collect();
        let parsed = T::parse(*self, &columns).map_err(|bad| self.field_error(T::NAMES, bad))?;
        Ok(T::build(parsed, *self, &columns))
    }

    /// Reads every cell, so that whatever is wrong with the row is known. Time linear in the row.
    ///
    /// # Errors
    /// [`Error::Value`] for the first cell that is no value of its column's type.
    pub fn check(&self, warnings: &mut Warnings) -> Result<(), Error> {
        (0..self.len()).try_for_each(|idx| self.inspect(idx, warnings).map(drop))
    }

    /// The row as one that owns its bytes.
    #[must_use]
    pub fn to_owned(&self) -> RecordBuf {
        let mut record = RecordBuf::default();
        record.refill(*self);
        record
    }

    #[inline]
    pub(crate) fn shared_header(&self) -> &'a Arc<Header> {
        self.header
    }

    #[inline(always)]
    pub(crate) fn rules(&self) -> Rules<'a> {
        Rules { header: self.header, strictness: self.strictness, has_escapes: self.has_escapes }
    }

    /// Where a cell starts; in a JSON log, where its line does.
    pub(crate) fn position_of(&self, idx: usize) -> Position {
        let byte = match self.header.format {
            Format::Tsv => self.cell(idx).as_ptr() as usize - self.line.as_ptr() as usize,
            Format::Json => 0,
        };
        Position { byte: self.at.byte + byte as u64, ..self.at }
    }

    /// The error of a field of a struct, whose column may not be there at all.
    #[cold]
    pub(crate) fn field_error(&self, names: &[&str], bad: BadField) -> Error {
        let BadField { field_idx, ty, fault } = bad;
        let name = names[field_idx as usize];
        match self.header.schema.index_of(name) {
            Some(idx) => self.value_error(idx, ty, fault),
            None => Error::Value { at: self.at, field: name.to_owned(), ty, fault, text: String::new() },
        }
    }

    #[cold]
    pub(crate) fn value_error(&self, idx: usize, ty: Type, fault: Fault) -> Error {
        let field = self.header.schema.fields()[idx].name().to_owned();
        Error::Value { at: self.position_of(idx), field, ty, fault, text: excerpt(self.cell(idx)) }
    }
}

/// A row that owns its bytes, to keep, or to refill again and again without allocating.
///
/// ```
/// use bro_log::{Reader, RecordBuf, Value};
/// let log: &[u8] = b"#separator \\x09\n#fields\tn\n#types\tcount\n1\n2\n";
/// let mut reader = Reader::new(log);
/// let mut record = RecordBuf::default();
/// let mut sum = 0;
/// while reader.read_record(&mut record)? {
///     let Some(Value::Count(n)) = record.as_record().map(|record| record.get(0)).transpose()? else { continue };
///     sum += n;
/// }
/// assert_eq!(sum, 3);
/// # Ok::<(), bro_log::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct RecordBuf {
    line: Vec<u8>,
    ends: Vec<u32>,
    header: Option<Arc<Header>>,
    at: Position,
    strictness: Strictness,
}

impl RecordBuf {
    /// The row, `None` before it was filled for the first time.
    #[must_use]
    pub fn as_record(&self) -> Option<Record<'_>> {
        let header = self.header.as_ref()?;
        Some(Record::new(&self.line, &self.ends, header, self.at, self.strictness))
    }

    /// Copies a row in, keeping the memory.
    pub(crate) fn refill(&mut self, record: Record<'_>) {
        self.line.clear();
        self.line.extend_from_slice(record.line);
        self.ends.clear();
        self.ends.extend(record.ends.iter().map(|end| end - record.offset));
        if !self.header.as_ref().is_some_and(|header| Arc::ptr_eq(header, record.header)) {
            self.header = Some(Arc::clone(record.header));
        }
        (self.at, self.strictness) = (record.at, record.strictness);
    }
}
