use super::OutliersParams;
use crate::{Error, Stage};
use bro_ml_core::metrics::{silhouette_score, stability};
use bro_ml_core::{KMeans, KMeansParams};
use ndarray::{Array2, Axis};
use rand::SeedableRng;
use rand::seq::index;
use rand_chacha::ChaCha8Rng;

/// Most rows the quality is measured on; silhouettes take the distances of all to all.
const MOST_ROWS: usize = 2_000;
/// Clusterings that are compared with one another, each from another seed.
const N_SEEDS: u64 = 5;
/// Numbers of clusters that are tried, up to what was asked for and some more.
const MORE_CLUSTERS: usize = 4;

/// How real the clusters are, and what other numbers of them would bring; measured on a sample of the rows.
#[derive(Debug, Clone, PartialEq)]
pub struct ClusterQuality {
    /// Rows it was measured on: all, or 2,000 drawn at random.
    pub n: u64,
    /// Mean silhouette of these rows in the clusters found, from −1 to 1; `None` if they are all in one of them.
    pub silhouette: Option<f64>,
    /// How much clusterings of these rows from five seeds agree: the mean adjusted Rand index of all pairs of them, 1
    /// for the same clusters.
    pub stability: f64,
    /// The least agreement of two of them.
    pub stability_min: f64,
    /// These rows in 2, 3, … clusters, as far as there are so many.
    pub by_n_clusters: Vec<ClusterNumber>,
}

/// What one number of clusters makes of the rows of a [`ClusterQuality`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ClusterNumber {
    /// The number.
    pub n_clusters: usize,
    /// Sum of squared distances to the nearest centre. Where more clusters bring it down no longer by much, there is an
    /// elbow.
    pub inertia: f64,
    /// Mean silhouette; `None` if all rows came into one cluster.
    pub silhouette: Option<f64>,
}

impl ClusterQuality {
    /// Of the clusters that `model` found among `points`; `None` for fewer rows than clusters to compare.
    pub(super) fn of(
        points: &Array2<f64>,
        model: &KMeans,
        params: &OutliersParams,
        kmeans: &KMeansParams,
    ) -> Result<Option<Self>, Error> {
        let at = Error::at(Stage::Cluster);
        let n = points.nrows().min(MOST_ROWS);
        if n <= params.n_clusters {
            return Ok(None);
        }
        let mut rng = ChaCha8Rng::seed_from_u64(params.seed);
        let mut rows = index::sample(&mut rng, points.nrows(), n).into_vec();
        rows.sort_unstable();
        let points = points.select(Axis(0), &rows);
        let labels: Vec<usize> = rows.iter().map(|&row| model.labels()[row]).collect();
        let seeds: Vec<u64> = (1..=N_SEEDS).map(|step| params.seed.wrapping_add(step)).collect();
        let stability = stability(&seeds, |seed| {
            Ok(KMeansParams { seed, ..kmeans.clone() }.fit(&points)?.labels().to_vec())
        })
        .map_err(&at)?;
        let numbers = 2..=(params.n_clusters + MORE_CLUSTERS).min(n - 1);
        let by_n_clusters = numbers.map(|n_clusters| {
            let model = KMeansParams { n_clusters, ..kmeans.clone() }.fit(&points)?;
            let silhouette = silhouette(&points, &model.labels().to_vec());
            Ok(ClusterNumber { n_clusters, inertia: model.inertia(), silhouette })
        });
        Ok(Some(Self {
            n: n as u64,
            silhouette: silhouette(&points, &labels),
            stability: stability.mean,
            stability_min: stability.min,
            by_n_clusters: by_n_clusters.collect::<Result<_, _>>().map_err(&at)?,
        }))
    }
}

/// A single cluster, or one for each row, has no silhouette.
fn silhouette(points: &Array2<f64>, labels: &[usize]) -> Option<f64> {
    silhouette_score(points, labels).ok()
}
