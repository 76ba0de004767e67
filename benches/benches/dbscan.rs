//! DBSCAN on a grid (two columns) and on a tree (eight), beside smartcore where that ends in time.

use bro_benches::inputs::{blobs, pools};
use bro_ml_core::{DbscanParams, KDistanceParams};
use criterion::{Criterion, criterion_group, criterion_main};
use smartcore::cluster::dbscan::{DBSCAN, DBSCANParameters};
use smartcore::linalg::basic::matrix::DenseMatrix;

/// Rows, columns and `eps`.
const SIZES: [(usize, usize, f64); 6] = [
    (1_000, 2, 1.0),
    (10_000, 2, 0.5),
    (100_000, 2, 0.2),
    (1_000, 8, 3.5),
    (10_000, 8, 3.0),
    (100_000, 8, 2.6),
];
const MIN_SAMPLES: usize = 10;
/// The most rows that smartcore is given.
const MOST_PEER_ROWS: usize = 1_000;

fn fit(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("dbscan/fit");
    group.sample_size(10);
    for (n, d, eps) in SIZES {
        let x = blobs(n, d);
        let params = DbscanParams { min_samples: MIN_SAMPLES, ..DbscanParams::new(eps) };
        let expected = params.fit(&x).expect("finite rows");
        for (n_threads, pool) in pools() {
            group.bench_function(format!("ours/n={n},d={d},threads={n_threads}"), |bencher| {
                bencher.iter(|| {
                    let model = pool.install(|| params.fit(&x)).expect("finite rows");
                    assert_eq!(model.n_noise(), expected.n_noise());
                });
            });
        }
        if n > MOST_PEER_ROWS {
            continue;
        }
        let values = x.iter().copied().collect();
        let matrix = DenseMatrix::new(n, d, values, false).expect("a matrix");
        group.bench_function(format!("smartcore/n={n},d={d},threads=1"), |bencher| {
            bencher.iter(|| {
                let params = DBSCANParameters::default().with_eps(eps).with_min_samples(MIN_SAMPLES);
                DBSCAN::<f64, i32, _, Vec<i32>, _>::fit(&matrix, params).expect("a fit")
            });
        });
    }
    group.finish();
}

fn k_distance(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("dbscan/k_distance");
    group.sample_size(10);
    let (n, d) = (10_000, 8);
    let (x, params) = (blobs(n, d), KDistanceParams::new(MIN_SAMPLES));
    group.bench_function(format!("ours/n={n},d={d}"), |bencher| {
        bencher.iter(|| assert!(params.measure(&x).expect("finite rows").eps().is_some()));
    });
    group.finish();
}

criterion_group!(benches, fit, k_distance);
criterion_main!(benches);
