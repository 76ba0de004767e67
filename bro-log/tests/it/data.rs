use std::{
    env, fs,
    io::{BufReader, Read},
    path::{Path, PathBuf},
};

use bro_log::{
    Backslash, ConvertParams, ConvertTo, Elements, Error, Format, Reader, ReaderBuilder, Record, Source,
    Value, escape,
};

/// The folder of real logs, if the caller named one.
fn data() -> Option<PathBuf> {
    let folder = env::var_os("BRO_ML_DATA").map(PathBuf::from);
    if folder.is_none() {
        println!("BRO_ML_DATA is not set: real logs were not read");
    }
    folder
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        match path.is_dir() {
            true => files(&path, found),
            false => found.push(path),
        }
    }
}

/// The bytes of a file, decompressed as far as they go.
fn bytes_of(path: &Path) -> Vec<u8> {
    let bytes = fs::read(path).unwrap();
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        return bytes;
    }
    // A cut file gives what it has, byte by byte; the reader under test must report the cut.
    let decompressed = BufReader::new(flate2::read::MultiGzDecoder::new(&bytes[..])).bytes();
    decompressed.map_while(Result::ok).collect()
}

/// Rows counted without any of the crate's code: whole lines that are neither blank nor meta lines.
fn independent_count(bytes: &[u8]) -> u64 {
    let prefix: &[u8] = if bytes.starts_with(b"PREFIX<>") { b"PREFIX<>" } else { b"#" };
    let rows = bytes.split(|&byte| byte == b'\n').filter(|line| {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        !line.is_empty() && !line.starts_with(prefix)
    });
    rows.count() as u64
}

#[test]
fn every_file_gives_as_many_rows_as_an_independent_count() {
    let Some(folder) = data() else { return };
    let mut paths = Vec::new();
    files(&folder, &mut paths);
    let (mut n_logs, mut n_others, mut n_cut, mut n_all_rows) = (0, 0, 0, 0);
    for path in &paths {
        let source = Source::open(path).unwrap();
        let mut reader = Reader::from_source(&source).unwrap();
        let mut n_rows = 0;
        let end = loop {
            match reader.next_record() {
                Ok(Some(_)) => n_rows += 1,
                Ok(None) => break Ok(()),
                Err(error) => break Err(error),
            }
        };
        let bytes = bytes_of(path);
        let is_names_line = bytes.first().is_some_and(|byte| !b"#{P".contains(byte));
        let expected = independent_count(&bytes) - u64::from(is_names_line && end.is_ok());
        match end {
            Ok(()) => {
                n_logs += 1;
                n_all_rows += n_rows;
                assert_eq!(n_rows + reader.rejects().total(), expected, "{}", path.display());
            }
            Err(Error::Truncated { .. }) => {
                n_cut += 1;
                let tail = bytes.rsplit(|&byte| byte == b'\n').next().unwrap_or_default();
                let n_partial = independent_count(tail);
                assert_eq!(n_rows + reader.rejects().total(), expected - n_partial, "{}", path.display());
            }
            Err(Error::NotZeek { .. } | Error::SchemaNeeded { .. }) => n_others += 1,
            Err(error) => panic!("{}: {error}", path.display()),
        }
    }
    println!("{n_logs} logs of {n_all_rows} rows, {n_cut} cut, {n_others} other files");
    assert!(n_logs >= 800 && n_cut == 1, "{n_logs} logs, {n_cut} cut");
}

/// Rows of a log as values by name, the columns that only a streaming writer adds left out.
fn rows_of(path: &Path, wanted: &dyn Fn(&str, &str) -> bool) -> Vec<Vec<(String, String)>> {
    rows_in(&Source::open(path).unwrap(), wanted)
}

fn rows_in(source: &Source, wanted: &dyn Fn(&str, &str) -> bool) -> Vec<Vec<(String, String)>> {
    let mut reader = ReaderBuilder::new().from_source(source).unwrap();
    let mut rows = Vec::new();
    while let Some(record) = reader.next_record().unwrap() {
        rows.push(row_of(record, wanted));
    }
    assert_eq!(reader.rejects().total(), 0, "{}", source.name());
    rows
}

fn row_of(record: Record<'_>, wanted: &dyn Fn(&str, &str) -> bool) -> Vec<(String, String)> {
    let schema = record.header().schema();
    let mut row = Vec::new();
    for (idx, field) in schema.fields().iter().enumerate() {
        let value = record.get(idx).unwrap_or_else(|error| panic!("{error}"));
        let text = text_of(&value);
        if !value.is_unset() && wanted(field.name(), &text) {
            row.push((field.name().to_owned(), text));
        }
    }
    row.sort();
    row
}

/// A value as text that is equal in both forms. Known differences: a double has six decimals in one and all of them in
/// the other; a set has no order; JSON spells a byte that is not UTF-8 or a control character as the text `\xhh`, which
/// cannot be told from that text itself.
fn text_of(value: &Value<'_>) -> String {
    match value {
        Value::Double(number) => format!("{number:.6}"),
        Value::Set(elements) => {
            let mut texts = texts_of(elements);
            texts.sort();
            format!("{texts:?}")
        }
        Value::Vector(elements) => format!("{:?}", texts_of(elements)),
        value => match value.as_bytes() {
            Some(text) => escape::decode(text, Backslash::Legacy).0.escape_ascii().to_string(),
            None => format!("{value:?}"),
        },
    }
}

/// The elements as text; the one empty string counts as nothing, since the tab-separated form spells both `(empty)`.
fn texts_of(elements: &Elements<'_>) -> Vec<String> {
    let texts: Vec<_> = elements.iter().map(|element| text_of(&element)).collect();
    if texts == [""] { Vec::new() } else { texts }
}

fn check_pair(tsv: &Path, json: &Path, is_common: &dyn Fn(&str, &str) -> bool) -> usize {
    let (tsv_rows, json_rows) = (rows_of(tsv, is_common), rows_of(json, is_common));
    assert_eq!(tsv_rows.len(), json_rows.len(), "{}", tsv.display());
    for (idx, (one, two)) in tsv_rows.iter().zip(&json_rows).enumerate() {
        assert_eq!(one, two, "row {idx} of {}", tsv.display());
    }
    tsv_rows.len()
}

#[test]
fn both_forms_of_a_log_hold_the_same_values() {
    let Some(folder) = data() else { return };
    let mut paths = Vec::new();
    files(&folder.join("zed-sample-data/zeek-default"), &mut paths);
    let (mut n_pairs, mut n_rows) = (0, 0);
    for tsv in paths {
        let name = tsv.file_name().unwrap().to_string_lossy().replace(".log.gz", ".json.gz");
        let json = folder.join("zed-sample-data/zeek-json").join(name);
        n_rows += check_pair(&tsv, &json, &|name, _| !name.starts_with('_'));
        n_pairs += 1;
    }
    println!("{n_pairs} pairs, {n_rows} rows");
    assert_eq!((n_pairs, n_rows), (25, 52_435));
    let rita = folder.join("rita/test_data");
    let (tsv, json) = (rita.join("valid_tsv/http.log.gz"), rita.join("valid_json/http.log.gz"));
    // This log's JSON form leaves out whatever is empty.
    assert_eq!(check_pair(&tsv, &json, &|name, text| name != "_path" && !matches!(text, "" | "[]")), 27_204);
}

/// The log in another form, which becomes a source of its own.
fn converted(source: &Source, to: ConvertTo, name: &str) -> Source {
    let mut out = Vec::new();
    let params = ConvertParams { has_path: true, ..ConvertParams::new(to) };
    let summary = params.run(std::slice::from_ref(source), &mut out, &mut |_| ()).unwrap();
    assert_eq!((summary.rejects[0].total(), summary.unfit.total()), (0, 0), "{}", source.name());
    Source::from_bytes(name, out)
}

#[test]
fn logs_that_went_to_json_and_back_hold_the_same_values() {
    let Some(folder) = data() else { return };
    let mut paths = Vec::new();
    files(&folder.join("zed-sample-data/zeek-default"), &mut paths);
    let mut n_rows = 0;
    for path in paths {
        let tsv = Source::open(&path).unwrap();
        let back = converted(&converted(&tsv, ConvertTo::Json, "x.json"), ConvertTo::Tsv, "x.log");
        let is_common = |name: &str, _: &str| name != "_path";
        let (rows, found) = (rows_in(&tsv, &is_common), rows_in(&back, &is_common));
        assert_eq!(rows.len(), found.len(), "{}", path.display());
        for (idx, (row, found)) in rows.iter().zip(&found).enumerate() {
            assert_eq!(row, found, "row {idx} of {}", path.display());
        }
        n_rows += rows.len();
    }
    assert_eq!(n_rows, 52_435);
}

#[test]
fn a_json_log_says_so() {
    let mut reader = Reader::new(BufReader::new(&b"{\"x\":1}\n"[..]));
    assert_eq!(reader.next_record().unwrap().map(|record| record.header().format()), Some(Format::Json));
}
