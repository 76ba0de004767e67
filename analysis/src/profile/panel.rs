//! The clusters panel: the crate's own questions, asked of a sample.

use super::found::ClustersPanel;
use super::merge::Merge;
use super::params::ProfileParams;
use crate::{ClustersParams, Error, Logs, OnProgress, OutliersParams, Sample, Session, clusters, outliers};
use bro_features::stats::HyperLogLog;
use bro_log::{Interval, Port, Schema, Source, Time, Value, Writer};
use std::borrow::Cow;

/// Most rows that are clustered.
const MOST_ROWS: usize = 10_000;

/// Rows drawn by a hash of what names them, so the same ones whatever the order: those with the smallest hashes.
#[derive(Debug, Clone, Default)]
pub(super) struct Drawn(Vec<(u64, Session, Counts)>);

/// The counts of a drawn row that a [`Session`] does not hold: packets and IP bytes of both sides.
pub(super) type Counts = [Option<u64>; 4];

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
    pub(super) fn insert(&mut self, ticket: u64, session: Session, counts: Counts) {
        self.0.push((ticket, session, counts));
        if self.0.len() >= 4 * MOST_ROWS {
            self.trim();
        }
    }

    /// Equal tickets are equal rows, but for what orders them here.
    fn trim(&mut self) {
        self.0.sort_by(|a, b| {
            let key =
                |one: &(u64, Session, Counts)| (one.0, one.1.ts, one.1.uid.clone(), one.2, one.1.duration);
            key(a).cmp(&key(b))
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
    n_rows: u64,
    params: &ProfileParams,
    on_progress: OnProgress<'_>,
) -> Result<ClustersPanel, Error> {
    drawn.trim();
    let n = drawn.0.len() as u64;
    let sample = (n < n_rows).then_some(Sample { n, of: n_rows, seed: params.seed });
    drawn.0.sort_by_key(|(ticket, session, _)| (session.ts, *ticket));
    let Some(log) = log_of(&drawn.0) else {
        return Ok(ClustersPanel { n, sample, outliers: None, clusters: None });
    };
    let sources = [Source::from_bytes("sample", log)];
    let logs = Logs::of(&sources);
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
fn log_of(rows: &[(u64, Session, Counts)]) -> Option<Vec<u8>> {
    let schema: Schema = "ts:time uid:string id.orig_h:addr id.orig_p:port id.resp_h:addr id.resp_p:port proto:enum \
                          service:string duration:interval orig_bytes:count resp_bytes:count conn_state:string \
                          orig_pkts:count orig_ip_bytes:count resp_pkts:count resp_ip_bytes:count"
        .parse()
        .ok()?;
    let mut writer = Writer::new(Vec::new(), "conn", schema).ok()?;
    for (_, session, counts) in rows {
        writer.write(&values(session, counts)).ok()?;
    }
    writer.finish("").ok()
}

fn values<'a>(session: &'a Session, counts: &Counts) -> Vec<Value<'a>> {
    let text = |text: &'a Option<String>| text.as_ref().map(|text| Cow::Borrowed(text.as_bytes()));
    let string = |value: &'a Option<String>| text(value).map_or(Value::Unset, Value::String);
    let count = |value: Option<u64>| value.map_or(Value::Unset, Value::Count);
    let addr = |value: &Option<String>| {
        value.as_ref().and_then(|addr| addr.parse().ok()).map_or(Value::Unset, Value::Addr)
    };
    let port =
        |value: Option<u16>| value.map_or(Value::Unset, |number| Value::Port(Port { number, proto: None }));
    vec![
        session.ts.map_or(Value::Unset, |ts| Value::Time(Time(ts))),
        string(&session.uid),
        addr(&session.id_orig_h),
        port(session.id_orig_p),
        addr(&session.id_resp_h),
        port(session.id_resp_p),
        text(&session.proto).map_or(Value::Unset, Value::Enum),
        string(&session.service),
        session.duration.map_or(Value::Unset, |micros| Value::Interval(Interval(micros))),
        count(session.orig_bytes),
        count(session.resp_bytes),
        string(&session.conn_state),
        count(counts[0]),
        count(counts[1]),
        count(counts[2]),
        count(counts[3]),
    ]
}
