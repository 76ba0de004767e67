//! Seeded synthetic Zeek logs with planted attacks and a truth file.
//!
//! A [`Scenario`] is an office and its day: people browse, machines look up names, poll mail, set clocks, and whatever
//! is [`Planted`] happens among it: attacks, beacons, and harmless programs that keep time as beacons do. It comes out
//! as conn, http, ssl and dns logs that agree with each other (`uid`, bytes, packets, `conn_state`, `history`), with
//! the label of every session beside them. The same seed gives the same bytes on every platform.
//!
//! ```
//! use bro_synth::{Label, Scenario};
//!
//! let mut conn_log = Vec::new();
//! let truth = Scenario { n_hosts: 10, ..Scenario::office_day(1) }.write_conn(&mut conn_log)?;
//! let is_exfiltration = |actor: u32| truth.actors[actor as usize].label == Label::Exfiltration;
//! assert!(truth.planted.iter().any(|session| is_exfiltration(session.actor)));
//! # Ok::<(), bro_synth::Error>(())
//! ```
//!
//! [`Scenario::write_dir`] writes six logs, all in Zeek's format:
//!
//! | file | a row is |
//! |---|---|
//! | `conn.log` | a connection, where Zeek writes it: at its end |
//! | `http.log`, `ssl.log`, `dns.log` | a request, a handshake, a lookup, under the `uid` of its connection |
//! | `truth.log` | a `uid` with its `label`, `family` and `actor` |
//! | `actors.log` | an actor: its address, peers and port, its timer, and the version of the generator |
//!
//! No line of a synthetic log names anybody: outside addresses lie in the benchmark range 198.18.0.0/15, inside ones in
//! 10.20.0.0/16, and names under reserved domains.

mod error;
mod planted;
mod scenario;
mod truth;

mod attack;
mod beacon;
mod beat;
mod program;
mod recovery;

mod actor;
mod clock;
mod dice;
mod flow;
mod host;
mod office;
mod plan;
mod session;
mod stage;

mod emit;
mod timeline;

pub use attack::Attack;
pub use beacon::{ApiClient, Beacon, Decoy, DecoyKind};
pub use beat::{Beat, JitterLaw, LossLaw, Pacing};
pub use error::Error;
pub use planted::Planted;
pub use program::Channel;
pub use recovery::Recovery;
pub use scenario::Scenario;
pub use timeline::Outputs;
pub use truth::{ActorTruth, Label, PlantedSession, Truth};

/// The generator and its version, which `actors.log` records: it changes whenever the same seed gives other bytes.
pub const GENERATOR: &str = "bro-synth/1";

/// The snippets of the book's page about this crate.
#[cfg(doctest)]
#[doc = include_str!("../../docs/src/rust-synth.md")]
mod book {}
