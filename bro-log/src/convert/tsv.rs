//! Rows with Zeek's default separators and markers.

use std::{io::Write, sync::Arc};

use super::{Sink, fit, survey::Columns};
use crate::{
    elements::Elements,
    error::Error,
    header::Header,
    record::Record,
    schema::Schema,
    value::Value,
    writer::{Writer, WriterBuilder, write_error},
};

pub(super) struct TsvSink<W: Write> {
    state: State<W>,
    /// Whether all rows have the columns of the first header.
    is_fixed: bool,
    places: fit::Places,
}

/// A writer can only be had with a header, and gives the output back when it is done.
enum State<W: Write> {
    Waiting(W),
    Writing(Box<Writer<W>>),
    /// An error took the output away.
    Broken,
}

impl<W: Write> TsvSink<W> {
    /// A new header wherever the columns change.
    pub(super) fn new(out: W) -> Self {
        Self { state: State::Waiting(out), is_fixed: false, places: fit::Places::default() }
    }

    /// One header for all rows.
    pub(super) fn with_columns(out: W, columns: Columns) -> Result<Self, Error> {
        let mut sink = Self { is_fixed: true, ..Self::new(out) };
        sink.start(columns.path.as_deref(), columns.open.as_deref(), columns.schema)?;
        Ok(sink)
    }

    /// Ends the block in force and starts another.
    fn start(&mut self, path: Option<&str>, open: Option<&str>, schema: Schema) -> Result<(), Error> {
        let out = match std::mem::replace(&mut self.state, State::Broken) {
            State::Waiting(out) => out,
            State::Writing(writer) => end(*writer)?,
            State::Broken => return Ok(()),
        };
        let builder = path.iter().fold(WriterBuilder::new(schema), |builder, path| builder.path(path));
        let builder = open.iter().fold(builder, |builder, open| builder.open(open));
        self.state = State::Writing(Box::new(builder.from_writer(out)?));
        Ok(())
    }
}

/// `#close` says when the log was opened, since when it was closed is not known.
fn end<W: Write>(writer: Writer<W>) -> Result<W, Error> {
    let open = writer.header().open().unwrap_or(WriterBuilder::DEFAULT_OPEN).to_owned();
    writer.finish(&open)
}

impl<W: Write> Sink for TsvSink<W> {
    fn header(&mut self, header: &Arc<Header>) -> Result<(), Error> {
        let is_as_before = match &self.state {
            State::Writing(writer) => {
                writer.header().path() == header.path() && writer.header().schema() == header.schema()
            }
            _ => false,
        };
        if !self.is_fixed && !is_as_before {
            self.start(header.path(), header.open(), header.schema().clone())?;
        }
        if let State::Writing(writer) = &self.state {
            self.places.put_header(header, writer.header().schema());
        }
        Ok(())
    }

    fn row(&mut self, record: &Record<'_>) -> Result<(), Error> {
        let State::Writing(writer) = &mut self.state else { return Ok(()) };
        if !self.is_fixed {
            let row: Vec<_> = record.values().collect::<Result<_, _>>()?;
            return writer.write(&row);
        }
        let fields = writer.header().schema().fields();
        let mut lists = Vec::with_capacity(fields.len());
        let mut row = Vec::with_capacity(fields.len());
        for (idx, field) in fields.iter().enumerate() {
            let value = self.places.value(record, idx)?;
            let misfit = || self.places.misfit(record, idx, field.ty());
            let list = match field.ty().element() {
                Some(element) if !value.is_unset() => {
                    Some(fit::elements(value.clone(), element).ok_or_else(misfit)?)
                }
                _ => None,
            };
            lists.push((list, value));
        }
        for (idx, ((list, value), field)) in lists.iter().zip(fields).enumerate() {
            row.push(match (list, field.ty()) {
                (Some(list), crate::Type::Vector(_)) => Value::Vector(Elements::from(&list[..])),
                (Some(list), _) => Value::Set(Elements::from(&list[..])),
                (None, crate::Type::Scalar(scalar)) => fit::scalar(value.clone(), scalar)
                    .ok_or_else(|| self.places.misfit(record, idx, field.ty()))?,
                (None, _) => Value::Unset,
            });
        }
        writer.write(&row)
    }

    fn finish(self: Box<Self>) -> Result<u64, Error> {
        let mut out = match self.state {
            State::Waiting(out) => out,
            State::Writing(writer) => end(*writer)?,
            State::Broken => return Ok(0),
        };
        out.flush().map_err(write_error)?;
        Ok(0)
    }
}
