use std::{
    collections::BTreeSet,
    io::{BufReader, Cursor},
};

use bro_log::{
    Backslash, Conn, Error, Format, Header, Item, Reader, ReaderBuilder, Record, Source, Strictness, Value,
    Warnings,
};
use serde_json::{Value as Json, json};

const BOTH: [Strictness; 2] = [Strictness::Strict, Strictness::Lenient];

fn cases() -> Vec<Json> {
    let lines = include_str!("../data/cases.jsonl").lines();
    lines.map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn every_case_of_the_table_is_there_once() {
    let cases = cases();
    let ids: BTreeSet<_> = cases.iter().map(|case| case["id"].as_str().unwrap()).collect();
    assert_eq!((cases.len(), ids.len()), (111, 111));
}

#[test]
fn each_cell_reads_as_the_table_says() {
    for case in cases().iter().filter(|case| case.get("cell").is_some()) {
        for strictness in BOTH {
            check_cell(case, strictness);
        }
    }
}

#[test]
fn each_log_reads_as_the_table_says() {
    for case in cases().iter().filter(|case| case.get("cell").is_none()) {
        for strictness in BOTH {
            check_log(case, strictness);
        }
    }
}

/// Bytes spelled as code points.
fn bytes(text: &Json) -> Vec<u8> {
    text.as_str().unwrap().chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect()
}

fn settings(case: &Json, strictness: Strictness) -> ReaderBuilder {
    let mut builder = ReaderBuilder::new().strictness(strictness);
    if let Some(name) = case["name"].as_str() {
        builder = builder.name(name);
    }
    if case["options"]["backslash"] == "legacy" {
        builder = builder.backslash(Backslash::Legacy);
    }
    if case["options"]["split_labels"] == true {
        builder = builder.split_labels();
    }
    builder
}

/// The cell between two others, under the default header and the case's own directives.
fn log_of_cell(case: &Json) -> Vec<u8> {
    let directive = |name: &str, default: &str| {
        let value = case["header"][name].as_str().unwrap_or(default);
        format!("#{name}\t{value}\n")
    };
    let mut log = b"#separator \\x09\n".to_vec();
    log.extend(directive("set_separator", ",").bytes());
    log.extend(directive("empty_field", "(empty)").bytes());
    log.extend(directive("unset_field", "-").bytes());
    log.extend(b"#path\tcell\n#open\t2026-01-02-03-04-05\n#fields\ta\tf\tz\n");
    log.extend(format!("#types\tstring\t{}\tstring\n", case["type"].as_str().unwrap()).bytes());
    log.extend([b"a\t", &bytes(&case["cell"])[..], b"\tz\n#close\t2026-01-02-04-04-05\n"].concat());
    log
}

fn check_cell(case: &Json, strictness: Strictness) {
    let id = &case["id"];
    let log = log_of_cell(case);
    let mut reader = settings(case, strictness).from_reader(&log[..]);
    let record = reader.next_record().unwrap().unwrap();
    let mut warnings = Warnings::default();
    let found = record.inspect(1, &mut warnings);

    let is_mended = strictness == Strictness::Lenient && case.get("lenient").is_some();
    let expected = if is_mended { &case["lenient"]["value"] } else { &case["expect"] };
    match (&found, expected["error"].as_str()) {
        (Ok(value), None) => assert!(is(value, expected), "{id}: {value:?}, expected {expected}"),
        (Err(error), Some(code)) => assert_eq!(error.code(), code, "{id}: {error}"),
        _ => panic!("{id}: {found:?}, expected {expected}"),
    }
    let mut expected: Vec<_> = case["warnings"].as_array().into_iter().flatten().collect();
    expected.extend(is_mended.then(|| &case["lenient"]["warning"]));
    let warnings: Vec<_> = warnings.iter().map(|warning| json!(warning.code())).collect();
    assert_eq!(warnings.iter().collect::<Vec<_>>(), expected, "{id}");
}

/// Whether a value is what the table's notation says.
fn is(value: &Value<'_>, expected: &Json) -> bool {
    let number = |key: &str, text: String| expected[key] == text;
    match value {
        Value::Unset => expected.is_null(),
        Value::Bool(value) => expected["bool"] == *value,
        Value::Int(number_) => number("int", number_.to_string()),
        Value::Count(number_) => number("count", number_.to_string()),
        Value::Double(number) => {
            let wanted: f64 = expected["double"].as_str().unwrap().parse().unwrap();
            *number == wanted || (number.is_nan() && wanted.is_nan())
        }
        Value::Time(time) => number("time_us", time.micros().to_string()),
        Value::Interval(interval) => number("interval_us", interval.micros().to_string()),
        Value::Port(port) => {
            let proto = port.proto.map_or(Json::Null, |proto| json!(proto.name()));
            expected["port"] == port.number && expected["proto"] == proto
        }
        Value::Addr(addr) => number("addr", addr.to_string()),
        Value::Subnet(subnet) => number("subnet", subnet.to_string()),
        Value::String(text)
        | Value::Enum(text)
        | Value::Pattern(text)
        | Value::Func(text)
        | Value::File(text) => match expected["repeat"].as_array() {
            Some(repeat) => {
                let fill = bytes(&repeat[0])[0];
                text.len() == repeat[1] && text.iter().all(|&byte| byte == fill)
            }
            None => expected.get("text").is_some_and(|wanted| bytes(wanted) == **text),
        },
        Value::Set(elements) => {
            let wanted = expected["set"].as_array().unwrap();
            elements.iter().all(|element| wanted.iter().any(|wanted| is(&element, wanted)))
                && wanted.iter().all(|wanted| elements.iter().any(|element| is(&element, wanted)))
        }
        Value::Vector(elements) => {
            let wanted = expected["vector"].as_array().unwrap();
            elements.iter().count() == wanted.len()
                && elements.iter().zip(wanted).all(|(element, wanted)| is(&element, wanted))
        }
    }
}

/// What reading a whole log gave; the values are kept as whether they are the expected ones.
#[derive(Debug, Default)]
struct Reading {
    blocks: Vec<Block>,
    rejects: Vec<Json>,
    warnings: Vec<Json>,
    error: Option<String>,
}

#[derive(Debug, Default)]
struct Block {
    path: Option<String>,
    fields: Vec<String>,
    types: Vec<String>,
    n_rows: usize,
}

fn check_log(case: &Json, strictness: Strictness) {
    let is_lenient = strictness == Strictness::Lenient && case.get("lenient").is_some();
    let expected = if is_lenient { &case["lenient"] } else { &case["expect"] };
    let one_of = expected["one_of"].as_array().map_or(vec![expected], |one_of| one_of.iter().collect());
    let failures: Vec<_> =
        one_of.iter().filter_map(|expected| compare(case, expected, strictness).err()).collect();
    assert!(failures.len() < one_of.len(), "{}, {strictness:?}: {failures:#?}", case["id"]);
    for expected in expected["records"].as_array().into_iter().flatten() {
        check_conn(case, expected, strictness);
    }
}

fn log_of(case: &Json) -> Vec<u8> {
    match case["generate"].as_array() {
        None => bytes(&case["log"]),
        Some(parts) => {
            let count = usize::try_from(parts[2].as_u64().unwrap()).unwrap();
            [bytes(&parts[0]), bytes(&parts[1]).repeat(count), bytes(&parts[3])].concat()
        }
    }
}

fn compare(case: &Json, expected: &Json, strictness: Strictness) -> Result<(), String> {
    let source = Source::from_bytes("case", log_of(case));
    let input = BufReader::new(source.reader().unwrap());
    let mut reader = settings(case, strictness).from_reader(input);
    let mut reading = Reading::default();
    loop {
        match reader.next_item() {
            Ok(None) => break,
            Ok(Some(Item::Header(header))) => reading.start(header),
            Ok(Some(Item::Record(record))) => reading.add(record, expected)?,
            Err(error) if error.is_row() => reading.reject(&error),
            Err(error) => reading.error = Some(error.code().to_owned()),
        }
    }
    for reject in reader.rejects().examples() {
        reading.reject(&reject.error);
    }
    reading.warnings = reader.warnings().iter().map(|warning| json!(warning.code())).collect();
    reading.compare(expected)
}

impl Reading {
    /// A JSON log's columns grow with its rows, which starts no new block.
    fn start(&mut self, header: &Header) {
        let is_grown = header.format() == Format::Json && !self.blocks.is_empty();
        if !is_grown {
            self.blocks.push(Block::default());
        }
        let block = self.blocks.last_mut().unwrap();
        let fields = header.schema().fields();
        block.path = header.path().map(str::to_owned);
        block.fields = fields.iter().map(|field| field.name().to_owned()).collect();
        block.types = fields.iter().map(|field| field.type_name().to_owned()).collect();
    }

    fn add(&mut self, record: Record<'_>, expected: &Json) -> Result<(), String> {
        let block_idx = self.blocks.len() - 1;
        let block = &mut self.blocks[block_idx];
        let row = &expected["blocks"][block_idx]["rows"][block.n_rows];
        block.n_rows += 1;
        let n_cells = row.as_array().map_or(0, Vec::len);
        if record.len() > n_cells {
            return Err(format!("row {record:?}, expected {row}"));
        }
        for idx in 0..n_cells {
            let value = if idx < record.len() {
                record.get(idx).map_err(|error| error.to_string())?
            } else {
                Value::Unset
            };
            if !is(&value, &row[idx]) {
                return Err(format!("cell {idx}: {:?}, expected {}", record.cell(idx), row[idx]));
            }
        }
        Ok(())
    }

    fn reject(&mut self, error: &Error) {
        self.rejects.push(json!({"line": error.position().unwrap().line, "reason": error.code()}));
    }

    fn compare(&self, expected: &Json) -> Result<(), String> {
        let check = |what: &str, found: Json, wanted: &Json| match wanted.is_null() || found == *wanted {
            true => Ok(()),
            false => Err(format!("{what}: {found}, expected {wanted}")),
        };
        let wanted_error = expected["error"].as_str();
        if self.error.as_deref() != wanted_error {
            return Err(format!("error: {:?}, expected {wanted_error:?}", self.error));
        }
        check("rejects", json!(self.rejects), &expected["rejects"])?;
        let warnings: BTreeSet<_> = self.warnings.iter().map(Json::to_string).collect();
        if let Some(wanted) = expected["warnings"].as_array() {
            let wanted: BTreeSet<_> = wanted.iter().map(Json::to_string).collect();
            check("warnings", json!(warnings), &json!(wanted))?;
        }
        let Some(blocks) = expected["blocks"].as_array() else { return Ok(()) };
        check("number of blocks", json!(self.blocks.len()), &json!(blocks.len()))?;
        for (block, wanted) in self.blocks.iter().zip(blocks) {
            check("path", json!(block.path), &wanted["path"])?;
            check("fields", json!(block.fields), &wanted["fields"])?;
            check("types", json!(block.types), &wanted["types"])?;
            let n_rows = wanted["rows"].as_array().map_or(0, Vec::len);
            check("number of rows", json!(block.n_rows), &json!(n_rows))?;
            for (name, column) in wanted["lookup"].as_object().into_iter().flatten() {
                let found = block.fields.iter().position(|field| field == name);
                check("lookup", json!(found), column)?;
            }
        }
        Ok(())
    }
}

/// The same row as a [`Conn`], whatever columns its version has.
fn check_conn(case: &Json, expected: &Json, strictness: Strictness) {
    let mut reader: Reader<_> = settings(case, strictness).from_reader(Cursor::new(log_of(case)));
    let conn = reader.next_as::<Conn<'_>>().unwrap().unwrap();
    let found: [(&str, Value<'_>); 22] = [
        ("ts", conn.ts.into()),
        ("uid", conn.uid.into()),
        ("id.orig_h", conn.id_orig_h.into()),
        ("id.orig_p", conn.id_orig_p.into()),
        ("id.resp_h", conn.id_resp_h.into()),
        ("id.resp_p", conn.id_resp_p.into()),
        ("proto", conn.proto.into()),
        ("service", conn.service.into()),
        ("duration", conn.duration.into()),
        ("orig_bytes", conn.orig_bytes.into()),
        ("resp_bytes", conn.resp_bytes.into()),
        ("conn_state", conn.conn_state.into()),
        ("local_orig", conn.local_orig.into()),
        ("local_resp", conn.local_resp.into()),
        ("missed_bytes", conn.missed_bytes.into()),
        ("history", conn.history.into()),
        ("orig_pkts", conn.orig_pkts.into()),
        ("orig_ip_bytes", conn.orig_ip_bytes.into()),
        ("resp_pkts", conn.resp_pkts.into()),
        ("resp_ip_bytes", conn.resp_ip_bytes.into()),
        ("tunnel_parents", conn.tunnel_parents.map_or(Value::Unset, Value::Set)),
        ("ip_proto", conn.ip_proto.into()),
    ];
    assert_eq!(expected.as_object().unwrap().len(), found.len());
    for (name, value) in found {
        assert!(
            is(&value, &expected[name]),
            "{}, {name}: {value:?}, expected {}",
            case["id"],
            expected[name]
        );
    }
}
