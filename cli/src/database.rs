use crate::args::Database;
use crate::commands::Usage;
use crate::{config, output};
use anyhow::{Context, bail};
use bro_store::{Backend, DatabaseUrl, Error, Store};
use std::path::{Path, PathBuf};

/// Opens the database that was asked for, or the user's own, and brings its tables up to date.
pub(crate) fn open(database: &Database) -> anyhow::Result<Store> {
    connect(&url(database)?, Store::open)
}

/// Opens the database that was asked for, or the user's own, as it is.
pub(crate) fn open_unmigrated(database: &Database) -> anyhow::Result<Store> {
    connect(&url(database)?, Store::open_unmigrated)
}

/// Opens a database; a password that it asks for and nothing tells is asked for on the terminal.
pub(crate) fn connect(
    url: &DatabaseUrl,
    open: fn(&DatabaseUrl) -> Result<Store, Error>,
) -> anyhow::Result<Store> {
    let url = with_option_file(url)?;
    match open(&url) {
        Err(error) if error.wants_password() => {
            match output::ask_password(&format!("password of {url}: "))? {
                Some(password) => Ok(open(&url.with_password(&password))?),
                None => Err(error).context("a password is needed; --password-file FILE names one"),
            }
        }
        opened => Ok(opened?),
    }
}

/// The address given, else that of the config file, else a file in the user's data folder; with the password of the
/// password file, if one is given.
pub(crate) fn url(database: &Database) -> anyhow::Result<DatabaseUrl> {
    let url = match &database.database {
        Some(url) => url.parse::<DatabaseUrl>()?,
        None => match config::database_url()? {
            Some(url) => url,
            None => DatabaseUrl::sqlite(data_folder()?.join("bro-ml.db")),
        },
    };
    match &database.password_file {
        None => Ok(url),
        Some(file) if url.backend() == Backend::Sqlite => {
            bail!(Usage(format!("{url} takes no password, but --password-file {} was given", file.display())))
        }
        Some(file) => Ok(url.with_password(&password_of(file)?)),
    }
}

/// The address as [`open`] takes it, with the password of the option file, for what opens it itself.
pub(crate) fn resolved(database: &Database) -> anyhow::Result<DatabaseUrl> {
    with_option_file(&url(database)?)
}

/// The first line of a file.
fn password_of(file: &Path) -> anyhow::Result<String> {
    let failed = || format!("the password file {} could not be read", file.display());
    let text = std::fs::read_to_string(file).with_context(failed)?;
    match text.lines().next() {
        Some(password) if !password.is_empty() => Ok(password.to_owned()),
        _ => bail!("the password file {} is empty, expected the password in its first line", file.display()),
    }
}

/// The address with the password of `~/.my.cnf`, where it may have one; libpq looks into `~/.pgpass` by itself.
fn with_option_file(url: &DatabaseUrl) -> anyhow::Result<DatabaseUrl> {
    let Some(home) = std::env::var_os("HOME").filter(|_| url.backend() == Backend::Mysql) else {
        return Ok(url.clone());
    };
    let file = PathBuf::from(home).join(".my.cnf");
    match std::fs::read_to_string(&file) {
        Ok(text) => Ok(url.with_option_file(&text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(url.clone()),
        Err(error) => Err(error).with_context(|| format!("{} could not be read", file.display())),
    }
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
