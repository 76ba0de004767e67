//! Who is there: the office's machines and the sites they talk to.
//!
//! All of it is made up. Outside addresses lie in 198.18.0.0/15, set aside for benchmarks (RFC 2544), and names under
//! the reserved domains of RFC 2606, so no line of a synthetic log names anybody.

use std::collections::HashSet;
use std::net::Ipv4Addr;

use libm::pow;

use crate::clock::{MILLISECOND, micros};
use crate::dice::Dice;
use crate::flow::Stack;

pub(crate) const LETTERS: &str = "abcdefghijklmnopqrstuvwxyz";
pub(crate) const HEX: &str = "0123456789abcdef";
pub(crate) const ALPHANUMERIC: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// An address and a port.
pub(crate) type Endpoint = (Ipv4Addr, u16);

/// A machine of the office.
#[derive(Debug, Clone)]
pub(crate) struct Host {
    pub(crate) addr: Ipv4Addr,
    pub(crate) stack: Stack,
    /// The user agent of its browser.
    pub(crate) browser: String,
}

impl Host {
    pub(crate) fn ephemeral(&self, dice: &mut Dice) -> Endpoint {
        let (from, to) = if self.stack == Stack::LINUX { (32_768, 61_000) } else { (49_152, 65_536) };
        (self.addr, dice.range(from, to) as u16)
    }
}

/// A name outside, and where it is served from.
#[derive(Debug, Clone)]
pub(crate) struct Site {
    pub(crate) name: String,
    pub(crate) addrs: Vec<Ipv4Addr>,
    pub(crate) is_https: bool,
    /// Microseconds there and back.
    pub(crate) rtt: i64,
    /// Seconds the name may be remembered.
    pub(crate) ttl: u32,
}

/// The office and the outside.
#[derive(Debug, Clone)]
pub(crate) struct Network {
    /// Desks first, then the servers.
    pub(crate) hosts: Vec<Host>,
    pub(crate) n_desks: usize,
    pub(crate) sites: Vec<Site>,
    /// Sites people browse; those after them are known to single programs.
    n_browsed: usize,
    /// Cumulated Zipf weights of the browsed sites.
    popularity: Vec<f64>,
    next_addr: u32,
    names: HashSet<String>,
}

/// The office's servers, by their place after the desks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Server {
    Resolver,
    Files,
    Admin,
    Monitor,
    Printer,
}

/// Desks that fit 10.20.1.0 to 10.20.255.255, 250 in a network.
pub(crate) const MOST_DESKS: usize = 255 * 250;
const N_SERVERS: usize = 5;
const OUTSIDE: u32 = u32::from_be_bytes([198, 18, 0, 0]);
const OUTSIDE_SIZE: u32 = 1 << 17;

impl Network {
    /// An office of `n_desks` machines (at most [`MOST_DESKS`]) and five servers, and `n_sites` sites they browse.
    pub(crate) fn new(n_desks: usize, n_sites: usize, dice: &mut Dice) -> Self {
        let mut hosts: Vec<Host> = (0..n_desks).map(|desk| desk_machine(desk, dice)).collect();
        hosts.extend((0..N_SERVERS).map(|server| Host {
            addr: Ipv4Addr::new(10, 20, 0, 10 + server as u8),
            stack: Stack::LINUX,
            browser: String::from("curl/8.5.0"),
        }));
        let mut network = Self {
            hosts,
            n_desks,
            sites: Vec::with_capacity(n_sites),
            n_browsed: n_sites,
            popularity: zipf(n_sites),
            next_addr: 0,
            names: HashSet::new(),
        };
        for _ in 0..n_sites {
            network.add_site(dice);
        }
        network
    }

    /// A new site, as any other by its name, address and distance, that nobody browses. Its index.
    pub(crate) fn add_site(&mut self, dice: &mut Dice) -> usize {
        // One site in three is served from the addresses of an earlier one, as a content network does.
        let addrs = match self.sites.len() {
            n if n > 0 && dice.chance(0.33) => self.sites[dice.below(n)].addrs.clone(),
            _ => (0..=dice.geometric(0.7, 3)).map(|_| self.new_addr(dice)).collect(),
        };
        let name = self.new_name(dice);
        self.sites.push(Site {
            name,
            addrs,
            is_https: dice.chance(0.85),
            rtt: micros(dice.log_normal(0.022, 0.7)).clamp(2 * MILLISECOND, 400 * MILLISECOND),
            ttl: dice.pick(&[60, 60, 300, 300, 900, 3_600, 14_400]),
        });
        self.sites.len() - 1
    }

    fn new_addr(&mut self, dice: &mut Dice) -> Ipv4Addr {
        self.next_addr += dice.range(1, 8) as u32;
        Ipv4Addr::from(OUTSIDE + self.next_addr % OUTSIDE_SIZE)
    }

    fn new_name(&mut self, dice: &mut Dice) -> String {
        loop {
            let name = site_name(dice);
            if self.names.insert(name.clone()) {
                return name;
            }
        }
    }

    pub(crate) fn server(&self, server: Server) -> &Host {
        &self.hosts[self.n_desks + server as usize]
    }

    /// A site by its popularity.
    pub(crate) fn browsed(&self, dice: &mut Dice) -> usize {
        let total = self.popularity[self.n_browsed - 1];
        let at = dice.unit() * total;
        self.popularity.partition_point(|&upto| upto <= at).min(self.n_browsed - 1)
    }

    /// One of the most popular twentieth of the sites.
    pub(crate) fn popular(&self, dice: &mut Dice) -> usize {
        dice.below(self.n_browsed.div_ceil(20))
    }

    pub(crate) fn desk(&self, dice: &mut Dice) -> usize {
        dice.below(self.n_desks)
    }
}

/// Whether an address belongs to the office.
pub(crate) fn is_local(addr: Ipv4Addr) -> bool {
    addr.is_private()
}

fn desk_machine(desk: usize, dice: &mut Dice) -> Host {
    let stack = if dice.chance(0.8) { Stack::WINDOWS } else { Stack::LINUX };
    let addr = Ipv4Addr::new(10, 20, (1 + desk / 250) as u8, (2 + desk % 250) as u8);
    Host { addr, stack, browser: browser(stack, dice) }
}

/// A browser's user agent: a few versions are everywhere, the rest rare.
fn browser(stack: Stack, dice: &mut Dice) -> String {
    let platform = if stack == Stack::WINDOWS { "Windows NT 10.0; Win64; x64" } else { "X11; Linux x86_64" };
    let major = 128 - dice.geometric(1.2, 20);
    if dice.chance(0.7) {
        format!(
            "Mozilla/5.0 ({platform}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{major}.0.0.0 Safari/537.36"
        )
    } else {
        format!("Mozilla/5.0 ({platform}; rv:{major}.0) Gecko/20100101 Firefox/{major}.0")
    }
}

fn zipf(n: usize) -> Vec<f64> {
    let mut total = 0.0;
    let add = |rank| {
        total += pow(rank as f64, -0.95);
        total
    };
    (1..=n).map(add).collect()
}

const SYLLABLES: [&str; 32] = [
    "ba", "ber", "bright", "car", "ced", "co", "dar", "den", "el", "fern", "gal", "har", "in", "jun", "ka",
    "lan", "leaf", "lo", "mar", "mi", "nor", "o", "pen", "qui", "ra", "sol", "stone", "ta", "ton", "vi",
    "wel", "zen",
];
const PREFIXES: [&str; 14] = [
    "www", "www", "www", "cdn", "api", "static", "img", "app", "mail", "news", "edge", "login", "data",
    "files",
];
const DOMAINS: [&str; 5] = ["example", "example.com", "example.net", "example.org", "test"];

/// A made-up name: a word, sometimes with digits, sometimes behind a prefix; some are random letters.
fn site_name(dice: &mut Dice) -> String {
    let mut word = if dice.chance(0.08) {
        let length = 6 + dice.below(12);
        dice.token(length, "abcdefghijklmnopqrstuvwxyz0123456789")
    } else {
        (0..2 + dice.below(3)).map(|_| dice.pick(&SYLLABLES)).collect()
    };
    if dice.chance(0.25) {
        word.push_str(&dice.below(100).to_string());
    }
    let domain = dice.pick(&DOMAINS);
    let prefix = dice.pick(&PREFIXES);
    match dice.below(10) {
        0..=5 => format!("{prefix}.{word}.{domain}"),
        6..=8 => format!("{word}.{domain}"),
        _ => format!("{}{}.{prefix}.{word}.{domain}", dice.token(2, LETTERS), dice.below(30)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network() -> Network {
        Network::new(1_000, 2_000, &mut Dice::new(1, 0))
    }

    #[test]
    fn every_machine_has_its_own_local_address() {
        let network = network();
        let addrs: HashSet<Ipv4Addr> = network.hosts.iter().map(|host| host.addr).collect();
        assert_eq!(addrs.len(), network.hosts.len());
        assert!(addrs.into_iter().all(is_local));
    }

    #[test]
    fn sites_lie_in_the_benchmark_range_under_reserved_names() {
        for site in network().sites {
            assert!(site.addrs.iter().all(|addr| (18..=19).contains(&addr.octets()[1]) && !is_local(*addr)));
            assert!(DOMAINS.iter().any(|domain| site.name.ends_with(domain)), "{}", site.name);
        }
    }

    #[test]
    fn popular_sites_are_browsed_most() {
        let network = network();
        let mut dice = Dice::new(2, 0);
        let n_top = (0..10_000).filter(|_| network.browsed(&mut dice) < 100).count();
        assert!((5_000..9_000).contains(&n_top), "{n_top}");
    }
}
