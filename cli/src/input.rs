use crate::args::{Database, Input};
use crate::commands::Usage;
use crate::{database, output};
use anyhow::{Context, bail};
use bro_log::{FoundLog, LogFolder, Source};
use bro_store::ImportState;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Opens what a question is about: the logs given, in this order, those of these kinds in the folders given, or those
/// of a dataset that hold rows of these kinds. Without kinds, all.
pub(crate) fn open(input: &Input, kinds: &[&str], database: &Database) -> anyhow::Result<Vec<Source>> {
    match &input.dataset {
        None => open_found(&input.logs, kinds),
        Some(name) => open_dataset(name, kinds, input.reading.strict, database),
    }
}

/// Opens the logs in the order given; a folder stands for the logs of these kinds below it. `-` is standard input, and
/// can be given once.
fn open_found(paths: &[PathBuf], kinds: &[&str]) -> anyhow::Result<Vec<Source>> {
    open_logs(&find_logs(paths, kinds)?)
}

/// Opens logs that are no folders.
pub(crate) fn open_logs(paths: &[PathBuf]) -> anyhow::Result<Vec<Source>> {
    let open = |path: &PathBuf| match is_stdin(path) {
        true => Source::stdin().context("standard input could not be read"),
        false => Ok(Source::open(path)?),
    };
    paths.iter().map(open).collect()
}

/// The logs given, with folders replaced by the logs of these kinds below them.
pub(crate) fn find_logs(paths: &[PathBuf], kinds: &[&str]) -> anyhow::Result<Vec<PathBuf>> {
    if paths.iter().filter(|path| is_stdin(path)).count() > 1 {
        bail!(Usage("standard input (-) was given more than once".to_owned()));
    }
    let mut logs = Vec::new();
    for path in paths {
        match path.is_dir() {
            true => logs.extend(logs_in(path, kinds)?),
            false => logs.push(path.clone()),
        }
    }
    Ok(logs)
}

/// Bytes of the logs, as far as they can be told beforehand.
pub(crate) fn n_bytes(logs: &[PathBuf]) -> u64 {
    logs.iter().filter_map(|log| log.metadata().ok()).map(|metadata| metadata.len()).sum()
}

fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

fn logs_in(path: &Path, kinds: &[&str]) -> anyhow::Result<Vec<PathBuf>> {
    let folder = LogFolder::read(path)?;
    let is_wanted =
        |log: &FoundLog| kinds.is_empty() || log.kind.as_deref().is_some_and(|kind| kinds.contains(&kind));
    let (wanted, others): (Vec<_>, Vec<_>) = folder.logs.iter().partition(|log| is_wanted(log));
    let left_out = left_out(&others, &folder.others);
    if wanted.is_empty() {
        bail!("the folder {} has no {} below it{left_out}", path.display(), wanted_words(kinds));
    }
    if !left_out.is_empty() {
        output::note(&format!("{}: {} logs taken{left_out}", path.display(), wanted.len()));
    }
    Ok(wanted.into_iter().map(|log| log.path.clone()).collect())
}

/// `conn.log or http.log`
fn wanted_words(kinds: &[&str]) -> String {
    match kinds {
        [] => "log".to_owned(),
        kinds => kinds.iter().map(|kind| format!("{kind}.log")).collect::<Vec<_>>().join(" or "),
    }
}

/// `; left out: 3 dns, 1 http, 2 that are no logs`, or nothing.
fn left_out(logs: &[&FoundLog], others: &[PathBuf]) -> String {
    let mut by_kind = BTreeMap::<&str, usize>::new();
    for log in logs {
        *by_kind.entry(log.kind.as_deref().unwrap_or("of unknown kind")).or_default() += 1;
    }
    let mut parts: Vec<_> = by_kind.iter().map(|(kind, n)| format!("{n} {kind}")).collect();
    if !others.is_empty() {
        parts.push(format!("{} that are no logs or empty", others.len()));
    }
    if parts.is_empty() { String::new() } else { format!("; left out: {}", parts.join(", ")) }
}

fn open_dataset(
    name: &str,
    kinds: &[&str],
    is_strict: bool,
    database: &Database,
) -> anyhow::Result<Vec<Source>> {
    let mut store = database::open(database)?;
    for source in store.dataset(name)?.sources {
        let told = match source.state {
            ImportState::Truncated => "was cut off when it was imported",
            ImportState::Partial => "is imported in part only; import it again",
            _ => continue,
        };
        if is_strict {
            bail!("dataset {name}: {} {told}", source.name);
        }
        output::note(&format!("warning: dataset {name}: {} {told}", source.name));
    }
    let sources = store.dataset_logs(name, kinds)?;
    if sources.is_empty() {
        bail!("dataset {name} has no rows of a {}", wanted_words(kinds));
    }
    Ok(sources)
}
