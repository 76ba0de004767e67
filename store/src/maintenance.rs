//! Looking after a database: checking and compacting it.

use diesel::{connection::SimpleConnection, prelude::*, sql_types::Text};

use crate::{
    connection::AnyConnection,
    datasets::{load_blocks, load_sources},
    error::Error,
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
}
