use super::*;
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
            let eps = (eps * scale).clamp(5e-324, f64::MAX);
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
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

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
