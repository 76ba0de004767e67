//! A third reader that shares no code with the crate: line by line, cell by cell, by the letter of the format.
//!
//! It knows headers of the usual form and cells in the spelling of Zeek's writer, and says nothing of anything else.

use std::collections::BTreeMap;
use std::net::IpAddr;

/// Names and printed values of the cells that are set.
pub(crate) type Row = Vec<(String, String)>;

/// What is kept of a log; all of a long one would be gigabytes of strings.
pub(crate) const MAX_BYTES: usize = 4_000_000;

/// The header in force.
#[derive(Default)]
struct Header {
    separator: Vec<u8>,
    unset: Vec<u8>,
    empty: Vec<u8>,
    names: Vec<String>,
    types: Vec<String>,
}

/// The rows of a log by the place of their first byte; `None` for a row that this reader does not understand.
///
/// No rows for a log that does not start with a header of the usual form; the rows of the first [`MAX_BYTES`] of one that
/// does.
pub(crate) fn rows_of(log: &[u8]) -> BTreeMap<u64, Option<Row>> {
    let mut rows = BTreeMap::new();
    let (mut header, mut at) = (Header::default(), 0);
    if !log.starts_with(b"#separator ") {
        return rows;
    }
    for line in log.split(|&byte| byte == b'\n') {
        if at > MAX_BYTES as u64 {
            break;
        }
        let start = at;
        at += line.len() as u64 + 1;
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.starts_with(b"#") {
            directive(line, &mut header);
        } else if !line.is_empty() {
            rows.insert(start, row_of(line, &header));
        }
    }
    rows
}

fn directive(line: &[u8], header: &mut Header) {
    if let Some(separator) = line.strip_prefix(b"#separator ") {
        let separator = String::from_utf8_lossy(separator);
        let hex = separator.split("\\x").skip(1);
        let separator: Option<Vec<u8>> = hex.map(|hex| u8::from_str_radix(hex, 16).ok()).collect();
        *header = Header { separator: separator.unwrap_or_default(), ..Header::default() };
    }
    if header.separator.is_empty() {
        return;
    }
    let cells = split(line, &header.separator);
    let text = |idx: usize| cells.get(idx).map(|cell| cell.to_vec()).unwrap_or_default();
    let texts = || cells[1..].iter().map(|cell| String::from_utf8_lossy(cell).into_owned()).collect();
    match cells[0] {
        b"#unset_field" => header.unset = text(1),
        b"#empty_field" => header.empty = text(1),
        b"#fields" => header.names = texts(),
        b"#types" => header.types = texts(),
        _ => {}
    }
}

fn row_of(line: &[u8], header: &Header) -> Option<Row> {
    if header.separator.is_empty() {
        return None;
    }
    let cells = split(line, &header.separator);
    let is_regular = cells.len() == header.names.len() && cells.len() == header.types.len();
    if !is_regular || header.unset.is_empty() || line.contains(&b'\\') {
        return None;
    }
    let mut row = Row::new();
    for (idx, cell) in cells.iter().enumerate() {
        let is_first = !header.names[..idx].contains(&header.names[idx]);
        if is_first && *cell != header.unset {
            row.push((header.names[idx].clone(), value_of(cell, &header.types[idx], &header.empty)?));
        }
    }
    row.sort();
    Some(row)
}

fn value_of(cell: &[u8], ty: &str, empty: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(cell).ok();
    let number =
        text.filter(|text| text.trim_start_matches('-').starts_with(|first: char| first.is_ascii_digit()));
    match ty {
        "time" | "interval" => micros_of(number?),
        "count" => number?.parse::<u64>().ok().map(|count| count.to_string()),
        "int" => number?.parse::<i64>().ok().map(|int| int.to_string()),
        "port" => number?.parse::<u16>().ok().map(|port| port.to_string()),
        "double" => number?
            .parse::<f64>()
            .ok()
            .filter(|double| double.is_finite())
            .map(|double| format!("{double:?}")),
        "bool" => [("T", "true"), ("F", "false")]
            .into_iter()
            .find(|(letter, _)| Some(*letter) == text)
            .map(|(_, word)| word.to_owned()),
        "addr" => text?.parse::<IpAddr>().ok().map(|addr| addr.to_string()),
        "string" | "enum" | "pattern" | "func" | "file" if cell == empty => Some(String::new()),
        _ => Some(cell.escape_ascii().to_string()),
    }
}

/// Seconds with six decimals, in millionths.
fn micros_of(text: &str) -> Option<String> {
    let (whole, fraction) = text.split_once('.').filter(|(_, fraction)| fraction.len() == 6)?;
    let sign = if whole.starts_with('-') { -1 } else { 1 };
    let micros = whole.parse::<i64>().ok()?.checked_abs()?.checked_mul(1_000_000)?;
    Some((sign * micros.checked_add(fraction.parse::<u32>().ok()?.into())?).to_string())
}

fn split<'a>(line: &'a [u8], separator: &[u8]) -> Vec<&'a [u8]> {
    if let [separator] = separator {
        return line.split(|byte| byte == separator).collect();
    }
    let (mut cells, mut rest) = (Vec::new(), line);
    while let Some(at) = rest.windows(separator.len()).position(|window| window == separator) {
        cells.push(&rest[..at]);
        rest = &rest[at + separator.len()..];
    }
    cells.push(rest);
    cells
}
