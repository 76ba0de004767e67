use crate::Error;
use std::fs;
use std::io;
use std::path::PathBuf;

/// What the plots of saved runs draw, a file for each run. They can be made again, so the oldest are thrown away.
pub(crate) struct Plots {
    folder: PathBuf,
    n_kept: usize,
}

/// Which run a plot is of: its number, and when it began, because numbers repeat from database to database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PlotOf {
    pub(crate) run: i64,
    pub(crate) started_at: i64,
}

impl Plots {
    pub(crate) fn new(folder: PathBuf, n_kept: usize) -> Result<Self, Error> {
        fs::create_dir_all(&folder).map_err(|source| Error::Folder { folder: folder.clone(), source })?;
        Ok(Self { folder, n_kept })
    }

    fn path(&self, of: PlotOf) -> PathBuf {
        // Names sort by age.
        self.folder.join(format!("{:020}-{}.json", of.started_at, of.run))
    }

    /// Keeps a plot, in full or not at all.
    pub(crate) fn save(&self, of: PlotOf, json: &str) -> io::Result<()> {
        let file = tempfile::NamedTempFile::new_in(&self.folder)?;
        fs::write(file.path(), json)?;
        file.persist(self.path(of))?;
        self.forget()
    }

    /// `None` if it is not kept.
    pub(crate) fn load(&self, of: PlotOf) -> io::Result<Option<String>> {
        match fs::read_to_string(self.path(of)) {
            Ok(json) => Ok(Some(json)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    pub(crate) fn has(&self, of: PlotOf) -> bool {
        self.path(of).exists()
    }

    pub(crate) fn delete(&self, of: PlotOf) -> io::Result<()> {
        match fs::remove_file(self.path(of)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    fn forget(&self) -> io::Result<()> {
        let files = fs::read_dir(&self.folder)?.map(|entry| entry.map(|entry| entry.path()));
        let mut files: Vec<_> = files.collect::<Result<_, _>>()?;
        files.retain(|file| file.extension().is_some_and(|extension| extension == "json"));
        files.sort_unstable_by(|one, other| other.cmp(one));
        files.iter().skip(self.n_kept).try_for_each(fs::remove_file)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_plots_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        let plots = Plots::new(folder.path().join("plots"), 2).unwrap();
        let of = |run| PlotOf { run, started_at: 1000 - run };
        for run in [3, 2, 1] {
            plots.save(of(run), "{}").unwrap();
        }
        assert_eq!([1, 2, 3].map(|run| plots.has(of(run))), [true, true, false]);
        assert_eq!(plots.load(of(3)).unwrap(), None);
        plots.delete(of(1)).unwrap();
        plots.delete(of(1)).unwrap();
        assert_eq!(plots.load(of(1)).unwrap(), None);
    }
}
