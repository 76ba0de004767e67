use super::{start, told};
use crate::App;
use crate::failure::Failure;
use crate::jobs::{Job, Outcome};
use bro_analysis::count_in_words;
use std::sync::Arc;

/// Deletes a dataset.
pub(crate) fn delete(app: &App, dataset: &str) -> Result<Arc<Job>, Failure> {
    let dataset = dataset.to_owned();
    start(app, "delete", format!("deletion of {dataset}"), move |app, job| {
        let mut n_deleted = 0;
        // Deleting is not broken off halfway, so that what is asked is what happens.
        let mut tell = |n_rows| {
            n_deleted = n_rows;
            let _goes_on = job.tell(|status| {
                "deleting".clone_into(&mut status.stage);
                status.unit = "rows";
                status.done = n_rows;
                status.n_rows = n_rows;
            });
        };
        app.0.with_store(|store| store.delete_dataset(&dataset, &mut tell)).map_err(told)?;
        let message = format!("{dataset} is deleted with {} rows", count_in_words(n_deleted));
        Ok(Outcome { message, page: Some("/datasets".to_owned()), run: None })
    })
}
