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

fn endpoint(host: Option<&str>, port: Option<u16>) -> String {
    let host = match host {
        Some(host) if host.contains(':') => format!("[{host}]"),
        Some(host) => host.to_owned(),
        None => "?".to_owned(),
    };
    port.map_or_else(|| format!("{host}:?"), |port| format!("{host}:{port}"))
}

/// The columns shown that are not among those of the features; the last only for rows that are shown.
const SHOWN: [&str; 3] = ["ts", "id.orig_p", "id.resp_h"];

/// Adds to the features' columns those that every pass reads, so that all passes set the same rows aside.
pub(crate) fn projection(features: Projection) -> Projection {
    SHOWN.iter().fold(features, |projection, name| projection.field(name))
}

/// Adds to [`projection`] what only shown rows need: a text column, which rejects no row.
pub(crate) fn projection_with_uid(features: Projection) -> Projection {
    projection(features).field("uid")
}

/// The columns of a batch that a [`Session`] shows.
pub(crate) struct SessionColumns<'a> {
    batch: &'a Batch<'a>,
    projection: &'a Projection,
    log: &'a str,
}

impl<'a> SessionColumns<'a> {
    /// The columns of a batch that was read with `projection`.
    pub(crate) fn of(batch: &'a Batch<'a>, projection: &'a Projection, log: &'a str) -> Self {
        Self { batch, projection, log }
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
        }
    }

    pub(crate) fn column(&self, name: &str) -> Option<&'a Column> {
        let index = self.projection.names().position(|asked| asked == name)?;
        self.batch.column(index)
    }

    fn value<T: Copy>(&self, name: &str, row: usize, values: impl Fn(&Column) -> Option<&[T]>) -> Option<T> {
        let column = self.column(name)?;
        if column.present().get(row) { values(column).map(|values| values[row]) } else { None }
    }

    fn text(&self, name: &str, row: usize) -> Option<String> {
        let bytes = self.column(name)?.bytes(row)?;
        Some(match std::str::from_utf8(bytes) {
            Ok(text) => text.to_owned(),
            Err(_) => bytes.escape_ascii().to_string(),
        })
    }
}
