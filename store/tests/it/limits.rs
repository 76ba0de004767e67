//! Databases that refuse: full disks, files that cannot be written, servers that are gone, rights that are missing.

use std::{
    io::{Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    ops::ControlFlow,
    os::unix::net::UnixStream,
    path::Path,
    process::Command,
    sync::{Arc, Mutex},
};

use bro_log::Source;
use bro_store::{Backend, DatabaseUrl, Error, ImportOptions, ImportSummary, Store};

use crate::{
    database::{Fresh, execute, on_every_database, server},
    import::{conn_log, conn_row, values},
};

const BLOCK_ROWS: usize = 50;

fn import(store: &mut Store, log: &str, after_block: &mut dyn FnMut(u64)) -> Result<ImportSummary, Error> {
    let options = ImportOptions { block_rows: BLOCK_ROWS, ..Default::default() };
    let logs = [Source::from_bytes("conn.log", log.as_bytes().to_vec())];
    store.import("d", &logs, &options, &mut |progress| {
        after_block(progress.n_records);
        ControlFlow::Continue(())
    })
}

fn export(store: &mut Store) -> String {
    let mut log = String::new();
    store.export("d", None, &bro_store::Filter::default()).unwrap().read_to_string(&mut log).unwrap();
    log
}

/// The rows acknowledged are there, none twice, and the same command brings the rest.
fn check_resumed(store: &mut Store, log: &str, acknowledged: u64) {
    let stored = values(export(store).as_bytes());
    assert!(stored.len() as u64 >= acknowledged, "{} rows, {acknowledged} acknowledged", stored.len());
    assert_eq!(stored, values(log.as_bytes())[..stored.len()]);
    assert_eq!(store.check().unwrap(), Vec::<String>::new());
    import(store, log, &mut |_| ()).unwrap();
    assert_eq!(values(export(store).as_bytes()), values(log.as_bytes()));
}

fn log_of(n_rows: usize) -> String {
    conn_log(&(0..n_rows).map(conn_row).collect::<Vec<_>>())
}

/// A file system of its own, as large as said; none where the system does not let us, which is told.
#[cfg(target_os = "linux")]
struct Tmpfs(tempfile::TempDir);

#[cfg(target_os = "linux")]
impl Tmpfs {
    fn new(size: &str) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let options = format!("size={size}");
        let mounted =
            Command::new("mount").args(["-t", "tmpfs", "-o", &options, "none"]).arg(folder.path()).output();
        if mounted.is_ok_and(|mounted| mounted.status.success()) {
            return Some(Self(folder));
        }
        let message =
            "\n*** No file system can be mounted here: full disks and read-only files are NOT tested. ***\n";
        std::io::stderr().write_all(message.as_bytes()).unwrap();
        None
    }

    fn remount(&self, options: &str) {
        let options = format!("remount,{options}");
        let status = Command::new("mount").args(["-o", &options]).arg(self.0.path()).status().unwrap();
        assert!(status.success());
    }

    fn path(&self) -> &Path {
        self.0.path()
    }
}

#[cfg(target_os = "linux")]
impl Drop for Tmpfs {
    fn drop(&mut self) {
        let _unmounted = Command::new("umount").arg(self.0.path()).status();
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_said_and_with_room_the_import_goes_on() {
    let Some(disk) = Tmpfs::new("1m") else { return };
    let log = log_of(9000);
    let url = DatabaseUrl::sqlite(disk.path().join("full.db"));
    let mut acknowledged = 0;
    let failed = import(&mut Store::open(&url).unwrap(), &log, &mut |n_rows| acknowledged = n_rows);
    let error = failed.unwrap_err().to_string();
    assert!(error.contains("the disk is full"), "{error}");
    assert!(acknowledged > 0);
    disk.remount("size=32m");
    check_resumed(&mut Store::open(&url).unwrap(), &log, acknowledged);
}

#[cfg(target_os = "linux")]
#[test]
fn a_file_that_cannot_be_written_can_be_read_and_says_so() {
    let Some(disk) = Tmpfs::new("16m") else { return };
    let log = log_of(500);
    let url = DatabaseUrl::sqlite(disk.path().join("fixed.db"));
    import(&mut Store::open(&url).unwrap(), &log, &mut |_| ()).unwrap();
    disk.remount("ro");
    match Store::open(&url) {
        // What was in the log beside the file may be out of reach without a lock.
        Err(error) => assert!(error.to_string().contains("fixed.db"), "{error}"),
        Ok(mut store) => {
            let error = import(&mut store, &log_of(600), &mut |_| ()).unwrap_err().to_string();
            assert!(error.contains("cannot be written"), "{error}");
            assert_eq!(values(export(&mut store).as_bytes()), values(log.as_bytes()));
        }
    }
    let error = Store::open(&DatabaseUrl::sqlite(disk.path().join("new.db"))).unwrap_err().to_string();
    assert!(error.contains("new.db"), "{error}");
    disk.remount("rw");
    check_resumed(&mut Store::open(&url).unwrap(), &log, 500);
}

#[test]
fn a_file_that_is_no_database_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notes.txt");
    std::fs::write(&path, "dear diary, ".repeat(1000)).unwrap();
    let error = Store::open(&DatabaseUrl::sqlite(&path)).unwrap_err().to_string();
    assert!(error.contains("notes.txt") && error.contains("not a database"), "{error}");
    assert_eq!(std::fs::read(&path).unwrap().len(), 12_000, "it is left as it is");
}

#[test]
fn a_server_that_refuses_is_said_with_its_address() {
    for url in ["mysql://ann:s3cret@127.0.0.1:1/db", "postgres://ann:s3cret@127.0.0.1:1/db"] {
        let error = Store::open(&url.parse().unwrap()).unwrap_err();
        let said = error.to_string();
        assert!(said.contains("ann:***@127.0.0.1:1/db") && !said.contains("s3cret"), "{said}");
    }
}

/// Stands between a store and its server until told to hang up, after which nobody answers.
struct Proxy {
    port: u16,
    open: Arc<Mutex<Option<Vec<UnixStream>>>>,
}

impl Proxy {
    fn to(socket: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let open = Arc::new(Mutex::new(Some(Vec::new())));
        let streams = Arc::clone(&open);
        std::thread::spawn(move || {
            for client in listener.incoming() {
                let mut streams = streams.lock().unwrap();
                // A stopped server refuses; dropping the client does as much.
                let (Some(streams), Ok(client)) = (streams.as_mut(), client) else { return };
                let server = UnixStream::connect(&socket).unwrap();
                streams.push(server.try_clone().unwrap());
                forward(client, server);
            }
        });
        Self { port, open }
    }

    fn stop(&self) {
        for stream in self.open.lock().unwrap().take().into_iter().flatten() {
            let _gone = stream.shutdown(Shutdown::Both);
        }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.stop();
        // The listener wakes up, finds that it is over, and ends.
        let _woken = TcpStream::connect(("127.0.0.1", self.port));
    }
}

fn forward(client: TcpStream, server: UnixStream) {
    let (mut from_client, mut to_client) = (client.try_clone().unwrap(), client);
    let (mut to_server, mut from_server) = (server.try_clone().unwrap(), server);
    std::thread::spawn(move || {
        let _ended = std::io::copy(&mut from_client, &mut to_server);
        let _closed = to_server.shutdown(Shutdown::Both);
    });
    std::thread::spawn(move || {
        let _ended = std::io::copy(&mut from_server, &mut to_client);
        let _closed = to_client.shutdown(Shutdown::Both);
    });
}

/// The file of the server's socket, and the address of the database through a port.
fn by_way_of(database: &Fresh, port: impl FnOnce(String) -> u16) -> DatabaseUrl {
    let server = server(database.url().backend()).unwrap();
    let name = database.name();
    let url = match database.url().backend() {
        Backend::Mysql => {
            let socket = server.split_once("unix_socket=").unwrap().1.to_owned();
            format!("mysql://root@127.0.0.1:{}/{name}", port(socket))
        }
        _ => {
            let host = server.split_once('@').unwrap().1.split_once('/').unwrap().0.replace("%2F", "/");
            format!(
                "postgres://root@127.0.0.1:{}/{name}?sslmode=disable",
                port(format!("{host}/.s.PGSQL.5432"))
            )
        }
    };
    url.parse().unwrap()
}

on_every_database! {
    fn a_server_that_stops_during_an_import_is_said_and_nothing_acknowledged_is_lost(database) {
        if database.url().backend() == Backend::Sqlite {
            return;
        }
        let mut proxy = None;
        let url = by_way_of(database, |socket| proxy.insert(Proxy::to(socket)).port);
        let proxy = proxy.unwrap();
        let (log, mut acknowledged) = (log_of(600), 0);
        let error = import(&mut Store::open(&url).unwrap(), &log, &mut |n_rows| {
            acknowledged = n_rows;
            if n_rows == 250 {
                proxy.stop();
            }
        }).unwrap_err();
        assert!(matches!(error, Error::Connect { .. }), "{error}");
        assert_eq!(acknowledged, 250);
        check_resumed(&mut database.open(), &log, acknowledged);
    }
}

on_every_database! {
    fn encryption_that_is_demanded_and_not_to_be_had_is_an_error(database) {
        if database.url().backend() == Backend::Sqlite {
            return;
        }
        let mut proxy = None;
        let url = by_way_of(database, |socket| proxy.insert(Proxy::to(socket)).port).to_string();
        drop(Store::open(&url.parse().unwrap()).unwrap());
        let demands = match database.url().backend() {
            Backend::Mysql => ["REQUIRED", "verify_ca", "verify_identity"].map(|mode| format!("{url}?ssl_mode={mode}")),
            _ => ["require", "verify-ca", "verify-full"]
                .map(|mode| url.replace("sslmode=disable", &format!("sslmode={mode}&sslrootcert=/dev/null"))),
        };
        for demanded in demands {
            let error = Store::open(&demanded.parse().unwrap()).unwrap_err();
            let said = error.to_string();
            let is_about_it = ["SSL", "encrypted", "certificate", "host names"].iter().any(|word| said.contains(word));
            assert!(matches!(error, Error::Connect { .. }) && is_about_it, "{said}");
        }
    }
}

on_every_database! {
    fn a_user_who_may_only_read_is_told_so_and_changes_nothing(database) {
        let log = log_of(200);
        import(&mut database.open(), &log, &mut |_| ()).unwrap();
        let user = format!("reader_{}", database.name());
        let Some(server) = server(database.url().backend()) else { return };
        let name = database.name();
        let url = match database.url().backend() {
            Backend::Sqlite => return,
            Backend::Mysql => {
                let user = user.replace("bro_ml_test_", "");
                execute(&server, &format!("CREATE USER {user}@localhost"));
                execute(&server, &format!("GRANT SELECT ON {name}.* TO {user}@localhost"));
                database.url().to_string().replace("root@", &format!("{user}@"))
            }
            _ => {
                database.execute(&format!("CREATE ROLE {user} LOGIN"));
                database.execute(&format!("GRANT SELECT ON ALL TABLES IN SCHEMA public TO {user}"));
                database.url().to_string().replace("root@", &format!("{user}@"))
            }
        };
        let mut reader = Store::open(&url.parse().unwrap()).unwrap();
        assert_eq!(values(export(&mut reader).as_bytes()), values(log.as_bytes()));
        let error = import(&mut reader, &log_of(300), &mut |_| ()).unwrap_err().to_string();
        assert!(error.contains("denied"), "{error}");
        drop(reader);
        match database.url().backend() {
            Backend::Mysql => execute(&server, &format!("DROP USER {}@localhost", user.replace("bro_ml_test_", ""))),
            _ => database.execute(&format!("DROP OWNED BY {user}; DROP ROLE {user}")),
        }
        check_resumed(&mut database.open(), &log, 200);
    }
}

on_every_database! {
    fn a_megabyte_in_one_cell_and_sql_in_every_cell_come_back(database) {
        let mut store = database.open();
        let hostile = ["'); DROP TABLE conn; --", "\\\\", "%s%n", "é🦀", "$1", "NULL", "\\xff\\x00\\x1b[2J", "\\N"];
        let mut rows: Vec<_> = hostile
            .iter()
            .map(|text| conn_row(1).replace("\tssl\t", &format!("\t{text}\t")).replace("\t-\t0.5", &format!("\t{text}\t0.5")))
            .collect();
        rows.push(conn_row(2).replace("\tssl\t", &format!("\t{}\t", "é'\\x00".repeat(150_000))));
        let log = conn_log(&rows);
        let summary = import(&mut store, &log, &mut |_| ()).unwrap();
        assert_eq!((summary.n_records, summary.n_rejected), (rows.len() as u64, 0));
        assert_eq!(values(export(&mut store).as_bytes()), values(log.as_bytes()));
    }
}

#[cfg(feature = "mysql")]
#[test]
fn load_data_stores_the_same_rows() {
    crate::database::check_on(Backend::Mysql, |database| {
        let mut store = database.open();
        let log = log_of(300).replace("\tC7\t", "\ta\\x09'b\\\\N\t").replace("\t10.0.0.9\t", "\t::ff\t");
        let logs = [Source::from_bytes("conn.log", log.as_bytes().to_vec())];
        let options = ImportOptions { load_data: true, block_rows: 64, ..Default::default() };
        store.import("d", &logs, &options, &mut |_| ControlFlow::Continue(())).unwrap();
        assert_eq!(values(export(&mut store).as_bytes()), values(log.as_bytes()));
    });
}
