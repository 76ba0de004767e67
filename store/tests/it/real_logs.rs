//! Every conn and http log of a folder of real logs comes back as it was, where `BRO_ML_DATA` names one.

use std::{io::Read, ops::ControlFlow, path::PathBuf};

use bro_log::{LogFolder, Source};
use bro_store::{DatabaseUrl, ImportOptions, Store};

use crate::import::events;

/// The folder of real logs; says so where there is none.
#[expect(clippy::print_stderr, reason = "a suite that does not run must say so")]
fn data() -> Option<PathBuf> {
    let data = std::env::var_os("BRO_ML_DATA").map(PathBuf::from);
    if data.is_none() {
        eprintln!("BRO_ML_DATA is not set: real logs are not imported");
    }
    data
}

fn bytes_of(log: &Source) -> Vec<u8> {
    let mut bytes = Vec::new();
    // Of a log that is cut off, what there is.
    let _cut_off = log.reader().unwrap().read_to_end(&mut bytes);
    bytes
}

#[test]
fn every_conn_and_http_log_comes_back_with_its_values_and_its_bad_rows() {
    let Some(data) = data() else { return };
    let folder = tempfile::tempdir().unwrap();
    let mut store = Store::open(&DatabaseUrl::sqlite(folder.path().join("real.db"))).unwrap();
    let found = LogFolder::read(data).unwrap();
    let is_wanted = |kind: Option<&str>| matches!(kind, Some("conn" | "http"));
    let mut n_logs = 0;
    for log in found.logs.iter().filter(|log| is_wanted(log.kind.as_deref())) {
        let source = Source::open(&log.path).unwrap();
        let (name, bytes) = (source.name().to_owned(), bytes_of(&source));
        // Of rows that stand under no header the user has to say what they are.
        let Ok(expected) = events(&bytes, &name) else { continue };
        let dataset = format!("log {n_logs}");
        let logs = [source];
        let progress = &mut |_: &bro_store::ImportProgress<'_>| ControlFlow::Continue(());
        store
            .import(&dataset, &logs, &ImportOptions::default(), progress)
            .unwrap_or_else(|error| panic!("{error}"));
        let again = store.dataset_logs(&dataset, &[]).unwrap();
        let found = again.first().map_or_else(Vec::new, |log| events(&bytes_of(log), &name).unwrap());
        assert!(found == expected, "{name}: {}", first_difference(&found, &expected));
        store.delete_dataset(&dataset, &mut |_| ()).unwrap();
        n_logs += 1;
    }
    assert!(n_logs > 100, "{n_logs} logs");
}

fn first_difference(found: &[String], expected: &[String]) -> String {
    match found.iter().zip(expected).find(|(found, expected)| found != expected) {
        Some((found, expected)) => format!("{found:?}, expected {expected:?}"),
        None => format!("{} rows, expected {}", found.len(), expected.len()),
    }
}
