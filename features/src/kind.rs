use crate::{columns, http};
use bro_log::{Batch, Projection};
use std::fmt;
use std::str::FromStr;

/// The kinds of logs that features are made from.
///
/// ```
/// use bro_features::LogKind;
/// assert_eq!("http".parse(), Ok(LogKind::Http));
/// assert_eq!(LogKind::default().to_string(), "conn");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum LogKind {
    /// conn.log: a row for each connection.
    #[default]
    Conn,
    /// http.log: a row for each request and its response.
    Http,
}

impl LogKind {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Conn, Self::Http];

    /// Zeek's path of the log: `conn` or `http`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Conn => "conn",
            Self::Http => "http",
        }
    }

    /// The columns that any feature may need of such a log; those of [`projection`](Self::projection) come first.
    #[must_use]
    pub fn full_projection(self) -> Projection {
        match self {
            Self::Conn => columns::full_projection(),
            Self::Http => http::projection(),
        }
    }

    /// The columns that a [`Survey`](crate::Survey), and an [`Extractor`](crate::Extractor) of what need not be named,
    /// need of such a log.
    #[must_use]
    pub fn projection(self) -> Projection {
        match self {
            Self::Conn => columns::projection(),
            Self::Http => http::projection(),
        }
    }

    /// The fields without which a log is none of this kind, at the front of [`projection`](Self::projection).
    #[must_use]
    pub fn required(self) -> [&'static str; 2] {
        match self {
            Self::Conn => ["proto", "conn_state"],
            Self::Http => ["method", "uri"],
        }
    }

    /// The required fields that a batch lacks, given where the first of them stands in its projection; empty for a log
    /// of this kind.
    ///
    /// # Panics
    /// If the projection has not so many columns.
    #[must_use]
    pub fn missing_fields(self, batch: &Batch<'_>, first_column: usize) -> Vec<&'static str> {
        let missing = self.required().into_iter().enumerate();
        missing
            .filter(|(column, _)| batch.column(first_column + column).is_none())
            .map(|(_, name)| name)
            .collect()
    }
}

impl fmt::Display for LogKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for LogKind {
    type Err = crate::Error;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let known = Self::ALL.into_iter().find(|kind| kind.name() == name);
        known.ok_or_else(|| crate::Error::parameter("the kind of log", name, "conn or http"))
    }
}
