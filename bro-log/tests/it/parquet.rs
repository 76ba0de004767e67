//! What is written as Parquet, read by the format's own library.

use std::fs::File;

use bro_log::{ConvertParams, ConvertSummary, ConvertTo, Source};
use parquet::{
    file::reader::{FileReader, SerializedFileReader},
    record::Field,
};

fn convert(log: &str) -> (Vec<Vec<(String, Field)>>, ConvertSummary) {
    let sources = [Source::from_bytes("x.log", log.as_bytes().to_vec())];
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.parquet");
    let out = File::create(&path).unwrap();
    let summary = ConvertParams::new(ConvertTo::Parquet).run(&sources, out, &mut |_| ()).unwrap();
    let reader = SerializedFileReader::new(File::open(&path).unwrap()).unwrap();
    let rows = reader.get_row_iter(None).unwrap();
    let cells = |row: parquet::record::Row| row.into_columns();
    (rows.map(|row| cells(row.unwrap())).collect(), summary)
}

const HEADER: &str = "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tx\n#fields\tts\ti\tc\td\tv\tb\tp\ta\tn\te\ts\tz\tl\n\
     #types\ttime\tint\tcount\tdouble\tinterval\tbool\tport\taddr\tsubnet\tenum\tset[string]\tstring\tvector[count]\n";

fn text(text: &str) -> Field {
    Field::Str(text.to_owned())
}

/// The elements of a list.
fn elements(field: &Field) -> Vec<Field> {
    let Field::ListInternal(list) = field else { panic!("{field:?} is no list") };
    list.elements().to_vec()
}

#[test]
fn every_type_comes_back_as_what_it_is() {
    let row = "1.500001\t-7\t18446744073709551615\t0.1\t0.250000\tT\t65535\tfe80::1\t10.0.0.0/8\tA::B\ta,\\xff\t\\xc3\\xa9\t1,-,3\n";
    let (rows, summary) = convert(&format!("{HEADER}{row}"));
    let values: Vec<_> = rows[0].iter().map(|(_, value)| value.clone()).collect();
    let expected = [
        Field::TimestampMicros(1_500_001),
        Field::Long(-7),
        Field::ULong(u64::MAX),
        Field::Double(0.1),
        Field::Double(0.25),
        Field::Bool(true),
        Field::UShort(65535),
        text("fe80::1"),
        text("10.0.0.0/8"),
        text("A::B"),
    ];
    assert_eq!(values[..10], expected);
    assert_eq!(elements(&values[10]), [text("a"), text("\\xff")]);
    assert_eq!(values[11], text("é"));
    assert_eq!(elements(&values[12]), [Field::ULong(1), Field::Null, Field::ULong(3)]);
    assert_eq!((summary.n_rows, summary.n_escaped), (1, 1));
    assert_eq!(rows[0][0].0, "ts");
}

#[test]
fn unset_and_empty_are_told_apart() {
    let unset = ["-"; 13].join("\t");
    let empty = "-\t-\t-\t-\t-\t-\t-\t-\t-\t-\t(empty)\t(empty)\t(empty)";
    let (rows, _) = convert(&format!("{HEADER}{unset}\n{empty}\n"));
    assert!(rows[0].iter().all(|(_, value)| *value == Field::Null), "{:?}", rows[0]);
    assert_eq!(
        (elements(&rows[1][10].1), &rows[1][11].1, elements(&rows[1][12].1)),
        (vec![], &text(""), vec![])
    );
}

#[test]
fn rows_beyond_one_group_come_back_in_order() {
    let n_rows = (1 << 17) + 3;
    let rows: String = (0..n_rows).map(|n| format!("{n}\t{}\n", n % 7)).collect();
    let log = format!("#separator \\x09\n#path\tx\n#fields\tn\tl\n#types\tcount\tvector[count]\n{rows}");
    let (rows, _) = convert(&log);
    assert_eq!(rows.len(), n_rows);
    for (n, row) in rows.iter().enumerate() {
        assert_eq!(row[0].1, Field::ULong(n as u64));
    }
    assert_eq!(elements(&rows[n_rows - 1][1].1), [Field::ULong((n_rows as u64 - 1) % 7)]);
}

#[test]
fn a_row_that_does_not_fit_leaves_no_trace() {
    let objects =
        "{\"t\":\"a\",\"l\":[1],\"n\":18446744073709551615}\n{\"t\":\"b\",\"l\":[2,3],\"n\":-1}\n{\"n\":5}\n";
    let (rows, summary) = convert(objects);
    assert_eq!((rows.len(), summary.n_rows, summary.unfit.total()), (2, 2, 1));
    assert_eq!(
        (&rows[0][0].1, elements(&rows[0][1].1)),
        (&text("b"), vec![Field::ULong(2), Field::ULong(3)])
    );
    assert_eq!(
        (&rows[0][2].1, &rows[1][2].1, &rows[1][0].1),
        (&Field::Long(-1), &Field::Long(5), &Field::Null)
    );
}
