//! One epoch of the perceptron, and its predictions in both precisions.

use bro_benches::inputs::{classes, pools};
use bro_ml_core::MlpParams;
use criterion::{Criterion, criterion_group, criterion_main};

const SIZES: [(usize, usize); 6] =
    [(1_000, 8), (5_000, 8), (20_000, 8), (1_000, 20), (5_000, 20), (20_000, 20)];

fn train(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("mlp/epoch");
    group.sample_size(10);
    for (n, d) in SIZES {
        let (x, y) = classes(n, d);
        let params = MlpParams { max_iter: 1, ..MlpParams::new() };
        let expected = params.fit(&x, &y).expect("finite rows");
        for (n_threads, pool) in pools() {
            group.bench_function(format!("ours/n={n},d={d},hidden=100,threads={n_threads}"), |bencher| {
                bencher.iter(|| {
                    let mlp = pool.install(|| params.fit(&x, &y)).expect("finite rows");
                    assert_eq!(mlp.loss_curve(), expected.loss_curve());
                });
            });
        }
    }
    group.finish();
}

fn predict(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("mlp/predict");
    group.sample_size(10);
    for (n, d) in SIZES {
        let (x, y) = classes(n, d);
        let mlp = MlpParams { max_iter: 1, ..MlpParams::new() }.fit(&x, &y).expect("finite rows");
        let (single, x_single) = (mlp.to_single(), x.mapv(|value| value as f32));
        for (n_threads, pool) in pools() {
            group.bench_function(format!("ours/n={n},d={d},hidden=100,threads={n_threads}"), |bencher| {
                bencher.iter(|| assert_eq!(pool.install(|| mlp.predict(&x)).expect("finite rows").len(), n));
            });
            group.bench_function(
                format!("ours_single/n={n},d={d},hidden=100,threads={n_threads}"),
                |bencher| {
                    bencher.iter(|| {
                        assert_eq!(pool.install(|| single.predict(&x_single)).expect("finite rows").len(), n)
                    });
                },
            );
        }
    }
    group.finish();
}

criterion_group!(benches, train, predict);
criterion_main!(benches);
