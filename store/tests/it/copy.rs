//! One database's contents in another.

use std::{io::Read, ops::ControlFlow};

use bro_log::{Source, Time};
use bro_store::{
    CopyProgress, DatabaseUrl, ImportOptions, NewFeatureRun, NewLabel, NewModel, NewRun, NewSuppression,
    Store,
};

use crate::{
    database::on_every_database,
    import::{conn_log, conn_row, values},
};

on_every_database! {
    fn a_copy_holds_the_same_and_copying_again_adds_nothing(database) {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::open(&DatabaseUrl::sqlite(folder.path().join("from.db"))).unwrap();
        let mut rows: Vec<_> = (0..40).map(conn_row).collect();
        rows.insert(7, "1.0\tbad\n".to_owned());
        let log = conn_log(&rows);
        let logs = [Source::from_bytes("conn.log", log.clone().into_bytes())];
        let options = ImportOptions { block_rows: 9, ..Default::default() };
        store.import("d", &logs, &options, &mut |_| ControlFlow::Continue(())).unwrap();
        let label = NewLabel { author: "'ann'".to_owned(), source: "é🦀".to_owned(), ..NewLabel::new("C1", "benign") };
        store.add_labels("d", std::slice::from_ref(&label)).unwrap();
        store.save_run(&NewRun { seed: 3, ..NewRun::new("outliers", "{}") }).unwrap();
        let model = NewModel { bytes: (0..=255).collect(), ..NewModel::new("kmeans", 2) };
        store.save_model(&model).unwrap();
        let suppression = NewSuppression { kind: "beacon".to_owned(), expires_at: Some(Time(-5)), ..Default::default() };
        store.add_suppression(&suppression).unwrap();
        store.save_feature_run(&NewFeatureRun { dataset: Some("d".to_owned()), ..Default::default() }).unwrap();

        let mut other = database.open();
        let mut n_blocks = 0;
        let broken_off = &mut |_: &CopyProgress| {
            n_blocks += 1;
            if n_blocks == 3 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        store.copy_to(&mut other, broken_off).unwrap();
        assert_eq!(other.dataset("d").unwrap().n_records, 26);
        for _ in 0..2 {
            store.copy_to(&mut other, &mut |_| ControlFlow::Continue(())).unwrap();
            let mut copied = String::new();
            other.export("d", Some("conn"), &bro_store::Filter::default()).unwrap().read_to_string(&mut copied).unwrap();
            assert_eq!(values(copied.as_bytes()), values(log.as_bytes()));
            assert_eq!(other.rejects("d", 9).unwrap(), store.rejects("d", 9).unwrap());
            assert_eq!(other.dataset("d").unwrap().sources, store.dataset("d").unwrap().sources);
            assert_eq!(other.check().unwrap(), Vec::<String>::new());
            assert_eq!(other.labels("d").unwrap()[0].created_at, store.labels("d").unwrap()[0].created_at);
            let labels: Vec<_> = other.labels("d").unwrap().into_iter().map(|label| label.label).collect();
            assert_eq!(labels, std::slice::from_ref(&label));
            let models = other.list_models().unwrap();
            assert_eq!((models.len(), &other.model(models[0].id).unwrap().model), (1, &model));
            assert_eq!(other.suppressions().unwrap()[0].suppression, suppression);
            assert_eq!((other.suppressions().unwrap().len(), other.list_runs().unwrap().len()), (1, 1));
        }
        let again = other.import("d", &logs, &options, &mut |_| ControlFlow::Continue(())).unwrap();
        assert_eq!((again.n_unchanged, again.n_records), (1, 0), "the copy knows the log it was made of");
        let id = other.labels("d").unwrap()[0].id;
        assert!(other.delete_label(id).unwrap() && !other.delete_label(id).unwrap());
        other.vacuum().unwrap();
        let id = other.list_models().unwrap()[0].id;
        other.delete_model(id).unwrap();
        assert!(other.delete_model(1 << 40).is_err());
    }
}
