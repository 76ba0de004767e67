//! What goes wrong is said clearly and leaves a consistent database.

use std::{io::Read, ops::ControlFlow};

use bro_log::Source;
use bro_store::{Backend, DatabaseUrl, Error, ImportOptions, Store};

use crate::{
    database::{execute, on_every_database, server},
    import::{conn_log, conn_row, values},
};

fn log_of(n_rows: usize) -> String {
    conn_log(&(0..n_rows).map(conn_row).collect::<Vec<_>>())
}

fn sources(log: &str) -> [Source; 1] {
    [Source::from_bytes("conn.log", log.as_bytes().to_vec())]
}

fn import(store: &mut Store, log: &str) -> Result<bro_store::ImportSummary, Error> {
    let options = ImportOptions { block_rows: 50, ..Default::default() };
    store.import("d", &sources(log), &options, &mut |_| ControlFlow::Continue(()))
}

fn export(store: &mut Store) -> Result<String, std::io::Error> {
    let mut log = String::new();
    store
        .export("d", None, &bro_store::Filter::default())
        .map_err(std::io::Error::other)?
        .read_to_string(&mut log)?;
    Ok(log)
}

on_every_database! {
    fn tables_dropped_under_us_are_an_error_that_names_them(database) {
        let mut store = database.open();
        import(&mut store, &log_of(100)).unwrap();
        database.execute("DROP TABLE conn");
        let error = import(&mut store, &log_of(200)).unwrap_err().to_string();
        assert!(error.contains("store a block") && error.contains("conn"), "{error}");
        assert!(export(&mut store).unwrap_err().to_string().contains("conn"));
    }
}

on_every_database! {
    fn rows_deleted_by_someone_else_are_found_missing(database) {
        let mut store = database.open();
        import(&mut store, &log_of(100)).unwrap();
        assert_eq!(store.check().unwrap(), Vec::<String>::new());
        database.execute("DELETE FROM conn WHERE uid = 'C5'");
        assert_eq!(store.check().unwrap(), ["dataset d, log conn.log: 99 rows, expected 100"]);
        assert!(export(&mut store).unwrap_err().to_string().contains("1 rows are missing"));
    }
}

on_every_database! {
    fn two_imports_at_once_store_each_log_once(database) {
        drop(database.open());
        let log = log_of(400);
        let (url, logs) = (database.url(), [log.clone(), log.replace("\tC", "\tD"), log.clone()]);
        let results: Vec<_> = std::thread::scope(|threads| {
            let start = |log| threads.spawn(move || import(&mut Store::open(url).unwrap(), log));
            let running: Vec<_> = logs.iter().map(|log| start(log.as_str())).collect();
            running.into_iter().map(|done| done.join().unwrap()).collect()
        });
        for result in results {
            assert!(matches!(result, Ok(_) | Err(Error::ImportRace { .. })), "{result:?}");
        }
        let mut store = database.open();
        for log in &logs {
            import(&mut store, log).unwrap();
        }
        let mut found = values(export(&mut store).unwrap().as_bytes());
        let mut expected = [values(logs[0].as_bytes()), values(logs[1].as_bytes())].concat();
        found.sort();
        expected.sort();
        found.dedup();
        assert_eq!(found, expected);
    }
}

on_every_database! {
    fn readers_see_whole_blocks_while_an_import_writes(database) {
        let (mut store, mut reader) = (database.open(), database.open());
        let log = log_of(400);
        let options = ImportOptions { block_rows: 50, ..Default::default() };
        let imported = store.import("d", &sources(&log), &options, &mut |progress| {
            assert_eq!(reader.dataset("d").unwrap().n_records, progress.n_records);
            let seen = values(export(&mut reader).unwrap().as_bytes());
            assert_eq!(seen.len() as u64, progress.n_records);
            ControlFlow::Continue(())
        });
        assert_eq!(imported.unwrap().n_records, 400);
    }
}

/// Ends all connections to the database but the caller's.
fn hang_up(database: &crate::database::Fresh, name: &str) {
    match database.url().backend() {
        Backend::Postgres => database.execute(
            "DO $$ BEGIN PERFORM pg_terminate_backend(pid) FROM pg_stat_activity \
             WHERE datname = current_database() AND pid <> pg_backend_pid(); END $$",
        ),
        _ => database.kill_connections(name),
    }
}

on_every_database! {
    fn a_dropped_connection_is_made_anew(database) {
        if database.url().backend() == Backend::Sqlite {
            return;
        }
        let mut store = database.open();
        let log = log_of(400);
        let options = ImportOptions { block_rows: 50, ..Default::default() };
        let name = database.name().to_owned();
        let imported = store.import("d", &sources(&log), &options, &mut |progress| {
            if progress.n_records == 150 {
                hang_up(database, &name);
            }
            ControlFlow::Continue(())
        });
        assert_eq!(imported.unwrap().n_records, 400);
        assert_eq!(values(export(&mut store).unwrap().as_bytes()), values(log.as_bytes()));
    }
}

#[test]
fn a_damaged_file_is_found_out() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("damaged.db");
    let mut store = Store::open(&DatabaseUrl::sqlite(&path)).unwrap();
    import(&mut store, &log_of(3000)).unwrap();
    store.vacuum().unwrap();
    drop(store);
    let mut bytes = std::fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..middle + 20_000].fill(0x5a);
    std::fs::write(&path, bytes).unwrap();
    let mut store = Store::open(&DatabaseUrl::sqlite(&path)).unwrap();
    assert!(!store.check().unwrap_or_else(|error| vec![error.to_string()]).is_empty());
    if let Err(error) = export(&mut store) {
        assert!(error.to_string().contains("damaged") || error.to_string().contains("missing"), "{error}");
    }
}

/// A user of a server with this password, gone when dropped.
struct User {
    name: String,
    server: String,
    backend: Backend,
}

impl User {
    fn new(backend: Backend, password: &str) -> Option<Self> {
        let server = server(backend)?;
        let name = format!("ann_{}_{password}", std::process::id());
        let statement = match backend {
            Backend::Mysql => format!("CREATE USER {name}@localhost IDENTIFIED BY '{password}'"),
            // Who is in this role needs a password: `scripts/databases`.
            _ => format!("CREATE ROLE {name} LOGIN PASSWORD '{password}' IN ROLE bro_ml_password"),
        };
        execute(&server, &statement);
        Some(Self { name, server, backend })
    }

    /// The server's address for this user.
    fn url(&self, password: &str) -> DatabaseUrl {
        self.server.replace("root@", &format!("{}:{password}@", self.name)).parse().unwrap()
    }
}

impl Drop for User {
    fn drop(&mut self) {
        match self.backend {
            Backend::Mysql => execute(&self.server, &format!("DROP USER {}@localhost", self.name)),
            _ => execute(&self.server, &format!("DROP ROLE {}", self.name)),
        }
    }
}

#[test]
fn a_wrong_password_is_said_without_it() {
    for (backend, expected) in
        [(Backend::Mysql, "using password: YES"), (Backend::Postgres, "password authentication failed")]
    {
        let Some(user) = User::new(backend, "right") else { continue };
        let error = Store::open(&user.url("wr0ng")).unwrap_err();
        assert!(matches!(error, Error::Connect { .. }) && error.to_string().contains(expected), "{error}");
        assert!(!error.to_string().contains("wr0ng"));
        // The right one is let in; what it may not do is another matter.
        let error = Store::open(&user.url("right")).err().map(|error| error.to_string()).unwrap_or_default();
        assert!(!error.contains(expected), "{error}");
    }
}

#[cfg(unix)]
#[test]
fn passwords_of_the_servers_own_files_are_taken() {
    use std::os::unix::fs::PermissionsExt;
    let let_in = |url: &DatabaseUrl| {
        // Who may come in may make no tables: the next error is about that.
        let error = Store::open(url).err().map(|error| error.to_string()).unwrap_or_default();
        !error.contains("password")
    };
    if let Some(user) = User::new(Backend::Mysql, "option_file") {
        let url: DatabaseUrl = user.server.replace("root@", &format!("{}@", user.name)).parse().unwrap();
        assert!(!let_in(&url));
        assert!(let_in(&url.with_option_file("[client]\npassword=option_file\n")));
    }
    if let Some(user) = User::new(Backend::Postgres, "pgpass") {
        let folder = tempfile::tempdir().unwrap();
        // `passfile` names the file that `~/.pgpass` is without it; libpq takes it only if it is the user's alone.
        let file = folder.path().join("pgpass");
        let server = user.server.replace("root@", &format!("{}@", user.name));
        let url = format!("{server}?passfile={}", file.display()).parse().unwrap();
        assert!(!let_in(&url));
        std::fs::write(&file, "*:*:*:*:pgpass\n").unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
        assert!(let_in(&url));
    }
}
