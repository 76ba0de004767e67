use std::ops::ControlFlow;

use ndarray::{Array1, Array2, array, concatenate};
use proptest::prelude::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;
use crate::simd::InstructionSet;

/// Values on a coarse grid, so that exact ties and identical rows are common.
fn grid(n: usize, d: usize, seed: u64) -> Array2<f64> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    Array2::from_shape_simple_fn((n, d), || f64::from(rng.random_range(-3i32..=3)))
}

fn uniform(n: usize, d: usize, seed: u64) -> Array2<f64> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    Array2::from_shape_simple_fn((n, d), || rng.random_range(-1.0..1.0))
}

/// The nearest centre by plain differences, the lowest of several.
fn naive_labels(x: &Array2<f64>, centers: &Array2<f64>) -> Vec<usize> {
    let nearest = |row: ndarray::ArrayView1<'_, f64>| {
        let squares = centers
            .rows()
            .into_iter()
            .map(|center| row.iter().zip(center).map(|(a, b)| (a - b) * (a - b)).sum::<f64>());
        squares.enumerate().min_by(|a, b| a.1.total_cmp(&b.1)).unwrap().0
    };
    x.rows().into_iter().map(nearest).collect()
}

/// Lloyd's algorithm as in the textbook; clusters must not become empty.
fn naive_fit(x: &Array2<f64>, mut centers: Array2<f64>, max_iter: usize) -> (Vec<usize>, Array2<f64>) {
    for _ in 0..max_iter {
        let labels = naive_labels(x, &centers);
        let mut sums = Array2::<f64>::zeros(centers.dim());
        let mut counts = Array1::<f64>::zeros(centers.nrows());
        for (row, &label) in x.rows().into_iter().zip(&labels) {
            sums.row_mut(label).scaled_add(1.0, &row);
            counts[label] += 1.0;
        }
        centers = sums / counts.insert_axis(ndarray::Axis(1));
    }
    (naive_labels(x, &centers), centers)
}

fn from_rows(x: &Array2<f64>, k: usize) -> KMeansParams {
    let init = Init::Centers(x.slice(ndarray::s![..k, ..]).to_owned());
    KMeansParams { init, tol: 0.0, ..KMeansParams::new(k) }
}

#[test]
fn assignment_equals_the_naive_twin_with_every_instruction_set() {
    for (n, d, k) in
        [(1, 1, 1), (50, 1, 3), (700, 2, 8), (1600, 3, 9), (333, 8, 17), (100, 20, 64), (60, 70, 5)]
    {
        for x in [grid(n, d, 1), uniform(n, d, 2), uniform(n, d, 3) + 1e6] {
            let centers = x.slice(ndarray::s![..k, ..]).to_owned() * 0.75 + 0.25 * x[[0, 0]];
            let packed = Centers::new(&centers, &centers.mean_axis(Axis(0)).unwrap().to_vec());
            for set in InstructionSet::available() {
                let labels = assign::nearest(set, x.as_slice().unwrap(), &packed);
                let labels = labels.into_iter().map(|label| label as usize).collect::<Vec<_>>();
                assert_eq!(labels, naive_labels(&x, &centers), "n={n} d={d} k={k} {set:?}");
            }
        }
    }
}

#[test]
fn both_algorithms_equal_the_textbook() {
    for (n, d, k, seed) in [(400, 2, 5, 1), (500, 3, 8, 2), (2000, 8, 20, 3), (900, 20, 6, 4)] {
        let x = uniform(n, d, seed);
        for max_iter in [1, 2, 7, 25] {
            let (labels, centers) = naive_fit(&x, x.slice(ndarray::s![..k, ..]).to_owned(), max_iter);
            for algorithm in [Algorithm::Lloyd, Algorithm::Hamerly] {
                let model = KMeansParams { max_iter, algorithm, ..from_rows(&x, k) }.fit(&x).unwrap();
                assert_eq!(
                    model.labels().to_vec(),
                    labels,
                    "n={n} d={d} k={k} max_iter={max_iter} {algorithm:?}"
                );
                approx::assert_relative_eq!(
                    model.cluster_centers(),
                    &centers,
                    max_relative = 1e-10,
                    epsilon = 1e-13
                );
            }
        }
    }
}

#[test]
fn labels_do_not_depend_on_algorithm_even_among_ties() {
    for seed in 0..20 {
        let x = grid(600, 2, seed);
        let params = KMeansParams { seed, ..KMeansParams::new(7) };
        let lloyd = KMeansParams { algorithm: Algorithm::Lloyd, ..params.clone() }.fit(&x).unwrap();
        let hamerly = KMeansParams { algorithm: Algorithm::Hamerly, ..params }.fit(&x).unwrap();
        assert_eq!(lloyd, hamerly);
        assert_eq!(lloyd.labels().to_vec(), naive_labels(&x, lloyd.cluster_centers()));
    }
}

#[test]
fn one_two_and_eight_threads_agree_to_the_bit() {
    let x = uniform(20_000, 4, 9);
    for init in [Init::KMeansPlusPlus, Init::Parallel, Init::Random] {
        let params = KMeansParams { init, max_iter: 12, n_init: 2, ..KMeansParams::new(20) };
        let on = |n_threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().unwrap();
            pool.install(|| params.fit(&x).unwrap())
        };
        assert_eq!(on(1), on(2));
        assert_eq!(on(1), on(8));
    }
}

#[test]
fn every_start_finds_separated_groups() {
    let groups = (0..6).map(|group| uniform(50, 3, group) + 20.0 * group as f64).collect::<Vec<_>>();
    let x = concatenate(Axis(0), &groups.iter().map(|group| group.view()).collect::<Vec<_>>()).unwrap();
    for init in [Init::KMeansPlusPlus, Init::Parallel, Init::Random] {
        let model = KMeansParams { init, n_init: 20, ..KMeansParams::new(6) }.fit(&x).unwrap();
        for group in model.labels().as_slice().unwrap().chunks(50) {
            assert!(group.iter().all(|label| label == &group[0]));
        }
        assert!(model.inertia() < 400.0);
    }
}

/// Six groups of 500 rows, one after the other.
fn groups() -> Array2<f64> {
    let groups = (0..6).map(|group| uniform(500, 3, group) + 20.0 * group as f64).collect::<Vec<_>>();
    concatenate(Axis(0), &groups.iter().map(|group| group.view()).collect::<Vec<_>>()).unwrap()
}

#[test]
fn mini_batches_find_separated_groups_on_any_number_of_threads() {
    let x = groups();
    for init in [Init::KMeansPlusPlus, Init::Parallel] {
        let params = MiniBatchKMeansParams { init, batch_size: 200, ..MiniBatchKMeansParams::new(6) };
        let on = |n_threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().unwrap();
            pool.install(|| params.fit(&x).unwrap())
        };
        let model = on(1);
        assert_eq!(model, on(2));
        assert_eq!(model, on(8));
        assert!(
            model.labels().as_slice().unwrap().chunks(500).all(|group| group.iter().all(|l| *l == group[0]))
        );
        let full = KMeansParams { n_init: 5, ..KMeansParams::new(6) }.fit(&x).unwrap();
        assert!(model.inertia() < 1.05 * full.inertia(), "{} and {}", model.inertia(), full.inertia());
    }
}

#[test]
fn a_mini_batch_of_all_rows_moves_each_centre_to_a_mean() {
    // One step on a batch drawn with replacement from equal rows is known beforehand.
    let x = Array2::from_elem((50, 2), 3.0);
    let init = Init::Centers(array![[1.0, 5.0]]);
    let params = MiniBatchKMeansParams { init, max_iter: 1, batch_size: 50, ..MiniBatchKMeansParams::new(1) };
    let weights = Array1::from_elem(50, 2.0);
    let model = params.fit_weighted(&x, &weights).unwrap();
    assert_eq!((model.cluster_centers(), model.inertia(), model.n_iter()), (&array![[3.0, 3.0]], 0.0, 1));
}

#[test]
fn mini_batches_stop_by_the_observer_or_when_nothing_improves() {
    let x = groups();
    let params = MiniBatchKMeansParams { batch_size: 300, ..MiniBatchKMeansParams::new(6) };
    let mut n_steps = 0;
    let mut count = |progress: KMeansProgress| {
        n_steps = progress.n_iter;
        assert_eq!(progress.max_iter, 1000);
        ControlFlow::Continue(())
    };
    params.fit_observed(&x, None, &mut count).unwrap();
    assert!(n_steps < 1000);
    assert_eq!(params.fit_observed(&x, None, &mut |_| ControlFlow::Break(())), Err(Error::Cancelled));
    let endless = MiniBatchKMeansParams { max_no_improvement: 0, max_iter: 3, ..params.clone() };
    assert_eq!(endless.fit(&x).unwrap().n_iter(), 3);
    for (broken, name) in [
        (MiniBatchKMeansParams { batch_size: 0, ..params.clone() }, "batch_size"),
        (MiniBatchKMeansParams { reassignment_ratio: 1.5, ..params.clone() }, "reassignment_ratio"),
        (MiniBatchKMeansParams { n_init: 0, ..params.clone() }, "n_init"),
    ] {
        assert!(broken.fit(&x).unwrap_err().to_string().starts_with(&format!("{name} is ")));
    }
    assert!(matches!(MiniBatchKMeansParams::new(4000).fit(&x), Err(Error::NClusters { .. })));
}

#[test]
fn rows_too_close_to_be_told_apart_are_refused() {
    let x = array![[0.0, 1e-200], [0.0, 3e-200]];
    assert_eq!(KMeansParams::new(2).fit(&x), Err(Error::Spread { limit: 1e-145 }));
    assert_eq!(KMeansParams::new(2).fit(&(x + &array![[1.0, 0.0]])), Err(Error::Spread { limit: 1e-145 }));
    let near = array![[1e-140], [3e-140]];
    assert_eq!(KMeansParams::new(2).fit(&near).unwrap().inertia(), 0.0);
    assert_eq!(KMeansParams::new(1).fit(&array![[5e-324], [5e-324]]).unwrap().labels().to_vec(), [0, 0]);
}

#[test]
fn integer_weights_equal_repeated_rows() {
    let x = uniform(60, 2, 5);
    let weights = Array1::from_shape_fn(60, |idx| (idx % 4) as f64);
    let repeated = (0..60).flat_map(|idx| vec![idx; idx % 4]).collect::<Vec<_>>();
    let repeated = x.select(Axis(0), &repeated);
    let params = from_rows(&x, 4);
    let weighted = params.fit_weighted(&x, &weights).unwrap();
    let plain = params.fit(&repeated).unwrap();
    approx::assert_relative_eq!(weighted.cluster_centers(), plain.cluster_centers(), max_relative = 1e-12);
    approx::assert_relative_eq!(weighted.inertia(), plain.inertia(), max_relative = 1e-12);
}

#[test]
fn an_empty_cluster_takes_the_farthest_row() {
    let x = array![[0.0], [1.0], [2.0], [50.0]];
    let init = Init::Centers(array![[1.0], [1000.0]]);
    let model = KMeansParams { init, max_iter: 1, ..KMeansParams::new(2) }.fit(&x).unwrap();
    assert_eq!(model.cluster_centers(), array![[1.0], [50.0]]);
    assert_eq!(model.labels().to_vec(), [0, 0, 0, 1]);
}

#[test]
fn more_clusters_than_distinct_rows_leave_no_distance() {
    let x = array![[1.0, 2.0], [1.0, 2.0], [3.0, 4.0], [1.0, 2.0]];
    for init in [Init::KMeansPlusPlus, Init::Parallel, Init::Random] {
        let model = KMeansParams { init, ..KMeansParams::new(4) }.fit(&x).unwrap();
        assert_eq!(model.inertia(), 0.0);
        assert!(model.cluster_centers().iter().all(|value| value.is_finite()));
    }
}

#[test]
fn predict_transform_and_score_agree_with_the_fit() {
    let x = uniform(300, 5, 8);
    let model = KMeansParams::new(7).fit(&x).unwrap();
    assert_eq!(&model.predict(&x).unwrap(), model.labels());
    assert_eq!(model.score(&x).unwrap(), -model.inertia());
    let distances = model.transform(&x).unwrap();
    for (row, &label) in distances.rows().into_iter().zip(model.labels()) {
        assert!(row.iter().all(|&distance| distance >= row[label]));
    }
    let columns_first = x.t().as_standard_layout().into_owned().reversed_axes();
    assert_eq!(model.transform(&columns_first).unwrap(), distances);
    assert_eq!(KMeansParams::new(7).fit(&columns_first).unwrap(), model);
}

#[test]
fn the_observer_sees_each_iteration_and_can_stop() {
    let x = uniform(200, 2, 8);
    let params = KMeansParams { n_init: 3, max_iter: 4, tol: 0.0, ..KMeansParams::new(9) };
    let mut seen = Vec::new();
    params
        .fit_observed(&x, None, &mut |progress| {
            seen.push((progress.start, progress.n_iter));
            ControlFlow::Continue(())
        })
        .unwrap();
    assert_eq!(seen[..5], [(1, 1), (1, 2), (1, 3), (1, 4), (2, 1)]);
    let stopped = params.fit_observed(&x, None, &mut |_| ControlFlow::Break(()));
    assert_eq!(stopped, Err(Error::Cancelled));
}

#[test]
fn hostile_input_is_refused() {
    let x = array![[0.0, 1.0], [2.0, 3.0]];
    let fit = |params: KMeansParams| params.fit(&x).unwrap_err();
    assert!(matches!(fit(KMeansParams::new(0)), Error::NClusters { n_clusters: 0, n_samples: 2 }));
    assert!(matches!(fit(KMeansParams::new(3)), Error::NClusters { n_clusters: 3, n_samples: 2 }));
    assert!(matches!(fit(KMeansParams { max_iter: 0, ..KMeansParams::new(1) }), Error::Parameter { .. }));
    assert!(matches!(fit(KMeansParams { n_init: 0, ..KMeansParams::new(1) }), Error::Parameter { .. }));
    assert!(matches!(fit(KMeansParams { tol: f64::NAN, ..KMeansParams::new(1) }), Error::Parameter { .. }));
    let centers = |centers| fit(KMeansParams { init: Init::Centers(centers), ..KMeansParams::new(2) });
    assert!(matches!(centers(array![[0.0, 1.0]]), Error::Length { found: 1, expected: 2, .. }));
    assert!(matches!(centers(array![[0.0], [1.0]]), Error::NFeatures { found: 1, expected: 2 }));
    assert!(matches!(
        centers(array![[0.0, f64::NAN], [1.0, 1.0]]),
        Error::NonFinite { row: 0, column: 1, .. }
    ));
    let weighted = |weights: Array1<f64>| KMeansParams::new(1).fit_weighted(&x, &weights).unwrap_err();
    assert!(matches!(weighted(array![1.0]), Error::Length { found: 1, expected: 2, .. }));
    assert!(matches!(weighted(array![1.0, -1.0]), Error::Parameter { .. }));
    assert!(matches!(weighted(array![0.0, 0.0]), Error::Parameter { .. }));
    let one = KMeansParams::new(1);
    assert!(matches!(one.fit(&array![[0.0], [f64::NAN]]), Err(Error::NonFinite { row: 1, column: 0, .. })));
    assert!(matches!(one.fit(&array![[0.0], [1e300]]), Err(Error::Magnitude { row: 1, column: 0, .. })));
    assert!(matches!(one.fit(&Array2::zeros((2, 0))), Err(Error::NFeatures { .. })));
    assert!(matches!(one.fit(&Array2::zeros((0, 2))), Err(Error::NClusters { n_samples: 0, .. })));
    let model = one.fit(&x).unwrap();
    assert!(matches!(model.predict(&array![[1.0]]), Err(Error::NFeatures { found: 1, expected: 2 })));
    assert!(matches!(
        model.predict(&array![[1.0, f64::NAN]]),
        Err(Error::NonFinite { row: 0, column: 1, .. })
    ));
}

#[test]
fn a_far_row_does_not_spoil_the_means_of_the_clusters_it_leaves() {
    let mut x = uniform(400, 2, 6);
    x[[17, 0]] = 1e14;
    let init = Init::Centers(array![[0.0, 0.0], [-0.5, 0.0]]);
    let model = KMeansParams { init, ..KMeansParams::new(2) }.fit(&x).unwrap();
    let near = model.labels()[0];
    let rows = (0..400).filter(|&idx| model.labels()[idx] == near).collect::<Vec<_>>();
    let mean = x.select(Axis(0), &rows).mean_axis(Axis(0)).unwrap();
    approx::assert_relative_eq!(model.cluster_centers().row(near), mean, max_relative = 1e-10);
}

proptest! {
    #[test]
    fn inertia_never_rises_between_iterations(seed in 0u64..1000, k in 1usize..9, d in 1usize..5) {
        let x = grid(80, d, seed);
        let mut last = f64::INFINITY;
        for max_iter in 1..6 {
            let params = KMeansParams { max_iter, tol: 0.0, seed, init: Init::Random, ..KMeansParams::new(k) };
            let model = params.fit(&x).unwrap();
            // An empty cluster that is seeded anew in the last iteration takes its row from the mean of another, while
            // the labels stay as they are (as in scikit-learn): that may raise the inertia by a little.
            let has_empty_cluster = (0..k).any(|cluster| !model.labels().iter().any(|&label| label == cluster));
            if has_empty_cluster {
                break;
            }
            let inertia = model.inertia();
            prop_assert!(inertia <= last * (1.0 + 1e-12));
            last = inertia;
        }
    }

    #[test]
    fn permuting_rows_permutes_labels(seed in 0u64..1000) {
        let x = uniform(90, 2, seed);
        let params = from_rows(&x, 4);
        let order = (0..90).map(|idx| idx * 7 % 90).collect::<Vec<_>>();
        let model = params.fit(&x).unwrap();
        let permuted = params.fit(&x.select(Axis(0), &order)).unwrap();
        prop_assert_eq!(model.labels().select(Axis(0), &order), permuted.labels().clone());
    }
}
