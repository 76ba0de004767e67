//! What is to happen: the office, its day, and what is planted in it.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use crate::clock::HOUR;
use crate::error::{Error, count, number};
use crate::host::MOST_DESKS;
use crate::plan;
use crate::planted::{self, Planted};
use crate::timeline::{self, Outputs, Span};
use crate::truth::Truth;

/// Seeded traffic of an office, and what is planted in it.
///
/// The same scenario gives the same bytes, on any platform. Rows are written as they happen, in the order in which Zeek
/// writes them; memory holds the sessions that are still going on and the planted ones' uids.
///
/// ```
/// use bro_synth::Scenario;
///
/// let scenario = Scenario { hours: 2.0, n_hosts: 20, ..Scenario::office_day(7) };
/// let mut conn_log = Vec::new();
/// let truth = scenario.write_conn(&mut conn_log)?;
/// let n_rows = conn_log.split(|&byte| byte == b'\n').filter(|line| line.first() == Some(&b'1')).count();
/// assert_eq!(n_rows as u64, truth.n_sessions);
/// # Ok::<(), bro_synth::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Scenario {
    /// What all chance comes from.
    pub seed: u64,
    /// When it starts, in microseconds since 1970. Default Monday 2026-03-02, midnight UTC.
    pub start: i64,
    /// How long it lasts. Default 24.
    pub hours: f64,
    /// Desks of the office, 1 to 63,750. Default 80.
    pub n_hosts: usize,
    /// Sites people browse, 20 to 100,000. Default 3,000.
    pub n_sites: usize,
    /// How much people do, relative to a usual day. Default 1.
    pub intensity: f64,
    /// Stops after so many sessions. Default none.
    pub max_sessions: Option<u64>,
    /// What is planted.
    pub planted: Vec<Planted>,
}

/// Monday 2026-03-02, midnight UTC.
const START: i64 = 1_772_409_600_000_000;

impl Scenario {
    /// An ordinary day and nothing planted: browsing, lookups, mail, shares, printers, clocks, updates.
    #[must_use]
    pub const fn quiet_day(seed: u64) -> Self {
        Self {
            seed,
            start: START,
            hours: 24.0,
            n_hosts: 80,
            n_sites: 3_000,
            intensity: 1.0,
            max_sessions: None,
            planted: Vec::new(),
        }
    }

    /// An ordinary day with a scan of each kind, password guessing, two floods, gigabytes carried out, three tunnels
    /// and three beacons in it.
    #[must_use]
    pub fn office_day(seed: u64) -> Self {
        Self { planted: planted::office_oddities(), ..Self::quiet_day(seed) }
    }

    /// So many hours with `n_beacons` beacons of all laws, twice as many decoys that share their timers, and half as
    /// many programs that call at random.
    ///
    /// Each decoy has the [`Beat`](crate::Beat) of a beacon, so time tells nothing; a third of the beacons show the
    /// desk's browser and call a popular site, and seven decoys in ten run on a single desk.
    #[must_use]
    pub fn beacon_study(seed: u64, hours: f64, n_beacons: usize) -> Self {
        Self { hours, planted: planted::beacon_study(seed, hours, n_beacons), ..Self::quiet_day(seed) }
    }

    /// Writes `conn.log` and tells what is in it.
    ///
    /// # Errors
    /// As [`write`](Self::write).
    pub fn write_conn(&self, conn: &mut dyn Write) -> Result<Truth, Error> {
        self.write(Outputs { conn: Some(conn), ..Outputs::default() })
    }

    /// Writes the logs asked for and tells what is in them. `outputs` should be buffered.
    ///
    /// Time O(s log a) for s sessions of a actors, memory O(actors + open sessions + planted sessions).
    ///
    /// # Errors
    /// [`Error::Count`] and [`Error::Number`] for a parameter out of range, [`Error::Log`] from the output.
    pub fn write(&self, outputs: Outputs<'_>) -> Result<Truth, Error> {
        self.check()?;
        let (network, actors) = plan::actors(self);
        let end = self.start + (self.hours * HOUR as f64) as i64;
        let span = Span { start: self.start, end, max_sessions: self.max_sessions.unwrap_or(u64::MAX) };
        timeline::run(&network, actors, span, outputs)
    }

    /// Writes `conn.log`, `http.log`, `ssl.log`, `dns.log`, `truth.log` and `actors.log` into the folder `dir`, which
    /// is made if need be.
    ///
    /// # Errors
    /// As [`write`](Self::write), and [`Error::File`] for a file or folder that cannot be made.
    pub fn write_dir(&self, dir: &Path) -> Result<Truth, Error> {
        self.check()?;
        std::fs::create_dir_all(dir).map_err(|source| Error::File { path: dir.to_owned(), source })?;
        let file = |name: &str| {
            let path = dir.join(name);
            File::create(&path).map(BufWriter::new).map_err(|source| Error::File { path, source })
        };
        let (mut conn, mut http, mut ssl) = (file("conn.log")?, file("http.log")?, file("ssl.log")?);
        let (mut dns, mut truth, mut actors) = (file("dns.log")?, file("truth.log")?, file("actors.log")?);
        self.write(Outputs {
            conn: Some(&mut conn),
            http: Some(&mut http),
            ssl: Some(&mut ssl),
            dns: Some(&mut dns),
            truth: Some(&mut truth),
            actors: Some(&mut actors),
        })
    }

    fn check(&self) -> Result<(), Error> {
        count("n_hosts", self.n_hosts, 1, MOST_DESKS)?;
        count("n_sites", self.n_sites, 20, 100_000)?;
        number("hours", self.hours, "more than 0, at most 8784", |hours| hours > 0.0 && hours <= 8_784.0)?;
        number("intensity", self.intensity, "0.001 to 1000", |factor| (0.001..=1_000.0).contains(&factor))?;
        self.planted.iter().try_for_each(Planted::check)
    }
}
