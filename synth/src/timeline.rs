//! Lets all actors act in the order of time and writes each row when Zeek would.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use std::io::Write;
use std::rc::Rc;

use bro_log::Writer;

use crate::actor::Actor;
use crate::emit::{self, Log, stamp};
use crate::error::Error;
use crate::host::Network;
use crate::session::{App, Session};
use crate::stage::{NameCache, Stage};
use crate::truth::{Label, PlantedSession, Truth};

/// Where each log goes; a log that is `None` is not written.
///
/// ```
/// use bro_synth::{Outputs, Scenario};
///
/// let mut dns = Vec::new();
/// let scenario = Scenario { n_hosts: 3, ..Scenario::office_day(1) };
/// scenario.write(Outputs { dns: Some(&mut dns), ..Outputs::default() })?;
/// assert!(dns.starts_with(b"#separator \\x09\n"));
/// # Ok::<(), bro_synth::Error>(())
/// ```
#[derive(Default)]
pub struct Outputs<'a> {
    /// `conn.log`
    pub conn: Option<&'a mut dyn Write>,
    /// `http.log`
    pub http: Option<&'a mut dyn Write>,
    /// `ssl.log`
    pub ssl: Option<&'a mut dyn Write>,
    /// `dns.log`
    pub dns: Option<&'a mut dyn Write>,
    /// `truth.log`: the label, family and actor of every `uid`.
    pub truth: Option<&'a mut dyn Write>,
    /// `actors.log`: every actor with its parameters.
    pub actors: Option<&'a mut dyn Write>,
}

impl std::fmt::Debug for Outputs<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let outputs = [&self.conn, &self.http, &self.ssl, &self.dns, &self.truth, &self.actors];
        let logs = [Log::Conn, Log::Http, Log::Ssl, Log::Dns, Log::Truth, Log::Actors];
        let written = logs.into_iter().zip(outputs).filter(|(_, output)| output.is_some());
        f.debug_list().entries(written.map(|(log, _)| log.path())).finish()
    }
}

type Out<'a> = Option<Writer<&'a mut dyn Write>>;

/// The logs being written.
struct Logs<'a> {
    conn: Out<'a>,
    http: Out<'a>,
    ssl: Out<'a>,
    dns: Out<'a>,
    truth: Out<'a>,
    actors: Out<'a>,
}

impl<'a> Logs<'a> {
    fn open(outputs: Outputs<'a>, at: i64) -> Result<Self, Error> {
        let open = |log: Log, out: Option<&'a mut dyn Write>| out.map(|out| log.writer(out, at)).transpose();
        Ok(Self {
            conn: open(Log::Conn, outputs.conn)?,
            http: open(Log::Http, outputs.http)?,
            ssl: open(Log::Ssl, outputs.ssl)?,
            dns: open(Log::Dns, outputs.dns)?,
            truth: open(Log::Truth, outputs.truth)?,
            actors: open(Log::Actors, outputs.actors)?,
        })
    }

    /// Writes `actors.log`, now that the sessions are counted, and the end of all logs.
    fn close(mut self, at: i64, truth: &Truth) -> Result<(), Error> {
        if let Some(log) = &mut self.actors {
            truth.actors.iter().try_for_each(|actor| emit::actor(log, actor))?;
        }
        let at = stamp(at);
        for log in [self.conn, self.http, self.ssl, self.dns, self.truth, self.actors].into_iter().flatten() {
            log.finish(&at)?;
        }
        Ok(())
    }

    /// Writes the rows whose time has come by `now`.
    fn write_due(&mut self, now: i64, waiting: &mut Waiting, truth: &mut Truth) -> Result<(), Error> {
        while let Some(row) = waiting.due(now) {
            self.write(&row, truth)?;
        }
        Ok(())
    }

    fn write(&mut self, row: &Row, truth: &mut Truth) -> Result<(), Error> {
        let Acted { session, actor } = &*row.acted;
        match (&session.app, row.kind) {
            (_, RowKind::Conn) => self.conn(session, *actor, truth),
            (App::Http(exchanges), RowKind::App(idx)) => match &mut self.http {
                Some(http) => emit::http(http, session, &exchanges[idx], idx as u64 + 1),
                None => Ok(()),
            },
            (App::Ssl(handshake), RowKind::App(_)) => match &mut self.ssl {
                Some(ssl) => emit::ssl(ssl, session, handshake),
                None => Ok(()),
            },
            (App::Dns(lookup), RowKind::App(_)) => match &mut self.dns {
                Some(dns) => emit::dns(dns, session, lookup),
                None => Ok(()),
            },
            (App::None, RowKind::App(_)) => Ok(()),
        }
    }

    fn conn(&mut self, session: &Session, actor: u32, truth: &mut Truth) -> Result<(), Error> {
        let actor_truth = &mut truth.actors[actor as usize];
        actor_truth.n_sessions += 1;
        truth.n_sessions += 1;
        if actor_truth.label != Label::Benign {
            truth.planted.push(PlantedSession { uid: session.uid.clone(), actor });
        }
        if let Some(log) = &mut self.truth {
            emit::truth(log, session, actor_truth)?;
        }
        match &mut self.conn {
            Some(conn) => emit::conn(conn, session),
            None => Ok(()),
        }
    }
}

/// A session and the actor behind it.
struct Acted {
    session: Session,
    actor: u32,
}

#[derive(Clone, Copy)]
enum RowKind {
    Conn,
    /// The session's row in its protocol's log, counted from 0.
    App(usize),
}

/// A row that waits for its time.
struct Row {
    at: i64,
    /// Rows of equal time keep the order in which they came.
    number: u64,
    acted: Rc<Acted>,
    kind: RowKind,
}

impl Row {
    fn key(&self) -> (i64, u64) {
        (self.at, self.number)
    }
}

impl PartialEq for Row {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Row {}

impl PartialOrd for Row {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Row {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key())
    }
}

/// The rows that wait: those of sessions still going on.
#[derive(Default)]
struct Waiting {
    rows: BinaryHeap<Reverse<Row>>,
    n_added: u64,
}

impl Waiting {
    fn add(&mut self, session: Session, actor: u32) {
        let acted = Rc::new(Acted { session, actor });
        let Session { app, start, .. } = &acted.session;
        match app {
            App::None => {}
            App::Dns(lookup) => self.push(start + lookup.rtt, &acted, RowKind::App(0)),
            App::Ssl(handshake) => self.push(handshake.at, &acted, RowKind::App(0)),
            App::Http(exchanges) => {
                for (idx, exchange) in exchanges.iter().enumerate() {
                    self.push(exchange.at, &acted, RowKind::App(idx));
                }
            }
        }
        self.push(acted.session.end(), &acted, RowKind::Conn);
    }

    fn push(&mut self, at: i64, acted: &Rc<Acted>, kind: RowKind) {
        self.rows.push(Reverse(Row { at, number: self.n_added, acted: Rc::clone(acted), kind }));
        self.n_added += 1;
    }

    /// Takes the next row whose time has come by `now`.
    fn due(&mut self, now: i64) -> Option<Row> {
        let Reverse(first) = self.rows.peek()?;
        if first.at > now {
            return None;
        }
        self.rows.pop().map(|Reverse(row)| row)
    }
}

/// The span of time that is told, and how many sessions at most.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Span {
    pub(crate) start: i64,
    pub(crate) end: i64,
    pub(crate) max_sessions: u64,
}

/// Runs `actors` through `span` and writes what they do.
///
/// Rows stand where Zeek writes them: conn.log at a connection's end, the others when the exchange was seen.
pub(crate) fn run(
    network: &Network,
    mut actors: Vec<Actor>,
    span: Span,
    outputs: Outputs<'_>,
) -> Result<Truth, Error> {
    let mut logs = Logs::open(outputs, span.start)?;
    let actor_truths = actors.iter().map(|actor| actor.truth.clone()).collect();
    let mut truth = Truth { actors: actor_truths, ..Truth::default() };
    let mut waiting = Waiting::default();
    let mut names = NameCache::new();
    let (mut times, mut sessions, mut n_left) = (Vec::new(), Vec::new(), span.max_sessions);
    let mut due = first_acts(&mut actors, span);
    while let Some(Reverse((now, actor_idx))) = due.pop().filter(|_| n_left > 0) {
        logs.write_due(now, &mut waiting, &mut truth)?;
        let actor = &mut actors[actor_idx];
        let next = actor.times(now, span.end, &mut times);
        due.extend(next.map(|next| Reverse((next, actor_idx))));
        let mut stage = Stage { network, dice: &mut actor.dice, names: &mut names, sessions: &mut sessions };
        actor.activity.act(&times, &mut stage);
        let n_kept = n_left.min(sessions.len() as u64);
        n_left -= n_kept;
        for session in sessions.drain(..).take(n_kept as usize) {
            waiting.add(session, actor_idx as u32);
        }
    }
    logs.write_due(i64::MAX, &mut waiting, &mut truth)?;
    logs.close(span.end, &truth)?;
    Ok(truth)
}

type Due = BinaryHeap<Reverse<(i64, usize)>>;

/// When each actor acts first, for those that do.
fn first_acts(actors: &mut [Actor], span: Span) -> Due {
    let first = |(idx, actor): (usize, &mut Actor)| {
        let at = actor.schedule.first(span.start, &mut actor.dice)?;
        (at < span.end).then_some(Reverse((at, idx)))
    };
    actors.iter_mut().enumerate().filter_map(first).collect()
}
