use bro_log::{Conn, Error, Reader, ReaderBuilder, Strictness};

const HEADER: &str =
    "#separator \\x09\n#path\tconn\n#open\tx\n#fields\tts\tuid\tid.orig_p\n#types\ttime\tstring\tport\n";

fn strict(log: &str) -> Reader<&[u8]> {
    ReaderBuilder::new().strictness(Strictness::Strict).from_reader(log.as_bytes())
}

#[test]
fn a_bad_cell_is_named_by_line_byte_field_type_and_text() {
    let log = format!("{HEADER}1.000000\tC1\t80\n2.000000\tC2\t8\u{1}0\n");
    let mut reader = strict(&log);
    reader.next_record().unwrap();
    let record = reader.next_record().unwrap().unwrap();
    let error = record.get(2).unwrap_err();
    let byte = log.find("8\u{1}0").unwrap();
    let expected = format!(
        "line 7, byte {byte}, field `id.orig_p`: not a valid port (not spelled like one): \"8\\x010\""
    );
    assert_eq!(error.to_string(), expected);
    assert_eq!(error.position().map(|at| (at.line, at.byte)), Some((7, byte as u64)));
}

#[test]
fn a_message_quotes_no_more_than_64_bytes() {
    let log = format!("{HEADER}1.000000\tC1\t{}\n", "9".repeat(5000));
    let mut reader = strict(&log);
    let error = reader.next_record().unwrap().unwrap().get(2).unwrap_err();
    assert!(error.to_string().ends_with(&format!("(out of range): \"{}…\"", "9".repeat(64))));
}

#[test]
fn a_strict_reader_goes_on_after_a_bad_row() {
    let log = format!("{HEADER}1.000000\tC1\n2.000000\tC2\t80\n");
    let mut reader = strict(&log);
    let error = reader.next_record().unwrap_err();
    assert_eq!(error.to_string(), format!("line 6, byte {}: 2 cells, expected 3", HEADER.len()));
    assert!(error.is_row());
    assert_eq!(reader.next_record().unwrap().unwrap().cell(1), b"C2");
}

#[test]
fn a_lenient_reader_sets_rows_aside_that_do_not_fit_the_struct() {
    let log = format!("{HEADER}yesterday\tC1\t80\n2.000000\tC2\t80\n");
    let mut reader = Reader::from_slice(log.as_bytes());
    let conn = reader.next_as::<Conn<'_>>().unwrap().unwrap();
    assert_eq!(conn.uid.as_deref(), Some(&b"C2"[..]));
    assert!(reader.next_as::<Conn<'_>>().unwrap().is_none());
    assert_eq!(reader.rejects().counts().collect::<Vec<_>>(), [("syntax", 1)]);
    assert_eq!(reader.rejects().examples()[0].raw, b"yesterday\tC1\t80");
}

#[test]
fn a_field_that_must_be_there_makes_a_bad_row_of_an_unset_cell() {
    bro_log::typed! {
        struct Sure<'a> {
            uid: std::borrow::Cow<'a, [u8]> = "uid",
            ts: bro_log::Time = "ts",
        }
    }
    let log = format!("{HEADER}-\tC1\t80\n2.000000\tC2\t80\n");
    let mut reader = strict(&log);
    let error = reader.next_as::<Sure<'_>>().unwrap_err();
    assert_eq!(error.code(), "unset");
    let sure = reader.next_as::<Sure<'_>>().unwrap().unwrap();
    assert_eq!((&*sure.uid, sure.ts.micros()), (&b"C2"[..], 2_000_000));
}

#[test]
fn nothing_comes_after_a_bad_file() {
    let mut reader = Reader::from_slice(b"just text\n1\t2\n");
    assert!(matches!(reader.next_record(), Err(Error::NotZeek { .. })));
    assert!(reader.next_record().unwrap().is_none());
}

#[test]
fn a_line_beyond_the_limit_is_a_reject_and_the_next_is_read() {
    let log = format!("{HEADER}1.000000\t{}\t80\n2.000000\tC2\t80\n", "C".repeat(1000));
    for capacity in [16, 100, 4096] {
        let input = std::io::BufReader::with_capacity(capacity, log.as_bytes());
        let mut reader = ReaderBuilder::new().max_line(200).from_reader(input);
        assert_eq!(reader.next_record().unwrap().unwrap().cell(1), b"C2", "{capacity}");
        assert_eq!(reader.rejects().counts().collect::<Vec<_>>(), [("line_too_long", 1)]);
        assert_eq!(reader.rejects().examples()[0].error.position().map(|at| at.line), Some(6));
    }
}

#[test]
fn rows_are_the_same_however_the_input_is_cut() {
    let log = format!("{HEADER}1.000000\tC1\t80\r\n\n#comment\n2.000000\tC\\x32\t80\textra\n3.0\tC3\t443");
    let rows_of = |capacity: usize| {
        let mut reader = Reader::new(std::io::BufReader::with_capacity(capacity, log.as_bytes()));
        let mut rows = Vec::new();
        while let Some(record) = reader.next_record().unwrap() {
            let cells: Vec<_> = (0..record.len()).map(|idx| record.cell(idx).to_vec()).collect();
            rows.push((record.position(), cells));
        }
        rows
    };
    let whole = rows_of(1 << 16);
    assert_eq!(whole.len(), 3);
    for capacity in 1..80 {
        assert_eq!(rows_of(capacity), whole, "{capacity}");
    }
}

#[test]
fn a_first_line_that_lost_its_prefix_costs_no_row() {
    let log = b"separator \\x09\n#path\tx\n#fields\tn\n#types\tcount\n7\n8\n";
    let mut reader = Reader::from_slice(log);
    let mut cells = Vec::new();
    while let Some(record) = reader.next_record().unwrap() {
        cells.push(record.cell(0).to_vec());
    }
    assert_eq!(cells, [b"7", b"8"]);
}
