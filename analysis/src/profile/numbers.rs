use bro_features::{ConnState, HttpMethod, LogKind, Proto, StatusClass, Unit};

/// Numbers of a row, of whatever kind of log.
pub(super) const N_NUMBERS: usize = 8;

/// Bytes of payload stand at the same places in both kinds.
pub(super) const ORIG_BYTES: usize = 1;
pub(super) const RESP_BYTES: usize = 2;

/// The numbers of a conn.log.
pub(super) const DURATION: usize = 0;
pub(super) const MISSED_BYTES: usize = 3;
pub(super) const ORIG_PKTS: usize = 4;
pub(super) const ORIG_IP_BYTES: usize = 5;
pub(super) const RESP_PKTS: usize = 6;
pub(super) const RESP_IP_BYTES: usize = 7;

/// The numbers of an http.log that have no place in a conn.log.
pub(super) const TRANS_DEPTH: usize = 0;
pub(super) const URI_LEN: usize = 3;
pub(super) const URI_DEPTH: usize = 4;
pub(super) const N_PARAMS: usize = 5;
pub(super) const HOST_LEN: usize = 6;
pub(super) const USER_AGENT_LEN: usize = 7;

/// What the numbers of a kind of log are called, in the order in which the profile keeps them.
pub(super) fn names(kind: LogKind) -> [&'static str; N_NUMBERS] {
    match kind {
        LogKind::Conn => [
            "duration",
            "orig_bytes",
            "resp_bytes",
            "missed_bytes",
            "orig_pkts",
            "orig_ip_bytes",
            "resp_pkts",
            "resp_ip_bytes",
        ],
        LogKind::Http => [
            "trans_depth",
            "request_body_len",
            "response_body_len",
            "uri_len",
            "uri_depth",
            "n_params",
            "host_len",
            "user_agent_len",
        ],
    }
}

/// What a number is measured in.
pub(super) fn unit(kind: LogKind, number: usize) -> Unit {
    match (kind, number) {
        (LogKind::Conn, DURATION) => Unit::Seconds,
        (LogKind::Conn, ORIG_PKTS | RESP_PKTS) => Unit::Packets,
        (LogKind::Http, TRANS_DEPTH | URI_DEPTH | N_PARAMS) => Unit::Count,
        _ => Unit::Bytes,
    }
}

/// A number as it is kept (durations in microseconds) in its unit.
pub(super) fn in_unit(kind: LogKind, number: usize, kept: f64) -> f64 {
    if (kind, number) == (LogKind::Conn, DURATION) { kept / 1e6 } else { kept }
}

/// Zeek's type of a number.
pub(super) fn type_of(kind: LogKind, number: usize) -> &'static str {
    match (kind, number) {
        (LogKind::Conn, DURATION) => "interval",
        (LogKind::Http, URI_LEN..) => "count (of text)",
        _ => "count",
    }
}

/// The three categories by which a kind of log is counted in the first pass: one of few values, one of any, one of few.
pub(super) fn categories(kind: LogKind) -> [&'static str; 3] {
    match kind {
        LogKind::Conn => ["proto", "service", "conn_state"],
        LogKind::Http => ["method", "resp_mime_types", "status_class"],
    }
}

/// Most values of the first category.
pub(super) const N_FAMILIES: usize = 8;
const _: () = assert!(Proto::ALL.len() <= N_FAMILIES && HttpMethod::NAMES.len() <= N_FAMILIES);

/// Most values of the third.
pub(super) const N_STATES: usize = ConnState::COUNT;
const _: () = assert!(StatusClass::NAMES.len() <= N_STATES);

/// A value of the first category.
pub(super) fn family_name(kind: LogKind, family: usize) -> &'static str {
    match kind {
        LogKind::Conn => Proto::ALL[family].name(),
        LogKind::Http => HttpMethod::NAMES[family],
    }
}

/// How many values the first category has.
pub(super) fn n_families(kind: LogKind) -> usize {
    match kind {
        LogKind::Conn => Proto::ALL.len(),
        LogKind::Http => HttpMethod::NAMES.len(),
    }
}

/// A value of the third category.
pub(super) fn state_name(kind: LogKind, state: usize) -> &'static str {
    match kind {
        LogKind::Conn => ConnState::NAMES[state],
        LogKind::Http => StatusClass::NAMES[state],
    }
}

/// The numbers of one row: those that are set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Numbers {
    values: [u64; N_NUMBERS],
    present: u8,
}

impl Numbers {
    pub(super) fn set(&mut self, number: usize, value: u64) {
        self.values[number] = value;
        self.present |= 1 << number;
    }

    pub(super) fn get(&self, number: usize) -> Option<u64> {
        (self.present >> number & 1 == 1).then(|| self.values[number])
    }

    /// The number, 0 where it is unset.
    pub(super) fn or_zero(&self, number: usize) -> u64 {
        self.values[number]
    }

    /// A bit for each number that is set.
    pub(super) fn present(&self) -> u8 {
        self.present
    }

    /// All of them, 0 where unset.
    pub(super) fn values(&self) -> &[u64; N_NUMBERS] {
        &self.values
    }

    /// Bytes of payload both ways.
    pub(super) fn bytes(&self) -> u64 {
        self.or_zero(ORIG_BYTES).saturating_add(self.or_zero(RESP_BYTES))
    }
}
