use super::cells::Cells;
use super::detail::{Detail, Place, Plan};
use super::found::Profile;
use super::layout::{Layout, default_by};
use super::merge::Merge;
use super::params::ProfileParams;
use super::tally::Tally;
use super::{bandwidth, classes, conclusions, panel, parts};
use crate::rows::{Rows, Wanted};
use crate::sampling::Strata;
use crate::{Error, Logs, OnProgress, Sample, SampleBy, Stage, Warning};
use bro_log::{Batch, Source};
use std::sync::{Mutex, PoisonError};

/// Says what some logs hold: columns, groups, distributions, correlations, activity, bandwidth, and what is to be
/// concluded.
///
/// The logs are read twice: the first time everything is counted, suspects in cells by hash; the second time suspects
/// are counted exactly. Memory does not grow with the rows: at most about a gigabyte on hostile logs, some tens of
/// megabytes on ordinary ones. The answer is
/// the same to the bit on any number of threads, and however the rows are spread over files.
///
/// # Errors
/// [`Error::Parameter`] for what is wrong with `params`; [`Error::NoLogs`], [`Error::NoRows`], [`Error::OtherKind`],
/// [`Error::Changed`] and [`Error::Log`] for what is wrong with the logs; [`Error::Cancelled`] when `on_progress`
/// says so.
pub fn profile(
    logs: &Logs<'_>,
    params: &ProfileParams,
    on_progress: OnProgress<'_>,
) -> Result<Profile, Error> {
    params.validate()?;
    let mut rows = Rows::new(logs)?;
    let kind = rows.kind();
    let by = if params.by.is_empty() { default_by(kind) } else { params.by.clone() };
    let params = &ProfileParams { by, ..params.clone() };
    let layout = Layout::new(kind, params)?;
    let sample = draw(&mut rows, &layout, params, on_progress)?;
    let cells = Cells::new(about_rows(logs.sources), layout.groupings().len());
    let tally = count(&mut rows, &layout, &cells, on_progress)?;
    rows.intake().check()?;
    layout.check_found(&tally, params)?;
    let plan = Plan::of(&tally, &cells, &layout, params);
    drop(cells);
    let mut detail = look_again(&mut rows, &layout, &plan, on_progress)?;
    let drawn = std::mem::take(&mut detail.drawn);
    let clusters = panel::panel(drawn, (kind, tally.n_rows), params, on_progress)?;
    let mut warnings = rows.intake().warnings.clone();
    if let Some(Sample { n, of, .. }) = sample {
        warnings.push(Warning::Sampled { n, of });
    }
    if (params.labels.is_some() || params.label_column.is_some()) && detail.labels.iter().next().is_none() {
        warnings.push(Warning::NoLabels);
    }
    if !plan.is_whole {
        warnings.push(Warning::TooManySuspects);
    }
    Ok(Profile {
        kind,
        params: params.clone(),
        intake: parts::intake(&tally, rows.intake(), sample),
        columns: parts::columns(&tally, &detail, &layout, params),
        missing: parts::missing(&tally),
        boxes: parts::boxes(&tally, &detail, &layout, params),
        groups: parts::groups(&tally, &detail, &layout, params),
        correlations: parts::correlations(&tally, &detail),
        imputation: parts::imputation(&tally, &detail),
        activity: parts::activity(&tally),
        talkers: bandwidth::talkers(&detail, params),
        bandwidth: bandwidth::bandwidth(&tally, &detail, params),
        behaviours: classes::behaviours(&tally, &detail),
        labels: classes::labelled(&tally, &detail),
        conclusions: conclusions::all(&tally, &detail, &params.thresholds),
        clusters,
        warnings,
    })
}

/// Rows there may be, to size what is sized by them.
fn about_rows(sources: &[Source]) -> u64 {
    sources.iter().map(|source| source.n_bytes() / 64).sum()
}

fn draw(
    rows: &mut Rows<'_>,
    layout: &Layout,
    params: &ProfileParams,
    on_progress: OnProgress<'_>,
) -> Result<Option<Sample>, Error> {
    let Some(n) = params.sample else { return Ok(None) };
    rows.pass(Stage::Count, &layout.projection, on_progress, |_, _| (), |()| ())?;
    Ok(rows.draw(n, params.seed, &SampleBy::default(), &Strata::default()))
}

fn count(
    rows: &mut Rows<'_>,
    layout: &Layout,
    cells: &Cells,
    on_progress: OnProgress<'_>,
) -> Result<Tally, Error> {
    let parts = Parts::<Tally>::default();
    let map = |batch: &Batch<'_>, wanted: Wanted<'_>| {
        parts.with(|tally| tally.insert(batch, layout, wanted, cells));
    };
    rows.pass(Stage::Survey, &layout.projection, on_progress, map, |()| ())?;
    Ok(parts.merged())
}

fn look_again(
    rows: &mut Rows<'_>,
    layout: &Layout,
    plan: &Plan,
    on_progress: OnProgress<'_>,
) -> Result<Detail, Error> {
    let parts = Parts::<Detail>::default();
    let layout = &layout.with_text();
    let logs: Vec<_> = rows.log_names().map(str::to_owned).collect();
    let map = |batch: &Batch<'_>, wanted: Wanted<'_>| {
        let log = wanted.log;
        let place = Place { batch, layout, log, log_name: &logs[log] };
        parts.with(|detail| detail.insert(&place, wanted, plan));
    };
    rows.pass(Stage::Details, &layout.projection, on_progress, map, |()| ())?;
    Ok(parts.merged())
}

/// Parts that grow on the workers, each of any batches, and are merged in the end: for what does not depend on the
/// order.
#[derive(Debug, Default)]
struct Parts<T>(Mutex<Vec<T>>);

impl<T: Merge> Parts<T> {
    fn with(&self, grow: impl FnOnce(&mut T)) {
        let mut part = self.0.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default();
        grow(&mut part);
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(part);
    }

    fn merged(self) -> T {
        let parts = self.0.into_inner().unwrap_or_else(PoisonError::into_inner);
        parts
            .into_iter()
            .reduce(|mut all, part| {
                all.merge(part);
                all
            })
            .unwrap_or_default()
    }
}
