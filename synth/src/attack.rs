//! What intruders do besides beaconing.

use std::net::Ipv4Addr;

use crate::actor::Activity;
use crate::clock::{MILLISECOND, SECOND, micros};
use crate::error::{Error, count};
use crate::flow::{Ending, Flow, Stack, Talk};
use crate::session::App;
use crate::stage::{Stage, Volume};
use crate::truth::Label;

/// An attack to plant; each takes place once, at a time of the seed's choosing, and ends with the scenario.
///
/// ```
/// use bro_synth::{Attack, Planted, Scenario};
///
/// let scan = Attack::HorizontalScan { port: 445, n_targets: 5_000 };
/// let scenario = Scenario { planted: vec![Planted::Attack(scan)], ..Scenario::office_day(1) };
/// assert_eq!(scenario.planted.len(), 1);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Attack {
    /// A desk knocks at one port of many addresses, most of which do not answer.
    HorizontalScan {
        /// The port.
        port: u16,
        /// Addresses tried, one session each.
        n_targets: usize,
    },
    /// A desk knocks at many ports of the file server.
    VerticalScan {
        /// Ports tried, from 1 on, one session each.
        n_ports: usize,
    },
    /// Somebody outside tries passwords on the administration server's SSH.
    BruteForce {
        /// Sessions.
        n_attempts: usize,
    },
    /// A desk sends data to a site nobody else knows.
    Exfiltration {
        /// Payload in total, in bytes.
        bytes: u64,
        /// Sessions it is spread over, at least 1.
        n_sessions: usize,
    },
    /// A desk holds a connection to an odd port open for hours, both sides talking.
    Tunnel {
        /// How long, in minutes.
        minutes: u32,
    },
    /// Forged sources open connections to the administration server and leave them half open.
    SynFlood {
        /// SYNs, one session each.
        n_syns: usize,
    },
    /// A desk floods a site with datagrams from many ports.
    UdpFlood {
        /// Sessions of some thousand datagrams each.
        n_sessions: usize,
    },
}

impl Attack {
    /// The attack's name in the truth files.
    #[must_use]
    pub const fn family(self) -> &'static str {
        match self {
            Self::HorizontalScan { .. } => "horizontal_scan",
            Self::VerticalScan { .. } => "vertical_scan",
            Self::BruteForce { .. } => "brute_force",
            Self::Exfiltration { .. } => "exfiltration",
            Self::Tunnel { .. } => "tunnel",
            Self::SynFlood { .. } => "syn_flood",
            Self::UdpFlood { .. } => "udp_flood",
        }
    }

    /// What its sessions are.
    #[must_use]
    pub const fn label(self) -> Label {
        match self {
            Self::HorizontalScan { .. } | Self::VerticalScan { .. } => Label::Scan,
            Self::BruteForce { .. } => Label::BruteForce,
            Self::Exfiltration { .. } => Label::Exfiltration,
            Self::Tunnel { .. } => Label::Tunnel,
            Self::SynFlood { .. } | Self::UdpFlood { .. } => Label::Flood,
        }
    }

    pub(crate) fn check(self) -> Result<(), Error> {
        match self {
            // The office's network from 10.20.1.1 on.
            Self::HorizontalScan { n_targets, .. } => count("n_targets", n_targets, 1, 65_000),
            Self::VerticalScan { n_ports } => count("n_ports", n_ports, 1, 65_535),
            Self::BruteForce { n_attempts } => count("n_attempts", n_attempts, 1, 10_000_000),
            Self::Exfiltration { n_sessions, .. } => count("n_sessions", n_sessions, 1, 1_000_000),
            Self::Tunnel { minutes } => count("minutes", minutes as usize, 1, 100_000),
            Self::SynFlood { n_syns } => count("n_syns", n_syns, 1, 100_000_000),
            Self::UdpFlood { n_sessions } => count("n_sessions", n_sessions, 1, 10_000_000),
        }
    }

    /// Sessions, and the mean gap between them in seconds.
    pub(crate) const fn train(self) -> (usize, f64) {
        match self {
            Self::HorizontalScan { n_targets, .. } => (n_targets, 0.05),
            Self::VerticalScan { n_ports } => (n_ports, 0.02),
            Self::BruteForce { n_attempts } => (n_attempts, 2.5),
            Self::Exfiltration { n_sessions, .. } => (n_sessions, 900.0),
            Self::Tunnel { .. } => (1, 1.0),
            Self::SynFlood { n_syns } => (n_syns, 0.002),
            Self::UdpFlood { n_sessions } => (n_sessions, 0.5),
        }
    }
}

/// An attack under way.
#[derive(Debug)]
pub(crate) struct Attacking {
    pub(crate) attack: Attack,
    /// The desk it comes from, where it comes from inside.
    pub(crate) host: usize,
    /// The site it goes to or comes from, where it crosses the border.
    pub(crate) site: usize,
    /// The server it aims at, where it aims inside.
    pub(crate) target: Ipv4Addr,
    /// Sessions so far.
    pub(crate) n_done: usize,
}

impl Activity for Attacking {
    fn act(&mut self, times: &[i64], stage: &mut Stage<'_>) {
        let at = times[0];
        match self.attack {
            Attack::HorizontalScan { port, .. } => self.knock(at, self.next_address(), port, 0.02, stage),
            Attack::VerticalScan { .. } => {
                self.knock(at, self.target, (1 + self.n_done) as u16, 0.005, stage)
            }
            Attack::BruteForce { .. } => self.try_password(at, stage),
            Attack::Exfiltration { bytes, n_sessions } => self.send(at, bytes / n_sessions as u64, stage),
            Attack::Tunnel { minutes } => self.tunnel(at, i64::from(minutes) * 60 * SECOND, stage),
            Attack::SynFlood { .. } => self.forge(at, stage),
            Attack::UdpFlood { .. } => self.drown(at, stage),
        }
        self.n_done += 1;
    }
}

impl Attacking {
    /// Addresses of the office's network in order, the desks among them.
    fn next_address(&self) -> Ipv4Addr {
        Ipv4Addr::from(u32::from_be_bytes([10, 20, 1, 1]) + self.n_done as u32)
    }

    /// One SYN: few ports are open, some hosts refuse, most say nothing.
    fn knock(&self, at: i64, target: Ipv4Addr, port: u16, p_open: f64, stage: &mut Stage<'_>) {
        let rtt = 300 + stage.dice.range(0, 600) as i64;
        let roll = stage.dice.unit();
        let p_refused = if matches!(self.attack, Attack::VerticalScan { .. }) { 0.97 } else { 0.1 };
        let flow = if roll < p_open {
            Flow::probed(Stack::BARE, Stack::LINUX, rtt)
        } else if roll < p_open + p_refused {
            Flow::refused(Stack::BARE, rtt)
        } else {
            Flow::unanswered(Stack::BARE, 1, 0)
        };
        stage.connect(at, self.host, (target, port), ("", flow, App::None));
    }

    /// One SSH login that fails: the same exchange each time, and a hurried end.
    fn try_password(&self, at: i64, stage: &mut Stage<'_>) {
        let talk = Talk {
            orig_bytes: 1_900 + stage.dice.range(0, 96),
            resp_bytes: 2_300 + stage.dice.range(0, 64),
            duration: micros(stage.dice.uniform(1.6, 2.4)),
            ending: if stage.dice.chance(0.7) { Ending::ClosedByResp } else { Ending::ResetByOrig },
            resp_greets: true,
            orig_stack: Stack::LINUX,
            resp_stack: Stack::LINUX,
        };
        let orig = (stage.network.sites[self.site].addrs[0], stage.dice.range(32_768, 61_000) as u16);
        let flow = talk.flow(stage.dice);
        stage.push(at, orig, (self.target, 22), ("ssh", flow, App::None));
    }

    fn send(&self, at: i64, bytes: u64, stage: &mut Stage<'_>) {
        let (at, addr) = stage.resolve(at, self.host, self.site);
        let orig_bytes = (bytes as f64 * stage.dice.uniform(0.8, 1.2)) as u64;
        // An uplink of 8 MB/s.
        let volume = Volume { orig_bytes, resp_bytes: orig_bytes / 2_000, duration: (orig_bytes / 8) as i64 };
        let name = stage.network.sites[self.site].name.clone();
        stage.tls(at, self.host, (addr, 443), Some(&name), volume);
    }

    fn tunnel(&self, at: i64, duration: i64, stage: &mut Stage<'_>) {
        let volume = Volume {
            orig_bytes: stage.dice.log_normal(4e7, 0.5) as u64,
            resp_bytes: stage.dice.log_normal(6e7, 0.5) as u64,
            duration,
        };
        let port = 20_000 + stage.dice.below(20_000) as u16;
        let resp = (stage.network.sites[self.site].addrs[0], port);
        stage.plain(at, self.host, resp, "", volume);
    }

    fn forge(&self, at: i64, stage: &mut Stage<'_>) {
        let source = Ipv4Addr::from(u32::from_be_bytes([198, 19, 0, 0]) + stage.dice.below(1 << 16) as u32);
        let port = stage.dice.range(1_024, 65_536) as u16;
        stage.push(
            at,
            (source, port),
            (self.target, 22),
            ("", Flow::unanswered(Stack::BARE, 1, 0), App::None),
        );
    }

    fn drown(&self, at: i64, stage: &mut Stage<'_>) {
        let n = stage.dice.range(2_000, 9_000);
        let flow = Flow::udp((n, n * 1_400), (0, 0), n as i64 * MILLISECOND / 4);
        let resp = (stage.network.sites[self.site].addrs[0], stage.dice.range(1, 65_535) as u16);
        stage.connect(at, self.host, resp, ("", flow, App::None));
    }
}
