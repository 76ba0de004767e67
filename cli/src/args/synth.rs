use clap::{Args as ClapArgs, ValueEnum};
use std::path::PathBuf;

/// Make synthetic logs with the truth beside: conn.log, http.log, ssl.log and dns.log of an office that agree with each
/// other, truth.log with the label of every session, actors.log with the timer of every program.
#[derive(Debug, ClapArgs)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Synth {
    /// What is to happen
    #[arg(long, value_enum, default_value_t = ScenarioKind::OfficeDay)]
    pub(crate) scenario: ScenarioKind,

    /// How long it lasts, in hours
    #[arg(long, value_name = "H", default_value_t = 24.0, allow_negative_numbers = true)]
    pub(crate) hours: f64,

    /// What all chance comes from: the same seed gives the same bytes
    #[arg(long, value_name = "SEED", default_value_t = 1)]
    pub(crate) seed: u64,

    /// Desks of the office
    #[arg(long, value_name = "N", default_value_t = 80)]
    pub(crate) hosts: usize,

    /// How much people do, relative to a usual day
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0)]
    pub(crate) intensity: f64,

    /// Beacons of a beacon-study; it has twice as many decoys with the same timers
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub(crate) beacons: usize,

    /// Folder for the logs; it is made if need be
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ScenarioKind {
    /// A day with scans, floods, exfiltration, tunnels and three beacons
    OfficeDay,
    /// An ordinary day
    QuietDay,
    /// Beacons of all laws, each with two harmless programs that keep the same time
    BeaconStudy,
}

const EXAMPLES: &str = "\
Examples:
  bro-ml synth --out day
  bro-ml synth --scenario beacon-study --beacons 200 --hours 48 --seed 7 --out study
  bro-ml beacons score study

Exit codes: 0 done, 1 failed, 2 wrong usage.";
