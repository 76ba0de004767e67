//! Beacons, and the harmless programs that keep the same time.

use crate::beat::Beat;
use crate::dice::Dice;
use crate::host::{LETTERS, Network};
use crate::program::{Channel, Content, LONGEST_HOLD, NOTHING, Size, Uri};

/// An implant that calls home.
///
/// ```
/// use bro_synth::{Beacon, Beat, Channel};
///
/// let beacon = Beacon { channel: Channel::Tls, n_domains: 3, ..Beacon::new(Beat::new(60.0)) };
/// assert_eq!(beacon.per_connection, 1);
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Beacon {
    /// When it calls.
    pub beat: Beat,
    /// How it calls. Default [`Channel::Http`].
    pub channel: Channel,
    /// Calls of one connection: more than 1 keeps it alive. At least 1, which is the default.
    pub per_connection: usize,
    /// Domains it takes turns with. At least 1, which is the default.
    pub n_domains: usize,
    /// Standard deviation of the sizes of its messages, relative to their usual size. Default 0.
    pub size_noise: f64,
    /// Most bytes of random padding on each message. Default 0.
    pub padding: u64,
    /// Desks infected. At least 1, which is the default.
    pub n_clients: usize,
    /// Shows the desk's browser as its user agent and hides behind a popular site. Default false.
    pub blends_in: bool,
}

impl Beacon {
    /// A lone beacon over HTTP.
    #[must_use]
    pub const fn new(beat: Beat) -> Self {
        Self {
            beat,
            channel: Channel::Http,
            per_connection: 1,
            n_domains: 1,
            size_noise: 0.0,
            padding: 0,
            n_clients: 1,
            blends_in: false,
        }
    }

    pub(crate) fn content(&self, browser: &str, dice: &mut Dice) -> Content {
        let is_post = dice.chance(0.35);
        let Self { size_noise: noise, padding, .. } = *self;
        let request = Size { base: dice.log_uniform(30.0, 2_000.0), noise, padding };
        Content {
            method: if is_post { "POST" } else { "GET" },
            uri: uri([0.35, 0.2, 0.3, 0.15], dice),
            user_agent: if self.blends_in { Some(browser.to_owned()) } else { implant_agent(browser, dice) },
            referrer: (self.blends_in && dice.chance(0.4)).then(|| REFERRER.to_owned()),
            request: if is_post || self.channel != Channel::Http { request } else { NOTHING },
            response: Size { base: dice.log_uniform(20.0, 5_000.0), noise, padding },
            unchanged: if dice.chance(0.2) { dice.uniform(0.5, 0.99) } else { 0.0 },
            load: dice.pick(&[0.0, 0.002, 0.01]),
            mime_type: dice.pick(&MIME_TYPES),
            hold: if dice.chance(0.1) { (0.9 * self.beat.period).min(LONGEST_HOLD) } else { 0.0 },
            has_sni: dice.chance(0.95),
        }
    }
}

/// What harmless program a [`Decoy`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DecoyKind {
    /// Sets the clock.
    Ntp,
    /// Asks whether a certificate still holds.
    Ocsp,
    /// Looks for a new version of itself.
    Update,
    /// Reports how it is used.
    Telemetry,
    /// Waits for news on a request held open.
    LongPoll,
    /// Looks for mail.
    Mail,
    /// Reads a feed.
    Rss,
    /// Says that it is alive.
    Heartbeat,
    /// A page that refreshes itself.
    Dashboard,
}

impl DecoyKind {
    /// All nine.
    pub const ALL: [Self; 9] = [
        Self::Ntp,
        Self::Ocsp,
        Self::Update,
        Self::Telemetry,
        Self::LongPoll,
        Self::Mail,
        Self::Rss,
        Self::Heartbeat,
        Self::Dashboard,
    ];

    /// The kind's name, which is its family in the truth files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ntp => "ntp",
            Self::Ocsp => "ocsp",
            Self::Update => "update",
            Self::Telemetry => "telemetry",
            Self::LongPoll => "long_poll",
            Self::Mail => "mail",
            Self::Rss => "rss",
            Self::Heartbeat => "heartbeat",
            Self::Dashboard => "dashboard",
        }
    }

    fn is_in_browser(self) -> bool {
        matches!(self, Self::LongPoll | Self::Rss | Self::Dashboard)
    }
}

/// A harmless program that keeps time as a beacon does.
///
/// ```
/// use bro_synth::{Beat, Decoy, DecoyKind};
///
/// let updater = Decoy { n_clients: 40, ..Decoy::new(DecoyKind::Update, Beat::new(3_600.0)) };
/// assert_eq!(updater.kind.name(), "update");
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Decoy {
    /// What it is.
    pub kind: DecoyKind,
    /// When it calls.
    pub beat: Beat,
    /// Calls of one connection: more than 1 keeps it alive. At least 1, which is the default.
    pub per_connection: usize,
    /// Domains it takes turns with. At least 1, which is the default.
    pub n_domains: usize,
    /// Standard deviation of the sizes of its messages, relative to their usual size. Default 0.
    pub size_noise: f64,
    /// Desks that run it. At least 1, which is the default.
    pub n_clients: usize,
    /// Whether people browse its site as well. Default false.
    pub is_popular: bool,
}

impl Decoy {
    /// A program that one desk runs.
    #[must_use]
    pub const fn new(kind: DecoyKind, beat: Beat) -> Self {
        Self { kind, beat, per_connection: 1, n_domains: 1, size_noise: 0.0, n_clients: 1, is_popular: false }
    }

    pub(crate) fn channel(&self, dice: &mut Dice) -> Channel {
        let p_tls = match self.kind {
            DecoyKind::Ntp | DecoyKind::Ocsp => 0.0,
            DecoyKind::Mail => 1.0,
            DecoyKind::Rss | DecoyKind::Update | DecoyKind::Heartbeat => 0.45,
            DecoyKind::Telemetry | DecoyKind::LongPoll | DecoyKind::Dashboard => 0.6,
        };
        let p_tcp = if self.kind == DecoyKind::Heartbeat { 0.25 } else { 0.0 };
        dice.weighted(&[(Channel::Tls, p_tls), (Channel::Tcp, p_tcp), (Channel::Http, 1.0 - p_tls - p_tcp)])
    }

    pub(crate) fn content(&self, channel: Channel, browser: &str, dice: &mut Dice) -> Content {
        let (p_post, request, response) = self.sizes(dice);
        let is_post = dice.chance(p_post);
        let p_browser = if self.kind.is_in_browser() { 0.85 } else { 0.15 };
        let size = |base| Size { base, noise: self.size_noise, padding: 0 };
        Content {
            method: if is_post { "POST" } else { "GET" },
            uri: uri([0.45, 0.25, 0.15, 0.15], dice),
            user_agent: if dice.chance(p_browser) { Some(browser.to_owned()) } else { program_agent(dice) },
            referrer: (self.kind.is_in_browser() && dice.chance(0.6)).then(|| REFERRER.to_owned()),
            request: if is_post || channel != Channel::Http { size(request) } else { NOTHING },
            response: size(response),
            unchanged: if matches!(self.kind, DecoyKind::Rss | DecoyKind::Update) {
                dice.uniform(0.0, 0.95)
            } else {
                0.0
            },
            load: if self.kind == DecoyKind::Update { 0.005 } else { 0.0 },
            mime_type: dice.pick(&MIME_TYPES),
            hold: if self.kind == DecoyKind::LongPoll {
                (0.9 * self.beat.period).min(LONGEST_HOLD)
            } else {
                0.0
            },
            has_sni: dice.chance(0.97),
        }
    }

    /// The share of programs that post, and the usual bytes of a request's and an answer's body.
    fn sizes(&self, dice: &mut Dice) -> (f64, f64, f64) {
        let (p_post, request, response) = match self.kind {
            DecoyKind::Ntp => (0.0, (48.0, 49.0), (48.0, 49.0)),
            DecoyKind::Ocsp => (0.9, (70.0, 120.0), (470.0, 2_200.0)),
            DecoyKind::Update => (0.3, (40.0, 3_000.0), (20.0, 6_000.0)),
            DecoyKind::Telemetry => (0.9, (60.0, 20_000.0), (2.0, 300.0)),
            DecoyKind::LongPoll => (0.3, (30.0, 600.0), (10.0, 2_000.0)),
            DecoyKind::Mail => (0.0, (80.0, 400.0), (100.0, 4_000.0)),
            DecoyKind::Rss => (0.0, (30.0, 200.0), (1_000.0, 150_000.0)),
            DecoyKind::Heartbeat => (0.6, (20.0, 400.0), (2.0, 400.0)),
            DecoyKind::Dashboard => (0.3, (40.0, 1_500.0), (100.0, 40_000.0)),
        };
        (p_post, dice.log_uniform(request.0, request.1), dice.log_uniform(response.0, response.1))
    }

    pub(crate) fn port(&self, channel: Channel, dice: &mut Dice) -> u16 {
        if self.kind == DecoyKind::Mail { 993 } else { port(channel, dice) }
    }
}

/// A harmless program that calls whenever it is used: at random, all day.
///
/// ```
/// use bro_synth::{ApiClient, Channel};
///
/// let client = ApiClient { size_noise: 0.2, ..ApiClient::new(60.0) };
/// assert_eq!((client.channel, client.n_clients), (Channel::Http, 1));
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ApiClient {
    /// Calls an hour on average; positive.
    pub per_hour: f64,
    /// How it calls. Default [`Channel::Http`].
    pub channel: Channel,
    /// Standard deviation of the sizes of its messages, relative to their usual size. Default 0.
    pub size_noise: f64,
    /// Desks that run it. At least 1, which is the default.
    pub n_clients: usize,
}

impl ApiClient {
    /// A program that one desk runs, over HTTP.
    #[must_use]
    pub const fn new(per_hour: f64) -> Self {
        Self { per_hour, channel: Channel::Http, size_noise: 0.0, n_clients: 1 }
    }

    /// It says what a program of some kind says.
    pub(crate) fn content(&self, browser: &str, dice: &mut Dice) -> Content {
        let kind =
            dice.pick(&[DecoyKind::Update, DecoyKind::Telemetry, DecoyKind::Heartbeat, DecoyKind::Dashboard]);
        let decoy =
            Decoy { size_noise: self.size_noise, ..Decoy::new(kind, Beat::new(3_600.0 / self.per_hour)) };
        decoy.content(self.channel, browser, dice)
    }
}

/// The port of a service, harmless or not.
pub(crate) fn port(channel: Channel, dice: &mut Dice) -> u16 {
    match channel {
        Channel::Http => dice.weighted(&[(80, 0.85), (8_080, 0.1), (8_000, 0.05)]),
        Channel::Tls => dice.weighted(&[(443, 0.92), (8_443, 0.08)]),
        Channel::Dns => 53,
        Channel::Tcp => dice.range(1_025, 30_000) as u16,
    }
}

/// The sites of a program: new ones nobody browses, or ones people browse as well.
pub(crate) fn sites(n: usize, is_popular: bool, network: &mut Network, dice: &mut Dice) -> Vec<usize> {
    (0..n).map(|_| if is_popular { network.popular(dice) } else { network.add_site(dice) }).collect()
}

/// A way to vary URIs; `weights` are those of fixed, counting, random and pooled ones.
fn uri(weights: [f64; 4], dice: &mut Dice) -> Uri {
    let kind = dice.weighted(&[(0, weights[0]), (1, weights[1]), (2, weights[2]), (3, weights[3])]);
    match kind {
        0 => Uri::Fixed(path(dice)),
        1 => Uri::Counter(format!("{}?{}=", path(dice), dice.pick(&["t", "seq", "n", "_", "id"]))),
        2 => Uri::Token(format!("{}/", path(dice)), 6 + dice.below(30)),
        _ => Uri::Pool((0..2 + dice.below(6)).map(|_| path(dice)).collect()),
    }
}

const MIME_TYPES: [&str; 5] =
    ["text/plain", "text/html", "text/json", "application/xml", "application/octet-stream"];
/// The page that scripts of the office's own tools run in.
const REFERRER: &str = "http://intranet.office.example/";
const ENDINGS: [&str; 8] = ["", "", "", ".php", ".js", ".json", ".xml", ".gif"];

fn path(dice: &mut Dice) -> String {
    let mut path = String::new();
    for _ in 0..=dice.geometric(1.0, 4) {
        path.push('/');
        let length = 2 + dice.below(9);
        path.push_str(&dice.token(length, LETTERS));
    }
    path + dice.pick(&ENDINGS)
}

/// The user agent of an implant that does not take the desk's: often a browser's of years ago.
fn implant_agent(browser: &str, dice: &mut Dice) -> Option<String> {
    match dice.below(10) {
        0..=2 => Some(old_browser(dice)),
        3..=6 => program_agent(dice),
        7..=8 => Some(browser.to_owned()),
        _ => None,
    }
}

/// The user agent of a program: its made-up name and version, a library's, one it was given years ago, or none.
fn program_agent(dice: &mut Dice) -> Option<String> {
    let version = format!("{}.{}.{}", dice.below(12), dice.below(20), dice.below(30));
    match dice.below(10) {
        0..=4 => {
            let length = 4 + dice.below(7);
            Some(format!("{}/{version}", dice.token(length, LETTERS)))
        }
        5..=7 => Some(format!("{}/{version}", dice.pick(&LIBRARIES))),
        8 => Some(old_browser(dice)),
        _ => None,
    }
}

const LIBRARIES: [&str; 5] = ["python-requests", "curl", "Go-http-client", "okhttp", "WinHTTP"];

fn old_browser(dice: &mut Dice) -> String {
    format!("Mozilla/5.0 (compatible; MSIE {}.0; Windows NT 6.1; Trident/5.0)", 7 + dice.below(4))
}
