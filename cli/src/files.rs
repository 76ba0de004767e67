use crate::commands::Usage;
use anyhow::{Context, bail};
use bro_log::Source;
use std::fs;
use std::path::{Path, PathBuf};

/// A file that was named, or one found in a folder that was.
pub(crate) struct LogFile {
    pub(crate) path: PathBuf,
    pub(crate) n_bytes: u64,
    pub(crate) is_named: bool,
}

impl LogFile {
    pub(crate) fn open(&self) -> Result<Source, bro_log::Error> {
        if is_stdin(&self.path) { Source::stdin() } else { Source::open(&self.path) }
    }
}

fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// The files named, and all files of folders named, sorted by their paths, folders inside too; hidden ones left out.
pub(crate) fn expand(paths: &[PathBuf]) -> anyhow::Result<Vec<LogFile>> {
    if paths.iter().filter(|path| is_stdin(path)).count() > 1 {
        bail!(Usage("standard input (-) was given more than once".to_owned()));
    }
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() {
            walk(path, &mut files)?;
        } else {
            let n_bytes = path.metadata().map_or(0, |metadata| metadata.len());
            files.push(LogFile { path: path.clone(), n_bytes, is_named: true });
        }
    }
    Ok(files)
}

fn walk(folder: &Path, files: &mut Vec<LogFile>) -> anyhow::Result<()> {
    let unreadable = || format!("{} could not be read", folder.display());
    let mut entries =
        fs::read_dir(folder).and_then(Iterator::collect::<Result<Vec<_>, _>>).with_context(unreadable)?;
    entries.retain(|entry| !entry.file_name().as_encoded_bytes().starts_with(b"."));
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        // A link to a folder could lead back here; a link to a file is as good as the file.
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            walk(&entry.path(), files)?;
        } else if let Ok(metadata) = entry.path().metadata()
            && metadata.is_file()
        {
            files.push(LogFile { path: entry.path(), n_bytes: metadata.len(), is_named: false });
        }
    }
    Ok(())
}
