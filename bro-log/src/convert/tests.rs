use super::*;
use crate::{Reader, Value, error::Error};

const HEADER: &str =
    "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tx\n#open\tnow\n";

fn convert(params: &ConvertParams, logs: &[(&str, &str)]) -> Result<(String, ConvertSummary), Error> {
    let source = |(name, log): &(&str, &str)| Source::from_bytes(*name, log.as_bytes().to_vec());
    let sources: Vec<_> = logs.iter().map(source).collect();
    let mut out = Vec::new();
    let summary = params.run(&sources, &mut out, &mut |_| ())?;
    Ok((String::from_utf8(out).unwrap(), summary))
}

fn check(to: ConvertTo, log: &str, expected: &str) {
    let (out, _) = convert(&ConvertParams::new(to), &[("x.log", log)]).unwrap();
    assert_eq!(out, expected);
}

fn log(fields: &str, types: &str, rows: &str) -> String {
    format!("{HEADER}#fields\t{fields}\n#types\t{types}\n{rows}")
}

#[test]
fn json_has_zeek_s_types_and_leaves_unset_fields_out() {
    let all = log(
        "ts\ti\tc\td\tv\tb\tp\ta\tn\te\ts\tz\tl",
        "time\tint\tcount\tdouble\tinterval\tbool\tport\taddr\tsubnet\tenum\tset[string]\tstring\tvector[count]",
        "1.500000\t-7\t18446744073709551615\t0.1\t0.000010\tT\t80\tfe80::1\t10.0.0.0/8\tA::B\t(empty)\t(empty)\t1,-\n\
         -\t-\t-\tnan\t-\t-\t-\t-\t-\t-\ta,\"\t\\x0a\\xff\\\\\t-\n",
    );
    check(
        ConvertTo::Json,
        &all,
        "{\"ts\":1.5,\"i\":-7,\"c\":18446744073709551615,\"d\":0.1,\"v\":0.00001,\"b\":true,\"p\":80,\
         \"a\":\"fe80::1\",\"n\":\"10.0.0.0/8\",\"e\":\"A::B\",\"s\":[],\"z\":\"\",\"l\":[1,null]}\n\
         {\"d\":null,\"s\":[\"a\",\"\\\"\"],\"z\":\"\\n\\\\xff\\\\\"}\n",
    );
}

#[test]
fn csv_tells_unset_from_empty() {
    let rows = "1.500000\t-\t(empty)\ta,b\n-\t7\tx,y\t(empty)\n";
    check(
        ConvertTo::Csv,
        &log("ts\tn\ts\tl", "time\tcount\tstring\tvector[string]", rows),
        "ts,n,s,l\n1.500000,,\"\",\"[\"\"a\"\",\"\"b\"\"]\"\n,7,\"x,y\",[]\n",
    );
}

#[test]
fn formulas_are_disarmed_in_text_alone() {
    let params = ConvertParams { is_spreadsheet_safe: true, ..ConvertParams::new(ConvertTo::Csv) };
    let (out, _) = convert(&params, &[("x.log", &log("n\ts", "int\tstring", "-7\t=1+1\n-8\t-2\n"))]).unwrap();
    assert_eq!(out, "n,s\n-7,'=1+1\n-8,'-2\n");
}

#[test]
fn a_header_in_mid_file_makes_a_new_header_in_tsv_and_one_table_elsewhere() {
    let two = format!("{}{}", log("a\tb", "count\tcount", "1\t2\n"), log("b\tc", "int\tstring", "-3\tx\n"));
    check(ConvertTo::Json, &two, "{\"a\":1,\"b\":2}\n{\"b\":-3,\"c\":\"x\"}\n");
    check(ConvertTo::Csv, &two, "a,b,c\n1,2,\n,-3,x\n");
    let close = "#close\tnow\n";
    let expected = format!(
        "{}{close}{}{close}",
        log("a\tb", "count\tcount", "1\t2\n"),
        log("b\tc", "int\tstring", "-3\tx\n")
    );
    check(ConvertTo::Tsv, &two, &expected);
}

#[test]
fn headers_that_repeat_are_written_once() {
    let twice = log("a\tb", "count\tcount", "1\t2\n").repeat(2);
    check(ConvertTo::Tsv, &twice, &format!("{}#close\tnow\n", log("a\tb", "count\tcount", "1\t2\n1\t2\n")));
}

#[test]
fn rows_of_two_paths_do_not_become_one_table_unless_one_is_named() {
    let other = log("q", "string", "a\n").replace("#path\tx", "#path\ty");
    let mixed = format!("{}{other}", log("n", "count", "1\n"));
    let params = ConvertParams::new(ConvertTo::Csv);
    let error = convert(&params, &[("x.log", &mixed)]).unwrap_err();
    assert!(matches!(&error, Error::MixedPaths { paths } if paths == "x, y"), "{error}");
    let params = ConvertParams { path: Some("y".to_owned()), ..params };
    let (out, summary) = convert(&params, &[("x.log", &mixed)]).unwrap();
    assert_eq!((out.as_str(), summary.n_rows, summary.n_other_rows), ("q\na\n", 1, 1));
}

#[test]
fn keys_that_come_late_are_columns_of_all_rows() {
    let objects =
        "{\"_path\":\"q\",\"a\":1}\n{\"_path\":\"q\",\"a\":1.5,\"l\":[1]}\n{\"_path\":\"q\",\"l\":[\"x\"]}\n";
    check(ConvertTo::Csv, objects, "_path,a,l\nq,1,\nq,1.5,[1]\nq,,\"[\"\"x\"\"]\"\n");
    let tsv = convert(&ConvertParams::new(ConvertTo::Tsv), &[("x.json", objects)]).unwrap().0;
    assert!(tsv.contains("#types\tstring\tdouble\tvector[string]\n"), "{tsv}");
    assert!(tsv.contains("\nq\t1.0\t-\nq\t1.5\t1\nq\t-\tx\n"), "{tsv}");
}

#[test]
fn a_number_beyond_its_column_sets_the_row_aside() {
    let objects = "{\"n\":18446744073709551615}\n{\"n\":8}\n{\"n\":-1}\n";
    let (out, summary) = convert(&ConvertParams::new(ConvertTo::Tsv), &[("x.json", objects)]).unwrap();
    assert!(out.contains("#types\tint\n8\n-1\n"), "{out}");
    assert_eq!((summary.n_rows, summary.unfit.total()), (2, 1));
}

#[test]
fn nothing_to_convert_is_an_error_where_columns_are_needed() {
    check(ConvertTo::Json, "", "");
    let error = convert(&ConvertParams::new(ConvertTo::Csv), &[("x.log", "")]).unwrap_err();
    assert!(matches!(error, Error::NoColumns), "{error}");
}

#[test]
fn standard_logs_come_back_from_json_as_they_were() {
    let conn = "#fields\tts\tuid\tid.orig_h\tid.orig_p\tduration\torig_bytes\tlocal_orig\thistory\ttunnel_parents\n\
        #types\ttime\tstring\taddr\tport\tinterval\tcount\tbool\tstring\tset[string]\n\
        1600000000.000001\tC1\t10.0.0.1\t80\t0.000010\t18446744073709551615\tT\t(empty)\t(empty)\n\
        -0.000001\t\\x2d\tfe80::1\t0\t-\t-\tF\ta\\x0ab\tC1,C2\n";
    let tsv = HEADER.replace("#path\tx", "#path\tconn") + conn;
    let json = ConvertParams { has_path: true, ..ConvertParams::new(ConvertTo::Json) };
    let (json, _) = convert(&json, &[("conn.log", &tsv)]).unwrap();
    let (back, _) = convert(&ConvertParams::new(ConvertTo::Tsv), &[("back.json", &json)]).unwrap();
    let rows = |log: &str| -> Vec<_> {
        let names =
            ["ts", "uid", "id.orig_h", "id.orig_p", "duration", "orig_bytes", "local_orig", "history"];
        let mut reader = Reader::from_slice(log.as_bytes());
        let mut rows = Vec::new();
        while let Some(record) = reader.next_record().unwrap() {
            rows.push(
                names.map(|name| format!("{:?}", record.get_by_name(name).unwrap().unwrap_or(Value::Unset))),
            );
        }
        rows
    };
    assert_eq!(rows(&back), rows(&tsv));
    assert!(back.contains("tunnel_parents") && back.contains("set[string]"), "{back}");
}

#[test]
fn a_log_that_is_cut_off_is_converted_as_far_as_it_goes() {
    let text = log("n", "count", &"1234567\n".repeat(2000));
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    let bytes = encoder.finish().unwrap();
    let sources = [Source::from_bytes("x.log.gz", bytes[..bytes.len() - 12].to_vec())];
    let mut out = Vec::new();
    let summary = ConvertParams::new(ConvertTo::Csv).run(&sources, &mut out, &mut |_| ()).unwrap();
    assert_eq!(summary.truncated.len(), 1);
    assert_eq!(out.iter().filter(|&&byte| byte == b'\n').count() as u64, summary.n_rows + 1);
}
