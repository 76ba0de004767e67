//! The contents of one database in another, row by row.

use std::{ops::ControlFlow, sync::Arc};

use diesel::prelude::*;

use crate::{
    batch::{Batch, Cell, Layout},
    bulk,
    connection::AnyConnection,
    datasets::{BlockRow, SourceRow, delete_source, load_blocks, load_layout, load_sources},
    error::Error,
    filter::Filter,
    import::{find_or_make_layout, insert_block, new_source},
    render::addr,
    runs::RunSummary,
    schema::{feature_runs, labels, models, rejects, sources, suppressions},
    sessions::{Search, Stored, StoredRow},
    store::Store,
};

/// How far a copy is.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct CopyProgress {
    /// Rows of logs copied so far, or found to be there already.
    pub n_records: u64,
    /// All rows of logs.
    pub n_records_total: u64,
}

type OnProgress<'a> = &'a mut dyn FnMut(&CopyProgress) -> ControlFlow<()>;

/// Rows read and written at a time.
const PAGE: i64 = 10_000;

impl Store {
    /// Copies everything into another database: datasets with rows, rejects and labels, runs with findings, feature runs,
    /// models and suppressions. What that one has already is left alone: logs by their content, the rest by equality. A
    /// log of which the copy was broken off is copied anew.
    ///
    /// `progress` is told after each block and ends the copy with [`ControlFlow::Break`]. Memory is bounded by a block.
    ///
    /// # Errors
    /// [`Error::Query`] from either database.
    pub fn copy_to(&mut self, other: &mut Self, progress: OnProgress<'_>) -> Result<(), Error> {
        let datasets = self.list_datasets()?;
        let n_records_total = datasets.iter().map(|dataset| dataset.n_records).sum();
        let mut done = CopyProgress { n_records: 0, n_records_total };
        for dataset in &datasets {
            let (from, _) = self.find_dataset(&dataset.name)?;
            let to = other.find_or_make_dataset(&dataset.name)?;
            if self.copy_sources(from, other, to, &mut done, progress)?.is_break() {
                return Ok(());
            }
            self.copy_labels(from, other, to)?;
            self.copy_feature_runs(Some(from), other, Some(to))?;
        }
        other.make_indexes()?;
        self.copy_feature_runs(None, other, None)?;
        self.copy_runs(other)?;
        self.copy_suppressions(other)?;
        self.copy_models(other)
    }

    fn copy_sources(
        &mut self,
        from: i64,
        other: &mut Self,
        to: i64,
        done: &mut CopyProgress,
        progress: OnProgress<'_>,
    ) -> Result<ControlFlow<()>, Error> {
        let sources = load_sources(&mut self.connection, from).map_err(Error::query("read the dataset"))?;
        for source in sources {
            let known = load_sources(&mut other.connection, to).map_err(Error::query("read the dataset"))?;
            if known.iter().any(|known| is_same_log(known, &source)) {
                done.n_records += source.n_rows.cast_unsigned();
                continue;
            }
            let is_unfinished = |known: &&SourceRow| known.n_bytes == 0 && known.name == source.name;
            for unfinished in known.iter().filter(is_unfinished) {
                other.transaction("take an unfinished copy back", |connection| {
                    delete_source(connection, unfinished)
                })?;
            }
            if self.copy_source(&source, other, to, done, progress)?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    fn copy_source(
        &mut self,
        source: &SourceRow,
        other: &mut Self,
        to: i64,
        done: &mut CopyProgress,
        progress: OnProgress<'_>,
    ) -> Result<ControlFlow<()>, Error> {
        let mut copy =
            other.transaction("begin the copy", |connection| new_source(connection, to, &source.name))?;
        let blocks =
            load_blocks(&mut self.connection, source.id).map_err(Error::query("read the dataset"))?;
        for block in blocks {
            self.copy_block(source.id, &block, other, &mut copy)?;
            done.n_records += block.n_rows.cast_unsigned();
            if progress(done).is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        self.copy_rejects(source.id, other, copy.id)?;
        let end = SourceRow { id: copy.id, ..source.clone() };
        other.transaction("finish the copy", |connection| end.store(connection))?;
        Ok(ControlFlow::Continue(()))
    }

    fn copy_block(
        &mut self,
        source_id: i64,
        block: &BlockRow,
        other: &mut Self,
        copy: &mut SourceRow,
    ) -> Result<(), Error> {
        let layout =
            load_layout(&mut self.connection, block.layout_id).map_err(Error::query("read the header"))?;
        let layout = Arc::new(Layout { path: layout.0, header: layout.1 });
        let ids = SourceRow { id: source_id, ..copy.clone() }.row_id(block.first_row);
        let mut batches = Vec::new();
        for start in (0..block.n_rows).step_by(PAGE as usize) {
            let page = ids + start..ids + block.n_rows.min(start + PAGE);
            let search = Search { ids: page, filter: &Filter::default(), dataset_id: 0, limit: PAGE };
            let rows = block.kind.load(&mut self.connection, &search);
            let rows = rows.map_err(Error::query("read the rows"))?;
            batches.push(batch_of(block, &layout, &rows));
        }
        let whole = Batch {
            n_rows: block.n_rows as usize,
            min_ts: block.min_ts,
            max_ts: block.max_ts,
            ..Batch::new(block.kind, Arc::clone(&layout))
        };
        let first_id = copy.row_id(copy.n_rows);
        let (mut id, block_no) = (first_id, copy.n_blocks);
        (copy.n_rows, copy.n_blocks) = (copy.n_rows + block.n_rows, copy.n_blocks + 1);
        other.transaction("copy a block", |connection| {
            copy.store(connection)?;
            insert_block(connection, copy.id, block_no, copy.n_rows - block.n_rows, &whole)?;
            for batch in &batches {
                bulk::insert(connection, batch, id, false)?;
                id += batch.n_rows as i64;
            }
            Ok(())
        })
    }

    fn copy_rejects(&mut self, from: i64, other: &mut Self, to: i64) -> Result<(), Error> {
        type Row = (i64, i64, String, String, Vec<u8>, i64, Option<i64>, Option<Vec<u8>>);
        const REJECTS: i64 = 200;
        let mut after = -1;
        loop {
            let rows: Vec<Row> = rejects::table
                .filter(rejects::source_id.eq(from).and(rejects::byte.gt(after)))
                .order(rejects::byte)
                .limit(REJECTS)
                .select((
                    rejects::byte,
                    rejects::line,
                    rejects::reason,
                    rejects::message,
                    rejects::raw,
                    rejects::row_no,
                    rejects::layout_id,
                    rejects::text,
                ))
                .load(&mut self.connection)
                .map_err(Error::query("read the rejects"))?;
            let Some(last) = rows.last() else { return Ok(()) };
            after = last.0;
            let mut layout_ids = Vec::new();
            for row in &rows {
                let layout_id = row.6.map(|id| other.layout_like(self, id)).transpose()?;
                layout_ids.push(layout_id);
            }
            other.transaction("copy the rejects", |connection| {
                for ((byte, line, reason, message, raw, row_no, _, text), layout_id) in
                    rows.into_iter().zip(layout_ids)
                {
                    diesel::insert_into(rejects::table)
                        .values((
                            (rejects::source_id.eq(to), rejects::byte.eq(byte), rejects::line.eq(line)),
                            (rejects::reason.eq(reason), rejects::message.eq(message), rejects::raw.eq(raw)),
                            (
                                rejects::row_no.eq(row_no),
                                rejects::layout_id.eq(layout_id),
                                rejects::text.eq(text),
                            ),
                        ))
                        .execute(connection)?;
                }
                Ok(())
            })?;
        }
    }

    /// The layout here that is like one of another database, made if there is none.
    fn layout_like(&mut self, other: &mut Self, id: i64) -> Result<i64, Error> {
        let (path, header) =
            load_layout(&mut other.connection, id).map_err(Error::query("read the header"))?;
        self.transaction("copy a header", |connection| {
            find_or_make_layout(connection, &Layout { path, header })
        })
    }

    fn copy_labels(&mut self, from: i64, other: &mut Self, to: i64) -> Result<(), Error> {
        type Row = (String, String, String, String, i64);
        let load = |connection: &mut AnyConnection, dataset_id: i64| {
            labels::table
                .filter(labels::dataset_id.eq(dataset_id))
                .order(labels::id)
                .select((labels::uid, labels::label, labels::author, labels::source, labels::created_at))
                .load::<Row>(connection)
                .map_err(Error::query("read the labels"))
        };
        let known = load(&mut other.connection, to)?;
        let new = load(&mut self.connection, from)?;
        other.transaction("copy the labels", |connection| {
            for (uid, label, author, source, created_at) in new.into_iter().filter(|row| !known.contains(row))
            {
                diesel::insert_into(labels::table)
                    .values((
                        (labels::dataset_id.eq(to), labels::uid.eq(uid), labels::label.eq(label)),
                        (labels::author.eq(author), labels::source.eq(source)),
                        labels::created_at.eq(created_at),
                    ))
                    .execute(connection)?;
            }
            Ok(())
        })
    }

    /// Copies the feature runs of one dataset, or those of none.
    fn copy_feature_runs(
        &mut self,
        from: Option<i64>,
        other: &mut Self,
        to: Option<i64>,
    ) -> Result<(), Error> {
        type Row = (String, String, i64, i64, i64, String);
        let load = |connection: &mut AnyConnection, dataset_id: Option<i64>| {
            let columns = (
                feature_runs::spec,
                feature_runs::version,
                feature_runs::started_at,
                feature_runs::duration,
                feature_runs::n_rows,
                feature_runs::summary,
            );
            let rows =
                feature_runs::table.order(feature_runs::id).select((feature_runs::dataset_id, columns));
            let rows: Vec<(Option<i64>, Row)> =
                rows.load(connection).map_err(Error::query("read the feature runs"))?;
            let own = rows.into_iter().filter(|(found, _)| *found == dataset_id).map(|(_, row)| row);
            Ok::<Vec<Row>, Error>(own.collect())
        };
        let known = load(&mut other.connection, to)?;
        let new = load(&mut self.connection, from)?;
        other.transaction("copy the feature runs", |connection| {
            for (spec, version, started_at, duration, n_rows, summary) in
                new.into_iter().filter(|row| !known.contains(row))
            {
                diesel::insert_into(feature_runs::table)
                    .values((
                        (feature_runs::dataset_id.eq(to), feature_runs::spec.eq(spec)),
                        (feature_runs::version.eq(version), feature_runs::started_at.eq(started_at)),
                        (feature_runs::duration.eq(duration), feature_runs::n_rows.eq(n_rows)),
                        feature_runs::summary.eq(summary),
                    ))
                    .execute(connection)?;
            }
            Ok(())
        })
    }

    fn copy_runs(&mut self, other: &mut Self) -> Result<(), Error> {
        let known = other.list_runs()?;
        for listed in self.list_runs()?.into_iter().rev() {
            let is_same = |known: &RunSummary| RunSummary { id: listed.id, ..known.clone() } == listed;
            if !known.iter().any(is_same) {
                let run = self.run(listed.id)?;
                other.save_run(&run.into())?;
            }
        }
        Ok(())
    }

    fn copy_suppressions(&mut self, other: &mut Self) -> Result<(), Error> {
        type Row = (String, String, String, String, i64, Option<i64>);
        let load = |connection: &mut AnyConnection| {
            suppressions::table
                .order(suppressions::id)
                .select((
                    suppressions::kind,
                    suppressions::rule,
                    suppressions::reason,
                    suppressions::author,
                    suppressions::created_at,
                    suppressions::expires_at,
                ))
                .load::<Row>(connection)
                .map_err(Error::query("read the suppressions"))
        };
        let (known, new) = (load(&mut other.connection)?, load(&mut self.connection)?);
        other.transaction("copy the suppressions", |connection| {
            for (kind, rule, reason, author, created_at, expires_at) in
                new.into_iter().filter(|row| !known.contains(row))
            {
                diesel::insert_into(suppressions::table)
                    .values((
                        (suppressions::kind.eq(kind), suppressions::rule.eq(rule)),
                        (suppressions::reason.eq(reason), suppressions::author.eq(author)),
                        (suppressions::created_at.eq(created_at), suppressions::expires_at.eq(expires_at)),
                    ))
                    .execute(connection)?;
            }
            Ok(())
        })
    }

    /// Models are the same if all but their numbers and bytes are: they are told by the microsecond they were made in.
    fn copy_models(&mut self, other: &mut Self) -> Result<(), Error> {
        let known = other.list_models()?;
        for listed in self.list_models()?.into_iter().rev() {
            let is_same = |known: &crate::Model| crate::Model { id: listed.id, ..known.clone() } == listed;
            if known.iter().any(is_same) {
                continue;
            }
            let model = self.model(listed.id)?.model;
            other.transaction("copy the model", |connection| {
                diesel::insert_into(models::table)
                    .values((
                        (
                            models::kind.eq(&model.kind),
                            models::format_version.eq(i64::from(model.format_version)),
                        ),
                        (models::created_at.eq(listed.created_at.0), models::summary.eq(&model.summary)),
                        models::bytes.eq(&model.bytes),
                    ))
                    .execute(connection)
            })?;
        }
        Ok(())
    }
}

fn is_same_log(one: &SourceRow, two: &SourceRow) -> bool {
    let facts = |row: &SourceRow| (row.n_bytes, row.hash.clone(), row.n_rows, row.n_rejected, row.has_tail);
    facts(one) == facts(two)
}

fn batch_of(block: &BlockRow, layout: &Arc<Layout>, rows: &[StoredRow]) -> Batch {
    let mut batch = Batch::new(block.kind, Arc::clone(layout));
    for row in rows {
        for value in &row.values {
            match value {
                Stored::Unset => batch.cells.push(Cell::Unset),
                Stored::Int(value) => batch.cells.push(Cell::Int(*value)),
                Stored::Text(text) => batch.push_text(text),
                Stored::Bytes(bytes) => batch.cells.push(addr(bytes).map_or(Cell::Unset, Cell::Addr)),
            }
        }
        batch.finish_row(None);
    }
    batch
}

impl SourceRow {
    /// Puts everything but the dataset and the name where its number stands.
    fn store(&self, connection: &mut AnyConnection) -> QueryResult<()> {
        diesel::update(sources::table.find(self.id))
            .set((
                (sources::n_bytes.eq(self.n_bytes), sources::hash.eq(&self.hash)),
                (sources::n_blocks.eq(self.n_blocks), sources::n_rows.eq(self.n_rows)),
                (sources::n_rejected.eq(self.n_rejected), sources::has_tail.eq(self.has_tail)),
                (sources::min_ts.eq(self.min_ts), sources::max_ts.eq(self.max_ts)),
                (sources::state.eq(self.state), sources::imported_at.eq(self.imported_at)),
            ))
            .execute(connection)
            .map(drop)
    }
}
