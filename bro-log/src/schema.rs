//! Names and types of a log's columns.

use std::{collections::HashMap, fmt, str::FromStr};

use crate::error::{Error, excerpt};

/// A type without elements, as `#types` names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Scalar {
    /// `T` or `F`.
    Bool,
    /// A signed integer of 64 bits.
    Int,
    /// An unsigned integer of 64 bits.
    Count,
    /// A floating-point number.
    Double,
    /// An instant, to the microsecond.
    Time,
    /// A length of time, to the microsecond.
    Interval,
    /// Bytes, not necessarily UTF-8.
    String,
    /// One of a script's names, such as `HTTP::URI_SQLI`.
    Enum,
    /// A port number, in some inputs with its protocol.
    Port,
    /// An IPv4 or IPv6 address.
    Addr,
    /// An address and a width.
    Subnet,
    /// A regular expression; Zeek reads but never writes it.
    Pattern,
    /// The description of a function.
    Func,
    /// The description of a file.
    File,
    /// Any other name; read as a string.
    Unknown,
}

impl Scalar {
    /// Every type that has a name of its own.
    pub const NAMED: [Self; 14] = [
        Self::Bool,
        Self::Int,
        Self::Count,
        Self::Double,
        Self::Time,
        Self::Interval,
        Self::String,
        Self::Enum,
        Self::Port,
        Self::Addr,
        Self::Subnet,
        Self::Pattern,
        Self::Func,
        Self::File,
    ];

    /// Zeek's word for the type.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Bool => "bool",
            Self::Int => "int",
            Self::Count => "count",
            Self::Double => "double",
            Self::Time => "time",
            Self::Interval => "interval",
            Self::String => "string",
            Self::Enum => "enum",
            Self::Port => "port",
            Self::Addr => "addr",
            Self::Subnet => "subnet",
            Self::Pattern => "pattern",
            Self::Func => "func",
            Self::File => "file",
            Self::Unknown => "unknown",
        }
    }

    /// The type of this name, [`Unknown`](Self::Unknown) if there is none.
    #[must_use]
    pub fn from_name(name: &str) -> Self {
        Self::NAMED.into_iter().find(|scalar| scalar.name() == name).unwrap_or(Self::Unknown)
    }

    /// Whether any bytes are a value of this type.
    #[must_use]
    pub fn is_text(self) -> bool {
        matches!(self, Self::String | Self::Enum | Self::Pattern | Self::Func | Self::File | Self::Unknown)
    }
}

/// A column's type, as `#types` names it.
///
/// ```
/// use bro_log::{Scalar, Type};
/// assert_eq!(Type::from_name("count"), Type::COUNT);
/// assert_eq!(Type::from_name("set[addr]"), Type::Set(Scalar::Addr));
/// assert_eq!(Type::Vector(Scalar::Interval).to_string(), "vector[interval]");
/// assert!(Type::from_name("opaque of md5").is_unknown());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Type {
    /// One value.
    Scalar(Scalar),
    /// `set[T]`: elements in no order.
    Set(Scalar),
    /// `vector[T]`: elements in order.
    Vector(Scalar),
    /// `table[T]`: what Bro before 2.3 called a set.
    Table(Scalar),
}

impl Type {
    /// `bool`
    pub const BOOL: Self = Self::Scalar(Scalar::Bool);
    /// `int`
    pub const INT: Self = Self::Scalar(Scalar::Int);
    /// `count`
    pub const COUNT: Self = Self::Scalar(Scalar::Count);
    /// `double`
    pub const DOUBLE: Self = Self::Scalar(Scalar::Double);
    /// `time`
    pub const TIME: Self = Self::Scalar(Scalar::Time);
    /// `interval`
    pub const INTERVAL: Self = Self::Scalar(Scalar::Interval);
    /// `string`
    pub const STRING: Self = Self::Scalar(Scalar::String);
    /// `enum`
    pub const ENUM: Self = Self::Scalar(Scalar::Enum);
    /// `port`
    pub const PORT: Self = Self::Scalar(Scalar::Port);
    /// `addr`
    pub const ADDR: Self = Self::Scalar(Scalar::Addr);
    /// `subnet`
    pub const SUBNET: Self = Self::Scalar(Scalar::Subnet);

    /// The type that `#types` calls `name`; a bare `set`, `vector` or `table` holds strings.
    #[must_use]
    pub fn from_name(name: &str) -> Self {
        let element = |inner: &str| match inner {
            "" => Scalar::String,
            _ => inner
                .strip_prefix('[')
                .and_then(|inner| inner.strip_suffix(']'))
                .map_or(Scalar::Unknown, Scalar::from_name),
        };
        let container = |prefix: &str| {
            let element = element(name.strip_prefix(prefix)?);
            (element != Scalar::Unknown).then_some(element)
        };
        container("set")
            .map(Self::Set)
            .or_else(|| container("vector").map(Self::Vector))
            .or_else(|| container("table").map(Self::Table))
            .unwrap_or_else(|| Self::Scalar(Scalar::from_name(name)))
    }

    /// The type of the elements, `None` for a scalar.
    #[must_use]
    pub fn element(self) -> Option<Scalar> {
        match self {
            Self::Scalar(_) => None,
            Self::Set(element) | Self::Vector(element) | Self::Table(element) => Some(element),
        }
    }

    /// Whether the name meant nothing and the column is read as a string.
    #[must_use]
    pub fn is_unknown(self) -> bool {
        self == Self::Scalar(Scalar::Unknown)
    }
}

impl fmt::Display for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Scalar(scalar) => scalar.fmt(f),
            Self::Set(element) => write!(f, "set[{element}]"),
            Self::Vector(element) => write!(f, "vector[{element}]"),
            Self::Table(element) => write!(f, "table[{element}]"),
        }
    }
}

/// One column: its name and its type, the latter also as the log spells it.
///
/// ```
/// let field = bro_log::Field::new("id.orig_p", bro_log::Type::PORT);
/// assert_eq!((field.name(), field.type_name()), ("id.orig_p", "port"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Field {
    name: Box<str>,
    ty: Type,
    type_name: Box<str>,
}

impl Field {
    /// A column of a known type.
    #[must_use]
    pub fn new(name: &str, ty: Type) -> Self {
        Self { name: name.into(), ty, type_name: ty.to_string().into() }
    }

    /// A column of the type with this name, whatever it is.
    #[must_use]
    pub fn with_type_name(name: &str, type_name: &str) -> Self {
        Self { name: name.into(), ty: Type::from_name(type_name), type_name: type_name.into() }
    }

    /// The name, as `#fields` spells it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The type.
    #[must_use]
    pub fn ty(&self) -> Type {
        self.ty
    }

    /// The type's name, as `#types` spells it.
    #[must_use]
    pub fn type_name(&self) -> &str {
        &self.type_name
    }
}

/// The columns of a log, in order, found by name in constant time.
///
/// ```
/// use bro_log::{Schema, Type};
/// let schema: Schema = "ts:time uid:string tags:set[enum]".parse()?;
/// assert_eq!(schema.index_of("uid"), Some(1));
/// assert_eq!(Schema::standard("conn").map(|conn| conn.fields()[0].ty()), Some(Type::TIME));
/// # Ok::<(), bro_log::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Schema {
    fields: Vec<Field>,
    first_of_name: HashMap<Box<str>, usize>,
}

impl Schema {
    /// A schema of these columns. Two may share a name; then the first answers to it.
    #[must_use]
    pub fn new(fields: Vec<Field>) -> Self {
        let mut first_of_name = HashMap::with_capacity(fields.len());
        for (idx, field) in fields.iter().enumerate() {
            first_of_name.entry(field.name.clone()).or_insert(idx);
        }
        Self { fields, first_of_name }
    }

    /// The columns, in order.
    #[must_use]
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// Number of columns.
    #[must_use]
    pub fn len(&self) -> usize {
        self.fields.len()
    }

    /// Whether there is no column at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// The first column of this name, counted from 0.
    #[must_use]
    pub fn index_of(&self, name: &str) -> Option<usize> {
        self.first_of_name.get(name).copied()
    }

    /// The first column of this name.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.index_of(name).map(|idx| &self.fields[idx])
    }

    /// Whether two columns share a name.
    #[must_use]
    pub fn has_duplicates(&self) -> bool {
        self.first_of_name.len() < self.fields.len()
    }
}

impl FromStr for Schema {
    type Err = Error;

    /// Reads `name:type` pairs between blanks or line ends; a bare name means a string.
    fn from_str(text: &str) -> Result<Self, Error> {
        let field = |part: &str| match part.split_once(':') {
            None => Ok(Field::new(part, Type::STRING)),
            Some((name, type_name)) if !name.is_empty() && !Type::from_name(type_name).is_unknown() => {
                Ok(Field::with_type_name(name, type_name))
            }
            Some(_) => Err(Error::Schema { text: excerpt(part.as_bytes()) }),
        };
        text.split_whitespace().map(field).collect::<Result<_, _>>().map(Self::new)
    }
}

impl FromIterator<Field> for Schema {
    fn from_iter<I: IntoIterator<Item = Field>>(fields: I) -> Self {
        Self::new(fields.into_iter().collect())
    }
}
