use crate::Error;
use bro_analysis::{
    ClusterNumber, ClusterQuality, Clusters, ClustersParams, HttpFacts, Intake, NoiseSession, Outlier,
    Outliers, OutliersParams, Session,
};
use bro_features::FeatureSelection;
use serde::Serialize;
use std::collections::BTreeMap;

/// The findings as one JSON object, for programs; times are seconds since 1970, whatever the zone.
///
/// # Errors
/// [`Error::Json`] if a value cannot be written.
pub fn outliers_json(found: &Outliers) -> Result<String, Error> {
    let outliers = found.outliers.iter().map(Row::of).collect();
    Ok(serde_json::to_string_pretty(&Object::of(found, Some(outliers)))?)
}

/// [`outliers_json`] without the outliers themselves; each of them is an [`outlier_json`].
///
/// # Errors
/// [`Error::Json`] if a value cannot be written.
pub fn outliers_summary_json(found: &Outliers) -> Result<String, Error> {
    Ok(serde_json::to_string(&Object::of(found, None))?)
}

/// One outlier as it stands in [`outliers_json`].
///
/// # Errors
/// [`Error::Json`] if a value cannot be written.
pub fn outlier_json(outlier: &Outlier) -> Result<String, Error> {
    Ok(serde_json::to_string(&Row::of(outlier))?)
}

/// The parameters as they stand in [`outliers_json`].
///
/// # Errors
/// [`Error::Json`] if a value cannot be written.
pub fn outliers_params_json(params: &OutliersParams) -> Result<String, Error> {
    Ok(serde_json::to_string(&Params::of(params))?)
}

impl<'a> Object<'a> {
    fn of(found: &'a Outliers, outliers: Option<Vec<Row<'a>>>) -> Self {
        let clusters = found.clusters.iter();
        Self {
            version: env!("CARGO_PKG_VERSION"),
            log_kind: found.intake.kind.name(),
            logs: log_names(&found.intake),
            n_records: found.n_records,
            n_rejected: found.intake.n_rejected,
            rejected: found.intake.rejected.iter().copied().collect(),
            sample: found.sample.map(|sample| SampleFacts { n: sample.n, of: sample.of }),
            features: &found.features,
            dropped_features: found.dropped.iter().map(|d| (d.feature.as_str(), d.reason)).collect(),
            explained_variance_ratio: &found.explained_variance_ratio,
            loadings: found.loadings.iter().map(|l| (l.feature.as_str(), l.weights.as_slice())).collect(),
            inertia: found.inertia,
            n_iter: found.n_iter,
            clusters: clusters
                .map(|c| ClusterFacts { cluster: c.cluster, size: c.size, center: &c.center })
                .collect(),
            quality: found.quality.as_ref().map(QualityFacts::of),
            smallest_clusters: &found.smallest,
            n_outliers: found.n_outliers,
            outliers,
            warnings: found.warnings.iter().map(ToString::to_string).collect(),
            params: Params::of(&found.params),
            seed: found.params.seed,
        }
    }
}

impl<'a> Params<'a> {
    fn of(params: &'a OutliersParams) -> Self {
        Self {
            n_clusters: params.n_clusters,
            n_components: params.n_components,
            n_init: params.n_init,
            max_iter: params.max_iter,
            tol: params.tol,
            features: feature_names(&params.features),
            sample: params.sample,
            sample_by: params.sample_by.to_string(),
            smallest: params.smallest,
            limit: params.limit,
        }
    }
}

#[derive(Serialize)]
struct Object<'a> {
    version: &'static str,
    log_kind: &'static str,
    logs: Vec<&'a str>,
    n_records: u64,
    n_rejected: u64,
    rejected: BTreeMap<&'static str, u64>,
    sample: Option<SampleFacts>,
    features: &'a [String],
    dropped_features: BTreeMap<&'a str, &'static str>,
    explained_variance_ratio: &'a [f64],
    loadings: BTreeMap<&'a str, &'a [f64]>,
    inertia: f64,
    n_iter: usize,
    clusters: Vec<ClusterFacts<'a>>,
    quality: Option<QualityFacts>,
    smallest_clusters: &'a [usize],
    n_outliers: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    outliers: Option<Vec<Row<'a>>>,
    warnings: Vec<String>,
    params: Params<'a>,
    seed: u64,
}

#[derive(Serialize)]
struct SampleFacts {
    n: u64,
    of: u64,
}

/// How real the clusters are; also what the pages draw of it.
#[derive(Serialize)]
pub(crate) struct QualityFacts {
    n: u64,
    silhouette: Option<f64>,
    stability: f64,
    stability_min: f64,
    by_n_clusters: Vec<NumberFacts>,
}

#[derive(Serialize)]
struct NumberFacts {
    n_clusters: usize,
    inertia: f64,
    silhouette: Option<f64>,
}

impl QualityFacts {
    pub(crate) fn of(quality: &ClusterQuality) -> Self {
        let facts = |number: &ClusterNumber| {
            let ClusterNumber { n_clusters, inertia, silhouette, .. } = *number;
            NumberFacts { n_clusters, inertia, silhouette }
        };
        Self {
            n: quality.n,
            silhouette: quality.silhouette,
            stability: quality.stability,
            stability_min: quality.stability_min,
            by_n_clusters: quality.by_n_clusters.iter().map(facts).collect(),
        }
    }
}

#[derive(Serialize)]
struct ClusterFacts<'a> {
    cluster: usize,
    size: u64,
    center: &'a [f64],
}

#[derive(Serialize)]
struct Params<'a> {
    n_clusters: usize,
    n_components: usize,
    n_init: usize,
    max_iter: usize,
    tol: f64,
    features: Option<&'a [String]>,
    sample: Option<usize>,
    sample_by: String,
    smallest: usize,
    limit: usize,
}

/// A session under Zeek's own names.
#[derive(Serialize)]
pub(crate) struct SessionRow<'a> {
    ts: Option<f64>,
    uid: Option<&'a str>,
    #[serde(rename = "id.orig_h")]
    id_orig_h: Option<&'a str>,
    #[serde(rename = "id.orig_p")]
    id_orig_p: Option<u16>,
    #[serde(rename = "id.resp_h")]
    id_resp_h: Option<&'a str>,
    #[serde(rename = "id.resp_p")]
    id_resp_p: Option<u16>,
    #[serde(flatten)]
    facts: Facts<'a>,
    log: &'a str,
    byte: u64,
}

/// What a row of each kind of log tells.
#[derive(Serialize)]
#[serde(untagged)]
enum Facts<'a> {
    Conn {
        proto: Option<&'a str>,
        service: Option<&'a str>,
        conn_state: Option<&'a str>,
        duration: Option<f64>,
        orig_bytes: Option<u64>,
        resp_bytes: Option<u64>,
    },
    Http {
        trans_depth: Option<u64>,
        method: Option<&'a str>,
        host: Option<&'a str>,
        uri: Option<&'a str>,
        status_code: Option<u64>,
        user_agent: Option<&'a str>,
        request_body_len: Option<u64>,
        response_body_len: Option<u64>,
    },
}

impl<'a> Facts<'a> {
    fn of(session: &'a Session) -> Self {
        match &session.http {
            Some(http) => Self::of_request(http),
            None => Self::Conn {
                proto: session.proto.as_deref(),
                service: session.service.as_deref(),
                conn_state: session.conn_state.as_deref(),
                duration: session.duration.map(seconds),
                orig_bytes: session.orig_bytes,
                resp_bytes: session.resp_bytes,
            },
        }
    }

    fn of_request(http: &'a HttpFacts) -> Self {
        Self::Http {
            trans_depth: http.trans_depth,
            method: http.method.as_deref(),
            host: http.host.as_deref(),
            uri: http.uri.as_deref(),
            status_code: http.status_code,
            user_agent: http.user_agent.as_deref(),
            request_body_len: http.request_body_len,
            response_body_len: http.response_body_len,
        }
    }
}

impl<'a> SessionRow<'a> {
    pub(crate) fn of(session: &'a Session) -> Self {
        Self {
            ts: session.ts.map(seconds),
            uid: session.uid.as_deref(),
            id_orig_h: session.id_orig_h.as_deref(),
            id_orig_p: session.id_orig_p,
            id_resp_h: session.id_resp_h.as_deref(),
            id_resp_p: session.id_resp_p,
            facts: Facts::of(session),
            log: &session.log,
            byte: session.byte,
        }
    }
}

/// A session of one of the least-populated clusters.
#[derive(Serialize)]
pub(crate) struct Row<'a> {
    #[serde(flatten)]
    session: SessionRow<'a>,
    cluster: usize,
    distance: f64,
    percentile: f64,
    position: [f64; 2],
    reason: &'a str,
}

impl<'a> Row<'a> {
    pub(crate) fn of(outlier: &'a Outlier) -> Self {
        Self {
            session: SessionRow::of(&outlier.session),
            cluster: outlier.cluster,
            distance: outlier.distance,
            percentile: outlier.percentile,
            position: outlier.position,
            reason: &outlier.reason,
        }
    }
}

/// What DBSCAN found as one JSON object; times are seconds since 1970, whatever the zone.
///
/// # Errors
/// [`Error::Json`] if a value cannot be written.
pub fn clusters_json(found: &Clusters) -> Result<String, Error> {
    let noise = found.noise.iter().map(NoiseRow::of).collect();
    Ok(serde_json::to_string_pretty(&ClustersObject::of(found, Some(noise)))?)
}

/// [`clusters_json`] without the noise sessions; each of them is a [`noise_json`].
///
/// # Errors
/// [`Error::Json`] if a value cannot be written.
pub fn clusters_summary_json(found: &Clusters) -> Result<String, Error> {
    Ok(serde_json::to_string(&ClustersObject::of(found, None))?)
}

/// One noise session as it stands in [`clusters_json`].
///
/// # Errors
/// [`Error::Json`] if a value cannot be written.
pub fn noise_json(noise: &NoiseSession) -> Result<String, Error> {
    Ok(serde_json::to_string(&NoiseRow::of(noise))?)
}

/// The parameters as they stand in [`clusters_json`].
///
/// # Errors
/// [`Error::Json`] if a value cannot be written.
pub fn clusters_params_json(params: &ClustersParams) -> Result<String, Error> {
    Ok(serde_json::to_string(&ClustersParamsFacts::of(params))?)
}

#[derive(Serialize)]
struct ClustersObject<'a> {
    version: &'static str,
    log_kind: &'static str,
    logs: Vec<&'a str>,
    n_records: u64,
    n_rejected: u64,
    rejected: BTreeMap<&'static str, u64>,
    sample: Option<SampleFacts>,
    features: &'a [String],
    dropped_features: BTreeMap<&'a str, &'static str>,
    eps: f64,
    min_samples: usize,
    clusters: Vec<Summary<'a>>,
    n_noise: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    noise: Option<Vec<NoiseRow<'a>>>,
    k_distances: &'a [f64],
    warnings: Vec<String>,
    params: ClustersParamsFacts<'a>,
    seed: u64,
}

impl<'a> ClustersObject<'a> {
    fn of(found: &'a Clusters, noise: Option<Vec<NoiseRow<'a>>>) -> Self {
        let summary = |c: &'a bro_analysis::Characterized| Summary {
            cluster: c.cluster,
            size: c.size,
            summary: &c.summary,
        };
        Self {
            version: env!("CARGO_PKG_VERSION"),
            log_kind: found.intake.kind.name(),
            logs: log_names(&found.intake),
            n_records: found.n_records,
            n_rejected: found.intake.n_rejected,
            rejected: found.intake.rejected.iter().copied().collect(),
            sample: found.sample.map(|sample| SampleFacts { n: sample.n, of: sample.of }),
            features: &found.features,
            dropped_features: found.dropped.iter().map(|d| (d.feature.as_str(), d.reason)).collect(),
            eps: found.eps,
            min_samples: found.params.min_samples,
            clusters: found.clusters.iter().map(summary).collect(),
            n_noise: found.n_noise,
            noise,
            k_distances: &found.k_distances,
            warnings: found.warnings.iter().map(ToString::to_string).collect(),
            params: ClustersParamsFacts::of(&found.params),
            seed: found.params.seed,
        }
    }
}

#[derive(Serialize)]
struct Summary<'a> {
    cluster: usize,
    size: u64,
    summary: &'a str,
}

#[derive(Serialize)]
pub(crate) struct NoiseRow<'a> {
    #[serde(flatten)]
    session: SessionRow<'a>,
    position: [f64; 2],
    reason: &'a str,
}

impl<'a> NoiseRow<'a> {
    pub(crate) fn of(noise: &'a NoiseSession) -> Self {
        Self { session: SessionRow::of(&noise.session), position: noise.position, reason: &noise.reason }
    }
}

#[derive(Serialize)]
struct ClustersParamsFacts<'a> {
    eps: Option<f64>,
    min_samples: usize,
    features: Option<&'a [String]>,
    x: Option<&'a str>,
    y: Option<&'a str>,
    sample: Option<usize>,
    sample_by: String,
    limit: usize,
}

impl<'a> ClustersParamsFacts<'a> {
    fn of(params: &'a ClustersParams) -> Self {
        Self {
            eps: params.eps,
            min_samples: params.min_samples,
            features: feature_names(&params.features),
            x: params.x.as_deref(),
            y: params.y.as_deref(),
            sample: params.sample,
            sample_by: params.sample_by.to_string(),
            limit: params.limit,
        }
    }
}

fn feature_names(selection: &FeatureSelection) -> Option<&[String]> {
    match selection {
        FeatureSelection::Default => None,
        FeatureSelection::Named(names) => Some(names),
    }
}

fn log_names(intake: &Intake) -> Vec<&str> {
    intake.logs.iter().map(|log| log.name.as_str()).collect()
}

/// Microseconds as seconds; exact to the microsecond for every date before the year 2255.
fn seconds(micros: i64) -> f64 {
    micros as f64 / 1e6
}
