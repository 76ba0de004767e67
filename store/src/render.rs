//! Stored rows as cells of a log again.

use std::net::IpAddr;

use bro_log::{Field, Interval, Scalar, Schema, Time, Type};

use crate::{
    encode::{Slots, port_of_code},
    sessions::{Kind, Stored, StoredRow},
};

/// How the stored rows of one layout become cells.
#[derive(Debug)]
pub(crate) struct Renderer {
    schema: Schema,
    slots: Slots,
}

impl Renderer {
    /// For rows under these header lines.
    pub(crate) fn new(kind: Kind, header: &str) -> Self {
        let words = |prefix: &str| {
            let line = header.lines().find_map(|line| line.strip_prefix(prefix)).unwrap_or_default();
            line.split('\t').collect::<Vec<_>>()
        };
        let fields = words("#fields\t").into_iter().zip(words("#types\t"));
        let schema: Schema = fields.map(|(name, ty)| Field::with_type_name(name, ty)).collect();
        Self { slots: Slots::of(&schema, kind), schema }
    }

    pub(crate) fn schema(&self) -> &Schema {
        &self.schema
    }

    /// The row's cells in the order of the log's columns, as the log's writer would write them.
    pub(crate) fn cells(&self, row: &StoredRow) -> Vec<String> {
        let mut cells = vec![String::from("-"); self.schema.len()];
        let (rest, values) = row.values.split_last().expect("each table has a last column");
        for (slot, value) in self.slots.columns.iter().zip(values) {
            if let Some(field_idx) = *slot {
                cells[field_idx] = cell(value, self.schema.fields()[field_idx].ty());
            }
        }
        if let Stored::Text(text) = rest {
            let rest_cells = text.split('\t').map(str::to_owned);
            self.slots.rest.iter().zip(rest_cells).for_each(|(&field_idx, cell)| cells[field_idx] = cell);
        }
        cells
    }

    /// Appends the row as a line of the log.
    pub(crate) fn line(&self, row: &StoredRow, log: &mut Vec<u8>) {
        for (idx, cell) in self.cells(row).iter().enumerate() {
            match (idx, cell.strip_prefix('#')) {
                (0, Some(rest)) => {
                    log.extend_from_slice(br"\x23");
                    log.extend_from_slice(rest.as_bytes());
                    continue;
                }
                (0, None) => {}
                _ => log.push(b'\t'),
            }
            log.extend_from_slice(cell.as_bytes());
        }
        log.push(b'\n');
    }
}

/// A value as a cell; text that would be taken for a marker has its first byte escaped.
fn cell(value: &Stored, ty: Type) -> String {
    match (value, ty) {
        (Stored::Unset, _) => "-".to_owned(),
        (Stored::Int(value), Type::Scalar(scalar)) => number(*value, scalar),
        (Stored::Int(value), _) => value.to_string(),
        (Stored::Bytes(bytes), _) => addr(bytes).map_or_else(|| "-".to_owned(), |addr| addr.to_string()),
        (Stored::Text(text), Type::Scalar(_)) => match text.as_str() {
            "" => "(empty)".to_owned(),
            "-" | "(empty)" => format!("\\x{:02x}{}", text.as_bytes()[0], &text[1..]),
            text => text.to_owned(),
        },
        (Stored::Text(text), _) => text.clone(),
    }
}

fn number(value: i64, scalar: Scalar) -> String {
    match scalar {
        Scalar::Bool => if value == 0 { "F" } else { "T" }.to_owned(),
        Scalar::Count => value.cast_unsigned().to_string(),
        Scalar::Time => Time(value).to_string(),
        Scalar::Interval => Interval(value).to_string(),
        Scalar::Port => port_of_code(value).to_string(),
        _ => value.to_string(),
    }
}

/// The address of 4 or 16 bytes.
pub(crate) fn addr(bytes: &[u8]) -> Option<IpAddr> {
    let v4 = <[u8; 4]>::try_from(bytes).map(IpAddr::from);
    v4.or_else(|_| <[u8; 16]>::try_from(bytes).map(IpAddr::from)).ok()
}
