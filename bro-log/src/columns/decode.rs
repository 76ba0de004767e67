//! Cells to columns, one row after another.

use std::net::{IpAddr, Ipv4Addr};

use pulp::Arch;

use super::column::{BytesColumn, Dictionary, Values};
use super::group::Group;
use super::layout::{Rules, Wanted};
use super::projection::Storage;
use super::word_cache::WordCache;
use super::{Bitmap, Column};
use crate::value::{self, mend_addr, read_text, read_with};
use crate::{
    Error, Fault, Record, Strictness, Type, Warnings, mend_bool, mend_count, mend_double, mend_int,
    mend_interval, mend_port, mend_time, parse_addr, parse_bool, parse_count, parse_double, parse_int,
    parse_interval, parse_port, parse_time,
};

/// Columns under construction.
pub(super) struct Decoder {
    decoded: Decoded,
    caches: Vec<WordCache>,
}

/// Consecutive regular rows of a block.
pub(super) struct Rows<'a> {
    pub(super) bytes: &'a [u8],
    /// The place before the first cell, then the end of each cell, and so many places more that each row's first cell
    /// is followed by as many places as a row has cells.
    pub(super) ends: &'a [u32],
    pub(super) n_rows: usize,
    /// Where in `bytes` the block's lines start.
    pub(super) first: usize,
}

/// The columns of a stretch of rows.
pub(super) struct Decoded {
    pub(super) columns: Vec<Option<Column>>,
    pub(super) row_offsets: Vec<u32>,
}

impl Decoder {
    /// Empty columns, with room for `n_rows`.
    pub(super) fn new(rules: &Rules, n_rows: usize) -> Self {
        let mut columns: Vec<_> = (0..rules.n_columns).map(|_| None).collect();
        for wanted in &rules.wanted {
            let mut column = Column::new(wanted.ty, wanted.storage);
            column.reserve(n_rows);
            columns[wanted.column_idx] = Some(column);
        }
        let caches = rules.wanted.iter().map(|_| WordCache::default()).collect();
        Self { decoded: Decoded { columns, row_offsets: Vec::with_capacity(n_rows) }, caches }
    }

    /// Adds a group of rows, or leaves everything as it was.
    pub(super) fn group(
        &mut self,
        arch: Arch,
        rules: &Rules,
        rows: &Rows<'_>,
        strictness: Strictness,
    ) -> Result<Warnings, Fault> {
        let group = Group {
            bytes: rows.bytes,
            ends: rows.ends,
            n_rows: rows.n_rows,
            rules,
            strictness,
            columns: &mut self.decoded.columns,
            caches: &mut self.caches,
        };
        let result = group.decode(arch);
        if result.is_err() {
            self.truncate();
        } else {
            let n_cells = rules.header.schema().len();
            let starts = rows.ends.chunks_exact(n_cells).take(rows.n_rows);
            self.decoded.row_offsets.extend(starts.map(|row| row[0].wrapping_add(1) - rows.first as u32));
        }
        result
    }

    /// Drops what was added to the columns since the last whole row.
    fn truncate(&mut self) {
        let n_rows = self.n_rows();
        self.decoded.columns.iter_mut().flatten().for_each(|column| column.truncate(n_rows));
        self.caches.iter_mut().for_each(WordCache::clear);
    }

    pub(super) fn n_rows(&self) -> usize {
        self.decoded.row_offsets.len()
    }

    pub(super) fn finish(self) -> (Decoded, Vec<WordCache>) {
        (self.decoded, self.caches)
    }

    /// Keeps the memory of columns that are no longer looked at.
    pub(super) fn reuse(mut decoded: Decoded, mut caches: Vec<WordCache>) -> Self {
        if !decoded.row_offsets.is_empty() {
            decoded.row_offsets.clear();
            decoded.columns.iter_mut().flatten().for_each(|column| column.truncate(0));
        }
        caches.iter_mut().for_each(WordCache::clear);
        Self { decoded, caches }
    }

    /// Adds a row that starts `offset` bytes into the block's lines, or leaves everything as it was.
    pub(super) fn record(
        &mut self,
        rules: &Rules,
        record: &Record<'_>,
        offset: usize,
    ) -> Result<Warnings, Error> {
        let mut warnings = Warnings::default();
        let columns = &mut self.decoded.columns;
        let result = rules.wanted.iter().try_for_each(|wanted| {
            let column = columns[wanted.column_idx].as_mut().expect("wanted columns exist");
            column
                .push_cell(record.rules(), *wanted, record.cell(wanted.cell_idx), &mut warnings)
                .map_err(|fault| record.value_error(wanted.cell_idx, wanted.ty, fault))
        });
        match result {
            Ok(()) => self.decoded.row_offsets.push(u32::try_from(offset).expect("a block is below 4 GiB")),
            Err(_) => self.truncate(),
        }
        result.map(|()| warnings)
    }
}

impl Column {
    fn new(ty: Type, storage: Storage) -> Self {
        let values = match ty {
            Type::TIME => Values::Time(Vec::new()),
            Type::INTERVAL => Values::Interval(Vec::new()),
            Type::COUNT => Values::Count(Vec::new()),
            Type::INT => Values::Int(Vec::new()),
            Type::DOUBLE => Values::Double(Vec::new()),
            Type::PORT => Values::Port(Vec::new()),
            Type::BOOL => Values::Bool(Vec::new()),
            Type::ADDR => Values::Addr(Vec::new()),
            Type::Scalar(scalar) if scalar.is_text() && storage == Storage::Dictionary => {
                Values::Dictionary(Dictionary::default())
            }
            _ => Values::Bytes(BytesColumn::default()),
        };
        Self { values, present: Bitmap::default() }
    }

    pub(super) fn truncate(&mut self, n_rows: usize) {
        self.present.truncate(n_rows);
        match &mut self.values {
            Values::Time(values) | Values::Interval(values) | Values::Int(values) => values.truncate(n_rows),
            Values::Count(values) => values.truncate(n_rows),
            Values::Double(values) => values.truncate(n_rows),
            Values::Port(values) => values.truncate(n_rows),
            Values::Bool(values) => values.truncate(n_rows),
            Values::Addr(values) => values.truncate(n_rows),
            Values::Dictionary(dictionary) => dictionary.truncate(&self.present),
            Values::Bytes(values) => values.truncate(n_rows),
        }
    }

    /// Adds one cell.
    fn push_cell(
        &mut self,
        rules: value::Rules<'_>,
        wanted: Wanted,
        cell: &[u8],
        warnings: &mut Warnings,
    ) -> Result<(), Fault> {
        if rules.header.is_unset(cell) {
            self.push_unset();
            return Ok(());
        }
        match &mut self.values {
            Values::Time(values) => values.push(read_with(cell, rules, warnings, parse_time, mend_time)?),
            Values::Interval(values) => {
                values.push(read_with(cell, rules, warnings, parse_interval, mend_interval)?);
            }
            Values::Count(values) => values.push(read_with(cell, rules, warnings, parse_count, mend_count)?),
            Values::Int(values) => values.push(read_with(cell, rules, warnings, parse_int, mend_int)?),
            Values::Double(values) => {
                values.push(read_with(cell, rules, warnings, parse_double, mend_double)?)
            }
            Values::Port(values) => {
                values.push(read_with(cell, rules, warnings, parse_port, mend_port)?.number)
            }
            Values::Bool(values) => values.push(read_with(cell, rules, warnings, parse_bool, mend_bool)?),
            Values::Addr(values) => values.push(read_with(cell, rules, warnings, parse_addr, mend_addr)?),
            Values::Dictionary(dictionary) => {
                let code = dictionary.code(&read_text(cell, rules, warnings));
                dictionary.codes.push(code);
            }
            Values::Bytes(values) if wanted.is_text() => values.push(&read_text(cell, rules, warnings)),
            Values::Bytes(values) => values.push(cell),
        }
        self.present.push(true);
        Ok(())
    }

    fn push_unset(&mut self) {
        self.present.push(false);
        match &mut self.values {
            Values::Time(values) | Values::Interval(values) | Values::Int(values) => values.push(0),
            Values::Count(values) => values.push(0),
            Values::Double(values) => values.push(0.0),
            Values::Port(values) => values.push(0),
            Values::Bool(values) => values.push(false),
            Values::Addr(values) => values.push(IpAddr::V4(Ipv4Addr::UNSPECIFIED)),
            Values::Dictionary(dictionary) => dictionary.codes.push(0),
            Values::Bytes(values) => values.push(b""),
        }
    }
}
