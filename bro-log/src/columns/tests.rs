use std::io::Write;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};

use flate2::write::GzEncoder;

use super::scan::scan_owned;
use super::separators::archs;
use super::{Batch, Column, Projection, ScanOptions, Table, Values, read_columns, scan};
use crate::{Error, Position, Source, Strictness, Warning};

const HEADER: &str = "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tconn\n\
    #open\t2020-01-01-00-00-00\n#fields\tts\tproto\torig_bytes\tnote\n#types\ttime\tenum\tcount\tstring\n";
const OTHER_HEADER: &str = "#separator |\n#path|http\n#fields|note|ts\n#types|string|time\n";

fn projection() -> Projection {
    Projection::new().field("ts").dictionary("proto").field("orig_bytes").field("note")
}

fn conn_rows(n_rows: usize) -> String {
    let row = |idx: usize| {
        let proto = ["tcp", "udp", "-"][idx % 3];
        let note = ["(empty)", "-", "a\\x09b", "plain"][idx % 4];
        format!("{idx}.5\t{proto}\t{}\t{note}\n", idx * 1_000)
    };
    (0..n_rows).map(row).collect()
}

fn read(log: &[u8], options: &ScanOptions) -> Result<Table, Error> {
    read_columns(&[Source::from_bytes("conn.log", log.to_vec())], &projection(), options)
}

fn blocks_of(block_bytes: usize) -> ScanOptions {
    ScanOptions { block_bytes, ..ScanOptions::default() }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn on_threads<R: Send>(n_threads: usize, run: impl FnOnce() -> R + Send) -> R {
    rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().unwrap().install(run)
}

#[test]
fn every_instruction_set_decodes_alike() {
    let odd = "nonsense\ttcp\t7\t-\n1x\ttcp\t7\t-\n12345678901.25\tan enum of many bytes\t18446744073709551615\t\n-0.5\t(empty)\t12345678901\tx\n";
    let log = format!("{HEADER}{}{odd}{}", conn_rows(300), conn_rows(64)).into_bytes();
    let by = |arch| -> Vec<Vec<Option<Column>>> {
        let mut batches = Vec::new();
        let sources = [Source::from_bytes("conn.log", log.clone())];
        let fold = |columns, _: &super::Progress| {
            batches.push(columns);
            ControlFlow::Continue(())
        };
        let options = blocks_of(1_000);
        let summary = scan_owned(
            arch,
            &sources,
            &projection(),
            &options,
            |stretch| (stretch.decoded.columns, None),
            fold,
        );
        assert_eq!(summary.unwrap().n_rejected(), 1);
        batches
    };
    let expected = by(archs()[0]);
    assert!(expected.len() > 3);
    archs().into_iter().for_each(|arch| assert_eq!(by(arch), expected, "{arch:?}"));
}

#[test]
fn cells_become_typed_values() {
    let table =
        read(format!("{HEADER}{}#close\tnow\n", conn_rows(4)).as_bytes(), &ScanOptions::default()).unwrap();
    let [ts, proto, orig_bytes, note] = &table.columns[..] else { panic!("four columns") };
    assert_eq!(ts.as_ref().unwrap().as_micros().unwrap(), [500_000, 1_500_000, 2_500_000, 3_500_000]);
    assert_eq!(orig_bytes.as_ref().unwrap().as_count().unwrap(), [0, 1_000, 2_000, 3_000]);
    let text = |column: &Option<super::Column>| -> Vec<Option<Vec<u8>>> {
        let column = column.as_ref().unwrap();
        (0..column.len()).map(|row| column.bytes(row).map(<[u8]>::to_vec)).collect()
    };
    assert_eq!(text(proto), [Some(b"tcp".to_vec()), Some(b"udp".to_vec()), None, Some(b"tcp".to_vec())]);
    let expected = [Some(b"".to_vec()), None, Some(b"a\tb".to_vec()), Some(b"plain".to_vec())];
    assert_eq!(text(note), expected);
    assert_eq!(table.summary.paths, [(Some("conn".to_owned()), 4)]);
    assert!(table.summary.warnings[0].is_empty());
}

/// Everything that a caller can see of a table, for comparing.
fn shown(table: &Table) -> (Vec<Option<super::Column>>, String) {
    let summary = &table.summary;
    let rejects = summary.rejects.examples();
    (table.columns.clone(), format!("{:?} {:?} {rejects:?}", summary.paths, summary.warnings))
}

#[test]
fn blocks_threads_and_compression_do_not_show() {
    let bad = "x\ttcp\t1\t-\n1.0\ttcp\n\r\n1.0\ttcp\t-5\t-\r\n";
    let conn = conn_rows(300);
    let other = "a|1.0\n-|2.5\n";
    let log =
        format!("{HEADER}{conn}{bad}{OTHER_HEADER}{other}#close|now\n{HEADER}{bad}{conn}9.0\ttcp\t1\tend");
    let whole = shown(&read(log.as_bytes(), &blocks_of(1 << 20)).unwrap());
    assert!(whole.1.contains("line: 309,"), "{}", whole.1);
    for block_bytes in [1, 7, 64, 999, 4_096] {
        for n_threads in [1, 2, 8] {
            let options = blocks_of(block_bytes);
            let table = on_threads(n_threads, || read(log.as_bytes(), &options)).unwrap();
            assert!(shown(&table) == whole, "{block_bytes} bytes a block, {n_threads} threads");
            let table = on_threads(n_threads, || read(&gzip(log.as_bytes()), &options)).unwrap();
            assert!(shown(&table) == whole, "gzip, {block_bytes} bytes a block, {n_threads} threads");
        }
    }
}

#[test]
fn batches_keep_their_names_and_places_when_compressed() {
    let log = format!("{HEADER}{}{OTHER_HEADER}a|1.0\n", conn_rows(100));
    let places = |stored: Vec<u8>| {
        let mut places = Vec::new();
        scan(
            &[Source::from_bytes("conn.log", stored)],
            &projection(),
            &blocks_of(500),
            |batch| (batch.id(), (0..batch.n_rows()).map(|row| batch.byte_of_row(row)).collect::<Vec<_>>()),
            |place, _progress| {
                places.push(place);
                ControlFlow::Continue(())
            },
        )
        .unwrap();
        places
    };
    let plain = places(log.clone().into_bytes());
    assert_eq!(plain, places(gzip(log.as_bytes())));
    let starts: Vec<usize> =
        plain.iter().flat_map(|(_, bytes)| bytes.iter().map(|&byte| byte as usize)).collect();
    assert_eq!(starts.len(), 101);
    assert!(starts.iter().all(|&start| log.as_bytes()[start - 1] == b'\n'));
}

#[test]
fn rejects_carry_line_byte_and_field() {
    let log = format!("{HEADER}{}x\ttcp\t1\t-\n", conn_rows(1_000));
    let table = read(log.as_bytes(), &blocks_of(512)).unwrap();
    let error = &table.summary.rejects.examples()[0].error;
    let byte = log.len() - "x\ttcp\t1\t-\n".len();
    assert_eq!(
        error.to_string(),
        format!("line 1009, byte {byte}, field `ts`: not a valid time (not spelled like one): \"x\"")
    );
    let strict = ScanOptions { strictness: Strictness::Strict, ..blocks_of(512) };
    assert_eq!(read(log.as_bytes(), &strict).unwrap_err().to_string(), error.to_string());
}

#[test]
fn a_cut_gzip_gives_its_whole_rows_and_says_so() {
    let log = format!("{HEADER}{}", conn_rows(20_000));
    let stored = gzip(log.as_bytes());
    let stored = &stored[..stored.len() / 2];
    let table = read(stored, &ScanOptions::default()).unwrap();
    assert_eq!(table.summary.truncated.len(), 1);
    let n_rows = table.summary.n_rows as usize;
    assert!((1_000..20_000).contains(&n_rows) && table.summary.n_rejected() == 0, "{n_rows} rows");
    let ts = table.columns[0].as_ref().unwrap().as_micros().unwrap();
    assert_eq!(ts.last(), Some(&((n_rows as i64 - 1) * 1_000_000 + 500_000)));
    let strict = ScanOptions { strictness: Strictness::Strict, ..ScanOptions::default() };
    let error = read(stored, &strict).unwrap_err();
    assert_eq!(error.code(), "gzip_truncated");
    let n_lines = HEADER.lines().count() + n_rows;
    let byte: usize = log.lines().take(n_lines).map(|line| line.len() + 1).sum();
    let at = Position { line: n_lines as u64 + 1, byte: byte as u64 };
    assert_eq!(error.position(), Some(at));
    assert_eq!(table.summary.truncated[0].1.position(), Some(at));
}

#[test]
fn a_line_that_is_too_long_is_rejected_and_the_next_is_read() {
    let log = format!("{HEADER}1.0\ttcp\t1\t{}\n2.0\tudp\t2\tb\n", "a".repeat(100_000));
    for block_bytes in [100, 4_096, 1 << 20] {
        let options = ScanOptions { max_line_bytes: 10_000, ..blocks_of(block_bytes) };
        for stored in [log.clone().into_bytes(), gzip(log.as_bytes())] {
            let table = read(&stored, &options).unwrap();
            assert_eq!(table.summary.n_rows, 1, "{block_bytes} bytes a block");
            let error = &table.summary.rejects.examples()[0].error;
            assert_eq!((error.code(), error.position().unwrap().line), ("line_too_long", 9));
        }
    }
}

#[test]
fn many_sources_are_read_in_the_given_order() {
    let log = |from: usize| {
        let rows: String = conn_rows(200).lines().skip(from).map(|row| format!("{row}\n")).collect();
        format!("{HEADER}{rows}").into_bytes()
    };
    let sources =
        [(0, false), (7, true), (199, false), (200, false), (3, true)].map(|(from, is_compressed)| {
            let bytes = if is_compressed { gzip(&log(from)) } else { log(from) };
            Source::from_bytes(format!("{from}.log"), bytes)
        });
    let table = read_columns(&sources, &projection(), &blocks_of(300)).unwrap();
    let ts = table.columns[0].as_ref().unwrap().as_micros().unwrap();
    let expected: Vec<i64> = [0..200, 7..200, 199..200, 200..200, 3..200].into_iter().flatten().collect();
    assert_eq!(ts.iter().map(|micros| micros / 1_000_000).collect::<Vec<_>>(), expected);
}

#[test]
fn a_log_whose_blocks_come_before_those_of_the_log_above_is_read() {
    let log = format!("{HEADER}{}", conn_rows(1)).into_bytes();
    let sources = ["a.log", "b.log"].map(|name| Source::from_bytes(name, log.clone()));
    let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
    // The order of the news is chance; half of the runs take the other way round.
    for _ in 0..50 {
        let is_below_read = AtomicBool::new(false);
        let map = |batch: &Batch<'_>| match batch.id().source_idx {
            0 => {
                while !is_below_read.load(Ordering::SeqCst) {
                    std::thread::yield_now();
                }
            }
            _ => is_below_read.store(true, Ordering::SeqCst),
        };
        let fold = |(), _: &_| ControlFlow::Continue(());
        let summary = pool.install(|| scan(&sources, &projection(), &ScanOptions::default(), map, fold));
        assert_eq!(summary.unwrap().n_rows, 2);
    }
}

#[test]
fn the_fold_can_end_the_scan() {
    let log = format!("{HEADER}{}", conn_rows(5_000));
    let mut n_batches = 0;
    let sources = [Source::from_bytes("conn.log", log.into_bytes())];
    let summary = scan(
        &sources,
        &projection(),
        &blocks_of(256),
        |_| (),
        |(), _| {
            n_batches += 1;
            if n_batches == 3 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        },
    )
    .unwrap();
    assert_eq!((n_batches, summary.is_complete), (3, false));
}

#[test]
fn rows_without_a_header_need_a_schema() {
    assert_eq!(read(b"1.5\ttcp\t7\tx\n", &ScanOptions::default()).unwrap_err().code(), "schema_needed");
    let schema = "ts:time proto:enum orig_bytes:count note:string".parse().unwrap();
    let options = ScanOptions { schema: Some(schema), ..ScanOptions::default() };
    let table = read(b"1.5\ttcp\t7\tx\n", &options).unwrap();
    assert_eq!(table.columns[2].as_ref().unwrap().values(), &Values::Count(vec![7]));
}

#[test]
fn a_log_without_close_is_open_ended() {
    let table = read(format!("{HEADER}1.5\ttcp\t7\tx").as_bytes(), &ScanOptions::default()).unwrap();
    let warnings: Vec<_> = table.summary.warnings[0].iter().collect();
    assert_eq!(warnings, [Warning::OpenEnded, Warning::TruncatedTail]);
}
