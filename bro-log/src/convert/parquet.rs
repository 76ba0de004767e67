//! Rows as row groups of typed columns, written with the low-level column writers, without Arrow.

use std::{io, io::Write, sync::Arc};

use parquet::{
    basic::{Compression, LogicalType, Repetition, TimeUnit, Type as Physical},
    data_type::{BoolType, ByteArray, ByteArrayType, DataType, DoubleType, Int32Type, Int64Type},
    errors::ParquetError,
    file::{
        properties::WriterProperties,
        writer::{SerializedColumnWriter, SerializedFileWriter},
    },
    schema::types::{Type as Node, TypePtr},
};

use super::{
    Sink, fit,
    survey::Columns,
    text::{plain, utf8},
};
use crate::{
    error::Error,
    header::Header,
    record::Record,
    schema::{Field, Scalar, Schema, Type},
    value::Value,
    writer::write_error,
};

/// Rows of a row group, and bytes of text after which one is written earlier.
const GROUP_ROWS: usize = 1 << 17;
const GROUP_BYTES: usize = 64 << 20;

pub(super) struct ParquetSink<W: Write + Send> {
    writer: SerializedFileWriter<W>,
    schema: Schema,
    places: fit::Places,
    columns: Vec<ColumnBuffer>,
    n_rows: usize,
    n_bytes: usize,
    n_escaped: u64,
}

/// What is written of one column at once.
struct ColumnBuffer {
    values: Buffer,
    /// How much of the way to a value there is: 0 unset, then in a list 1 an empty one, 2 an unset element.
    definitions: Vec<i16>,
    /// Whether an element follows another of its list.
    repetitions: Vec<i16>,
}

enum Buffer {
    Bool(Vec<bool>),
    Int32(Vec<i32>),
    Int64(Vec<i64>),
    Double(Vec<f64>),
    Text(Vec<ByteArray>),
}

impl<W: Write + Send> ParquetSink<W> {
    pub(super) fn new(out: W, columns: Columns) -> Result<Self, Error> {
        let schema = columns.schema;
        let fields =
            schema.fields().iter().map(node).collect::<Result<Vec<_>, _>>().map_err(parquet_error)?;
        let root =
            Node::group_type_builder(columns.path.as_deref().unwrap_or("log")).with_fields(fields).build();
        let properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .set_created_by(concat!("bro-log ", env!("CARGO_PKG_VERSION")).to_owned())
            .build();
        let root = root.map_err(parquet_error)?;
        let writer = SerializedFileWriter::new(out, root.into(), properties.into()).map_err(parquet_error)?;
        let columns = schema.fields().iter().map(|field| ColumnBuffer::new(field.ty())).collect();
        Ok(Self {
            writer,
            schema,
            places: fit::Places::default(),
            columns,
            n_rows: 0,
            n_bytes: 0,
            n_escaped: 0,
        })
    }

    /// Writes the rows so far as one row group.
    fn flush(&mut self) -> Result<(), ParquetError> {
        if self.n_rows == 0 {
            return Ok(());
        }
        let mut group = self.writer.next_row_group()?;
        for column in &mut self.columns {
            let writer = group.next_column()?.expect("as many columns as the schema has");
            column.write(writer)?;
        }
        group.close()?;
        (self.n_rows, self.n_bytes) = (0, 0);
        Ok(())
    }
}

impl<W: Write + Send> Sink for ParquetSink<W> {
    fn header(&mut self, header: &Arc<Header>) -> Result<(), Error> {
        self.places.put_header(header, &self.schema);
        Ok(())
    }

    fn row(&mut self, record: &Record<'_>) -> Result<(), Error> {
        for (idx, field) in self.schema.fields().iter().enumerate() {
            let value = self.places.value(record, idx)?;
            let fitted = match (value, field.ty()) {
                (Value::Unset, _) => Some(Cell::Unset),
                (value, Type::Scalar(scalar)) => fit::scalar(value, scalar).map(Cell::One),
                (value, ty) => fit::elements(value, ty.element().unwrap_or(Scalar::String)).map(Cell::List),
            };
            let Some(cell) = fitted else {
                // The columns before this one have the row already.
                let n_rows = self.n_rows;
                self.columns[..idx].iter_mut().for_each(|column| column.truncate(n_rows));
                return Err(self.places.misfit(record, idx, field.ty()));
            };
            let (n_bytes, n_escaped) = self.columns[idx].push(cell);
            self.n_bytes += n_bytes;
            self.n_escaped += u64::from(n_escaped);
        }
        self.n_rows += 1;
        if self.n_rows == GROUP_ROWS || self.n_bytes >= GROUP_BYTES {
            self.flush().map_err(parquet_error)?;
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<u64, Error> {
        self.flush().map_err(parquet_error)?;
        let mut out = self.writer.into_inner().map_err(parquet_error)?;
        out.flush().map_err(write_error)?;
        Ok(self.n_escaped)
    }
}

/// A cell of the type of its column.
enum Cell<'v> {
    Unset,
    One(Value<'v>),
    List(Vec<Value<'v>>),
}

impl ColumnBuffer {
    fn new(ty: Type) -> Self {
        let scalar = match ty {
            Type::Scalar(scalar) => scalar,
            ty => ty.element().unwrap_or(Scalar::String),
        };
        let values = match scalar {
            Scalar::Bool => Buffer::Bool(Vec::new()),
            Scalar::Port => Buffer::Int32(Vec::new()),
            Scalar::Int | Scalar::Count | Scalar::Time => Buffer::Int64(Vec::new()),
            Scalar::Double | Scalar::Interval => Buffer::Double(Vec::new()),
            _ => Buffer::Text(Vec::new()),
        };
        Self { values, definitions: Vec::new(), repetitions: Vec::new() }
    }

    /// Adds a cell; the bytes it takes beside a word, and whether some had to be escaped.
    fn push(&mut self, cell: Cell<'_>) -> (usize, bool) {
        match cell {
            Cell::Unset => {
                self.levels(0, 0);
                (0, false)
            }
            Cell::One(value) => {
                self.levels(1, 0);
                self.values.push(&value)
            }
            Cell::List(values) if values.is_empty() => {
                self.levels(1, 0);
                (0, false)
            }
            Cell::List(values) => {
                let (mut n_bytes, mut is_escaped) = (0, false);
                for (idx, value) in values.iter().enumerate() {
                    self.levels(if value.is_unset() { 2 } else { 3 }, i16::from(idx > 0));
                    if !value.is_unset() {
                        let (n_new, is_new) = self.values.push(value);
                        (n_bytes, is_escaped) = (n_bytes + n_new, is_escaped | is_new);
                    }
                }
                (n_bytes + 8 * values.len(), is_escaped)
            }
        }
    }

    fn levels(&mut self, definition: i16, repetition: i16) {
        self.definitions.push(definition);
        self.repetitions.push(repetition);
    }

    /// Drops what a row that is not to be added after `n_rows` others left here.
    fn truncate(&mut self, n_rows: usize) {
        let mut starts = self.repetitions.iter().enumerate().filter(|(_, repetition)| **repetition == 0);
        let Some((end, _)) = starts.nth(n_rows) else { return };
        let is_list = self.definitions.iter().any(|&definition| definition > 1);
        let full = if is_list { 3 } else { 1 };
        let n_values = self.definitions[end..].iter().filter(|&&definition| definition == full).count();
        self.definitions.truncate(end);
        self.repetitions.truncate(end);
        self.values.drop_last(n_values);
    }

    fn write(&mut self, mut writer: SerializedColumnWriter<'_>) -> Result<(), ParquetError> {
        let levels = (&self.definitions[..], &self.repetitions[..]);
        match &self.values {
            Buffer::Bool(values) => write::<BoolType>(&mut writer, values, levels)?,
            Buffer::Int32(values) => write::<Int32Type>(&mut writer, values, levels)?,
            Buffer::Int64(values) => write::<Int64Type>(&mut writer, values, levels)?,
            Buffer::Double(values) => write::<DoubleType>(&mut writer, values, levels)?,
            Buffer::Text(values) => write::<ByteArrayType>(&mut writer, values, levels)?,
        }
        self.definitions.clear();
        self.repetitions.clear();
        self.values.drop_last(usize::MAX);
        writer.close()
    }
}

fn write<T: DataType>(
    writer: &mut SerializedColumnWriter<'_>,
    values: &[T::T],
    (definitions, repetitions): (&[i16], &[i16]),
) -> Result<(), ParquetError> {
    writer.typed::<T>().write_batch(values, Some(definitions), Some(repetitions)).map(drop)
}

impl Buffer {
    /// Adds a value of the right type; the bytes it takes beside a word, and whether some had to be escaped.
    fn push(&mut self, value: &Value<'_>) -> (usize, bool) {
        match (self, value) {
            (Self::Bool(values), Value::Bool(value)) => values.push(*value),
            (Self::Int32(values), Value::Port(port)) => values.push(i32::from(port.number)),
            (Self::Int64(values), Value::Int(number)) => values.push(*number),
            (Self::Int64(values), Value::Count(number)) => values.push(number.cast_signed()),
            (Self::Int64(values), Value::Time(time)) => values.push(time.micros()),
            (Self::Double(values), Value::Double(number)) => values.push(*number),
            (Self::Double(values), Value::Interval(interval)) => values.push(interval.seconds()),
            (Self::Text(values), value) => {
                let (text, is_escaped) = value.as_bytes().map_or_else(|| plain(value), utf8);
                values.push(ByteArray::from(text.as_bytes().to_vec()));
                return (text.len(), is_escaped);
            }
            _ => unreachable!("values were made to fit their column"),
        }
        (0, false)
    }

    fn drop_last(&mut self, n_values: usize) {
        match self {
            Self::Bool(values) => values.truncate(values.len().saturating_sub(n_values)),
            Self::Int32(values) => values.truncate(values.len().saturating_sub(n_values)),
            Self::Int64(values) => values.truncate(values.len().saturating_sub(n_values)),
            Self::Double(values) => values.truncate(values.len().saturating_sub(n_values)),
            Self::Text(values) => values.truncate(values.len().saturating_sub(n_values)),
        }
    }
}

/// A column: a value that may be unset, or a list that may be, of elements that may be.
fn node(field: &Field) -> Result<TypePtr, ParquetError> {
    let Some(element) = field.ty().element() else {
        let Type::Scalar(scalar) = field.ty() else { unreachable!("what has no elements is a scalar") };
        return leaf(field.name(), scalar);
    };
    let list = Node::group_type_builder("list")
        .with_repetition(Repetition::REPEATED)
        .with_fields(vec![leaf("element", element)?])
        .build()?;
    Node::group_type_builder(field.name())
        .with_repetition(Repetition::OPTIONAL)
        .with_logical_type(Some(LogicalType::List))
        .with_fields(vec![Arc::new(list)])
        .build()
        .map(Arc::new)
}

fn leaf(name: &str, scalar: Scalar) -> Result<TypePtr, ParquetError> {
    let (physical, logical) = match scalar {
        Scalar::Bool => (Physical::BOOLEAN, None),
        Scalar::Int => (Physical::INT64, Some(LogicalType::integer(64, true))),
        Scalar::Count => (Physical::INT64, Some(LogicalType::integer(64, false))),
        Scalar::Port => (Physical::INT32, Some(LogicalType::integer(16, false))),
        Scalar::Time => (Physical::INT64, Some(LogicalType::timestamp(true, TimeUnit::MICROS))),
        Scalar::Double | Scalar::Interval => (Physical::DOUBLE, None),
        _ => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
    };
    Node::primitive_type_builder(name, physical)
        .with_repetition(Repetition::OPTIONAL)
        .with_logical_type(logical)
        .build()
        .map(Arc::new)
}

#[cold]
fn parquet_error(error: ParquetError) -> Error {
    let text = error.to_string();
    if let ParquetError::External(source) = error
        && let Ok(source) = source.downcast::<io::Error>()
    {
        return Error::Write { source: *source };
    }
    Error::Write { source: io::Error::other(text) }
}
