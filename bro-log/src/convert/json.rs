//! Rows as JSON objects.

use std::{io::Write, sync::Arc};

use super::{
    Sink,
    text::{double, seconds},
};
use crate::{
    elements::Elements, error::Error, header::Header, record::Record, value::Value, writer::write_error,
};

pub(super) struct JsonSink<W> {
    out: W,
    line: Vec<u8>,
    has_path: bool,
    header: Option<Arc<Header>>,
    /// What each object starts with.
    start: Vec<u8>,
    /// The column's index and its key, quoted and with its colon.
    keys: Vec<(usize, Vec<u8>)>,
    n_escaped: u64,
}

impl<W: Write> JsonSink<W> {
    pub(super) fn new(out: W, has_path: bool) -> Self {
        let line = Vec::new();
        Self { out, line, has_path, header: None, start: b"{".to_vec(), keys: Vec::new(), n_escaped: 0 }
    }
}

impl<W: Write> Sink for JsonSink<W> {
    fn header(&mut self, header: &Arc<Header>) -> Result<(), Error> {
        if self.header.as_ref().is_some_and(|known| Arc::ptr_eq(known, header)) {
            return Ok(());
        }
        let schema = header.schema();
        self.start = b"{".to_vec();
        if let Some(path) = header.path().filter(|_| self.has_path) {
            self.start.extend_from_slice(b"\"_path\":");
            write_text(path.as_bytes(), &mut self.start);
        }
        self.keys.clear();
        for (idx, field) in schema.fields().iter().enumerate() {
            let is_path = self.has_path && field.name() == "_path";
            if schema.index_of(field.name()) == Some(idx) && !is_path {
                let mut key = Vec::new();
                write_text(field.name().as_bytes(), &mut key);
                key.push(b':');
                self.keys.push((idx, key));
            }
        }
        self.header = Some(Arc::clone(header));
        Ok(())
    }

    fn row(&mut self, record: &Record<'_>) -> Result<(), Error> {
        self.line.clear();
        self.line.extend_from_slice(&self.start);
        for (idx, key) in &self.keys {
            let value = record.get(*idx)?;
            if value.is_unset() {
                continue;
            }
            if self.line.len() > 1 {
                self.line.push(b',');
            }
            self.line.extend_from_slice(key);
            self.n_escaped += u64::from(write_value(&value, &mut self.line));
        }
        self.line.extend_from_slice(b"}\n");
        self.out.write_all(&self.line).map_err(write_error)
    }

    fn finish(mut self: Box<Self>) -> Result<u64, Error> {
        self.out.flush().map_err(write_error)?;
        Ok(self.n_escaped)
    }
}

/// Appends a value; whether bytes of it had to be escaped.
pub(super) fn write_value(value: &Value<'_>, out: &mut Vec<u8>) -> bool {
    let written = match value {
        Value::Unset => out.write_all(b"null"),
        Value::Bool(value) => write!(out, "{value}"),
        Value::Int(number) => write!(out, "{number}"),
        Value::Count(number) => write!(out, "{number}"),
        Value::Double(number) => out.write_all(double(*number).as_deref().unwrap_or("null").as_bytes()),
        Value::Time(time) => out.write_all(seconds(time.micros()).as_bytes()),
        Value::Interval(interval) => out.write_all(seconds(interval.micros()).as_bytes()),
        Value::Port(port) => write!(out, "{}", port.number),
        Value::Addr(addr) => write!(out, "\"{addr}\""),
        Value::Subnet(subnet) => write!(out, "\"{subnet}\""),
        Value::Set(elements) | Value::Vector(elements) => return write_array(elements, out),
        Value::String(text)
        | Value::Enum(text)
        | Value::Pattern(text)
        | Value::Func(text)
        | Value::File(text) => {
            return write_text(text, out);
        }
    };
    written.expect("a vector takes whatever is written");
    false
}

fn write_array(elements: &Elements<'_>, out: &mut Vec<u8>) -> bool {
    let mut is_escaped = false;
    out.push(b'[');
    for (idx, element) in elements.iter().enumerate() {
        if idx > 0 {
            out.push(b',');
        }
        is_escaped |= write_value(&element, out);
    }
    out.push(b']');
    is_escaped
}

/// Appends a JSON string; whether bytes were not UTF-8.
fn write_text(text: &[u8], out: &mut Vec<u8>) -> bool {
    let is_plain = |byte: &u8| matches!(byte, 0x20..=0x7e) && !b"\"\\".contains(byte);
    out.push(b'"');
    if text.iter().all(is_plain) {
        out.extend_from_slice(text);
        out.push(b'"');
        return false;
    }
    let mut is_escaped = false;
    for chunk in text.utf8_chunks() {
        chunk.valid().bytes().for_each(|byte| write_byte(byte, out));
        for byte in chunk.invalid() {
            write!(out, "\\\\x{byte:02x}").expect("a vector takes whatever is written");
            is_escaped = true;
        }
    }
    out.push(b'"');
    is_escaped
}

/// A byte of UTF-8 text inside quotes.
fn write_byte(byte: u8, out: &mut Vec<u8>) {
    match byte {
        b'"' | b'\\' => out.extend_from_slice(&[b'\\', byte]),
        b'\n' => out.extend_from_slice(b"\\n"),
        b'\r' => out.extend_from_slice(b"\\r"),
        b'\t' => out.extend_from_slice(b"\\t"),
        0..0x20 | 0x7f => write!(out, "\\u{byte:04x}").expect("a vector takes whatever is written"),
        _ => out.push(byte),
    }
}
