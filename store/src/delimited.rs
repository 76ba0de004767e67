//! Rows as the delimited text that PostgreSQL's `COPY` and MariaDB's `LOAD DATA` read alike.

use std::{
    io::{self, Write},
    net::IpAddr,
};

use crate::{
    batch::{Batch, Cell},
    bulk::AddrBytes,
};

/// Bytes handed on at a time.
const BUFFER_BYTES: usize = 1 << 16;

/// Writes the rows of a batch, numbered from `first_id`: tabs between values, `\N` for unset ones, addresses in
/// hexadecimal behind a prefix.
pub(crate) fn write(
    out: &mut (impl Write + ?Sized),
    batch: &Batch,
    first_id: i64,
    addr_prefix: &str,
) -> io::Result<()> {
    let mut lines = Vec::with_capacity(BUFFER_BYTES * 2);
    for row_idx in 0..batch.n_rows {
        push_number(first_id + row_idx as i64, &mut lines);
        for cell in batch.row(row_idx) {
            lines.push(b'\t');
            match *cell {
                Cell::Unset => lines.extend_from_slice(b"\\N"),
                Cell::Int(value) => push_number(value, &mut lines),
                Cell::Text { start, end } => push_escaped(batch.text(start, end), &mut lines),
                Cell::Addr(addr) => push_addr(addr, addr_prefix, &mut lines),
            }
        }
        lines.push(b'\n');
        if lines.len() >= BUFFER_BYTES {
            out.write_all(&lines)?;
            lines.clear();
        }
    }
    out.write_all(&lines)
}

/// Decimal digits, without the detour over `fmt`.
fn push_number(value: i64, lines: &mut Vec<u8>) {
    let (mut digits, mut start, mut rest) = ([0; 20], 20, value.unsigned_abs());
    loop {
        start -= 1;
        digits[start] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    if value < 0 {
        lines.push(b'-');
    }
    lines.extend_from_slice(&digits[start..]);
}

/// The text is printable ASCII, with tabs between the cells of a last column.
fn push_escaped(text: &str, lines: &mut Vec<u8>) {
    if !text.bytes().any(|byte| matches!(byte, b'\\' | b'\t')) {
        return lines.extend_from_slice(text.as_bytes());
    }
    for &byte in text.as_bytes() {
        match byte {
            b'\\' => lines.extend_from_slice(b"\\\\"),
            b'\t' => lines.extend_from_slice(b"\\t"),
            _ => lines.push(byte),
        }
    }
}

fn push_addr(addr: IpAddr, prefix: &str, lines: &mut Vec<u8>) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    lines.extend_from_slice(prefix.as_bytes());
    for byte in AddrBytes::of(addr).as_slice() {
        lines.extend_from_slice(&[DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_those_of_fmt() {
        for value in [0, 7, -1, 10, 1_000_000, i64::MAX, i64::MIN] {
            let mut lines = Vec::new();
            push_number(value, &mut lines);
            assert_eq!(lines, value.to_string().as_bytes());
        }
    }

    #[test]
    fn what_separates_values_is_escaped_within_them() {
        let mut lines = Vec::new();
        push_escaped("a\\x09\tb", &mut lines);
        push_addr([10, 0, 0, 255].into(), "\\\\x", &mut lines);
        assert_eq!(lines, br"a\\x09\tb\\x0a0000ff");
    }
}
