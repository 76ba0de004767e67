//! Up to 64 regular rows to columns, one column after another.
//!
//! For each column the cells' last bytes and lengths are copied into arrays, then arithmetic runs over the arrays, which
//! the compiler turns into vector instructions when [`Group`] is called by `pulp`'s `vectorize`. A cell that is not
//! spelled in the common way is read by the same function that reads single cells; if that refuses it, the whole group
//! is refused, and the caller reads its rows one by one.

use pulp::{Arch, NullaryFnOnce};

use super::Column;
use super::block::PADDING;
use super::column::{Dictionary, Values};
use super::digits::{are_digits, last_bytes, last_digits, number_of};
use super::layout::{Rules, Wanted};
use super::word_cache::{WordCache, key_of};
use crate::value::{read_text, read_with};
use crate::{
    Fault, Strictness, Warnings, mend_bool, mend_count, mend_double, mend_int, mend_interval, mend_port,
    mend_time, parse_addr, parse_bool, parse_count, parse_double, parse_int, parse_interval, parse_port,
    parse_time,
};

/// Rows decoded at a time.
pub(super) const GROUP: usize = 64;

/// Consecutive rows whose number of cells is right and which are no meta lines.
pub(super) struct Group<'a> {
    pub(super) bytes: &'a [u8],
    /// The place before the first cell, then the end of each cell; and more, to make up one row more.
    pub(super) ends: &'a [u32],
    pub(super) n_rows: usize,
    pub(super) rules: &'a Rules,
    pub(super) strictness: Strictness,
    pub(super) columns: &'a mut [Option<Column>],
    /// One for each wanted cell.
    pub(super) caches: &'a mut [WordCache],
}

impl Group<'_> {
    /// Appends the rows to the columns; on a fault the columns are left with some of them.
    pub(super) fn decode(self, arch: Arch) -> Result<Warnings, Fault> {
        match arch {
            #[cfg(target_arch = "x86_64")]
            Arch::V4(simd) => simd.vectorize(self),
            #[cfg(target_arch = "x86_64")]
            Arch::V3(simd) => simd.vectorize(self),
            _ => self.call(),
        }
    }
}

impl NullaryFnOnce for Group<'_> {
    type Output = Result<Warnings, Fault>;

    #[inline(always)]
    fn call(self) -> Self::Output {
        let mut reader = CellReader {
            rules: crate::value::Rules {
                header: &self.rules.header,
                strictness: self.strictness,
                has_escapes: true,
            },
            warnings: Warnings::default(),
        };
        let mut words = Words::NONE;
        for (wanted, cache) in self.rules.wanted.iter().zip(self.caches) {
            let cells = Cells {
                bytes: self.bytes,
                ends: self.ends,
                cell_idx: wanted.cell_idx,
                n_cells: self.rules.header.schema().len(),
                n_rows: self.n_rows,
            };
            let column = self.columns[wanted.column_idx].as_mut().expect("wanted columns exist");
            reader.column(&cells, *wanted, self.rules, column, cache, &mut words)?;
        }
        Ok(reader.warnings)
    }
}

/// The cells of one column.
struct Cells<'a> {
    bytes: &'a [u8],
    ends: &'a [u32],
    cell_idx: usize,
    n_cells: usize,
    n_rows: usize,
}

/// What stands at the ends of the cells. What is there for rows that are not, and for words before a cell's first byte,
/// does not matter.
struct Words {
    last: [u64; GROUP],
    len: [u64; GROUP],
    max_len: u64,
    /// Words further to the front, where a cell may be that long.
    before: [u64; GROUP],
    before_that: [u64; GROUP],
}

impl Words {
    const NONE: Self =
        Self { last: [0; GROUP], len: [0; GROUP], max_len: 0, before: [0; GROUP], before_that: [0; GROUP] };
}

impl<'a> Cells<'a> {
    #[inline(always)]
    fn find_words(&self, words: &mut Words) {
        // What stands before the cell comes first in a chunk, the cell's end second.
        let rows = self.ends[self.cell_idx..].chunks_exact(self.n_cells).take(self.n_rows);
        for (row, chunk) in rows.enumerate() {
            let (before, end) = (chunk[0], chunk[1]);
            // The remainder tells the compiler what is so anyway.
            words.len[row % GROUP] = u64::from(end.wrapping_sub(before).wrapping_sub(1));
            words.last[row % GROUP] = self.word_before(end as usize);
        }
        // Lane by lane, for a vector's maximum.
        let mut longest = [0; 8];
        for lens in words.len.as_chunks::<8>().0 {
            for (longest, &len) in longest.iter_mut().zip(lens) {
                *longest = if len > *longest { len } else { *longest };
            }
        }
        words.max_len = longest.into_iter().max().unwrap_or(0);
    }

    /// The words that end `distance` bytes before the cells do.
    #[inline(always)]
    fn find_words_before(&self, distance: usize, words: &mut [u64; GROUP]) {
        let rows = self.ends[self.cell_idx + 1..].chunks_exact(self.n_cells).take(self.n_rows);
        for (row, chunk) in rows.enumerate() {
            words[row % GROUP] = self.word_before(chunk[0] as usize - distance);
        }
    }

    /// The eight bytes before a place.
    #[inline(always)]
    fn word_before(&self, end: usize) -> u64 {
        const { assert!(PADDING >= 24, "words start up to 24 bytes before the first cell's end") };
        u64::from_le_bytes(*self.bytes[..end].last_chunk().expect("padding stands before the cells"))
    }

    #[inline(always)]
    fn cell(&self, row: usize) -> &'a [u8] {
        let at = self.cell_idx + row * self.n_cells;
        &self.bytes[self.ends[at].wrapping_add(1) as usize..self.ends[at + 1] as usize]
    }

    /// The bits of the rows there are.
    #[inline(always)]
    fn rows(&self) -> u64 {
        u64::MAX >> (GROUP - self.n_rows)
    }
}

/// A bit for each row.
#[inline(always)]
fn bits(is_set: impl Fn(usize) -> bool) -> u64 {
    let mut bits = 0;
    for row in 0..GROUP {
        bits |= u64::from(is_set(row)) << row;
    }
    bits
}

/// The places of the set bits.
fn set_bits(mut bits: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let row = (bits != 0).then(|| bits.trailing_zeros() as usize)?;
        bits &= bits - 1;
        Some(row)
    })
}

/// Appends the first `n_rows` values; most groups are full, and a copy of known size is a few instructions.
#[inline(always)]
fn push_rows<V: Copy>(values: &mut Vec<V>, rows: &[V; GROUP], n_rows: usize) {
    if n_rows == GROUP {
        values.extend_from_slice(rows);
    } else {
        values.extend_from_slice(&rows[..n_rows]);
    }
}

/// Decoded numbers, and the rows whose cells need another look.
struct Numbers {
    values: [u64; GROUP],
    odd: u64,
}

/// Up to 16 digits.
#[inline(always)]
fn whole_numbers(cells: &Cells<'_>, words: &mut Words) -> Numbers {
    let mut values = [0; GROUP];
    let mut is_odd = [0_u64; GROUP];
    for row in 0..GROUP {
        let (digits, len) = (last_digits(words.last[row], words.len[row]), words.len[row]);
        let is_good = are_digits(digits) & (len.wrapping_sub(1) < 8);
        values[row] = if is_good { number_of(digits) } else { 0 };
        is_odd[row] = u64::from(!is_good);
    }
    if words.max_len > 8 {
        cells.find_words_before(8, &mut words.before);
        for row in 0..GROUP {
            let len = words.len[row];
            let (low, high) =
                (last_digits(words.last[row], len), last_digits(words.before[row], len.saturating_sub(8)));
            let is_good = are_digits(low) & are_digits(high) & (len.wrapping_sub(1) < 16);
            values[row] = if is_good { number_of(high) * 100_000_000 + number_of(low) } else { 0 };
            is_odd[row] = u64::from(!is_good);
        }
    }
    Numbers { values, odd: bits(|row| is_odd[row] != 0) }
}

/// `digits.digits` with six digits after the point and up to twelve before it, in millionths.
#[inline(always)]
fn micros(cells: &Cells<'_>, words: &mut Words) -> Numbers {
    const TAIL: u64 = u64::from_le_bytes([0, 0xff, 0, 0, 0, 0, 0, 0]);
    const POINT: u64 = u64::from_le_bytes([0, b'.', 0, 0, 0, 0, 0, 0]);
    cells.find_words_before(7, &mut words.before);
    if words.max_len > 15 {
        cells.find_words_before(15, &mut words.before_that);
    }
    let mut values = [0; GROUP];
    let mut is_odd = [0_u64; GROUP];
    for row in 0..GROUP {
        let len = words.len[row];
        let fraction = last_digits(words.last[row], 6);
        let low = last_digits(words.before[row], len.saturating_sub(7));
        let high = last_digits(words.before_that[row], len.saturating_sub(15));
        let is_good = (words.last[row] & TAIL == POINT)
            & are_digits(fraction)
            & are_digits(low)
            & are_digits(high)
            & (len.wrapping_sub(8) < 12);
        let seconds = number_of(high) * 100_000_000 + number_of(low);
        values[row] = if is_good { seconds * 1_000_000 + number_of(fraction) } else { 0 };
        is_odd[row] = u64::from(!is_good);
    }
    Numbers { values, odd: bits(|row| is_odd[row] != 0) }
}

/// Reads cells one by one where that is needed.
struct CellReader<'a> {
    rules: crate::value::Rules<'a>,
    warnings: Warnings,
}

impl CellReader<'_> {
    #[inline(always)]
    fn column(
        &mut self,
        cells: &Cells<'_>,
        wanted: Wanted,
        rules: &Rules,
        column: &mut Column,
        cache: &mut WordCache,
        words: &mut Words,
    ) -> Result<(), Fault> {
        cells.find_words(words);
        let unset = self.unset(cells, words, rules);
        let set = cells.rows() & !unset;
        let n_rows = cells.n_rows;
        match &mut column.values {
            Values::Time(values) => {
                let numbers = micros(cells, words);
                let first = values.len();
                push_rows(values, &numbers.values.map(u64::cast_signed), n_rows);
                self.odd(cells, numbers.odd & set, &mut values[first..], parse_time, mend_time)?;
            }
            Values::Interval(values) => {
                let numbers = micros(cells, words);
                let first = values.len();
                push_rows(values, &numbers.values.map(u64::cast_signed), n_rows);
                self.odd(cells, numbers.odd & set, &mut values[first..], parse_interval, mend_interval)?;
            }
            Values::Count(values) => {
                let numbers = whole_numbers(cells, words);
                let first = values.len();
                push_rows(values, &numbers.values, n_rows);
                self.odd(cells, numbers.odd & set, &mut values[first..], parse_count, mend_count)?;
            }
            Values::Int(values) => {
                let numbers = whole_numbers(cells, words);
                let first = values.len();
                push_rows(values, &numbers.values.map(u64::cast_signed), n_rows);
                self.odd(cells, numbers.odd & set, &mut values[first..], parse_int, mend_int)?;
            }
            Values::Port(values) => {
                let numbers = whole_numbers(cells, words);
                let first = values.len();
                push_rows(values, &numbers.values.map(|number| number as u16), n_rows);
                let beyond = bits(|row| numbers.values[row] > u64::from(u16::MAX));
                let parse = |cell: &[u8]| parse_port(cell).map(|port| port.number);
                let mend = |cell: &[u8]| mend_port(cell).map(|(port, warning)| (port.number, warning));
                self.odd(cells, (numbers.odd | beyond) & set, &mut values[first..], parse, mend)?;
            }
            Values::Double(values) => {
                let first = values.len();
                values.resize(first + n_rows, 0.0);
                self.odd(cells, set, &mut values[first..], parse_double, mend_double)?;
            }
            Values::Bool(values) => {
                let first = values.len();
                values.resize(first + n_rows, false);
                self.odd(cells, set, &mut values[first..], parse_bool, mend_bool)?;
            }
            Values::Addr(values) => {
                let first = values.len();
                values.resize(first + n_rows, std::net::IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED));
                self.odd(cells, set, &mut values[first..], parse_addr, crate::value::mend_addr)?;
            }
            Values::Dictionary(dictionary) => self.codes(cells, words, set, dictionary, cache),
            Values::Bytes(values) => {
                for row in 0..n_rows {
                    let is_set = set >> row & 1 == 1;
                    let cell = if is_set { cells.cell(row) } else { b"" };
                    if is_set && wanted.is_text() {
                        values.push(&read_text(cell, self.rules, &mut self.warnings));
                    } else {
                        values.push(cell);
                    }
                }
            }
        }
        column.present.push_many(set, n_rows);
        Ok(())
    }

    /// Numbers the texts of a column.
    #[inline(always)]
    fn codes(
        &mut self,
        cells: &Cells<'_>,
        words: &Words,
        set: u64,
        dictionary: &mut Dictionary,
        cache: &mut WordCache,
    ) {
        let mut keys = [0; GROUP];
        for ((key, &last), &len) in keys.iter_mut().zip(&words.last).zip(&words.len) {
            *key = key_of(last_bytes(last, len), len);
        }
        let mut codes = [0; GROUP];
        for (row, code) in codes.iter_mut().enumerate().take(cells.n_rows) {
            *code = match cache.get(keys[row]) {
                Some(code) => code,
                None if set >> row & 1 == 0 => {
                    cache.insert(keys[row], 0);
                    0
                }
                None => {
                    let text = read_text(cells.cell(row), self.rules, &mut self.warnings);
                    let code = dictionary.code(&text);
                    cache.insert(keys[row], code);
                    code
                }
            };
        }
        push_rows(&mut dictionary.codes, &codes, cells.n_rows);
    }

    /// The rows whose cell is the marker for unset.
    #[inline(always)]
    fn unset(&self, cells: &Cells<'_>, words: &Words, rules: &Rules) -> u64 {
        match rules.unset_word {
            Some((word, n_bytes)) => bits(|row| {
                (last_bytes(words.last[row], words.len[row]) == word) & (words.len[row] == n_bytes)
            }),
            None => set_bits(cells.rows())
                .filter(|&row| self.rules.header.is_unset(cells.cell(row)))
                .fold(0, |unset, row| unset | 1 << row),
        }
    }

    /// Reads the cells of the given rows one by one.
    #[inline(always)]
    fn odd<V>(
        &mut self,
        cells: &Cells<'_>,
        odd: u64,
        values: &mut [V],
        parse: impl Fn(&[u8]) -> Result<V, Fault>,
        mend: impl Fn(&[u8]) -> Result<(V, crate::Warning), Fault>,
    ) -> Result<(), Fault> {
        for row in set_bits(odd) {
            values[row] = read_with(cells.cell(row), self.rules, &mut self.warnings, &parse, &mend)?;
        }
        Ok(())
    }
}
