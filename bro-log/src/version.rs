//! Which Zeek wrote a log, as far as its columns tell.

use std::fmt;

use crate::{header::Header, schema::Type};

/// The versions of Zeek (Bro before 3.0) that may have written a log, both ends included.
///
/// No line of a log tells the version; this is a guess from the columns and types of the header, which scripts can
/// change. The columns of `conn` and `http` tell most, the types of any log whether it is older than 2.3.
///
/// ```
/// use bro_log::{Header, Schema, Versions};
/// let schema: Schema = "ts:time uid:string conn_state:string local_orig:bool local_resp:bool".parse()?;
/// let versions = Versions::of(&Header::new(Some("conn"), schema)).expect("a conn.log");
/// assert_eq!(versions.to_string(), "2.4 to 7.0");
/// # Ok::<(), bro_log::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Versions {
    /// The oldest one, as major and minor number; `None` if any older one will do.
    pub first: Option<(u8, u8)>,
    /// The latest one; `None` if any later one will do.
    pub last: Option<(u8, u8)>,
}

impl Versions {
    /// The versions whose logs have such a header; `None` if it tells nothing. Time O(columns).
    #[must_use]
    pub fn of(header: &Header) -> Option<Self> {
        let has = |name: &str| header.schema().index_of(name).is_some();
        let by_columns = match header.path() {
            Some("conn") if has("conn_state") && has("local_orig") => Some(conn(&has)),
            Some("http") if has("trans_depth") && has("status_msg") => Some(http(&has)),
            _ => None,
        };
        by_columns.or_else(|| {
            let is_table = |ty| matches!(ty, Type::Table(_));
            let has_table = header.schema().fields().iter().any(|field| is_table(field.ty()));
            has_table.then_some(Self { first: None, last: Some((2, 2)) })
        })
    }
}

fn conn(has: &impl Fn(&str) -> bool) -> Versions {
    let (first, last) = match () {
        () if has("ip_proto") => (Some((7, 1)), None),
        () if has("local_resp") => (Some((2, 4)), Some((7, 0))),
        () if has("tunnel_parents") => (Some((2, 1)), Some((2, 3))),
        () => (None, Some((2, 0))),
    };
    Versions { first, last }
}

fn http(has: &impl Fn(&str) -> bool) -> Versions {
    let (first, last) = match () {
        () if has("origin") => (Some((3, 0)), None),
        () if has("version") => (Some((2, 5)), Some((2, 6))),
        () if has("orig_fuids") => (Some((2, 2)), Some((2, 4))),
        () => (None, Some((2, 1))),
    };
    Versions { first, last }
}

impl fmt::Display for Versions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.first, self.last) {
            (Some(first), Some(last)) if first == last => write!(f, "{}.{}", first.0, first.1),
            (Some(first), Some(last)) => write!(f, "{}.{} to {}.{}", first.0, first.1, last.0, last.1),
            (Some(first), None) => write!(f, "{}.{} or later", first.0, first.1),
            (None, Some(last)) => write!(f, "{}.{} or earlier", last.0, last.1),
            (None, None) => f.write_str("any"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(path: &str, schema: &str, expected: Option<&str>) {
        let header = Header::new(Some(path), schema.parse().unwrap());
        assert_eq!(
            Versions::of(&header).map(|versions| versions.to_string()).as_deref(),
            expected,
            "{schema}"
        );
    }

    #[test]
    fn columns_tell_the_versions() {
        check("conn", "conn_state local_orig:bool", Some("2.0 or earlier"));
        check("conn", "conn_state local_orig:bool tunnel_parents:table[string]", Some("2.1 to 2.3"));
        check(
            "conn",
            "conn_state local_orig:bool local_resp:bool tunnel_parents:set[string]",
            Some("2.4 to 7.0"),
        );
        check("conn", "conn_state local_orig:bool local_resp:bool ip_proto:count", Some("7.1 or later"));
        check("http", "trans_depth:count status_msg md5", Some("2.1 or earlier"));
        check("http", "trans_depth:count status_msg filename orig_fuids:vector[string]", Some("2.2 to 2.4"));
        check("http", "trans_depth:count status_msg version orig_fuids:vector[string]", Some("2.5 to 2.6"));
        check("http", "trans_depth:count status_msg version origin", Some("3.0 or later"));
        check("ssh", "uid tags:table[string]", Some("2.2 or earlier"));
        check("ssh", "uid tags:set[string]", None);
        check("conn", "uid", None);
    }
}
