//! The columnar pass against the reader of single rows, and both against a naive reader.

use std::io::Write;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use bro_log::{
    Column, Error, Projection, Reader, ReaderBuilder, Record, ScanOptions, Source, Strictness, Value, Values,
    read_columns, scan,
};

use crate::naive;

/// The rows that could be read, each as its fields' names and printed values; and the rejects.
type Rows = (Vec<(u64, Vec<(String, String)>)>, Vec<String>);

/// A value in one spelling for both ways of reading.
fn shown(value: &Value<'_>, cell: &[u8]) -> String {
    match value {
        Value::Unset => "unset".to_owned(),
        Value::Time(time) => format!("{}", time.micros()),
        Value::Interval(interval) => format!("{}", interval.micros()),
        Value::Port(port) => format!("{}", port.number),
        Value::Count(count) => format!("{count}"),
        Value::Int(int) => format!("{int}"),
        Value::Double(double) => format!("{double:?}"),
        Value::Bool(bool) => format!("{bool}"),
        Value::Addr(addr) => format!("{addr}"),
        value => value.as_bytes().unwrap_or(cell).escape_ascii().to_string(),
    }
}

fn shown_of(column: &Column, row: usize) -> String {
    if !column.present().get(row) {
        return "unset".to_owned();
    }
    match column.values() {
        Values::Time(micros) | Values::Interval(micros) => format!("{}", micros[row]),
        Values::Count(counts) => format!("{}", counts[row]),
        Values::Int(ints) => format!("{}", ints[row]),
        Values::Double(doubles) => format!("{:?}", doubles[row]),
        Values::Port(ports) => format!("{}", ports[row]),
        Values::Bool(bools) => format!("{}", bools[row]),
        Values::Addr(addrs) => format!("{}", addrs[row]),
        _ => column.bytes(row).unwrap().escape_ascii().to_string(),
    }
}

/// One row read by itself; only the types that columns decode are checked.
fn row_of(record: &Record<'_>) -> Result<(u64, Vec<(String, String)>), Error> {
    let mut row = Vec::new();
    for (idx, field) in record.header().schema().fields().iter().enumerate() {
        let is_first = record.header().schema().index_of(field.name()) == Some(idx);
        let is_container = field.ty().element().is_some() || field.ty() == bro_log::Type::SUBNET;
        let text = match is_container {
            true if record.header().is_unset(record.cell(idx)) => "unset".to_owned(),
            true => record.cell(idx).escape_ascii().to_string(),
            false => shown(&record.get(idx)?, record.cell(idx)),
        };
        if is_first && text != "unset" {
            row.push((field.name().to_owned(), text));
        }
    }
    row.sort();
    Ok((record.position().byte, row))
}

fn by_records(name: &str, log: &[u8], names: &mut Vec<String>) -> Result<Rows, Error> {
    let mut reader: Reader<_> = ReaderBuilder::new().name(name).from_reader(log);
    let (mut rows, mut rejects) = (Vec::new(), Vec::new());
    while let Some(record) = reader.next_record()? {
        for field in record.header().schema().fields() {
            if !names.iter().any(|name| name == field.name()) {
                names.push(field.name().to_owned());
            }
        }
        match row_of(&record) {
            Ok(row) => rows.push(row),
            Err(error) => rejects.push(error.to_string()),
        }
    }
    rejects.extend(reader.rejects().examples().iter().map(|reject| reject.error.to_string()));
    rejects.sort();
    Ok((rows, rejects))
}

fn by_columns(source: Source, names: &[String], block_bytes: usize) -> Result<Rows, Error> {
    let projection = names.iter().enumerate().fold(Projection::new(), |projection, (idx, name)| {
        if idx % 2 == 0 { projection.field(name) } else { projection.dictionary(name) }
    });
    let options = ScanOptions { block_bytes, max_reject_examples: usize::MAX, ..ScanOptions::default() };
    let mut rows = Vec::new();
    let map = |batch: &bro_log::Batch<'_>| -> Vec<_> {
        let row = |row: usize| {
            let cell = |(idx, name): (usize, &String)| {
                let text = shown_of(batch.column(idx)?, row);
                (text != "unset").then(|| (name.clone(), text))
            };
            let mut cells: Vec<_> = names.iter().enumerate().filter_map(cell).collect();
            cells.sort();
            (batch.byte_of_row(row), cells)
        };
        (0..batch.n_rows()).map(row).collect()
    };
    let summary = scan(&[source], &projection, &options, map, |part, _| {
        rows.extend(part);
        ControlFlow::Continue(())
    })?;
    rows.sort();
    let mut rejects: Vec<_> =
        summary.rejects.examples().iter().map(|reject| reject.error.to_string()).collect();
    rejects.sort();
    Ok((rows, rejects))
}

/// The whole log as one table; `None` if a field is of one type here and of another there.
fn by_table(source: Source, names: &[String], block_bytes: usize) -> Option<Vec<Vec<(String, String)>>> {
    let projection = names.iter().fold(Projection::new(), |projection, name| projection.dictionary(name));
    let options = ScanOptions { block_bytes, ..ScanOptions::default() };
    let table = match read_columns(&[source], &projection, &options) {
        Err(Error::ColumnType { .. }) => return None,
        table => table.unwrap(),
    };
    let n_rows = usize::try_from(table.summary.n_rows).unwrap();
    let mut rows = vec![Vec::new(); n_rows];
    for (name, column) in names.iter().zip(&table.columns) {
        let Some(column) = column else { continue };
        for (row, cells) in rows.iter_mut().enumerate() {
            let text = shown_of(column, row);
            if text != "unset" {
                cells.push((name.clone(), text));
            }
        }
    }
    rows.iter_mut().for_each(|cells| cells.sort());
    // JSON objects of several paths stand in another order.
    rows.sort();
    Some(rows)
}

/// The table of the whole log has the same rows.
fn check_table(
    name: &str,
    log: &[u8],
    names: &[String],
    block_bytes: usize,
    rows: Vec<(u64, Vec<(String, String)>)>,
) {
    let Some(table) = by_table(Source::from_bytes(name, log.to_vec()), names, block_bytes) else { return };
    let mut cells: Vec<_> = rows.into_iter().map(|(_, cells)| cells).collect();
    cells.sort();
    assert!(cells == table, "{name}, a table of {block_bytes} bytes a block");
}

/// Returns the number of rows that the naive reader understands, all of which must be the same.
fn check_naive(name: &str, log: &[u8], rows: &[(u64, Vec<(String, String)>)]) -> usize {
    let naive = naive::rows_of(log);
    let found: std::collections::BTreeMap<_, _> = rows.iter().map(|(byte, row)| (byte, row)).collect();
    let understood = naive.iter().filter_map(|(byte, row)| Some((byte, row.as_ref()?)));
    understood.map(|(byte, row)| assert_eq!(found.get(byte), Some(&row), "{name}, byte {byte}")).count()
}

/// Returns the number of rows that the naive reader had its say about.
fn check(name: &str, log: &[u8], block_sizes: &[usize]) -> usize {
    let mut names = Vec::new();
    let expected = by_records(name, log, &mut names).map_err(|error| error.code());
    let n_naive = expected.as_ref().map_or(0, |(rows, _)| check_naive(name, log, rows));
    for &block_bytes in block_sizes {
        let source = Source::from_bytes(name, log.to_vec());
        let found = by_columns(source, &names, block_bytes).map_err(|error| error.code());
        match (&expected, found) {
            (Ok((rows, rejects)), Ok((found_rows, found_rejects))) => {
                let mut rows = rows.clone();
                rows.sort();
                assert_eq!(rejects, &found_rejects, "{name}, {block_bytes} bytes a block");
                for (row, found) in rows.iter().zip(&found_rows) {
                    assert_eq!(row, found, "{name}, {block_bytes} bytes a block");
                }
                assert_eq!(rows.len(), found_rows.len(), "{name}, {block_bytes} bytes a block");
                if log.len() <= naive::MAX_BYTES {
                    check_table(name, log, &names, block_bytes, rows);
                }
            }
            (Err(code), Err(found)) => assert_eq!(code, &found, "{name}, {block_bytes} bytes a block"),
            (expected, found) => panic!("{name}, {block_bytes} bytes a block: {expected:?}, {found:?}"),
        }
    }
    n_naive
}

/// Cells as Zeek writes them, as it never would, and as nobody should.
const CELLS: [&str; 36] = [
    "-",
    "(empty)",
    "",
    "0",
    "7",
    "443",
    "65535",
    "65536",
    "4294967296",
    "99999999",
    "100000000",
    "9999999999999999",
    "10000000000000000",
    "18446744073709551615",
    "18446744073709551616",
    "-1",
    "1x",
    " 5",
    "1331901000.229406",
    "0.000001",
    "123456789012.000000",
    "1.5",
    "1.2345678",
    "-0.000010",
    "1e3",
    "nan",
    "T",
    "F",
    "1",
    "10.0.0.1",
    "fe80::1",
    "300.1.1.1",
    "tcp",
    "a\\x09b",
    "C:\\temp",
    "80/tcp",
];

/// A log of random rows, most of them good.
fn random_log(seed: u64, n_rows: usize) -> Vec<u8> {
    const TYPES: [&str; 9] = ["time", "interval", "count", "int", "double", "port", "bool", "addr", "string"];
    const GOOD: [&str; 9] =
        ["1331901000.229406", "0.250000", "12345", "-7", "0.5", "443", "T", "192.168.1.200", "ShADadfF"];
    let mut state = seed;
    let mut below = |n: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % n
    };
    let mut log = Vec::new();
    let header = |log: &mut Vec<u8>, first: usize| {
        let types: Vec<_> = (0..12).map(|idx| TYPES[(first + idx) % 9]).collect();
        let names: Vec<_> = (0..12).map(|idx| format!("f{first}_{idx}")).collect();
        writeln!(
            log,
            "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tp{first}"
        )
        .unwrap();
        writeln!(log, "#open\tnow\n#fields\t{}\n#types\t{}", names.join("\t"), types.join("\t")).unwrap();
        first
    };
    let mut first = header(&mut log, 0);
    for _ in 0..n_rows {
        match below(400) {
            0 => first = header(&mut log, below(4)),
            1 => log.extend_from_slice(b"\n"),
            2 => log.extend_from_slice(b"# a comment\n"),
            3 => log.extend_from_slice(b"1\t2\n"),
            _ => {
                for idx in 0..12 {
                    let cell = match below(60) {
                        0 => CELLS[below(CELLS.len())],
                        1..=10 => "-",
                        _ => GOOD[(first + idx) % 9],
                    };
                    log.extend_from_slice(cell.as_bytes());
                    log.extend_from_slice(if idx < 11 { b"\t" } else { b"\n" });
                }
            }
        }
    }
    log
}

#[test]
fn columns_are_what_records_are_on_random_logs() {
    for seed in 0..12 {
        let n_naive = check("random.log", &random_log(seed, 1_500), &[1 << 20, 4_000, 777]);
        assert!(n_naive > 500, "{n_naive}");
    }
}

#[test]
fn every_odd_cell_is_read_alike_in_every_type() {
    for ty in
        ["time", "interval", "count", "int", "double", "port", "bool", "addr", "string", "enum", "subnet"]
    {
        for cell in CELLS {
            let row = format!("{cell}\tx\n");
            let header = format!("#separator \\x09\n#fields\tf\tg\n#types\t{ty}\tstring\n");
            let log = format!("{header}{}{row}{}", "-\tx\n".repeat(70), "-\tx\n".repeat(70));
            check(&format!("{ty} {cell}"), log.as_bytes(), &[1 << 16]);
        }
    }
}

#[test]
fn json_objects_become_the_same_rows() {
    let mut log = String::new();
    for idx in 0..500 {
        let path = ["conn", "dns", "weird"][idx % 3];
        let ts = 1_600_000_000.0 + idx as f64 / 8.0;
        log += &format!(
            "{{\"_path\":\"{path}\",\"ts\":{ts:?},\"uid\":\"C{idx}\",\"id.orig_p\":{}}}\n",
            idx * 100
        );
    }
    log += "{\"ts\":\n[]\n";
    check("all.json", log.as_bytes(), &[1 << 20, 5_000, 300]);
}

#[test]
fn a_strict_scan_ends_where_a_strict_reader_ends() {
    for seed in 0..6 {
        let log = random_log(seed, 500);
        let mut reader = ReaderBuilder::new().strictness(Strictness::Strict).from_reader(&log[..]);
        let mut names = Vec::new();
        let error = loop {
            match reader.next_record() {
                Ok(Some(record)) => {
                    names = record
                        .header()
                        .schema()
                        .fields()
                        .iter()
                        .map(|field| field.name().to_owned())
                        .collect();
                    if let Err(error) = row_of(&record) {
                        break Some(error);
                    }
                }
                Ok(None) => break None,
                Err(error) => break Some(error),
            }
        };
        let projection = names.iter().fold(Projection::new(), |projection, name| projection.field(name));
        let options =
            ScanOptions { strictness: Strictness::Strict, block_bytes: 3_000, ..ScanOptions::default() };
        let source = Source::from_bytes("random.log", log.clone());
        let result = scan(&[source], &projection, &options, |_| (), |(), _| ControlFlow::Continue(()));
        assert_eq!(
            result.err().map(|error| error.to_string()),
            error.map(|error| error.to_string()),
            "seed {seed}"
        );
    }
}

/// All files below a folder.
fn files_in(folder: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            files_in(&path, files);
        } else {
            files.push(path);
        }
    }
}

#[test]
fn columns_are_what_records_are_on_real_logs() {
    let Some(folder) = std::env::var_os("BRO_ML_DATA") else {
        println!("BRO_ML_DATA is unset: columns were not compared with records on real logs");
        return;
    };
    let mut files = Vec::new();
    files_in(Path::new(&folder), &mut files);
    assert!(!files.is_empty(), "BRO_ML_DATA names a folder without files");
    let mut n_naive = 0;
    for file in files {
        let bytes = std::fs::read(&file).unwrap();
        let name = file.display().to_string();
        let is_compressed = bytes.starts_with(&[0x1f, 0x8b]);
        if !is_compressed && bytes.len() < 40_000_000 {
            n_naive += check(&name, &bytes, &[1 << 18, 10_000]);
        }
    }
    assert!(n_naive > 10_000, "the naive reader understood {n_naive} rows");
}
