use super::names::PLACES;
use super::own::Request;
use crate::pair::hash;
use bro_log::{Batch, Column, Projection};
use std::net::IpAddr;

/// The fields of an http.log that session features are made of, in the order of the columns.
const FIELDS: [&str; 16] = [
    "ts",
    "uid",
    "id.orig_h",
    "id.resp_h",
    "id.resp_p",
    "trans_depth",
    "method",
    "host",
    "uri",
    "referrer",
    "user_agent",
    "request_body_len",
    "response_body_len",
    "status_code",
    "resp_mime_types",
    "id.orig_p",
];

/// A row of a batch, with what its own cells tell.
#[derive(Debug, Clone)]
pub(super) struct SessionRow {
    pub(super) ts: i64,
    pub(super) orig_h: IpAddr,
    pub(super) orig_p: u16,
    pub(super) resp_h: IpAddr,
    pub(super) resp_p: u16,
    pub(super) host: Box<[u8]>,
    pub(super) agent: u64,
    pub(super) uri: u64,
    pub(super) request: u64,
    pub(super) response: u64,
    pub(super) uid: Box<[u8]>,
    pub(super) label: Option<Box<[u8]>>,
    pub(super) byte: u64,
}

/// The rows of a batch of an http.log, made on any thread, for a [`SessionTable`](super::SessionTable).
///
/// ```
/// use bro_features::{SessionRows, SessionTable, session_features};
/// use bro_log::{ScanOptions, Source, scan};
/// use std::ops::ControlFlow;
///
/// let log = b"#separator \\x09\n#path\thttp\n#fields\tts\tuid\tid.orig_h\tid.resp_h\tid.resp_p\tmethod\thost\turi\n\
///     #types\ttime\tstring\taddr\taddr\tport\tstring\tstring\tstring\n\
///     2.5\tC2\t10.0.0.1\t192.0.2.1\t80\tGET\ta.example\t/\n1.5\tC1\t10.0.0.1\t192.0.2.1\t80\tGET\ta.example\t/\n";
/// let mut table = SessionTable::default();
/// scan(&[Source::from_bytes("http.log", log.to_vec())], &SessionRows::projection(None), &ScanOptions::default(),
///     SessionRows::of_batch, |rows, _| { table.push(rows); ControlFlow::Continue(()) })?;
/// let sessions = table.finish();
/// assert_eq!(sessions.x.dim(), (2, session_features().len()));
/// assert_eq!(sessions.keys[1].uid, "C1"); // in the order of the log
/// let is_first = session_features().iter().position(|name| name == "is_first").unwrap();
/// assert_eq!((sessions.x[[0, is_first]], sessions.x[[1, is_first]]), (0.0, 1.0)); // by time
/// # Ok::<(), bro_log::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct SessionRows {
    /// Index of the source the batch was read from, as the scan counts it.
    pub source_idx: usize,
    pub(super) n_rows: u64,
    pub(super) path: Option<String>,
    pub(super) is_http: bool,
    pub(super) rows: Vec<SessionRow>,
    pub(super) features: Vec<f64>,
}

impl SessionRows {
    /// The columns of a scan whose batches [`of_batch`](Self::of_batch) understands; `label_column` names the column
    /// that holds labels, if one does.
    #[must_use]
    pub fn projection(label_column: Option<&str>) -> Projection {
        let projection = FIELDS.iter().fold(Projection::new(), |projection, name| projection.field(name));
        label_column.into_iter().fold(projection, |projection, name| projection.field(name))
    }

    /// Takes what it needs from a batch; rows without a time or an address are counted and left out.
    #[must_use]
    pub fn of_batch(batch: &Batch<'_>) -> Self {
        let columns = Columns(batch);
        let is_http = columns.get("method").is_some() && columns.get("ts").is_some();
        let mut rows = Self {
            source_idx: batch.id().source_idx,
            n_rows: batch.n_rows() as u64,
            path: batch.path().map(str::to_owned),
            is_http,
            rows: Vec::new(),
            features: Vec::new(),
        };
        if is_http {
            (0..batch.n_rows()).for_each(|row| rows.take(&columns, row));
        }
        rows
    }

    fn take(&mut self, columns: &Columns<'_>, row: usize) {
        let Some(request) = columns.request(row) else { return };
        let Some((orig_h, resp_h)) = columns.ends(row) else { return };
        let start = self.features.len();
        self.features.resize(start + PLACES.n, 0.0);
        request.write(&mut self.features[start..]);
        self.rows.push(SessionRow {
            ts: request.ts,
            orig_h,
            orig_p: columns.value("id.orig_p", row, Column::as_port).unwrap_or(0),
            resp_h,
            resp_p: request.resp_p,
            host: request.host.to_ascii_lowercase().into(),
            agent: hash(request.user_agent),
            uri: hash(request.uri),
            request: request.request_body_len,
            response: request.response_body_len,
            uid: columns.text("uid", row).into(),
            label: columns.label(row),
            byte: columns.0.byte_of_row(row),
        });
    }
}

struct Columns<'a>(&'a Batch<'a>);

impl<'a> Columns<'a> {
    fn get(&self, name: &str) -> Option<&'a Column> {
        self.0.column(FIELDS.iter().position(|field| *field == name)?)
    }

    fn value<T: Copy>(&self, name: &str, row: usize, of: impl Fn(&Column) -> Option<&[T]>) -> Option<T> {
        let column = self.get(name).filter(|column| column.present().get(row))?;
        of(column).and_then(|values| values.get(row)).copied()
    }

    fn text(&self, name: &str, row: usize) -> &'a [u8] {
        self.get(name).and_then(|column| column.bytes(row)).unwrap_or_default()
    }

    fn ends(&self, row: usize) -> Option<(IpAddr, IpAddr)> {
        let addr = |name: &str| self.value(name, row, Column::as_addr);
        Some((addr("id.orig_h")?, addr("id.resp_h")?))
    }

    fn request(&self, row: usize) -> Option<Request<'a>> {
        let count = |name: &str| self.value(name, row, Column::as_count).unwrap_or(0);
        Some(Request {
            ts: self.value("ts", row, Column::as_micros)?,
            resp_p: self.value("id.resp_p", row, Column::as_port).unwrap_or(0),
            trans_depth: count("trans_depth"),
            method: self.text("method", row),
            host: self.text("host", row),
            uri: self.text("uri", row),
            user_agent: self.text("user_agent", row),
            has_referrer: !self.text("referrer", row).is_empty(),
            request_body_len: count("request_body_len"),
            response_body_len: count("response_body_len"),
            status_code: count("status_code"),
            resp_mime_type: self.text("resp_mime_types", row),
        })
    }

    /// The cell of the label column, which stands behind the fields if it was asked for.
    fn label(&self, row: usize) -> Option<Box<[u8]>> {
        let column = self.0.column_count().checked_sub(1).filter(|&last| last >= FIELDS.len())?;
        let column = self.0.column(column)?;
        if !column.present().get(row) {
            return None;
        }
        use bro_log::Values;
        match column.values() {
            Values::Count(values) => Some(values[row].to_string().into_bytes().into()),
            Values::Int(values) => Some(values[row].to_string().into_bytes().into()),
            Values::Bool(values) => Some(values[row].to_string().into_bytes().into()),
            _ => column.bytes(row).map(Box::from),
        }
    }
}
