//! What is what: the labels that go with the logs.

use crate::beat::Beat;

/// What a session is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Label {
    /// Ordinary traffic, periodic or not.
    Benign,
    /// An implant calling home.
    Beacon,
    /// Looking for hosts or ports that answer.
    Scan,
    /// Trying passwords.
    BruteForce,
    /// Carrying data out.
    Exfiltration,
    /// A long covert connection.
    Tunnel,
    /// Drowning a host.
    Flood,
}

impl Label {
    /// The label as the truth files spell it.
    ///
    /// ```
    /// assert_eq!(bro_synth::Label::BruteForce.name(), "brute_force");
    /// ```
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Benign => "benign",
            Self::Beacon => "beacon",
            Self::Scan => "scan",
            Self::BruteForce => "brute_force",
            Self::Exfiltration => "exfiltration",
            Self::Tunnel => "tunnel",
            Self::Flood => "flood",
        }
    }
}

/// One actor and the parameters it was made with.
#[derive(Debug, Clone, PartialEq)]
pub struct ActorTruth {
    /// The actor's number, as `truth.log` gives it with each `uid`.
    pub actor: u32,
    /// What all its sessions are, the lookups of its peers' names among them.
    pub label: Label,
    /// The kind of traffic: `browsing`, `ntp`, `horizontal_scan`, …
    pub family: &'static str,
    /// The address it acts from; unset where it uses many.
    pub id_orig_h: Option<std::net::Ipv4Addr>,
    /// The names or addresses it talks to, where it keeps to a few.
    pub peers: Vec<String>,
    /// The port it talks to, where it keeps to one.
    pub id_resp_p: Option<u16>,
    /// The timer behind it, if there is one.
    pub beat: Option<Beat>,
    /// Exchanges of one connection; more than 1 keeps it alive.
    pub per_connection: usize,
    /// Machines that do the same with the same peers.
    pub n_clients: usize,
    /// Whether it calls sites that people browse as well; a beacon then shows its desk's browser, too.
    pub blends_in: bool,
    /// Its rows of conn.log.
    pub n_sessions: u64,
}

/// What was written: every actor that is not plain background, and the sessions of those that are not benign.
///
/// ```
/// use bro_synth::Scenario;
///
/// let truth = Scenario { n_hosts: 5, ..Scenario::office_day(1) }.write_conn(&mut Vec::new())?;
/// let scan = truth.actors.iter().find(|actor| actor.family == "horizontal_scan");
/// assert!(scan.is_some_and(|scan| scan.n_sessions > 100));
/// # Ok::<(), bro_synth::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Truth {
    /// Every actor, by its number.
    pub actors: Vec<ActorTruth>,
    /// The sessions that are not benign, in the order of conn.log.
    pub planted: Vec<PlantedSession>,
    /// Rows of conn.log.
    pub n_sessions: u64,
}

/// A session that is not benign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlantedSession {
    /// Its `uid` in every log.
    pub uid: String,
    /// Index into [`Truth::actors`].
    pub actor: u32,
}
