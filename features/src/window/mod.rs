//! What a connection looks like beside those before it.
//!
//! # What "before" means
//! Rows are taken in the order of the log. Zeek writes a connection when it ends, so `ts`, its start, goes backwards in
//! most logs. A row's time here is therefore the latest `ts` of all rows up to and including it: a row that comes late
//! counts as happening when it was written. Each feature uses the row itself and rows before it in the log, never a
//! later one, so all are causal, and a window of two seconds holds the rows whose time is less than two seconds before.
//! A row without `ts` takes the time of the row before it.

mod day;
mod recent;
mod time;

use crate::{ConnState, Proto, Unit};
use day::Day;
use recent::Recent;
use std::net::IpAddr;
use time::TimeWindow;

/// What the window features need of one row of a conn.log.
///
/// ```
/// use bro_features::Connection;
/// assert_eq!(Connection::default().resp_p, 0);
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Connection {
    /// Microseconds since 1970.
    pub ts: Option<i64>,
    /// The originator; `0.0.0.0` if unset.
    pub orig_h: IpAddr,
    /// The originator's port; 0 if unset.
    pub orig_p: u16,
    /// The responder; `0.0.0.0` if unset.
    pub resp_h: IpAddr,
    /// The responder's port; 0 if unset.
    pub resp_p: u16,
    /// The transport protocol.
    pub proto: Proto,
    /// How the connection ended.
    pub conn_state: ConnState,
    /// Payload bytes of the originator, gaps filled.
    pub orig_bytes: f64,
    /// Payload bytes of the responder, gaps filled.
    pub resp_bytes: f64,
}

impl Default for Connection {
    fn default() -> Self {
        let unset = IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED);
        Self {
            ts: None,
            orig_h: unset,
            orig_p: 0,
            resp_h: unset,
            resp_p: 0,
            proto: Proto::Other,
            conn_state: ConnState::parse(b""),
            orig_bytes: 0.0,
            resp_bytes: 0.0,
        }
    }
}

/// What stands for KDD 99's service: protocol and port of the responder, which every row has; Zeek's `service` is unset
/// in many.
type Service = (Proto, u16);

impl Connection {
    fn service(&self) -> Service {
        (self.proto, self.resp_p)
    }

    /// KDD 99's SYN error: S0, S1, S2 or S3.
    fn is_syn_error(&self) -> bool {
        matches!(self.conn_state.name(), "S0" | "S1" | "S2" | "S3")
    }

    /// KDD 99's REJ error.
    fn is_rejected(&self) -> bool {
        self.conn_state.name() == "REJ"
    }

    /// The responder never took part: no answer, or refused.
    fn is_failed(&self) -> bool {
        matches!(self.conn_state.name(), "S0" | "REJ" | "RSTOS0" | "SH")
    }
}

/// One window feature: its stable name and what stands in it.
///
/// ```
/// use bro_features::WindowFeature;
/// let feature = WindowFeature::all().into_iter().find(|f| f.name == "serror_rate_2s").unwrap();
/// assert_eq!(feature.family, "window");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WindowFeature {
    /// Its name, such as `count_2s`.
    pub name: String,
    /// What stands in the column, in one sentence.
    pub definition: String,
    /// What the values are measured in.
    pub unit: Unit,
    /// `window` (by time), `recent` (by the last 100 connections) or `host` (by the day).
    pub family: &'static str,
}

impl WindowFeature {
    fn new(name: impl Into<String>, definition: impl Into<String>, unit: Unit, family: &'static str) -> Self {
        Self { name: name.into(), definition: definition.into(), unit, family }
    }

    /// All of them, in the order in which [`Windows::push`] gives their values.
    #[must_use]
    pub fn all() -> Vec<Self> {
        let mut all: Vec<Self> =
            SPANS.iter().flat_map(|(name, span)| TimeWindow::features(name, *span)).collect();
        all.extend(Recent::features());
        all.extend(Day::features());
        all
    }
}

/// The time windows: the end of the feature's name, and microseconds.
const SPANS: [(&str, i64); 4] =
    [("2s", 2_000_000), ("60s", 60_000_000), ("5min", 300_000_000), ("1h", 3_600_000_000)];

/// Most rows a time window holds; the oldest leave early beyond that, and are counted.
const MOST_ROWS: usize = 1 << 20;

/// The state of all windows, fed with the rows of a conn.log in their order.
///
/// Time O(1) a row for the time windows, O(100) for those of the last 100 connections. Memory: at most 1,048,576 rows in
/// each time window (about 100 bytes each with their keys, [`n_cut`](Self::n_cut) tells how many left early), 100
/// connections for each of at most 32,768 destinations, and for each of at most 32,768 hosts and pairs of the day its
/// counts with up to 1,024 peers and ports; those seen least recently go first.
///
/// ```
/// use bro_features::{Connection, WindowFeature, Windows};
/// let mut windows = Windows::default();
/// let knock = Connection { ts: Some(0), resp_p: 22, ..Connection::default() };
/// windows.push(&knock);
/// let values = windows.push(&Connection { ts: Some(1_000_000), ..knock }).to_vec();
/// let place = WindowFeature::all().iter().position(|f| f.name == "count_2s").unwrap();
/// assert_eq!(values[place], 2.0);
/// ```
#[derive(Debug, Clone)]
pub struct Windows {
    now: i64,
    times: Vec<TimeWindow>,
    recent: Recent,
    day: Day,
    values: Vec<f64>,
}

impl Default for Windows {
    fn default() -> Self {
        Self {
            now: i64::MIN,
            times: SPANS.iter().map(|(_, span)| TimeWindow::new(*span, MOST_ROWS)).collect(),
            recent: Recent::default(),
            day: Day::default(),
            values: Vec::new(),
        }
    }
}

impl Windows {
    /// Takes in the next row of the log and gives its features, in the order of [`WindowFeature::all`]; all finite.
    pub fn push(&mut self, row: &Connection) -> &[f64] {
        self.now = row.ts.map_or(self.now, |ts| self.now.max(ts));
        self.values.clear();
        for window in &mut self.times {
            window.push(self.now, row, &mut self.values);
        }
        self.recent.push(row, &mut self.values);
        self.day.push(self.now, row, &mut self.values);
        &self.values
    }

    /// Rows that left a time window before their time, as it was full.
    #[must_use]
    pub fn n_cut(&self) -> u64 {
        self.times.iter().map(TimeWindow::n_cut).sum()
    }
}

/// `part / whole`, 0 of nothing.
fn share(part: u32, whole: u32) -> f64 {
    if whole == 0 { 0.0 } else { f64::from(part) / f64::from(whole) }
}

/// Values by key, of which the least recently used are forgotten: two generations of `limit` keys each.
#[derive(Debug, Clone)]
struct Kept<K, V> {
    young: std::collections::HashMap<K, V>,
    old: std::collections::HashMap<K, V>,
    limit: usize,
}

impl<K: std::hash::Hash + Eq, V: Default> Kept<K, V> {
    fn new(limit: usize) -> Self {
        Self { young: Default::default(), old: Default::default(), limit }
    }

    fn get(&mut self, key: K) -> &mut V {
        if !self.young.contains_key(&key) && self.young.len() >= self.limit {
            self.old = std::mem::take(&mut self.young);
        }
        let old = &mut self.old;
        self.young.entry(key).or_insert_with_key(|key| old.remove(key).unwrap_or_default())
    }

    fn clear(&mut self) {
        self.young.clear();
        self.old.clear();
    }
}

/// Features of the usual flow data sets that a conn.log cannot give, each with the reason.
#[must_use]
pub fn unavailable() -> &'static [(&'static str, &'static str)] {
    &[
        (
            "land",
            "KDD 99: same host and port on both sides; Zeek reports such packets as weird, not as connections",
        ),
        ("urgent", "KDD 99: urgent packets are not counted in a conn.log"),
        ("wrong_fragment", "KDD 99: fragments are reassembled before the connection is logged"),
        (
            "hot, num_failed_logins, logged_in, num_compromised, root_shell, su_attempted, num_root, num_file_creations, \
          num_shells, num_access_files, num_outbound_cmds, is_host_login, is_guest_login",
            "KDD 99: content of the session, which a conn.log does not have",
        ),
        ("sttl, dttl, ct_state_ttl", "UNSW-NB15: time to live of packets is not logged"),
        ("swin, dwin, stcpb, dtcpb", "UNSW-NB15: TCP windows and sequence numbers are not logged"),
        ("tcprtt, synack, ackdat", "UNSW-NB15: times between the packets of the handshake are not logged"),
        ("sjit, djit, sintpkt, dintpkt", "UNSW-NB15: times between packets need the packets"),
        (
            "ct_flw_http_mthd, ct_ftp_cmd, is_ftp_login, trans_depth, res_bdy_len",
            "UNSW-NB15: of http.log and ftp.log, not of conn.log",
        ),
        (
            "Flow IAT, Fwd IAT, Bwd IAT",
            "CIC: times between packets need the packets; those between the pair's connections are iat_*",
        ),
        ("Packet Length Min/Max/Std", "CIC: sizes of single packets are not logged; means are"),
        (
            "FIN/SYN/RST/PSH/ACK/URG/CWE/ECE Flag Count",
            "CIC: flags are counted in history only, at 1, 10, 100 and so on",
        ),
        ("Active, Idle", "CIC: pauses within a connection need the packets"),
        ("Subflow, Bulk", "CIC: bursts within a connection need the packets"),
        ("Init_Win_bytes", "CIC: TCP windows are not logged"),
    ]
}
