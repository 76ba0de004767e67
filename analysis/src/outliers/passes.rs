use super::model::{Fitted, Space};
use super::{Dropped, Outliers, OutliersParams, Sample, Scatter};
use crate::moments::{BatchMoments, MomentsInOrder};
use crate::rows::{Rows, Wanted};
use crate::session::projection;
use crate::{Error, Logs, OnProgress, Stage, Warning};
use bro_features::{Extractor, Survey};
use bro_log::Batch;
use bro_ml_core::{CoMoments, KMeansParams};
use ndarray::Array2;

/// Finds the sessions of the least-populated clusters: flow features, standardized, projected on their principal
/// components, grouped by k-means.
///
/// The logs are read three times, and once more for the rows that are shown; of each row only its components are
/// held, so memory is `8 · n_components` bytes a row and what k-means needs. The answer does not depend on the number
/// of threads, nor on how the rows are spread over files or compressed.
///
/// # Errors
/// [`Error::Parameter`] and [`Error::Features`] for what is wrong with `params`; [`Error::NoLogs`], [`Error::NoRows`],
/// [`Error::NotConn`], [`Error::TooFewRows`], [`Error::TooManyComponents`], [`Error::Changed`] and [`Error::Log`] for
/// what is wrong with the logs; [`Error::Cancelled`] when `on_progress` says so.
pub fn outliers(
    logs: &Logs<'_>,
    params: &OutliersParams,
    on_progress: OnProgress<'_>,
) -> Result<Outliers, Error> {
    params.validate()?;
    if logs.sources.is_empty() {
        return Err(Error::NoLogs);
    }
    let mut rows = Rows::new(logs.sources, logs.options.clone());
    let sample = draw(&mut rows, params, on_progress)?;
    let survey = survey(&mut rows, params, on_progress)?;
    let extractor = Extractor::new(&survey, &params.features)?;
    let moments = measure(&mut rows, &extractor, on_progress)?;
    let (varying, dropped) = varying(&extractor, &moments);
    let mut found = begin(&rows, params, sample, dropped);
    if varying.is_empty() {
        found.warnings.push(Warning::AllEqual { n_rows: found.n_records });
        return Ok(found);
    }
    let space = Space::new(extractor.keep(&varying), &moments.select(&varying), params.n_components)?;
    let points = project(&mut rows, &space, on_progress)?;
    let fitted = Fitted::new(points, &kmeans_params(params), on_progress)?;
    space.describe(&mut found);
    fitted.describe(&mut found, &mut rows, &space, &survey, on_progress)?;
    Ok(found)
}

fn draw(
    rows: &mut Rows<'_>,
    params: &OutliersParams,
    on_progress: OnProgress<'_>,
) -> Result<Option<Sample>, Error> {
    let Some(n) = params.sample else { return Ok(None) };
    let columns = projection(Extractor::projection());
    rows.pass(Stage::Count, &columns, on_progress, |_, _| (), |()| ())?;
    Ok(rows.draw(n, params.seed))
}

fn survey(
    rows: &mut Rows<'_>,
    params: &OutliersParams,
    on_progress: OnProgress<'_>,
) -> Result<Survey, Error> {
    let mut survey = Survey::default();
    let columns = projection(Survey::projection());
    let map = |batch: &Batch<'_>, wanted: Wanted<'_>| Survey::of_rows(batch, wanted);
    rows.pass(Stage::Survey, &columns, on_progress, map, |part| survey.merge(part))?;
    rows.intake().check()?;
    if rows.n_used() < params.n_clusters as u64 {
        let (log, n_rows) = (rows.intake().names(), rows.n_used());
        return Err(Error::TooFewRows { log, n_rows, n_clusters: params.n_clusters });
    }
    Ok(survey)
}

fn measure(
    rows: &mut Rows<'_>,
    extractor: &Extractor,
    on_progress: OnProgress<'_>,
) -> Result<CoMoments, Error> {
    let mut moments = MomentsInOrder::new(extractor.features().len());
    let mut failure = None;
    let columns = projection(Extractor::projection());
    let map = |batch: &Batch<'_>, wanted: Wanted<'_>| {
        let first = wanted.first;
        BatchMoments::of(&extractor.matrix_of(batch, wanted), first)
    };
    rows.pass(Stage::Moments, &columns, on_progress, map, |batch| {
        if failure.is_none() {
            failure = batch.and_then(|batch| moments.push(&batch)).err();
        }
    })?;
    failure.map_or_else(|| moments.finish(), Err)
}

/// The features that vary, and those left out because they do not.
fn varying(extractor: &Extractor, moments: &CoMoments) -> (Vec<usize>, Vec<Dropped>) {
    let names = extractor.names();
    let (varying, constant): (Vec<_>, Vec<_>) =
        (0..names.len()).partition(|index| !moments.is_constant(*index));
    let dropped =
        constant.into_iter().map(|index| Dropped { feature: names[index].to_owned(), reason: "constant" });
    (varying, dropped.collect())
}

fn project(rows: &mut Rows<'_>, space: &Space, on_progress: OnProgress<'_>) -> Result<Array2<f64>, Error> {
    let mut points = Vec::with_capacity(rows.n_used() as usize * space.n_components());
    let mut failure = None;
    let columns = projection(Extractor::projection());
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
        smallest: Vec::new(),
        n_outliers: 0,
        outliers: Vec::new(),
        scatter: Scatter::Points(Vec::new()),
        warnings,
    }
}
