//! Opening, migrating, and refusing to.

use bro_store::{Backend, DatabaseUrl, Error, Store};

use crate::database::on_every_database;

on_every_database! {
    fn opening_makes_the_tables_and_opening_again_changes_nothing(database) {
        assert!(Store::open_unmigrated(database.url()).unwrap().schema_status().unwrap().applied.is_empty());
        let first = database.open().schema_status().unwrap();
        assert!(first.pending.is_empty() && !first.applied.is_empty());
        assert_eq!(database.open().schema_status().unwrap(), first);
    }
}

on_every_database! {
    fn eight_may_open_a_new_database_at_once(database) {
        let url = database.url();
        std::thread::scope(|scope| {
            let opened: Vec<_> = (0..8).map(|_| scope.spawn(|| Store::open(url).unwrap().list_runs())).collect();
            opened.into_iter().for_each(|runs| assert!(runs.join().unwrap().unwrap().is_empty()));
        });
    }
}

on_every_database! {
    fn a_newer_schema_is_refused(database) {
        drop(database.open());
        database.execute("INSERT INTO __diesel_schema_migrations (version) VALUES ('29991231000000')");
        let error = Store::open(database.url()).unwrap_err();
        assert!(matches!(error, Error::NewerSchema { .. }), "{error}");
        assert!(error.to_string().contains("29991231000000") && error.to_string().contains("update bro-ml"));
    }
}

#[test]
fn a_missing_folder_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a/b/bro-ml.db");
    Store::open(&DatabaseUrl::sqlite(&path)).unwrap();
    assert!(path.is_file());
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("file"), "").unwrap();
    let error = Store::open(&DatabaseUrl::sqlite(folder.path().join("file/bro-ml.db"))).unwrap_err();
    assert!(matches!(&error, Error::Folder { folder, .. } if folder.ends_with("file")), "{error}");
}

#[test]
fn a_file_that_is_no_database_is_an_error_and_stays_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notes.txt");
    std::fs::write(&path, "nothing to see here, ".repeat(100)).unwrap();
    let error = Store::open(&DatabaseUrl::sqlite(&path)).unwrap_err().to_string();
    assert!(error.contains("notes.txt") && error.contains("not a database"), "{error}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "nothing to see here, ".repeat(100));
}

#[test]
fn a_database_not_built_in_is_refused_with_the_name_of_its_feature() {
    for (url, backend, feature) in [
        ("mysql://ann:s3cret@127.0.0.1:1/db", Backend::Mysql, "mysql"),
        ("postgres://ann:s3cret@127.0.0.1:1/db", Backend::Postgres, "postgres"),
    ] {
        let error = Store::open(&url.parse().unwrap()).unwrap_err();
        match backend.is_built_in() {
            true => assert!(matches!(error, Error::Connect { .. }), "{error}"),
            false => assert!(error.to_string().contains(&format!("the feature `{feature}`")), "{error}"),
        }
        assert!(!error.to_string().contains("s3cret") && !format!("{error:?}").contains("s3cret"));
    }
}
