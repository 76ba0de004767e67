//! Principal components by each solver, co-moments and the standard scaler.

use bro_benches::inputs::{blobs, pools};
use bro_ml_core::{CoMoments, NComponents, PcaParams, PcaSolver, StandardScaler};
use criterion::{Criterion, criterion_group, criterion_main};
use smartcore::decomposition::pca::{PCA, PCAParameters};
use smartcore::linalg::basic::matrix::DenseMatrix;

const SIZES: [(usize, usize); 6] =
    [(1_000, 8), (10_000, 8), (100_000, 8), (1_000, 20), (10_000, 20), (100_000, 20)];

fn fit(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("pca/fit");
    group.sample_size(10);
    let randomized = PcaSolver::Randomized { n_oversamples: 10, n_iter: 4, seed: 0 };
    for (n, d) in SIZES {
        let x = blobs(n, d);
        for (solver, name) in [
            (PcaSolver::CovarianceEigh, "ours"),
            (PcaSolver::Full, "ours_full"),
            (randomized, "ours_randomized"),
        ] {
            let params = PcaParams { n_components: NComponents::Count(2), solver, ..PcaParams::new() };
            let expected = params.fit(&x).expect("finite rows");
            for (n_threads, pool) in pools() {
                group.bench_function(format!("{name}/n={n},d={d},threads={n_threads}"), |bencher| {
                    bencher.iter(|| {
                        let pca = pool.install(|| params.fit(&x)).expect("finite rows");
                        assert_eq!(pca.components(), expected.components());
                    });
                });
            }
        }
        let matrix = DenseMatrix::new(n, d, x.iter().copied().collect(), false).expect("a matrix");
        group.bench_function(format!("smartcore/n={n},d={d},threads=1"), |bencher| {
            bencher.iter(|| PCA::fit(&matrix, PCAParameters::default().with_n_components(2)).expect("a fit"));
        });
    }
    group.finish();
}

fn moments(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("pca/moments");
    group.sample_size(10);
    let (n, d) = (100_000, 20);
    let x = blobs(n, d);
    group.bench_function(format!("ours_co_moments/n={n},d={d}"), |bencher| {
        bencher.iter(|| assert_eq!(CoMoments::of(&x).expect("finite rows").n(), n as u64));
    });
    group.bench_function(format!("ours_scaler/n={n},d={d}"), |bencher| {
        bencher.iter(|| assert_eq!(StandardScaler::fit_transform(&x).expect("finite rows").1.nrows(), n));
    });
    group.finish();
}

criterion_group!(benches, fit, moments);
criterion_main!(benches);
