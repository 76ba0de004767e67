//! One database's contents in another.

use std::{io::Read, ops::ControlFlow};

use bro_log::{Source, Time};
use bro_store::{
    DatabaseUrl, ImportOptions, NewFeatureRun, NewLabel, NewModel, NewRun, NewSuppression, Store,
};

use crate::{
    database::on_every_database,
    import::{conn_log, conn_row, values},
};

on_every_database! {
    fn a_copy_holds_the_same_and_copying_again_adds_nothing(database) {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::open(&DatabaseUrl::sqlite(folder.path().join("from.db"))).unwrap();
        let log = conn_log(&(0..40).map(conn_row).collect::<Vec<_>>());
        let logs = [Source::from_bytes("conn.log", log.clone().into_bytes())];
        store.import("d", &logs, &ImportOptions::default(), &mut |_| ControlFlow::Continue(())).unwrap();
        let label = NewLabel { author: "'ann'".to_owned(), source: "é🦀".to_owned(), ..NewLabel::new("C1", "benign") };
        store.add_labels("d", std::slice::from_ref(&label)).unwrap();
        store.save_run(&NewRun { seed: 3, ..NewRun::new("outliers", "{}") }).unwrap();
        let model = NewModel { bytes: (0..=255).collect(), ..NewModel::new("kmeans", 2) };
        store.save_model(&model).unwrap();
        let suppression = NewSuppression { kind: "beacon".to_owned(), expires_at: Some(Time(-5)), ..Default::default() };
        store.add_suppression(&suppression).unwrap();
        store.save_feature_run(&NewFeatureRun { dataset: Some("d".to_owned()), ..Default::default() }).unwrap();

        let mut other = database.open();
        for _ in 0..2 {
            store.copy_to(&mut other, &mut |_| ControlFlow::Continue(())).unwrap();
            let mut copied = String::new();
            other.export("d", Some("conn")).unwrap().read_to_string(&mut copied).unwrap();
            assert_eq!(values(copied.as_bytes()), values(log.as_bytes()));
            let labels: Vec<_> = other.labels("d").unwrap().into_iter().map(|label| label.label).collect();
            assert_eq!(labels, std::slice::from_ref(&label));
            let models = other.list_models().unwrap();
            assert_eq!((models.len(), &other.model(models[0].id).unwrap().model), (1, &model));
            assert_eq!(other.suppressions().unwrap()[0].suppression, suppression);
            assert_eq!((other.suppressions().unwrap().len(), other.list_runs().unwrap().len()), (1, 1));
        }
        let id = other.labels("d").unwrap()[0].id;
        assert!(other.delete_label(id).unwrap() && !other.delete_label(id).unwrap());
        other.vacuum().unwrap();
        let id = other.list_models().unwrap()[0].id;
        other.delete_model(id).unwrap();
        assert!(other.delete_model(1 << 40).is_err());
    }
}
