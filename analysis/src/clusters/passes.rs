use super::character::{Character, CharacterColumns};
use super::{Characterized, Clusters, ClustersParams, NoiseSession, Plane};
use crate::prepare::{draw, survey, varying};
use crate::reason::reason;
use crate::rows::{Rows, Wanted};
use crate::scatter::MOST_POINTS;
use crate::session::{SessionColumns, projection_with_text};
use crate::{Density, Error, Logs, OnProgress, Point, Progress, Sample, Scatter, Stage, Warning};
use bro_features::{Extractor, FeatureSelection, Survey};
use bro_log::{Batch, Projection};
use bro_ml_core::{CoMoments, Dbscan, DbscanParams, KDistanceParams, StandardScaler};
use ndarray::{Array2, Axis};
use std::collections::BTreeMap;

/// Most points of the k-distance curve that are kept.
const MOST_DISTANCES: usize = 1_000;

/// Groups the sessions with DBSCAN on standardized features, characterizes each cluster, and sets the noise apart.
///
/// The logs are read three times. The features are held, so memory is `8 · (features + 2)` bytes a row and what
/// DBSCAN needs. The answer does not depend on the number of threads, nor on how the rows are spread over files.
///
/// # Errors
/// [`Error::Parameter`] and [`Error::Features`] for what is wrong with `params`; [`Error::NoLogs`], [`Error::NoRows`],
/// [`Error::OtherKind`], [`Error::TooFewRows`], [`Error::Changed`] and [`Error::Log`] for what is wrong with the logs;
/// [`Error::Cancelled`] when `on_progress` says so.
pub fn clusters(
    logs: &Logs<'_>,
    params: &ClustersParams,
    on_progress: OnProgress<'_>,
) -> Result<Clusters, Error> {
    params.validate()?;
    let mut rows = Rows::new(logs)?;
    let params = &params.for_kind(rows.kind());
    let sample = draw(&mut rows, params.sample, params.seed, &params.sample_by, on_progress)?;
    let survey = survey(&mut rows, params.min_samples, on_progress)?;
    let extractor = Extractor::new(&survey, &params.features)?;
    let axes = Extractor::new(&survey, &FeatureSelection::Named(params.axes().to_vec()))?;
    let (x, positions) = gather(&mut rows, &extractor, &axes, on_progress)?;
    let moments = CoMoments::of(&x).map_err(Error::at(Stage::Gather))?;
    let (kept, dropped) = varying(&extractor.names(), &moments);
    let mut found = begin(&rows, params, sample);
    found.dropped = dropped;
    if kept.is_empty() {
        found.warnings.push(Warning::AllEqual { n_rows: found.n_records });
    }
    let extractor = extractor.keep(&kept);
    found.features = extractor.names().into_iter().map(str::to_owned).collect();
    let scaler = StandardScaler::from_co_moments(&moments.select(&kept));
    let labels = label(&mut found, x.select(Axis(1), &kept), &scaler, on_progress)?;
    let describer = Describer {
        labels: &labels,
        positions: &positions,
        extractor: &extractor,
        scaler: &scaler,
        survey: &survey,
    };
    describer.describe(&mut found, &mut rows, on_progress)?;
    Ok(found)
}

/// The features of every row, and its place in the plane.
fn gather(
    rows: &mut Rows<'_>,
    extractor: &Extractor,
    axes: &Extractor,
    on_progress: OnProgress<'_>,
) -> Result<(Array2<f64>, Vec<[f64; 2]>), Error> {
    let n_rows = rows.n_used() as usize;
    let mut x = Vec::with_capacity(n_rows * extractor.features().len());
    let mut positions = Vec::with_capacity(n_rows);
    // Either may need more than the other; both read the first columns of what all need.
    let columns = rows.columns(extractor.projection_with(axes));
    let map = |batch: &Batch<'_>, wanted: Wanted<'_>| {
        (extractor.matrix_of(batch, wanted.clone()), axes.matrix_of(batch, wanted))
    };
    rows.pass(Stage::Gather, &columns, on_progress, map, |(part, axes)| {
        x.extend(part);
        // One feature on both axes gives one column.
        positions.extend(axes.rows().into_iter().map(|row| [row[0], row[row.len() - 1]]));
    })?;
    let x = Array2::from_shape_vec((positions.len(), extractor.features().len()), x)
        .expect("rows of equal width");
    Ok((x, positions))
}

/// The cluster of each row; all are one cluster if no feature varies.
fn label(
    found: &mut Clusters,
    mut x: Array2<f64>,
    scaler: &StandardScaler,
    on_progress: OnProgress<'_>,
) -> Result<Vec<Option<u32>>, Error> {
    if x.ncols() == 0 {
        return Ok(vec![Some(0); x.nrows()]);
    }
    scaler.transform_in_place(&mut x).map_err(Error::at(Stage::Gather))?;
    let n_rows = x.nrows() as u64;
    let progress = |stage, done, total| Progress { stage, done, total, n_rows, epoch: None };
    if on_progress(&progress(Stage::Distances, 0, 1)).is_break() {
        return Err(Error::Cancelled);
    }
    let k_distances = KDistanceParams::new(found.params.min_samples);
    let curve = Stage::Distances.span().in_scope(|| k_distances.measure(&x));
    let curve = curve.map_err(Error::at(Stage::Distances))?;
    found.k_distances = thinned(curve.distances());
    found.eps = found.params.eps.or_else(|| curve.eps()).unwrap_or(ANY_EPS);
    let params = DbscanParams { min_samples: found.params.min_samples, ..DbscanParams::new(found.eps) };
    let mut observer = |step: bro_ml_core::DbscanProgress| {
        on_progress(&progress(Stage::Cluster, step.n_done as u64, step.n_total as u64))
    };
    let model = Stage::Cluster.span().in_scope(|| params.fit_observed(&x, None, &mut observer));
    let model: Dbscan = model.map_err(Error::at(Stage::Cluster))?;
    Ok(model.labels().to_vec())
}

/// Where the curve has no knee all distances are 0, and any eps finds the same clusters.
const ANY_EPS: f64 = 1e-150;

/// At most [`MOST_DISTANCES`] of a sorted curve, the first and the last among them.
fn thinned(curve: &[f64]) -> Vec<f64> {
    if curve.len() <= MOST_DISTANCES {
        return curve.to_vec();
    }
    (0..MOST_DISTANCES).map(|i| curve[i * (curve.len() - 1) / (MOST_DISTANCES - 1)]).collect()
}

fn begin(rows: &Rows<'_>, params: &ClustersParams, sample: Option<Sample>) -> Clusters {
    let intake = rows.intake().clone();
    let [x, y] = params.axes();
    let mut warnings = intake.warnings.clone();
    if let Some(Sample { n, of, .. }) = sample {
        warnings.push(Warning::Sampled { n, of });
    }
    Clusters {
        params: params.clone(),
        intake,
        n_records: rows.n_used(),
        sample,
        features: Vec::new(),
        dropped: Vec::new(),
        eps: params.eps.unwrap_or(ANY_EPS),
        k_distances: Vec::new(),
        clusters: Vec::new(),
        n_noise: 0,
        noise: Vec::new(),
        plane: Plane { x, y, scatter: Scatter::Points(Vec::new()) },
        warnings,
    }
}

/// Reads the rows again to say what the clusters are and who is in none.
struct Describer<'a> {
    labels: &'a [Option<u32>],
    positions: &'a [[f64; 2]],
    extractor: &'a Extractor,
    scaler: &'a StandardScaler,
    survey: &'a Survey,
}

/// What one batch tells.
#[derive(Default)]
struct Described {
    characters: BTreeMap<u32, Character>,
    noise: Vec<NoiseSession>,
    names: Vec<String>,
}

impl Describer<'_> {
    fn describe(
        &self,
        found: &mut Clusters,
        rows: &mut Rows<'_>,
        on_progress: OnProgress<'_>,
    ) -> Result<(), Error> {
        let logs: Vec<_> = rows.log_names().map(str::to_owned).collect();
        let columns = projection_with_text(rows.kind());
        let mut characters: BTreeMap<u32, Character> = BTreeMap::new();
        let (mut noise, mut names, mut failure) = (Vec::new(), Vec::new(), None);
        let limit = found.params.limit;
        let map = |batch: &Batch<'_>, wanted: Wanted<'_>| self.read(batch, wanted, &columns, &logs);
        rows.pass(Stage::Details, &columns, on_progress, map, |part| match part {
            Ok(part) => {
                for (cluster, character) in part.characters {
                    characters.entry(cluster).or_default().merge(character);
                }
                noise.extend(part.noise);
                noise.truncate(limit);
                names.extend(part.names);
            }
            Err(error) => failure = failure.take().or(Some(error)),
        })?;
        if let Some(error) = failure {
            return Err(error);
        }
        let mut sizes = BTreeMap::<u32, u64>::new();
        self.labels.iter().flatten().for_each(|cluster| *sizes.entry(*cluster).or_default() += 1);
        found.clusters = sizes
            .iter()
            .map(|(cluster, size)| Characterized {
                cluster: *cluster as usize,
                size: *size,
                summary: characters[cluster].sentence(found.intake.kind, found.n_records),
            })
            .collect();
        found.n_noise = found.n_records - sizes.values().sum::<u64>();
        if (noise.len() as u64) < found.n_noise {
            found.warnings.push(Warning::Cut { listed: noise.len(), of: found.n_noise });
        }
        found.noise = noise;
        found.plane.scatter = self.scatter(names);
        Ok(())
    }

    fn are_points(&self) -> bool {
        self.labels.len() <= MOST_POINTS
    }

    fn read(
        &self,
        batch: &Batch<'_>,
        wanted: Wanted<'_>,
        columns: &Projection,
        logs: &[String],
    ) -> Result<Described, Error> {
        let sessions = SessionColumns::of(batch, columns, self.extractor.kind(), &logs[wanted.log]);
        let character_columns = CharacterColumns::of(&sessions);
        let first = wanted.first as usize;
        let mut described = Described::default();
        let mut noise = Vec::new();
        for (place, row) in (first..).zip(wanted) {
            match self.labels[place] {
                Some(cluster) => {
                    described.characters.entry(cluster).or_default().insert(&character_columns, row)
                }
                None => noise.push((place, row)),
            }
            if self.are_points() {
                described.names.push(sessions.label(row));
            }
        }
        let mut deviations = self.extractor.matrix_of(batch, noise.iter().map(|(_, row)| *row));
        self.scaler.transform_in_place(&mut deviations).map_err(Error::at(Stage::Details))?;
        let facts = self.extractor.rows_of(batch, noise.iter().map(|(_, row)| *row));
        let features = self.extractor.features();
        let told = noise.iter().zip(deviations.rows()).zip(&facts);
        described.noise = told
            .map(|(((place, row), deviations), facts)| NoiseSession {
                session: sessions.session(*row),
                position: self.positions[*place],
                reason: reason(features, &deviations.to_vec(), facts, self.survey),
            })
            .collect();
        Ok(described)
    }

    fn scatter(&self, names: Vec<String>) -> Scatter {
        if !self.are_points() {
            return Scatter::Density(Density::of(self.positions.len(), |place| self.positions[place]));
        }
        let rows = self.positions.iter().zip(self.labels).zip(names);
        let point = |((position, cluster), label): ((&[f64; 2], &Option<u32>), String)| Point {
            position: *position,
            cluster: cluster.map(|cluster| cluster as usize),
            label,
        };
        Scatter::Points(rows.map(point).collect())
    }
}
