use crate::session::SessionColumns;
use crate::{bytes_in_words, count_in_words, duration_in_words, share_in_words};
use bro_features::{LogHistogram, LogKind};
use bro_log::Column;
use std::collections::BTreeMap;

/// Most distinct values of a category that are counted for one cluster; rows with later ones count as many.
const MOST_VALUES: usize = 256;

/// What the sessions of one cluster have in common. Mergeable: every part is a count.
#[derive(Debug, Clone, Default)]
pub(super) struct Character {
    n_rows: u64,
    services: Counts<Vec<u8>>,
    protos: Counts<Vec<u8>>,
    states: Counts<Vec<u8>>,
    ports: Counts<u16>,
    statuses: Counts<u64>,
    duration: LogHistogram,
    orig_bytes: LogHistogram,
    resp_bytes: LogHistogram,
}

/// What the columns are called: of a conn.log service, protocol and state; of an http.log host, method and type.
fn names(kind: LogKind) -> ([&'static str; 3], [&'static str; 2]) {
    match kind {
        LogKind::Conn => (["service", "proto", "conn_state"], ["orig_bytes", "resp_bytes"]),
        LogKind::Http => (["host", "method", "resp_mime_types"], ["request_body_len", "response_body_len"]),
    }
}

/// How often each value occurs.
#[derive(Debug, Clone)]
struct Counts<T>(BTreeMap<T, u64>);

impl<T> Default for Counts<T> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<T: Ord> Counts<T> {
    fn add(&mut self, value: T, n_rows: u64) {
        if self.0.len() < MOST_VALUES || self.0.contains_key(&value) {
            *self.0.entry(value).or_default() += n_rows;
        }
    }

    fn merge(&mut self, other: Self) {
        other.0.into_iter().for_each(|(value, n_rows)| self.add(value, n_rows));
    }

    /// The commonest value and its count; the lowest of several.
    fn top(&self) -> Option<(&T, u64)> {
        self.0.iter().rev().max_by_key(|(_, n_rows)| **n_rows).map(|(value, n_rows)| (value, *n_rows))
    }
}

/// The columns a [`Character`] is made from.
pub(super) struct CharacterColumns<'a> {
    text: [Option<&'a Column>; 3],
    port: Option<&'a Column>,
    status: Option<&'a Column>,
    duration: Option<&'a Column>,
    bytes: [Option<&'a Column>; 2],
}

impl<'a> CharacterColumns<'a> {
    pub(super) fn of(columns: &SessionColumns<'a>) -> Self {
        let (text, bytes) = names(columns.kind());
        Self {
            text: text.map(|name| columns.column(name)),
            port: columns.column("id.resp_p"),
            status: columns.column("status_code"),
            duration: columns.column("duration"),
            bytes: bytes.map(|name| columns.column(name)),
        }
    }
}

impl Character {
    pub(super) fn insert(&mut self, columns: &CharacterColumns<'_>, row: usize) {
        self.n_rows += 1;
        let counts = [&mut self.services, &mut self.protos, &mut self.states];
        for (counts, column) in counts.into_iter().zip(columns.text) {
            if let Some(text) = column.and_then(|column| column.bytes(row)) {
                counts.add(text.to_vec(), 1);
            }
        }
        if let Some(port) = value(columns.port, row, Column::as_port) {
            self.ports.add(port, 1);
        }
        if let Some(status) = value(columns.status, row, Column::as_count) {
            self.statuses.add(status, 1);
        }
        if let Some(micros) = value(columns.duration, row, Column::as_micros) {
            self.duration.insert(micros.max(0) as u64);
        }
        for (sketch, column) in [&mut self.orig_bytes, &mut self.resp_bytes].into_iter().zip(columns.bytes) {
            if let Some(count) = value(column, row, Column::as_count) {
                sketch.insert(count);
            }
        }
    }

    pub(super) fn merge(&mut self, other: Self) {
        self.n_rows += other.n_rows;
        self.services.merge(other.services);
        self.protos.merge(other.protos);
        self.states.merge(other.states);
        self.ports.merge(other.ports);
        self.statuses.merge(other.statuses);
        self.duration.merge(&other.duration);
        self.orig_bytes.merge(&other.orig_bytes);
        self.resp_bytes.merge(&other.resp_bytes);
    }

    /// The cluster in one sentence: size, what its sessions are, and medians.
    pub(super) fn sentence(&self, kind: LogKind, n_records: u64) -> String {
        let facts = match kind {
            LogKind::Conn => self.of_connections(),
            LogKind::Http => self.of_requests(),
        };
        let duration = |us: f64| duration_in_words(us / 1e6);
        let medians = [
            median(&self.duration, "duration", duration),
            median(&self.orig_bytes, "sent", bytes_in_words),
            median(&self.resp_bytes, "received", bytes_in_words),
        ];
        let medians: Vec<_> = medians.into_iter().flatten().collect();
        let size = count_in_words(self.n_rows);
        let all = share_in_words(self.n_rows as f64 / n_records.max(1) as f64);
        let facts = facts.join(", ");
        if medians.is_empty() && kind == LogKind::Http {
            return format!("{size} sessions ({all}): {facts}.");
        }
        if medians.is_empty() {
            return format!("{size} sessions ({all}): {facts}; none has a length in time.");
        }
        format!("{size} sessions ({all}): {facts}; medians {}.", medians.join(", "))
    }

    fn share(&self, n_rows: u64) -> String {
        share_in_words(n_rows as f64 / self.n_rows.max(1) as f64)
    }

    /// Service, protocol, port and state.
    fn of_connections(&self) -> Vec<String> {
        let mut facts = Vec::new();
        match self.services.top() {
            Some((service, n_rows)) => facts.push(format!("{} {}", self.share(n_rows), text(service))),
            None => facts.push("no known service".to_owned()),
        }
        let (protos, states) = (self.protos.top(), self.states.top());
        facts.extend(protos.map(|(proto, n_rows)| format!("{} {}", self.share(n_rows), text(proto))));
        facts.extend(self.ports.top().map(|(port, n_rows)| format!("port {port} ({})", self.share(n_rows))));
        facts.extend(states.map(|(state, n_rows)| format!("{} {}", self.share(n_rows), text(state))));
        facts
    }

    /// Method, host, status, type and port.
    fn of_requests(&self) -> Vec<String> {
        let mut facts = Vec::new();
        match self.protos.top() {
            Some((method, n_rows)) => facts.push(format!("{} {}", self.share(n_rows), text(method))),
            None => facts.push("no request that was seen".to_owned()),
        }
        let (hosts, statuses, types) = (self.services.top(), self.statuses.top(), self.states.top());
        facts.extend(hosts.map(|(host, n_rows)| format!("host {} ({})", text(host), self.share(n_rows))));
        match statuses {
            Some((status, n_rows)) => facts.push(format!("{} status {status}", self.share(n_rows))),
            None => facts.push("no response".to_owned()),
        }
        facts.extend(types.map(|(kind, n_rows)| format!("{} {}", self.share(n_rows), text(kind))));
        facts.extend(self.ports.top().map(|(port, n_rows)| format!("port {port} ({})", self.share(n_rows))));
        facts
    }
}

fn text(bytes: &[u8]) -> String {
    bytes.escape_ascii().to_string()
}

fn value<T: Copy>(
    column: Option<&Column>,
    row: usize,
    values: impl Fn(&Column) -> Option<&[T]>,
) -> Option<T> {
    let column = column?;
    if column.present().get(row) { values(column).map(|values| values[row]) } else { None }
}

fn median(sketch: &LogHistogram, name: &str, words: impl Fn(f64) -> String) -> Option<String> {
    sketch.median().map(|median| format!("{name} {}", words(median)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_commonest_value_wins_and_of_several_the_lowest() {
        let mut ports = Counts::default();
        [443, 80, 443, 80, 22].into_iter().for_each(|port: u16| ports.add(port, 1));
        assert_eq!(ports.top(), Some((&80, 2)));
    }

    #[test]
    fn endless_values_do_not_grow_the_counts_without_bound() {
        let mut ports = Counts::default();
        (0..=u16::MAX).for_each(|port| ports.add(port, 1));
        assert_eq!(ports.0.len(), MOST_VALUES);
    }

    #[test]
    fn a_cluster_is_told_in_one_sentence() {
        let mut character = Character { n_rows: 40, ..Character::default() };
        character.services.add(b"dns".to_vec(), 40);
        character.protos.add(b"udp".to_vec(), 40);
        character.ports.add(53, 30);
        character.states.add(b"SF".to_vec(), 36);
        (0..40).for_each(|_| character.duration.insert(98_000));
        let sentence = character.sentence(LogKind::Conn, 100);
        assert!(
            sentence
                .starts_with("40 sessions (40 %): 100 % dns, 100 % udp, port 53 (75 %), 90 % SF; medians")
        );
    }
}
