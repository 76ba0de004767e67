use crate::Error;
use crate::failure::Failure;
use std::fs;
use std::path::{Component, Path, PathBuf};

/// The folders below which files may be read.
pub(crate) struct Roots(Vec<PathBuf>);

/// What stands in a folder, for a page that lets choose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) name: String,
    /// Its path below the root.
    pub(crate) path: String,
    pub(crate) is_folder: bool,
    pub(crate) n_bytes: u64,
}

impl Roots {
    pub(crate) fn new(folders: &[PathBuf]) -> Result<Self, Error> {
        let resolved = |folder: &PathBuf| {
            let failed = |source| Error::Folder { folder: folder.clone(), source };
            let path = folder.canonicalize().map_err(failed)?;
            fs::read_dir(&path).map_err(failed)?;
            Ok(path)
        };
        Ok(Self(folders.iter().map(resolved).collect::<Result<_, Error>>()?))
    }

    pub(crate) fn names(&self) -> Vec<String> {
        self.0.iter().map(|root| root.display().to_string()).collect()
    }

    /// The file or folder at a path below a root, links resolved. One that leads out of the root is as good as absent.
    pub(crate) fn resolve(&self, root: usize, path: &str) -> Result<PathBuf, Failure> {
        let absent =
            || Failure::not_found(format!("there is no file or folder {path:?} below the allowed folder"));
        let folder = self.0.get(root).ok_or_else(|| {
            Failure::not_found("there is no such allowed folder")
                .with_cure("start bro-ml serve with --root DIR")
        })?;
        let is_plain = |part: Component<'_>| matches!(part, Component::Normal(_));
        if path.contains('\0') || !Path::new(path).components().all(is_plain) {
            return Err(absent());
        }
        let found = folder.join(path).canonicalize().map_err(|_| absent())?;
        if found.starts_with(folder) { Ok(found) } else { Err(absent()) }
    }

    /// What stands in a folder below a root, folders first; at most 2,000 of it.
    pub(crate) fn list(&self, root: usize, path: &str) -> Result<Vec<Entry>, Failure> {
        const MOST: usize = 2_000;
        let folder = self.resolve(root, path)?;
        let failed = |error| Failure::internal(format!("{}: {error}", folder.display()));
        let mut entries = Vec::new();
        for entry in fs::read_dir(&folder).map_err(failed)?.take(MOST) {
            let name = entry.map_err(failed)?.file_name();
            // Names that are no text cannot be asked for by an address.
            let Some(name) = name.to_str() else { continue };
            let below = Path::new(path).join(name).to_string_lossy().into_owned();
            let Ok(metadata) = self.resolve(root, &below).and_then(|path| fs::metadata(path).map_err(failed))
            else {
                continue;
            };
            let is_folder = metadata.is_dir();
            if is_folder || metadata.is_file() {
                entries.push(Entry {
                    name: name.to_owned(),
                    path: below,
                    is_folder,
                    n_bytes: metadata.len(),
                });
            }
        }
        entries.sort_by(|one, other| (!one.is_folder, &one.name).cmp(&(!other.is_folder, &other.name)));
        Ok(entries)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_outside_an_allowed_folder_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("logs");
        fs::create_dir_all(root.join("day")).unwrap();
        fs::write(root.join("day/conn.log"), "x").unwrap();
        fs::write(folder.path().join("secret"), "x").unwrap();
        #[cfg(unix)]
        std::os::unix::fs::symlink(folder.path(), root.join("out")).unwrap();
        let roots = Roots::new(std::slice::from_ref(&root)).unwrap();
        assert!(roots.resolve(0, "day/conn.log").is_ok() && roots.resolve(0, "").is_ok());
        let absolute = folder.path().join("secret").display().to_string();
        for path in
            ["../secret", "day/../../secret", "out/secret", "out", absolute.as_str(), "nothing", "a\0b"]
        {
            assert!(roots.resolve(0, path).is_err(), "{path:?}");
        }
        assert!(roots.resolve(1, "").is_err());
        let listed = roots.list(0, "").unwrap();
        let names: Vec<_> = listed.iter().map(|entry| entry.name.as_str()).collect();
        assert_eq!(names, ["day"], "a link that leads out is not listed");
    }
}
