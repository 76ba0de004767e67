use super::{Cluster, ClusterQuality, Loading, Outlier, Outliers, OutliersParams};
use crate::reason::reason;
use crate::rows::{Rows, Wanted};
use crate::scatter::MOST_POINTS;
use crate::session::{SessionColumns, projection_with_text};
use crate::{Density, Error, OnProgress, Point, Progress, Scatter, Session, Stage, Warning};
use bro_features::{Extractor, Survey};
use bro_log::{Batch, Projection};
use bro_ml_core::{CoMoments, KMeans, KMeansParams, NComponents, Pca, PcaParams, StandardScaler};
use ndarray::{Array2, ArrayRef1};
use rayon::prelude::*;
use std::collections::HashMap;

/// How a row becomes a point: its features, standardized, projected.
pub(super) struct Space {
    extractor: Extractor,
    scaler: StandardScaler,
    pca: Pca,
}

impl Space {
    /// The space of the first principal components of features with these moments.
    pub(super) fn new(extractor: Extractor, moments: &CoMoments, n_components: usize) -> Result<Self, Error> {
        let n_features = extractor.features().len();
        if n_components > n_features {
            return Err(Error::TooManyComponents { n_components, n_features });
        }
        let at = Error::at(Stage::Moments);
        let scaler = StandardScaler::from_co_moments(moments);
        let params = PcaParams { n_components: NComponents::Count(n_components), ..PcaParams::new() };
        let pca = params.fit_co_moments(&moments.standardized()).map_err(&at)?;
        Ok(Self { extractor, scaler, pca })
    }

    pub(super) fn n_components(&self) -> usize {
        self.pca.components().nrows()
    }

    /// The columns its features need.
    pub(super) fn projection(&self) -> Projection {
        self.extractor.projection()
    }

    fn standardized(
        &self,
        batch: &Batch<'_>,
        rows: impl ExactSizeIterator<Item = usize>,
    ) -> Result<Array2<f64>, Error> {
        let mut x = self.extractor.matrix_of(batch, rows);
        self.scaler.transform_in_place(&mut x).map_err(Error::at(Stage::Project))?;
        Ok(x)
    }

    /// The components of the given rows, row after row.
    pub(super) fn project(&self, batch: &Batch<'_>, rows: Wanted<'_>) -> Result<Vec<f64>, Error> {
        let x = self.standardized(batch, rows)?;
        let points = self.pca.transform(&x).map_err(Error::at(Stage::Project))?;
        Ok(points.into_iter().collect())
    }

    pub(super) fn describe(&self, found: &mut Outliers) {
        found.features = self.extractor.names().into_iter().map(str::to_owned).collect();
        found.explained_variance_ratio = self.pca.explained_variance_ratio().to_vec();
        let components = self.pca.components();
        let loadings = found.features.iter().enumerate();
        found.loadings = loadings
            .map(|(i, feature)| Loading { feature: feature.clone(), weights: components.column(i).to_vec() })
            .collect();
    }
}

/// The projected rows and their clusters.
pub(super) struct Fitted {
    points: Array2<f64>,
    model: KMeans,
}

/// A row that is described: its place among the rows used.
struct Chosen {
    place: usize,
    cluster: usize,
    distance: f64,
}

/// What the last pass reads of a described row.
struct Detail {
    place: usize,
    session: Session,
    reason: String,
}

impl Fitted {
    pub(super) fn new(
        points: Array2<f64>,
        params: &KMeansParams,
        on_progress: OnProgress<'_>,
    ) -> Result<Self, Error> {
        let _span = Stage::Cluster.span().entered();
        let n_rows = points.nrows() as u64;
        let model = params
            .fit_observed(&points, None, &mut |step| {
                let total = (step.n_init * step.max_iter) as u64;
                let done = ((step.start - 1) * step.max_iter + step.n_iter) as u64;
                on_progress(&Progress { stage: Stage::Cluster, done, total, n_rows, epoch: None })
            })
            .map_err(Error::at(Stage::Cluster))?;
        Ok(Self { points, model })
    }

    pub(super) fn quality(
        &self,
        params: &OutliersParams,
        kmeans: &KMeansParams,
    ) -> Result<Option<ClusterQuality>, Error> {
        let _span = Stage::Cluster.span().entered();
        ClusterQuality::of(&self.points, &self.model, params, kmeans)
    }

    pub(super) fn describe(
        &self,
        found: &mut Outliers,
        rows: &mut Rows<'_>,
        space: &Space,
        survey: &Survey,
        on_progress: OnProgress<'_>,
    ) -> Result<(), Error> {
        found.inertia = self.model.inertia();
        found.n_iter = self.model.n_iter();
        found.clusters = self.clusters();
        let n_found = found.clusters.iter().filter(|cluster| cluster.size > 0).count();
        if n_found < found.params.n_clusters {
            found.warnings.push(Warning::FewerClusters { found: n_found, asked: found.params.n_clusters });
        }
        found.smallest = smallest(&found.clusters, found.params.smallest);
        found.n_outliers = found.smallest.iter().map(|cluster| found.clusters[*cluster].size).sum();
        let chosen = self.chosen(&found.smallest, found.params.limit);
        if (chosen.len() as u64) < found.n_outliers {
            found.warnings.push(Warning::Cut { listed: chosen.len(), of: found.n_outliers });
        }
        let mut details = self.details(&chosen, rows, space, survey, on_progress)?;
        let percentiles = self.percentiles(&chosen);
        found.scatter = self.scatter(&details);
        found.outliers = chosen
            .iter()
            .zip(percentiles)
            .map(|(row, percentile)| {
                let detail = details.remove(&row.place).expect("every chosen row was read");
                Outlier {
                    session: detail.session,
                    cluster: row.cluster,
                    distance: row.distance,
                    percentile,
                    position: position(&self.points.row(row.place)),
                    reason: detail.reason,
                }
            })
            .collect();
        Ok(())
    }

    fn clusters(&self) -> Vec<Cluster> {
        let centers = self.model.cluster_centers();
        let mut clusters: Vec<_> = centers
            .rows()
            .into_iter()
            .enumerate()
            .map(|(cluster, center)| Cluster { cluster, size: 0, center: center.to_vec() })
            .collect();
        self.model.labels().iter().for_each(|label| clusters[*label].size += 1);
        clusters
    }

    fn distance(&self, place: usize) -> f64 {
        let centers = self.model.cluster_centers();
        let center = centers.row(self.model.labels()[place]);
        let row = self.points.row(place);
        row.iter().zip(center).map(|(a, b)| (a - b) * (a - b)).sum::<f64>().sqrt()
    }

    /// The rows of the least-populated clusters, smallest cluster first, in it the farthest first; ties in the order
    /// of the log. At most `limit`.
    fn chosen(&self, smallest: &[usize], limit: usize) -> Vec<Chosen> {
        let mut rank = vec![None; self.model.n_clusters()];
        smallest.iter().enumerate().for_each(|(place, cluster)| rank[*cluster] = Some(place));
        let labels = self.model.labels().as_slice().expect("an owned vector is contiguous");
        let mut chosen: Vec<_> = (labels.par_iter().enumerate())
            .filter(|(_, cluster)| rank[**cluster].is_some())
            .map(|(place, cluster)| Chosen { place, cluster: *cluster, distance: self.distance(place) })
            .collect();
        let order = |a: &Chosen, b: &Chosen| {
            let by_cluster = rank[a.cluster].cmp(&rank[b.cluster]);
            by_cluster.then(b.distance.total_cmp(&a.distance)).then(a.place.cmp(&b.place))
        };
        if limit > 0 && limit < chosen.len() {
            chosen.select_nth_unstable_by(limit - 1, order);
        }
        chosen.truncate(limit);
        chosen.par_sort_unstable_by(order);
        chosen
    }

    /// For each chosen row the share of all rows, in percent, that are no farther from their centre.
    fn percentiles(&self, chosen: &[Chosen]) -> Vec<f64> {
        let mut distances: Vec<_> = chosen.iter().map(|row| row.distance).collect();
        distances.sort_by(f64::total_cmp);
        let n_rows = self.points.nrows();
        let n_bins = distances.len() + 1;
        // A row counts for every chosen distance that is not below its own.
        let counts = (0..n_rows)
            .into_par_iter()
            .fold(
                || vec![0_u64; n_bins],
                |mut counts, place| {
                    let own = self.distance(place);
                    counts[distances.partition_point(|distance| *distance < own)] += 1;
                    counts
                },
            )
            .reduce(|| vec![0; n_bins], |a, b| a.iter().zip(&b).map(|(a, b)| a + b).collect());
        let no_farther: Vec<u64> = counts
            .iter()
            .scan(0, |sum, count| {
                *sum += count;
                Some(*sum)
            })
            .collect();
        let rank = |row: &Chosen| distances.partition_point(|distance| *distance < row.distance);
        chosen.iter().map(|row| 100.0 * no_farther[rank(row)] as f64 / n_rows as f64).collect()
    }

    /// Reads the chosen rows again, and all rows if they are few enough to be drawn one by one.
    fn details(
        &self,
        chosen: &[Chosen],
        rows: &mut Rows<'_>,
        space: &Space,
        survey: &Survey,
        on_progress: OnProgress<'_>,
    ) -> Result<HashMap<usize, Detail>, Error> {
        let mut places: Vec<_> = chosen.iter().map(|row| row.place).collect();
        if self.points.nrows() <= MOST_POINTS {
            places = (0..self.points.nrows()).collect();
        }
        places.sort_unstable();
        let names: Vec<_> = rows.log_names().map(str::to_owned).collect();
        let columns = projection_with_text(rows.kind());
        let reader = DetailReader { places: &places, names: &names, columns: &columns, space, survey };
        let mut details = HashMap::with_capacity(places.len());
        let mut failure = None;
        rows.pass(
            Stage::Details,
            &columns,
            on_progress,
            |batch, wanted| reader.read(batch, wanted),
            |part| match part {
                Ok(part) => details.extend(part.into_iter().map(|detail: Detail| (detail.place, detail))),
                Err(error) => failure = failure.take().or(Some(error)),
            },
        )?;
        failure.map_or(Ok(details), Err)
    }

    fn scatter(&self, details: &HashMap<usize, Detail>) -> Scatter {
        let n_rows = self.points.nrows();
        if n_rows > MOST_POINTS {
            return Scatter::Density(Density::of(n_rows, |place| position(&self.points.row(place))));
        }
        let positions = self.points.rows().into_iter().map(|row| position(&row));
        let labels = self.model.labels();
        Scatter::Points(
            positions
                .enumerate()
                .map(|(place, position)| {
                    let label = details[&place].session.label();
                    Point { position, cluster: Some(labels[place]), label }
                })
                .collect(),
        )
    }
}

struct DetailReader<'a> {
    places: &'a [usize],
    names: &'a [String],
    columns: &'a bro_log::Projection,
    space: &'a Space,
    survey: &'a Survey,
}

impl DetailReader<'_> {
    fn read(&self, batch: &Batch<'_>, wanted: Wanted<'_>) -> Result<Vec<Detail>, Error> {
        let (first, end) = (wanted.first as usize, wanted.first as usize + wanted.len());
        let from = self.places.partition_point(|place| *place < first);
        let to = self.places.partition_point(|place| *place < end);
        let places = &self.places[from..to];
        if places.is_empty() {
            return Ok(Vec::new());
        }
        let session =
            SessionColumns::of(batch, self.columns, self.space.extractor.kind(), &self.names[wanted.log]);
        let used: Vec<usize> = wanted.collect();
        let rows: Vec<usize> = places.iter().map(|place| used[place - first]).collect();
        let deviations = self.space.standardized(batch, rows.iter().copied())?;
        let facts = self.space.extractor.rows_of(batch, rows.iter().copied());
        let features = self.space.extractor.features();
        let described = places.iter().zip(&rows).zip(deviations.rows()).zip(&facts);
        Ok(described
            .map(|(((place, row), deviations), facts)| Detail {
                place: *place,
                session: session.session(*row),
                reason: reason(features, &deviations.to_vec(), facts, self.survey),
            })
            .collect())
    }
}

/// Numbers of the `n` clusters with the fewest sessions, ties by number; empty ones do not count.
fn smallest(clusters: &[Cluster], n: usize) -> Vec<usize> {
    let mut by_size: Vec<_> = clusters.iter().filter(|cluster| cluster.size > 0).collect();
    by_size.sort_by_key(|cluster| (cluster.size, cluster.cluster));
    // One cluster that holds everything has nothing to stand out from.
    let n = n.min(by_size.len().saturating_sub(1));
    by_size[..n].iter().map(|cluster| cluster.cluster).collect()
}

fn position(row: &ArrayRef1<f64>) -> [f64; 2] {
    [row[0], row.get(1).copied().unwrap_or(0.0)]
}
