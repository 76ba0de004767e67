//! Zeek's escapes: `\\` for a backslash, `\xhh` for any other byte that must not stand as it is.

use std::borrow::Cow;

/// How a backslash in a cell is to be read.
///
/// ```
/// use bro_log::{Backslash, escape};
/// let (modern, _) = escape::decode(br"a\\b", Backslash::Modern);
/// let (legacy, _) = escape::decode(br"a\\b", Backslash::Legacy);
/// assert_eq!(&*modern, br"a\b");
/// assert_eq!(&*legacy, br"a\\b");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Backslash {
    /// As 2.4 and later write: `\\` is a backslash.
    Modern,
    /// As before 2.4, when a backslash was written as it is; only `\xhh` is an escape.
    Legacy,
    /// Decided for each header block: [`Legacy`](Self::Legacy) if the block shows that Bro before 2.4 wrote it (a
    /// `table[…]` type, a whole header without `#open`, or a `conn` log with `missed_bytes` but no `local_resp`).
    #[default]
    Auto,
}

/// Decodes the escapes of a cell, left to right; borrowed when there is nothing to decode.
///
/// The second part tells whether a backslash started no escape and was taken as text, which no writer since 2.4
/// leaves. [`Backslash::Auto`] reads as [`Backslash::Modern`] here. Time O(n), memory O(n) only if a backslash occurs.
#[must_use]
pub fn decode(cell: &[u8], backslash: Backslash) -> (Cow<'_, [u8]>, bool) {
    match memchr::memchr(b'\\', cell) {
        None => (Cow::Borrowed(cell), false),
        Some(first) => decode_from(cell, first, backslash == Backslash::Legacy),
    }
}

/// The slow half of [`decode`]: `first` is the place of the first backslash.
#[cold]
fn decode_from(cell: &[u8], first: usize, is_legacy: bool) -> (Cow<'_, [u8]>, bool) {
    let mut text = Vec::with_capacity(cell.len());
    let mut has_lone = false;
    let (head, mut rest) = cell.split_at(first);
    text.extend_from_slice(head);
    while let Some(&byte) = rest.first() {
        let (decoded, width) = match rest {
            [b'\\', b'\\', ..] if !is_legacy => (b'\\', 2),
            [b'\\', b'x', high, low, ..] => hex_pair(*high, *low).map_or((b'\\', 1), |byte| (byte, 4)),
            _ => (byte, 1),
        };
        has_lone |= byte == b'\\' && width == 1;
        text.push(decoded);
        rest = &rest[width..];
    }
    if has_lone && text.len() == cell.len() {
        return (Cow::Borrowed(cell), !is_legacy);
    }
    (Cow::Owned(text), has_lone && !is_legacy)
}

/// Two hexadecimal digits of either case as a byte.
fn hex_pair(high: u8, low: u8) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let value = digit(high)? * 16 + digit(low)?;
    u8::try_from(value).ok()
}

/// Decodes the value of a header directive, where `\xhh` is the only escape and a backslash stands for itself.
#[must_use]
pub fn decode_header(value: &[u8]) -> Cow<'_, [u8]> {
    decode(value, Backslash::Legacy).0
}

/// Appends `text` as a cell's bytes: every byte of `special` and whatever is not printable ASCII as `\xhh`, another
/// backslash doubled. [`decode`] gives `text` back.
///
/// `special` holds the bytes of the separators. Zeek hexes only whole occurrences of a separator; hexing each of its
/// bytes reads the same and stays right when a value ends in the first half of a separator of two bytes.
///
/// ```
/// let mut cell = Vec::new();
/// bro_log::escape::encode(b"a\\b\tc,d", b"\t", &mut cell);
/// assert_eq!(cell, br"a\\b\x09c,d");
/// ```
pub fn encode(text: &[u8], special: &[u8], cell: &mut Vec<u8>) {
    for &byte in text {
        match byte {
            _ if special.contains(&byte) => encode_hex(byte, cell),
            b'\\' => cell.extend_from_slice(br"\\"),
            0x20..=0x7e => cell.push(byte),
            _ => encode_hex(byte, cell),
        }
    }
}

/// Appends `\xhh` for one byte.
pub(crate) fn encode_hex(byte: u8, cell: &mut Vec<u8>) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    cell.extend_from_slice(&[b'\\', b'x', DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
}
