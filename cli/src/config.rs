use anyhow::{Context, anyhow};
use bro_store::DatabaseUrl;
use std::io::ErrorKind;
use std::path::PathBuf;

/// What `$XDG_CONFIG_HOME/bro-ml/config.toml` may say.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    #[serde(default)]
    database: DatabaseConfig,
}

#[derive(Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct DatabaseConfig {
    url: Option<String>,
}

impl std::fmt::Debug for DatabaseConfig {
    /// Without the address, which may hold a password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DatabaseConfig").finish_non_exhaustive()
    }
}

/// The database that the config file names, if there is one and it does.
pub(crate) fn database_url() -> anyhow::Result<Option<DatabaseUrl>> {
    let Some(file) = file() else { return Ok(None) };
    let text = match std::fs::read_to_string(&file) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error).with_context(|| format!("{} could not be read", file.display())),
    };
    let at = || format!("{}", file.display());
    let url = parse(&text).with_context(at)?.database.url;
    url.map(|url| url.parse()).transpose().with_context(at)
}

fn parse(text: &str) -> anyhow::Result<Config> {
    // The reader's message quotes no values, but an unknown key's name may be anything.
    basic_toml::from_str(text).map_err(|error| anyhow!("{error}; expected [database] with url = \"…\""))
}

/// The config file's place, where the environment says one.
pub(crate) fn file() -> Option<PathBuf> {
    let of = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let folder = of("XDG_CONFIG_HOME")
        .filter(|path| path.is_absolute())
        .or_else(|| of("APPDATA"))
        .or_else(|| of("HOME").map(|home| home.join(".config")))?;
    Some(folder.join("bro-ml/config.toml"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_database_is_a_key_of_its_table_and_all_else_is_refused() {
        let url = |text: &str| parse(text).map(|config| config.database.url);
        assert_eq!(url("").unwrap(), None);
        assert_eq!(url("# none\n[database]\n").unwrap(), None);
        assert_eq!(url("database.url = 'sqlite://a.db'\n").unwrap().as_deref(), Some("sqlite://a.db"));
        assert_eq!(url("[database]\nurl = \"mysql://h/d\"\n").unwrap().as_deref(), Some("mysql://h/d"));
        for text in ["[database]\nulr = 'x'\n", "[databse]\n", "url = 'x'\n", "[database]\nurl = 5\n", "]"] {
            assert!(url(text).unwrap_err().to_string().contains("expected [database]"), "{text}");
        }
    }

    #[test]
    fn nothing_shows_the_address() {
        let config = parse("database.url = 'mysql://a:s3cret@h/d'").unwrap();
        assert!(!format!("{config:?}").contains("s3cret"));
    }
}
