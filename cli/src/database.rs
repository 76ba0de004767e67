use crate::args::Database;
use anyhow::Context;
use bro_store::{DatabaseUrl, Store};
use std::path::PathBuf;

/// Opens the database that was asked for, or the user's own.
pub(crate) fn open(database: &Database) -> anyhow::Result<Store> {
    let url = match &database.database {
        Some(url) => url.parse::<DatabaseUrl>()?,
        None => DatabaseUrl::sqlite(data_folder()?.join("bro-ml.db")),
    };
    Ok(Store::open(&url)?)
}

/// `$XDG_DATA_HOME/bro-ml`, or its like where there is no such variable.
pub(crate) fn data_folder() -> anyhow::Result<PathBuf> {
    let of = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    // The XDG rules ask to ignore relative paths.
    let folder = of("XDG_DATA_HOME")
        .filter(|path| path.is_absolute())
        .or_else(|| of("LOCALAPPDATA"))
        .or_else(|| of("HOME").map(|home| home.join(".local/share")))
        .context("neither XDG_DATA_HOME nor HOME says where data is kept; name a place with --database sqlite://PATH")?;
    Ok(folder.join("bro-ml"))
}
