//! A program that calls one service again and again: what an implant and a harmless updater have in common.

use std::net::Ipv4Addr;

use crate::actor::Activity;
use crate::clock::micros;
use crate::dice::Dice;
use crate::host::{ALPHANUMERIC, HEX};
use crate::session::{Exchange, Lookup, Qtype, Rcode};
use crate::stage::{Stage, Volume};

/// How a program reaches its service, and so which logs tell of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Channel {
    /// HTTP: conn.log, http.log and, for the names, dns.log.
    Http,
    /// TLS: conn.log, ssl.log and dns.log.
    Tls,
    /// Questions to the office's resolver for names below the service's: conn.log and dns.log.
    Dns,
    /// A protocol Zeek does not know, on a port of its own: conn.log and dns.log.
    Tcp,
}

impl Channel {
    /// The channel's name in the truth files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Tls => "tls",
            Self::Dns => "dns",
            Self::Tcp => "tcp",
        }
    }
}

/// How URIs vary from request to request.
#[derive(Debug, Clone)]
pub(crate) enum Uri {
    Fixed(String),
    /// A path and a number that counts up.
    Counter(String),
    /// A path and a random token of so many characters.
    Token(String, usize),
    Pool(Vec<String>),
}

impl Uri {
    fn draw(&self, n_done: u64, dice: &mut Dice) -> String {
        match self {
            Self::Fixed(uri) => uri.clone(),
            Self::Counter(path) => format!("{path}{n_done}"),
            Self::Token(path, length) => format!("{path}{}", dice.token(*length, ALPHANUMERIC)),
            Self::Pool(uris) => uris[dice.below(uris.len())].clone(),
        }
    }
}

/// How many bytes a message has: `base`, times a normal factor of deviation `noise`, and up to `padding` more.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Size {
    pub(crate) base: f64,
    pub(crate) noise: f64,
    pub(crate) padding: u64,
}

impl Size {
    fn draw(self, dice: &mut Dice) -> u64 {
        if self.base < 1.0 {
            return 0;
        }
        let factor = if self.noise > 0.0 { (1.0 + self.noise * dice.normal()).max(0.1) } else { 1.0 };
        (self.base * factor) as u64 + dice.range(0, self.padding + 1)
    }
}

/// What a program says.
#[derive(Debug, Clone)]
pub(crate) struct Content {
    pub(crate) method: &'static str,
    pub(crate) uri: Uri,
    /// Unset sends none.
    pub(crate) user_agent: Option<String>,
    /// The page a browser's script runs in.
    pub(crate) referrer: Option<String>,
    pub(crate) request: Size,
    pub(crate) response: Size,
    /// The share of answers that say "nothing new" (304, no body).
    pub(crate) unchanged: f64,
    /// The share of answers that carry a load, a thousand times the usual size.
    pub(crate) load: f64,
    pub(crate) mime_type: &'static str,
    /// Seconds the service holds each answer back.
    pub(crate) hold: f64,
    pub(crate) has_sni: bool,
}

/// A program at work on one desk.
#[derive(Debug, Clone)]
pub(crate) struct Program {
    pub(crate) host: usize,
    /// Indices of the sites it calls, one of them each time.
    pub(crate) sites: Vec<usize>,
    pub(crate) port: u16,
    pub(crate) channel: Channel,
    pub(crate) content: Content,
    pub(crate) n_done: u64,
}

impl Activity for Program {
    fn act(&mut self, times: &[i64], stage: &mut Stage<'_>) {
        let site_idx = stage.dice.pick(&self.sites);
        match self.channel {
            Channel::Dns => times.iter().for_each(|&at| self.ask(at, site_idx, stage)),
            Channel::Http => self.exchange(times, site_idx, stage),
            Channel::Tls | Channel::Tcp => self.talk(times, site_idx, stage),
        }
    }
}

impl Program {
    fn exchange(&mut self, times: &[i64], site_idx: usize, stage: &mut Stage<'_>) {
        let (ready, addr) = stage.resolve(times[0], self.host, site_idx);
        if stage.fails(ready, self.host, (addr, self.port)) {
            return;
        }
        let site = &stage.network.sites[site_idx];
        let mut earliest = ready + site.rtt;
        let mut exchanges = Vec::with_capacity(times.len());
        for &at in times {
            let at = at.max(earliest);
            exchanges.push(self.request(at, &site.name, stage.dice));
            earliest = at + site.rtt;
        }
        stage.http(self.host, (addr, self.port), site.rtt, exchanges);
        self.hold_open(stage);
    }

    /// A service that answers late keeps its connection open for as long.
    fn hold_open(&self, stage: &mut Stage<'_>) {
        let held = micros(self.content.hold);
        if let (true, Some(session)) = (held > 0, stage.sessions.last_mut()) {
            session.flow.duration = session.flow.duration.map(|duration| duration + held);
        }
    }

    fn request(&mut self, at: i64, host: &str, dice: &mut Dice) -> Exchange {
        let content = &self.content;
        let is_unchanged = dice.chance(content.unchanged);
        let response_body_len = if is_unchanged { 0 } else { self.answer(dice) };
        self.n_done += 1;
        Exchange {
            at,
            method: content.method,
            host: host.to_owned(),
            uri: content.uri.draw(self.n_done, dice),
            referrer: content.referrer.clone(),
            user_agent: content.user_agent.clone(),
            request_body_len: content.request.draw(dice),
            response_body_len,
            status_code: if is_unchanged { 304 } else { 200 },
            orig_mime_type: content.mime_type,
            resp_mime_type: content.mime_type,
            orig_fuid: String::new(),
            resp_fuid: String::new(),
        }
    }

    fn answer(&self, dice: &mut Dice) -> u64 {
        let usual = self.content.response.draw(dice);
        if dice.chance(self.content.load) { usual * 1_000 } else { usual }
    }

    fn talk(&mut self, times: &[i64], site_idx: usize, stage: &mut Stage<'_>) {
        let (at, addr) = stage.resolve(times[0], self.host, site_idx);
        let resp = (addr, self.port);
        if stage.fails(at, self.host, resp) {
            return;
        }
        let volume = self.volume(times, stage);
        if self.channel == Channel::Tcp {
            stage.plain(at, self.host, resp, "", volume);
            return;
        }
        let name = stage.network.sites[site_idx].name.as_str();
        stage.tls(at, self.host, resp, self.content.has_sni.then_some(name), volume);
    }

    fn volume(&mut self, times: &[i64], stage: &mut Stage<'_>) -> Volume {
        let (mut orig_bytes, mut resp_bytes) = (0, 0);
        for _ in times {
            // Headers of a request and an answer, compressed after the first.
            orig_bytes += 60 + self.content.request.draw(stage.dice);
            let is_unchanged = stage.dice.chance(self.content.unchanged);
            resp_bytes += 40 + if is_unchanged { 0 } else { self.answer(stage.dice) };
        }
        let talking = times[times.len() - 1] - times[0];
        let latency = micros(stage.dice.log_normal(0.12, 0.5) + self.content.hold);
        Volume { orig_bytes, resp_bytes, duration: talking + latency + (resp_bytes / 5) as i64 }
    }

    /// A question for a name below the site's own, which the resolver must pass on.
    fn ask(&mut self, at: i64, site_idx: usize, stage: &mut Stage<'_>) {
        let length = (self.content.request.draw(stage.dice) / 8).clamp(4, 56) as usize;
        let site = &stage.network.sites[site_idx];
        let label = stage.dice.token(length, HEX);
        let is_text = stage.dice.chance(0.5);
        let answer =
            if is_text { format!("TXT 32 {}", stage.dice.token(32, HEX)) } else { self.address(stage) };
        let lookup = Lookup {
            trans_id: 0,
            rtt: site.rtt + stage.dice.range(500, 20_000) as i64,
            query: format!("{label}.{}", site.name),
            qtype: if is_text { Qtype::Txt } else { Qtype::A },
            rcode: Rcode::NoError,
            answers: vec![answer],
            ttl: 1,
        };
        stage.look_up(at, self.host, lookup);
    }

    fn address(&self, stage: &mut Stage<'_>) -> String {
        Ipv4Addr::from(u32::from_be_bytes([198, 19, 0, 0]) + stage.dice.below(1 << 16) as u32).to_string()
    }
}

/// The longest an answer is held back: programs and proxies give up after about five minutes.
pub(crate) const LONGEST_HOLD: f64 = 300.0;

/// Bytes of a message that has none.
pub(crate) const NOTHING: Size = Size { base: 0.0, noise: 0.0, padding: 0 };

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_without_noise_are_the_base() {
        let mut dice = Dice::new(1, 0);
        assert_eq!(Size { base: 120.0, noise: 0.0, padding: 0 }.draw(&mut dice), 120);
        assert_eq!(NOTHING.draw(&mut dice), 0);
        let padded = Size { base: 10.0, noise: 0.0, padding: 5 };
        assert!((0..100).all(|_| (10..=15).contains(&padded.draw(&mut dice))));
    }

    #[test]
    fn uris_vary_as_they_say() {
        let mut dice = Dice::new(1, 0);
        assert_eq!(Uri::Counter("/poll?n=".to_owned()).draw(7, &mut dice), "/poll?n=7");
        let token = Uri::Token("/".to_owned(), 12);
        assert_eq!(token.draw(1, &mut dice).len(), 13);
        assert_ne!(token.draw(1, &mut dice), token.draw(1, &mut dice));
    }
}
