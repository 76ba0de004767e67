use bro_features::{PairLog, uid_hash};
use bro_log::{Batch, Column, Projection};
use std::net::IpAddr;

/// What RITA's formula needs of the rows of a batch.
#[derive(Debug, Default)]
pub(super) struct RitaRows {
    pub(super) log: Option<PairLog>,
    pub(super) n_rows: u64,
    pub(super) names: Vec<Fqdn>,
    pub(super) direct: Vec<Direct>,
}

/// A request or handshake that names a host.
#[derive(Debug, Clone)]
pub(super) struct Fqdn {
    pub(super) uid: u64,
    pub(super) second: i64,
    pub(super) orig_h: IpAddr,
    pub(super) host: String,
    /// Whether it is a request; a handshake tells nothing that the request through it has not told.
    pub(super) is_request: bool,
    /// Whether it is a CONNECT to a proxy.
    pub(super) is_proxied: bool,
}

/// A row of conn.log.
#[derive(Debug)]
pub(super) struct Direct {
    pub(super) uid_hash: u64,
    pub(super) uid: String,
    pub(super) second: i64,
    pub(super) orig_h: IpAddr,
    pub(super) resp_h: IpAddr,
    pub(super) resp_p: u16,
    pub(super) orig_ip_bytes: u64,
    pub(super) byte: u64,
}

const FIELDS: [&str; 11] = [
    "ts",
    "uid",
    "id.orig_h",
    "id.resp_h",
    "id.resp_p",
    "host",
    "method",
    "server_name",
    "query",
    "conn_state",
    "orig_ip_bytes",
];

struct Columns<'a>(&'a Batch<'a>);

impl<'a> Columns<'a> {
    fn get(&self, name: &str) -> Option<&'a Column> {
        let index = FIELDS.iter().position(|field| *field == name)?;
        self.0.column(index)
    }

    fn value<T: Copy>(&self, name: &str, row: usize, of: impl Fn(&Column) -> Option<&[T]>) -> Option<T> {
        let column = self.get(name).filter(|column| column.present().get(row))?;
        of(column).map(|values| values[row])
    }

    fn text(&self, name: &str, row: usize) -> &'a [u8] {
        self.get(name).and_then(|column| column.bytes(row)).unwrap_or_default()
    }

    fn orig(&self, row: usize) -> Option<(i64, IpAddr)> {
        let second = self.value("ts", row, Column::as_micros)?.div_euclid(1_000_000);
        Some((second, self.value("id.orig_h", row, Column::as_addr)?))
    }
}

impl RitaRows {
    pub(super) fn projection() -> Projection {
        FIELDS.iter().fold(Projection::new(), |projection, name| projection.field(name))
    }

    pub(super) fn of_batch(batch: &Batch<'_>) -> Self {
        let columns = Columns(batch);
        let log = PairLog::of_fields(|field| columns.get(field).is_some());
        let rows = 0..batch.n_rows();
        let mut found = Self { log, n_rows: batch.n_rows() as u64, ..Self::default() };
        match log {
            Some(PairLog::Http) => found.names = rows.filter_map(|row| columns.fqdn("host", row)).collect(),
            Some(PairLog::Ssl) => {
                found.names = rows.filter_map(|row| columns.fqdn("server_name", row)).collect()
            }
            Some(PairLog::Conn) => found.direct = rows.filter_map(|row| columns.direct(row)).collect(),
            Some(PairLog::Dns) | None => {}
        }
        found
    }
}

impl Columns<'_> {
    fn fqdn(&self, field: &str, row: usize) -> Option<Fqdn> {
        let host = self.text(field, row);
        let (second, orig_h) = self.orig(row)?;
        let is_proxied = self.text("method", row) == b"CONNECT";
        let is_request = field == "host";
        let uid = uid_hash(self.text("uid", row));
        (!host.is_empty()).then(|| Fqdn { uid, second, orig_h, host: shown(host), is_request, is_proxied })
    }

    fn direct(&self, row: usize) -> Option<Direct> {
        let (second, orig_h) = self.orig(row)?;
        let uid = self.text("uid", row);
        Some(Direct {
            uid_hash: uid_hash(uid),
            uid: shown(uid),
            second,
            orig_h,
            resp_h: self.value("id.resp_h", row, Column::as_addr)?,
            resp_p: self.value("id.resp_p", row, Column::as_port).unwrap_or(0),
            orig_ip_bytes: self.value("orig_ip_bytes", row, Column::as_count).unwrap_or(0),
            byte: self.0.byte_of_row(row),
        })
    }
}

fn shown(text: &[u8]) -> String {
    std::str::from_utf8(text).map_or_else(|_| text.escape_ascii().to_string(), str::to_owned)
}
