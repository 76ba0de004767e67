use super::{start, told};
use crate::App;
use crate::failure::Failure;
use crate::fields::encoded;
use crate::jobs::{Job, Outcome};
use bro_analysis::count_in_words;
use bro_log::{LogFolder, Source};
use bro_store::{ImportOptions, ImportProgress, ImportSummary};
use std::fs::File;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A log that came through the browser; its file has no name and goes when it is closed.
pub(crate) struct Upload {
    pub(crate) name: String,
    pub(crate) file: File,
}

/// Imports an upload.
pub(crate) fn import_upload(app: &App, dataset: &str, upload: Upload) -> Result<Arc<Job>, Failure> {
    let title = format!("import of {} into {dataset}", upload.name);
    let dataset = dataset.to_owned();
    start(app, "import", title, move |app, job| {
        let log = Source::from_file(upload.name, upload.file).map_err(told)?;
        import(app, job, &dataset, &[log])
    })
}

/// Imports a log, or all logs below a folder.
pub(crate) fn import_path(app: &App, dataset: &str, path: PathBuf) -> Result<Arc<Job>, Failure> {
    let title = format!("import of {} into {dataset}", path.display());
    let dataset = dataset.to_owned();
    start(app, "import", title, move |app, job| import(app, job, &dataset, &open(&path)?))
}

fn open(path: &Path) -> Result<Vec<Source>, String> {
    if !path.is_dir() {
        return Ok(vec![Source::open(path).map_err(told)?]);
    }
    let logs = LogFolder::read(path).map_err(told)?.logs;
    if logs.is_empty() {
        return Err(format!("there is no log below {}", path.display()));
    }
    logs.iter().map(|log| Source::open(&log.path).map_err(told)).collect()
}

fn import(app: &App, job: &Job, dataset: &str, logs: &[Source]) -> Result<Outcome, String> {
    let most = app.0.config.limits.import_rows;
    let mut is_too_large = false;
    let mut tell = |progress: &ImportProgress<'_>| {
        is_too_large = progress.n_records + progress.n_rejected > most;
        if is_too_large { ControlFlow::Break(()) } else { tell(job, progress) }
    };
    let import =
        |store: &mut bro_store::Store| store.import(dataset, logs, &ImportOptions::default(), &mut tell);
    let summary = app.0.with_store(import).map_err(told)?;
    if is_too_large {
        let most = count_in_words(most);
        return Err(format!(
            "stopped after {most} rows, the most of one import; delete the dataset or import less"
        ));
    }
    Ok(Outcome {
        message: sentence(&summary),
        page: Some(format!("/datasets/{}", encoded(dataset))),
        run: None,
    })
}

fn tell(job: &Job, progress: &ImportProgress<'_>) -> ControlFlow<()> {
    job.tell(|status| {
        status.stage =
            format!("log {} of {}: {}", progress.source_idx + 1, progress.n_sources, progress.source);
        status.done = progress.n_bytes;
        status.total = progress.n_bytes_total;
        status.unit = "bytes";
        status.n_rows = progress.n_records;
    })
}

fn sentence(summary: &ImportSummary) -> String {
    let mut parts = vec![format!("{} rows added", count_in_words(summary.n_records))];
    if summary.n_rejected > 0 {
        parts.push(format!("{} rows set aside", count_in_words(summary.n_rejected)));
    }
    if summary.n_unchanged > 0 {
        parts.push(format!("{} logs were there already", summary.n_unchanged));
    }
    if !summary.truncated.is_empty() {
        parts.push(format!("cut off: {}", summary.truncated.join(", ")));
    }
    if summary.is_cancelled {
        parts.push("cancelled; importing the same log again goes on".to_owned());
    }
    parts.join("; ")
}
