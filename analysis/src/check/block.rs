use super::capture::{Capture, CaptureColumns};
use bro_log::{Format, Header, Record, Time, Type, Value, Versions};
use std::sync::Arc;

/// The earliest and the latest `ts`, both inclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeSpan {
    /// The earliest.
    pub first: Time,
    /// The latest.
    pub last: Time,
}

impl TimeSpan {
    pub(super) fn merge(one: Option<Self>, other: Option<Self>) -> Option<Self> {
        let merged = |one: Self, other: Self| Self {
            first: one.first.min(other.first),
            last: one.last.max(other.last),
        };
        match (one, other) {
            (Some(one), Some(other)) => Some(merged(one, other)),
            (one, other) => one.or(other),
        }
    }
}

/// A header and the rows under it. The rows of a JSON log that say the same path are one block.
#[derive(Debug, Clone)]
pub struct CheckedBlock {
    /// The header; of a JSON log, what its keys and values make of one.
    pub header: Arc<Header>,
    /// Headers that this block stands for: 1, or more in the last one of a log with more blocks than are told apart.
    pub n_headers: u64,
    /// Which Zeek may have written it.
    pub versions: Option<Versions>,
    /// Rows.
    pub n_rows: u64,
    /// Rows set aside.
    pub n_rejected: u64,
    /// From when to when the rows are; `None` without a set `ts` of type time.
    pub span: Option<TimeSpan>,
    /// What the rows say about the sensor; `None` unless this is a conn.log.
    pub capture: Option<Capture>,
}

/// Where a block has the columns that are looked at.
#[derive(Debug, Clone, Copy)]
pub(super) struct Columns {
    ts: Option<usize>,
    capture: Option<CaptureColumns>,
}

impl Columns {
    fn of(header: &Header) -> Self {
        let ts = header.schema().index_of("ts");
        let is_time = |idx: &usize| header.schema().fields()[*idx].ty() == Type::TIME;
        Self { ts: ts.filter(is_time), capture: CaptureColumns::of(header) }
    }
}

impl CheckedBlock {
    /// Whether its rows are JSON objects.
    #[must_use]
    pub fn is_json(&self) -> bool {
        self.header.format() == Format::Json
    }

    /// Names and types of the columns, as the log spells them.
    #[must_use = "iterators are lazy"]
    pub fn fields(&self) -> impl ExactSizeIterator<Item = (&str, &str)> {
        self.header.schema().fields().iter().map(|field| (field.name(), field.type_name()))
    }

    pub(super) fn new(header: &Arc<Header>) -> (Self, Columns) {
        let columns = Columns::of(header);
        let block = Self {
            header: Arc::clone(header),
            n_headers: 1,
            versions: Versions::of(header),
            n_rows: 0,
            n_rejected: 0,
            span: None,
            capture: columns.capture.map(|_| Capture::default()),
        };
        (block, columns)
    }

    /// Whether rows under this header belong to the block: in a JSON log the path decides.
    pub(super) fn is_of(&self, header: &Header) -> bool {
        self.is_json() && header.format() == Format::Json && self.header.path() == header.path()
    }

    /// Another header for the same block.
    pub(super) fn put_header(&mut self, header: &Arc<Header>) -> Columns {
        self.header = Arc::clone(header);
        self.versions = Versions::of(header);
        let columns = Columns::of(header);
        self.capture = self.capture.or_else(|| columns.capture.map(|_| Capture::default()));
        columns
    }

    /// Counts a row.
    pub(super) fn add(&mut self, record: &Record<'_>, columns: Columns) {
        self.n_rows += 1;
        if let Some(Ok(Value::Time(ts))) = columns.ts.map(|idx| record.get(idx)) {
            self.span = TimeSpan::merge(self.span, Some(TimeSpan { first: ts, last: ts }));
        }
        if let (Some(columns), Some(capture)) = (columns.capture, &mut self.capture) {
            columns.add(record, capture);
        }
    }
}
