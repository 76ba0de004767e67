//! Values as a column of another type holds them.

use std::{borrow::Cow, sync::Arc};

use super::text::plain;
use crate::{
    error::{Error, Fault},
    header::Header,
    record::Record,
    schema::{Scalar, Schema, Type},
    value::Value,
};

/// Where the columns of a table are in the rows at hand.
#[derive(Debug, Default)]
pub(super) struct Places {
    header: Option<Arc<Header>>,
    columns: Vec<Option<usize>>,
}

impl Places {
    pub(super) fn put_header(&mut self, header: &Arc<Header>, schema: &Schema) {
        if !self.header.as_ref().is_some_and(|known| Arc::ptr_eq(known, header)) {
            let place = |field: &crate::Field| header.schema().index_of(field.name());
            self.columns = schema.fields().iter().map(place).collect();
            self.header = Some(Arc::clone(header));
        }
    }

    /// The value of a column of the table, whatever its type in the row.
    pub(super) fn value<'a>(&self, record: &Record<'a>, idx: usize) -> Result<Value<'a>, Error> {
        self.columns[idx].map_or(Ok(Value::Unset), |idx| record.get(idx))
    }

    /// The error of a cell that its column cannot hold.
    #[cold]
    pub(super) fn misfit(&self, record: &Record<'_>, idx: usize, ty: Type) -> Error {
        record.value_error(self.columns[idx].unwrap_or(0), ty, Fault::Range)
    }
}

/// The value as one of another scalar type; `None` if that cannot hold it.
pub(super) fn scalar<'v>(value: Value<'v>, ty: Scalar) -> Option<Value<'v>> {
    Some(match (value, ty) {
        (Value::Count(number), Scalar::Int) => Value::Int(i64::try_from(number).ok()?),
        (Value::Count(number), Scalar::Double) => Value::Double(number as f64),
        (Value::Int(number), Scalar::Double) => Value::Double(number as f64),
        (value, ty) if value.is_unset() || is_of(&value, ty) => value,
        (value, ty) if ty.is_text() => match value {
            Value::String(text)
            | Value::Enum(text)
            | Value::Pattern(text)
            | Value::Func(text)
            | Value::File(text) => as_text(text, ty),
            value => as_text(Cow::Owned(plain(&value).0.into_owned().into_bytes()), ty),
        },
        _ => return None,
    })
}

fn is_of(value: &Value<'_>, ty: Scalar) -> bool {
    value.kind() == ty.name() || (matches!(value, Value::String(_)) && ty == Scalar::Unknown)
}

fn as_text(text: Cow<'_, [u8]>, ty: Scalar) -> Value<'_> {
    match ty {
        Scalar::Enum => Value::Enum(text),
        Scalar::Pattern => Value::Pattern(text),
        Scalar::Func => Value::Func(text),
        Scalar::File => Value::File(text),
        _ => Value::String(text),
    }
}

/// The elements of a set or vector as a column of such elements holds them; one element for a value that is none.
pub(super) fn elements<'v>(value: Value<'v>, element: Scalar) -> Option<Vec<Value<'v>>> {
    match value {
        Value::Set(elements) | Value::Vector(elements) => {
            elements.iter().map(|value| scalar(value, element)).collect()
        }
        value => scalar(value, element).map(|value| vec![value]),
    }
}
