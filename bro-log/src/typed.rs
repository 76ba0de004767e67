//! Rows as structs.

use std::{borrow::Cow, net::IpAddr, sync::Arc};

use crate::{
    addr::{Subnet, parse_addr, parse_subnet},
    elements::Elements,
    error::Fault,
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
    /// [`BadField`] for the first cell that is no value of its field's type.
    fn parse(record: Record<'_>, columns: &[Option<usize>]) -> Result<Self::Parsed, BadField>;

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

    /// Reads a cell that is not unset; `None` stands for an unset cell or a missing column.
    ///
    /// # Errors
    /// A [`Fault`] if the cell is no value of this type.
    fn parse(cell: Option<Cell<'_>>) -> Result<Self::Parsed, Fault>;

    /// Makes the value of what [`parse`](Self::parse) gave and the same cell; `None` if the column is missing.
    fn build(parsed: Self::Parsed, cell: Option<Cell<'a>>) -> Self;
}

/// Which field of a [`Typed`] struct a row cannot fill, and why. As small as can be, for it travels on the hot path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadField {
    /// The field, counted from 0.
    pub field_idx: u32,
    /// The Zeek type whose spelling was expected.
    pub ty: Type,
    /// What is wrong.
    pub fault: Fault,
}

/// One raw cell and what rules its reading.
#[derive(Clone, Copy, Debug)]
pub struct Cell<'a> {
    record: Record<'a>,
    idx: usize,
}

impl<'a> Cell<'a> {
    /// The bytes, escapes and markers as they stand.
    #[inline(always)]
    #[must_use]
    pub fn bytes(self) -> &'a [u8] {
        self.record.cell(self.idx)
    }

    /// The type that the header gives the column.
    #[must_use]
    pub fn ty(self) -> Type {
        self.record.header().schema().fields()[self.idx].ty()
    }

    /// The value as the given type reads it.
    ///
    /// # Errors
    /// A [`Fault`] if the cell is no value of this type.
    pub fn value(self, ty: Type) -> Result<Value<'a>, Fault> {
        Value::read(self.bytes(), ty, self.rules(), &mut Warnings::default())
    }

    #[inline(always)]
    fn rules(self) -> Rules<'a> {
        self.record.rules()
    }
}

/// The first step for one field; [`typed!`](crate::typed) calls it.
///
/// # Errors
/// [`BadField`] for a cell that is no value of the field's type.
#[inline(always)]
pub fn parse_field<'a, T: FromCell<'a>>(
    record: Record<'_>,
    columns: &[Option<usize>],
    field_idx: usize,
) -> Result<T::Parsed, BadField> {
    let cell = match columns[field_idx] {
        Some(idx) if !record.header().is_unset(record.cell(idx)) => Some(Cell { record, idx }),
        _ => None,
    };
    match T::parse(cell) {
        Ok(parsed) => Ok(parsed),
        Err(fault) => Err(BadField { field_idx: field_idx as u32, ty: T::TYPE, fault }),
    }
}

/// The second step for one field; [`typed!`](crate::typed) calls it.
#[inline(always)]
pub fn build_field<'a, T: FromCell<'a>>(
    parsed: T::Parsed,
    record: Record<'a>,
    columns: &[Option<usize>],
    field_idx: usize,
) -> T {
    #[expect(
        clippy::manual_map,
        reason = "map's closure is not inlined here and costs a call for each field"
    )]
    let cell = match columns[field_idx] {
        Some(idx) => Some(Cell { record, idx }),
        None => None,
    };
    T::build(parsed, cell)
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

    #[inline(always)]
    fn parse(cell: Option<Cell<'_>>) -> Result<Self::Parsed, Fault> {
        match cell {
            Some(_) => T::parse(cell).map(Some),
            None => Ok(None),
        }
    }

    #[inline(always)]
    #[expect(
        clippy::manual_map,
        reason = "map's closure is not inlined here and costs a call for each field"
    )]
    fn build(parsed: Self::Parsed, cell: Option<Cell<'a>>) -> Self {
        match parsed {
            Some(parsed) => Some(T::build(parsed, cell)),
            None => None,
        }
    }
}

macro_rules! from_cell {
    ($($rust:ty, $zeek:expr, $parse:expr, $mend:expr, $wrap:expr;)*) => {
        $(impl<'a> FromCell<'a> for $rust {
            const TYPE: Type = $zeek;
            type Parsed = Self;

            #[inline(always)]
            fn parse(cell: Option<Cell<'_>>) -> Result<Self, Fault> {
                let cell = cell.ok_or(Fault::Unset)?;
                read_with(cell.bytes(), cell.rules(), &mut Warnings::default(), $parse, $mend).map($wrap)
            }

            #[inline(always)]
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

    #[inline(always)]
    fn parse(cell: Option<Cell<'_>>) -> Result<(), Fault> {
        cell.map(drop).ok_or(Fault::Unset)
    }

    #[inline(always)]
    fn build((): (), cell: Option<Cell<'a>>) -> Self {
        cell.map_or(Cow::Borrowed(b""), |cell| {
            read_text(cell.bytes(), cell.rules(), &mut Warnings::default())
        })
    }
}

/// A set or vector of whatever elements the header says; of strings where the header names another type.
impl<'a> FromCell<'a> for Elements<'a> {
    const TYPE: Type = Type::Vector(Scalar::String);
    type Parsed = ();

    #[inline(always)]
    fn parse(cell: Option<Cell<'_>>) -> Result<(), Fault> {
        let cell = cell.ok_or(Fault::Unset)?;
        read_elements(cell).map(drop)
    }

    #[inline(always)]
    fn build((): (), cell: Option<Cell<'a>>) -> Self {
        cell.and_then(|cell| read_elements(cell).ok()).unwrap_or(Elements::from(&[][..]))
    }
}

fn read_elements(cell: Cell<'_>) -> Result<Elements<'_>, Fault> {
    let element = cell.ty().element().unwrap_or(Scalar::String);
    Elements::read(cell.bytes(), element, cell.rules(), &mut Warnings::default())
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

            #[inline(always)]
            fn parse(
                record: $crate::Record<'_>,
                columns: &[Option<usize>],
            ) -> Result<Self::Parsed, $crate::BadField> {
                #[expect(non_camel_case_types, reason = "the fields' own names, to count them")]
                enum Idx { $($field,)* }
                // With the length known, no column is looked up with a check of its own.
                let columns = &columns[..Self::NAMES.len()];
                Ok(($($crate::parse_field::<$ty>(record, columns, Idx::$field as usize)?,)*))
            }

            #[inline(always)]
            fn build(parsed: Self::Parsed, record: $crate::Record<$life>, columns: &[Option<usize>]) -> Self {
                #[expect(non_camel_case_types, reason = "the fields' own names, to count them")]
                enum Idx { $($field,)* }
                let columns = &columns[..Self::NAMES.len()];
                let ($($field,)*) = parsed;
                Self {
                    $($field: $crate::build_field::<$ty>(
                        $field,
                        record,
                        columns,
                        Idx::$field as usize,
                    ),)*
                }
            }
        }
    };
}
