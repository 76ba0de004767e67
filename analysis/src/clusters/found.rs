use super::ClustersParams;
use crate::{Dropped, Intake, Sample, Scatter, Session, Warning};

/// What [`clusters`](crate::clusters()) found.
#[derive(Debug, Clone, PartialEq)]
pub struct Clusters {
    /// The parameters it was asked with.
    pub params: ClustersParams,
    /// What was read.
    pub intake: Intake,
    /// Number of rows that were grouped: all, or the sample.
    pub n_records: u64,
    /// Set if only a sample of the rows was used.
    pub sample: Option<Sample>,
    /// Names of the features used.
    pub features: Vec<String>,
    /// Features that were left out, and why.
    pub dropped: Vec<Dropped>,
    /// The distance used, in standard deviations.
    pub eps: f64,
    /// The sorted distances to the `min_samples`-th nearest session, at most 1,000 of them, evenly chosen; empty if
    /// no feature varies.
    pub k_distances: Vec<f64>,
    /// The clusters, by number.
    pub clusters: Vec<Characterized>,
    /// Number of sessions in no cluster.
    pub n_noise: u64,
    /// Those sessions in the order of the log, at most [`limit`](ClustersParams::limit).
    pub noise: Vec<NoiseSession>,
    /// The sessions in the plane of two features.
    pub plane: Plane,
    /// What the reader of these numbers should know.
    pub warnings: Vec<Warning>,
}

/// A cluster and what is typical of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Characterized {
    /// Its number, from 0.
    pub cluster: usize,
    /// Number of sessions in it.
    pub size: u64,
    /// What its sessions have in common, in one sentence.
    pub summary: String,
}

/// A session in no cluster.
#[derive(Debug, Clone, PartialEq)]
pub struct NoiseSession {
    /// The row.
    pub session: Session,
    /// Its place in the plane.
    pub position: [f64; 2],
    /// What sets it apart, in one sentence.
    pub reason: String,
}

/// The sessions in the plane of two features.
#[derive(Debug, Clone, PartialEq)]
pub struct Plane {
    /// The horizontal feature.
    pub x: String,
    /// The vertical feature.
    pub y: String,
    /// The sessions.
    pub scatter: Scatter,
}
