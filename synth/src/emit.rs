//! Sessions and truths as rows of logs. The only place that knows how Zeek lays out its columns.

use std::io::Write;

use bro_log::{Elements, Interval, Port, Schema, Time, Value, Writer, WriterBuilder};

use crate::GENERATOR;
use crate::clock::{DAY, SECOND};
use crate::error::Error;
use crate::host::{Endpoint, is_local};
use crate::session::{Exchange, Handshake, Lookup, Session};
use crate::truth::ActorTruth;

const ID: &str = "ts:time uid:string id.orig_h:addr id.orig_p:port id.resp_h:addr id.resp_p:port";
const CONN: &str = "proto:enum service:string duration:interval orig_bytes:count resp_bytes:count \
    conn_state:string local_orig:bool local_resp:bool missed_bytes:count history:string orig_pkts:count \
    orig_ip_bytes:count resp_pkts:count resp_ip_bytes:count tunnel_parents:set[string]";
const HTTP: &str = "trans_depth:count method:string host:string uri:string referrer:string version:string \
    user_agent:string origin:string request_body_len:count response_body_len:count status_code:count \
    status_msg:string info_code:count info_msg:string tags:set[enum] username:string password:string \
    proxied:set[string] orig_fuids:vector[string] orig_filenames:vector[string] orig_mime_types:vector[string] \
    resp_fuids:vector[string] resp_filenames:vector[string] resp_mime_types:vector[string]";
const SSL: &str = "version:string cipher:string curve:string server_name:string resumed:bool last_alert:string \
    next_protocol:string established:bool ssl_history:string";
const DNS: &str = "proto:enum trans_id:count rtt:interval query:string qclass:count qclass_name:string qtype:count \
    qtype_name:string rcode:count rcode_name:string AA:bool TC:bool RD:bool RA:bool Z:count \
    answers:vector[string] TTLs:vector[interval] rejected:bool";
const TRUTH: &str = "ts:time uid:string label:string family:string actor:count";
const ACTORS: &str = "actor:count label:string family:string id.orig_h:addr peers:vector[string] id.resp_p:port \
    n_sessions:count n_clients:count blends_in:bool per_connection:count period:interval jitter_law:string \
    jitter:double loss_law:string loss:double pacing:string start_hour:double active_hours:double generator:string";

/// A log of Zeek's that synth writes, with rows that carry a `uid`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Log {
    Conn,
    Http,
    Ssl,
    Dns,
    Truth,
    Actors,
}

impl Log {
    pub(crate) const fn path(self) -> &'static str {
        match self {
            Self::Conn => "conn",
            Self::Http => "http",
            Self::Ssl => "ssl",
            Self::Dns => "dns",
            Self::Truth => "truth",
            Self::Actors => "actors",
        }
    }

    fn columns(self) -> String {
        match self {
            Self::Conn => format!("{ID} {CONN}"),
            Self::Http => format!("{ID} {HTTP}"),
            Self::Ssl => format!("{ID} {SSL}"),
            Self::Dns => format!("{ID} {DNS}"),
            Self::Truth => TRUTH.to_owned(),
            Self::Actors => ACTORS.to_owned(),
        }
    }

    /// Writes the header and makes the writer.
    pub(crate) fn writer<W: Write>(self, out: W, opened: i64) -> Result<Writer<W>, Error> {
        let schema: Schema = self.columns().parse()?;
        Ok(WriterBuilder::new(schema).path(self.path()).open(&stamp(opened)).from_writer(out)?)
    }
}

/// A time as `#open` and `#close` write it, in UTC.
pub(crate) fn stamp(at: i64) -> String {
    let (year, month, day) = civil(at.div_euclid(DAY));
    let second = at.rem_euclid(DAY) / SECOND;
    format!("{year:04}-{month:02}-{day:02}-{:02}-{:02}-{:02}", second / 3600, second / 60 % 60, second % 60)
}

/// The date `days` after 1970-01-01 (Hinnant, "chrono-compatible low-level date algorithms", 2013).
fn civil(days: i64) -> (i64, i64, i64) {
    let from_march = days + 719_468;
    let era = from_march.div_euclid(146_097);
    let day_of_era = from_march.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

fn id(ts: i64, session: &Session) -> [Value<'_>; 6] {
    let port = |(_, number): Endpoint| Value::Port(Port { number, proto: None });
    let addr = |(addr, _): Endpoint| Value::Addr(addr.into());
    let Session { uid, orig, resp, .. } = session;
    [Time(ts).into(), uid.as_str().into(), addr(*orig), port(*orig), addr(*resp), port(*resp)]
}

fn text(text: &str) -> Value<'_> {
    if text.is_empty() { Value::Unset } else { text.into() }
}

fn enumerated(name: &'static str) -> Value<'static> {
    Value::Enum(name.as_bytes().into())
}

fn write<W: Write>(
    writer: &mut Writer<W>,
    ts: i64,
    session: &Session,
    rest: &[Value<'_>],
) -> Result<(), Error> {
    let mut row = Vec::with_capacity(32);
    row.extend(id(ts, session));
    row.extend_from_slice(rest);
    Ok(writer.write(&row)?)
}

pub(crate) fn conn<W: Write>(writer: &mut Writer<W>, session: &Session) -> Result<(), Error> {
    let flow = &session.flow;
    let with_length = |bytes| flow.duration.map(|_| Value::Count(bytes)).into();
    let rest = [
        enumerated(flow.proto),
        text(session.service),
        flow.duration.map(Interval).into(),
        with_length(flow.orig_bytes),
        with_length(flow.resp_bytes),
        flow.conn_state.into(),
        is_local(session.orig.0).into(),
        is_local(session.resp.0).into(),
        Value::Count(0),
        text(&flow.history),
        Value::Count(flow.orig_pkts),
        Value::Count(flow.orig_ip_bytes),
        Value::Count(flow.resp_pkts),
        Value::Count(flow.resp_ip_bytes),
        Value::Unset,
    ];
    write(writer, session.start, session, &rest)
}

/// `depth` counts the exchanges of the connection from 1.
pub(crate) fn http<W: Write>(
    writer: &mut Writer<W>,
    session: &Session,
    exchange: &Exchange,
    depth: u64,
) -> Result<(), Error> {
    let some = |text: &'static str| [Value::from(text)];
    let (orig_fuid, resp_fuid) = ([exchange.orig_fuid.as_str().into()], [exchange.resp_fuid.as_str().into()]);
    let (orig_mime, resp_mime) = (some(exchange.orig_mime_type), some(exchange.resp_mime_type));
    let list = |has_body: bool, values| if has_body { vector(values) } else { Value::Unset };
    let (has_request, has_response) = (exchange.request_body_len > 0, exchange.response_body_len > 0);
    let rest = [
        Value::Count(depth),
        exchange.method.into(),
        exchange.host.as_str().into(),
        exchange.uri.as_str().into(),
        exchange.referrer.as_deref().into(),
        "1.1".into(),
        exchange.user_agent.as_deref().into(),
        Value::Unset,
        Value::Count(exchange.request_body_len),
        Value::Count(exchange.response_body_len),
        Value::Count(exchange.status_code.into()),
        status_msg(exchange.status_code).into(),
        Value::Unset,
        Value::Unset,
        Value::Set(Elements::from(&[][..])),
        Value::Unset,
        Value::Unset,
        Value::Unset,
        list(has_request, &orig_fuid),
        Value::Unset,
        list(has_request, &orig_mime),
        list(has_response, &resp_fuid),
        Value::Unset,
        list(has_response, &resp_mime),
    ];
    write(writer, exchange.at, session, &rest)
}

fn vector<'a>(values: &'a [Value<'a>]) -> Value<'a> {
    Value::Vector(Elements::from(values))
}

const fn status_msg(status_code: u16) -> &'static str {
    match status_code {
        204 => "No Content",
        302 => "Found",
        304 => "Not Modified",
        404 => "Not Found",
        _ => "OK",
    }
}

pub(crate) fn ssl<W: Write>(
    writer: &mut Writer<W>,
    session: &Session,
    handshake: &Handshake,
) -> Result<(), Error> {
    let rest = [
        handshake.version.into(),
        handshake.cipher.into(),
        handshake.curve.into(),
        handshake.server_name.as_deref().into(),
        handshake.is_resumed.into(),
        Value::Unset,
        handshake.next_protocol.into(),
        true.into(),
        if handshake.is_resumed { "Csi" } else { "Csxi" }.into(),
    ];
    write(writer, handshake.at, session, &rest)
}

pub(crate) fn dns<W: Write>(writer: &mut Writer<W>, session: &Session, lookup: &Lookup) -> Result<(), Error> {
    let (qtype, qtype_name) = lookup.qtype.code();
    let (rcode, rcode_name) = lookup.rcode.code();
    let answers: Vec<Value<'_>> = lookup.answers.iter().map(|answer| answer.as_str().into()).collect();
    let ttl = Value::Interval(Interval(i64::from(lookup.ttl) * SECOND));
    let ttls = vec![ttl; answers.len()];
    let list = |values| if answers.is_empty() { Value::Unset } else { vector(values) };
    let rest = [
        enumerated("udp"),
        Value::Count(lookup.trans_id.into()),
        Interval(lookup.rtt).into(),
        lookup.query.as_str().into(),
        Value::Count(1),
        "C_INTERNET".into(),
        Value::Count(qtype),
        qtype_name.into(),
        Value::Count(rcode),
        rcode_name.into(),
        false.into(),
        false.into(),
        true.into(),
        true.into(),
        Value::Count(0),
        list(&answers),
        list(&ttls),
        false.into(),
    ];
    write(writer, session.start, session, &rest)
}

/// One line for each session: its `uid`, what it is, and who was behind it.
pub(crate) fn truth<W: Write>(
    writer: &mut Writer<W>,
    session: &Session,
    actor: &ActorTruth,
) -> Result<(), Error> {
    let row = [
        Time(session.start).into(),
        session.uid.as_str().into(),
        actor.label.name().into(),
        actor.family.into(),
        Value::Count(actor.actor.into()),
    ];
    Ok(writer.write(&row)?)
}

/// One line for each actor, with the parameters it was made with.
pub(crate) fn actor<W: Write>(writer: &mut Writer<W>, actor: &ActorTruth) -> Result<(), Error> {
    let peers: Vec<Value<'_>> = actor.peers.iter().map(|peer| peer.as_str().into()).collect();
    let beat = actor.beat;
    let row = [
        Value::Count(actor.actor.into()),
        actor.label.name().into(),
        actor.family.into(),
        actor.id_orig_h.map(|addr| Value::Addr(addr.into())).into(),
        if peers.is_empty() { Value::Unset } else { vector(&peers) },
        actor.id_resp_p.map(|number| Value::Port(Port { number, proto: None })).into(),
        Value::Count(actor.n_sessions),
        Value::Count(actor.n_clients as u64),
        actor.blends_in.into(),
        Value::Count(actor.per_connection as u64),
        beat.map(|beat| Interval((beat.period * SECOND as f64) as i64)).into(),
        beat.map(|beat| beat.jitter_law.name()).into(),
        beat.map(|beat| beat.jitter).into(),
        beat.map(|beat| beat.loss_law.name()).into(),
        beat.map(|beat| beat.loss).into(),
        beat.map(|beat| beat.pacing.name()).into(),
        beat.map(|beat| beat.start_hour).into(),
        beat.map(|beat| beat.active_hours).into(),
        GENERATOR.into(),
    ];
    Ok(writer.write(&row)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamps_are_utc_dates() {
        let check = |seconds: i64, expected| assert_eq!(stamp(seconds * SECOND), expected);
        check(0, "1970-01-01-00-00-00");
        check(951_782_400, "2000-02-29-00-00-00");
        check(1_772_409_599, "2026-03-01-23-59-59");
        check(-1, "1969-12-31-23-59-59");
    }
}
