use super::shared::TABLE_ROWS;
use crate::args::{Database, Format, Output, Runs, RunsAction};
use crate::{database, output};
use bro_report::{Clock, run_csv, run_json, run_table, runs_csv, runs_json, runs_table};
use bro_store::RunId;
use bro_web::{listed, saved};

pub(crate) fn run(args: &Runs) -> anyhow::Result<()> {
    match &args.action {
        RunsAction::List { output, database } => list(output, database),
        RunsAction::Show { id, limit, output, database } => show(RunId(*id), *limit, output, database),
        RunsAction::Delete { id, database } => delete(RunId(*id), database),
    }
}

fn list(out: &Output, database: &Database) -> anyhow::Result<()> {
    let clock = Clock::new(&out.tz)?;
    let runs: Vec<_> = database::open(database)?.list_runs()?.iter().map(listed).collect();
    let text = match out.format {
        Format::Table => runs_table(&runs, &clock, output::style()),
        Format::Json => runs_json(&runs)?,
        Format::Csv => runs_csv(&runs, &clock)?,
    };
    Ok(output::print(&text)?)
}

fn show(id: RunId, limit: Option<usize>, out: &Output, database: &Database) -> anyhow::Result<()> {
    let clock = Clock::new(&out.tz)?;
    let run = saved(database::open(database)?.run(id)?);
    let text = match out.format {
        Format::Table => run_table(&run, &clock, output::style(), limit.unwrap_or(TABLE_ROWS)),
        Format::Json => run_json(&run)?,
        Format::Csv => run_csv(&run)?,
    };
    Ok(output::print(&text)?)
}

fn delete(id: RunId, database: &Database) -> anyhow::Result<()> {
    database::open(database)?.delete_run(id)?;
    output::note(&format!("run {id} is deleted"));
    Ok(())
}
