//! Reads records one by one.

use std::{
    io::{self, BufRead, BufReader, Read},
    mem,
    sync::Arc,
};

use crate::{
    ahead::{Ahead, AheadRow},
    error::{Error, Position},
    escape::Backslash,
    header::{Header, HeaderOptions},
    record::{Record, RecordBuf},
    reject::{Reject, Rejects},
    schema::Schema,
    source::Source,
    state::{Outcome, State},
    typed::{BadField, Columns, Typed},
    value::Strictness,
    warning::{Warning, Warnings},
};

/// The settings of a [`Reader`].
///
/// ```
/// use bro_log::{ReaderBuilder, Schema};
/// let mut reader = ReaderBuilder::new()
///     .schema("ts:time uid:string".parse::<Schema>()?)
///     .from_reader(&b"1.000000\tC1\n"[..]);
/// assert!(reader.next_record()?.is_some());
/// # Ok::<(), bro_log::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct ReaderBuilder {
    pub(crate) strictness: Strictness,
    pub(crate) header: HeaderOptions,
    pub(crate) schema: Option<Schema>,
    pub(crate) name: Option<String>,
    pub(crate) max_line: usize,
    pub(crate) max_examples: usize,
}

impl Default for ReaderBuilder {
    fn default() -> Self {
        Self {
            strictness: Strictness::Lenient,
            header: HeaderOptions::default(),
            schema: None,
            name: None,
            max_line: Self::MAX_LINE,
            max_examples: 100,
        }
    }
}

/// A reader of a [`Source`]: a file, compressed or not, a pipe, or bytes in memory.
pub type SourceReader<'s> = Reader<BufReader<Box<dyn Read + Send + 's>>>;

const BUFFER_BYTES: usize = 1 << 16;

impl ReaderBuilder {
    /// The most bytes one line may have unless told otherwise: 64 MiB.
    pub const MAX_LINE: usize = 64 << 20;

    /// The default settings.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How much to forgive; [`Strictness::Lenient`] by default.
    #[must_use]
    pub fn strictness(mut self, strictness: Strictness) -> Self {
        self.strictness = strictness;
        self
    }

    /// How to read backslashes; [`Backslash::Auto`] by default.
    #[must_use]
    pub fn backslash(mut self, backslash: Backslash) -> Self {
        self.header.backslash = backslash;
        self
    }

    /// Makes three columns of a last column whose parts stand three blanks apart, as IoT-23's labels do.
    #[must_use]
    pub fn split_labels(mut self) -> Self {
        self.header.split_labels = true;
        self
    }

    /// The columns of a log without header, and the types of a JSON log or of tsv mode.
    #[must_use]
    pub fn schema(mut self, schema: Schema) -> Self {
        self.schema = Some(schema);
        self
    }

    /// The log's file name, which tells the types of a JSON log or of tsv mode.
    #[must_use]
    pub fn name(mut self, name: &str) -> Self {
        self.name = Some(name.to_owned());
        self
    }

    /// The most bytes that one line may have and that the reader will hold; [`MAX_LINE`](Self::MAX_LINE) by default,
    /// never more than 4 GiB. A longer line is a reject.
    #[must_use]
    pub fn max_line(mut self, max_line: usize) -> Self {
        self.max_line = max_line.min(u32::MAX as usize - 64);
        self
    }

    /// How many rejected rows the reader keeps as examples; 100 by default.
    #[must_use]
    pub fn max_examples(mut self, max_examples: usize) -> Self {
        self.max_examples = max_examples;
        self
    }

    /// A reader of a source, decompressed; the source's name tells the log's unless [`name`](Self::name) did.
    ///
    /// # Errors
    /// [`Error::Open`] if the decompressor cannot start.
    pub fn from_source<'s>(mut self, source: &'s Source) -> Result<SourceReader<'s>, Error> {
        self.name.get_or_insert_with(|| source.name().to_owned());
        source.reader().map(|input| self.from_reader(BufReader::with_capacity(BUFFER_BYTES, input)))
    }

    /// A reader of what `input` gives.
    #[must_use]
    pub fn from_reader<R: BufRead>(self, input: R) -> Reader<R> {
        Reader {
            input,
            held: Vec::new(),
            place: Place::default(),
            n_pending: 0,
            is_waiting: false,
            is_done: false,
            next: Position { line: 1, byte: 0 },
            max_line: self.max_line,
            state: State::new(self),
            ahead: Ahead::default(),
            columns: Columns::default(),
        }
    }
}

/// Reads a log record by record: tab-separated or JSON, with or without header, several logs joined end to end.
///
/// Each record borrows from the reader and is gone when the next is asked for, so reading allocates nothing for a row:
/// a row that lies whole in the input's buffer is not even copied. Memory: the longest line, at most
/// [`ReaderBuilder::max_line`].
///
/// A lenient reader, the default, sets bad rows aside ([`rejects`](Self::rejects)) and goes on. A strict one returns the
/// error, after which the next row can still be asked for.
///
/// ```
/// let log = b"#separator \\x09\n#path\tconn\n#fields\tuid\torig_bytes\n#types\tstring\tcount\nC1\t7\nC2\t-\n";
/// let mut reader = bro_log::Reader::from_slice(log);
/// let mut uids = Vec::new();
/// while let Some(record) = reader.next_record()? {
///     uids.push(record.cell(0).to_vec());
/// }
/// assert_eq!(uids, [b"C1", b"C2"]);
/// # Ok::<(), bro_log::Error>(())
/// ```
#[derive(Debug)]
pub struct Reader<R> {
    input: R,
    /// A line that did not lie whole in the input's buffer.
    held: Vec<u8>,
    place: Place,
    /// Bytes of the input's buffer up to the end of the last line.
    n_pending: usize,
    /// Whether the line at `place` is still to be looked at.
    is_waiting: bool,
    is_done: bool,
    /// Where the next line starts.
    next: Position,
    max_line: usize,
    state: State,
    /// Plain rows to come.
    ahead: Ahead,
    /// Where the columns of the struct asked for last are.
    columns: Columns,
}

/// Where the current line lies, without its line end.
#[derive(Clone, Copy, Debug, Default)]
struct Place {
    is_held: bool,
    start: usize,
    end: usize,
    /// Which of the cell ends found ahead is the line's first, if they were.
    first_end: Option<usize>,
    at: Position,
}

/// What reading one step further gave.
enum Step {
    Row { is_transcoded: bool },
    Header,
    End,
}

/// A header or a row, in the order of the log.
///
/// ```
/// use bro_log::{Item, Reader};
/// let log = b"#separator \\x09\n#path\ta\n#fields\tx\n#types\tcount\n1\n#path\tb\n#fields\ty\n#types\tcount\n2\n";
/// let mut reader = Reader::from_slice(log);
/// let mut seen = Vec::new();
/// while let Some(item) = reader.next_item()? {
///     seen.push(match item {
///         Item::Header(header) => header.path().unwrap_or_default().to_owned(),
///         Item::Record(record) => String::from_utf8_lossy(record.cell(0)).into_owned(),
///     });
/// }
/// assert_eq!(seen, ["a", "1", "b", "2"]);
/// # Ok::<(), bro_log::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub enum Item<'a> {
    /// A new block starts. In a JSON log: a row of another path than the last comes next, or one with new keys.
    Header(&'a Arc<Header>),
    /// A row of the block.
    Record(Record<'a>),
}

impl<'a> Reader<&'a [u8]> {
    /// A reader of a whole log in memory, with default settings.
    #[must_use]
    pub fn from_slice(log: &'a [u8]) -> Self {
        Self::new(log)
    }
}

impl<'s> SourceReader<'s> {
    /// A reader of a source, decompressed, with default settings.
    ///
    /// ```
    /// use bro_log::{Reader, Source};
    /// let source = Source::from_bytes("conn.log", b"{\"uid\":\"C1\",\"orig_bytes\":7}\n".to_vec());
    /// let mut reader = Reader::from_source(&source)?;
    /// let record = reader.next_record()?.expect("one row");
    /// assert_eq!(record.get_by_name("orig_bytes")?, Some(bro_log::Value::Count(7)));
    /// # Ok::<(), bro_log::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Open`] if the decompressor cannot start.
    pub fn from_source(source: &'s Source) -> Result<Self, Error> {
        ReaderBuilder::new().from_source(source)
    }
}

impl<R: BufRead> Reader<R> {
    /// A reader with default settings.
    #[must_use]
    pub fn new(input: R) -> Self {
        ReaderBuilder::new().from_reader(input)
    }

    /// The next record, `None` at the end of the log. Time linear in the line.
    ///
    /// # Errors
    /// A bad file ends the reading: [`Error::Read`], [`Error::Truncated`], [`Error::Separator`],
    /// [`Error::HeaderLengths`], [`Error::SchemaNeeded`], [`Error::NotZeek`]. A strict reader also returns bad rows
    /// ([`Error::is_row`]).
    #[inline]
    pub fn next_record(&mut self) -> Result<Option<Record<'_>>, Error> {
        loop {
            match self.advance()? {
                Step::Row { is_transcoded } => return self.record(is_transcoded).map(Some),
                Step::Header => {}
                Step::End => return Ok(None),
            }
        }
    }

    /// The next header or record, `None` at the end of the log.
    ///
    /// # Errors
    /// As [`next_record`](Self::next_record).
    pub fn next_item(&mut self) -> Result<Option<Item<'_>>, Error> {
        match self.advance()? {
            Step::Row { is_transcoded } => {
                self.record(is_transcoded).map(|record| Some(Item::Record(record)))
            }
            Step::Header => Ok(self.state.header().map(Item::Header)),
            Step::End => Ok(None),
        }
    }

    /// As [`next_item`](Self::next_item), but every cell is looked at: a row with one that is no value of its column's
    /// type is a bad row, which a lenient reader sets aside, and what is odd about cells is among the
    /// [`warnings`](Self::warnings).
    ///
    /// ```
    /// use bro_log::{Item, Reader};
    /// let log = b"#separator \\x09\n#fields\tn\n#types\tcount\n7\nseven\n";
    /// let mut reader = Reader::from_slice(log);
    /// let mut n_rows = 0;
    /// while let Some(item) = reader.next_checked()? {
    ///     n_rows += u64::from(matches!(item, Item::Record(_)));
    /// }
    /// assert_eq!((n_rows, reader.rejects().total()), (1, 1));
    /// # Ok::<(), bro_log::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`next_record`](Self::next_record).
    pub fn next_checked(&mut self) -> Result<Option<Item<'_>>, Error> {
        loop {
            let is_transcoded = match self.advance()? {
                Step::Row { is_transcoded } => is_transcoded,
                Step::Header => return Ok(self.state.header().map(Item::Header)),
                Step::End => return Ok(None),
            };
            let mut warnings = Warnings::default();
            let checked = self.record(is_transcoded)?.check(&mut warnings);
            match checked {
                Ok(()) => {
                    self.state.warnings.extend(warnings);
                    return self.record(is_transcoded).map(|record| Some(Item::Record(record)));
                }
                Err(error) => {
                    let line = self.record(is_transcoded)?.line().to_vec();
                    self.state.reject(error, &line)?;
                }
            }
        }
    }

    /// Copies the next record into `record`, keeping its memory; `false` at the end of the log.
    ///
    /// # Errors
    /// As [`next_record`](Self::next_record).
    pub fn read_record(&mut self, record: &mut RecordBuf) -> Result<bool, Error> {
        match self.next_record()? {
            None => Ok(false),
            Some(row) => {
                record.refill(row);
                Ok(true)
            }
        }
    }

    /// The header in force, `None` before the first was read.
    #[must_use]
    pub fn header(&self) -> Option<&Arc<Header>> {
        self.state.header()
    }

    /// The rows set aside so far.
    #[must_use]
    pub fn rejects(&self) -> &Rejects {
        &self.state.rejects
    }

    /// The examples among [`rejects`](Self::rejects) since the last call; their counts stay. Asking after each record
    /// gives every reject unless more than [`max_examples`](ReaderBuilder::max_examples) stand between two records.
    ///
    /// ```
    /// let log = b"#separator \\x09\n#fields\ta\tb\n#types\tcount\tcount\n1\t2\n3\n4\t5\n";
    /// let mut reader = bro_log::Reader::from_slice(log);
    /// while reader.next_record()?.is_some() {}
    /// assert_eq!(reader.take_rejects().len(), 1);
    /// assert_eq!((reader.take_rejects().len(), reader.rejects().total()), (0, 1));
    /// # Ok::<(), bro_log::Error>(())
    /// ```
    pub fn take_rejects(&mut self) -> Vec<Reject> {
        self.state.rejects.take_examples()
    }

    /// The rows set aside, when reading is done.
    #[must_use]
    pub fn into_rejects(self) -> Rejects {
        self.state.rejects
    }

    /// What was odd about the log so far, its headers included, single cells not (see [`Record::inspect`]).
    #[must_use]
    pub fn warnings(&self) -> Warnings {
        self.state.warnings
    }

    /// Where the next line starts; at the end of the log, its length and one more than its number of lines.
    #[must_use]
    pub fn position(&self) -> Position {
        self.next
    }

    /// The next row as a struct, such as [`Conn`](crate::Conn) or one of your own made by
    /// [`typed!`](crate::typed); `None` at the end of the log.
    ///
    /// A row with a cell that is no value of its field's type is a bad row: a lenient reader sets it aside.
    ///
    /// # Errors
    /// As [`next_record`](Self::next_record).
    #[inline]
    pub fn next_as<'a, T: Typed<'a>>(&'a mut self) -> Result<Option<T>, Error> {
        loop {
            let is_transcoded = match self.advance()? {
                Step::Row { is_transcoded } => is_transcoded,
                Step::Header => continue,
                Step::End => return Ok(None),
            };
            let parsed = {
                let Self { input, held, place, state, ahead, columns, .. } = self;
                let record = record_at(input, held, *place, state, ahead, is_transcoded)?;
                T::parse(record, columns.of(record.shared_header(), T::NAMES))
            };
            match parsed {
                Ok(parsed) => {
                    let Self { input, held, place, state, ahead, columns, .. } = self;
                    let record = record_at(input, held, *place, state, ahead, is_transcoded)?;
                    return Ok(Some(T::build(parsed, record, columns.of(record.shared_header(), T::NAMES))));
                }
                Err(bad) => self.reject::<T>(bad, is_transcoded)?,
            }
        }
    }

    /// Sets the current row aside, or returns its error if the reader is strict.
    #[cold]
    fn reject<'a, T: Typed<'a>>(&mut self, bad: BadField, is_transcoded: bool) -> Result<(), Error> {
        let record = self.record(is_transcoded)?;
        let (error, line) = (record.field_error(T::NAMES, bad), record.line().to_vec());
        self.state.reject(error, &line).map(drop)
    }

    #[inline]
    fn record(&mut self, is_transcoded: bool) -> Result<Record<'_>, Error> {
        let Self { input, held, place, state, ahead, .. } = self;
        record_at(input, held, *place, state, ahead, is_transcoded)
    }

    /// Goes on to the next row, header or the end.
    #[inline]
    fn advance(&mut self) -> Result<Step, Error> {
        loop {
            if self.is_done {
                return Ok(Step::End);
            }
            let step = if self.advance_fast()? { Some(Outcome::Row) } else { self.advance_slow()? };
            match step {
                Some(Outcome::Row) => return Ok(Step::Row { is_transcoded: self.state.is_json() }),
                Some(Outcome::Header) => return Ok(Step::Header),
                Some(Outcome::Skip) => {}
                None => return self.finish(),
            }
        }
    }

    /// A plain row that lies whole in the input's buffer under a one-byte separator; `false` if it is not one.
    #[inline]
    fn advance_fast(&mut self) -> Result<bool, Error> {
        let Some((separator, prefix)) = self.state.plain else { return Ok(false) };
        if self.is_waiting {
            return Ok(false);
        }
        let is_done = self.ahead.is_empty();
        if is_done {
            self.consume_pending();
        }
        let buffer = match self.input.fill_buf() {
            Ok(buffer) => buffer,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Ok(false),
            Err(error) => return Err(self.stop(read_error(error, self.next))),
        };
        if is_done {
            self.ahead.look(buffer, separator);
        }
        let row = self.ahead.next_row(buffer, self.state.n_columns, prefix, self.max_line);
        let n_before = mem::replace(&mut self.n_pending, self.ahead.start());
        let Some(AheadRow { start, end, first_end }) = row else { return Ok(false) };
        self.place = Place { is_held: false, start, end, first_end: Some(first_end), at: self.next };
        self.next.line += 1;
        self.next.byte += (self.n_pending - n_before) as u64;
        Ok(true)
    }

    fn consume_pending(&mut self) {
        self.input.consume(self.n_pending);
        self.n_pending = 0;
    }

    /// Any line, looked at with care; `None` at the end.
    #[cold]
    fn advance_slow(&mut self) -> Result<Option<Outcome>, Error> {
        if !self.is_waiting {
            self.consume_pending();
            match self.find_line() {
                Ok(true) => {}
                Ok(false) => return Ok(None),
                Err(error) if error.is_row() => return self.state.reject(error, &self.held).map(Some),
                Err(error) => return Err(self.stop(error)),
            }
        }
        let line = current_line(&mut self.input, &self.held, self.place)?;
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        self.place.end = self.place.start + line.len();
        let n_bom = self.state.bom_len(line, self.place.at);
        self.place.start += n_bom;
        self.place.at.byte += n_bom as u64;
        let outcome = self.state.line(&line[n_bom..], self.place.at);
        self.is_waiting = matches!(outcome, Ok(Outcome::Header));
        match outcome {
            Err(error) if !error.is_row() => Err(self.stop(error)),
            outcome => outcome.map(Some),
        }
    }

    /// A bad file: nothing comes after it.
    #[cold]
    fn stop(&mut self, error: Error) -> Error {
        self.is_done = true;
        error
    }

    fn finish(&mut self) -> Result<Step, Error> {
        self.is_done = true;
        match self.state.finish() {
            Ok(Some(Outcome::Header)) => Ok(Step::Header),
            Ok(_) => Ok(Step::End),
            Err(error) => Err(error),
        }
    }

    /// Finds the next line that is not blank and sets `place`; `false` at the end of the input.
    fn find_line(&mut self) -> Result<bool, Error> {
        self.held.clear();
        let at = self.next;
        let mut is_too_long = false;
        loop {
            let buffer = match self.input.fill_buf() {
                Ok(buffer) => buffer,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(read_error(error, at)),
            };
            if buffer.is_empty() {
                if self.next == at {
                    return Ok(false);
                }
                self.state.warnings.insert(Warning::TruncatedTail);
                break;
            }
            let stop = memchr::memchr(b'\n', buffer);
            if let Some(stop) = stop
                && self.next == at
                && stop <= self.max_line
            {
                self.place = Place { is_held: false, start: 0, end: stop, first_end: None, at };
                self.n_pending = stop + 1;
                self.next.byte += stop as u64 + 1;
                self.next.line += 1;
                return Ok(true);
            }
            let part = &buffer[..stop.unwrap_or(buffer.len())];
            is_too_long |= self.held.len() + part.len() > self.max_line;
            let room =
                if is_too_long { Rejects::MAX_RAW.saturating_sub(self.held.len()) } else { part.len() };
            self.held.extend_from_slice(&part[..part.len().min(room)]);
            let n_used = part.len() + usize::from(stop.is_some());
            self.input.consume(n_used);
            self.next.byte += n_used as u64;
            if stop.is_some() {
                break;
            }
        }
        self.next.line += 1;
        if is_too_long {
            return Err(Error::LineTooLong { at, limit: self.max_line });
        }
        self.place = Place { is_held: true, start: 0, end: self.held.len(), first_end: None, at };
        Ok(true)
    }
}

/// The row at `place`, or the one transcoded from it.
#[inline]
fn record_at<'a, R: BufRead>(
    input: &'a mut R,
    held: &'a [u8],
    place: Place,
    state: &'a State,
    ahead: &'a Ahead,
    is_transcoded: bool,
) -> Result<Record<'a>, Error> {
    let header = state.header.as_ref().expect("a row comes after a header");
    if is_transcoded {
        return Ok(Record::new(&state.row, &state.ends, header, place.at, state.strictness));
    }
    let line = current_line(input, held, place)?;
    let Some(first_end) = place.first_end else {
        return Ok(Record::new(line, &state.ends, header, place.at, state.strictness));
    };
    let ends = (ahead.ends(first_end, state.n_columns), place.start as u32);
    Ok(Record::with_offset(line, ends, header, place.at, state.strictness, ahead.has_escapes()))
}

/// The line at `place`; the input still has it in its buffer.
#[inline]
fn current_line<'a, R: BufRead>(input: &'a mut R, held: &'a [u8], place: Place) -> Result<&'a [u8], Error> {
    let bytes =
        if place.is_held { held } else { input.fill_buf().map_err(|error| read_error(error, place.at))? };
    Ok(&bytes[place.start..place.end])
}

/// A decompressor whose input ends too early says so by an unexpected end of file.
#[cold]
fn read_error(source: io::Error, at: Position) -> Error {
    match source.kind() {
        io::ErrorKind::UnexpectedEof => Error::Truncated { at },
        _ => Error::Read { at, source },
    }
}
