//! One conversation: its flow, and what the protocol analysers say of it.

use crate::flow::Flow;
use crate::host::Endpoint;

/// One row of conn.log, with the rows of other logs that carry its `uid`.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    pub(crate) uid: String,
    /// Microseconds since 1970, as all times here.
    pub(crate) start: i64,
    pub(crate) orig: Endpoint,
    pub(crate) resp: Endpoint,
    /// Zeek's `service`, empty for none.
    pub(crate) service: &'static str,
    pub(crate) flow: Flow,
    pub(crate) app: App,
}

impl Session {
    /// When its last packet passed.
    pub(crate) fn end(&self) -> i64 {
        self.start + self.flow.duration.unwrap_or(0)
    }
}

/// What was said, in the protocols that have a log of their own.
#[derive(Debug, Clone)]
pub(crate) enum App {
    None,
    Dns(Lookup),
    Http(Vec<Exchange>),
    Ssl(Handshake),
}

/// A row of dns.log.
#[derive(Debug, Clone)]
pub(crate) struct Lookup {
    pub(crate) trans_id: u16,
    pub(crate) rtt: i64,
    pub(crate) query: String,
    pub(crate) qtype: Qtype,
    pub(crate) rcode: Rcode,
    pub(crate) answers: Vec<String>,
    pub(crate) ttl: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Qtype {
    A,
    Aaaa,
    Ptr,
    Txt,
}

impl Qtype {
    /// `qtype` and `qtype_name`.
    pub(crate) const fn code(self) -> (u64, &'static str) {
        match self {
            Self::A => (1, "A"),
            Self::Aaaa => (28, "AAAA"),
            Self::Ptr => (12, "PTR"),
            Self::Txt => (16, "TXT"),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rcode {
    NoError,
    NxDomain,
}

impl Rcode {
    /// `rcode` and `rcode_name`.
    pub(crate) const fn code(self) -> (u64, &'static str) {
        match self {
            Self::NoError => (0, "NOERROR"),
            Self::NxDomain => (3, "NXDOMAIN"),
        }
    }
}

/// A row of http.log: a request and its answer.
#[derive(Debug, Clone)]
pub(crate) struct Exchange {
    pub(crate) at: i64,
    pub(crate) method: &'static str,
    pub(crate) host: String,
    pub(crate) uri: String,
    pub(crate) referrer: Option<String>,
    pub(crate) user_agent: Option<String>,
    pub(crate) request_body_len: u64,
    pub(crate) response_body_len: u64,
    pub(crate) status_code: u16,
    /// What the bodies hold, where there are any.
    pub(crate) orig_mime_type: &'static str,
    pub(crate) resp_mime_type: &'static str,
    pub(crate) orig_fuid: String,
    pub(crate) resp_fuid: String,
}

/// A row of ssl.log.
#[derive(Debug, Clone)]
pub(crate) struct Handshake {
    pub(crate) at: i64,
    pub(crate) version: &'static str,
    pub(crate) cipher: &'static str,
    pub(crate) curve: &'static str,
    pub(crate) server_name: Option<String>,
    pub(crate) is_resumed: bool,
    pub(crate) next_protocol: Option<&'static str>,
}
