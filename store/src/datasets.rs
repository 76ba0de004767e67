//! Datasets and the logs they were made of.

use bro_log::Time;
use diesel::prelude::*;

use crate::{
    connection::AnyConnection,
    error::Error,
    prefix::{Checkpoint, Hash},
    schema::{blocks, datasets, feature_runs, labels, layouts, rejects, sources},
    sessions::Kind,
    store::{Store, transaction},
};

/// How far the import of a source is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ImportState {
    /// Begun and not brought to the end; importing the log again goes on.
    Partial,
    /// The whole log as it was then.
    Complete,
    /// The whole log, whose compressed stream was cut off.
    Truncated,
}

impl ImportState {
    const ALL: [Self; 3] = [Self::Partial, Self::Complete, Self::Truncated];

    pub(crate) fn code(self) -> i64 {
        self as i64
    }

    fn from_code(code: i64) -> Self {
        Self::ALL.into_iter().find(|state| state.code() == code).unwrap_or(Self::Partial)
    }

    /// The word for it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Partial => "partial",
            Self::Complete => "complete",
            Self::Truncated => "truncated",
        }
    }
}

/// One log of a dataset.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SourceInfo {
    /// The path or name it was imported under.
    pub name: String,
    /// Decompressed bytes imported, whole lines.
    pub n_bytes: u64,
    /// BLAKE3 hash of these bytes, in hexadecimal.
    pub hash: String,
    /// Number of rows.
    pub n_records: u64,
    /// Number of rows that could not be read.
    pub n_rejected: u64,
    /// The earliest `ts`.
    pub min_ts: Option<Time>,
    /// The latest `ts`.
    pub max_ts: Option<Time>,
    /// How far the import is.
    pub state: ImportState,
    /// When it was last imported.
    pub imported_at: Time,
}

/// A dataset: a name for logs that were imported.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Dataset {
    /// Its name; no two datasets share one.
    pub name: String,
    /// When it was made.
    pub created_at: Time,
    /// Number of rows.
    pub n_records: u64,
    /// Number of rows that could not be read.
    pub n_rejected: u64,
    /// Number of rows of each path (`None`: not said), by path.
    pub paths: Vec<(Option<String>, u64)>,
    /// Its logs, in the order in which they were first imported.
    pub sources: Vec<SourceInfo>,
}

/// A row that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoredReject {
    /// The log it stands in.
    pub source: String,
    /// The line, from 1.
    pub line: u64,
    /// The byte, from 0.
    pub byte: u64,
    /// The word for what is wrong.
    pub reason: String,
    /// What is wrong.
    pub message: String,
    /// The row itself, at most 64 KiB of it.
    pub raw: Vec<u8>,
}

/// A row of `sources`.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = sources)]
pub(crate) struct SourceRow {
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) n_bytes: i64,
    pub(crate) hash: Vec<u8>,
    pub(crate) n_blocks: i64,
    pub(crate) n_rows: i64,
    pub(crate) n_rejected: i64,
    pub(crate) min_ts: Option<i64>,
    pub(crate) max_ts: Option<i64>,
    pub(crate) state: i64,
    pub(crate) has_tail: i64,
    pub(crate) imported_at: i64,
}

/// Bits of a row's id that number it within its source.
const ROW_BITS: u32 = 36;

impl SourceRow {
    /// The id of the source's row of this number.
    pub(crate) fn row_id(&self, row_no: i64) -> i64 {
        (self.id << ROW_BITS) + row_no
    }

    pub(crate) fn checkpoint(&self) -> Checkpoint {
        let hash = Hash::try_from(self.hash.as_slice()).unwrap_or_default();
        Checkpoint { n_bytes: self.n_bytes.cast_unsigned(), hash }
    }
}

impl From<SourceRow> for SourceInfo {
    fn from(row: SourceRow) -> Self {
        Self {
            n_bytes: row.n_bytes.cast_unsigned(),
            hash: row.hash.iter().map(|byte| format!("{byte:02x}")).collect(),
            n_records: row.n_rows.cast_unsigned(),
            n_rejected: row.n_rejected.cast_unsigned(),
            min_ts: row.min_ts.map(Time),
            max_ts: row.max_ts.map(Time),
            state: ImportState::from_code(row.state),
            imported_at: Time(row.imported_at),
            name: row.name,
        }
    }
}

/// A row of `blocks`.
#[derive(Clone, Debug)]
pub(crate) struct BlockRow {
    pub(crate) source_id: i64,
    pub(crate) kind: Kind,
    pub(crate) first_row: i64,
    pub(crate) n_rows: i64,
    pub(crate) min_ts: Option<i64>,
    pub(crate) max_ts: Option<i64>,
    pub(crate) layout_id: i64,
    /// The path of its header.
    pub(crate) path: Option<String>,
}

impl BlockRow {
    /// The ids of the block's rows.
    pub(crate) fn ids(&self) -> std::ops::Range<i64> {
        let first = (self.source_id << ROW_BITS) + self.first_row;
        first..first + self.n_rows
    }
}

impl Store {
    /// The names of all datasets, sorted.
    ///
    /// # Errors
    /// [`Error::Query`] from the database.
    pub fn list_datasets(&mut self) -> Result<Vec<Dataset>, Error> {
        let names = datasets::table.order(datasets::name).select(datasets::name).load(&mut self.connection);
        let names: Vec<String> = names.map_err(Error::query("list the datasets"))?;
        names.iter().map(|name| self.dataset(name)).collect()
    }

    /// A dataset and its logs.
    ///
    /// # Errors
    /// [`Error::NoSuchDataset`], [`Error::Query`] from the database.
    pub fn dataset(&mut self, name: &str) -> Result<Dataset, Error> {
        let (id, created_at) = self.find_dataset(name)?;
        let sources = load_sources(&mut self.connection, id).map_err(Error::query("read the dataset"))?;
        let paths = load_paths(&mut self.connection, id).map_err(Error::query("read the dataset"))?;
        let sources: Vec<_> = sources.into_iter().map(SourceInfo::from).collect();
        Ok(Dataset {
            name: name.to_owned(),
            created_at: Time(created_at),
            n_records: sources.iter().map(|source| source.n_records).sum(),
            n_rejected: sources.iter().map(|source| source.n_rejected).sum(),
            paths,
            sources,
        })
    }

    /// Up to `limit` of a dataset's rows that could not be read, in the order of its logs.
    ///
    /// # Errors
    /// [`Error::NoSuchDataset`], [`Error::Query`] from the database.
    pub fn rejects(&mut self, name: &str, limit: u64) -> Result<Vec<StoredReject>, Error> {
        let (id, _) = self.find_dataset(name)?;
        let rows = rejects::table
            .inner_join(sources::table.on(sources::id.eq(rejects::source_id)))
            .filter(sources::dataset_id.eq(id))
            .order((rejects::source_id, rejects::byte))
            .limit(limit.cast_signed())
            .select((
                sources::name,
                rejects::line,
                rejects::byte,
                rejects::reason,
                rejects::message,
                rejects::raw,
            ))
            .load::<(String, i64, i64, String, String, Vec<u8>)>(&mut self.connection)
            .map_err(Error::query("read the rejects"))?;
        let reject = |(source, line, byte, reason, message, raw): (_, i64, i64, _, _, _)| StoredReject {
            source,
            line: line.cast_unsigned(),
            byte: byte.cast_unsigned(),
            reason,
            message,
            raw,
        };
        Ok(rows.into_iter().map(reject).collect())
    }

    /// Deletes a dataset with its rows, rejects and labels, one log after the other, each in full or not at all.
    /// `progress` is told the number of rows deleted so far.
    ///
    /// # Errors
    /// [`Error::NoSuchDataset`], [`Error::Query`] from the database.
    pub fn delete_dataset(&mut self, name: &str, progress: &mut dyn FnMut(u64)) -> Result<(), Error> {
        let (id, _) = self.find_dataset(name)?;
        let sources = load_sources(&mut self.connection, id).map_err(Error::query("read the dataset"))?;
        let mut n_deleted = 0;
        for source in sources {
            n_deleted +=
                self.transaction("delete the rows", |connection| delete_source(connection, &source))?;
            progress(n_deleted);
        }
        self.transaction("delete the dataset", |connection| {
            diesel::delete(labels::table.filter(labels::dataset_id.eq(id))).execute(connection)?;
            diesel::update(feature_runs::table.filter(feature_runs::dataset_id.eq(id)))
                .set(feature_runs::dataset_id.eq(None::<i64>))
                .execute(connection)?;
            diesel::delete(datasets::table.find(id)).execute(connection).map(drop)
        })
    }

    /// The number of a dataset and when it was made.
    pub(crate) fn find_dataset(&mut self, name: &str) -> Result<(i64, i64), Error> {
        datasets::table
            .filter(datasets::name.eq(name))
            .select((datasets::id, datasets::created_at))
            .first(&mut self.connection)
            .optional()
            .map_err(Error::query("look the dataset up"))?
            .ok_or_else(|| Error::NoSuchDataset { name: name.to_owned() })
    }

    /// The number of a dataset, which is made if it is new.
    pub(crate) fn find_or_make_dataset(&mut self, name: &str) -> Result<i64, Error> {
        const MAX_LEN: usize = 191;
        if name.is_empty() || name.chars().count() > MAX_LEN || name.contains(char::is_control) {
            return Err(Error::DatasetName { name: name.to_owned() });
        }
        match self.find_dataset(name) {
            Err(Error::NoSuchDataset { .. }) => {}
            found => return found.map(|(id, _)| id),
        }
        let row = (datasets::name.eq(name), datasets::created_at.eq(now()));
        let made = transaction(&mut self.connection, |connection| {
            diesel::insert_into(datasets::table).values(row).execute(connection)?;
            connection.last_id()
        });
        match made {
            Ok(id) => Ok(id),
            // Another import may have made it meanwhile.
            Err(source) => self
                .find_dataset(name)
                .map(|(id, _)| id)
                .map_err(|_| Error::Query { action: "make the dataset", source }),
        }
    }
}

/// The current time, in microseconds since 1970.
pub(crate) fn now() -> i64 {
    let since_1970 = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    i64::try_from(since_1970.unwrap_or_default().as_micros()).unwrap_or(i64::MAX)
}

/// The logs of a dataset, in the order in which they were first imported.
pub(crate) fn load_sources(connection: &mut AnyConnection, dataset_id: i64) -> QueryResult<Vec<SourceRow>> {
    sources::table
        .filter(sources::dataset_id.eq(dataset_id))
        .order(sources::id)
        .select(SourceRow::as_select())
        .load(connection)
}

/// The blocks of one log, in order.
pub(crate) fn load_blocks(connection: &mut AnyConnection, source_id: i64) -> QueryResult<Vec<BlockRow>> {
    type Row = (i64, i64, i64, i64, Option<i64>, Option<i64>, i64, Option<String>);
    let rows = blocks::table
        .inner_join(layouts::table)
        .filter(blocks::source_id.eq(source_id))
        .order(blocks::block_no)
        .select((
            blocks::source_id,
            blocks::kind,
            blocks::first_row,
            blocks::n_rows,
            blocks::min_ts,
            blocks::max_ts,
            blocks::layout_id,
            layouts::path,
        ))
        .load::<Row>(connection)?;
    let block = |(source_id, kind, first_row, n_rows, min_ts, max_ts, layout_id, path): Row| BlockRow {
        source_id,
        kind: Kind::from_code(kind),
        first_row,
        n_rows,
        min_ts,
        max_ts,
        layout_id,
        path,
    };
    Ok(rows.into_iter().map(block).collect())
}

/// The path and header lines of a layout.
pub(crate) fn load_layout(connection: &mut AnyConnection, id: i64) -> QueryResult<(Option<String>, String)> {
    layouts::table.find(id).select((layouts::path, layouts::header)).first(connection)
}

/// Rows of each path of a dataset, by path.
fn load_paths(connection: &mut AnyConnection, dataset_id: i64) -> QueryResult<Vec<(Option<String>, u64)>> {
    let n_rows = blocks::table
        .inner_join(sources::table.on(sources::id.eq(blocks::source_id)))
        .filter(sources::dataset_id.eq(dataset_id))
        .select((blocks::layout_id, blocks::n_rows))
        .load::<(i64, i64)>(connection)?;
    let mut by_layout = std::collections::BTreeMap::<i64, u64>::new();
    for (layout_id, n_rows) in n_rows {
        *by_layout.entry(layout_id).or_default() += n_rows.cast_unsigned();
    }
    let mut by_path = std::collections::BTreeMap::new();
    for (layout_id, n_rows) in by_layout {
        *by_path.entry(load_layout(connection, layout_id)?.0).or_default() += n_rows;
    }
    Ok(by_path.into_iter().collect())
}

/// Deletes a log with its rows; gives their number.
pub(crate) fn delete_source(connection: &mut AnyConnection, source: &SourceRow) -> QueryResult<u64> {
    let mut n_deleted = 0;
    for kind in Kind::ALL {
        n_deleted += kind.delete(connection, source.row_id(0)..source.row_id(source.n_rows))? as u64;
    }
    diesel::delete(blocks::table.filter(blocks::source_id.eq(source.id))).execute(connection)?;
    diesel::delete(rejects::table.filter(rejects::source_id.eq(source.id))).execute(connection)?;
    diesel::delete(sources::table.find(source.id)).execute(connection)?;
    Ok(n_deleted)
}
