use crate::args::{self, Database, DbAction};
use crate::bar::Bar;
use crate::{database, output};
use anyhow::bail;
use bro_report::printable;
use bro_store::{DatabaseUrl, Store};
use std::ops::ControlFlow;

pub(crate) fn run(args: &args::Db) -> anyhow::Result<()> {
    match &args.action {
        DbAction::Status { database } => status(database),
        DbAction::Migrate { database } => migrate(database),
        DbAction::Check { database } => check(database),
        DbAction::Vacuum { database } => vacuum(database),
        DbAction::Copy { from, to } => copy(from, to),
    }
}

fn status(database: &Database) -> anyhow::Result<()> {
    let mut store = database::open_unmigrated(database)?;
    let schema = store.schema_status()?;
    let url = store.url().to_string();
    let mut text = format!("{}\n{}\n", printable(&url), store.url().backend());
    match (schema.applied.last(), schema.pending.len()) {
        (None, _) => text += "no tables yet; bro-ml db migrate makes them, and so does every other command\n",
        (Some(version), 0) => text += &format!("tables of {version}, up to date\n"),
        (Some(version), _) => {
            let pending = schema.pending.join(", ");
            text += &format!("tables of {version}; bro-ml db migrate brings them to {pending}\n");
        }
    }
    if schema.pending.is_empty() {
        let (datasets, runs) = (store.list_datasets()?, store.list_runs()?);
        let (models, rules) = (store.list_models()?, store.suppressions()?);
        text += &format!(
            "{} datasets, {} runs, {} models, {} suppressions\n",
            datasets.len(),
            runs.len(),
            models.len(),
            rules.len()
        );
    }
    Ok(output::print(&text)?)
}

fn migrate(database: &Database) -> anyhow::Result<()> {
    let pending = database::open_unmigrated(database)?.schema_status()?.pending;
    let store = database::open(database)?;
    match pending.as_slice() {
        [] => output::note(&format!("{} is up to date", store.url())),
        pending => output::note(&format!("{}: done {}", store.url(), pending.join(", "))),
    }
    Ok(())
}

fn check(database: &Database) -> anyhow::Result<()> {
    let mut store = database::open(database)?;
    let faults = store.check()?;
    if !faults.is_empty() {
        bail!("{}: {} faults: {}", store.url(), faults.len(), faults.join("; "));
    }
    output::note(&format!("{} is sound", store.url()));
    Ok(())
}

fn vacuum(database: &Database) -> anyhow::Result<()> {
    let mut store = database::open(database)?;
    store.vacuum()?;
    output::note(&format!("{} is compact", store.url()));
    Ok(())
}

fn copy(from: &str, to: &str) -> anyhow::Result<()> {
    let (from, to): (DatabaseUrl, DatabaseUrl) = (from.parse()?, to.parse()?);
    if from.path().is_some_and(|path| !path.exists()) {
        bail!("{from} is not there");
    }
    let mut from = database::connect(&from, Store::open)?;
    let mut to = database::connect(&to, Store::open)?;
    let bar = Bar::rows("copying");
    from.copy_to(&mut to, &mut |progress| {
        bar.show_rows(progress.n_records, progress.n_records_total);
        ControlFlow::Continue(())
    })?;
    drop(bar);
    output::note(&format!("{} is copied to {}", from.url(), to.url()));
    Ok(())
}
