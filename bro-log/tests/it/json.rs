use bro_log::{Interval, Item, Reader, ReaderBuilder, Schema, Strictness, Time, Type, Value};

/// The named column of each row.
fn column(name: &str, log: &str) -> Vec<Result<Option<Type>, String>> {
    let mut reader = ReaderBuilder::new().strictness(Strictness::Strict).from_reader(log.as_bytes());
    let mut types = Vec::new();
    loop {
        match reader.next_record() {
            Ok(None) => return types,
            Ok(Some(record)) => types.push(Ok(record.header().schema().field(name).map(bro_log::Field::ty))),
            Err(error) => types.push(Err(error.code().to_owned())),
        }
    }
}

fn first(log: &str, name: &str) -> Option<String> {
    let mut reader = Reader::from_slice(log.as_bytes());
    let record = reader.next_record().unwrap().unwrap();
    record.get_by_name(name).unwrap().map(|value| format!("{value:?}"))
}

#[test]
fn underscores_may_stand_for_the_dots_of_the_id() {
    let log = "{\"@stream\":\"conn\",\"id_orig_h\":\"10.0.0.1\",\"id_orig_p\":80}\n";
    assert_eq!(first(log, "id.orig_h"), Some(format!("{:?}", Value::Addr([10, 0, 0, 1].into()))));
    assert_eq!(first(log, "id_orig_h"), None);
}

#[test]
fn an_object_inside_an_object_has_dotted_names() {
    let log = "{\"_path\":\"conn\",\"id\":{\"orig_h\":\"10.0.0.1\",\"orig_p\":80}}\n";
    assert_eq!(first(log, "id.orig_p"), Some(format!("{:?}", Value::Port(80.into()))));
}

#[test]
fn the_three_forms_of_a_time_are_one_instant() {
    for ts in [
        "1234567890.5",
        "1234567890500",
        "\"2009-02-13T23:31:30.500000Z\"",
        "\"2009-02-14T00:31:30.5+01:00\"",
    ] {
        let log = format!("{{\"_path\":\"conn\",\"ts\":{ts},\"duration\":2}}\n");
        assert_eq!(
            first(&log, "ts"),
            Some(format!("{:?}", Value::Time(Time(1_234_567_890_500_000)))),
            "{ts}"
        );
        assert_eq!(first(&log, "duration"), Some(format!("{:?}", Value::Interval(Interval(2_000_000)))));
    }
}

#[test]
fn each_path_has_columns_of_its_own() {
    let log = "{\"_path\":\"conn\",\"version\":1}\n{\"_path\":\"http\",\"version\":\"1.1\"}\n{\"_path\":\"conn\",\"version\":2}\n";
    let types = column("version", log);
    assert_eq!(types, [Ok(Some(Type::COUNT)), Ok(Some(Type::STRING)), Ok(Some(Type::COUNT))]);
    let mut reader = Reader::from_slice(log.as_bytes());
    let mut paths = Vec::new();
    while let Some(item) = reader.next_item().unwrap() {
        if let Item::Header(header) = item {
            paths.push(header.path().unwrap().to_owned());
        }
    }
    assert_eq!(paths, ["conn", "http", "conn"]);
}

#[test]
fn an_unknown_column_grows_as_wide_as_its_values() {
    let log = "{\"x\":null}\n{\"x\":1}\n{\"x\":-1}\n{\"x\":1.5}\n{\"x\":\"a\"}\n{\"x\":7}\n";
    let expected = [Type::STRING, Type::COUNT, Type::INT, Type::DOUBLE, Type::STRING, Type::STRING];
    assert_eq!(column("x", log), expected.map(|ty| Ok(Some(ty))));
}

#[test]
fn a_line_that_is_no_object_is_a_reject() {
    let log = "{\"x\":1}\n[1]\n{\"x\":\n{\"x\":2} 3\n{\"x\":[[1]]}\n{\"x\":4}\n";
    let bad = || Err("json".to_owned());
    let good = || Ok(Some(Type::COUNT));
    assert_eq!(column("x", log), [good(), bad(), bad(), bad(), bad(), good()]);
}

#[test]
fn a_schema_gives_types_to_keys() {
    let schema: Schema = "x:port tags:set[string]".parse().unwrap();
    let log = "{\"x\":80,\"tags\":[\"a,b\",\"\"],\"y\":[1,null]}\n";
    let mut reader = ReaderBuilder::new().schema(schema).from_reader(log.as_bytes());
    let record = reader.next_record().unwrap().unwrap();
    assert_eq!(record.get_by_name("x").unwrap(), Some(Value::Port(80.into())));
    let tags = record.get_by_name("tags").unwrap().unwrap();
    let tags: Vec<_> = tags.elements().unwrap().iter().collect();
    assert_eq!(tags, [Value::from("a,b"), Value::from("")]);
    let y = record.get_by_name("y").unwrap().unwrap();
    assert_eq!(y.elements().unwrap().iter().collect::<Vec<_>>(), [Value::Count(1), Value::Unset]);
}

#[test]
fn text_that_looks_like_a_marker_stays_text() {
    for text in ["-", "(empty)", "a\\\\b", "a\\tb", "\\u0000", "é"] {
        let log = format!("{{\"x\":\"{text}\",\"y\":[\"{text}\"]}}\n");
        let expected: String = serde_json::from_str(&format!("\"{text}\"")).unwrap();
        let mut reader = Reader::from_slice(log.as_bytes());
        let record = reader.next_record().unwrap().unwrap();
        assert_eq!(record.get(0).unwrap(), Value::from(&*expected));
        assert_eq!(record.get(1).unwrap().elements().unwrap().iter().next(), Some(Value::from(&*expected)));
    }
}
