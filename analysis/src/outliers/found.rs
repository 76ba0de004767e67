use super::{ClusterQuality, OutliersParams};
use crate::{Dropped, Intake, Sample, Scatter, Session, Warning};

/// What [`outliers`](crate::outliers()) found.
#[derive(Debug, Clone, PartialEq)]
pub struct Outliers {
    /// The parameters it was asked with.
    pub params: OutliersParams,
    /// What was read.
    pub intake: Intake,
    /// Number of rows that were clustered: all, or the sample.
    pub n_records: u64,
    /// Set if only a sample of the rows was used.
    pub sample: Option<Sample>,
    /// Names of the features used, in the order of the matrix columns.
    pub features: Vec<String>,
    /// Features that were left out, and why.
    pub dropped: Vec<Dropped>,
    /// Share of the variance each component carries.
    pub explained_variance_ratio: Vec<f64>,
    /// What each feature contributes to each component.
    pub loadings: Vec<Loading>,
    /// Sum of squared distances to the nearest centre, in the space of the components.
    pub inertia: f64,
    /// Iterations of the best start.
    pub n_iter: usize,
    /// The clusters, by number.
    pub clusters: Vec<Cluster>,
    /// How real they are; `None` if there are too few rows to tell.
    pub quality: Option<ClusterQuality>,
    /// Numbers of the least-populated clusters, the smallest first; ties go by number.
    pub smallest: Vec<usize>,
    /// Number of sessions in the least-populated clusters.
    pub n_outliers: u64,
    /// Those sessions: smallest cluster first, in it the farthest from the centre first. At most
    /// [`limit`](OutliersParams::limit).
    pub outliers: Vec<Outlier>,
    /// The projected rows, fit to be drawn.
    pub scatter: Scatter,
    /// What the reader of these numbers should know.
    pub warnings: Vec<Warning>,
}

/// What one feature contributes to each component.
#[derive(Debug, Clone, PartialEq)]
pub struct Loading {
    /// The feature's name.
    pub feature: String,
    /// Its weight in each component.
    pub weights: Vec<f64>,
}

/// A cluster of sessions.
#[derive(Debug, Clone, PartialEq)]
pub struct Cluster {
    /// Its number, from 0.
    pub cluster: usize,
    /// Number of sessions in it.
    pub size: u64,
    /// Its centre in the space of the components.
    pub center: Vec<f64>,
}

/// A session of one of the least-populated clusters.
#[derive(Debug, Clone, PartialEq)]
pub struct Outlier {
    /// The row.
    pub session: Session,
    /// Number of its cluster.
    pub cluster: usize,
    /// Distance to the cluster's centre, in the space of the components.
    pub distance: f64,
    /// Share of all clustered sessions, in percent, that are no farther from their own centre.
    pub percentile: f64,
    /// Its first two components (the second is 0 if there is one only).
    pub position: [f64; 2],
    /// What sets it apart, in one sentence.
    pub reason: String,
}
