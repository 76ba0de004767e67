//! Where actors act: it turns "this desk fetches that" into sessions that agree with each other.

use std::collections::HashMap;
use std::net::Ipv4Addr;

use crate::clock::{MILLISECOND, SECOND, micros};
use crate::dice::Dice;
use crate::flow::{Ending, Flow, Stack, Talk};
use crate::host::{ALPHANUMERIC, Endpoint, Network, Server};
use crate::session::{App, Exchange, Handshake, Lookup, Qtype, Rcode, Session};

/// Names each machine remembers: (host, site) to the time it forgets.
pub(crate) type NameCache = HashMap<(usize, usize), i64>;

/// What one actor sees while it acts.
#[derive(Debug)]
pub(crate) struct Stage<'a> {
    pub(crate) network: &'a Network,
    pub(crate) dice: &'a mut Dice,
    pub(crate) names: &'a mut NameCache,
    pub(crate) sessions: &'a mut Vec<Session>,
}

/// One end's bytes of a conversation and how it goes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Volume {
    pub(crate) orig_bytes: u64,
    pub(crate) resp_bytes: u64,
    pub(crate) duration: i64,
}

/// Bytes of the headers of an HTTP request besides its method, URI, host and user agent.
const REQUEST_HEADERS: u64 = 96;
const RESPONSE_HEADERS: u64 = 240;

impl Exchange {
    /// Bytes of the request and of the answer, headers included.
    fn bytes(&self) -> (u64, u64) {
        let text = self.method.len() + self.uri.len() + self.host.len();
        let optional = [&self.referrer, &self.user_agent].map(|text| text.as_ref().map_or(0, String::len));
        let request = REQUEST_HEADERS + (text + optional[0] + optional[1]) as u64 + self.request_body_len;
        (request, RESPONSE_HEADERS + self.response_body_len)
    }
}

impl Stage<'_> {
    fn id(&mut self, letter: char) -> String {
        let length = 16 + self.dice.below(2);
        format!("{letter}{}", self.dice.token(length, ALPHANUMERIC))
    }

    pub(crate) fn push(
        &mut self,
        start: i64,
        orig: Endpoint,
        resp: Endpoint,
        (service, flow, app): (&'static str, Flow, App),
    ) {
        let uid = self.id('C');
        self.sessions.push(Session { uid, start, orig, resp, service, flow, app });
    }

    /// `host` looks up `site` unless it remembers. When it may connect, and where to.
    pub(crate) fn resolve(&mut self, at: i64, host: usize, site_idx: usize) -> (i64, Ipv4Addr) {
        let site = &self.network.sites[site_idx];
        let addr = self.dice.pick(&site.addrs);
        if self.names.get(&(host, site_idx)).is_some_and(|&until| until > at) {
            return (at, addr);
        }
        self.names.insert((host, site_idx), at + i64::from(site.ttl) * SECOND);
        let mut answers: Vec<String> = site.addrs.iter().map(Ipv4Addr::to_string).collect();
        answers.sort_unstable();
        let rtt = self.lookup_rtt();
        let lookup = |qtype, answers| Lookup {
            trans_id: 0,
            rtt,
            query: site.name.clone(),
            qtype,
            rcode: Rcode::NoError,
            answers,
            ttl: site.ttl,
        };
        self.look_up(at, host, lookup(Qtype::A, answers));
        if self.dice.chance(0.4) {
            self.look_up(at + MILLISECOND / 5, host, lookup(Qtype::Aaaa, Vec::new()));
        }
        (at + rtt + MILLISECOND, addr)
    }

    /// Most questions are answered by the resolver's own memory, the others by the world.
    pub(crate) fn lookup_rtt(&mut self) -> i64 {
        let median = if self.dice.chance(0.6) { 0.0008 } else { 0.03 };
        micros(self.dice.log_normal(median, 0.5)).max(100)
    }

    /// One question to the office's resolver.
    pub(crate) fn look_up(&mut self, at: i64, host: usize, mut lookup: Lookup) {
        lookup.trans_id = self.dice.below(1 << 16) as u16;
        // Header, name and its two length bytes, type and class; an answer is a pointer, type, class, TTL and data.
        let question = 12 + lookup.query.len() as u64 + 2 + 4;
        let data = |answer: &String| if lookup.qtype == Qtype::A { 4 } else { answer.len() as u64 + 2 };
        let answer = question + lookup.answers.iter().map(|answer| 12 + data(answer)).sum::<u64>();
        let flow = Flow::udp((1, question), (1, answer), lookup.rtt);
        let orig = self.network.hosts[host].ephemeral(self.dice);
        let resp = (self.network.server(Server::Resolver).addr, 53);
        self.push(at, orig, resp, ("dns", flow, App::Dns(lookup)));
    }

    fn talk(&mut self, volume: Volume, ending: Ending, orig_stack: Stack) -> Talk {
        let Volume { orig_bytes, resp_bytes, duration } = volume;
        Talk {
            orig_bytes,
            resp_bytes,
            duration,
            ending,
            resp_greets: false,
            orig_stack,
            resp_stack: Stack::LINUX,
        }
    }

    /// A connection of `host` in a protocol without a log here, the responder greeting.
    pub(crate) fn greeted(
        &mut self,
        at: i64,
        host: usize,
        resp: Endpoint,
        service: &'static str,
        volume: Volume,
    ) {
        let orig_stack = self.network.hosts[host].stack;
        let ending = self.ending();
        let talk = Talk { resp_greets: true, ..self.talk(volume, ending, orig_stack) };
        let flow = talk.flow(self.dice);
        self.connect(at, host, resp, (service, flow, App::None));
    }

    /// A connection of `host` in a protocol without a log here, the originator speaking first.
    pub(crate) fn plain(
        &mut self,
        at: i64,
        host: usize,
        resp: Endpoint,
        service: &'static str,
        volume: Volume,
    ) {
        let orig_stack = self.network.hosts[host].stack;
        let ending = self.ending();
        let flow = self.talk(volume, ending, orig_stack).flow(self.dice);
        self.connect(at, host, resp, (service, flow, App::None));
    }

    /// Whether a connection fails for no reason of its own; if so, it adds the SYNs that nobody answers.
    pub(crate) fn fails(&mut self, at: i64, host: usize, resp: Endpoint) -> bool {
        let fails = self.dice.chance(0.008);
        if fails {
            // Sent again after one second and after two more.
            let flow = Flow::unanswered(self.network.hosts[host].stack, 3, 3 * SECOND);
            self.connect(at, host, resp, ("", flow, App::None));
        }
        fails
    }

    /// QUIC from `host` to `resp`, in datagrams of 1,200 bytes.
    pub(crate) fn quic(&mut self, at: i64, host: usize, resp: Endpoint, volume: Volume) {
        let Volume { orig_bytes, resp_bytes, duration } = volume;
        // The first datagram of each side is padded to full size.
        let side = |bytes: u64, peer: u64| (2 + bytes / 1_200 + peer / 12_000, 1_200 + bytes);
        let flow = Flow::udp(side(orig_bytes, resp_bytes), side(resp_bytes, orig_bytes), duration);
        self.connect(at, host, resp, ("quic", flow, App::None));
    }

    pub(crate) fn connect(&mut self, at: i64, host: usize, resp: Endpoint, what: (&'static str, Flow, App)) {
        let orig = self.network.hosts[host].ephemeral(self.dice);
        self.push(at, orig, resp, what);
    }

    /// How an ordinary connection ends.
    fn ending(&mut self) -> Ending {
        self.dice.weighted(&[
            (Ending::Closed, 0.84),
            (Ending::ClosedByResp, 0.08),
            (Ending::ResetByOrig, 0.04),
            (Ending::ResetByResp, 0.03),
            (Ending::Open, 0.01),
        ])
    }

    /// HTTP from `host` to `resp`: one connection carries all `exchanges`, in order of time, from the first on.
    pub(crate) fn http(&mut self, host: usize, resp: Endpoint, rtt: i64, mut exchanges: Vec<Exchange>) {
        let Some(first) = exchanges.first().map(|exchange| exchange.at) else { return };
        for exchange in &mut exchanges {
            self.name_files(exchange);
        }
        let start = first - rtt;
        let (orig_bytes, resp_bytes) = exchanges.iter().map(Exchange::bytes).fold((0, 0), add);
        let last = exchanges.last().map_or(first, |exchange| exchange.at);
        // The last body takes its time at a few megabytes a second; some connections idle before they close.
        let idle = if self.dice.chance(0.3) { micros(self.dice.uniform(0.5, 30.0)) } else { rtt };
        let duration = last - start
            + rtt
            + (exchanges.last().map_or(0, |last| last.response_body_len) / 4) as i64
            + idle;
        let ending = self.ending();
        let stack = self.network.hosts[host].stack;
        let flow = self.talk(Volume { orig_bytes, resp_bytes, duration }, ending, stack).flow(self.dice);
        self.connect(start, host, resp, ("http", flow, App::Http(exchanges)));
    }

    fn name_files(&mut self, exchange: &mut Exchange) {
        if exchange.request_body_len > 0 {
            exchange.orig_fuid = self.id('F');
        }
        if exchange.response_body_len > 0 {
            exchange.resp_fuid = self.id('F');
        }
    }

    /// TLS from `host` to `resp`: `volume` counts what the application sent; the handshake comes on top.
    pub(crate) fn tls(
        &mut self,
        at: i64,
        host: usize,
        resp: Endpoint,
        server_name: Option<&str>,
        volume: Volume,
    ) {
        let is_new = self.dice.chance(0.85);
        let is_resumed = self.dice.chance(0.25);
        let hello = 517 + self.dice.range(0, 180);
        let certificates = if is_resumed { 250 } else { self.dice.range(2_400, 5_200) };
        let handshake = Handshake {
            at: at + 2 * MILLISECOND,
            version: if is_new { "TLSv13" } else { "TLSv12" },
            cipher: if is_new { "TLS_AES_128_GCM_SHA256" } else { "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256" },
            curve: if is_new { "x25519" } else { "secp256r1" },
            server_name: server_name.map(str::to_owned),
            is_resumed,
            next_protocol: self.dice.chance(0.7).then_some("h2"),
        };
        let volume = Volume {
            orig_bytes: volume.orig_bytes + hello + 126,
            resp_bytes: volume.resp_bytes + certificates,
            duration: volume.duration.max(5 * MILLISECOND),
        };
        let ending = self.ending();
        let stack = self.network.hosts[host].stack;
        let flow = self.talk(volume, ending, stack).flow(self.dice);
        self.connect(at, host, resp, ("ssl", flow, App::Ssl(handshake)));
    }
}

fn add(left: (u64, u64), right: (u64, u64)) -> (u64, u64) {
    (left.0 + right.0, left.1 + right.1)
}
