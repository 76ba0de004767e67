//! Records as cells of a table.

use std::{cell::RefCell, io, rc::Rc, sync::Arc};

use bro_log::{
    Backslash, Error as LogError, Field, Header, Port, Proto, Record, Scalar, Schema, Type, Value, Writer,
    WriterBuilder, escape,
};

use crate::{
    batch::{Batch, Cell, Layout},
    parse::untabbed,
    sessions::{Kind, is_same_type},
};

/// How the records under one header become rows.
#[derive(Debug)]
pub(crate) struct Encoder {
    pub(crate) kind: Kind,
    pub(crate) layout: Arc<Layout>,
    slots: Slots,
    rest_text: CellText,
    set_text: CellText,
}

impl Encoder {
    /// For the records under a header, in a log whose name tells `name_path` if the header does not.
    ///
    /// # Errors
    /// The log's error if its header cannot be written again with default separators.
    pub(crate) fn new(header: &Header, name_path: Option<&str>) -> Result<Self, LogError> {
        let path = header.path().or(name_path);
        let (schema, kind) = (header.schema(), Kind::of_path(path));
        let slots = Slots::of(schema, kind);
        let rest_text = CellText::new(slots.rest.iter().map(|&idx| schema.fields()[idx].clone()))?;
        let set_text = CellText::new([Field::new("set", Type::Set(Scalar::Enum))])?;
        let layout = Arc::new(Layout::of(header, path)?);
        Ok(Self { kind, layout, slots, rest_text, set_text })
    }

    /// Adds a record as a row; nothing is added on error.
    pub(crate) fn push(&mut self, record: Record<'_>, batch: &mut Batch) -> Result<(), LogError> {
        let pushed = self.push_cells(record, batch);
        match pushed {
            Ok(ts) => batch.finish_row(ts),
            Err(_) => batch.drop_unfinished(),
        }
        pushed.map(drop)
    }

    /// What stands for a record that cannot be a row: its cells under default separators, a bad one as it is.
    pub(crate) fn bad_line(&mut self, record: Record<'_>) -> Vec<u8> {
        let mut line = Vec::new();
        for (idx, field) in record.header().schema().fields().iter().enumerate() {
            if idx > 0 {
                line.push(b'\t');
            }
            let cell = CellText::new([field.clone()]).and_then(|mut text| text.of([record.get(idx)?]));
            match cell {
                Ok(cell) => line.extend_from_slice(cell.as_bytes()),
                Err(_) => line.extend(untabbed(record.cell(idx))),
            }
        }
        line
    }

    fn push_cells(&mut self, record: Record<'_>, batch: &mut Batch) -> Result<Option<i64>, LogError> {
        let mut ts = None;
        for (slot_idx, slot) in self.slots.columns.iter().enumerate() {
            let value = slot.map_or(Ok(Value::Unset), |idx| record.get(idx))?;
            if let (0, Value::Time(time)) = (slot_idx, &value) {
                ts = Some(time.0);
            }
            push_value(&value, &mut self.set_text, batch)?;
        }
        if self.slots.rest.is_empty() {
            batch.cells.push(Cell::Unset);
            return Ok(ts);
        }
        let values = self.slots.rest.iter().map(|&idx| record.get(idx)).collect::<Result<Vec<_>, _>>()?;
        let text = self.rest_text.of(values)?;
        batch.push_text(&text);
        Ok(ts)
    }
}

/// Where the fields of a log stand in its table.
#[derive(Debug)]
pub(crate) struct Slots {
    /// For each column of the table but the last: the field that stands in it.
    pub(crate) columns: Vec<Option<usize>>,
    /// The fields that stand in the last column; in a log of another kind, all of them.
    pub(crate) rest: Vec<usize>,
}

impl Slots {
    pub(crate) fn of(schema: &Schema, kind: Kind) -> Self {
        let columns: Vec<_> = kind.table().fields.iter().map(|name| slot(schema, kind, name)).collect();
        let is_rest = |idx: &usize| kind == Kind::Other || !columns.contains(&Some(*idx));
        Self { rest: (0..schema.len()).filter(is_rest).collect(), columns }
    }
}

/// The field for a column of the table, if it is of the column's type.
fn slot(schema: &Schema, kind: Kind, name: &str) -> Option<usize> {
    let standard = kind.standard_type(name)?;
    schema.index_of(name).filter(|&idx| is_same_type(schema.fields()[idx].ty(), standard))
}

fn push_value(value: &Value<'_>, set_text: &mut CellText, batch: &mut Batch) -> Result<(), LogError> {
    batch.cells.push(match value {
        Value::Unset => Cell::Unset,
        Value::Bool(value) => Cell::Int(i64::from(*value)),
        Value::Int(value) => Cell::Int(*value),
        Value::Count(value) => Cell::Int(value.cast_signed()),
        Value::Time(value) => Cell::Int(value.0),
        Value::Interval(value) => Cell::Int(value.0),
        Value::Port(port) => Cell::Int(port_code(*port)),
        Value::Addr(addr) => Cell::Addr(*addr),
        Value::Set(elements) | Value::Vector(elements) => {
            match elements.is_empty() {
                true => batch.push_text("(empty)"),
                false => batch.push_text(&set_text.of([Value::Set(*elements)])?),
            }
            return Ok(());
        }
        value => {
            let text = value.as_bytes().unwrap_or_default();
            match text.iter().all(|byte| matches!(byte, b' '..=b'~') && *byte != b'\\') {
                true => batch.push_text(std::str::from_utf8(text).expect("ASCII is UTF-8")),
                false => batch.push_text(&stored_text(text)),
            }
            return Ok(());
        }
    });
    Ok(())
}

/// Any bytes as the text that stands for them in the tables: what is not printable ASCII, and backslashes, as `\xhh`.
pub(crate) fn stored_text(text: &[u8]) -> String {
    let mut cell = Vec::with_capacity(text.len());
    escape::encode(text, b"\\", &mut cell);
    String::from_utf8(cell).expect("escaped text is ASCII")
}

/// The text that [`stored_text`] stands for; bytes that are no UTF-8 as `U+FFFD`.
pub(crate) fn text_of_stored(cell: &str) -> String {
    let (text, _) = escape::decode(cell.as_bytes(), Backslash::Modern);
    String::from_utf8_lossy(&text).into_owned()
}

const PROTOS: [Proto; 4] = [Proto::Tcp, Proto::Udp, Proto::Icmp, Proto::Unknown];

/// A port as a number: its own, and above 16 bits the protocol some logs write after it.
pub(crate) fn port_code(port: Port) -> i64 {
    let proto = port.proto.and_then(|proto| PROTOS.iter().position(|&known| known == proto));
    i64::from(port.number) | proto.map_or(0, |idx| (idx as i64 + 1) << 16)
}

/// The port of such a number.
pub(crate) fn port_of_code(code: i64) -> Port {
    let proto = usize::try_from(code >> 16).ok().and_then(|code| PROTOS.get(code.checked_sub(1)?)).copied();
    Port { number: (code & 0xffff) as u16, proto }
}

/// Writes cells as a log's writer writes them.
#[derive(Debug)]
struct CellText {
    writer: Writer<SharedBuffer>,
    buffer: SharedBuffer,
}

impl CellText {
    /// A first column that is always unset keeps the writer's rules for the start and end of a line off the cells.
    fn new(fields: impl IntoIterator<Item = Field>) -> Result<Self, LogError> {
        let first = Field::new("_", Type::STRING);
        let schema: Schema = std::iter::once(first).chain(fields).collect();
        let buffer = SharedBuffer::default();
        let writer = WriterBuilder::new(schema).from_writer(buffer.clone())?;
        Ok(Self { writer, buffer })
    }

    /// The cells of these values, a tab between them.
    fn of<'a>(&mut self, values: impl IntoIterator<Item = Value<'a>>) -> Result<String, LogError> {
        self.buffer.take();
        let row: Vec<_> = std::iter::once(Value::Unset).chain(values).collect();
        self.writer.write(&row)?;
        let mut line = String::from_utf8(self.buffer.take()).expect("a writer's rows are ASCII");
        line.pop();
        line.drain(.."-\t".len().min(line.len()));
        Ok(line)
    }
}

/// A buffer that its writer and its reader share.
#[derive(Clone, Debug, Default)]
struct SharedBuffer(Rc<RefCell<Vec<u8>>>);

impl SharedBuffer {
    fn take(&self) -> Vec<u8> {
        std::mem::take(&mut self.0.borrow_mut())
    }
}

impl io::Write for SharedBuffer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Layout {
    pub(crate) fn of(header: &Header, path: Option<&str>) -> Result<Self, LogError> {
        let buffer = SharedBuffer::default();
        let mut builder = WriterBuilder::new(header.schema().clone());
        if let Some(path) = path {
            builder = builder.path(path);
        }
        drop(builder.from_writer(buffer.clone())?);
        let header_lines = String::from_utf8_lossy(&buffer.take()).into_owned();
        Ok(Self { path: path.map(str::to_owned), header: header_lines })
    }
}
