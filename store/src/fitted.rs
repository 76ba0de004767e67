//! Fitted models, as bytes, and the making of features.

use std::time::Duration;

use bro_log::Time;
use diesel::prelude::*;

use crate::{
    datasets::now,
    error::{Error, check_text},
    schema::{feature_runs, models},
    store::Store,
};

/// A fitted model to be stored.
///
/// ```
/// use bro_store::{NewModel, Store};
/// let mut store = Store::open(&"sqlite://:memory:".parse()?)?;
/// let id = store.save_model(&NewModel { bytes: vec![0, 255], ..NewModel::new("kmeans", 1) })?;
/// assert_eq!(store.model(id)?.model.bytes, [0, 255]);
/// # Ok::<(), bro_store::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewModel {
    /// What it is, such as `kmeans`.
    pub kind: String,
    /// The version of the form of its bytes.
    pub format_version: u32,
    /// What people may want to know of it, as JSON.
    pub summary: String,
    /// The model itself; the store does not look into it.
    pub bytes: Vec<u8>,
}

impl NewModel {
    /// A model of no bytes.
    #[must_use]
    pub fn new(kind: &str, format_version: u32) -> Self {
        let summary = "{}".to_owned();
        Self { kind: kind.to_owned(), format_version, summary, ..Self::default() }
    }
}

/// A stored model.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Model {
    /// Its number.
    pub id: i64,
    /// The model; a list leaves its bytes out.
    pub model: NewModel,
    /// When it was stored.
    pub created_at: Time,
}

/// The making of a feature matrix, to be stored.
///
/// ```
/// let run = bro_store::NewFeatureRun { n_rows: 8462, ..Default::default() };
/// assert_eq!(run.dataset, None);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewFeatureRun {
    /// The dataset it was made from, if any.
    pub dataset: Option<String>,
    /// Which features, how imputed and scaled, as JSON.
    pub spec: String,
    /// The version of the program.
    pub version: String,
    /// When it began.
    pub started_at: Time,
    /// How long it took; kept to the microsecond.
    pub duration: Duration,
    /// Rows of the matrix.
    pub n_rows: u64,
    /// Statistics of the matrix, as JSON.
    pub summary: String,
}

type ModelRow = (i64, String, i64, i64, String);

fn model((id, kind, format_version, created_at, summary): ModelRow, bytes: Vec<u8>) -> Model {
    let format_version = u32::try_from(format_version).unwrap_or(u32::MAX);
    Model { id, model: NewModel { kind, format_version, summary, bytes }, created_at: Time(created_at) }
}

impl Store {
    /// Stores a model and gives its number.
    ///
    /// # Errors
    /// [`Error::Nul`], [`Error::Query`] from the database.
    pub fn save_model(&mut self, new: &NewModel) -> Result<i64, Error> {
        check_text([("kind", &new.kind), ("summary", &new.summary)])?;
        self.transaction("save the model", |connection| {
            diesel::insert_into(models::table)
                .values((
                    models::kind.eq(&new.kind),
                    models::format_version.eq(i64::from(new.format_version)),
                    models::created_at.eq(now()),
                    models::summary.eq(&new.summary),
                    models::bytes.eq(&new.bytes),
                ))
                .execute(connection)?;
            connection.last_id()
        })
    }

    /// A stored model.
    ///
    /// # Errors
    /// [`Error::NoSuchModel`], [`Error::Query`] from the database.
    pub fn model(&mut self, id: i64) -> Result<Model, Error> {
        let columns = (models::id, models::kind, models::format_version, models::created_at, models::summary);
        let found = models::table.find(id).select((columns, models::bytes));
        let found = found.first::<(ModelRow, Vec<u8>)>(&mut self.connection).optional();
        let (row, bytes) = found.map_err(Error::query("read the model"))?.ok_or(Error::NoSuchModel { id })?;
        Ok(model(row, bytes))
    }

    /// All models without their bytes, the newest first.
    ///
    /// # Errors
    /// [`Error::Query`] from the database.
    pub fn list_models(&mut self) -> Result<Vec<Model>, Error> {
        let columns = (models::id, models::kind, models::format_version, models::created_at, models::summary);
        let rows = models::table.order(models::id.desc()).select(columns).load(&mut self.connection);
        let rows: Vec<ModelRow> = rows.map_err(Error::query("list the models"))?;
        Ok(rows.into_iter().map(|row| model(row, Vec::new())).collect())
    }

    /// Deletes a model.
    ///
    /// # Errors
    /// [`Error::NoSuchModel`], [`Error::Query`] from the database.
    pub fn delete_model(&mut self, id: i64) -> Result<(), Error> {
        let deleted = diesel::delete(models::table.find(id)).execute(&mut self.connection);
        match deleted.map_err(Error::query("delete the model"))? {
            0 => Err(Error::NoSuchModel { id }),
            _ => Ok(()),
        }
    }

    /// Stores how a feature matrix was made and gives its number.
    ///
    /// # Errors
    /// [`Error::NoSuchDataset`], [`Error::Nul`], [`Error::Query`] from the database.
    pub fn save_feature_run(&mut self, new: &NewFeatureRun) -> Result<i64, Error> {
        check_text([("spec", &new.spec), ("version", &new.version), ("summary", &new.summary)])?;
        let dataset_id = match &new.dataset {
            Some(name) => Some(self.find_dataset(name)?.0),
            None => None,
        };
        self.transaction("save the feature run", |connection| {
            diesel::insert_into(feature_runs::table)
                .values((
                    feature_runs::dataset_id.eq(dataset_id),
                    feature_runs::spec.eq(&new.spec),
                    feature_runs::version.eq(&new.version),
                    feature_runs::started_at.eq(new.started_at.0),
                    feature_runs::duration.eq(i64::try_from(new.duration.as_micros()).unwrap_or(i64::MAX)),
                    feature_runs::n_rows.eq(new.n_rows.cast_signed()),
                    feature_runs::summary.eq(&new.summary),
                ))
                .execute(connection)?;
            connection.last_id()
        })
    }
}
