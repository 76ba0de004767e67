use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr};

use super::{Bitmap, huge};

/// One field of many rows: typed values, and a bit a row that says whether the cell was set.
///
/// Where a cell is unset the value is zero, `false`, `0.0.0.0`, code 0 or no bytes: look at
/// [`present`](Self::present) first. An empty string (`(empty)`) is present and has no bytes.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    pub(super) values: Values,
    pub(super) present: Bitmap,
}

/// The values of a [`Column`], one for each row.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Values {
    /// `time`: microseconds since 1970-01-01 UTC.
    Time(Vec<i64>),
    /// `interval`: microseconds.
    Interval(Vec<i64>),
    /// `count`.
    Count(Vec<u64>),
    /// `int`.
    Int(Vec<i64>),
    /// `double`.
    Double(Vec<f64>),
    /// `port`, without a protocol suffix.
    Port(Vec<u16>),
    /// `bool`.
    Bool(Vec<bool>),
    /// `addr`.
    Addr(Vec<IpAddr>),
    /// `string` and `enum` asked for by [`Projection::dictionary`](super::Projection::dictionary).
    Dictionary(Dictionary),
    /// Every other text: `string` and `enum` with escapes decoded, containers and unknown types as they stand.
    Bytes(BytesColumn),
}

impl Column {
    /// The typed values.
    #[must_use]
    pub const fn values(&self) -> &Values {
        &self.values
    }

    /// Which rows are set.
    #[must_use]
    pub const fn present(&self) -> &Bitmap {
        &self.present
    }

    /// The values, and which rows are set, to be kept or changed without a copy.
    #[must_use]
    pub fn into_parts(self) -> (Values, Bitmap) {
        (self.values, self.present)
    }

    /// Number of rows.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.present.len()
    }

    /// True when there are no rows.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.present.is_empty()
    }

    /// Number of unset cells.
    #[must_use]
    pub fn n_unset(&self) -> usize {
        self.len() - self.present.count_ones()
    }

    /// The microseconds of a `time` or `interval` column.
    #[must_use]
    pub fn as_micros(&self) -> Option<&[i64]> {
        match &self.values {
            Values::Time(micros) | Values::Interval(micros) => Some(micros),
            _ => None,
        }
    }

    /// The values of a `count` column.
    #[must_use]
    pub fn as_count(&self) -> Option<&[u64]> {
        if let Values::Count(counts) = &self.values { Some(counts) } else { None }
    }

    /// The values of a `port` column.
    #[must_use]
    pub fn as_port(&self) -> Option<&[u16]> {
        if let Values::Port(ports) = &self.values { Some(ports) } else { None }
    }

    /// The values of an `addr` column.
    #[must_use]
    pub fn as_addr(&self) -> Option<&[IpAddr]> {
        if let Values::Addr(addrs) = &self.values { Some(addrs) } else { None }
    }

    /// The codes and distinct values of a dictionary column.
    #[must_use]
    pub const fn as_dictionary(&self) -> Option<&Dictionary> {
        if let Values::Dictionary(dictionary) = &self.values { Some(dictionary) } else { None }
    }

    /// The text of a column that is neither number, address nor dictionary.
    #[must_use]
    pub const fn as_bytes(&self) -> Option<&BytesColumn> {
        if let Values::Bytes(bytes) = &self.values { Some(bytes) } else { None }
    }

    /// The bytes of a text or dictionary cell; `None` if unset, or if the column is of another type.
    ///
    /// # Panics
    /// If `row` is not below [`len`](Self::len).
    #[must_use]
    pub fn bytes(&self, row: usize) -> Option<&[u8]> {
        if !self.present.get(row) {
            return None;
        }
        match &self.values {
            Values::Dictionary(dictionary) => Some(dictionary.value(dictionary.codes[row])),
            Values::Bytes(bytes) => Some(bytes.get(row)),
            _ => None,
        }
    }
}

impl Column {
    /// A column of the same type whose rows are all unset.
    pub(super) fn unset_like(&self, n_rows: usize) -> Self {
        let values = match &self.values {
            Values::Time(_) => Values::Time(vec![0; n_rows]),
            Values::Interval(_) => Values::Interval(vec![0; n_rows]),
            Values::Count(_) => Values::Count(vec![0; n_rows]),
            Values::Int(_) => Values::Int(vec![0; n_rows]),
            Values::Double(_) => Values::Double(vec![0.0; n_rows]),
            Values::Port(_) => Values::Port(vec![0; n_rows]),
            Values::Bool(_) => Values::Bool(vec![false; n_rows]),
            Values::Addr(_) => Values::Addr(vec![IpAddr::V4(Ipv4Addr::UNSPECIFIED); n_rows]),
            Values::Dictionary(_) => {
                Values::Dictionary(Dictionary { codes: vec![0; n_rows], ..Dictionary::default() })
            }
            Values::Bytes(_) => Values::Bytes(BytesColumn { ends: vec![0; n_rows], bytes: Vec::new() }),
        };
        Self { values, present: Bitmap::unset(n_rows) }
    }

    /// Makes room for more rows.
    pub(super) fn reserve(&mut self, n_rows: usize) {
        match &mut self.values {
            Values::Time(values) | Values::Interval(values) | Values::Int(values) => {
                huge::reserve(values, n_rows)
            }
            Values::Count(values) => huge::reserve(values, n_rows),
            Values::Double(values) => huge::reserve(values, n_rows),
            Values::Port(values) => huge::reserve(values, n_rows),
            Values::Bool(values) => huge::reserve(values, n_rows),
            Values::Addr(values) => huge::reserve(values, n_rows),
            Values::Dictionary(dictionary) => huge::reserve(&mut dictionary.codes, n_rows),
            Values::Bytes(values) => huge::reserve(&mut values.ends, n_rows),
        }
        self.present.reserve(n_rows);
    }

    /// Forgets all rows, to be filled again for the end of `whole`, a column of the same type.
    pub(super) fn restart(&mut self, whole: &Self) {
        match (&mut self.values, &whole.values) {
            (Values::Dictionary(part), Values::Dictionary(whole)) => {
                part.restart(whole);
                self.present = Bitmap::default();
            }
            _ => self.truncate(0),
        }
    }

    /// Appends the rows of a column of the same type; `None` if the types differ.
    pub(super) fn append(&mut self, other: &Self) -> Option<()> {
        match (&mut self.values, &other.values) {
            (Values::Time(values), Values::Time(others))
            | (Values::Interval(values), Values::Interval(others))
            | (Values::Int(values), Values::Int(others)) => values.extend_from_slice(others),
            (Values::Count(values), Values::Count(others)) => values.extend_from_slice(others),
            (Values::Double(values), Values::Double(others)) => values.extend_from_slice(others),
            (Values::Port(values), Values::Port(others)) => values.extend_from_slice(others),
            (Values::Bool(values), Values::Bool(others)) => values.extend_from_slice(others),
            (Values::Addr(values), Values::Addr(others)) => values.extend_from_slice(others),
            (Values::Dictionary(values), Values::Dictionary(others)) => values.append(others, &other.present),
            (Values::Bytes(values), Values::Bytes(others)) => values.append(others),
            _ => return None,
        }
        self.present.append(&other.present);
        Some(())
    }
}

/// Byte strings laid end to end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BytesColumn {
    pub(super) ends: Vec<u64>,
    pub(super) bytes: Vec<u8>,
}

impl BytesColumn {
    /// Number of strings.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.ends.len()
    }

    /// True when there are no strings.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// One string, decoded; no bytes where it is empty or unset.
    ///
    /// # Panics
    /// If `row` is not below [`len`](Self::len).
    #[must_use]
    pub fn get(&self, row: usize) -> &[u8] {
        let start = if row == 0 { 0 } else { self.ends[row - 1] };
        &self.bytes[start as usize..self.ends[row] as usize]
    }

    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
        self.ends.push(self.bytes.len() as u64);
    }

    fn append(&mut self, other: &Self) {
        let offset = self.bytes.len() as u64;
        self.bytes.extend_from_slice(&other.bytes);
        self.ends.extend(other.ends.iter().map(|end| offset + end));
    }

    pub(super) fn truncate(&mut self, len: usize) {
        if len >= self.ends.len() {
            return;
        }
        let end = if len == 0 { 0 } else { self.ends[len - 1] };
        self.ends.truncate(len);
        self.bytes.truncate(end as usize);
    }
}

/// Codes of rows and the distinct values they stand for, numbered by first appearance.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dictionary {
    pub(super) codes: Vec<u32>,
    pub(super) values: BytesColumn,
    pub(super) lookup: HashMap<Box<[u8]>, u32>,
}

impl Dictionary {
    /// One code for each row; 0 where unset.
    #[must_use]
    pub fn codes(&self) -> &[u32] {
        &self.codes
    }

    /// Number of distinct values.
    #[must_use]
    pub const fn n_values(&self) -> usize {
        self.values.len()
    }

    /// The value of a code, decoded.
    ///
    /// # Panics
    /// If `code` is not below [`n_values`](Self::n_values).
    #[must_use]
    pub fn value(&self, code: u32) -> &[u8] {
        self.values.get(code as usize)
    }

    /// The distinct values in order of their codes.
    #[must_use = "iterators are lazy"]
    pub fn values(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        (0..self.values.len()).map(|code| self.values.get(code))
    }

    fn append(&mut self, other: &Self, present: &Bitmap) {
        let codes: Vec<u32> = other.values().map(|value| self.code(value)).collect();
        if codes.iter().zip(0..).all(|(&code, other)| code == other) {
            // The code of unset rows is 0 in both.
            self.codes.extend_from_slice(&other.codes);
            return;
        }
        for (rows, word) in other.codes.chunks(64).zip(present.words()) {
            let code =
                |(row, &code): (usize, &u32)| if word >> row & 1 == 1 { codes[code as usize] } else { 0 };
            self.codes.extend(rows.iter().enumerate().map(code));
        }
    }

    /// Forgets all rows and takes over the numbering of `whole`, so that codes need no translation when they are appended to
    /// it; not if that would be long.
    fn restart(&mut self, whole: &Self) {
        const MAX_VALUES: usize = 64;
        self.codes.clear();
        if whole.n_values() <= MAX_VALUES {
            self.values.clone_from(&whole.values);
            self.lookup.clone_from(&whole.lookup);
        } else {
            (self.values, self.lookup) = Default::default();
        }
    }

    /// Keeps the rows of `present`, and the values that occur in them.
    pub(super) fn truncate(&mut self, present: &Bitmap) {
        self.codes.truncate(present.len());
        let set = self.codes.iter().zip(present.iter()).filter(|(_, is_set)| *is_set);
        // Values are numbered as they appear, so those that no row has any more are the last ones.
        let n_values = set.map(|(&code, _)| code as usize + 1).max().unwrap_or(0);
        self.values.truncate(n_values);
        self.lookup.retain(|_, code| (*code as usize) < n_values);
    }

    /// The code of a value, adding it when it is new.
    pub(super) fn code(&mut self, value: &[u8]) -> u32 {
        if let Some(&code) = self.lookup.get(value) {
            return code;
        }
        let code = u32::try_from(self.values.len()).expect("a column has fewer than 2^32 distinct values");
        self.values.push(value);
        self.lookup.insert(value.into(), code);
        code
    }
}
