//! Many rows in little memory.

use std::{fs::File, io::Write, ops::ControlFlow, path::Path, process::Command};

use bro_log::{Source, parse_subnet};
use bro_store::{Filter, ImportOptions, Store};

use crate::{
    database::{Fresh, on_every_database},
    import::{conn_log, conn_row},
};

/// Tells the process that is measured which database and log it works on.
const URL: &str = "BRO_ML_TEST_BIG_URL";
const LOG: &str = "BRO_ML_TEST_BIG_LOG";

/// What the work may take, in MiB, whatever the number of rows.
#[cfg(target_os = "linux")]
const MEMORY: u64 = 256;

/// How many rows; `BRO_ML_TEST_ROWS` changes it.
fn n_rows() -> usize {
    std::env::var("BRO_ML_TEST_ROWS").ok().and_then(|n_rows| n_rows.parse().ok()).unwrap_or(20_000)
}

/// Not a test of its own: what the measured process runs.
#[test]
fn work_to_be_measured() {
    let (Ok(url), Ok(log)) = (std::env::var(URL), std::env::var(LOG)) else { return };
    let mut store = Store::open(&url.parse().unwrap()).unwrap();
    let logs = [Source::open(Path::new(&log)).unwrap()];
    let imported = store.import("d", &logs, &ImportOptions::default(), &mut |_| ControlFlow::Continue(()));
    assert_eq!(imported.unwrap().n_records, n_rows() as u64);
    assert_eq!(store.dataset("d").unwrap().n_records, n_rows() as u64);
    let filter = Filter { orig: Some(parse_subnet(b"10.0.1.0/24").unwrap()), ..Default::default() };
    let (mut n_found, mut after) = (0, None);
    loop {
        let page = store.sessions("d", "conn", &filter, after, 1000).unwrap();
        n_found += page.rows.len();
        match page.next {
            None => break,
            next => after = next,
        }
    }
    // A network every 250 rows, 250 networks.
    assert_eq!(n_found, (0..n_rows()).filter(|idx| idx / 250 % 250 == 1).count());
    let mut exported = store.export("d", None, &Filter::default()).unwrap();
    assert!(std::io::copy(&mut exported, &mut std::io::sink()).unwrap() > n_rows() as u64 * 50);
    store.delete_dataset("d", &mut |_| ()).unwrap();
    assert!(store.list_datasets().unwrap().is_empty());
    #[cfg(target_os = "linux")]
    {
        let status = std::fs::read_to_string("/proc/self/status").unwrap();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        let peak = peak.trim().trim_end_matches(" kB").parse::<u64>().unwrap() / 1024;
        assert!(peak < MEMORY, "{peak} MiB for {} rows", n_rows());
    }
}

fn check_in_a_process(database: &Fresh, log: &Path) {
    let answer = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "big::work_to_be_measured", "--nocapture"])
        .envs([(URL, database.url().to_string()), (LOG, log.display().to_string())])
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&answer.stdout) + String::from_utf8_lossy(&answer.stderr);
    assert!(answer.status.success() && told.contains("1 passed"), "{told}");
}

on_every_database! {
    fn rows_are_imported_filtered_exported_and_deleted_in_bounded_memory(database) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("conn.log");
        let mut log = File::create(&path).unwrap();
        log.write_all(conn_log(&[]).as_bytes()).unwrap();
        for idx in 0..n_rows() {
            log.write_all(conn_row(idx).as_bytes()).unwrap();
        }
        drop(log);
        check_in_a_process(database, &path);
    }
}
