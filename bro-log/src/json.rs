//! JSON logs: each object becomes the row that a tab-separated log would have for it.

use std::{borrow::Cow, collections::HashMap, fmt, sync::Arc};

use serde_core::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};

use crate::{
    error::{Error, Position, excerpt},
    escape,
    header::{Format, Header, Preamble},
    schema::{Field, Scalar, Schema, Type},
    standard::{known_field, path_of_name},
    time::{Time, micros_of_seconds},
};

/// Turns JSON objects into rows. Each path has a header of its own, which gains a column whenever a new key comes.
#[derive(Debug)]
pub(crate) struct Transcoder {
    streams: Vec<Stream>,
    current: usize,
    /// The path that the log's name tells.
    name_path: Option<&'static str>,
    /// Columns the user knows.
    schema: Option<Schema>,
}

impl Transcoder {
    /// More paths than this in one log share the last one's columns.
    const MAX_STREAMS: usize = 256;

    pub(crate) fn new(name: Option<&str>, schema: Option<Schema>) -> Self {
        Self { streams: Vec::new(), current: 0, name_path: name.and_then(path_of_name), schema }
    }

    /// The header of the last row, as the objects so far make it.
    pub(crate) fn header(&self) -> Option<&Arc<Header>> {
        self.streams.get(self.current).map(|stream| &stream.header)
    }

    /// Writes one object's row to `line` and its cells' ends to `ends`.
    pub(crate) fn row(
        &mut self,
        object: &[u8],
        at: Position,
        line: &mut Vec<u8>,
        ends: &mut Vec<u32>,
    ) -> Result<(), Error> {
        self.current = self.stream_of(path_of(object).or(self.name_path), at);
        let (stream, schema) = (&mut self.streams[self.current], self.schema.as_ref());
        stream.columns.iter_mut().for_each(|column| column.is_set = false);
        let mut json = serde_json::Deserializer::from_slice(object);
        let keys = Keys { target: Target { stream, schema, name_path: self.name_path }, prefix: "" };
        let parsed = json.deserialize_map(keys).and_then(|()| json.end());
        parsed.map_err(|reason| Error::Json { at, reason, text: excerpt(object) })?;
        stream.write_row(line, ends);
        Ok(())
    }

    /// The stream of a path, a new one if it was not met before.
    fn stream_of(&mut self, path: Option<&str>, at: Position) -> usize {
        let known = self.streams.iter().position(|stream| stream.header.path() == path);
        known.unwrap_or_else(|| {
            if self.streams.len() < Self::MAX_STREAMS {
                self.streams.push(Stream::new(path, at));
            }
            self.streams.len() - 1
        })
    }
}

/// The value of `_path` or `@stream` in `{"_path":"conn",…`.
fn path_of(object: &[u8]) -> Option<&str> {
    ["\"_path\":", "\"@stream\":"].iter().find_map(|key| {
        let start = memchr::memmem::find(object, key.as_bytes())?;
        let is_key = matches!(object[..start].trim_ascii_end().last(), Some(b'{' | b','));
        let value = object[start + key.len()..].trim_ascii_start().strip_prefix(b"\"").filter(|_| is_key)?;
        let text = &value[..memchr::memchr(b'"', value)?];
        std::str::from_utf8(text).ok().filter(|text| !text.contains('\\'))
    })
}

/// The rows of one path.
#[derive(Debug)]
struct Stream {
    header: Arc<Header>,
    /// The column of each key, under the key's own spelling.
    column_of_key: HashMap<Box<str>, usize>,
    columns: Vec<Column>,
}

/// One column of the row being made.
#[derive(Debug)]
struct Column {
    cell: Vec<u8>,
    is_set: bool,
    origin: Origin,
}

/// How a column came by its type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Origin {
    /// The log or the user's schema is known to have it.
    Known,
    /// From the values met so far.
    Guessed,
    /// Only nulls were met.
    Open,
}

impl Stream {
    /// More keys than this in one path, and the rows that add them are rejected.
    const MAX_COLUMNS: usize = 4096;

    fn new(path: Option<&str>, at: Position) -> Self {
        let header = Preamble::default().header_of(Schema::default());
        let header = Header { path: path.map(str::to_owned), format: Format::Json, at, ..header };
        Self { header: Arc::new(header), column_of_key: HashMap::new(), columns: Vec::new() }
    }

    fn write_row(&self, line: &mut Vec<u8>, ends: &mut Vec<u32>) {
        line.clear();
        ends.clear();
        for column in &self.columns {
            if !ends.is_empty() {
                line.push(b'\t');
            }
            line.extend_from_slice(if column.is_set { &column.cell } else { b"-" });
            ends.push(line.len() as u32);
        }
    }

    fn set_type(&mut self, idx: usize, ty: Type) {
        let mut fields = self.header.schema.fields().to_vec();
        fields[idx] = Field::new(fields[idx].name(), ty);
        Arc::make_mut(&mut self.header).schema = Schema::new(fields);
    }
}

/// Where the keys of one object go.
struct Target<'t> {
    stream: &'t mut Stream,
    schema: Option<&'t Schema>,
    name_path: Option<&'static str>,
}

impl Target<'_> {
    fn reborrow(&mut self) -> Target<'_> {
        Target { stream: self.stream, schema: self.schema, name_path: self.name_path }
    }

    fn put(&mut self, key: &str, value: &Found<'_>) -> Result<(), &'static str> {
        let idx = match self.stream.column_of_key.get(key) {
            Some(&idx) => idx,
            None => self.add(key, value)?,
        };
        self.widen(idx, value);
        let column = &mut self.stream.columns[idx];
        column.cell.clear();
        value.write_cell(self.stream.header.schema.fields()[idx].ty(), &mut column.cell);
        column.is_set = true;
        Ok(())
    }

    /// A column for a key that was not met before.
    fn add(&mut self, key: &str, value: &Found<'_>) -> Result<usize, &'static str> {
        let stream = &mut *self.stream;
        if stream.columns.len() >= Stream::MAX_COLUMNS {
            return Err("too many keys in this log");
        }
        let given = self.schema.and_then(|schema| schema.field(key));
        let known = given.or_else(|| known_field(stream.header.path().or(self.name_path), key));
        let field = known.cloned().unwrap_or_else(|| Field::new(key, value.guess()));
        let idx = stream.header.schema.index_of(field.name()).unwrap_or(stream.columns.len());
        if idx == stream.columns.len() {
            let origin = match value {
                _ if known.is_some() => Origin::Known,
                Found::Null => Origin::Open,
                _ => Origin::Guessed,
            };
            let fields = stream.header.schema.fields().iter().cloned().chain([field]);
            let schema = fields.collect();
            Arc::make_mut(&mut stream.header).schema = schema;
            stream.columns.push(Column { cell: Vec::new(), is_set: false, origin });
        }
        stream.column_of_key.insert(key.into(), idx);
        Ok(idx)
    }

    /// A value that the guessed type cannot hold makes the column's type wider.
    fn widen(&mut self, idx: usize, value: &Found<'_>) {
        let column = &mut self.stream.columns[idx];
        let ty = self.stream.header.schema.fields()[idx].ty();
        let wider = match column.origin {
            Origin::Known => return,
            _ if matches!(value, Found::Null) => return,
            Origin::Open => value.guess(),
            Origin::Guessed => widest(ty, value.guess()),
        };
        column.origin = Origin::Guessed;
        if wider != ty {
            self.stream.set_type(idx, wider);
        }
    }
}

/// The narrowest type that holds what both hold.
pub(crate) fn widest(one: Type, two: Type) -> Type {
    const NUMBERS: [Type; 3] = [Type::COUNT, Type::INT, Type::DOUBLE];
    let rank = |ty: Type| NUMBERS.iter().position(|&number| number == ty);
    match (one, two) {
        _ if one == two => one,
        (Type::Vector(one), Type::Vector(two)) => match widest(Type::Scalar(one), Type::Scalar(two)) {
            Type::Scalar(element) => Type::Vector(element),
            other => other,
        },
        _ => match (rank(one), rank(two)) {
            (Some(one), Some(two)) => NUMBERS[one.max(two)],
            _ => Type::STRING,
        },
    }
}

/// A JSON value, as much of it as a log has.
#[derive(Debug)]
enum Found<'a> {
    Null,
    Bool(bool),
    Count(u64),
    Int(i64),
    Double(f64),
    Text(Cow<'a, str>),
    Array(Vec<Self>),
}

impl Found<'_> {
    /// The type of a column of which only this value is known.
    fn guess(&self) -> Type {
        match self {
            Self::Bool(_) => Type::BOOL,
            Self::Count(_) => Type::COUNT,
            Self::Int(_) => Type::INT,
            Self::Double(_) => Type::DOUBLE,
            Self::Null | Self::Text(_) => Type::STRING,
            Self::Array(elements) => {
                let element = elements
                    .iter()
                    .filter(|element| !matches!(element, Found::Null))
                    .map(Found::guess)
                    .reduce(widest);
                match element {
                    Some(Type::Scalar(element)) => Type::Vector(element),
                    _ => Type::Vector(Scalar::String),
                }
            }
        }
    }

    /// Appends the value as a cell of a column of this type.
    fn write_cell(&self, ty: Type, cell: &mut Vec<u8>) {
        match (self, ty) {
            (Self::Array(elements), Type::Set(element) | Type::Vector(element) | Type::Table(element)) => {
                write_elements(elements, element, cell);
            }
            (Self::Null, _) => cell.push(b'-'),
            (Self::Array(elements), Type::Scalar(_)) => {
                let texts: Vec<_> = elements.iter().map(Found::to_text).collect();
                write_text(texts.join(",").as_bytes(), b"", cell);
            }
            (_, Type::Scalar(scalar)) => self.write_scalar(scalar, b"", cell),
            (_, Type::Set(element) | Type::Vector(element) | Type::Table(element)) => {
                self.write_scalar(element, b",", cell);
            }
        }
    }

    fn write_scalar(&self, scalar: Scalar, special: &[u8], cell: &mut Vec<u8>) {
        let text = match (self, scalar) {
            (Self::Bool(value), Scalar::Bool) => Cow::Borrowed(if *value { "T" } else { "F" }),
            (_, Scalar::Time) => self.time_text(),
            (_, Scalar::Interval) => self.interval_text(),
            _ => self.to_text(),
        };
        write_text(text.as_bytes(), special, cell);
    }

    /// Seconds as a double, milliseconds as an integer, or ISO 8601 in UTC.
    ///
    /// An integer below 10¹⁰ in magnitude is taken for seconds (until the year 2286), a larger one for milliseconds.
    fn time_text(&self) -> Cow<'_, str> {
        const LEAST_MILLIS: u64 = 10_000_000_000;
        let micros = match self {
            Self::Double(seconds) => micros_of_seconds(*seconds).ok(),
            Self::Count(count) => i64::try_from(*count).ok().and_then(micros_of_integer),
            Self::Int(int) => micros_of_integer(*int),
            Self::Text(text) => micros_of_iso(text),
            _ => None,
        };
        fn micros_of_integer(number: i64) -> Option<i64> {
            let scale = if number.unsigned_abs() < LEAST_MILLIS { 1_000_000 } else { 1000 };
            number.checked_mul(scale)
        }
        micros.map_or_else(|| self.to_text(), |micros| Time(micros).to_string().into())
    }

    fn interval_text(&self) -> Cow<'_, str> {
        let micros = match self {
            Self::Double(seconds) => micros_of_seconds(*seconds).ok(),
            Self::Count(seconds) => {
                i64::try_from(*seconds).ok().and_then(|seconds| seconds.checked_mul(1_000_000))
            }
            Self::Int(seconds) => seconds.checked_mul(1_000_000),
            _ => None,
        };
        micros.map_or_else(|| self.to_text(), |micros| Time(micros).to_string().into())
    }

    /// The value as plain text.
    fn to_text(&self) -> Cow<'_, str> {
        match self {
            Self::Null => "-".into(),
            Self::Bool(value) => value.to_string().into(),
            Self::Count(number) => number.to_string().into(),
            Self::Int(number) => number.to_string().into(),
            Self::Double(number) => number.to_string().into(),
            Self::Text(text) => text.as_ref().into(),
            Self::Array(elements) => elements.iter().map(Found::to_text).collect::<Vec<_>>().join(",").into(),
        }
    }
}

/// Elements between commas; nothing at all for the one empty string, which `(empty)` would not mean.
fn write_elements(elements: &[Found<'_>], element: Scalar, cell: &mut Vec<u8>) {
    match elements {
        [] => cell.extend_from_slice(b"(empty)"),
        [Found::Text(text)] if text.is_empty() => {}
        _ => {
            for (idx, value) in elements.iter().enumerate() {
                if idx > 0 {
                    cell.push(b',');
                }
                match value {
                    Found::Null => cell.push(b'-'),
                    value => value.write_scalar(element, b",", cell),
                }
            }
        }
    }
}

/// Text as a cell of a tab-separated log with default markers.
fn write_text(text: &[u8], special: &[u8], cell: &mut Vec<u8>) {
    match text {
        b"" => cell.extend_from_slice(b"(empty)"),
        b"-" | b"(empty)" => {
            escape::encode_hex(text[0], cell);
            cell.extend_from_slice(&text[1..]);
        }
        _ => escape::encode(text, special, cell),
    }
}

/// `1960-01-01T00:00:00.000000Z` as microseconds since 1970; any number of decimals, an offset for the `Z`.
fn micros_of_iso(text: &str) -> Option<i64> {
    let bytes = text.as_bytes();
    let number = |start: usize, end: usize| {
        let digits = bytes.get(start..end)?;
        let push = |value: i64, byte: &u8| byte.is_ascii_digit().then(|| value * 10 + i64::from(byte - b'0'));
        digits.iter().try_fold(0_i64, push)
    };
    let is_shaped = bytes.len() >= 20
        && bytes[4] == b'-'
        && bytes[7] == b'-'
        && matches!(bytes[10], b'T' | b' ')
        && bytes[13] == b':'
        && bytes[16] == b':';
    if !is_shaped {
        return None;
    }
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let n_fraction = match bytes[19] {
        b'.' => bytes[20..].iter().take_while(|byte| byte.is_ascii_digit()).count() + 1,
        _ => 0,
    };
    let decimals = bytes[19..19 + n_fraction].get(1..).unwrap_or_default();
    let digit = |idx: usize| decimals.get(idx).map_or(0, |byte| i64::from(byte - b'0'));
    let micros = (0..6).fold(0, |micros, idx| micros * 10 + digit(idx)) + i64::from(digit(6) >= 5);
    let offset = match &bytes[19 + n_fraction..] {
        b"Z" => 0,
        [sign @ (b'+' | b'-'), rest @ ..] => {
            let start = bytes.len() - rest.len();
            let minutes = match rest {
                [_, _, b':', _, _] => number(start + 3, start + 5)?,
                [_, _, _, _] => number(start + 2, start + 4)?,
                _ => return None,
            };
            let seconds = number(start, start + 2)? * 3600 + minutes * 60;
            if *sign == b'+' { seconds } else { -seconds }
        }
        _ => return None,
    };
    let seconds = days_since_1970(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second - offset;
    Some(seconds * 1_000_000 + micros)
}

/// Days from 1970-01-01 to a day of the Gregorian calendar, counted in years that start in March.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// Visits an object's keys; those of an object inside it follow its own key and a dot.
struct Keys<'t, 'p> {
    target: Target<'t>,
    prefix: &'p str,
}

impl<'de> Visitor<'de> for Keys<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<Cow<'de, str>>()? {
            let key = if self.prefix.is_empty() { key } else { format!("{}.{key}", self.prefix).into() };
            map.next_value_seed(Cell { target: self.target.reborrow(), key: &key })?;
        }
        Ok(())
    }
}

/// Puts one key's value into its cell.
struct Cell<'t, 'k> {
    target: Target<'t>,
    key: &'k str,
}

impl Cell<'_, '_> {
    fn put<E: serde_core::de::Error>(mut self, value: &Found<'_>) -> Result<(), E> {
        self.target.put(self.key, value).map_err(E::custom)
    }
}

impl<'de> DeserializeSeed<'de> for Cell<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, value: D) -> Result<(), D::Error> {
        value.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Cell<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E: serde_core::de::Error>(self) -> Result<(), E> {
        self.put(&Found::Null)
    }

    fn visit_bool<E: serde_core::de::Error>(self, value: bool) -> Result<(), E> {
        self.put(&Found::Bool(value))
    }

    fn visit_u64<E: serde_core::de::Error>(self, value: u64) -> Result<(), E> {
        self.put(&Found::Count(value))
    }

    fn visit_i64<E: serde_core::de::Error>(self, value: i64) -> Result<(), E> {
        self.put(&Found::Int(value))
    }

    fn visit_f64<E: serde_core::de::Error>(self, value: f64) -> Result<(), E> {
        self.put(&Found::Double(value))
    }

    fn visit_str<E: serde_core::de::Error>(self, text: &str) -> Result<(), E> {
        self.put(&Found::Text(text.into()))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        Keys { target: self.target, prefix: self.key }.visit_map(map)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<(), A::Error> {
        let elements = Elements.visit_seq(seq)?;
        self.put(&elements)
    }
}

/// Collects an array's elements; an array or object inside one has no place in a log.
struct Elements;

impl<'de> DeserializeSeed<'de> for Elements {
    type Value = Found<'de>;

    fn deserialize<D: Deserializer<'de>>(self, value: D) -> Result<Found<'de>, D::Error> {
        value.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Elements {
    type Value = Found<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("null, a bool, a number, a string or an array of them")
    }

    fn visit_unit<E>(self) -> Result<Found<'de>, E> {
        Ok(Found::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Found<'de>, E> {
        Ok(Found::Bool(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Found<'de>, E> {
        Ok(Found::Count(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Found<'de>, E> {
        Ok(Found::Int(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Found<'de>, E> {
        Ok(Found::Double(value))
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Found<'de>, E> {
        Ok(Found::Text(text.into()))
    }

    fn visit_str<E>(self, text: &str) -> Result<Found<'de>, E> {
        Ok(Found::Text(text.to_owned().into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Found<'de>, A::Error> {
        let mut elements = Vec::new();
        while let Some(element) = seq.next_element_seed(Self)? {
            if matches!(element, Found::Array(_)) {
                return Err(A::Error::custom("an array inside an array"));
            }
            elements.push(element);
        }
        Ok(Found::Array(elements))
    }
}
