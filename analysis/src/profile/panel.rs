//! The clusters panel: the crate's own questions, asked of a sample.

use super::found::ClustersPanel;
use super::merge::Merge;
use super::numbers::{ORIG_IP_BYTES, ORIG_PKTS, RESP_IP_BYTES, RESP_PKTS};
use super::params::ProfileParams;
use super::view::Row;
use crate::session::SessionColumns;
use crate::{ClustersParams, Error, Logs, OnProgress, OutliersParams, Sample, Session, clusters, outliers};
use bro_features::LogKind;
use bro_features::stats::HyperLogLog;
use bro_log::{Interval, Port, Schema, Source, Time, Value, Writer};
use std::borrow::Cow;

/// Most rows that are clustered.
const MOST_ROWS: usize = 10_000;

/// Rows drawn by a hash of what names them, so the same ones whatever the order: those with the smallest hashes.
#[derive(Debug, Clone, Default)]
pub(super) struct Drawn(Vec<(u64, Session, Extra)>);

/// What a [`Session`] does not hold of a drawn row.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Extra {
    /// Of a connection: packets and IP bytes of both sides.
    Counts([Option<u64>; 4]),
    /// Of a request: referrer, user name and types of the response.
    Texts([Option<String>; 3]),
}

impl Extra {
    pub(super) fn of(row: &Row, columns: &SessionColumns<'_>, row_idx: usize) -> Self {
        let count = |number: usize| row.numbers.get(number);
        match row.kind {
            LogKind::Conn => Self::Counts([ORIG_PKTS, ORIG_IP_BYTES, RESP_PKTS, RESP_IP_BYTES].map(count)),
            LogKind::Http => Self::Texts(TEXTS.map(|name| columns.text(name, row_idx))),
        }
    }
}

const TEXTS: [&str; 3] = ["referrer", "username", "resp_mime_types"];

/// Which rows may be drawn.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lottery {
    seed: u64,
    below: u64,
}

impl Lottery {
    /// Draws about a fifth more rows than are needed of `n_rows`.
    pub(super) fn new(n_rows: u64, seed: u64) -> Self {
        let share = 1.2 * MOST_ROWS as f64 / n_rows.max(1) as f64;
        let below = if share >= 1.0 { u64::MAX } else { (share * 2.0_f64.powi(64)) as u64 };
        Self { seed: HyperLogLog::mix(seed), below }
    }

    /// The ticket of a row, if it may win.
    pub(super) fn ticket(&self, name: u64) -> Option<u64> {
        let ticket = HyperLogLog::mix(name ^ self.seed);
        (ticket <= self.below).then_some(ticket)
    }
}

impl Drawn {
    pub(super) fn insert(&mut self, ticket: u64, session: Session, extra: Extra) {
        self.0.push((ticket, session, extra));
        if self.0.len() >= 4 * MOST_ROWS {
            self.trim();
        }
    }

    /// Equal tickets are equal rows, but for what orders them here.
    fn trim(&mut self) {
        self.0.sort_by(|a, b| {
            let key = |(ticket, session, extra): &(u64, Session, Extra)| {
                let uri = session.http.as_ref().and_then(|http| http.uri.clone());
                (*ticket, session.ts, session.uid.clone(), extra.clone(), session.duration, uri)
            };
            a.0.cmp(&b.0).then_with(|| key(a).cmp(&key(b)))
        });
        self.0.truncate(MOST_ROWS);
    }
}

impl Merge for Drawn {
    fn merge(&mut self, other: Self) {
        self.0.extend(other.0);
        self.trim();
    }
}

/// Asks for the outliers and clusters of the drawn rows. Too few rows make an empty panel.
pub(super) fn panel(
    mut drawn: Drawn,
    (kind, n_rows): (LogKind, u64),
    params: &ProfileParams,
    on_progress: OnProgress<'_>,
) -> Result<ClustersPanel, Error> {
    drawn.trim();
    let n = drawn.0.len() as u64;
    let sample = (n < n_rows).then_some(Sample { n, of: n_rows, seed: params.seed });
    drawn.0.sort_by_key(|(ticket, session, _)| (session.ts, *ticket));
    let Some(log) = log_of(kind, &drawn.0) else {
        return Ok(ClustersPanel { n, sample, outliers: None, clusters: None });
    };
    let sources = [Source::from_bytes("sample", log)];
    let logs = Logs { kind: Some(kind), ..Logs::of(&sources) };
    let outliers_params = OutliersParams { seed: params.seed, ..OutliersParams::default() };
    let found = answered(outliers(&logs, &outliers_params, on_progress))?;
    let clusters_params = ClustersParams { seed: params.seed, limit: 1_000, ..ClustersParams::default() };
    let clusters = answered(clusters(&logs, &clusters_params, on_progress))?;
    Ok(ClustersPanel { n, sample, outliers: found, clusters })
}

/// Rows that are too few or too equal are no error of the profile.
fn answered<T>(answer: Result<T, Error>) -> Result<Option<T>, Error> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(Error::TooFewRows { .. } | Error::TooManyComponents { .. } | Error::NoRows { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The drawn rows as a log.
fn log_of(kind: LogKind, rows: &[(u64, Session, Extra)]) -> Option<Vec<u8>> {
    let ends = "ts:time uid:string id.orig_h:addr id.orig_p:port id.resp_h:addr id.resp_p:port";
    let rest = match kind {
        LogKind::Conn => {
            "proto:enum service:string duration:interval orig_bytes:count resp_bytes:count conn_state:string \
             orig_pkts:count orig_ip_bytes:count resp_pkts:count resp_ip_bytes:count"
        }
        LogKind::Http => {
            "trans_depth:count method:string host:string uri:string user_agent:string request_body_len:count \
             response_body_len:count status_code:count referrer:string username:string resp_mime_types:string"
        }
    };
    let schema: Schema = format!("{ends} {rest}").parse().ok()?;
    let mut writer = Writer::new(Vec::new(), kind.name(), schema).ok()?;
    for (_, session, extra) in rows {
        writer.write(&values(session, extra)).ok()?;
    }
    writer.finish("").ok()
}

fn values<'a>(session: &'a Session, extra: &'a Extra) -> Vec<Value<'a>> {
    let string = |value: &'a Option<String>| text(value).map_or(Value::Unset, Value::String);
    let count = |value: Option<u64>| value.map_or(Value::Unset, Value::Count);
    let addr = |value: &Option<String>| {
        value.as_ref().and_then(|addr| addr.parse().ok()).map_or(Value::Unset, Value::Addr)
    };
    let port =
        |value: Option<u16>| value.map_or(Value::Unset, |number| Value::Port(Port { number, proto: None }));
    let mut values = vec![
        session.ts.map_or(Value::Unset, |ts| Value::Time(Time(ts))),
        string(&session.uid),
        addr(&session.id_orig_h),
        port(session.id_orig_p),
        addr(&session.id_resp_h),
        port(session.id_resp_p),
    ];
    match (&session.http, extra) {
        (Some(http), Extra::Texts(texts)) => {
            values.extend([
                count(http.trans_depth),
                string(&http.method),
                string(&http.host),
                string(&http.uri),
            ]);
            values.extend([
                string(&http.user_agent),
                count(http.request_body_len),
                count(http.response_body_len),
            ]);
            values.push(count(http.status_code));
            values.extend(texts.iter().map(string));
        }
        (_, Extra::Counts(counts)) => {
            values.extend([
                text(&session.proto).map_or(Value::Unset, Value::Enum),
                string(&session.service),
                session.duration.map_or(Value::Unset, |micros| Value::Interval(Interval(micros))),
                count(session.orig_bytes),
                count(session.resp_bytes),
                string(&session.conn_state),
            ]);
            values.extend(counts.map(count));
        }
        (None, Extra::Texts(_)) => {}
    }
    values
}

fn text(text: &Option<String>) -> Option<Cow<'_, [u8]>> {
    text.as_ref().map(|text| Cow::Borrowed(text.as_bytes()))
}
