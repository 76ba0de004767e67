use bro_features::LogKind;
use bro_log::{Batch, Column, Projection};

/// One row of a log, as far as it is shown to people.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Session {
    /// Name of the log it stands in.
    pub log: String,
    /// Place of its first byte in the decompressed log, from 0.
    pub byte: u64,
    /// Microseconds since 1970.
    pub ts: Option<i64>,
    /// Zeek's name for the connection.
    pub uid: Option<String>,
    /// Originator's address.
    pub id_orig_h: Option<String>,
    /// Originator's port.
    pub id_orig_p: Option<u16>,
    /// Responder's address.
    pub id_resp_h: Option<String>,
    /// Responder's port.
    pub id_resp_p: Option<u16>,
    /// Transport protocol.
    pub proto: Option<String>,
    /// Application protocol, as Zeek names it.
    pub service: Option<String>,
    /// How the connection ended.
    pub conn_state: Option<String>,
    /// Duration in microseconds.
    pub duration: Option<i64>,
    /// Payload bytes of the originator.
    pub orig_bytes: Option<u64>,
    /// Payload bytes of the responder.
    pub resp_bytes: Option<u64>,
    /// What was asked and answered, in a row of an http.log.
    pub http: Option<HttpFacts>,
}

/// One row of an http.log, as far as it is shown to people.
///
/// ```
/// use bro_analysis::HttpFacts;
/// let facts = HttpFacts { method: Some("GET".into()), host: Some("h".into()), uri: Some("/a".into()), ..HttpFacts::default() };
/// assert_eq!(facts.request(), "GET h/a");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HttpFacts {
    /// The verb.
    pub method: Option<String>,
    /// The `Host` header.
    pub host: Option<String>,
    /// What was asked for.
    pub uri: Option<String>,
    /// The response's status.
    pub status_code: Option<u64>,
    /// The `User-Agent` header.
    pub user_agent: Option<String>,
    /// Which request of the connection, from 1.
    pub trans_depth: Option<u64>,
    /// Bytes of the request's body.
    pub request_body_len: Option<u64>,
    /// Bytes of the response's body.
    pub response_body_len: Option<u64>,
}

impl HttpFacts {
    /// `GET example.org/index.html`, with `-` for what is unset; `(no request seen)` if all is.
    #[must_use]
    pub fn request(&self) -> String {
        if self.method.is_none() && self.host.is_none() && self.uri.is_none() {
            return "(no request seen)".to_owned();
        }
        let text = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
        let uri = text(&self.uri);
        // A proxy is asked for whole addresses, which name the host already.
        let host = if uri.starts_with('/') || uri == "-" { text(&self.host) } else { String::new() };
        format!("{} {host}{uri}", text(&self.method))
    }
}

impl Session {
    /// `10.0.0.5:49152 → 192.0.2.7:443`, with `?` for what is unset.
    ///
    /// ```
    /// use bro_analysis::Session;
    /// let session = Session { id_orig_h: Some("fe80::1".into()), id_orig_p: Some(5353), ..Session::default() };
    /// assert_eq!(session.endpoints(), "[fe80::1]:5353 → ?:?");
    /// ```
    #[must_use]
    pub fn endpoints(&self) -> String {
        let orig = endpoint(self.id_orig_h.as_deref(), self.id_orig_p);
        let resp = endpoint(self.id_resp_h.as_deref(), self.id_resp_p);
        format!("{orig} → {resp}")
    }
}

impl Session {
    /// Its name and endpoints, and the start of a request: what stands beside its dot in a plot.
    pub(crate) fn label(&self) -> String {
        const MOST_CHARACTERS: usize = 80;
        let uid = self.uid.as_deref().unwrap_or("-");
        let Some(http) = &self.http else { return format!("{uid} {}", self.endpoints()) };
        let request: String = http.request().chars().take(MOST_CHARACTERS).collect();
        format!("{uid} {} {request}", self.endpoints())
    }
}

fn endpoint(host: Option<&str>, port: Option<u16>) -> String {
    let host = match host {
        Some(host) if host.contains(':') => format!("[{host}]"),
        Some(host) => host.to_owned(),
        None => "?".to_owned(),
    };
    port.map_or_else(|| format!("{host}:?"), |port| format!("{host}:{port}"))
}

/// The typed columns shown that are not among those of the features.
fn shown(kind: LogKind) -> &'static [&'static str] {
    match kind {
        LogKind::Conn => &[],
        LogKind::Http => &["ts", "id.orig_h", "id.orig_p", "id.resp_h"],
    }
}

/// The features' columns and those that every pass reads, so that all passes set the same rows aside.
pub(crate) fn projection(kind: LogKind) -> Projection {
    shown(kind).iter().fold(kind.full_projection(), |projection, name| projection.field(name))
}

/// Adds to [`projection`] what only shown rows need: a text column, which rejects no row.
pub(crate) fn projection_with_text(kind: LogKind) -> Projection {
    projection(kind).field("uid")
}

/// The columns of a batch that a [`Session`] shows.
pub(crate) struct SessionColumns<'a> {
    batch: &'a Batch<'a>,
    projection: &'a Projection,
    log: &'a str,
    kind: LogKind,
}

impl<'a> SessionColumns<'a> {
    /// The columns of a batch that was read with `projection`.
    pub(crate) fn of(batch: &'a Batch<'a>, projection: &'a Projection, kind: LogKind, log: &'a str) -> Self {
        Self { batch, projection, log, kind }
    }

    /// One row.
    pub(crate) fn session(&self, row: usize) -> Session {
        Session {
            log: self.log.to_owned(),
            byte: self.batch.byte_of_row(row),
            ts: self.value("ts", row, Column::as_micros),
            uid: self.text("uid", row),
            id_orig_h: self.value("id.orig_h", row, Column::as_addr).map(|addr| addr.to_string()),
            id_orig_p: self.value("id.orig_p", row, Column::as_port),
            id_resp_h: self.value("id.resp_h", row, Column::as_addr).map(|addr| addr.to_string()),
            id_resp_p: self.value("id.resp_p", row, Column::as_port),
            proto: self.text("proto", row),
            service: self.text("service", row),
            conn_state: self.text("conn_state", row),
            duration: self.value("duration", row, Column::as_micros),
            orig_bytes: self.value("orig_bytes", row, Column::as_count),
            resp_bytes: self.value("resp_bytes", row, Column::as_count),
            http: (self.kind == LogKind::Http).then(|| self.http(row)),
        }
    }

    fn http(&self, row: usize) -> HttpFacts {
        HttpFacts {
            method: self.text("method", row),
            host: self.text("host", row),
            uri: self.text("uri", row),
            status_code: self.value("status_code", row, Column::as_count),
            user_agent: self.text("user_agent", row),
            trans_depth: self.value("trans_depth", row, Column::as_count),
            request_body_len: self.value("request_body_len", row, Column::as_count),
            response_body_len: self.value("response_body_len", row, Column::as_count),
        }
    }

    /// Who spoke with whom, and in an http.log about what, for the pointer that rests on a dot.
    pub(crate) fn label(&self, row: usize) -> String {
        self.session(row).label()
    }

    /// The kind of the log.
    pub(crate) fn kind(&self) -> LogKind {
        self.kind
    }

    pub(crate) fn column(&self, name: &str) -> Option<&'a Column> {
        let index = self.projection.names().position(|asked| asked == name)?;
        self.batch.column(index)
    }

    fn value<T: Copy>(&self, name: &str, row: usize, values: impl Fn(&Column) -> Option<&[T]>) -> Option<T> {
        let column = self.column(name)?;
        if column.present().get(row) { values(column).map(|values| values[row]) } else { None }
    }

    pub(crate) fn text(&self, name: &str, row: usize) -> Option<String> {
        self.column(name)?.bytes(row).map(readable)
    }
}

/// Text of a log; bytes that are none are escaped.
pub(crate) fn readable(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.escape_ascii().to_string(),
    }
}
