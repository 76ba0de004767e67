//! Twenty iterations of k-means from given centres, the first centres alone, and mini-batches.

use bro_benches::inputs::{blobs, pools};
use bro_ml_core::{Init, KMeansParams, MiniBatchKMeansParams};
use criterion::{Criterion, criterion_group, criterion_main};
use ndarray::s;

const SIZES: [(usize, usize, usize); 6] =
    [(1_000, 8, 8), (10_000, 8, 8), (100_000, 8, 8), (1_000, 20, 64), (10_000, 20, 64), (100_000, 20, 64)];

fn fit(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("kmeans/fit");
    group.sample_size(10);
    for (n, d, k) in SIZES {
        let x = blobs(n, d);
        let init = Init::Centers(x.slice(s![..k, ..]).to_owned());
        let params = KMeansParams { init, max_iter: 20, tol: 0.0, ..KMeansParams::new(k) };
        let expected = params.fit(&x).expect("finite rows");
        for (n_threads, pool) in pools() {
            group.bench_function(format!("ours/n={n},d={d},k={k},threads={n_threads}"), |bencher| {
                bencher.iter(|| {
                    let model = pool.install(|| params.fit(&x)).expect("finite rows");
                    assert_eq!(model.inertia(), expected.inertia());
                });
            });
        }
    }
    group.finish();
}

fn starts(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("kmeans/start");
    group.sample_size(10);
    let (n, d, k) = (100_000, 8, 8);
    let x = blobs(n, d);
    for (name, init) in [("plus_plus", Init::KMeansPlusPlus), ("parallel", Init::Parallel)] {
        let params = KMeansParams { init, max_iter: 1, ..KMeansParams::new(k) };
        group.bench_function(format!("ours_{name}/n={n},d={d},k={k}"), |bencher| {
            bencher.iter(|| assert_eq!(params.fit(&x).expect("finite rows").n_iter(), 1));
        });
    }
    group.finish();
}

fn mini_batch(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("kmeans/mini_batch");
    group.sample_size(10);
    let (n, d, k) = (100_000, 8, 8);
    let (x, params) = (blobs(n, d), MiniBatchKMeansParams::new(k));
    group.bench_function(format!("ours/n={n},d={d},k={k}"), |bencher| {
        bencher.iter(|| assert_eq!(params.fit(&x).expect("finite rows").n_clusters(), k));
    });
    group.finish();
}

criterion_group!(benches, fit, starts, mini_batch);
criterion_main!(benches);
