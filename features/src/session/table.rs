use super::context::{Met, Past};
use super::names::PLACES;
use super::rows::{SessionRow, SessionRows};
use ndarray::Array2;
use std::collections::HashMap;
use std::net::IpAddr;

/// Sessions of http logs on their way to a matrix.
///
/// Memory is the matrix, 8 bytes a feature, and about 200 bytes a session; and of each pair the last 32 gaps and sizes
/// and up to 256 URIs.
///
/// ```
/// assert_eq!(bro_features::SessionTable::default().finish().x.nrows(), 0);
/// ```
#[derive(Debug, Default)]
pub struct SessionTable {
    rows: Vec<(usize, SessionRow)>,
    features: Vec<f64>,
    n_rows: u64,
    others: Vec<(String, u64)>,
}

/// Which session a row of the matrix is. It identifies, so it is no feature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionKey {
    /// Index of its source.
    pub source_idx: usize,
    /// Place of its first byte in the decompressed log.
    pub byte: u64,
    /// Microseconds since 1970.
    pub ts: i64,
    /// Zeek's name for the connection.
    pub uid: String,
    /// The originator.
    pub id_orig_h: IpAddr,
    /// The originator's port.
    pub id_orig_p: u16,
    /// The responder.
    pub id_resp_h: IpAddr,
    /// The responder's port.
    pub id_resp_p: u16,
    /// The host asked for, in lower case.
    pub host: String,
    /// Sessions of one pair have one number.
    pub pair: u32,
    /// What the label column says.
    pub label: Option<String>,
}

/// Sessions as a matrix.
#[derive(Debug, Clone, Default)]
pub struct Sessions {
    /// The sessions, in the order of the logs.
    pub keys: Vec<SessionKey>,
    /// Their features, shape `(n_sessions, n_features)`; see [`session_features`](super::session_features).
    pub x: Array2<f64>,
    /// Rows of http logs.
    pub n_rows: u64,
    /// Rows of other logs, by path.
    pub others: Vec<(String, u64)>,
}

impl SessionTable {
    /// Takes the rows of a batch.
    pub fn push(&mut self, batch: SessionRows) {
        if !batch.is_http {
            let path = batch.path.as_deref().unwrap_or("unknown");
            match self.others.iter_mut().find(|(known, _)| known == path) {
                Some((_, n_rows)) => *n_rows += batch.n_rows,
                None => self.others.push((path.to_owned(), batch.n_rows)),
            }
            return;
        }
        self.n_rows += batch.n_rows;
        self.features.extend(batch.features);
        self.rows.extend(batch.rows.into_iter().map(|row| (batch.source_idx, row)));
    }

    /// Meets all sessions in the order of time, so that what a row says about the past is what was known then.
    #[must_use]
    pub fn finish(mut self) -> Sessions {
        let mut order: Vec<usize> = (0..self.rows.len()).collect();
        order.sort_by_key(|&idx| self.rows[idx].1.ts);
        let mut past = Past::default();
        let mut names = Numbers::default();
        let mut pairs = HashMap::new();
        let mut pair_of_row = vec![0; self.rows.len()];
        for idx in order {
            let row = &self.rows[idx].1;
            let met = names.met(row);
            let context = past.meet(&met);
            self.features[idx * PLACES.n + PLACES.context..][..context.len()].copy_from_slice(&context);
            let next = pairs.len() as u32;
            pair_of_row[idx] = *pairs.entry((row.orig_h, met.host, row.resp_p)).or_insert(next);
        }
        let keys = self.rows.into_iter().zip(pair_of_row);
        let keys: Vec<SessionKey> = keys.map(|((source_idx, row), pair)| row.key(source_idx, pair)).collect();
        let x = Array2::from_shape_vec((keys.len(), PLACES.n), self.features)
            .expect("every row has all features");
        Sessions { keys, x, n_rows: self.n_rows, others: self.others }
    }
}

/// Numbers for names.
#[derive(Default)]
struct Numbers {
    hosts: HashMap<Vec<u8>, u32>,
    agents: HashMap<u64, u32>,
}

impl Numbers {
    fn met(&mut self, row: &SessionRow) -> Met {
        let host: &[u8] = &row.host;
        let next = self.hosts.len() as u32;
        let host = match self.hosts.get(host) {
            Some(&host) => host,
            None if host.is_empty() => *self.hosts.entry(row.resp_h.to_string().into_bytes()).or_insert(next),
            None => *self.hosts.entry(host.to_vec()).or_insert(next),
        };
        let next = self.agents.len() as u32;
        let agent = *self.agents.entry(row.agent).or_insert(next);
        Met {
            ts: row.ts,
            orig_h: row.orig_h,
            host,
            resp_p: row.resp_p,
            agent,
            uri: row.uri,
            request: row.request,
            response: row.response,
        }
    }
}

impl SessionRow {
    fn key(self, source_idx: usize, pair: u32) -> SessionKey {
        SessionKey {
            source_idx,
            byte: self.byte,
            ts: self.ts,
            uid: shown(&self.uid),
            id_orig_h: self.orig_h,
            id_orig_p: self.orig_p,
            id_resp_h: self.resp_h,
            id_resp_p: self.resp_p,
            host: shown(&self.host),
            pair,
            label: self.label.as_deref().map(shown),
        }
    }
}

fn shown(text: &[u8]) -> String {
    std::str::from_utf8(text).map_or_else(|_| text.escape_ascii().to_string(), str::to_owned)
}
