use crate::moments::{BatchMoments, MomentsInOrder};
use crate::rows::{Rows, Wanted};
use crate::sampling::Strata;
use crate::session::projection;
use crate::{Dropped, Error, OnProgress, Sample, SampleBy, Stage};
use bro_features::{Extractor, Survey};
use bro_log::Batch;
use bro_ml_core::CoMoments;

/// Restricts the rows to a sample of this size, if one is asked for.
pub(crate) fn draw(
    rows: &mut Rows<'_>,
    sample: Option<usize>,
    seed: u64,
    by: &SampleBy,
    on_progress: OnProgress<'_>,
) -> Result<Option<Sample>, Error> {
    let Some(n) = sample else { return Ok(None) };
    let columns = projection(rows.kind());
    let stratum = by.column(rows.kind(), &columns)?;
    let mut strata = Strata::default();
    let map = |batch: &Batch<'_>, _: Wanted<'_>| stratum.map(|column| Strata::of_batch(batch, column));
    rows.pass(Stage::Count, &columns, on_progress, map, |part| {
        part.into_iter().for_each(|part| strata.push(part))
    })?;
    Ok(rows.draw(n, seed, by, &strata))
}

/// Surveys the rows, and checks that they are of the right kind and enough for so many clusters.
pub(crate) fn survey(
    rows: &mut Rows<'_>,
    n_clusters: usize,
    on_progress: OnProgress<'_>,
) -> Result<Survey, Error> {
    let kind = rows.kind();
    let mut survey = Survey::new(kind);
    let columns = rows.columns(kind.projection());
    let map = |batch: &Batch<'_>, wanted: Wanted<'_>| Survey::of_rows(kind, batch, wanted);
    rows.pass(Stage::Survey, &columns, on_progress, map, |part| survey.merge(part))?;
    rows.intake().check()?;
    if rows.n_used() < n_clusters as u64 {
        let (log, n_rows) = (rows.intake().names(), rows.n_used());
        return Err(Error::TooFewRows { log, n_rows, n_clusters });
    }
    Ok(survey)
}

/// The co-moments of the features of all rows.
pub(crate) fn measure(
    rows: &mut Rows<'_>,
    extractor: &Extractor,
    on_progress: OnProgress<'_>,
) -> Result<CoMoments, Error> {
    let mut moments = MomentsInOrder::new(extractor.features().len());
    let mut failure = None;
    let columns = rows.columns(extractor.projection());
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
pub(crate) fn varying(names: &[&str], moments: &CoMoments) -> (Vec<usize>, Vec<Dropped>) {
    let (varying, constant): (Vec<_>, Vec<_>) =
        (0..names.len()).partition(|index| !moments.is_constant(*index));
    let dropped =
        constant.into_iter().map(|index| Dropped { feature: names[index].to_owned(), reason: "constant" });
    (varying, dropped.collect())
}
