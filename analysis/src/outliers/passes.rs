use super::model::{Fitted, Space};
use super::{Outliers, OutliersParams};
use crate::prepare::{draw, measure, survey, varying};
use crate::rows::Rows;
use crate::{Dropped, Error, Logs, OnProgress, Sample, Scatter, Stage, Warning};
use bro_features::Extractor;
use bro_ml_core::KMeansParams;
use ndarray::Array2;

/// Finds the sessions of the least-populated clusters: features of connections or requests, standardized, projected on their principal
/// components, grouped by k-means.
///
/// The logs are read three times, and once more for the rows that are shown; of each row only its components are
/// held, so memory is `8 · n_components` bytes a row and what k-means needs. The answer does not depend on the number
/// of threads, nor on how the rows are spread over files or compressed.
///
/// # Errors
/// [`Error::Parameter`] and [`Error::Features`] for what is wrong with `params`; [`Error::NoLogs`], [`Error::NoRows`],
/// [`Error::OtherKind`], [`Error::TooFewRows`], [`Error::TooManyComponents`], [`Error::Changed`] and [`Error::Log`] for
/// what is wrong with the logs; [`Error::Cancelled`] when `on_progress` says so.
pub fn outliers(
    logs: &Logs<'_>,
    params: &OutliersParams,
    on_progress: OnProgress<'_>,
) -> Result<Outliers, Error> {
    params.validate()?;
    let mut rows = Rows::new(logs)?;
    let sample = draw(&mut rows, params.sample, params.seed, &params.sample_by, on_progress)?;
    let survey = survey(&mut rows, params.n_clusters, on_progress)?;
    let extractor = Extractor::new(&survey, &params.features)?;
    let moments = measure(&mut rows, &extractor, on_progress)?;
    let (varying, dropped) = varying(&extractor.names(), &moments);
    let mut found = begin(&rows, params, sample, dropped);
    if varying.is_empty() {
        found.warnings.push(Warning::AllEqual { n_rows: found.n_records });
        return Ok(found);
    }
    let space = Space::new(extractor.keep(&varying), &moments.select(&varying), params.n_components)?;
    let points = project(&mut rows, &space, on_progress)?;
    let kmeans = kmeans_params(params);
    let fitted = Fitted::new(points, &kmeans, on_progress)?;
    space.describe(&mut found);
    found.quality = fitted.quality(params, &kmeans)?;
    fitted.describe(&mut found, &mut rows, &space, &survey, on_progress)?;
    Ok(found)
}

fn project(rows: &mut Rows<'_>, space: &Space, on_progress: OnProgress<'_>) -> Result<Array2<f64>, Error> {
    let mut points = Vec::with_capacity(rows.n_used() as usize * space.n_components());
    let mut failure = None;
    let columns = rows.columns(space.projection());
    rows.pass(
        Stage::Project,
        &columns,
        on_progress,
        |batch, wanted| space.project(batch, wanted),
        |part| match part {
            Ok(part) => points.extend(part),
            Err(error) => failure = failure.take().or(Some(error)),
        },
    )?;
    if let Some(error) = failure {
        return Err(error);
    }
    let shape = (points.len() / space.n_components(), space.n_components());
    Ok(Array2::from_shape_vec(shape, points).expect("every row gave as many components"))
}

fn kmeans_params(params: &OutliersParams) -> KMeansParams {
    KMeansParams {
        n_init: params.n_init,
        max_iter: params.max_iter,
        tol: params.tol,
        seed: params.seed,
        ..KMeansParams::new(params.n_clusters)
    }
}

/// What is known before anything is clustered: one cluster with every session.
fn begin(
    rows: &Rows<'_>,
    params: &OutliersParams,
    sample: Option<Sample>,
    dropped: Vec<Dropped>,
) -> Outliers {
    let intake = rows.intake().clone();
    let mut warnings = intake.warnings.clone();
    if let Some(Sample { n, of, .. }) = sample {
        warnings.push(Warning::Sampled { n, of });
    }
    let n_records = rows.n_used();
    Outliers {
        params: params.clone(),
        intake,
        n_records,
        sample,
        features: Vec::new(),
        dropped,
        explained_variance_ratio: Vec::new(),
        loadings: Vec::new(),
        inertia: 0.0,
        n_iter: 0,
        clusters: vec![super::Cluster { cluster: 0, size: n_records, center: Vec::new() }],
        quality: None,
        smallest: Vec::new(),
        n_outliers: 0,
        outliers: Vec::new(),
        scatter: Scatter::Points(Vec::new()),
        warnings,
    }
}
