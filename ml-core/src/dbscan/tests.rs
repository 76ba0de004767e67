use super::lanes::Columns;
use super::tree::NearestDistances;
use super::*;
use crate::simd::InstructionSet;
use ndarray::{Array1, Array2};
use proptest::prelude::*;

/// DBSCAN as it is defined, comparing every row with every other: labels and core rows.
fn naive(x: &Array2<f64>, params: &DbscanParams, weights: &[f64]) -> (Vec<Option<u32>>, Vec<usize>) {
    let rows: Vec<Vec<f64>> = x.rows().into_iter().map(|row| row.to_vec()).collect();
    let near = |a: usize, b: usize| {
        let squares = rows[a].iter().zip(&rows[b]).map(|(a, b)| (a - b) * (a - b));
        squares.fold(0.0, |sum, square| sum + square) <= params.eps * params.eps
    };
    let neighbors = |row: usize| (0..rows.len()).filter(move |&other| near(row, other));
    let weight = |row: usize| neighbors(row).map(|other| weights[other]).sum::<f64>();
    let core: Vec<usize> = (0..rows.len()).filter(|&row| weight(row) >= params.min_samples as f64).collect();
    let mut labels = vec![None; rows.len()];
    let mut n_clusters = 0;
    for &seed in &core {
        if labels[seed].is_some() {
            continue;
        }
        let mut stack = vec![seed];
        while let Some(row) = stack.pop() {
            for other in neighbors(row).filter(|&other| labels[other].is_none()).collect::<Vec<_>>() {
                labels[other] = Some(n_clusters);
                if core.binary_search(&other).is_ok() {
                    stack.push(other);
                }
            }
        }
        n_clusters += 1;
    }
    (labels, core)
}

fn check(x: &Array2<f64>, params: &DbscanParams) {
    let (labels, core) = naive(x, params, &vec![1.0; x.nrows()]);
    let model = params.fit(x).unwrap();
    assert_eq!(model.core_sample_indices(), core);
    assert_eq!(model.labels(), labels);
    assert_eq!(model.n_clusters(), labels.iter().flatten().max().map_or(0, |&last| last as usize + 1));
    assert_eq!(model.n_noise(), labels.iter().filter(|label| label.is_none()).count());
}

/// Rows of which many are equal, many are exactly `eps` apart, and some are close to nothing.
fn hostile_matrix() -> impl Strategy<Value = (Array2<f64>, f64)> {
    let scale = prop_oneof![
        6 => Just(1.0),
        1 => Just(0.1),
        1 => Just(1e-3),
        1 => Just(1e150),
        1 => Just(1e300),
        1 => Just(1e-160),
        1 => Just(1e-310),
        1 => Just(5e-324),
    ];
    let value = prop_oneof![
        8 => (-6i32..=6).prop_map(f64::from),
        3 => -6.0..6.0,
        1 => prop_oneof![Just(1e9), Just(-1e9), Just(1e15), Just(-0.0), Just(1e-12)],
    ];
    let eps = prop_oneof![4 => (1u8..5).prop_map(f64::from), 2 => 0.05f64..4.0, 1 => Just(1e9)];
    (1usize..=9, 1usize..=150, scale, eps).prop_flat_map(move |(d, n, scale, eps)| {
        proptest::collection::vec(value.clone(), n * d).prop_map(move |mut values| {
            values.iter_mut().for_each(|value| *value = (*value * scale).clamp(f64::MIN, f64::MAX));
            let eps = (eps * scale).clamp(1.6e-162, 1.3e154);
            (Array2::from_shape_vec((n, d), values).unwrap(), eps)
        })
    })
}

/// Blobs and noise of up to a few thousand rows, on a lattice or not: enough for the deeper parts of both engines.
fn blobs(seed: u64, n: usize, d: usize, step: f64) -> Array2<f64> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 11) as f64 / (1u64 << 53) as f64
    };
    Array2::from_shape_fn((n, d), |(row, column)| {
        let center = if row % 10 == 9 { 0.0 } else { ((row % 5 * 7 + column * 3) % 11) as f64 };
        let spread = if row % 10 == 9 { 12.0 } else { 1.0 };
        let value = center + spread * (next() + next() + next() - 1.5);
        if step > 0.0 { (value / step).round() * step } else { value }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::default())]

    #[test]
    fn hostile_rows_are_clustered_as_defined((x, eps) in hostile_matrix(), min_samples in 1usize..8) {
        check(&x, &DbscanParams { eps, min_samples });
    }

    #[test]
    fn weights_count_as_that_many_samples(
        (x, eps) in hostile_matrix(),
        min_samples in 1usize..8,
        quarters in proptest::collection::vec(0u8..12, 150),
    ) {
        let weights: Vec<f64> = quarters[..x.nrows()].iter().map(|&quarter| f64::from(quarter) / 4.0).collect();
        let params = DbscanParams { eps, min_samples };
        let (labels, core) = naive(&x, &params, &weights);
        let model = params.fit_weighted(&x, &Array1::from(weights)).unwrap();
        prop_assert_eq!(model.core_sample_indices(), core);
        prop_assert_eq!(model.labels(), labels);
    }
}

#[test]
fn an_eps_that_cannot_be_squared_is_refused() {
    let x = ndarray::array![[0.0], [1e-170], [1.0]];
    for eps in [5e-324, 1e-170, 1.5e-162, 1.4e154, 1e300] {
        let error = DbscanParams::new(eps).fit(&x).unwrap_err().to_string();
        assert!(error.starts_with("eps is ") && error.contains("from 1.6e-162 to 1.3e154"), "{error}");
    }
    for eps in [1.6e-162, 1.3e154] {
        check(&x, &DbscanParams { eps, min_samples: 2 });
    }
}

#[test]
fn larger_matrices_are_clustered_as_defined() {
    for d in [1, 2, 3, 4, 8] {
        for (seed, step) in [(1, 0.0), (2, 0.25), (3, 1.0)] {
            let x = blobs(seed, 1500, d, step);
            for (eps, min_samples) in [(0.25, 3), (0.5, 10), (1.0, 40), (3.0, 5)] {
                check(&x, &DbscanParams { eps, min_samples });
            }
        }
    }
}

#[test]
fn many_copies_of_one_row_are_one_point() {
    for d in [1, 2, 3, 8] {
        let mut x = blobs(4, 1200, d, 0.0);
        for row in (0..1200).step_by(2) {
            x.row_mut(row).fill(0.25);
        }
        for min_samples in [2, 50, 700] {
            check(&x, &DbscanParams { eps: 0.4, min_samples });
        }
    }
}

#[test]
fn permuting_rows_permutes_labels() {
    let x = blobs(5, 3000, 3, 0.0);
    let params = DbscanParams::new(0.3);
    let model = params.fit(&x).unwrap();
    let order: Vec<usize> = (0..3000).map(|row| row * 1777 % 3000).collect();
    let shuffled = params.fit(&x.select(ndarray::Axis(0), &order)).unwrap();
    let is_core = |model: &Dbscan, row| model.core_sample_indices().binary_search(&row).is_ok();
    let mut renamed = std::collections::BTreeMap::new();
    for (new, &old) in order.iter().enumerate() {
        assert_eq!(is_core(&shuffled, new), is_core(&model, old));
        assert_eq!(shuffled.labels()[new].is_none(), model.labels()[old].is_none());
        if is_core(&model, old) {
            let label = *renamed.entry(model.labels()[old]).or_insert(shuffled.labels()[new]);
            assert_eq!(label, shuffled.labels()[new]);
        }
    }
    assert_eq!(renamed.len(), shuffled.n_clusters());
}

#[test]
fn any_number_of_threads_gives_the_same_labels() {
    for (d, eps) in [(1, 0.001), (2, 0.1), (3, 0.25), (8, 1.2)] {
        let x = blobs(6, 20_000, d, 0.0);
        let params = DbscanParams::new(eps);
        let fit = |n_threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().unwrap();
            pool.install(|| params.fit(&x).unwrap())
        };
        let one = fit(1);
        assert!(one.n_clusters() > 1 && one.n_noise() > 0, "{d}: {} {}", one.n_clusters(), one.n_noise());
        assert_eq!(fit(2), one);
        assert_eq!(fit(8), one);
    }
}

/// The labels from one engine, for matrices too large for the naive twin.
fn marks(marks: Vec<AtomicU32>) -> Vec<u32> {
    marks.into_iter().map(AtomicU32::into_inner).collect()
}

fn engines_agree<const D: usize>(x: &Array2<f64>, eps: f64, min_samples: usize) {
    let search = Search { eps, limit: eps * eps, min_samples };
    let rows = x.as_slice().unwrap();
    let mut go_on = |_| ControlFlow::Continue(());
    let mut watch = Watch { observer: &mut go_on };
    let on_tree = Tree::build(rows, D).cluster(&search, None, &mut watch).unwrap();
    let grid = Grid::<D>::build(rows.as_chunks().0, &search).expect("the grid is coarse enough");
    let on_grid = grid.cluster(&search, &mut watch).unwrap();
    assert_eq!(marks(on_tree), marks(on_grid), "d={D} eps={eps} min_samples={min_samples}");
}

#[test]
fn the_grid_and_the_tree_give_the_same_labels() {
    for (eps, min_samples) in [(0.02, 4), (0.1, 12), (0.5, 300)] {
        for step in [0.0, 0.01] {
            engines_agree::<1>(&blobs(7, 10_000, 1, step), eps / 50.0, min_samples);
            engines_agree::<2>(&blobs(8, 10_000, 2, step), eps, min_samples);
            engines_agree::<3>(&blobs(9, 10_000, 3, step), 2.0 * eps, min_samples);
        }
    }
}

#[test]
fn two_crowds_that_face_each_other_join_only_if_they_touch() {
    // Two slanted lines of 4,000 rows each, nowhere nearer to each other than `apart`.
    for (apart, n_clusters) in [(0.99, 1), (1.01, 2)] {
        let x = Array2::from_shape_fn((8000, 2), |(row, column)| {
            let along = (row % 4000) as f64 / 8000.0;
            let across = if row < 4000 { 0.0 } else { apart };
            if column == 0 { 0.6 * along - 0.8 * across } else { 0.8 * along + 0.6 * across }
        });
        engines_agree::<2>(&x, 1.0, 5);
        assert_eq!(DbscanParams::new(1.0).fit(&x).unwrap().n_clusters(), n_clusters);
    }
}

#[test]
fn each_instruction_set_computes_the_same_bits() {
    struct Count<'a>(&'a [f64], usize);
    impl WithSimd for Count<'_> {
        type Output = (usize, bool);
        #[inline(always)]
        fn with_simd<S: pulp::Simd>(self, _: S) -> (usize, bool) {
            let columns = Columns { values: self.0, stride: 37 };
            let point = [0.5, 0.25, -0.5];
            (columns.count_within(3, self.1, &point, 1.5), columns.any_within(3, self.1, &point, 0.05))
        }
    }
    let x = blobs(10, 3000, 8, 0.0);
    let rows = x.as_slice().unwrap();
    let tree = Tree::build(rows, 8);
    let outcome = |set, end| {
        let nearest = simd::run(set, NearestDistances { tree: &tree, queries: &rows[..800], k: 7 });
        (simd::run(set, Count(rows, end)), nearest)
    };
    for set in InstructionSet::available() {
        for end in [3, 4, 11, 12, 37] {
            assert_eq!(outcome(set, end), outcome(InstructionSet::Portable, end), "{set:?}");
        }
    }
}

#[test]
fn k_distances_are_those_of_all_pairs() {
    for (d, step) in [(1, 0.5), (3, 0.0), (8, 0.25)] {
        let x = blobs(11, 300, d, step);
        let distance = |a: usize, b: usize| {
            let squares = x.row(a).into_iter().zip(x.row(b)).map(|(a, b)| (a - b) * (a - b));
            squares.sum::<f64>().sqrt()
        };
        for (min_samples, max_queries) in [(1, 300), (5, 10_000), (40, 100)] {
            let n_queries = 300.min(max_queries);
            let mut expected: Vec<f64> = (0..n_queries)
                .map(|query| {
                    let mut all: Vec<f64> =
                        (0..300).map(|row| distance(query * 300 / n_queries, row)).collect();
                    all.sort_by(f64::total_cmp);
                    all[min_samples - 1]
                })
                .collect();
            expected.sort_by(f64::total_cmp);
            let curve =
                KDistanceParams { max_queries, ..KDistanceParams::new(min_samples) }.measure(&x).unwrap();
            assert_eq!(curve.distances(), expected);
        }
    }
    assert_eq!(KDistanceParams::new(2).measure(&Array2::zeros((50, 2))).unwrap().eps(), None);
}

#[test]
fn fit_refuses_what_it_cannot_cluster() {
    let x = Array2::zeros((3, 2));
    let check = |params: &DbscanParams, x: &Array2<f64>, expected: &str| {
        assert_eq!(params.fit(x).unwrap_err().to_string(), expected);
    };
    for (eps, found) in [(0.0, "0"), (-1.0, "-1"), (f64::NAN, "NaN"), (f64::INFINITY, "inf")] {
        check(&DbscanParams::new(eps), &x, &format!("eps is {found}, expected a finite number above 0"));
    }
    let none = DbscanParams { min_samples: 0, ..DbscanParams::new(1.0) };
    check(&none, &x, "min_samples is 0, expected at least 1");
    let params = DbscanParams::new(1.0);
    check(&params, &Array2::zeros((0, 2)), "x has 0 samples, expected at least 1");
    check(&params, &Array2::zeros((3, 0)), "x has 0 features, expected 1");
    let message = "value at row 1, column 0 is NaN, expected a finite number";
    check(&params, &ndarray::array![[0.0], [f64::NAN]], message);
    for weights in [vec![1.0; 2], vec![1.0, -1.0, 1.0], vec![1.0, f64::NAN, 1.0]] {
        assert!(params.fit_weighted(&x, &Array1::from(weights)).is_err());
    }
}

#[test]
fn the_observer_sees_the_steps_in_order_and_can_stop_at_each() {
    for d in [2, 5] {
        let x = blobs(12, 5000, d, 0.0);
        let params = DbscanParams::new(0.3);
        let mut seen = Vec::new();
        let model = params.fit_observed(&x, None, &mut |progress| {
            assert!(progress.n_done < progress.n_total);
            seen.push(progress.step);
            ControlFlow::Continue(())
        });
        assert_eq!(model, params.fit(&x));
        assert!(seen.is_sorted());
        for stop in [DbscanStep::Arrange, DbscanStep::Count, DbscanStep::Join, DbscanStep::Label] {
            assert!(seen.contains(&stop));
            let stopped = params.fit_observed(&x, None, &mut |progress| {
                if progress.step == stop { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            });
            assert_eq!(stopped, Err(Error::Cancelled));
        }
    }
}

#[test]
fn the_layout_of_the_matrix_does_not_matter() {
    let x = blobs(13, 500, 3, 0.0);
    let params = DbscanParams::new(0.5);
    let columns_first = x.t().as_standard_layout().into_owned();
    assert_eq!(params.fit(&columns_first.t()), params.fit(&x));
}

#[cfg(feature = "serde")]
#[test]
fn a_stored_model_comes_back_and_another_version_is_refused() {
    let model = DbscanParams::new(0.5).fit(&blobs(14, 200, 2, 0.0)).unwrap();
    let stored = serde_json::to_string(&model).unwrap();
    assert_eq!(serde_json::from_str::<Dbscan>(&stored).unwrap(), model);
    let newer = stored.replace("\"format_version\":1", "\"format_version\":2");
    let error = serde_json::from_str::<Dbscan>(&newer).unwrap_err().to_string();
    assert_eq!(error, "stored Dbscan has format version 2, expected 1");
}
