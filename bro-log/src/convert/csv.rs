//! Rows between commas.

use std::{io::Write, sync::Arc};

use super::{Sink, fit::Places, survey::Columns, text::plain};
use crate::{
    error::Error, header::Header, record::Record, schema::Schema, value::Value, writer::write_error,
};

pub(super) struct CsvSink<W> {
    out: W,
    line: Vec<u8>,
    schema: Schema,
    is_safe: bool,
    places: Places,
    n_escaped: u64,
}

impl<W: Write> CsvSink<W> {
    /// Writes the names.
    pub(super) fn new(out: W, columns: Columns, is_safe: bool) -> Result<Self, Error> {
        let (places, line) = (Places::default(), Vec::new());
        let mut sink = Self { out, line, schema: columns.schema, is_safe, places, n_escaped: 0 };
        for (idx, field) in sink.schema.fields().iter().enumerate() {
            separate(idx, &mut sink.line);
            write_cell(field.name(), is_safe, &mut sink.line);
        }
        sink.end_line()?;
        Ok(sink)
    }

    fn end_line(&mut self) -> Result<(), Error> {
        self.line.push(b'\n');
        self.out.write_all(&self.line).map_err(write_error)?;
        self.line.clear();
        Ok(())
    }
}

impl<W: Write> Sink for CsvSink<W> {
    fn header(&mut self, header: &Arc<Header>) -> Result<(), Error> {
        self.places.put_header(header, &self.schema);
        Ok(())
    }

    fn row(&mut self, record: &Record<'_>) -> Result<(), Error> {
        for idx in 0..self.schema.len() {
            separate(idx, &mut self.line);
            let value = self.places.value(record, idx)?;
            if !value.is_unset() {
                let (text, is_escaped) = plain(&value);
                self.n_escaped += u64::from(is_escaped);
                write_cell(&text, self.is_safe && is_text(&value), &mut self.line);
            }
        }
        // A line of nothing would be no row.
        if self.line.is_empty() {
            self.line.extend_from_slice(b"\"\"");
        }
        self.end_line()
    }

    fn finish(mut self: Box<Self>) -> Result<u64, Error> {
        self.out.flush().map_err(write_error)?;
        Ok(self.n_escaped)
    }
}

fn separate(idx: usize, line: &mut Vec<u8>) {
    if idx > 0 {
        line.push(b',');
    }
}

/// Whether a value is what somebody else chose the first letter of.
fn is_text(value: &Value<'_>) -> bool {
    value.as_bytes().is_some() || value.elements().is_some()
}

/// A cell that is set, in quotes where it needs them; an empty one is a pair of quotes.
fn write_cell(text: &str, is_safe: bool, line: &mut Vec<u8>) {
    let is_formula = is_safe && text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']);
    let is_outside = |edge: Option<char>| edge.is_none_or(char::is_whitespace);
    let needs_quotes = text.contains(['"', ',', '\n', '\r'])
        || is_outside(text.chars().next())
        || is_outside(text.chars().next_back());
    let apostrophe = if is_formula { "'" } else { "" };
    if needs_quotes {
        let text = text.replace('"', "\"\"");
        write!(line, "\"{apostrophe}{text}\"").expect("a vector takes whatever is written");
    } else {
        write!(line, "{apostrophe}{text}").expect("a vector takes whatever is written");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, is_safe: bool, expected: &str) {
        let mut line = Vec::new();
        write_cell(text, is_safe, &mut line);
        assert_eq!(String::from_utf8(line).unwrap(), expected, "{text:?}");
    }

    #[test]
    fn cells_are_quoted_where_that_is_needed() {
        check("a", false, "a");
        check("", false, "\"\"");
        check("a,b", false, "\"a,b\"");
        check("say \"a\"", false, "\"say \"\"a\"\"\"");
        check("two\nlines", false, "\"two\nlines\"");
        check(" a", false, "\" a\"");
    }

    #[test]
    fn formulas_are_disarmed_on_request() {
        check("=1+1", false, "=1+1");
        check("=1+1", true, "'=1+1");
        check("@SUM(a,b)", true, "\"'@SUM(a,b)\"");
        check("-2+3", true, "'-2+3");
        check("a=1", true, "a=1");
    }
}
