//! The value of one cell.

use std::{borrow::Cow, net::IpAddr};

use crate::{
    addr::{Subnet, parse_addr, parse_subnet},
    elements::Elements,
    error::Fault,
    escape,
    header::Header,
    number::{
        Port, mend_bool, mend_count, mend_double, mend_int, mend_port, parse_bool, parse_count, parse_double,
        parse_int, parse_port,
    },
    schema::{Scalar, Type},
    time::{Interval, Time, mend_interval, mend_time, parse_interval, parse_time},
    warning::{Warning, Warnings},
};

/// How much a reader forgives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Strictness {
    /// Mends what Zeek's own reader would mend and sets bad rows aside; both are reported.
    #[default]
    Lenient,
    /// Takes only what Zeek's writer writes.
    Strict,
}

/// What one cell says, borrowed from its row.
///
/// Unset and empty are two facts: an unset cell is [`Unset`](Self::Unset), an empty one a string or container of
/// length 0. Strings are bytes, for nothing in the format makes them UTF-8.
///
/// Two sets are equal if they hold the same elements, in any order and however often.
///
/// ```
/// use bro_log::{Reader, Value};
/// let log = b"#separator \\x09\n#fields\tn\ttags\n#types\tcount\tset[string]\n7\ta,b\n";
/// let mut reader = Reader::from_slice(log);
/// let record = reader.next_record()?.expect("one row");
/// assert_eq!(record.get(0)?, Value::Count(7));
/// let Value::Set(tags) = record.get(1)? else { panic!("a set") };
/// assert_eq!(tags.iter().collect::<Vec<_>>(), [Value::from("a"), Value::from("b")]);
/// # Ok::<(), bro_log::Error>(())
/// ```
#[derive(Clone, Debug)]
pub enum Value<'a> {
    /// No value.
    Unset,
    /// `bool`
    Bool(bool),
    /// `int`
    Int(i64),
    /// `count`
    Count(u64),
    /// `double`
    Double(f64),
    /// `time`
    Time(Time),
    /// `interval`
    Interval(Interval),
    /// `string`, and any type of an unknown name
    String(Cow<'a, [u8]>),
    /// `enum`
    Enum(Cow<'a, [u8]>),
    /// `port`
    Port(Port),
    /// `addr`
    Addr(IpAddr),
    /// `subnet`
    Subnet(Subnet),
    /// `pattern`, with its slashes
    Pattern(Cow<'a, [u8]>),
    /// `func`
    Func(Cow<'a, [u8]>),
    /// `file`
    File(Cow<'a, [u8]>),
    /// `set[T]` and `table[T]`
    Set(Elements<'a>),
    /// `vector[T]`
    Vector(Elements<'a>),
}

/// What rules the reading of a row's cells.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules<'a> {
    pub(crate) header: &'a Header,
    pub(crate) strictness: Strictness,
    /// Whether the row may have a backslash.
    pub(crate) has_escapes: bool,
}

impl<'a> Value<'a> {
    /// Reads one raw cell as a value of type `ty`. Time O(n); allocates only to decode escapes.
    #[inline]
    pub(crate) fn read(
        cell: &'a [u8],
        ty: Type,
        rules: Rules<'a>,
        warnings: &mut Warnings,
    ) -> Result<Self, Fault> {
        if rules.header.is_unset(cell) {
            return Ok(Self::Unset);
        }
        match ty {
            Type::Scalar(scalar) => Self::read_scalar(cell, scalar, rules, warnings),
            Type::Set(element) | Type::Table(element) => {
                Elements::read(cell, element, rules, warnings).map(Self::Set)
            }
            Type::Vector(element) => Elements::read(cell, element, rules, warnings).map(Self::Vector),
        }
    }

    /// Reads one raw cell or element that is not unset.
    #[inline]
    pub(crate) fn read_scalar(
        cell: &'a [u8],
        scalar: Scalar,
        rules: Rules<'a>,
        warnings: &mut Warnings,
    ) -> Result<Self, Fault> {
        Ok(match scalar {
            Scalar::Bool => Self::Bool(read_with(cell, rules, warnings, parse_bool, mend_bool)?),
            Scalar::Int => Self::Int(read_with(cell, rules, warnings, parse_int, mend_int)?),
            Scalar::Count => Self::Count(read_with(cell, rules, warnings, parse_count, mend_count)?),
            Scalar::Double => Self::Double(read_with(cell, rules, warnings, parse_double, mend_double)?),
            Scalar::Time => Self::Time(Time(read_with(cell, rules, warnings, parse_time, mend_time)?)),
            Scalar::Interval => {
                Self::Interval(Interval(read_with(cell, rules, warnings, parse_interval, mend_interval)?))
            }
            Scalar::Port => Self::Port(read_with(cell, rules, warnings, parse_port, mend_port)?),
            Scalar::Addr => Self::Addr(read_with(cell, rules, warnings, parse_addr, mend_addr)?),
            Scalar::Subnet => Self::Subnet(read_with(cell, rules, warnings, parse_subnet, mend_subnet)?),
            Scalar::String | Scalar::Unknown => Self::String(read_text(cell, rules, warnings)),
            Scalar::Enum => Self::Enum(read_text(cell, rules, warnings)),
            Scalar::Pattern => Self::Pattern(read_text(cell, rules, warnings)),
            Scalar::Func => Self::Func(read_text(cell, rules, warnings)),
            Scalar::File => Self::File(read_text(cell, rules, warnings)),
        })
    }

    /// Whether there is no value.
    #[must_use]
    pub fn is_unset(&self) -> bool {
        matches!(self, Self::Unset)
    }

    /// The bytes of a string, enum, pattern, func or file.
    #[must_use]
    pub fn as_bytes(&self) -> Option<&[u8]> {
        match self {
            Self::String(text)
            | Self::Enum(text)
            | Self::Pattern(text)
            | Self::Func(text)
            | Self::File(text) => Some(text),
            _ => None,
        }
    }

    /// The elements of a set or vector.
    #[must_use]
    pub fn elements(&self) -> Option<&Elements<'a>> {
        match self {
            Self::Set(elements) | Self::Vector(elements) => Some(elements),
            _ => None,
        }
    }

    /// Zeek's word for the kind of value, `unset` for none.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Unset => "unset",
            Self::Bool(_) => "bool",
            Self::Int(_) => "int",
            Self::Count(_) => "count",
            Self::Double(_) => "double",
            Self::Time(_) => "time",
            Self::Interval(_) => "interval",
            Self::String(_) => "string",
            Self::Enum(_) => "enum",
            Self::Port(_) => "port",
            Self::Addr(_) => "addr",
            Self::Subnet(_) => "subnet",
            Self::Pattern(_) => "pattern",
            Self::Func(_) => "func",
            Self::File(_) => "file",
            Self::Set(_) => "set",
            Self::Vector(_) => "vector",
        }
    }
}

/// Parses a cell, or mends it where that is allowed.
#[inline]
pub(crate) fn read_with<T>(
    cell: &[u8],
    rules: Rules<'_>,
    warnings: &mut Warnings,
    parse: impl Fn(&[u8]) -> Result<T, Fault>,
    mend: impl Fn(&[u8]) -> Result<(T, Warning), Fault>,
) -> Result<T, Fault> {
    parse(cell).or_else(|fault| read_odd(cell, fault, rules, warnings, parse, mend))
}

/// A cell that does not parse as it stands: its first byte may be escaped, or it may need mending.
#[cold]
fn read_odd<T>(
    cell: &[u8],
    fault: Fault,
    rules: Rules<'_>,
    warnings: &mut Warnings,
    parse: impl Fn(&[u8]) -> Result<T, Fault>,
    mend: impl Fn(&[u8]) -> Result<(T, Warning), Fault>,
) -> Result<T, Fault> {
    let (text, _) = escape::decode(cell, rules.header.backslash());
    let fault = match text {
        Cow::Borrowed(_) => fault,
        Cow::Owned(_) => match parse(&text) {
            Ok(value) => return Ok(value),
            Err(fault) => fault,
        },
    };
    if rules.strictness == Strictness::Strict {
        return Err(fault);
    }
    let (value, warning) = mend(&text)?;
    warnings.insert(warning);
    Ok(value)
}

/// Mends a cell whose value only has blanks around it.
fn mend_blanks<T>(
    parse: impl Fn(&[u8]) -> Result<T, Fault>,
) -> impl Fn(&[u8]) -> Result<(T, Warning), Fault> {
    move |cell| parse(cell.trim_ascii()).map(|value| (value, Warning::TrailingText))
}

/// An address, mended only by dropping blanks around it.
pub(crate) fn mend_addr(cell: &[u8]) -> Result<(IpAddr, Warning), Fault> {
    mend_blanks(parse_addr)(cell)
}

/// A subnet, mended only by dropping blanks around it.
pub(crate) fn mend_subnet(cell: &[u8]) -> Result<(Subnet, Warning), Fault> {
    mend_blanks(parse_subnet)(cell)
}

/// A string cell: the marker for empty, or text with escapes.
#[inline]
pub(crate) fn read_text<'a>(cell: &'a [u8], rules: Rules<'a>, warnings: &mut Warnings) -> Cow<'a, [u8]> {
    if rules.header.is_empty(cell) {
        return Cow::Borrowed(b"");
    }
    if cell.is_empty() {
        warnings.insert(Warning::EmptyCell);
    }
    if !rules.has_escapes {
        return Cow::Borrowed(cell);
    }
    let (text, has_lone) = escape::decode(cell, rules.header.backslash());
    if has_lone {
        warnings.insert(Warning::LoneBackslash);
    }
    text
}

impl PartialEq for Value<'_> {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Unset, Self::Unset) => true,
            (Self::Bool(one), Self::Bool(two)) => one == two,
            (Self::Int(one), Self::Int(two)) => one == two,
            (Self::Count(one), Self::Count(two)) => one == two,
            (Self::Double(one), Self::Double(two)) => one == two,
            (Self::Time(one), Self::Time(two)) => one == two,
            (Self::Interval(one), Self::Interval(two)) => one == two,
            (Self::Port(one), Self::Port(two)) => one == two,
            (Self::Addr(one), Self::Addr(two)) => one == two,
            (Self::Subnet(one), Self::Subnet(two)) => one == two,
            (Self::String(one), Self::String(two))
            | (Self::Enum(one), Self::Enum(two))
            | (Self::Pattern(one), Self::Pattern(two))
            | (Self::Func(one), Self::Func(two))
            | (Self::File(one), Self::File(two)) => one == two,
            (Self::Set(one), Self::Set(two)) => one.holds_all_of(two) && two.holds_all_of(one),
            (Self::Vector(one), Self::Vector(two)) => one.iter().eq(two.iter()),
            _ => false,
        }
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::String(Cow::Borrowed(text.as_bytes()))
    }
}

impl<'a> From<&'a [u8]> for Value<'a> {
    fn from(text: &'a [u8]) -> Self {
        Self::String(Cow::Borrowed(text))
    }
}

impl<'a> From<Cow<'a, [u8]>> for Value<'a> {
    fn from(text: Cow<'a, [u8]>) -> Self {
        Self::String(text)
    }
}

impl<'a, T: Into<Self>> From<Option<T>> for Value<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Unset, Into::into)
    }
}

macro_rules! value_from {
    ($($from:ty => $variant:ident),* $(,)?) => {
        $(impl From<$from> for Value<'_> {
            fn from(value: $from) -> Self {
                Self::$variant(value)
            }
        })*
    };
}

value_from! {
    bool => Bool,
    i64 => Int,
    u64 => Count,
    f64 => Double,
    Time => Time,
    Interval => Interval,
    Port => Port,
    IpAddr => Addr,
    Subnet => Subnet,
}
