use super::{Usage, shared::schema};
use crate::args::{self, Format};
use crate::bar::Bar;
use crate::{database, input, output};
use anyhow::{Context, bail};
use bro_report::{Imported, imported_csv, imported_json, imported_table};
use bro_store::{ImportOptions, ImportSummary};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

/// Logs that are open at once; systems limit them.
const N_OPEN: usize = 100;

pub(crate) fn run(args: &args::Import) -> anyhow::Result<()> {
    let options = ImportOptions {
        split_labels: args.split_labels,
        schema: args.schema.as_deref().map(schema).transpose()?,
        load_data: args.load_data,
        make_indexes: false,
        ..ImportOptions::default()
    };
    let name = match &args.name {
        Some(name) => name.clone(),
        None => dataset_name(&args.logs)?,
    };
    let kinds: Vec<_> = args.kinds.iter().map(String::as_str).collect();
    let logs = input::find_logs(&args.logs, &kinds)?;
    let mut store = database::open(&args.database)?;
    let mut bar = Bar::bytes("importing", input::n_bytes(&logs));
    let mut total = ImportSummary::default();
    let groups = logs.chunks(N_OPEN).collect::<Vec<_>>();
    for (group_idx, group) in groups.iter().enumerate() {
        let sources = input::open_logs(group)?;
        let options = ImportOptions { make_indexes: group_idx + 1 == groups.len(), ..options.clone() };
        let summary = store.import(&name, &sources, &options, &mut |progress| {
            bar.show_bytes(progress.n_bytes, progress.n_records);
            ControlFlow::Continue(())
        })?;
        bar.finish_part();
        total.add(summary);
    }
    drop(bar);
    let imported = imported(name, total);
    let text = match args.format {
        Format::Table => imported_table(&imported),
        Format::Json => imported_json(&imported)?,
        Format::Csv => imported_csv(&imported)?,
    };
    Ok(output::print(&text)?)
}

fn imported(dataset: String, summary: ImportSummary) -> Imported {
    Imported {
        dataset,
        n_records: summary.n_records,
        n_rejected: summary.n_rejected,
        n_new: summary.n_new as u64,
        n_continued: summary.n_continued as u64,
        n_unchanged: summary.n_unchanged as u64,
        rows_per_second: summary.rows_per_second(),
        duration: summary.duration.as_secs_f64(),
        indexing: summary.indexing.as_secs_f64(),
        truncated: summary.truncated,
    }
}

/// The name of the folder given, of the one log given, or of the folder that all logs given lie in.
fn dataset_name(logs: &[PathBuf]) -> anyhow::Result<String> {
    let unnamed = || Usage("these logs have no name in common; give the dataset one with --name".to_owned());
    let name = match logs {
        [one] if one.is_dir() => file_name(&one.canonicalize().with_context(|| one.display().to_string())?),
        [one] => file_name(one).map(|name| stem(&name).to_owned()),
        logs => {
            let folder = |log: &PathBuf| log.canonicalize().ok()?.parent().map(Path::to_owned);
            let first = logs.first().and_then(folder).ok_or_else(unnamed)?;
            if logs.iter().any(|log| folder(log).as_ref() != Some(&first)) {
                bail!(unnamed());
            }
            file_name(&first)
        }
    };
    Ok(name.filter(|name| !name.is_empty() && name != "-").ok_or_else(unnamed)?)
}

fn file_name(path: &Path) -> Option<String> {
    path.file_name().map(|name| name.to_string_lossy().into_owned())
}

/// The name without the endings of compression and of logs.
fn stem(name: &str) -> &str {
    let name = [".gz", ".zst"].iter().find_map(|ending| name.strip_suffix(ending)).unwrap_or(name);
    name.strip_suffix(".log").unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn datasets_are_named_for_their_logs() {
        let rows = [
            ("conn.log", "conn"),
            ("a/conn.2026-01-02.log.gz", "conn.2026-01-02"),
            ("http.log.zst", "http"),
            ("x", "x"),
        ];
        for (log, name) in rows {
            assert_eq!(dataset_name(&[PathBuf::from(log)]).unwrap(), name);
        }
        assert!(dataset_name(&[PathBuf::from("-")]).is_err());
        let folder = tempfile::tempdir().unwrap();
        let name = file_name(&folder.path().canonicalize().unwrap()).unwrap();
        assert_eq!(dataset_name(&[folder.path().to_owned()]).unwrap(), name);
        let logs = ["one.log", "two.log"].map(|name| folder.path().join(name));
        logs.iter().for_each(|log| std::fs::write(log, "").unwrap());
        assert_eq!(dataset_name(&logs).unwrap(), name);
        assert!(dataset_name(&[logs[0].clone(), PathBuf::from("/etc/hostname")]).is_err());
    }
}
