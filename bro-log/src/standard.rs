//! The columns of the logs everybody has, for inputs that carry no types: JSON, tsv mode, rows without a header.

use std::{collections::HashMap, sync::LazyLock};

use crate::schema::{Field, Schema, Type};

/// The known logs by path; `*` holds the columns any log may have.
static STANDARD: LazyLock<HashMap<&'static str, Schema>> =
    LazyLock::new(|| include_str!("standard.txt").lines().filter_map(parse_line).collect());

const ID: [(&str, Type); 4] = [
    ("id.orig_h", Type::ADDR),
    ("id.orig_p", Type::PORT),
    ("id.resp_h", Type::ADDR),
    ("id.resp_p", Type::PORT),
];

/// `conn ts:time uid:string id …`
fn parse_line(line: &'static str) -> Option<(&'static str, Schema)> {
    if line.starts_with('#') {
        return None;
    }
    let mut words = line.split(' ');
    let path = words.next()?;
    let mut fields = Vec::new();
    for word in words {
        match word.split_once(':') {
            Some((name, type_name)) => fields.push(Field::with_type_name(name, type_name)),
            None => fields.extend(ID.map(|(name, ty)| Field::new(name, ty))),
        }
    }
    Some((path, Schema::new(fields)))
}

impl Schema {
    /// The columns of a log that Zeek itself or the policies shipped with it write, by its path: `conn`, `http`, …
    ///
    /// Every column of every version from 2.0 to 9 is there, so no single log has all of them.
    #[must_use]
    pub fn standard(path: &str) -> Option<&'static Self> {
        STANDARD.get(path).filter(|_| path != "*")
    }

    /// The paths that [`standard`](Self::standard) knows, sorted.
    #[must_use]
    pub fn standard_paths() -> Vec<&'static str> {
        let mut paths: Vec<_> = STANDARD.keys().copied().filter(|&path| path != "*").collect();
        paths.sort_unstable();
        paths
    }
}

/// The column as the log of this path, or any log, would have it; `_` may stand for the dot (`id_orig_h`).
pub(crate) fn known_field(path: Option<&str>, name: &str) -> Option<&'static Field> {
    let own = path.and_then(Schema::standard);
    let schemas = || own.into_iter().chain(STANDARD.get("*"));
    let exact = schemas().find_map(|schema| schema.field(name));
    exact.or_else(|| {
        let dotted = name.strip_prefix("id_")?;
        ID.iter().find(|(known, _)| known[3..] == *dotted)?;
        schemas().find_map(|schema| schema.field(&format!("id.{dotted}")))
    })
}

/// The log's path as its file name tells it, if it is the name of a standard log.
///
/// ```
/// use bro_log::path_of_name;
/// assert_eq!(path_of_name("2026-01-02/conn.2026-01-02-03-04-05.log.gz"), Some("conn"));
/// assert_eq!((path_of_name("open_dns.log"), path_of_name("notes.log")), (Some("dns"), None));
/// ```
#[must_use]
pub fn path_of_name(name: &str) -> Option<&'static str> {
    let file = name.rsplit(['/', '\\']).next()?;
    let is_end = |byte: Option<&u8>| byte.is_none_or(|byte| !byte.is_ascii_alphanumeric() && *byte != b'_');
    let stem = file.strip_prefix("open_").unwrap_or(file);
    let starts = |path: &&&str| {
        stem.strip_prefix(**path).is_some_and(|rest| is_end(rest.as_bytes().first()) || is_variant(rest))
    };
    STANDARD.keys().filter(|path| **path != "*").filter(starts).max_by_key(|path| path.len()).copied()
}

/// What may follow a path in a file's name: `_long` of the long-connections package, `__…` of zeek-archiver, `_red`
/// of reduced streams.
fn is_variant(rest: &str) -> bool {
    ["_long", "_red", "__"].iter().any(|variant| rest.starts_with(variant))
}
