//! What the fuzz targets check, and seeded runs of it without a fuzzer.
//!
//! With a fuzzer: `cargo fuzz run read` (and `round_trip`, `json`, `columns`). Without: `cargo run --release
//! --no-default-features --bin replay -- 100000` here; the test suite of `bro-log` does a few thousand of these runs.

use std::{borrow::Cow, ops::ControlFlow};

use bro_log::{
    Compression, Elements, Error, Projection, Reader, ReaderBuilder, Record, ScanOptions, Source, Strictness,
    Type, Value, Warnings, WriterBuilder, scan,
};

/// Any bytes: no panic, strict or lenient, and every cell can be asked for.
pub fn read(bytes: &[u8]) {
    for strictness in [Strictness::Strict, Strictness::Lenient] {
        let settings = ReaderBuilder::new().strictness(strictness).split_labels().max_line(1 << 16);
        let mut reader = settings.from_reader(bytes);
        let mut warnings = Warnings::default();
        loop {
            match reader.next_record() {
                Ok(Some(record)) => drop(record.check(&mut warnings)),
                Ok(None) => break,
                Err(error) => assert!(error.position().is_some(), "{error}"),
            }
        }
    }
}

/// Any bytes as a string, an enum, a set and a vector: what is written is what is read.
pub fn round_trip(bytes: &[u8]) {
    let (setting, bytes) = bytes.split_first().unwrap_or((&0, bytes));
    let schema = "a:string b:enum c:set[string] d:vector[string]".parse().expect("a schema");
    let builder = WriterBuilder::new(schema).path("fuzz");
    let builder = match setting % 3 {
        0 => builder,
        1 => builder.separator(b"|").set_separator(b";").unset_field(br"\N").empty_field(b"EMPTY"),
        _ => builder.separator(b"||").set_separator(b"~~").meta_prefix(b"PREFIX<>"),
    };
    let parts: Vec<Value<'_>> = bytes.split(|&byte| byte == 0x1e).map(Value::from).collect();
    let row = [
        Value::from(bytes),
        Value::Enum(Cow::Borrowed(bytes)),
        Value::Set(Elements::from(&parts[..])),
        Value::Vector(Elements::from(&parts[..])),
    ];
    let mut writer = builder.from_writer(Vec::new()).expect("settings that can be read back");
    writer.write(&row).expect("a row of the right types");
    let log = writer.finish("2026-01-02-03-04-05").expect("a vector takes everything");
    let mut reader = ReaderBuilder::new().strictness(Strictness::Strict).from_reader(&log[..]);
    let record = reader.next_record().expect("no error").expect("one row");
    let found: Vec<_> = record.values().collect::<Result<_, _>>().expect("no bad cell");
    assert_eq!(found, row);
}

/// Any bytes as a JSON log: no panic, and every cell that was transcoded can be asked for.
pub fn json(bytes: &[u8]) {
    let log = [b"{\"_path\":\"conn\",\"ts\":1.5}\n", bytes].concat();
    let mut reader = Reader::from_slice(&log);
    while let Ok(Some(record)) = reader.next_record() {
        assert_eq!(record.len(), record.header().schema().len());
        drop(record.check(&mut Warnings::default()));
    }
}

/// Any bytes: the columnar pass keeps as many rows as the reader of single rows, whatever the block size.
///
/// The reader of a slice takes the bytes as they stand, a source decompresses them, so compressed ones say nothing.
pub fn columns(bytes: &[u8]) {
    if Source::from_bytes("fuzz.log", bytes.to_vec()).compression() != Compression::None {
        return;
    }
    let mut names = Vec::new();
    let mut reader = Reader::from_slice(bytes);
    let (mut n_rows, mut end) = (0_u64, Ok(()));
    loop {
        match reader.next_record() {
            Ok(Some(record)) => n_rows += u64::from(is_good_row(&record, &mut names)),
            Ok(None) => break,
            Err(error) => {
                end = Err(error.code());
                break;
            }
        }
    }
    for block_bytes in [7, 64, 1 << 16] {
        let found = n_rows_of_columns(bytes, &names, block_bytes).map_err(|error| error.code());
        assert_eq!(found.map(|_| ()), end, "blocks of {block_bytes}: {}", bytes.escape_ascii());
        if end.is_ok() {
            assert_eq!(found, Ok(n_rows), "blocks of {block_bytes}: {}", bytes.escape_ascii());
        }
    }
}

/// Whether every cell that a column would decode can be read; notes the columns' names. Columns keep sets, vectors and
/// subnets as they stand.
fn is_good_row(record: &Record<'_>, names: &mut Vec<String>) -> bool {
    let mut is_good = true;
    for (idx, field) in record.header().schema().fields().iter().enumerate() {
        let is_first = record.header().schema().index_of(field.name()) == Some(idx);
        if field.ty().element().is_some() || field.ty() == Type::SUBNET || !is_first {
            continue;
        }
        if !names.iter().any(|name| name == field.name()) {
            names.push(field.name().to_owned());
        }
        is_good &= record.get(idx).is_ok();
    }
    is_good
}

fn n_rows_of_columns(bytes: &[u8], names: &[String], block_bytes: usize) -> Result<u64, Error> {
    let source = Source::from_bytes("fuzz.log", bytes.to_vec());
    let projection = names.iter().fold(Projection::new(), |projection, name| projection.field(name));
    let options = ScanOptions { block_bytes, ..ScanOptions::default() };
    let mut n_rows = 0;
    let map = |batch: &bro_log::Batch<'_>| batch.n_rows() as u64;
    scan(&[source], &projection, &options, map, |part, _| {
        n_rows += part;
        ControlFlow::Continue(())
    })?;
    Ok(n_rows)
}

/// Logs to start from: each form in few bytes.
const SEEDS: [&[u8]; 6] = [
    b"#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tconn\n#open\tx\n#fields\tts\tuid\tn\ttags\n#types\ttime\tstring\tcount\tset[string]\n1.500000\tC1\t7\ta,b\n-\t\\x2d\t-\t(empty)\n#close\tx\n",
    b"#separator ||\n#set_separator||;\n#path||x\n#fields||a||b\n#types||addr||vector[interval]\n10.0.0.1||1.0;-\n",
    b"PREFIX<>separator |\nPREFIX<>fields|a|b\nPREFIX<>types|port|subnet\n80/tcp|10.0.0.0/8\n",
    b"ts\tuid\n1.5\tC1\n",
    b"{\"_path\":\"dns\",\"ts\":1.5,\"answers\":[\"a\",null],\"x\":{\"y\":-1}}\n{\"x\":\"\\u0000\"}\n",
    b"#separator \\x09\n#fields\tx\n#types\tbool\nT\n#fields\tx\ty\n#types\tint\tdouble\n-1\t1e3\n",
];

/// Runs every target on `n_runs` inputs made from the seeds by a generator that starts at `seed`.
pub fn replay(n_runs: u64, seed: u64) {
    let mut state = seed;
    for _ in 0..n_runs {
        let input = mutated(&mut state);
        read(&input);
        round_trip(&input);
        json(&input);
        columns(&input);
    }
}

/// A seed with a few bytes changed, moved, doubled or dropped.
fn mutated(state: &mut u64) -> Vec<u8> {
    let mut next = |below: usize| {
        *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (*state >> 33) as usize % below.max(1)
    };
    const WORDS: [&[u8]; 10] =
        [b"\t", b"\n", b"\\", b"\\x", b"#", b"-", b"(empty)", b"\n#fields\ta\n", b"\xff", b"\r\n"];
    let mut input = SEEDS[next(SEEDS.len())].to_vec();
    for _ in 0..next(8) {
        let at = next(input.len());
        match next(4) {
            0 => input[at] = next(256) as u8,
            1 => drop(input.splice(at..at, WORDS[next(WORDS.len())].iter().copied())),
            2 => input.truncate(at.max(1)),
            _ => {
                let end = (at + next(20)).min(input.len());
                let part = input[at..end].to_vec();
                let to = next(input.len());
                input.splice(to..to, part);
            }
        }
    }
    input
}
