//! The background: what people and machines of an office do all day.

use crate::actor::Activity;
use crate::clock::{MILLISECOND, SECOND, micros};
use crate::flow::Flow;
use crate::host::{LETTERS, Server};
use crate::session::{App, Exchange, Lookup, Qtype, Rcode};
use crate::stage::{Stage, Volume};

/// Someone reads the web.
#[derive(Debug)]
pub(crate) struct Browsing {
    pub(crate) host: usize,
}

impl Activity for Browsing {
    fn act(&mut self, times: &[i64], stage: &mut Stage<'_>) {
        let page = stage.network.browsed(stage.dice);
        let mut at = times[0];
        for _ in 0..=stage.dice.geometric(0.6, 3) {
            self.fetch(at, page, page, stage);
        }
        for _ in 0..stage.dice.geometric(1.6, 8) {
            at += micros(stage.dice.exponential(0.3));
            let third_party = stage.network.popular(stage.dice);
            self.fetch(at, third_party, page, stage);
        }
    }
}

impl Browsing {
    fn fetch(&self, at: i64, site_idx: usize, page: usize, stage: &mut Stage<'_>) {
        let (at, addr) = stage.resolve(at, self.host, site_idx);
        let site = &stage.network.sites[site_idx];
        let port = if site.is_https { 443 } else { 80 };
        if stage.fails(at, self.host, (addr, port)) {
            return;
        }
        if site.is_https {
            let volume = browsed_volume(stage);
            if stage.dice.chance(0.15) {
                stage.quic(at, self.host, (addr, 443), volume);
                return;
            }
            stage.tls(at, self.host, (addr, 443), Some(&site.name), volume);
            return;
        }
        let exchanges = self.exchanges(at + site.rtt, site_idx, page, stage);
        stage.http(self.host, (addr, port), site.rtt, exchanges);
    }

    fn exchanges(&self, mut at: i64, site_idx: usize, page: usize, stage: &mut Stage<'_>) -> Vec<Exchange> {
        let site = &stage.network.sites[site_idx];
        let referrer = format!("http://{}/", stage.network.sites[page].name);
        let user_agent = &stage.network.hosts[self.host].browser;
        let mut exchanges = Vec::new();
        for depth in 0..=stage.dice.geometric(2.0, 12) {
            let is_form = stage.dice.chance(0.06);
            let has_body = stage.dice.chance(0.85);
            exchanges.push(Exchange {
                at,
                method: if is_form { "POST" } else { "GET" },
                host: site.name.clone(),
                uri: page_uri(stage),
                referrer: (depth > 0 || site_idx != page).then(|| referrer.clone()),
                user_agent: Some(user_agent.clone()),
                request_body_len: if is_form { stage.dice.log_normal(300.0, 1.0) as u64 } else { 0 },
                response_body_len: if has_body { stage.dice.pareto(400.0, 0.9, 5e7) as u64 } else { 0 },
                status_code: if has_body { 200 } else { stage.dice.pick(&[204, 302, 304, 304, 404]) },
                orig_mime_type: "text/plain",
                resp_mime_type: stage.dice.pick(&["text/html", "image/png", "image/jpeg", "text/plain"]),
                orig_fuid: String::new(),
                resp_fuid: String::new(),
            });
            at += micros(stage.dice.log_normal(0.15, 1.2));
        }
        exchanges
    }
}

fn browsed_volume(stage: &mut Stage<'_>) -> Volume {
    let resp_bytes = stage.dice.pareto(900.0, 0.85, 2e8) as u64;
    let orig_bytes = stage.dice.log_normal(900.0, 1.0) as u64 + resp_bytes / 80;
    // A byte takes at least a fifth of a microsecond: 5 MB/s.
    let duration = micros(stage.dice.log_normal(6.0, 1.5).min(600.0)) + (resp_bytes / 5) as i64;
    Volume { orig_bytes, resp_bytes, duration }
}

/// What every site has.
const COMMON_URIS: [&str; 6] =
    ["/", "/favicon.ico", "/css/main.css", "/js/app.js", "/img/logo.png", "/robots.txt"];

fn page_uri(stage: &mut Stage<'_>) -> String {
    if stage.dice.chance(0.4) {
        return stage.dice.pick(&COMMON_URIS).to_owned();
    }
    let mut uri = String::new();
    for _ in 0..=stage.dice.geometric(1.2, 5) {
        uri.push('/');
        let length = 2 + stage.dice.below(10);
        uri.push_str(&stage.dice.token(length, LETTERS));
    }
    if stage.dice.chance(0.25) {
        uri.push_str(&format!("?id={}", stage.dice.below(100_000)));
    }
    uri
}

/// Questions whose answers nobody uses: names of addresses, names that do not exist.
#[derive(Debug)]
pub(crate) struct StrayLookups {
    pub(crate) host: usize,
}

impl Activity for StrayLookups {
    fn act(&mut self, times: &[i64], stage: &mut Stage<'_>) {
        let (qtype, query) = if stage.dice.chance(0.5) {
            let host = stage.network.desk(stage.dice);
            let [a, b, c, d] = stage.network.hosts[host].addr.octets();
            (Qtype::Ptr, format!("{d}.{c}.{b}.{a}.in-addr.arpa"))
        } else {
            let length = 4 + stage.dice.below(8);
            (Qtype::A, format!("{}.office.example", stage.dice.token(length, LETTERS)))
        };
        let rtt = stage.lookup_rtt();
        let lookup =
            Lookup { trans_id: 0, rtt, query, qtype, rcode: Rcode::NxDomain, answers: Vec::new(), ttl: 0 };
        stage.look_up(times[0], self.host, lookup);
    }
}

/// Files read from and written to the office's server.
#[derive(Debug)]
pub(crate) struct FileShare {
    pub(crate) host: usize,
}

impl Activity for FileShare {
    fn act(&mut self, times: &[i64], stage: &mut Stage<'_>) {
        let small = stage.dice.log_normal(6_000.0, 0.8) as u64;
        let big = stage.dice.pareto(8_000.0, 0.8, 1.5e9) as u64;
        let (orig_bytes, resp_bytes) = if stage.dice.chance(0.3) { (big, small) } else { (small, big) };
        // 40 MB/s, and the share stays mounted for a while.
        let duration = micros(stage.dice.log_normal(60.0, 1.2)) + (big / 40) as i64;
        let resp = (stage.network.server(Server::Files).addr, 445);
        stage.plain(
            times[0],
            self.host,
            resp,
            "gssapi,ntlm,smb",
            Volume { orig_bytes, resp_bytes, duration },
        );
    }
}

/// Pages sent to the printer.
#[derive(Debug)]
pub(crate) struct Printing {
    pub(crate) host: usize,
}

impl Activity for Printing {
    fn act(&mut self, times: &[i64], stage: &mut Stage<'_>) {
        let orig_bytes = stage.dice.log_normal(200_000.0, 1.2) as u64;
        let duration = micros(stage.dice.log_normal(3.0, 0.6));
        let resp = (stage.network.server(Server::Printer).addr, 9100);
        stage.plain(times[0], self.host, resp, "", Volume { orig_bytes, resp_bytes: 0, duration });
    }
}

/// Someone works on the administration server.
#[derive(Debug)]
pub(crate) struct RemoteShell {
    pub(crate) host: usize,
}

impl Activity for RemoteShell {
    fn act(&mut self, times: &[i64], stage: &mut Stage<'_>) {
        let volume = Volume {
            orig_bytes: 3_200 + stage.dice.log_normal(4_000.0, 1.2) as u64,
            resp_bytes: 3_600 + stage.dice.log_normal(15_000.0, 1.6) as u64,
            duration: micros(stage.dice.log_normal(240.0, 1.4).min(28_800.0)),
        };
        let resp = (stage.network.server(Server::Admin).addr, 22);
        stage.greeted(times[0], self.host, resp, "ssh", volume);
    }
}

/// Mail handed to the relay outside.
#[derive(Debug)]
pub(crate) struct SendMail {
    pub(crate) host: usize,
    pub(crate) site: usize,
}

impl Activity for SendMail {
    fn act(&mut self, times: &[i64], stage: &mut Stage<'_>) {
        let (at, addr) = stage.resolve(times[0], self.host, self.site);
        let volume = Volume {
            orig_bytes: 900 + stage.dice.pareto(1_500.0, 0.8, 2.5e7) as u64,
            resp_bytes: 4_200 + stage.dice.range(0, 900),
            duration: micros(stage.dice.log_normal(1.2, 0.6)),
        };
        stage.greeted(at, self.host, (addr, 587), "smtp,ssl", volume);
    }
}

/// The monitor pings a machine.
#[derive(Debug)]
pub(crate) struct Ping {
    pub(crate) target: usize,
}

impl Activity for Ping {
    fn act(&mut self, times: &[i64], stage: &mut Stage<'_>) {
        let n_replies = if stage.dice.chance(0.98) { 3 } else { 0 };
        let monitor = stage.network.server(Server::Monitor).addr;
        let target = stage.network.hosts[self.target].addr;
        let duration = 2 * SECOND + stage.dice.range(200, 900) as i64;
        stage.push(
            times[0],
            (monitor, 8),
            (target, 0),
            ("", Flow::echo(3, n_replies, 56, duration), App::None),
        );
    }
}

/// A desk looks for devices that nobody has: SSDP to its multicast group.
#[derive(Debug)]
pub(crate) struct Discovery {
    pub(crate) host: usize,
}

impl Activity for Discovery {
    fn act(&mut self, times: &[i64], stage: &mut Stage<'_>) {
        let duration = 3 * SECOND + stage.dice.range(0, 30) as i64 * MILLISECOND;
        let flow = Flow::udp((4, 700), (0, 0), duration);
        stage.connect(times[0], self.host, ([239, 255, 255, 250].into(), 1900), ("", flow, App::None));
    }
}

/// The clock is set: one NTP exchange.
#[derive(Debug)]
pub(crate) struct ClockSync {
    pub(crate) host: usize,
    pub(crate) site: usize,
}

impl Activity for ClockSync {
    fn act(&mut self, times: &[i64], stage: &mut Stage<'_>) {
        let (at, addr) = stage.resolve(times[0], self.host, self.site);
        let rtt = stage.network.sites[self.site].rtt + stage.dice.range(0, 3_000) as i64;
        let orig = (stage.network.hosts[self.host].addr, 123);
        stage.push(at, orig, (addr, 123), ("ntp", Flow::udp((1, 48), (1, 48), rtt), App::None));
    }
}
