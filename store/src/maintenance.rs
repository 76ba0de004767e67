//! Looking after a database: checking, compacting and copying it.

use std::ops::ControlFlow;

use diesel::{connection::SimpleConnection, prelude::*, sql_types::Text};

use crate::{
    connection::AnyConnection,
    datasets::{load_blocks, load_sources},
    error::Error,
    import::{ImportOptions, ImportProgress},
    store::Store,
    url::Backend,
};

/// A line of what SQLite says about its file.
#[derive(QueryableByName)]
struct CheckLine {
    #[diesel(sql_type = Text)]
    line: String,
}

/// What SQLite finds wrong with its file.
fn check_file(connection: &mut AnyConnection) -> QueryResult<Vec<String>> {
    let said = diesel::sql_query("SELECT quick_check AS line FROM pragma_quick_check");
    let lines = said.load::<CheckLine>(connection)?.into_iter().map(|said| said.line);
    Ok(lines.filter(|line| line != "ok").collect())
}

impl Store {
    /// What is wrong with the database, a line for each fault; nothing if it is sound.
    ///
    /// Asks the database about itself (SQLite) and counts each block's rows. Time linear in the database.
    ///
    /// # Errors
    /// [`Error::Query`] if the database cannot even be asked.
    pub fn check(&mut self) -> Result<Vec<String>, Error> {
        let mut faults = match self.url().backend() {
            Backend::Sqlite => check_file(&mut self.connection).map_err(Error::query("check the file"))?,
            // Servers look after their files themselves.
            Backend::Mysql | Backend::Postgres => Vec::new(),
        };
        for dataset in self.list_datasets()? {
            faults.extend(self.check_dataset(&dataset.name)?);
        }
        Ok(faults)
    }

    fn check_dataset(&mut self, name: &str) -> Result<Vec<String>, Error> {
        let failed = Error::query("check the rows");
        let (dataset_id, _) = self.find_dataset(name)?;
        let mut faults = Vec::new();
        for source in load_sources(&mut self.connection, dataset_id).map_err(&failed)? {
            let mut n_rows = 0;
            for block in load_blocks(&mut self.connection, source.id).map_err(&failed)? {
                n_rows += block.kind.count(&mut self.connection, block.ids()).map_err(&failed)?;
            }
            if n_rows != source.n_rows {
                let (log, expected) = (&source.name, source.n_rows);
                faults.push(format!("dataset {name}, log {log}: {n_rows} rows, expected {expected}"));
            }
        }
        Ok(faults)
    }

    /// Gives the space of deleted rows back and renews the statistics that queries are planned by.
    ///
    /// # Errors
    /// [`Error::Query`] from the database.
    pub fn vacuum(&mut self) -> Result<(), Error> {
        let statements: &[&str] = match &self.connection {
            AnyConnection::Sqlite(_) => &["VACUUM", "ANALYZE"],
            #[cfg(feature = "postgres")]
            AnyConnection::Postgres(_) => &["VACUUM ANALYZE"],
            #[cfg(feature = "mysql")]
            AnyConnection::Mysql(_) => &["OPTIMIZE TABLE conn, http, records, findings, rejects"],
        };
        statements
            .iter()
            .try_for_each(|statement| self.connection.batch_execute(statement))
            .map_err(Error::query("compact the database"))
    }

    /// Copies all datasets (without what was rejected), labels, runs, models and suppressions into another
    /// database. What that one has already is left alone: datasets by the content of their logs, the rest by equality.
    ///
    /// # Errors
    /// As [`import`](Self::import), from either database.
    pub fn copy_to(
        &mut self,
        other: &mut Self,
        progress: &mut dyn FnMut(&ImportProgress<'_>) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        for dataset in self.list_datasets()? {
            let logs = self.dataset_logs(&dataset.name, &[])?;
            if other.import(&dataset.name, &logs, &ImportOptions::default(), progress)?.is_cancelled {
                return Ok(());
            }
            let known: Vec<_> = other.labels(&dataset.name)?.into_iter().map(|label| label.label).collect();
            let new: Vec<_> = self.labels(&dataset.name)?.into_iter().map(|label| label.label).collect();
            let new: Vec<_> = new.into_iter().filter(|label| !known.contains(label)).collect();
            other.add_labels(&dataset.name, &new)?;
        }
        self.copy_runs_to(other)?;
        let known: Vec<_> = other.suppressions()?.into_iter().map(|known| known.suppression).collect();
        for suppression in self.suppressions()? {
            if !known.contains(&suppression.suppression) {
                other.add_suppression(&suppression.suppression)?;
            }
        }
        let known = other.list_models()?.into_iter().map(|known| other.model(known.id));
        let known = known.map(|known| known.map(|known| known.model)).collect::<Result<Vec<_>, _>>()?;
        for listed in self.list_models()?.into_iter().rev() {
            let model = self.model(listed.id)?.model;
            if !known.contains(&model) {
                other.save_model(&model)?;
            }
        }
        Ok(())
    }

    fn copy_runs_to(&mut self, other: &mut Self) -> Result<(), Error> {
        let known = other.list_runs()?;
        for listed in self.list_runs()?.into_iter().rev() {
            let is_same =
                |known: &crate::RunSummary| crate::RunSummary { id: listed.id, ..known.clone() } == listed;
            if !known.iter().any(is_same) {
                let run = self.run(listed.id)?;
                other.save_run(&run.into())?;
            }
        }
        Ok(())
    }
}
