use std::{
    borrow::Cow,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

use bro_log::{
    Elements, Error, Field, Interval, Port, Proto, Reader, Scalar, Schema, Strictness, Subnet, Time, Type,
    Value, Writer, WriterBuilder,
};
use proptest::{
    collection::vec,
    prelude::*,
    test_runner::{Config, RngSeed},
};

/// What goes into one cell.
#[derive(Clone, Debug)]
enum Cell {
    One(Value<'static>),
    Many(Type, Vec<Value<'static>>),
}

impl Cell {
    fn value(&self) -> Value<'_> {
        match self {
            Self::One(value) => value.clone(),
            Self::Many(Type::Vector(_), elements) => Value::Vector(Elements::from(&elements[..])),
            Self::Many(_, elements) => Value::Set(Elements::from(&elements[..])),
        }
    }

    /// The two containers the format cannot spell: one unset element, and (as the only cell) one empty string.
    fn is_unwritable(&self) -> bool {
        matches!(self, Self::Many(_, elements) if matches!(&elements[..], [Value::Unset]))
    }
}

/// Any bytes, and the words that mean something to the format.
fn text() -> BoxedStrategy<Vec<u8>> {
    const WORDS: [&[u8]; 16] = [
        b"",
        b"-",
        b"(empty)",
        b"\\",
        b"\\\\",
        br"\x41",
        br"\x",
        b"\t",
        b",",
        b"#",
        b"|",
        b"||",
        b"\n",
        b"\r",
        b"5",
        "é".as_bytes(),
    ];
    let word = proptest::sample::select(WORDS.to_vec()).prop_map(<[u8]>::to_vec);
    let words = vec(word.clone(), 0..4).prop_map(|words| words.concat());
    prop_oneof![word, words, vec(any::<u8>(), 0..12)].boxed()
}

fn addr() -> impl Strategy<Value = IpAddr> + Clone {
    prop_oneof![
        any::<u32>().prop_map(|bits| IpAddr::V4(Ipv4Addr::from_bits(bits))),
        any::<u128>().prop_map(|bits| IpAddr::V6(Ipv6Addr::from_bits(bits))),
        any::<u16>().prop_map(|bits| IpAddr::V6(Ipv6Addr::from_bits(bits.into()))),
    ]
}

fn port() -> impl Strategy<Value = Port> {
    let protos = [None, Some(Proto::Tcp), Some(Proto::Udp), Some(Proto::Icmp), Some(Proto::Unknown)];
    (any::<u16>(), proptest::sample::select(protos.to_vec()))
        .prop_map(|(number, proto)| Port { number, proto })
}

fn subnet() -> impl Strategy<Value = Subnet> {
    (addr(), any::<u8>())
        .prop_map(|(addr, width)| Subnet { addr, width: width % if addr.is_ipv4() { 33 } else { 129 } })
}

/// A value of a scalar type.
fn scalar(scalar: Scalar) -> BoxedStrategy<Value<'static>> {
    let of_text =
        |wrap: fn(Cow<'static, [u8]>) -> Value<'static>| text().prop_map(move |text| wrap(Cow::Owned(text)));
    match scalar {
        Scalar::Bool => any::<bool>().prop_map(Value::Bool).boxed(),
        Scalar::Int => prop_oneof![any::<i64>(), -9_i64..10].prop_map(Value::Int).boxed(),
        Scalar::Count => prop_oneof![any::<u64>(), 0_u64..10].prop_map(Value::Count).boxed(),
        Scalar::Double => {
            let double = prop_oneof![any::<f64>(), (-1_000_000_i64..1_000_000).prop_map(|n| n as f64 / 1e3)];
            double
                .prop_filter("nan equals nothing", |number| !number.is_nan())
                .prop_map(Value::Double)
                .boxed()
        }
        Scalar::Time => any::<i64>().prop_map(|micros| Value::Time(Time(micros))).boxed(),
        Scalar::Interval => any::<i64>().prop_map(|micros| Value::Interval(Interval(micros))).boxed(),
        Scalar::Port => port().prop_map(Value::Port).boxed(),
        Scalar::Addr => addr().prop_map(Value::Addr).boxed(),
        Scalar::Subnet => subnet().prop_map(Value::Subnet).boxed(),
        Scalar::Enum => of_text(Value::Enum).boxed(),
        Scalar::Pattern => of_text(Value::Pattern).boxed(),
        Scalar::Func => of_text(Value::Func).boxed(),
        Scalar::File => of_text(Value::File).boxed(),
        _ => of_text(Value::String).boxed(),
    }
}

fn cell(ty: Type) -> BoxedStrategy<Cell> {
    let Some(element) = ty.element() else {
        let Type::Scalar(kind) = ty else { unreachable!("no elements") };
        return prop_oneof![1 => Just(Cell::One(Value::Unset)), 4 => scalar(kind).prop_map(Cell::One)]
            .boxed();
    };
    let element = prop_oneof![1 => Just(Value::Unset), 4 => scalar(element)];
    vec(element, 0..4).prop_map(move |elements| Cell::Many(ty, elements)).boxed()
}

/// A column of every type there is.
fn all_types() -> Vec<Type> {
    let each = |wrap: fn(Scalar) -> Type| Scalar::NAMED.into_iter().map(wrap);
    each(Type::Scalar).chain(each(Type::Set)).chain(each(Type::Vector)).chain(each(Type::Table)).collect()
}

fn schema_of(types: &[Type]) -> Schema {
    types.iter().enumerate().map(|(idx, ty)| Field::new(&format!("f{idx}"), *ty)).collect()
}

fn rows() -> impl Strategy<Value = Vec<Vec<Cell>>> {
    let row = all_types().into_iter().map(cell).collect::<Vec<_>>();
    vec(row, 1..3)
}

/// Zeek's defaults, and settings that collide with values wherever they can.
fn settings(idx: usize, schema: Schema) -> WriterBuilder {
    let builder = WriterBuilder::new(schema).path("all");
    match idx {
        0 => builder,
        1 => builder.separator(b"|").set_separator(b";").unset_field(br"\N").empty_field(b"EMPTY"),
        2 => builder.separator(b"||").set_separator(b"~~").meta_prefix(b"PREFIX<>"),
        3 => builder.unset_field(b"5").empty_field(b"T").meta_prefix(b"1"),
        _ => builder
            .separator("®".as_bytes())
            .set_separator(b".")
            .unset_field("né".as_bytes())
            .meta_prefix(b"T"),
    }
}

fn check(settings: WriterBuilder, rows: &[Vec<Cell>]) {
    let mut writer = settings.from_writer(Vec::new()).unwrap();
    let mut kept = Vec::new();
    for row in rows {
        let values: Vec<_> = row.iter().map(Cell::value).collect();
        match writer.write(&values) {
            Ok(()) => kept.push(row),
            Err(Error::Unwritable { .. }) => assert!(row.iter().any(Cell::is_unwritable), "{row:?}"),
            Err(error) => panic!("{error}: {row:?}"),
        }
    }
    let log = writer.finish("2026-01-02-04-04-05").unwrap();
    let mut reader = bro_log::ReaderBuilder::new().strictness(Strictness::Strict).from_reader(&log[..]);
    for row in kept {
        let record = reader.next_record().unwrap().expect("as many rows as were written");
        for (idx, cell) in row.iter().enumerate() {
            let found = record.get(idx).unwrap();
            assert_eq!(
                found,
                cell.value(),
                "column {idx}: {:?}",
                record.cell(idx).escape_ascii().to_string()
            );
        }
    }
    assert!(reader.next_record().unwrap().is_none());
}

proptest! {
    #![proptest_config(Config { cases: Config::default().cases / 2, rng_seed: RngSeed::Fixed(3), failure_persistence: None, ..Config::default() })]

    #[test]
    fn a_row_of_every_type_reads_back_as_it_was_written(rows in rows(), idx in 0_usize..5) {
        check(settings(idx, schema_of(&all_types())), &rows);
    }

    #[test]
    fn any_bytes_read_back_from_a_log_of_one_column(texts in vec(text(), 1..8), idx in 0_usize..5) {
        let rows: Vec<_> = texts.into_iter().map(|text| vec![Cell::One(Value::String(Cow::Owned(text)))]).collect();
        check(settings(idx, schema_of(&[Type::STRING])), &rows);
    }

    #[test]
    fn no_bytes_panic_the_reader(log in vec(any::<u8>(), 0..200), has_header in any::<bool>()) {
        let header: &[u8] = b"#separator \\x09\n#path\tx\n#fields\ta\tb\n#types\tcount\tset[string]\n";
        let log = if has_header { [header, &log].concat() } else { log };
        let mut reader = Reader::from_slice(&log);
        while let Ok(Some(record)) = reader.next_record() {
            let _values: Vec<_> = record.values().collect();
        }
    }
}

#[test]
fn a_vector_of_one_unset_element_is_refused() {
    let mut writer = Writer::new(Vec::new(), "x", "v:vector[count]".parse().unwrap()).unwrap();
    let error = writer.write(&[Value::Vector(Elements::from(&[Value::Unset][..]))]).unwrap_err();
    assert_eq!(error.to_string(), "field `v`: the format has no spelling for this vector[count]");
}

#[test]
fn a_value_of_another_type_is_refused() {
    let mut writer = Writer::new(Vec::new(), "x", "n:count".parse().unwrap()).unwrap();
    let error = writer.write(&["seven".into()]).unwrap_err();
    assert_eq!(error.to_string(), "field `n`: the writer was given string, expected count");
    let error = writer.write(&[]).unwrap_err();
    assert_eq!(error.to_string(), "0 cells given to the writer, expected 1");
}

#[test]
fn settings_that_no_reader_could_undo_are_refused() {
    let schema = || "n:count".parse::<Schema>().unwrap();
    let refused = |builder: WriterBuilder| builder.from_writer(Vec::new()).unwrap_err().to_string();
    let cases = [
        (WriterBuilder::new(schema()).separator(b""), "separator \"\""),
        (WriterBuilder::new(schema()).separator(b"x"), "separator \"x\""),
        (WriterBuilder::new(schema()).set_separator(b"\t"), "set_separator \"\\t\""),
        (WriterBuilder::new(schema()).meta_prefix(b""), "meta_prefix \"\""),
        (WriterBuilder::new(schema()).unset_field(b""), "unset_field \"\""),
        (WriterBuilder::new(schema()).unset_field("é".as_bytes()), "unset_field \"\\xc3\\xa9\""),
        (WriterBuilder::new(schema()).empty_field(b"-"), "empty_field \"-\""),
        (WriterBuilder::new(schema()).empty_field(b"a,b"), "empty_field \"a,b\""),
        (WriterBuilder::new(Schema::default()), "field name \"\""),
    ];
    for (builder, expected) in cases {
        assert_eq!(refused(builder), format!("the writer cannot use {expected}"));
    }
}
