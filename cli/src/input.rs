use anyhow::{Context, bail};
use bro_log::Source;
use std::path::{Path, PathBuf};

/// Opens the logs in the order given; `-` is standard input, and can be given once.
pub(crate) fn open(paths: &[PathBuf]) -> anyhow::Result<Vec<Source>> {
    if paths.iter().filter(|path| is_stdin(path)).count() > 1 {
        bail!("standard input (-) was given more than once");
    }
    paths.iter().map(|path| open_one(path)).collect()
}

fn open_one(path: &Path) -> anyhow::Result<Source> {
    if is_stdin(path) {
        return Source::stdin().context("standard input could not be read");
    }
    if path.is_dir() {
        bail!("{} is a folder, expected a log such as {}", path.display(), path.join("conn.log").display());
    }
    Ok(Source::open(path)?)
}

fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}
