//! `bro-ml features`.

use std::fs;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use crate::logs::{log, rows};
use crate::program::{Answer, bro_ml, run};

fn ask(dir: &Path, args: &[&str]) -> Answer {
    run(bro_ml(dir).current_dir(dir).arg("features").args(args))
}

fn with_log(n_rows: u64) -> TempDir {
    let dir = TempDir::new().unwrap();
    fs::write(dir.path().join("conn.log"), log(&rows(n_rows))).unwrap();
    dir
}

#[test]
fn csv_and_npy_hold_the_same_numbers_and_uids_on_any_number_of_threads() {
    let dir = with_log(500);
    let features = "duration,service,history,count_2s,host";
    let csv = ask(dir.path(), &["conn.log", "--features", features]).stdout;
    let args = ["features", "conn.log", "--features", features];
    let one_thread = run(bro_ml(dir.path()).current_dir(dir.path()).env("RAYON_NUM_THREADS", "1").args(args));
    assert_eq!(one_thread.stdout, csv);
    ask(dir.path(), &["conn.log", "--features", features, "--to", "npy", "-o", "x.npy"]);
    let npy = fs::read(dir.path().join("x.npy")).unwrap();
    let sidecar: Value = serde_json::from_slice(&fs::read(dir.path().join("x.npy.json")).unwrap()).unwrap();
    let mut lines = csv.lines();
    let header: Vec<_> = lines.next().unwrap().split(',').collect();
    let names: Vec<_> =
        sidecar["columns"].as_array().unwrap().iter().map(|c| c["name"].as_str().unwrap()).collect();
    assert_eq!((header[0], &header[1..]), ("uid", &names[..]));
    let start = 10 + usize::from(u16::from_le_bytes([npy[8], npy[9]]));
    let mut numbers = npy[start..].chunks_exact(8).map(|bytes| f64::from_le_bytes(bytes.try_into().unwrap()));
    for (line, uid) in lines.zip(sidecar["uids"].as_array().unwrap()) {
        let cells: Vec<_> = line.split(',').collect();
        assert_eq!(Some(cells[0]), uid.as_str());
        for cell in &cells[1..] {
            assert_eq!(cell.parse::<f64>().ok(), numbers.next());
        }
    }
    assert_eq!((numbers.next(), sidecar["uids"].as_array().unwrap().len()), (None, 501));
}

#[cfg(feature = "parquet")]
#[test]
fn parquet_holds_what_csv_holds() {
    use parquet::file::reader::{FileReader, SerializedFileReader};
    use parquet::record::Field;
    let dir = with_log(300);
    let features = "duration,service,ct_dst_ltm";
    let csv = ask(dir.path(), &["conn.log", "--features", features]).stdout;
    ask(dir.path(), &["conn.log", "--features", features, "--to", "parquet", "-o", "x.parquet"]);
    let file = fs::File::open(dir.path().join("x.parquet")).unwrap();
    let reader = SerializedFileReader::new(file).unwrap();
    let facts = reader.metadata().file_metadata().key_value_metadata().unwrap();
    let columns: Value = serde_json::from_str(facts[0].value.as_deref().unwrap()).unwrap();
    assert_eq!(columns[0]["unit"], "s");
    let text = |(_, field): (&String, &Field)| match field {
        Field::Str(text) => text.clone(),
        Field::Double(number) => number.to_string(),
        other => panic!("{other:?}"),
    };
    let rows =
        reader.into_iter().map(|row| row.unwrap().get_column_iter().map(text).collect::<Vec<_>>().join(","));
    assert!(rows.eq(csv.lines().skip(1)));
    ask(dir.path(), &["conn.log", "--to", "parquet"]).fails(2, &["-o FILE"]);
}

#[test]
fn scaled_columns_have_mean_0_and_variance_1() {
    let dir = with_log(400);
    let csv = ask(dir.path(), &["conn.log", "--features", "ln_duration,ct_dst_ltm", "--scaled"]).stdout;
    let column: Vec<f64> =
        csv.lines().skip(1).map(|line| line.split(',').nth(2).unwrap().parse().unwrap()).collect();
    let mean = column.iter().sum::<f64>() / 401.0;
    let var = column.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / 401.0;
    assert!(mean.abs() < 1e-12 && (var - 1.0).abs() < 1e-12, "{mean} {var}");
}

#[test]
fn a_sample_keeps_the_rows_of_the_whole_with_their_windows() {
    let dir = with_log(1000);
    let all = ask(dir.path(), &["conn.log", "--features", "duration,ct_dst_ltm"]).stdout;
    for by in ["uniform", "reservoir", "systematic", "stratified:service"] {
        let args = ["conn.log", "--features", "duration,ct_dst_ltm", "--sample", "50", "--sample-by", by];
        let sample = ask(dir.path(), &args).stdout;
        assert_eq!(sample.lines().count(), 51, "{by}");
        assert!(sample.lines().all(|line| all.contains(line)), "{by}");
        assert_eq!(ask(dir.path(), &args).stdout, sample, "the same seed");
    }
    let refused = ask(dir.path(), &["conn.log", "--sample", "5", "--sample-by", "stratified:uid"]);
    refused.fails(2, &["stratified:uid", "proto, service"]);
}

#[test]
fn the_catalogue_lists_every_feature_and_what_cannot_be_had() {
    let dir = TempDir::new().unwrap();
    let table = ask(dir.path(), &["--list"]).stdout;
    for name in
        ["ln_duration", "history_orig_s", "serror_rate_2s", "ct_dst_src_ltm", "user_agent_rarity", "sttl"]
    {
        assert!(table.contains(name), "{name}");
    }
    let json = ask(dir.path(), &["--list", "--log-kind", "http", "--format", "json"]).json();
    assert!(json["features"].as_array().unwrap().iter().all(|feature| feature["log_kind"] == "http"));
    assert!(ask(dir.path(), &["--list", "--format", "csv"]).stdout.starts_with("log_kind,group,name,unit"));
    ask(dir.path(), &[]).fails(2, &["LOG"]);
    let log = with_log(20);
    ask(log.path(), &["conn.log", "--to", "npy"]).fails(2, &["-o FILE"]);
    ask(log.path(), &["conn.log", "--features", "colour"]).fails(2, &["colour", "ln_duration"]);
}
