use super::content::Said;
use super::hash::hash;
use bro_log::{Batch, Column, Projection};
use std::net::IpAddr;

/// The log a row stands in, as far as pairs are concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PairLog {
    /// `http.log`: an event is a request.
    Http,
    /// `ssl.log`: an event is a handshake.
    Ssl,
    /// `dns.log`: an event is a lookup.
    Dns,
    /// `conn.log`: an event is a connection.
    Conn,
}

impl PairLog {
    /// All four, in the order in which they have to be read.
    pub const ALL: [Self; 4] = [Self::Http, Self::Ssl, Self::Dns, Self::Conn];

    /// Zeek's name of the log.
    #[must_use]
    pub const fn path(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Ssl => "ssl",
            Self::Dns => "dns",
            Self::Conn => "conn",
        }
    }

    /// The log that has these fields, whatever its path says.
    ///
    /// ```
    /// use bro_features::PairLog;
    /// let fields = ["ts", "uid", "id.orig_h", "id.resp_h", "method", "host"];
    /// assert_eq!(PairLog::of_fields(|field| fields.contains(&field)), Some(PairLog::Http));
    /// assert_eq!(PairLog::of_fields(|_| false), None);
    /// ```
    #[must_use]
    pub fn of_fields(has: impl Fn(&str) -> bool) -> Option<Self> {
        if !(has("ts") && has("id.orig_h") && has("id.resp_h")) {
            return None;
        }
        let logs = [("method", Self::Http), ("query", Self::Dns), ("server_name", Self::Ssl)];
        let known = logs.into_iter().find(|(field, _)| has(field)).map(|(_, log)| log);
        known.or_else(|| has("conn_state").then_some(Self::Conn))
    }
}

/// The fields of all four logs that pairs are made of.
const FIELDS: [(&str, bool); 22] = [
    ("ts", false),
    ("uid", false),
    ("id.orig_h", false),
    ("id.resp_h", false),
    ("id.resp_p", false),
    ("host", true),
    ("method", true),
    ("uri", false),
    ("referrer", true),
    ("user_agent", true),
    ("request_body_len", false),
    ("response_body_len", false),
    ("status_code", false),
    ("server_name", true),
    ("query", true),
    ("rcode_name", true),
    ("conn_state", true),
    ("service", true),
    ("proto", true),
    ("orig_bytes", false),
    ("resp_bytes", false),
    ("answers", false),
];

/// One row, as the table of pairs needs it. Names are numbers into [`PairRows::names`], and 0 is none.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row {
    pub(crate) ts: i64,
    pub(crate) orig_h: IpAddr,
    pub(crate) resp_h: IpAddr,
    pub(crate) resp_p: u16,
    pub(crate) name: u32,
    pub(crate) agent: u32,
    pub(crate) service: u32,
    pub(crate) uid: (u32, u32),
    pub(crate) orig_bytes: u64,
    pub(crate) resp_bytes: u64,
    pub(crate) said: Option<Said>,
    pub(crate) is_tcp: bool,
    pub(crate) byte: u64,
}

/// The rows of a batch that a [`PairTable`](super::PairTable) takes, made on any thread.
///
/// ```
/// use bro_features::{PairRows, PairTable};
/// use bro_log::{ScanOptions, Source, scan};
/// use std::ops::ControlFlow;
///
/// let log = b"#separator \\x09\n#path\tssl\n#fields\tts\tuid\tid.orig_h\tid.resp_h\tid.resp_p\tserver_name\n\
///             #types\ttime\tstring\taddr\taddr\tport\tstring\n1.5\tC1\t10.0.0.1\t192.0.2.1\t443\ta.example\n";
/// let mut table = PairTable::new(false);
/// scan(&[Source::from_bytes("ssl.log", log.to_vec())], &PairRows::projection(), &ScanOptions::default(),
///     PairRows::of_batch, |rows, _| { table.push(&rows); ControlFlow::Continue(()) })?;
/// assert_eq!(table.finish().pairs[0].peer, "a.example");
/// # Ok::<(), bro_log::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct PairRows {
    pub(crate) log: Option<PairLog>,
    pub(crate) path: Option<String>,
    /// Index of the source the batch was read from, as the scan counts it.
    pub source_idx: usize,
    pub(crate) n_rows: u64,
    pub(crate) rows: Vec<Row>,
    /// Distinct texts of the batch, one after another, from 1; their ends in `bytes`.
    pub(crate) names: Vec<Box<[u8]>>,
    pub(crate) uids: Vec<u8>,
}

impl PairRows {
    /// The columns of a scan whose batches [`of_batch`](Self::of_batch) understands.
    #[must_use]
    pub fn projection() -> Projection {
        FIELDS.iter().fold(Projection::new(), |projection, (name, is_dictionary)| {
            if *is_dictionary { projection.dictionary(name) } else { projection.field(name) }
        })
    }

    /// Takes what it needs from a batch; rows without a time or an address are counted and left out.
    #[must_use]
    pub fn of_batch(batch: &Batch<'_>) -> Self {
        let columns = Columns::of(batch);
        let log = PairLog::of_fields(|field| columns.get(field).is_some());
        let mut rows = Self {
            log,
            path: batch.path().map(str::to_owned),
            source_idx: batch.id().source_idx,
            n_rows: batch.n_rows() as u64,
            rows: Vec::new(),
            names: Vec::new(),
            uids: Vec::new(),
        };
        if let Some(log) = log {
            rows.fill(log, &columns);
        }
        rows
    }

    fn fill(&mut self, log: PairLog, columns: &Columns<'_>) {
        let name = match log {
            PairLog::Http => "host",
            PairLog::Ssl => "server_name",
            PairLog::Dns => "query",
            PairLog::Conn => "",
        };
        let name = self.codes(columns.get(name));
        let agent = self.codes(columns.get("user_agent"));
        let service = self.codes(columns.get(if log == PairLog::Conn { "service" } else { "" }));
        let saying = Saying::of(log, columns);
        let needed = Needed::of(columns);
        self.rows.reserve(columns.batch.n_rows());
        for row in 0..columns.batch.n_rows() {
            let Some((ts, orig_h, resp_h)) = needed.at(row) else { continue };
            let (said, uid) = (saying.at(row), self.take_uid(columns, row));
            self.rows.push(Row {
                ts,
                orig_h,
                resp_h,
                resp_p: columns.port(row),
                name: name.at(row),
                agent: agent.at(row),
                service: service.at(row),
                uid,
                orig_bytes: saying.orig_bytes.map_or(0, |bytes| bytes[row]),
                resp_bytes: saying.resp_bytes.map_or(0, |bytes| bytes[row]),
                said,
                is_tcp: saying.is_tcp(row),
                byte: columns.batch.byte_of_row(row),
            });
        }
    }

    fn take_uid(&mut self, columns: &Columns<'_>, row: usize) -> (u32, u32) {
        let start = self.uids.len() as u32;
        self.uids.extend_from_slice(columns.uid.and_then(|uid| uid.bytes(row)).unwrap_or_default());
        (start, self.uids.len() as u32)
    }

    /// The distinct texts of a column, put behind those of the columns before.
    fn codes<'a>(&mut self, column: Option<&'a Column>) -> Codes<'a> {
        let Some((column, dictionary)) = column.and_then(|column| Some((column, column.as_dictionary()?)))
        else {
            return Codes(None);
        };
        let offset = self.names.len() as u32 + 1;
        self.names.extend(dictionary.values().map(Box::from));
        Codes(Some((column, dictionary.codes(), offset)))
    }

    pub(crate) fn uid(&self, row: &Row) -> &[u8] {
        &self.uids[row.uid.0 as usize..row.uid.1 as usize]
    }
}

/// A text column as numbers; 0 is unset or empty.
struct Codes<'a>(Option<(&'a Column, &'a [u32], u32)>);

impl Codes<'_> {
    fn at(&self, row: usize) -> u32 {
        let Some((column, codes, offset)) = self.0 else { return 0 };
        if column.present().get(row) && column.bytes(row).is_some_and(|text| !text.is_empty()) {
            offset + codes[row]
        } else {
            0
        }
    }
}

/// The columns of a batch by their names.
struct Columns<'a> {
    batch: &'a Batch<'a>,
    uid: Option<&'a Column>,
    port: Option<&'a [u16]>,
}

impl<'a> Columns<'a> {
    fn of(batch: &'a Batch<'a>) -> Self {
        let mut columns = Self { batch, uid: None, port: None };
        columns.uid = columns.get("uid");
        columns.port = columns.get("id.resp_p").and_then(Column::as_port);
        columns
    }

    fn get(&self, name: &str) -> Option<&'a Column> {
        let index = FIELDS.iter().position(|(field, _)| *field == name)?;
        self.batch.column(index)
    }

    fn port(&self, row: usize) -> u16 {
        self.port.map_or(0, |port| port[row])
    }
}

/// What a row cannot do without.
struct Needed<'a> {
    ts: (Option<&'a Column>, &'a [i64]),
    orig_h: (Option<&'a Column>, &'a [IpAddr]),
    resp_h: (Option<&'a Column>, &'a [IpAddr]),
}

impl<'a> Needed<'a> {
    fn of(columns: &Columns<'a>) -> Self {
        let [ts, orig_h, resp_h] = ["ts", "id.orig_h", "id.resp_h"].map(|field| columns.get(field));
        Self {
            ts: (ts, ts.and_then(Column::as_micros).unwrap_or_default()),
            orig_h: (orig_h, orig_h.and_then(Column::as_addr).unwrap_or_default()),
            resp_h: (resp_h, resp_h.and_then(Column::as_addr).unwrap_or_default()),
        }
    }

    fn at(&self, row: usize) -> Option<(i64, IpAddr, IpAddr)> {
        Some((present(self.ts, row)?, present(self.orig_h, row)?, present(self.resp_h, row)?))
    }
}

fn present<T: Copy>((column, values): (Option<&Column>, &[T]), row: usize) -> Option<T> {
    if column?.present().get(row) { values.get(row).copied() } else { None }
}

/// What a row's exchange says, by the log it stands in.
struct Saying<'a> {
    log: PairLog,
    text: Option<&'a Column>,
    method: Option<&'a Column>,
    referrer: Option<&'a Column>,
    rcode: Option<&'a Column>,
    proto: Option<&'a Column>,
    status: Option<&'a [u64]>,
    orig_bytes: Option<&'a [u64]>,
    resp_bytes: Option<&'a [u64]>,
}

impl<'a> Saying<'a> {
    fn of(log: PairLog, columns: &Columns<'a>) -> Self {
        let count = |field: &str| columns.get(field).and_then(Column::as_count);
        let is_http = log == PairLog::Http;
        Self {
            log,
            text: columns.get(if is_http { "uri" } else { "query" }),
            method: columns.get("method"),
            referrer: columns.get("referrer"),
            rcode: columns.get("rcode_name"),
            proto: columns.get("proto"),
            status: count("status_code"),
            orig_bytes: count(if is_http { "request_body_len" } else { "orig_bytes" }),
            resp_bytes: count(if is_http { "response_body_len" } else { "resp_bytes" }),
        }
    }

    fn at(&self, row: usize) -> Option<Said> {
        let text = || self.text.and_then(|text| text.bytes(row)).unwrap_or_default();
        let is =
            |column: Option<&Column>, text: &[u8]| column.and_then(|column| column.bytes(row)) == Some(text);
        match self.log {
            PairLog::Http => Some(Said {
                is_post: is(self.method, b"POST") || is(self.method, b"PUT"),
                has_referrer: self.referrer.is_some_and(|column| column.present().get(row)),
                is_success: self.status.is_some_and(|status| (200..300).contains(&status[row])),
                ..Said::of_text(text())
            }),
            PairLog::Dns => {
                Some(Said { is_success: is(self.rcode, b"NOERROR"), ..Said::of_text(first_label(text())) })
            }
            PairLog::Ssl | PairLog::Conn => None,
        }
    }
}

impl Saying<'_> {
    /// Whether the row is about TCP: its protocol says so, or its log is about nothing else.
    fn is_tcp(&self, row: usize) -> bool {
        let proto = self.proto.and_then(|proto| proto.bytes(row));
        proto.map_or(matches!(self.log, PairLog::Http | PairLog::Ssl), |proto| proto == b"tcp")
    }
}

/// The part of a name before its first dot.
fn first_label(name: &[u8]) -> &[u8] {
    name.split(|&byte| byte == b'.').next().unwrap_or_default()
}

/// The number by which a table of pairs knows a session.
///
/// ```
/// assert_ne!(bro_features::uid_hash(b"CHhAvVGS1DHFjwGM9"), bro_features::uid_hash(b"C4J4Th3PJpwUYZZ6gc"));
/// ```
#[must_use]
pub fn uid_hash(uid: &[u8]) -> u64 {
    hash(uid)
}
