//! Imports that are killed lose nothing they acknowledged, store nothing twice, and go on.

use std::{
    io::{BufRead, BufReader, Read, Write},
    ops::ControlFlow,
    path::Path,
    process::{Command, Stdio},
};

use bro_log::Source;
use bro_store::{DatabaseUrl, ImportOptions, Store};

use crate::{
    database::{Fresh, on_every_database},
    import::{conn_log, conn_row, values},
};

const N_ROWS: usize = 6000;
const BLOCK_ROWS: usize = 150;

/// Tells the process that is to be killed which database and log it imports.
const URL: &str = "BRO_ML_TEST_KILLED_URL";
const LOG: &str = "BRO_ML_TEST_KILLED_LOG";

/// Not a test of its own: what the killed process runs. It writes the number of rows after each block that is stored.
#[test]
fn import_to_be_killed() {
    let (Ok(url), Ok(log)) = (std::env::var(URL), std::env::var(LOG)) else { return };
    let mut store = Store::open(&url.parse().unwrap()).unwrap();
    import(&mut store, Path::new(&log), &mut |n_records| {
        let mut out = std::io::stdout();
        writeln!(out, "\nstored {n_records}").unwrap();
        out.flush().unwrap();
    });
}

fn import(store: &mut Store, log: &Path, acknowledge: &mut dyn FnMut(u64)) {
    let options = ImportOptions { block_rows: BLOCK_ROWS, ..Default::default() };
    let logs = [Source::open(log).unwrap()];
    let imported = store.import("d", &logs, &options, &mut |progress| {
        acknowledge(progress.n_records);
        ControlFlow::Continue(())
    });
    imported.unwrap();
}

/// Starts the import in a process of its own, kills it after so many blocks, and gives the rows it had acknowledged.
fn import_and_kill(url: &DatabaseUrl, log: &Path, n_blocks: usize) -> u64 {
    let mut process = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "kill::import_to_be_killed", "--nocapture"])
        .envs([(URL, url.to_string()), (LOG, log.display().to_string())])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(process.stdout.take().unwrap()).lines();
    let stored = lines.filter_map(|line| line.unwrap().strip_prefix("stored ").map(|n| n.parse().unwrap()));
    let acknowledged = stored.take(n_blocks).last().unwrap_or(0);
    process.kill().unwrap();
    process.wait().unwrap();
    acknowledged
}

fn export(store: &mut Store) -> String {
    let mut log = String::new();
    store.export("d", None, &bro_store::Filter::default()).unwrap().read_to_string(&mut log).unwrap();
    log
}

/// How often each database's import is killed; `BRO_ML_TEST_KILLS` changes it.
fn n_kills() -> u64 {
    std::env::var("BRO_ML_TEST_KILLS").ok().and_then(|n_kills| n_kills.parse().ok()).unwrap_or(5)
}

fn check_killed(database: &Fresh, log: &Path, text: &str) {
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    for _ in 0..n_kills() {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let n_blocks = 1 + (random >> 33) as usize % (N_ROWS / BLOCK_ROWS / 4);
        let before = database.open().dataset("d").map_or(0, |dataset| dataset.n_records);
        let acknowledged = before + import_and_kill(database.url(), log, n_blocks);
        let mut store = database.open();
        let n_records = store.dataset("d").unwrap().n_records;
        assert!(n_records >= acknowledged, "{n_records} rows, {acknowledged} acknowledged");
        let exported = values(export(&mut store).as_bytes());
        assert_eq!(exported.len() as u64, n_records);
        assert_eq!(exported, values(text.as_bytes())[..exported.len()]);
        if n_records == N_ROWS as u64 {
            store.delete_dataset("d", &mut |_| ()).unwrap();
        }
    }
    let mut store = database.open();
    import(&mut store, log, &mut |_| ());
    assert_eq!(values(export(&mut store).as_bytes()), values(text.as_bytes()));
    assert_eq!(store.check().unwrap(), Vec::<String>::new());
}

on_every_database! {
    fn a_killed_import_loses_nothing_acknowledged_and_goes_on(database) {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("conn.log");
        let text = conn_log(&(0..N_ROWS).map(conn_row).collect::<Vec<_>>());
        std::fs::write(&log, &text).unwrap();
        check_killed(database, &log, &text);
    }
}
