use super::filter::filter;
use crate::args::{self, Database, DatasetsAction, Format, Output};
use crate::{database, output};
use anyhow::Context;
use bro_report::{
    Cells, Clock, SavedDataset, SavedReject, SavedSource, dataset_json, dataset_table, datasets_csv,
    datasets_json, datasets_table, rejects_csv, rejects_json, rejects_table, rows_csv, rows_json, rows_table,
};
use bro_store::{Cursor, Dataset, SourceInfo, Store, StoredReject};
use std::fs::File;
use std::io::{self, Write};

pub(crate) fn run(args: &args::Datasets) -> anyhow::Result<()> {
    match &args.action {
        DatasetsAction::List { output, database } => list(output, database),
        DatasetsAction::Show(args) => show(args),
        DatasetsAction::Export(args) => export(args),
        DatasetsAction::Delete { name, database } => delete(name, database),
    }
}

fn list(out: &Output, database: &Database) -> anyhow::Result<()> {
    let clock = Clock::new(&out.tz)?;
    let datasets: Vec<_> = database::open(database)?.list_datasets()?.into_iter().map(saved).collect();
    let text = match out.format {
        Format::Table => datasets_table(&datasets, &clock, output::style()),
        Format::Json => datasets_json(&datasets)?,
        Format::Csv => datasets_csv(&datasets, &clock)?,
    };
    Ok(output::print(&text)?)
}

fn show(args: &args::DatasetsShow) -> anyhow::Result<()> {
    let mut store = database::open(&args.database)?;
    match (args.rows, args.rejects) {
        (true, _) => show_rows(args, &mut store),
        (_, true) => show_rejects(args, &mut store),
        _ => show_dataset(args, &mut store),
    }
}

fn show_dataset(args: &args::DatasetsShow, store: &mut Store) -> anyhow::Result<()> {
    let clock = Clock::new(&args.output.tz)?;
    let dataset = saved(store.dataset(&args.name)?);
    let text = match args.output.format {
        Format::Table => dataset_table(&dataset, &clock, output::style()),
        Format::Json => dataset_json(&dataset)?,
        Format::Csv => datasets_csv(&[dataset], &clock)?,
    };
    Ok(output::print(&text)?)
}

fn show_rejects(args: &args::DatasetsShow, store: &mut Store) -> anyhow::Result<()> {
    let rejects: Vec<_> = store.rejects(&args.name, args.limit as u64)?.into_iter().map(rejected).collect();
    let n_rejected = store.dataset(&args.name)?.n_rejected;
    let text = match args.output.format {
        Format::Table => rejects_table(&rejects, output::style()),
        Format::Json => rejects_json(&rejects)?,
        Format::Csv => rejects_csv(&rejects)?,
    };
    output::print(&text)?;
    if (rejects.len() as u64) < n_rejected {
        output::note(&format!("{} of {n_rejected} rejected rows shown; --limit N shows more", rejects.len()));
    }
    Ok(())
}

fn show_rows(args: &args::DatasetsShow, store: &mut Store) -> anyhow::Result<()> {
    let path = match &args.path {
        Some(path) => path.clone(),
        None => main_path(&store.dataset(&args.name)?),
    };
    let filter = filter(&args.filter);
    let page = store.sessions(&args.name, &path, &filter, args.after.map(Cursor), args.limit)?;
    let rows: Vec<Cells> = page.rows.into_iter().map(|row| row.cells).collect();
    let next = page.next.map(|next| next.0);
    let text = match args.output.format {
        Format::Table => rows_table(&rows, output::style()),
        Format::Json => rows_json(&rows, next)?,
        Format::Csv => rows_csv(&rows)?,
    };
    output::print(&text)?;
    if let Some(next) = next.filter(|_| args.output.format != Format::Json) {
        output::note(&format!("there are more rows; --after {next} shows them"));
    }
    Ok(())
}

/// conn if the dataset has rows of it, else the first kind it has.
fn main_path(dataset: &Dataset) -> String {
    let mut paths = dataset.paths.iter().filter_map(|(path, _)| path.as_deref());
    paths.clone().find(|path| *path == "conn").or_else(|| paths.next()).unwrap_or("conn").to_owned()
}

fn export(args: &args::DatasetsExport) -> anyhow::Result<()> {
    let filter = filter(&args.filter);
    let mut store = database::open(&args.database)?;
    let mut log = store.export(&args.name, args.path.as_deref(), &filter)?;
    match &args.output {
        None => {
            let mut out = io::stdout().lock();
            io::copy(&mut log, &mut out)?;
            out.flush()?;
        }
        Some(path) => {
            let failed = || format!("{} could not be written", path.display());
            let mut file = File::create(path).with_context(failed)?;
            io::copy(&mut log, &mut file).with_context(failed)?;
        }
    }
    Ok(())
}

fn delete(name: &str, database: &Database) -> anyhow::Result<()> {
    database::open(database)?.delete_dataset(name, &mut |_| ())?;
    output::note(&format!("dataset {name} is deleted"));
    Ok(())
}

fn saved(dataset: Dataset) -> SavedDataset {
    SavedDataset {
        name: dataset.name,
        created_at: dataset.created_at.micros(),
        n_records: dataset.n_records,
        n_rejected: dataset.n_rejected,
        paths: dataset.paths,
        sources: dataset.sources.into_iter().map(source).collect(),
    }
}

fn source(source: SourceInfo) -> SavedSource {
    SavedSource {
        name: source.name,
        n_bytes: source.n_bytes,
        hash: source.hash,
        n_records: source.n_records,
        n_rejected: source.n_rejected,
        min_ts: source.min_ts.map(|ts| ts.micros()),
        max_ts: source.max_ts.map(|ts| ts.micros()),
        state: source.state.name().to_owned(),
        imported_at: source.imported_at.micros(),
    }
}

fn rejected(reject: StoredReject) -> SavedReject {
    SavedReject {
        source: reject.source,
        line: reject.line,
        byte: reject.byte,
        reason: reject.reason,
        message: reject.message,
        raw: reject.raw,
    }
}
