//! What people and other programs say about sessions.

use bro_log::Time;
use diesel::prelude::*;

use crate::{
    datasets::now,
    encode::{stored_text, text_of_stored},
    error::{Error, check_text},
    schema::labels,
    store::Store,
};

/// A label to be stored.
///
/// ```
/// let label = bro_store::NewLabel::new("CZ1x", "benign");
/// assert_eq!(label.label, "benign");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewLabel {
    /// The `uid` of the session it is about.
    pub uid: String,
    /// What it says, such as `benign`; at most 191 characters.
    pub label: String,
    /// Who says so.
    pub author: String,
    /// Where it comes from, such as `review` or a file's name.
    pub source: String,
}

impl NewLabel {
    /// A label for a session, by nobody and from nowhere.
    #[must_use]
    pub fn new(uid: &str, label: &str) -> Self {
        Self { uid: uid.to_owned(), label: label.to_owned(), ..Self::default() }
    }
}

/// A stored label.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Label {
    /// Its number.
    pub id: i64,
    /// The label itself.
    pub label: NewLabel,
    /// When it was stored.
    pub created_at: Time,
}

impl Store {
    /// Adds labels to sessions of a dataset, all or none, and gives their numbers. A session may have several.
    ///
    /// # Errors
    /// [`Error::NoSuchDataset`], [`Error::Nul`], [`Error::Query`] from the database.
    pub fn add_labels(&mut self, dataset: &str, new: &[NewLabel]) -> Result<Vec<i64>, Error> {
        let (dataset_id, _) = self.find_dataset(dataset)?;
        for label in new {
            check_text([("label", &label.label), ("author", &label.author), ("source", &label.source)])?;
        }
        let created_at = now();
        self.transaction("add the labels", |connection| {
            let mut ids = Vec::with_capacity(new.len());
            for label in new {
                diesel::insert_into(labels::table)
                    .values((
                        labels::dataset_id.eq(dataset_id),
                        labels::uid.eq(stored_text(label.uid.as_bytes())),
                        labels::label.eq(&label.label),
                        labels::author.eq(&label.author),
                        labels::source.eq(&label.source),
                        labels::created_at.eq(created_at),
                    ))
                    .execute(connection)?;
                ids.push(connection.last_id()?);
            }
            Ok(ids)
        })
    }

    /// All labels of a dataset, in the order in which they were added.
    ///
    /// # Errors
    /// [`Error::NoSuchDataset`], [`Error::Query`] from the database.
    pub fn labels(&mut self, dataset: &str) -> Result<Vec<Label>, Error> {
        type Row = (i64, String, String, String, String, i64);
        let (dataset_id, _) = self.find_dataset(dataset)?;
        let columns =
            (labels::id, labels::uid, labels::label, labels::author, labels::source, labels::created_at);
        let rows = labels::table
            .filter(labels::dataset_id.eq(dataset_id))
            .order(labels::id)
            .select(columns)
            .load::<Row>(&mut self.connection)
            .map_err(Error::query("read the labels"))?;
        let label = |(id, uid, label, author, source, created_at): Row| Label {
            id,
            label: NewLabel { uid: text_of_stored(&uid), label, author, source },
            created_at: Time(created_at),
        };
        Ok(rows.into_iter().map(label).collect())
    }

    /// Deletes a label; whether there was one.
    ///
    /// # Errors
    /// [`Error::Query`] from the database.
    pub fn delete_label(&mut self, id: i64) -> Result<bool, Error> {
        let deleted = diesel::delete(labels::table.find(id)).execute(&mut self.connection);
        deleted.map(|n_rows| n_rows > 0).map_err(Error::query("delete the label"))
    }
}
