use crate::{Clock, SavedFinding, printable};
use bro_analysis::{bytes_in_words, duration_in_words};
use serde_json::{Map, Value};

/// Saved findings as the cells of a table, every text [`printable`]; a column that none of them has is left out.
///
/// ```
/// use bro_report::{Clock, FindingTable, SavedFinding};
/// let evidence = r#"{"ts": 1.5, "uid": "C1", "id.orig_h": "10.0.0.1", "id.orig_p": 80, "orig_bytes": 2048, "reason": "odd"}"#;
/// let finding = SavedFinding { rank: 1, uid: Some("C1".into()), evidence: evidence.into(), ..SavedFinding::default() };
/// let table = FindingTable::of(&[finding], &Clock::default());
/// let names: Vec<_> = table.columns.iter().map(|column| column.name).collect();
/// assert_eq!(names, ["#", "ts", "uid", "id.orig_h : p → id.resp_h : p", "what sets it apart", "orig_bytes"]);
/// assert_eq!(table.rows[0][3], "10.0.0.1:80 → ?:?");
/// assert_eq!(table.rows[0][5], "2.0 KiB");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FindingTable {
    /// The columns.
    pub columns: Vec<FindingColumn>,
    /// A cell for each column, for each finding in the order given.
    pub rows: Vec<Vec<String>>,
}

/// The head of a column.
///
/// ```
/// use bro_report::{Clock, FindingTable};
/// assert!(FindingTable::of(&[], &Clock::default()).columns.is_empty());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FindingColumn {
    /// Zeek's name of the field, or ours.
    pub name: &'static str,
    /// `number`, `reason` for a sentence, `long` for long text, `uid`, or nothing: how it is to be set.
    pub class: &'static str,
}

/// How the value of a field is written.
#[derive(Clone, Copy)]
enum As {
    Text,
    Time,
    Seconds,
    Bytes,
    Endpoints,
    Rounded(usize),
}

const COLUMNS: [(&str, &str, &str, As); 20] = [
    ("ts", "ts", "", As::Time),
    ("uid", "uid", "uid", As::Text),
    ("id.orig_h", "id.orig_h : p → id.resp_h : p", "", As::Endpoints),
    ("reason", "what sets it apart", "reason", As::Text),
    ("proto", "proto", "", As::Text),
    ("service", "service", "", As::Text),
    ("conn_state", "conn_state", "", As::Text),
    ("method", "method", "", As::Text),
    ("host", "host", "long", As::Text),
    ("uri", "uri", "long", As::Text),
    ("user_agent", "user_agent", "long", As::Text),
    ("status_code", "status_code", "number", As::Text),
    ("duration", "duration", "number", As::Seconds),
    ("orig_bytes", "orig_bytes", "number", As::Bytes),
    ("resp_bytes", "resp_bytes", "number", As::Bytes),
    ("request_body_len", "request_body_len", "number", As::Bytes),
    ("response_body_len", "response_body_len", "number", As::Bytes),
    ("cluster", "cluster", "number", As::Text),
    ("distance", "distance", "number", As::Rounded(3)),
    ("percentile", "percentile", "number", As::Rounded(2)),
];

impl FindingTable {
    /// The cells of these findings; evidence that is no JSON object has none.
    #[must_use]
    pub fn of(findings: &[SavedFinding], clock: &Clock) -> Self {
        if findings.is_empty() {
            return Self::default();
        }
        let evidence: Vec<Map<_, _>> = findings
            .iter()
            .map(|finding| serde_json::from_str(&finding.evidence).unwrap_or_default())
            .collect();
        let is_there = |field: &str| evidence.iter().any(|object| object.contains_key(field));
        let wanted: Vec<_> = COLUMNS.iter().filter(|(field, ..)| is_there(field)).collect();
        let columns = wanted.iter().map(|(_, name, class, _)| FindingColumn { name, class });
        let rank = FindingColumn { name: "#", class: "number" };
        let row = |(finding, object): (&SavedFinding, &Map<_, _>)| {
            let cells = wanted.iter().map(|(field, _, _, how)| cell(object, field, *how, clock));
            std::iter::once(finding.rank.to_string()).chain(cells).collect()
        };
        Self {
            columns: std::iter::once(rank).chain(columns).collect(),
            rows: findings.iter().zip(&evidence).map(row).collect(),
        }
    }
}

fn cell(object: &Map<String, Value>, field: &str, how: As, clock: &Clock) -> String {
    if let As::Endpoints = how {
        return format!("{} → {}", endpoint(object, "orig"), endpoint(object, "resp"));
    }
    let value = object.get(field).unwrap_or(&Value::Null);
    match (how, value.as_f64()) {
        (_, None) => text(value),
        (As::Time, Some(seconds)) => clock.show((seconds * 1e6).round() as i64),
        (As::Seconds, Some(seconds)) => duration_in_words(seconds),
        (As::Bytes, Some(count)) => bytes_in_words(count),
        (As::Rounded(digits), Some(number)) => format!("{number:.digits$}"),
        (As::Text | As::Endpoints, Some(_)) => text(value),
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => "–".to_owned(),
        Value::String(text) => printable(text).into_owned(),
        value => printable(&value.to_string()).into_owned(),
    }
}

fn endpoint(object: &Map<String, Value>, side: &str) -> String {
    let part = |name: &str| match object.get(&format!("id.{side}_{name}")) {
        None | Some(Value::Null) => "?".to_owned(),
        Some(value) => text(value),
    };
    let host = part("h");
    let host = if host.contains(':') { format!("[{host}]") } else { host };
    format!("{host}:{}", part("p"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_values_lose_their_power_and_strange_evidence_its_place() {
        let finding =
            |evidence: &str| SavedFinding { evidence: evidence.to_owned(), ..SavedFinding::default() };
        let findings =
            [finding(r#"{"uid": "a\u001b[2J\u202e", "ts": 1e300, "service": null}"#), finding("[1]")];
        let table = FindingTable::of(&findings, &Clock::default());
        assert_eq!(table.rows[0][2], r"a\u{1b}[2J\u{202e}");
        assert_eq!(table.rows[0][3], "–");
        assert_eq!(table.rows[1][1..], ["–", "–", "–"]);
    }
}
