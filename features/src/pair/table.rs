use super::content::Content;
use super::rows::{PairLog, PairRows, Row, uid_hash};
use super::{FinishedEvents, PairEvent, PairEvents};
use std::collections::{HashMap, HashSet};
use std::net::IpAddr;

/// Rows of a pair that are remembered as evidence: its first ones.
const N_EVIDENCE: usize = 5;

/// All pairs of some logs: who called whom, when, and with how much.
///
/// A pair is an originator, a peer and a port; the peer is the host name of the request, the server name of the
/// handshake, the domain looked up, or else the responder's address. Logs are pushed in the order of [`PairLog::ALL`]:
/// a connection that is told of in another log as well counts there, by its `uid`.
///
/// Time O(1) for a row. Memory: 24 bytes for an event up to [`EXACT_EVENTS`](super::EXACT_EVENTS) for a pair, at most
/// 300 kB for one above that; about 300 bytes for a pair of few events, 2 kB more where it has requests; and 24 bytes
/// for each `uid` of the http, ssl and dns logs.
///
/// ```
/// assert!(bro_features::PairTable::new(true).finish().pairs.is_empty());
/// ```
#[derive(Debug, Default)]
pub struct PairTable {
    has_conn: bool,
    names: HashMap<Box<[u8]>, u32>,
    texts: Vec<Box<[u8]>>,
    /// Names that somebody asked for by http or ssl.
    contacted: HashSet<u32>,
    index: HashMap<Key, u32>,
    pairs: Vec<Building>,
    /// What became of a `uid` outside conn.log.
    uids: HashMap<u64, Told>,
    marks: HashMap<u64, u32>,
    agents: HashSet<(u32, IpAddr)>,
    counts: PairCounts,
}

/// What was read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PairCounts {
    /// Rows of each of the four logs, in the order of [`PairLog::ALL`].
    pub n_rows: [u64; 4],
    /// Rows that lack a time or an address.
    pub n_incomplete: u64,
    /// Lookups of names that the logs show being called as well: they are part of that pair.
    pub n_followed_lookups: u64,
    /// Rows of other logs, by path.
    pub others: Vec<(String, u64)>,
}

/// One row of a log as evidence.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PairRow {
    /// When, in microseconds since 1970.
    pub ts: i64,
    /// Index of its source.
    pub source_idx: usize,
    /// Place of its first byte in the decompressed log.
    pub byte: u64,
    /// Its `uid`, or nothing.
    pub uid: String,
}

/// A pair with everything that was counted of it.
#[derive(Debug, Clone)]
pub struct Pair {
    /// The originator.
    pub id_orig_h: IpAddr,
    /// Host name in lower case, or the responder's address.
    pub peer: String,
    /// Whether the peer is known by a name.
    pub has_name: bool,
    /// The responder's address of the last row.
    pub id_resp_h: IpAddr,
    /// The responder's port.
    pub id_resp_p: u16,
    /// The log the events stand in; [`PairLog::Ssl`] also where conn.log gave their sizes.
    pub log: PairLog,
    /// Whether it is TCP.
    pub is_tcp: bool,
    /// Zeek's service, as conn.log has it, or the log's own.
    pub service: String,
    /// The events.
    pub events: FinishedEvents,
    /// What was said, where a log tells.
    pub content: Option<Box<Content>>,
    /// The user agent used most.
    pub user_agent: Option<String>,
    /// Originators that use this agent, this one included; 0 without one.
    pub n_agent_sources: usize,
    /// Originators of the peer, this one included.
    pub n_sources: usize,
    /// The first rows.
    pub rows: Vec<PairRow>,
    /// How many of its rows bear each mark; see [`PairTable::mark`].
    pub marks: Vec<(u32, u64)>,
}

/// All pairs, in the order of their first rows.
#[derive(Debug, Clone, Default)]
pub struct Pairs {
    /// The pairs.
    pub pairs: Vec<Pair>,
    /// Originators of all pairs.
    pub n_sources: usize,
    /// What was read.
    pub counts: PairCounts,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Key {
    orig_h: IpAddr,
    peer: Peer,
    resp_p: u16,
    /// Lookups are never mixed with calls.
    is_lookup: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Peer {
    Name(u32),
    Addr(IpAddr),
}

/// Where a `uid` was met before conn.log.
#[derive(Debug, Clone, Copy)]
enum Told {
    /// It has its events already.
    Counted,
    /// A handshake of this pair, at this time; the connection has the sizes.
    Handshake { pair: u32, ts: i64 },
}

#[derive(Debug)]
struct Building {
    key: Key,
    log: PairLog,
    resp_h: IpAddr,
    is_tcp: bool,
    service: u32,
    events: PairEvents,
    content: Option<Box<Content>>,
    rows: Vec<PairRow>,
    marks: Vec<(u32, u64)>,
}

impl PairTable {
    /// An empty table; `has_conn` says whether a conn.log will come, which then gives the sizes of handshakes.
    #[must_use]
    pub fn new(has_conn: bool) -> Self {
        // Name 0 is none.
        Self { has_conn, texts: vec![Box::default()], ..Self::default() }
    }

    /// Marks the rows of a session: [`Pair::marks`] counts them. For those who know what a session is.
    pub fn mark(&mut self, uid: &[u8], mark: u32) {
        self.marks.insert(uid_hash(uid), mark);
    }

    /// Takes the rows of a batch.
    pub fn push(&mut self, rows: &PairRows) {
        let Some(log) = rows.log else { return self.count_other(rows) };
        self.counts.n_rows[log as usize] += rows.n_rows;
        self.counts.n_incomplete += rows.n_rows - rows.rows.len() as u64;
        let mut names = vec![0; rows.names.len() + 1];
        for row in &rows.rows {
            let name = self.known(&mut names, rows, row.name, plain_host);
            let agent = self.known(&mut names, rows, row.agent, |text| text.into());
            let service = self.known(&mut names, rows, row.service, |text| text.into());
            self.take(log, rows, &Row { name, agent, service, ..*row });
        }
    }

    /// The table's number of a batch's text, in the form that `plain` gives it.
    fn known(
        &mut self,
        known: &mut [u32],
        rows: &PairRows,
        name: u32,
        plain: impl Fn(&[u8]) -> Box<[u8]>,
    ) -> u32 {
        let code = &mut known[name as usize];
        if name > 0 && *code == 0 {
            *code = self.name(plain(&rows.names[name as usize - 1]));
        }
        *code
    }

    fn count_other(&mut self, rows: &PairRows) {
        let path = rows.path.as_deref().unwrap_or("unknown");
        match self.counts.others.iter_mut().find(|(known, _)| known == path) {
            Some((_, n_rows)) => *n_rows += rows.n_rows,
            None => self.counts.others.push((path.to_owned(), rows.n_rows)),
        }
    }

    /// The number of a text; nothing is 0.
    fn name(&mut self, text: Box<[u8]>) -> u32 {
        if text.is_empty() {
            return 0;
        }
        if let Some(&code) = self.names.get(&text) {
            return code;
        }
        let code = self.texts.len() as u32;
        self.texts.push(text.clone());
        self.names.insert(text, code);
        code
    }

    fn take(&mut self, log: PairLog, rows: &PairRows, row: &Row) {
        match log {
            PairLog::Http => {
                self.contacted.insert(row.name);
                let pair = self.pair(log, row, row.name);
                self.remember(rows, row, Told::Counted);
                self.see(pair, rows, row);
                self.add(pair, row);
            }
            PairLog::Ssl => self.take_handshake(rows, row),
            PairLog::Dns => self.take_lookup(rows, row),
            PairLog::Conn => self.take_conn(rows, row),
        }
    }

    /// A handshake through a request, as a proxy's CONNECT is, is not another event.
    fn take_handshake(&mut self, rows: &PairRows, row: &Row) {
        self.contacted.insert(row.name);
        let uid = rows.uid(row);
        if !uid.is_empty() && self.uids.contains_key(&uid_hash(uid)) {
            return;
        }
        let pair = self.pair(PairLog::Ssl, row, row.name);
        self.see(pair, rows, row);
        if self.has_conn && !uid.is_empty() {
            self.remember(rows, row, Told::Handshake { pair, ts: row.ts });
        } else {
            self.add(pair, row);
        }
    }

    fn take_lookup(&mut self, rows: &PairRows, row: &Row) {
        self.remember(rows, row, Told::Counted);
        let name = row.name;
        if self.contacted.contains(&name) && name != 0 {
            self.counts.n_followed_lookups += 1;
            return;
        }
        let domain = self.parent(name);
        let pair = self.pair(PairLog::Dns, row, domain);
        let orig_bytes = self.texts[name as usize].len() as u64;
        self.see(pair, rows, row);
        self.add(pair, &Row { orig_bytes, ..*row });
    }

    fn take_conn(&mut self, rows: &PairRows, row: &Row) {
        let pair = match self.uids.get(&uid_hash(rows.uid(row))) {
            Some(Told::Counted) => return,
            Some(&Told::Handshake { pair, .. }) => {
                self.uids.insert(uid_hash(rows.uid(row)), Told::Counted);
                pair
            }
            None => {
                let pair = self.pair(PairLog::Conn, row, 0);
                self.see(pair, rows, row);
                pair
            }
        };
        self.add(pair, row);
    }

    fn remember(&mut self, rows: &PairRows, row: &Row, told: Told) {
        if !rows.uid(row).is_empty() {
            self.uids.insert(uid_hash(rows.uid(row)), told);
        }
    }

    /// The code of the name without its first label, if two remain.
    fn parent(&mut self, name: u32) -> u32 {
        let text = &self.texts[name as usize];
        if text.iter().filter(|&&byte| byte == b'.').count() < 2 {
            return name;
        }
        let start = text.iter().position(|&byte| byte == b'.').map_or(0, |dot| dot + 1);
        self.name(text[start..].into())
    }

    fn pair(&mut self, log: PairLog, row: &Row, name: u32) -> u32 {
        let peer = if name == 0 { Peer::Addr(row.resp_h) } else { Peer::Name(name) };
        let is_lookup = log == PairLog::Dns;
        let key = Key { orig_h: row.orig_h, peer, resp_p: row.resp_p, is_lookup };
        let next = self.pairs.len() as u32;
        let pair = *self.index.entry(key).or_insert(next);
        if pair == next {
            self.pairs.push(Building {
                key,
                log,
                resp_h: row.resp_h,
                is_tcp: row.is_tcp,
                service: row.service,
                events: PairEvents::default(),
                content: None,
                rows: Vec::new(),
                marks: Vec::new(),
            });
        }
        pair
    }

    /// Takes of a row everything but its event.
    fn see(&mut self, pair: u32, rows: &PairRows, row: &Row) {
        let building = &mut self.pairs[pair as usize];
        building.resp_h = row.resp_h;
        let agent = (row.agent > 0).then_some(row.agent);
        if let Some(said) = row.said {
            building.content.get_or_insert_default().push(said, agent);
        }
        if let Some(agent) = agent {
            self.agents.insert((agent, row.orig_h));
        }
        if building.rows.len() < N_EVIDENCE {
            let uid = shown(rows.uid(row));
            building.rows.push(PairRow { ts: row.ts, source_idx: rows.source_idx, byte: row.byte, uid });
        }
        if let Some(&mark) = self.marks.get(&uid_hash(rows.uid(row))) {
            match building.marks.iter_mut().find(|(known, _)| *known == mark) {
                Some((_, n)) => *n += 1,
                None => building.marks.push((mark, 1)),
            }
        }
    }

    fn add(&mut self, pair: u32, row: &Row) {
        let Row { ts, orig_bytes, resp_bytes, .. } = *row;
        self.pairs[pair as usize].events.push(PairEvent { ts, orig_bytes, resp_bytes });
    }

    /// Ends the reading.
    #[must_use]
    pub fn finish(mut self) -> Pairs {
        // Handshakes whose connection never came count without sizes.
        let mut left: Vec<(i64, u32)> = self
            .uids
            .values()
            .filter_map(|told| match *told {
                Told::Handshake { pair, ts } => Some((ts, pair)),
                Told::Counted => None,
            })
            .collect();
        left.sort_unstable();
        for (ts, pair) in left {
            self.pairs[pair as usize].events.push(PairEvent { ts, ..PairEvent::default() });
        }
        let sources: HashSet<IpAddr> = self.pairs.iter().map(|pair| pair.key.orig_h).collect();
        let of_peer =
            per_first(self.pairs.iter().map(|pair| ((pair.key.peer, pair.key.is_lookup), pair.key.orig_h)));
        let of_agent = per_first(self.agents.iter().copied());
        let texts = &self.texts;
        let finish = |building: Building| {
            let agent = building.content.as_ref().and_then(|content| content.top_agent());
            let n_sources = of_peer[&(building.key.peer, building.key.is_lookup)];
            let n_agent_sources = agent.and_then(|agent| of_agent.get(&agent)).copied().unwrap_or(0);
            building.finish(texts, agent, [n_sources, n_agent_sources])
        };
        let pairs = self.pairs.into_iter().map(finish).collect();
        Pairs { pairs, n_sources: sources.len(), counts: self.counts }
    }
}

/// How many different second parts each first part comes with.
fn per_first<A: Copy + Eq + std::hash::Hash, B: Copy + Eq + std::hash::Hash>(
    items: impl Iterator<Item = (A, B)>,
) -> HashMap<A, usize> {
    let mut counts = HashMap::new();
    for (first, _) in items.collect::<HashSet<_>>() {
        *counts.entry(first).or_insert(0) += 1;
    }
    counts
}

impl Building {
    fn finish(
        self,
        texts: &[Box<[u8]>],
        agent: Option<u32>,
        [n_sources, n_agent_sources]: [usize; 2],
    ) -> Pair {
        let text = |code: u32| shown(&texts[code as usize]);
        let (peer, has_name) = match self.key.peer {
            Peer::Name(name) => (text(name), true),
            Peer::Addr(addr) => (addr.to_string(), false),
        };
        let service = match (self.log, self.service) {
            (PairLog::Conn, service) => text(service),
            (log, _) => log.path().to_owned(),
        };
        Pair {
            id_orig_h: self.key.orig_h,
            peer,
            has_name,
            id_resp_h: self.resp_h,
            id_resp_p: self.key.resp_p,
            log: self.log,
            is_tcp: self.is_tcp,
            service,
            events: self.events.finish(),
            content: self.content,
            user_agent: agent.map(text),
            n_agent_sources,
            n_sources,
            rows: self.rows,
            marks: self.marks,
        }
    }
}

/// Text as it is shown: escaped where it is no UTF-8.
fn shown(text: &[u8]) -> String {
    std::str::from_utf8(text).map_or_else(|_| text.escape_ascii().to_string(), str::to_owned)
}

/// A host name in lower case without a port or a final dot; an address of IPv6 in brackets stays whole.
fn plain_host(text: &[u8]) -> Box<[u8]> {
    let mut host = text;
    if let Some(colon) = host.iter().rposition(|&byte| byte == b':') {
        let is_port = host[colon + 1..].iter().all(u8::is_ascii_digit) && !host[..colon].contains(&b':');
        if is_port {
            host = &host[..colon];
        }
    }
    host = host.strip_suffix(b".").unwrap_or(host);
    host.to_ascii_lowercase().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_lose_port_case_and_final_dot() {
        let cases: [(&[u8], &[u8]); 5] = [
            (b"WWW.Example.com:8080", b"www.example.com"),
            (b"example.com.", b"example.com"),
            (b"[2001:db8::1]:80", b"[2001:db8::1]:80"),
            (b"10.0.0.1", b"10.0.0.1"),
            (b"a:b", b"a:b"),
        ];
        for (host, plain) in cases {
            assert_eq!(plain_host(host).as_ref(), plain);
        }
    }
}
