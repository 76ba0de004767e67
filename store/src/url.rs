//! Addresses of databases.

use std::{
    fmt,
    path::{Path, PathBuf},
    str::FromStr,
};

use crate::error::Error;

/// A kind of database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Backend {
    /// A file, by the SQLite that is built in.
    Sqlite,
    /// A MariaDB or MySQL server, with the feature `mysql`.
    Mysql,
    /// A PostgreSQL server, with the feature `postgres`.
    Postgres,
}

impl Backend {
    /// The feature of this crate that it needs; `sqlite` is always there.
    #[must_use]
    pub fn feature(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Mysql => "mysql",
            Self::Postgres => "postgres",
        }
    }

    /// Whether this build can talk to it.
    #[must_use]
    pub fn is_built_in(self) -> bool {
        match self {
            Self::Sqlite => true,
            Self::Mysql => cfg!(feature = "mysql"),
            Self::Postgres => cfg!(feature = "postgres"),
        }
    }
}

impl fmt::Display for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sqlite => "SQLite",
            Self::Mysql => "MariaDB/MySQL",
            Self::Postgres => "PostgreSQL",
        })
    }
}

/// Where a database is: `sqlite://PATH`, `mysql://…` (or `mariadb://…`) or `postgres://…` (or `postgresql://…`).
///
/// A path stands as it is, without escapes: `sqlite:///var/lib/bro-ml.db`, `sqlite://bro-ml.db`, `sqlite://:memory:`.
/// What follows the other two is handed to the client library: `mysql://user:password@host:port/database` with
/// `unix_socket`, `ssl_mode` and `ssl_ca` as parameters, `postgres://…` as libpq reads it, `.pgpass` included.
///
/// `Display` and `Debug` show `***` for a password; only a connection sees it.
///
/// ```
/// let url: bro_store::DatabaseUrl = "postgres://ann:s3cret@db.example/zeek".parse()?;
/// assert_eq!(url.to_string(), "postgres://ann:***@db.example/zeek");
/// assert!(!format!("{url:?}").contains("s3cret"));
/// # Ok::<(), bro_store::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl {
    backend: Backend,
    /// What stands after `://`.
    rest: String,
}

impl DatabaseUrl {
    /// A SQLite file at this path.
    #[must_use]
    pub fn sqlite(path: impl AsRef<Path>) -> Self {
        Self { backend: Backend::Sqlite, rest: path.as_ref().to_string_lossy().into_owned() }
    }

    /// The kind of database.
    #[must_use]
    pub fn backend(&self) -> Backend {
        self.backend
    }

    /// The same address with this password, in place of the one it had if any; a SQLite file takes none.
    ///
    /// ```
    /// let url: bro_store::DatabaseUrl = "mysql://ann@localhost/zeek".parse()?;
    /// assert_eq!(url.with_password("a/b@c").to_string(), "mysql://ann:***@localhost/zeek");
    /// # Ok::<(), bro_store::Error>(())
    /// ```
    #[must_use]
    pub fn with_password(&self, password: &str) -> Self {
        if self.backend == Backend::Sqlite {
            return self.clone();
        }
        let (user, host) = match self.rest.rsplit_once('@') {
            Some((credentials, host)) => (credentials.split(':').next().unwrap_or_default(), host),
            None => ("", self.rest.as_str()),
        };
        Self { backend: self.backend, rest: format!("{user}:{}@{host}", percent_encoded(password)) }
    }

    /// The same address with the password that the `[client]` section of a MariaDB option file (`~/.my.cnf`) holds, unless
    /// it has one already; PostgreSQL's client library looks into `~/.pgpass` by itself.
    ///
    /// ```
    /// let url: bro_store::DatabaseUrl = "mysql://ann@localhost/zeek".parse()?;
    /// assert!(url.with_option_file("[client]\npassword = \"s3cret\"\n").has_password());
    /// # Ok::<(), bro_store::Error>(())
    /// ```
    #[must_use]
    pub fn with_option_file(&self, contents: &str) -> Self {
        let is_wanted = self.backend == Backend::Mysql && !self.has_password();
        match client_password(contents).filter(|_| is_wanted) {
            Some(password) => self.with_password(password),
            None => self.clone(),
        }
    }

    /// Whether the address itself holds a password.
    #[must_use]
    pub fn has_password(&self) -> bool {
        !self.secrets().is_empty()
    }

    /// The file of a SQLite database, `None` for a server or a database in memory.
    #[must_use]
    pub fn path(&self) -> Option<PathBuf> {
        let is_file = self.backend == Backend::Sqlite && self.rest != ":memory:";
        is_file.then(|| PathBuf::from(&self.rest))
    }

    /// The parameter `ssl_mode` of an address of MariaDB or MySQL, in small letters.
    #[cfg(feature = "mysql")]
    pub(crate) fn ssl_mode(&self) -> Option<String> {
        let params = self.rest.split_once('?').map_or("", |(_, params)| params);
        params.split('&').find_map(|param| param.strip_prefix("ssl_mode=")).map(str::to_lowercase)
    }

    /// The address as the client library takes it, password included.
    pub(crate) fn connection_text(&self) -> String {
        match self.backend {
            Backend::Sqlite => self.rest.clone(),
            Backend::Mysql => format!("mysql://{}", self.rest),
            Backend::Postgres => format!("postgres://{}", self.rest),
        }
    }

    /// What a client library said, without the password it may have repeated.
    pub(crate) fn redact(&self, message: &str) -> String {
        let mut message = message.to_owned();
        for secret in self.secrets() {
            message = message.replace(secret, "***");
            message = message.replace(&percent_decoded(secret), "***");
        }
        message
    }

    /// The parts of the address that are passwords.
    fn secrets(&self) -> Vec<&str> {
        if self.backend == Backend::Sqlite {
            return Vec::new();
        }
        let credentials = self.rest.rsplit_once('@').and_then(|(credentials, _)| credentials.split_once(':'));
        let params = self.rest.split_once('?').map_or("", |(_, params)| params).split('&');
        let is_secret = |name: &str| matches!(name, "password" | "sslpassword");
        let param = |part: &'_ str| {
            part.split_once('=').filter(|(name, _)| is_secret(name)).map(|(_, value)| value.len())
        };
        let params = params.filter_map(|part| param(part).map(|len| &part[part.len() - len..]));
        credentials
            .map(|(_, password)| password)
            .into_iter()
            .chain(params)
            .filter(|secret| !secret.is_empty())
            .collect()
    }
}

impl FromStr for DatabaseUrl {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let parts =
            text.split_once("://").or_else(|| text.strip_prefix("sqlite:").map(|path| ("sqlite", path)));
        let unknown = || Error::UnknownBackend { url: redacted_unknown(text) };
        let (scheme, rest) = parts.ok_or_else(unknown)?;
        let backend = match scheme {
            "sqlite" if !rest.is_empty() => Backend::Sqlite,
            "mysql" | "mariadb" => Backend::Mysql,
            "postgres" | "postgresql" => Backend::Postgres,
            _ => return Err(unknown()),
        };
        Ok(Self { backend, rest: rest.to_owned() })
    }
}

/// An address of no known kind; its password, if it has one, stands where it stands in the known ones.
fn redacted_unknown(text: &str) -> String {
    match text.split_once("://") {
        None => text.to_owned(),
        Some((scheme, rest)) => {
            let url = DatabaseUrl { backend: Backend::Postgres, rest: rest.to_owned() }.to_string();
            format!("{scheme}{}", url.trim_start_matches("postgres"))
        }
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.rest.clone();
        for secret in self.secrets() {
            rest = rest.replacen(&format!(":{secret}@"), ":***@", 1);
            rest = rest.replace(&format!("password={secret}"), "password=***");
        }
        write!(f, "{}://{rest}", self.backend.feature())
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DatabaseUrl({self})")
    }
}

/// The last `password` of the `[client]` section, without quotes around it.
fn client_password(contents: &str) -> Option<&str> {
    let mut is_client = false;
    let mut password = None;
    for line in contents.lines().map(str::trim) {
        if line.starts_with('[') {
            is_client = line == "[client]";
        }
        let value =
            line.strip_prefix("password").map(str::trim_start).and_then(|rest| rest.strip_prefix('='));
        if let Some(value) = value.filter(|_| is_client) {
            password = Some(value.trim().trim_matches(['"', '\'']));
        }
    }
    password
}

/// Everything but letters, digits and `-_.~` as `%HH`.
fn percent_encoded(text: &str) -> String {
    let encode = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    text.bytes().map(encode).collect()
}

/// `%HH` as the byte it stands for; bytes that make no UTF-8 stand as `U+FFFD`.
fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let hex = tail.get(..2).filter(|_| first == b'%').and_then(|hex| std::str::from_utf8(hex).ok());
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &tail[2..];
            }
            None => {
                bytes.push(first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(url: &str) -> String {
        url.parse::<DatabaseUrl>().unwrap().to_string()
    }

    #[test]
    fn display_hides_every_password() {
        let rows = [
            ("mysql://ann:pw@host/db", "mysql://ann:***@host/db"),
            ("mysql://ann:p@w@host/db", "mysql://ann:***@host/db"),
            ("postgres://ann:p/w:x@host/db", "postgres://ann:***@host/db"),
            (
                "postgresql://host/db?user=ann&password=pw&sslmode=require",
                "postgres://host/db?user=ann&password=***&sslmode=require",
            ),
            ("postgres://host/db?sslpassword=pw", "postgres://host/db?sslpassword=***"),
            ("postgres://ann@host/db", "postgres://ann@host/db"),
            ("sqlite://a:b@c.db", "sqlite://a:b@c.db"),
        ];
        for (url, expected) in rows {
            assert_eq!(shown(url), expected);
            assert_eq!(
                format!("{:?}", url.parse::<DatabaseUrl>().unwrap()),
                format!("DatabaseUrl({expected})")
            );
        }
    }

    #[test]
    fn an_unknown_kind_is_refused_without_its_password() {
        for url in ["oracle://ann:s3cret@host/db", "mongodb://host/?password=s3cret"] {
            let error = url.parse::<DatabaseUrl>().unwrap_err().to_string();
            assert!(!error.contains("s3cret") && error.contains("***"), "{error}");
        }
        for url in ["bro-ml.db", "", "sqlite://", "sqlite:"] {
            assert!(url.parse::<DatabaseUrl>().is_err(), "{url}");
        }
    }

    #[test]
    fn a_client_librarys_message_is_redacted_in_both_spellings() {
        let url: DatabaseUrl = "postgres://ann@host/db".parse().unwrap();
        let url = url.with_password("a b%c");
        assert_eq!(url.redact("token \"a%20b%25c\" is a b%c"), "token \"***\" is ***");
    }

    #[test]
    fn a_password_replaces_the_one_in_the_address() {
        let url: DatabaseUrl = "mysql://ann:old@host:3306/db?ssl_mode=required".parse().unwrap();
        assert_eq!(
            url.with_password("n@w").connection_text(),
            "mysql://ann:n%40w@host:3306/db?ssl_mode=required"
        );
    }

    #[test]
    fn an_option_files_password_is_taken_where_the_address_has_none() {
        let text = "[mysqld]\npassword=no\n[client]\n# password=no\nuser=ann\npassword = 's p'\n[other]\npassword=no\n";
        let with = |url: &str| url.parse::<DatabaseUrl>().unwrap().with_option_file(text).connection_text();
        assert_eq!(with("mysql://ann@host/db"), "mysql://ann:s%20p@host/db");
        assert_eq!(with("mysql://ann:own@host/db"), "mysql://ann:own@host/db");
        assert_eq!(with("postgres://ann@host/db"), "postgres://ann@host/db");
    }

    #[test]
    fn paths_stand_as_they_are() {
        let path = |url: &str| url.parse::<DatabaseUrl>().unwrap().path();
        assert_eq!(path("sqlite:///a/b%20c.db"), Some(PathBuf::from("/a/b%20c.db")));
        assert_eq!(path("sqlite:c.db"), Some(PathBuf::from("c.db")));
        assert_eq!(path("sqlite://:memory:"), None);
    }
}
