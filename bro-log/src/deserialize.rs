//! Rows into structs that derive serde's `Deserialize`.

use std::{borrow::Cow, fmt, str};

use serde_core::{
    Deserialize, Deserializer,
    de::{
        DeserializeSeed, EnumAccess, IntoDeserializer, MapAccess, SeqAccess, VariantAccess, Visitor,
        value::CowStrDeserializer,
    },
    forward_to_deserialize_any,
};

use crate::{
    elements::ElementIter,
    error::Error,
    record::Record,
    time::{Interval, Time},
    value::Value,
};

impl<'a> Record<'a> {
    /// The row as a struct of your own, each field filled from the column of its name; `#[serde(rename = "id.orig_h")]`
    /// names the columns that are no identifiers.
    ///
    /// An unset cell or a missing column is `None` for an `Option` and an error for anything else. Times and intervals
    /// are microseconds for an integer or [`Time`], seconds for an `f64`. Text must be UTF-8 for a `str` or `String`;
    /// a type that takes bytes gets whatever is there. Needs the feature `serde`.
    ///
    /// ```
    /// #[derive(serde::Deserialize)]
    /// struct Flow<'a> {
    ///     #[serde(borrow)]
    ///     uid: std::borrow::Cow<'a, str>,
    ///     #[serde(rename = "id.orig_h")]
    ///     id_orig_h: std::net::IpAddr,
    ///     duration: Option<f64>,
    /// }
    ///
    /// let log = b"#separator \\x09\n#fields\tuid\tid.orig_h\tduration\n#types\tstring\taddr\tinterval\n\
    ///     C1\t10.0.0.1\t1.500000\n";
    /// let mut reader = bro_log::Reader::from_slice(log);
    /// let record = reader.next_record()?.expect("one row");
    /// let flow: Flow<'_> = record.deserialize()?;
    /// assert_eq!((&*flow.uid, flow.id_orig_h.to_string(), flow.duration), ("C1", "10.0.0.1".to_owned(), Some(1.5)));
    /// # Ok::<(), bro_log::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Value`] for a cell that is no value of its column's type, [`Error::Deserialize`] for one that does not
    /// fit the struct.
    pub fn deserialize<T: Deserialize<'a>>(&self) -> Result<T, Error> {
        T::deserialize(Row { record: *self }).map_err(|error| error.into_error(*self))
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        i64::deserialize(deserializer).map(Self)
    }
}

impl<'de> Deserialize<'de> for Interval {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        i64::deserialize(deserializer).map(Self)
    }
}

/// What stops a row from becoming a struct.
#[derive(Debug)]
enum Mismatch {
    /// The cell itself is bad.
    Cell(Box<Error>),
    /// The cell of this column does not fit, or the row as a whole.
    Shape { column: Option<usize>, reason: String },
}

impl Mismatch {
    fn in_column(self, idx: usize) -> Self {
        match self {
            Self::Shape { column: None, reason } => Self::Shape { column: Some(idx), reason },
            other => other,
        }
    }

    fn into_error(self, record: Record<'_>) -> Error {
        match self {
            Self::Cell(error) => *error,
            Self::Shape { column, reason } => {
                let fields = record.header().schema().fields();
                let at = column.map_or(record.position(), |idx| record.position_of(idx));
                let field = column.map_or(String::new(), |idx| fields[idx].name().to_owned());
                Error::Deserialize { at, field, reason }
            }
        }
    }
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cell(error) => error.fmt(f),
            Self::Shape { reason, .. } => f.write_str(reason),
        }
    }
}

impl std::error::Error for Mismatch {}

impl serde_core::de::Error for Mismatch {
    fn custom<T: fmt::Display>(reason: T) -> Self {
        Self::Shape { column: None, reason: reason.to_string() }
    }
}

/// A row as a map from names to values.
struct Row<'a> {
    record: Record<'a>,
}

impl<'de> Deserializer<'de> for Row<'de> {
    type Error = Mismatch;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        visitor.visit_map(Columns { record: self.record, idx: 0 })
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

/// The columns still to come. Of two with one name only the first is given.
struct Columns<'a> {
    record: Record<'a>,
    idx: usize,
}

impl<'de> MapAccess<'de> for Columns<'de> {
    type Error = Mismatch;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Mismatch> {
        let schema = self.record.header().schema();
        while let Some(field) = schema.fields().get(self.idx) {
            if schema.index_of(field.name()) == Some(self.idx) {
                let name = serde_core::de::value::BorrowedStrDeserializer::new(field.name());
                return seed.deserialize(name).map(Some);
            }
            self.idx += 1;
        }
        Ok(None)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Mismatch> {
        let idx = self.idx;
        self.idx += 1;
        seed.deserialize(CellOf { record: self.record, idx }).map_err(|error| error.in_column(idx))
    }
}

/// One cell, read only if the struct wants it.
struct CellOf<'a> {
    record: Record<'a>,
    idx: usize,
}

impl<'a> CellOf<'a> {
    fn value(&self) -> Result<ValueOf<'a>, Mismatch> {
        self.record.get(self.idx).map(ValueOf).map_err(|error| Mismatch::Cell(Box::new(error)))
    }
}

macro_rules! read_first {
    ($($method:ident)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
            self.value()?.$method(visitor)
        })*
    };
}

impl<'de> Deserializer<'de> for CellOf<'de> {
    type Error = Mismatch;

    read_first! {
        deserialize_any deserialize_bool deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_f32 deserialize_f64
        deserialize_char deserialize_str deserialize_string deserialize_bytes deserialize_byte_buf
        deserialize_option deserialize_unit deserialize_seq deserialize_map deserialize_identifier
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        visitor.visit_unit()
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        self.value()?.deserialize_enum(name, variants, visitor)
    }

    forward_to_deserialize_any! { unit_struct tuple tuple_struct struct }
}

/// A value that was read.
struct ValueOf<'a>(Value<'a>);

/// Visits text as `str` if it is UTF-8, else as bytes.
fn visit_text<'de, V: Visitor<'de>>(text: Cow<'de, [u8]>, visitor: V) -> Result<V::Value, Mismatch> {
    match text {
        Cow::Borrowed(bytes) => match str::from_utf8(bytes) {
            Ok(text) => visitor.visit_borrowed_str(text),
            Err(_) => visitor.visit_borrowed_bytes(bytes),
        },
        Cow::Owned(bytes) => match String::from_utf8(bytes) {
            Ok(text) => visitor.visit_string(text),
            Err(error) => visitor.visit_byte_buf(error.into_bytes()),
        },
    }
}

impl<'de> Deserializer<'de> for ValueOf<'de> {
    type Error = Mismatch;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        match self.0 {
            Value::Unset => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(value),
            Value::Int(number) => visitor.visit_i64(number),
            Value::Count(number) => visitor.visit_u64(number),
            Value::Double(number) => visitor.visit_f64(number),
            Value::Time(Time(micros)) | Value::Interval(Interval(micros)) => visitor.visit_i64(micros),
            Value::Port(port) => visitor.visit_u16(port.number),
            Value::Addr(addr) => visitor.visit_string(addr.to_string()),
            Value::Subnet(subnet) => visitor.visit_string(subnet.to_string()),
            Value::String(text)
            | Value::Enum(text)
            | Value::Pattern(text)
            | Value::Func(text)
            | Value::File(text) => visit_text(text, visitor),
            Value::Set(elements) | Value::Vector(elements) => visitor.visit_seq(Rest(elements.iter())),
        }
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        match self.0 {
            Value::Time(time) => visitor.visit_f64(time.seconds()),
            Value::Interval(interval) => visitor.visit_f64(interval.seconds()),
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        self.deserialize_f64(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        match self.0 {
            Value::Unset => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        match self.0 {
            Value::String(Cow::Borrowed(bytes)) | Value::Enum(Cow::Borrowed(bytes)) => {
                visitor.visit_borrowed_bytes(bytes)
            }
            Value::String(Cow::Owned(bytes)) | Value::Enum(Cow::Owned(bytes)) => {
                visitor.visit_byte_buf(bytes)
            }
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        self.deserialize_bytes(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        let text = self.0.as_bytes().map(String::from_utf8_lossy).unwrap_or_default().into_owned();
        visitor.visit_enum(Variant(Cow::Owned(text)))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 u32 u64 char str string unit unit_struct seq tuple tuple_struct map struct
        identifier ignored_any
    }
}

/// A word that names a variant without content.
struct Variant(Cow<'static, str>);

impl<'de> EnumAccess<'de> for Variant {
    type Error = Mismatch;
    type Variant = NoContent;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, NoContent), Mismatch> {
        let name: CowStrDeserializer<'_, Mismatch> = self.0.into_deserializer();
        seed.deserialize(name).map(|value| (value, NoContent))
    }
}

/// What a variant named by a word holds: nothing.
struct NoContent;

impl<'de> VariantAccess<'de> for NoContent {
    type Error = Mismatch;

    fn unit_variant(self) -> Result<(), Mismatch> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, _: T) -> Result<T::Value, Mismatch> {
        Err(serde_core::de::Error::custom("a cell can only name a variant without content"))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, _: V) -> Result<V::Value, Mismatch> {
        Err(serde_core::de::Error::custom("a cell can only name a variant without content"))
    }

    fn struct_variant<V: Visitor<'de>>(self, _: &'static [&'static str], _: V) -> Result<V::Value, Mismatch> {
        Err(serde_core::de::Error::custom("a cell can only name a variant without content"))
    }
}

/// The elements still to come.
struct Rest<'a>(ElementIter<'a>);

impl<'de> SeqAccess<'de> for Rest<'de> {
    type Error = Mismatch;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Mismatch> {
        self.0.next().map(|value| seed.deserialize(ValueOf(value))).transpose()
    }
}
