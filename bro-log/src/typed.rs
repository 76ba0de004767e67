//! Rows as structs.

use std::{borrow::Cow, net::IpAddr, sync::Arc};

use crate::{
    addr::{Subnet, parse_addr, parse_subnet},
    elements::Elements,
    error::{Error, Fault},
    header::Header,
    number::{
        Port, mend_bool, mend_count, mend_double, mend_int, mend_port, parse_bool, parse_count, parse_double,
        parse_int, parse_port,
    },
    record::Record,
    schema::{Scalar, Type},
    time::{Interval, Time, mend_interval, mend_time, parse_interval, parse_time},
    value::{Rules, Value, mend_addr, mend_subnet, read_text, read_with},
    warning::Warnings,
};

/// A struct that a row can fill: the names of its columns and how their cells become its fields.
///
/// [`typed!`](crate::typed) writes it; [`Reader::next_as`](crate::Reader::next_as) uses it. A row is read in two steps,
/// so that a bad one can be set aside before anything is lent: first whatever can fail and borrows nothing, then the
/// rest.
pub trait Typed<'a>: Sized {
    /// The columns' names, in the order of the struct's fields.
    const NAMES: &'static [&'static str];

    /// What the fields hold that borrows nothing.
    type Parsed;

    /// The first step; `columns` tells for each of [`NAMES`](Self::NAMES) where its column is.
    ///
    /// # Errors
    /// [`Error::Value`] for a cell that is no value of its field's type.
    fn parse(record: Record<'_>, columns: &[Option<usize>]) -> Result<Self::Parsed, Error>;

    /// The second step, with the first one's result for the same row.
    fn build(parsed: Self::Parsed, record: Record<'a>, columns: &[Option<usize>]) -> Self;
}

/// A field of a [`Typed`] struct: a Rust type that one cell can fill.
///
/// `Option` of such a type is `None` for an unset cell and for a column that the log does not have.
pub trait FromCell<'a>: Sized {
    /// The Zeek type whose spelling is expected.
    const TYPE: Type;

    /// What the field holds that borrows nothing: the whole value of a number, `()` for text.
    type Parsed;

    /// Reads a cell; `None` is an unset cell or a missing column.
    ///
    /// # Errors
    /// A [`Fault`] if the cell is no value of this type.
    fn parse(cell: Option<Cell<'_>>) -> Result<Self::Parsed, Fault>;

    /// Makes the value of what [`parse`](Self::parse) gave and the same cell.
    fn build(parsed: Self::Parsed, cell: Option<Cell<'a>>) -> Self;
}

/// One raw cell, not unset, and what rules its reading.
#[derive(Clone, Copy, Debug)]
pub struct Cell<'a> {
    bytes: &'a [u8],
    ty: Type,
    rules: Rules<'a>,
}

impl<'a> Cell<'a> {
    /// The cell of a column, `None` if it is unset or there is no such column.
    #[inline]
    #[must_use]
    pub fn of(record: Record<'a>, column: Option<usize>) -> Option<Self> {
        let idx = column?;
        let (bytes, rules) = (record.cell(idx), record.rules());
        let ty = rules.header.schema().fields()[idx].ty();
        (!rules.header.is_unset(bytes)).then_some(Self { bytes, ty, rules })
    }

    /// The bytes, escapes and markers as they stand.
    #[must_use]
    pub fn bytes(self) -> &'a [u8] {
        self.bytes
    }

    /// The header in force.
    #[must_use]
    pub fn header(self) -> &'a Header {
        self.rules.header
    }

    /// The value as the given type reads it.
    ///
    /// # Errors
    /// A [`Fault`] if the cell is no value of this type.
    pub fn value(self, ty: Type) -> Result<Value<'a>, Fault> {
        Value::read(self.bytes, ty, self.rules, &mut Warnings::default())
    }
}

/// The first step for one field; [`typed!`](crate::typed) calls it.
///
/// # Errors
/// [`Error::Value`] for a cell that is no value of the field's type.
#[inline]
pub fn parse_field<'a, T: FromCell<'a>>(
    record: Record<'_>,
    column: Option<usize>,
    name: &str,
) -> Result<T::Parsed, Error> {
    T::parse(Cell::of(record, column)).map_err(|fault| record.field_error(column, name, T::TYPE, fault))
}

/// The second step for one field; [`typed!`](crate::typed) calls it.
#[inline]
pub fn build_field<'a, T: FromCell<'a>>(parsed: T::Parsed, record: Record<'a>, column: Option<usize>) -> T {
    T::build(parsed, Cell::of(record, column))
}

/// The columns of a [`Typed`] struct under one header, looked up once for all of its rows.
#[derive(Clone, Debug, Default)]
pub(crate) struct Columns {
    header: Option<Arc<Header>>,
    names: &'static [&'static str],
    columns: Vec<Option<usize>>,
}

impl Columns {
    /// The columns under this header.
    #[inline]
    pub(crate) fn of(&mut self, header: &Arc<Header>, names: &'static [&'static str]) -> &[Option<usize>] {
        let is_known = self.header.as_ref().is_some_and(|known| Arc::ptr_eq(known, header));
        if !is_known || !std::ptr::eq(self.names, names) {
            self.look_up(header, names);
        }
        &self.columns
    }

    #[cold]
    fn look_up(&mut self, header: &Arc<Header>, names: &'static [&'static str]) {
        self.columns = names.iter().map(|name| header.schema().index_of(name)).collect();
        self.names = names;
        self.header = Some(Arc::clone(header));
    }
}

impl<'a, T: FromCell<'a>> FromCell<'a> for Option<T> {
    const TYPE: Type = T::TYPE;
    type Parsed = Option<T::Parsed>;

    #[inline]
    fn parse(cell: Option<Cell<'_>>) -> Result<Self::Parsed, Fault> {
        cell.map(|cell| T::parse(Some(cell))).transpose()
    }

    #[inline]
    fn build(parsed: Self::Parsed, cell: Option<Cell<'a>>) -> Self {
        parsed.map(|parsed| T::build(parsed, cell))
    }
}

macro_rules! from_cell {
    ($($rust:ty, $zeek:expr, $parse:expr, $mend:expr, $wrap:expr;)*) => {
        $(impl<'a> FromCell<'a> for $rust {
            const TYPE: Type = $zeek;
            type Parsed = Self;

            #[inline]
            fn parse(cell: Option<Cell<'_>>) -> Result<Self, Fault> {
                let cell = cell.ok_or(Fault::Unset)?;
                read_with(cell.bytes, cell.rules, &mut Warnings::default(), $parse, $mend).map($wrap)
            }

            #[inline]
            fn build(parsed: Self, _: Option<Cell<'a>>) -> Self {
                parsed
            }
        })*
    };
}

from_cell! {
    bool, Type::BOOL, parse_bool, mend_bool, |value| value;
    i64, Type::INT, parse_int, mend_int, |value| value;
    u64, Type::COUNT, parse_count, mend_count, |value| value;
    f64, Type::DOUBLE, parse_double, mend_double, |value| value;
    Port, Type::PORT, parse_port, mend_port, |value| value;
    IpAddr, Type::ADDR, parse_addr, mend_addr, |value| value;
    Subnet, Type::SUBNET, parse_subnet, mend_subnet, |value| value;
    Time, Type::TIME, parse_time, mend_time, Time;
    Interval, Type::INTERVAL, parse_interval, mend_interval, Interval;
}

impl<'a> FromCell<'a> for Cow<'a, [u8]> {
    const TYPE: Type = Type::STRING;
    type Parsed = ();

    #[inline]
    fn parse(cell: Option<Cell<'_>>) -> Result<(), Fault> {
        cell.map(drop).ok_or(Fault::Unset)
    }

    #[inline]
    fn build((): (), cell: Option<Cell<'a>>) -> Self {
        cell.map_or(Cow::Borrowed(b""), |cell| read_text(cell.bytes, cell.rules, &mut Warnings::default()))
    }
}

/// A set or vector of whatever elements the header says; of strings where the header names another type.
impl<'a> FromCell<'a> for Elements<'a> {
    const TYPE: Type = Type::Vector(Scalar::String);
    type Parsed = ();

    #[inline]
    fn parse(cell: Option<Cell<'_>>) -> Result<(), Fault> {
        let cell = cell.ok_or(Fault::Unset)?;
        read_elements(cell).map(drop)
    }

    #[inline]
    fn build((): (), cell: Option<Cell<'a>>) -> Self {
        cell.and_then(|cell| read_elements(cell).ok()).unwrap_or(Elements::from(&[][..]))
    }
}

fn read_elements(cell: Cell<'_>) -> Result<Elements<'_>, Fault> {
    let element = cell.ty.element().unwrap_or(Scalar::String);
    Elements::read(cell.bytes, element, cell.rules, &mut Warnings::default())
}

/// Defines a struct that rows fill by name, without a derive: each field says its Rust type and its column's name.
///
/// A field of type `Option<T>` is `None` where the cell is unset or the log has no such column; a field of any other
/// type then makes the row an error. The types a field can have are those of [`FromCell`].
///
/// ```
/// use std::borrow::Cow;
/// bro_log::typed! {
///     /// Who asked for which name.
///     pub struct Query<'a> {
///         /// When.
///         pub ts: bro_log::Time = "ts",
///         /// The name.
///         pub query: Option<Cow<'a, [u8]>> = "query",
///     }
/// }
///
/// let log = b"#separator \\x09\n#fields\tts\tquery\n#types\ttime\tstring\n1.500000\texample.org\n";
/// let mut reader = bro_log::Reader::from_slice(log);
/// let query = reader.next_as::<Query<'_>>()?.expect("one row");
/// assert_eq!(query.ts, bro_log::Time(1_500_000));
/// assert_eq!(query.query.as_deref(), Some(&b"example.org"[..]));
/// # Ok::<(), bro_log::Error>(())
/// ```
#[macro_export]
macro_rules! typed {
    (
        $(#[$meta:meta])*
        $visibility:vis struct $name:ident<$life:lifetime> {
            $($(#[$field_meta:meta])* $field_visibility:vis $field:ident: $ty:ty = $column:literal),* $(,)?
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug)]
        $visibility struct $name<$life> {
            $($(#[$field_meta])* $field_visibility $field: $ty,)*
        }

        impl<$life> $crate::Typed<$life> for $name<$life> {
            const NAMES: &'static [&'static str] = &[$($column),*];
            type Parsed = ($(<$ty as $crate::FromCell<$life>>::Parsed,)*);

            #[inline]
            fn parse(
                record: $crate::Record<'_>,
                columns: &[Option<usize>],
            ) -> Result<Self::Parsed, $crate::Error> {
                let mut columns = columns.iter().copied();
                Ok(($($crate::parse_field::<$ty>(record, columns.next().flatten(), $column)?,)*))
            }

            #[inline]
            fn build(parsed: Self::Parsed, record: $crate::Record<$life>, columns: &[Option<usize>]) -> Self {
                let mut columns = columns.iter().copied();
                let ($($field,)*) = parsed;
                Self {
                    $($field: $crate::build_field::<$ty>($field, record, columns.next().flatten()),)*
                }
            }
        }
    };
}
