//! What the counts say: each conclusion with its reason, its evidence and the thresholds behind it.

mod floods;
mod logins;
mod oddities;
mod requests;
mod rhythm;
mod scans;
mod transfers;

use super::detail::Detail;
use super::direction::is_private;
use super::tally::Tally;
use super::thresholds::Thresholds;
use super::tracks::Span;
use crate::{Session, count_in_words};
use bro_features::LogKind;
use std::net::IpAddr;

/// How much a conclusion asks to be looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Often harmless.
    Low,
    /// To be looked at.
    Medium,
    /// To be looked at now.
    High,
}

impl Severity {
    /// The severity in a word.
    ///
    /// ```
    /// assert_eq!(bro_analysis::Severity::High.name(), "high");
    /// ```
    #[must_use]
    pub fn name(self) -> &'static str {
        ["info", "low", "medium", "high"][self as usize]
    }
}

/// Something the connections say together.
#[derive(Debug, Clone, PartialEq)]
pub struct Conclusion {
    /// What kind of thing: `horizontal_scan`, `vertical_scan`, `network_scan`, `syn_flood`, `udp_flood`,
    /// `brute_force`, `exfiltration`, `long_connection`, `periodic`, `unanswered_calls`, `service_on_odd_port`,
    /// `dns_tunnel` or `icmp_tunnel`; of an http.log `http_scan`, `http_denied`, `http_upload`, `http_periodic`,
    /// `program_download`, `tool_agent` or `rare_agent`.
    pub kind: &'static str,
    /// How much it asks to be looked at.
    pub severity: Severity,
    /// The reason, in one sentence.
    pub reason: String,
    /// The originator, if it is one.
    pub id_orig_h: Option<String>,
    /// The host that was asked, by the name that was given, if it is one.
    pub host: Option<String>,
    /// The responder, if it is one.
    pub id_resp_h: Option<String>,
    /// The responder's port, if it is one.
    pub id_resp_p: Option<u16>,
    /// The protocol, if it is one.
    pub proto: Option<&'static str>,
    /// Connections it is drawn from.
    pub n: u64,
    /// The first of them, in microseconds since 1970.
    pub first: Option<i64>,
    /// The last of them.
    pub last: Option<i64>,
    /// The thresholds it passed.
    pub thresholds: Vec<&'static str>,
    /// Some of its connections.
    pub evidence: Vec<Session>,
}

impl Conclusion {
    fn new(kind: &'static str, severity: Severity, reason: String, n: u64) -> Self {
        Self {
            kind,
            severity,
            reason,
            id_orig_h: None,
            host: None,
            id_resp_h: None,
            id_resp_p: None,
            proto: None,
            n,
            first: None,
            last: None,
            thresholds: Vec::new(),
            evidence: Vec::new(),
        }
    }

    fn with_orig(mut self, addr: IpAddr) -> Self {
        self.id_orig_h = Some(addr.to_string());
        self
    }

    fn with_host(mut self, host: &str) -> Self {
        self.host = Some(host.to_owned());
        self
    }

    fn with_resp(mut self, addr: IpAddr) -> Self {
        self.id_resp_h = Some(addr.to_string());
        self
    }

    fn with_port(mut self, port: u16, proto: u8) -> Self {
        self.id_resp_p = Some(port);
        self.proto = Some(proto_name(proto));
        self
    }

    fn between(mut self, span: Span) -> Self {
        if span.first <= span.last {
            (self.first, self.last) = (Some(span.first), Some(span.last));
        }
        self
    }

    fn by(mut self, thresholds: &[&'static str]) -> Self {
        self.thresholds = thresholds.to_vec();
        self
    }

    fn shown_by(mut self, evidence: Vec<Session>) -> Self {
        self.evidence = evidence;
        self
    }

    /// The command that lists the rows behind it, of a log named `conn.log` or `http.log`.
    ///
    /// Columns are those of `bro-ml cut`, compared by awk. A host that is no plain name stays out of it: it comes from
    /// the log, and the command is meant for a shell.
    #[must_use]
    pub fn query(&self) -> String {
        let mut conditions = Vec::new();
        let text = |column: usize, value: &Option<String>| {
            value.as_ref().map(|value| format!("${column} == \"{value}\""))
        };
        conditions.extend(text(3, &self.id_orig_h));
        conditions.extend(text(4, &self.id_resp_h));
        conditions.extend(self.id_resp_p.map(|port| format!("$5 == {port}")));
        let is_request = self.evidence.iter().any(|session| session.http.is_some());
        let (columns, log) = match is_request {
            true => {
                conditions.extend(text(6, &self.host.clone().filter(|host| is_plain(host))));
                ("host method status_code request_body_len response_body_len uri user_agent", "http.log")
            }
            false => {
                conditions.extend(self.proto.map(|proto| format!("$6 == \"{proto}\"")));
                ("proto service conn_state duration orig_bytes resp_bytes", "conn.log")
            }
        };
        let list = format!("bro-ml cut ts uid id.orig_h id.resp_h id.resp_p {columns} <{log}");
        if conditions.is_empty() { list } else { format!("{list} | awk '{}'", conditions.join(" && ")) }
    }
}

/// True for a name or an address that means nothing to a shell.
fn is_plain(host: &str) -> bool {
    !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_:[]".contains(&byte))
}

fn proto_name(proto: u8) -> &'static str {
    bro_features::Proto::ALL[usize::from(proto)].name()
}

/// A port as people write it: `445/tcp`.
fn port_in_words(port: u16, proto: u8) -> String {
    format!("{port}/{}", proto_name(proto))
}

/// A count with what is counted: `1 session`, `2 sessions`.
fn counted(n: u64, what: &str) -> String {
    format!("{} {what}{}", count_in_words(n), if n == 1 { "" } else { "s" })
}

/// True if the host is one's own, as far as its address tells.
fn is_local(addr: IpAddr) -> bool {
    is_private(addr)
}

/// Draws all conclusions; the gravest first, then the ones with most connections.
pub(super) fn all(tally: &Tally, detail: &Detail, thresholds: &Thresholds) -> Vec<Conclusion> {
    let mut found = match tally.kind {
        LogKind::Conn => of_connections(detail, thresholds),
        LogKind::Http => requests::all(tally, detail, thresholds),
    };
    found.sort_by(|a, b| {
        let key = |c: &Conclusion| {
            (
                std::cmp::Reverse(c.severity),
                c.kind,
                std::cmp::Reverse(c.n),
                c.id_orig_h.clone(),
                c.id_resp_h.clone(),
                (c.id_resp_p, c.host.clone()),
            )
        };
        key(a).cmp(&key(b)).then_with(|| a.reason.cmp(&b.reason))
    });
    found
}

fn of_connections(detail: &Detail, thresholds: &Thresholds) -> Vec<Conclusion> {
    let mut found = scans::all(detail, thresholds);
    found.extend(floods::all(detail, thresholds));
    found.extend(logins::all(detail, thresholds));
    found.extend(transfers::all(detail, thresholds));
    let told: Vec<_> = found.iter().map(|c| (c.id_orig_h.clone(), c.id_resp_h.clone())).collect();
    found.extend(rhythm::all(detail, thresholds, &told));
    found.extend(oddities::all(detail, thresholds));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_host_of_a_log_reaches_a_shell_unless_it_is_plain() {
        let request = Session { http: Some(crate::HttpFacts::default()), ..Session::default() };
        let of = |host: &str| {
            let found = Conclusion::new("http_scan", Severity::Low, String::new(), 1).with_host(host);
            found.shown_by(vec![request.clone()]).query()
        };
        assert!(of("www.example.org").ends_with("| awk '$6 == \"www.example.org\"'"));
        assert!(of("x' ; rm -rf '").ends_with("<http.log") && of("").ends_with("<http.log"));
    }
}
