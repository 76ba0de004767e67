use super::{BeaconsParams, Explained};
use crate::Warning;
use bro_features::{PairCounts, PairRow, Timing};

/// What [`beacons`](crate::beacons()) found.
#[derive(Debug, Clone, PartialEq)]
pub struct Beacons {
    /// The parameters it was asked with.
    pub params: BeaconsParams,
    /// What was read.
    pub intake: BeaconIntake,
    /// Pairs in all.
    pub n_pairs: u64,
    /// Pairs with enough events to be scored.
    pub n_scored: u64,
    /// Originators in all.
    pub n_sources: usize,
    /// The scored pairs, the best first: those without a benign reason before those with one, each by score; at most
    /// [`limit`](BeaconsParams::limit).
    pub pairs: Vec<BeaconPair>,
    /// The pair to be explained.
    pub explained: Option<Explained>,
    /// The first pairs, drawn: at most [`n_drawn`](BeaconsParams::n_drawn).
    pub drawn: Vec<Explained>,
    /// What the reader of these numbers should know.
    pub warnings: Vec<Warning>,
}

/// What was read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BeaconIntake {
    /// The names of the logs, in the order given.
    pub logs: Vec<String>,
    /// Rows that could be read.
    pub n_rows: u64,
    /// Rows set aside because they cannot be read.
    pub n_rejected: u64,
    /// Rows by kind of log.
    pub counts: PairCounts,
    /// What was odd.
    pub warnings: Vec<Warning>,
}

/// How loudly a pair should be told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BeaconSeverity {
    /// A score below .2.
    None,
    /// A score of .2 or more, or a higher one with a benign reason.
    Low,
    /// A score of .5 or more.
    Medium,
    /// A score of .8 or more.
    High,
}

impl BeaconSeverity {
    /// The severity of a score from 0 to 1.
    #[must_use]
    pub fn of(score: f64, has_benign_reason: bool) -> Self {
        match score {
            score if score < 0.2 => Self::None,
            _ if has_benign_reason => Self::Low,
            score if score < 0.5 => Self::Low,
            score if score < 0.8 => Self::Medium,
            _ => Self::High,
        }
    }

    /// The severity in a word.
    ///
    /// ```
    /// use bro_analysis::BeaconSeverity;
    /// assert_eq!(BeaconSeverity::of(0.9, false).name(), "high");
    /// assert_eq!(BeaconSeverity::of(0.9, true).name(), "low");
    /// ```
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// A scored pair.
#[derive(Debug, Clone, PartialEq)]
pub struct BeaconPair {
    /// Place in the order, from 1.
    pub rank: usize,
    /// The originator.
    pub id_orig_h: String,
    /// The peer's host name, or the responder's address.
    pub peer: String,
    /// The responder's address in the last row.
    pub id_resp_h: String,
    /// The responder's port.
    pub id_resp_p: u16,
    /// How much it looks like a beacon, 0 to 1, as the model says.
    pub score: f64,
    /// How loudly it should be told of.
    pub severity: BeaconSeverity,
    /// Why it is probably harmless, if anything says so.
    pub benign_reason: Option<String>,
    /// The interpretable score, 0 to 1: what the parts come to.
    pub plain_score: f64,
    /// What the interpretable score is made of.
    pub parts: Vec<ScorePart>,
    /// What the model looked at, by name; nothing for other methods.
    pub features: Vec<(&'static str, f64)>,
    /// What can be seen in the logs.
    pub evidence: Evidence,
}

/// A part of the interpretable score.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ScorePart {
    /// Its name.
    pub name: &'static str,
    /// What was measured, 0 to 1.
    pub value: f64,
    /// What it adds to the log odds, compared with an ordinary pair.
    pub contribution: f64,
}

/// What the logs show of a pair.
#[derive(Debug, Clone, PartialEq)]
pub struct Evidence {
    /// In one sentence.
    pub reason: String,
    /// `http`, `ssl`, `dns` or `conn`: the log its events stand in.
    pub log: &'static str,
    /// Zeek's service.
    pub service: String,
    /// What the times tell; among them period, missing beats, count.
    pub timing: Timing,
    /// How far beats stray, as a share of the period: .2 for gaps uniform within ±20 %.
    pub jitter: f64,
    /// Time of the first event, microseconds since 1970.
    pub first: i64,
    /// Time of the last event.
    pub last: i64,
    /// Bytes the originator sent.
    pub orig_bytes: u64,
    /// Bytes the responder sent.
    pub resp_bytes: u64,
    /// Originators that call the peer, this one included.
    pub n_sources: usize,
    /// Others that call the same peer with the same period (±5 %).
    pub siblings: Vec<String>,
    /// The user agent used most.
    pub user_agent: Option<String>,
    /// The first rows.
    pub rows: Vec<PairRow>,
    /// Whether all events were kept, or the older ones sketched.
    pub is_exact: bool,
}
