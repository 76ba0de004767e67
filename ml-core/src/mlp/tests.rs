use std::ops::ControlFlow;

use ndarray::{Array1, Array2, array};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::Value;

use super::backprop::Batch;
use super::gemm::{Finish, Left, Product, Right, multiply, multiply_transposed};
use super::matrix::Matrix;
use super::*;
use crate::simd::InstructionSet;

/// Two interleaved classes that a line cannot part.
fn samples(n_rows: usize, n_classes: usize) -> (Array2<f64>, Array1<usize>) {
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    let x = Array2::from_shape_simple_fn((n_rows, 4), || rng.random_range(-2.0..2.0));
    let y = x.rows().into_iter().map(|row| {
        let score = f64::sin(2.0 * row[0]) + row[1] * row[2];
        ((score + 2.0) / 4.0 * n_classes as f64).clamp(0.0, n_classes as f64 - 1.0) as usize
    });
    let y = y.collect();
    (x, y)
}

fn random_matrix(rng: &mut ChaCha8Rng, n_rows: usize, n_cols: usize) -> (Matrix<f64>, Array2<f64>) {
    let dense = Array2::from_shape_simple_fn((n_rows, n_cols), || rng.random_range(-1.0..1.0));
    let mut matrix = Matrix::zeros(n_rows, n_cols);
    let stride = matrix.stride();
    for (to, from) in matrix.rows_mut(n_rows).chunks_exact_mut(stride).zip(dense.rows()) {
        from.iter().zip(to).for_each(|(from, to)| *to = *from);
    }
    (matrix, dense)
}

fn assert_product(found: &Matrix<f64>, expected: &Array2<f64>, what: &str) {
    let rows = found.rows(expected.nrows()).chunks_exact(found.stride());
    for (found, expected) in rows.zip(expected.rows()) {
        for (found, expected) in found.iter().zip(expected) {
            assert!((found - expected).abs() <= 1e-12, "{what}: {found} instead of {expected}");
        }
    }
}

/// Shapes around the edges of the tiles.
const SHAPES: [(usize, usize, usize); 9] = [
    (1, 1, 1),
    (8, 24, 20),
    (7, 23, 1),
    (13, 9, 3),
    (200, 100, 20),
    (5, 40, 200),
    (3, 33, 17),
    (12, 65, 8),
    (300, 130, 120),
];

#[test]
fn products_equal_naive_ones_with_every_instruction_set() {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    for (m, n, k) in SHAPES {
        let (a, dense_a) = random_matrix(&mut rng, m, k);
        let (a_columns, dense_columns) = random_matrix(&mut rng, k, m);
        let (b, dense_b) = random_matrix(&mut rng, k, n);
        let (b_rows, dense_rows) = random_matrix(&mut rng, n, k);
        let (start, dense_start) = random_matrix(&mut rng, 1, n);
        let right = Right { values: b.rows(k), stride: b.stride() };
        for set in InstructionSet::available() {
            let what = format!("{m}×{n}×{k} {set:?}");
            let mut out = Matrix::zeros(m, n);
            let stride = out.stride();
            let left = Left::Rows { values: a.rows(m), stride: a.stride() };
            let mut product = Product { left, right, depth: k, start: start.rows(1), finish: Finish::Keep };
            multiply(set, &product, out.rows_mut(m), stride);
            let expected = dense_a.dot(&dense_b) + dense_start.row(0);
            assert_product(&out, &expected, &what);
            product.finish = Finish::Relu;
            multiply(set, &product, out.rows_mut(m), stride);
            assert_product(&out, &expected.mapv(|value| value.max(0.0)), &what);
            product.left = Left::Columns { values: a_columns.rows(k), stride: a_columns.stride() };
            (product.start, product.finish) = (&[], Finish::Keep);
            multiply(set, &product, out.rows_mut(m), stride);
            assert_product(&out, &dense_columns.t().dot(&dense_b), &what);
            let (left, right) = (
                Right { values: a.rows(m), stride: a.stride() },
                Right { values: b_rows.rows(n), stride: b_rows.stride() },
            );
            multiply_transposed(set, left, right, start.rows(1), n, out.rows_mut(m), stride);
            assert_product(&out, &(dense_a.dot(&dense_rows.t()) + dense_start.row(0)), &what);
        }
    }
}

/// Every weight of small networks, against central differences of the loss.
#[test]
fn gradients_equal_finite_differences() {
    let activations = [Activation::Identity, Activation::Logistic, Activation::Tanh, Activation::Relu];
    for activation in activations {
        for (sizes, n_classes) in [(&[4, 5, 1][..], 2), (&[4, 6, 3, 4], 4), (&[4, 1], 2), (&[4, 9, 9, 3], 3)]
        {
            let (x, y) = samples(17, n_classes);
            let mut rng = ChaCha8Rng::seed_from_u64(3);
            let mut network = Network::random(sizes, activation, Initialization::Glorot, &mut rng);
            let mut batch = Batch::new(&network, 17, 0.0);
            let mut loss = |network: &Network<f64>, weights: &[f64]| {
                let stride = batch.neurons[0].stride();
                for (to, from) in batch.neurons[0].rows_mut(17).chunks_exact_mut(stride).zip(x.rows()) {
                    from.iter().zip(to).for_each(|(from, to)| *to = *from);
                }
                batch.targets.classes = y.to_vec();
                batch.targets.weights = weights.to_vec();
                let loss = batch.backpropagate(network, 0.3, None);
                (loss, batch.gradient.values.to_vec())
            };
            let weights: Vec<f64> = (0..17).map(|row| f64::from(row % 4)).collect();
            for weights in [&[][..], &weights] {
                let (_, gradient) = loss(&network, weights);
                for layer in network.layers.clone() {
                    let (rows, columns) = layer.stored_shape();
                    let coefs = (0..rows * columns)
                        .map(|idx| layer.coefs.start + idx / columns * layer.stride + idx % columns);
                    let intercepts = layer.intercepts.start..layer.intercepts.start + layer.n_out;
                    for idx in coefs.chain(intercepts) {
                        let value = network.values[idx];
                        network.values[idx] = value + 1e-6;
                        let (above, _) = loss(&network, weights);
                        network.values[idx] = value - 1e-6;
                        let (below, _) = loss(&network, weights);
                        network.values[idx] = value;
                        let difference = (above - below) / 2e-6;
                        // Central differences err by h² · third derivative and by rounding, 1e-16 / h.
                        assert!((difference - gradient[idx]).abs() < 2e-8, "{activation:?} {sizes:?} {idx}");
                    }
                }
            }
        }
    }
}

fn golden() -> Value {
    serde_json::from_str(include_str!("../../tests/data/mlp.json")).unwrap()
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap()
}

fn vector(value: &Value) -> Array1<f64> {
    value.as_array().unwrap().iter().map(number).collect()
}

fn labels(value: &Value) -> Array1<usize> {
    value.as_array().unwrap().iter().map(|label| label.as_u64().unwrap() as usize).collect()
}

fn matrix(value: &Value) -> Array2<f64> {
    let rows = value.as_array().unwrap();
    let n_cols = rows[0].as_array().unwrap().len();
    let values = rows.iter().flat_map(vector).collect();
    Array2::from_shape_vec((rows.len(), n_cols), values).unwrap()
}

/// The parameters of a golden case; what it does not name is the default.
fn golden_params(case: &Value) -> MlpParams {
    let mut params = MlpParams { shuffle: false, ..MlpParams::new() };
    let count = |name: &str, default| case[name].as_u64().map_or(default, |count| count as usize);
    let real = |name: &str, default| case[name].as_f64().unwrap_or(default);
    params.hidden_layer_sizes = labels(&case["hidden_layer_sizes"]).to_vec();
    params.activation = match case["activation"].as_str().unwrap() {
        "identity" => Activation::Identity,
        "logistic" => Activation::Logistic,
        "tanh" => Activation::Tanh,
        _ => Activation::Relu,
    };
    params.learning_rate = match case["learning_rate"].as_str() {
        Some("invscaling") => LearningRate::InvScaling,
        Some("adaptive") => LearningRate::Adaptive,
        _ => LearningRate::Constant,
    };
    params.solver = if case["solver"] == "sgd" { Solver::Sgd } else { Solver::Adam };
    params.nesterovs_momentum = case["nesterovs_momentum"].as_bool().unwrap_or(true);
    params.batch_size = BatchSize::Count(count("batch_size", 0));
    params.max_iter = count("max_iter", 0);
    params.n_iter_no_change = count("n_iter_no_change", params.n_iter_no_change);
    params.alpha = real("alpha", params.alpha);
    params.learning_rate_init = real("learning_rate_init", params.learning_rate_init);
    params.power_t = real("power_t", params.power_t);
    params.momentum = real("momentum", params.momentum);
    params.tol = real("tol", params.tol);
    params
}

#[test]
fn loss_curves_equal_those_of_scikit_learn_from_the_same_weights() {
    let golden = golden();
    let x = matrix(&golden["x"]);
    for case in golden["cases"].as_array().unwrap() {
        let name = case["name"].as_str().unwrap();
        let params = golden_params(case);
        let y = labels(&case["y"]);
        let coefs: Vec<_> = case["coefs"].as_array().unwrap().iter().map(matrix).collect();
        let intercepts: Vec<_> = case["intercepts"].as_array().unwrap().iter().map(vector).collect();
        let classes: Vec<usize> = (0..=y.iter().copied().max().unwrap()).collect();
        let start = params.with_weights(&coefs, &intercepts, &classes).unwrap();
        let weight = case["sample_weight"].is_array().then(|| vector(&case["sample_weight"]));
        let data = TrainingData { sample_weight: weight.as_deref(), ..TrainingData::new(&x, &y) };
        let mlp = params.fit_with(&data, Some(&start), &mut |_| ControlFlow::Continue(())).unwrap();
        assert_eq!(mlp.n_iter(), case["n_iter"].as_u64().unwrap() as usize, "{name}");
        for (found, expected) in mlp.loss_curve().iter().zip(vector(&case["loss_curve"])) {
            assert!((found - expected).abs() < 1e-8, "{name}: loss {found}, expected {expected}");
        }
        assert!((mlp.best_loss().unwrap() - number(&case["best_loss"])).abs() < 1e-8, "{name}");
        let proba = mlp.predict_proba(&x).unwrap();
        for (found, expected) in proba.rows().into_iter().zip(matrix(&case["predict_proba"]).rows()) {
            assert!((&found - &expected).iter().all(|error| error.abs() < 1e-7), "{name}");
        }
        assert_eq!(mlp.predict(&x).unwrap(), labels(&case["predict"]), "{name}");
    }
}

fn quick() -> MlpParams {
    MlpParams { hidden_layer_sizes: vec![12, 6], max_iter: 8, learning_rate_init: 0.01, ..MlpParams::new() }
}

#[test]
fn models_have_the_same_bits_on_any_number_of_threads() {
    let (x, y) = samples(900, 3);
    // Layers large enough that their products are shared among threads.
    let params = MlpParams { hidden_layer_sizes: vec![160, 120], max_iter: 2, dropout: 0.1, ..quick() };
    let fit = || {
        let mlp = params.fit(&x, &y).unwrap();
        (mlp.network.values.to_vec(), mlp.predict_proba(&x).unwrap())
    };
    let run =
        |n_threads| rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().unwrap().install(fit);
    let expected = run(1);
    for n_threads in [2, 8] {
        assert!(run(n_threads) == expected, "{n_threads} threads");
    }
}

#[test]
fn training_separates_classes_that_no_line_can() {
    for (n_classes, activation) in [(2, Activation::Relu), (4, Activation::Tanh)] {
        let (x, y) = samples(600, n_classes);
        let params = MlpParams {
            hidden_layer_sizes: vec![32],
            activation,
            learning_rate_init: 0.02,
            max_iter: 120,
            ..MlpParams::new()
        };
        let mlp = params.fit(&x, &y).unwrap();
        let accuracy = crate::metrics::accuracy(&y, &mlp.predict(&x).unwrap()).unwrap();
        assert!(accuracy > 0.9, "{n_classes} classes: {accuracy}");
    }
}

#[test]
fn the_observer_sees_every_epoch_and_can_cancel() {
    let (x, y) = samples(60, 2);
    let mut seen = Vec::new();
    let mut observer = |progress: MlpProgress| {
        seen.push(progress.n_iter);
        if progress.n_iter == 3 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let result = quick().fit_with(&TrainingData::new(&x, &y), None, &mut observer);
    assert!(matches!(result, Err(Error::Cancelled)));
    assert_eq!(seen, [1, 2, 3]);
}

#[test]
fn partial_fit_takes_the_steps_of_fit_one_epoch_at_a_time() {
    let (x, y) = samples(90, 3);
    for solver in [Solver::Adam, Solver::Sgd] {
        let params = MlpParams { solver, max_iter: 4, ..quick() };
        let whole = params.fit(&x, &y).unwrap();
        let mut parts = params.untrained(4, &[0, 1, 2]).unwrap();
        for _ in 0..4 {
            parts.partial_fit(&x, &y).unwrap();
        }
        assert_eq!(parts.loss_curve(), whole.loss_curve());
        assert_eq!(parts.coefs(), whole.coefs());
    }
}

#[test]
fn early_stopping_returns_the_weights_of_the_best_epoch() {
    let (x, y) = samples(300, 2);
    let (x_late, y_late) = samples(80, 2);
    for validation_metric in
        [ValidationMetric::Accuracy, ValidationMetric::LogLoss, ValidationMetric::AveragePrecision]
    {
        let params = MlpParams {
            early_stopping: true,
            validation_metric,
            n_iter_no_change: 4,
            learning_rate_init: 0.05,
            max_iter: 60,
            ..quick()
        };
        let data = TrainingData { validation: Some((&x_late, &y_late)), ..TrainingData::new(&x, &y) };
        let mlp = params.fit_with(&data, None, &mut |_| ControlFlow::Continue(())).unwrap();
        let best = mlp.validation_scores().iter().copied().fold(f64::NEG_INFINITY, f64::max);
        assert_eq!(mlp.best_validation_score(), Some(best));
        assert_eq!(mlp.best_loss(), None);
        assert_eq!(mlp.validation_scores().len(), mlp.n_iter());
        let proba = mlp.predict_proba(&x_late).unwrap();
        let score = match validation_metric {
            ValidationMetric::Accuracy => {
                crate::metrics::accuracy(&y_late, &mlp.predict(&x_late).unwrap()).unwrap()
            }
            ValidationMetric::LogLoss => -crate::metrics::log_loss(&y_late, &proba).unwrap(),
            ValidationMetric::AveragePrecision => {
                crate::metrics::average_precision(&y_late.mapv(|label| label == 1), &proba.column(1)).unwrap()
            }
        };
        assert_eq!(score, best, "{validation_metric:?}");
        // The same without samples of its own: some of `x` are held out.
        assert!(params.fit(&x, &y).unwrap().best_validation_score().is_some());
    }
}

#[test]
fn class_weights_are_sample_weights() {
    let (x, y) = samples(120, 3);
    let fit = |class_weight, sample_weight: Option<&Array1<f64>>| {
        let params = MlpParams { class_weight, ..quick() };
        let sample_weight = sample_weight.map(|weights| &**weights);
        let data = TrainingData { sample_weight, ..TrainingData::new(&x, &y) };
        params.fit_with(&data, None, &mut |_| ControlFlow::Continue(())).unwrap().loss_curve().to_vec()
    };
    let weights = vec![1.0, 0.5, 3.0];
    let by_sample = y.mapv(|class| weights[class]);
    assert_eq!(fit(ClassWeight::PerClass(weights), None), fit(ClassWeight::Uniform, Some(&by_sample)));
    let counts = [0, 1, 2].map(|class| y.iter().filter(|&&label| label == class).count() as f64);
    let by_sample = y.mapv(|class| (120.0 / 3.0) / counts[class]);
    assert_eq!(fit(ClassWeight::Balanced, None), fit(ClassWeight::Uniform, Some(&by_sample)));
}

#[test]
fn dropout_changes_training_but_not_prediction() {
    let (x, y) = samples(200, 2);
    let with = |dropout| MlpParams { dropout, max_iter: 30, ..quick() }.fit(&x, &y).unwrap();
    let (plain, dropped) = (with(0.0), with(0.4));
    assert_ne!(plain.loss_curve(), dropped.loss_curve());
    assert_eq!(dropped.loss_curve(), with(0.4).loss_curve());
    assert_eq!(dropped.predict_proba(&x).unwrap(), dropped.predict_proba(&x).unwrap());
    assert!(dropped.loss_curve().last() < dropped.loss_curve().first());
}

#[test]
fn a_warm_start_goes_on_from_the_weights() {
    let (x, y) = samples(100, 2);
    let first = quick().fit(&x, &y).unwrap();
    let data = TrainingData::new(&x, &y);
    let second = quick().fit_with(&data, Some(&first), &mut |_| ControlFlow::Continue(())).unwrap();
    assert_eq!(second.loss_curve()[..8], *first.loss_curve());
    assert_eq!((second.n_iter(), second.loss_curve().len()), (8, 16));
    assert!(second.loss_curve()[15] < first.loss_curve()[7]);
}

#[test]
fn hostile_input_is_refused_with_its_reason() {
    let (x, y) = samples(20, 2);
    let message = |params: MlpParams, x: &Array2<f64>, y: &Array1<usize>| match params.fit(x, y) {
        Err(error) => error.to_string(),
        Ok(_) => "fitted".to_string(),
    };
    let mut with_nan = x.clone();
    with_nan[[7, 2]] = f64::NAN;
    let cases = [
        (message(quick(), &with_nan, &y), "value at row 7, column 2 is NaN, expected a finite number"),
        (message(quick(), &Array2::zeros((20, 0)), &y), "x has 0 features, expected 1"),
        (message(quick(), &Array2::zeros((0, 3)), &array![]), "y has 0 classes, expected at least 2"),
        (message(quick(), &x, &Array1::zeros(20)), "y has 1 classes, expected at least 2"),
        (message(quick(), &x, &array![0, 1]), "y has length 2, expected 20"),
        (
            message(MlpParams { dropout: 1.0, ..quick() }, &x, &y),
            "dropout is 1, expected a number from 0 to below 1",
        ),
        (
            message(MlpParams { hidden_layer_sizes: vec![3, 0], ..quick() }, &x, &y),
            "hidden_layer_sizes is 0, expected at least 1",
        ),
        (
            message(MlpParams { class_weight: ClassWeight::PerClass(vec![1.0]), ..quick() }, &x, &y),
            "class_weight has length 1, expected 2",
        ),
        (
            message(MlpParams { solver: Solver::Sgd, ..quick() }, &(&x * 1e90), &y),
            "the weights are not finite after epoch 3, expected scaled features and a smaller learning_rate_init",
        ),
    ];
    assert!(matches!(quick().fit(&(&x * 1e300), &y), Err(Error::Magnitude { row: 0, column: 0, .. })));
    for (found, expected) in cases {
        assert_eq!(found, expected);
    }
    let mlp = quick().fit(&x, &y).unwrap();
    assert_eq!(mlp.predict(&Array2::zeros((1, 3))), Err(Error::NFeatures { found: 3, expected: 4 }));
    assert!(matches!(mlp.predict(&with_nan), Err(Error::NonFinite { row: 7, column: 2, .. })));
    assert_eq!(mlp.predict(&Array2::zeros((0, 4))).unwrap().len(), 0);
}

#[test]
fn constant_columns_duplicates_and_subnormals_train_to_finite_weights() {
    let mut x = Array2::from_elem((40, 3), 5e-324);
    x.column_mut(1).fill(1.0);
    let y = Array1::from_shape_fn(40, |row| row % 2);
    let mlp = quick().fit(&x, &y).unwrap();
    assert!(mlp.coefs().iter().all(|coefs| coefs.iter().all(|coef| coef.is_finite())));
    let proba = mlp.predict_proba(&x).unwrap();
    assert!(proba.rows().into_iter().all(|row| row == proba.row(0)));
}

#[test]
fn memory_layout_does_not_change_the_model() {
    let (x, y) = samples(64, 2);
    let by_column = x.t().as_standard_layout().into_owned().reversed_axes();
    assert!(!by_column.is_standard_layout());
    assert_eq!(quick().fit(&by_column, &y).unwrap().coefs(), quick().fit(&x, &y).unwrap().coefs());
}

#[test]
fn single_precision_stays_within_its_bound() {
    for activation in [Activation::Identity, Activation::Logistic, Activation::Tanh, Activation::Relu] {
        for (hidden, n_classes) in [(vec![100], 2), (vec![30, 20], 3), (vec![], 2)] {
            let (x, y) = samples(300, n_classes);
            let params = MlpParams { hidden_layer_sizes: hidden, activation, max_iter: 5, ..quick() };
            let mlp = params.fit(&x, &y).unwrap();
            let single = mlp.to_single();
            let x_single = x.mapv(|value| value as f32);
            let x = x_single.mapv(f64::from);
            let n_outputs = mlp.network.n_outputs();
            let exact =
                mlp.map_rows(&x, n_outputs, |sums, out: &mut [f64]| out.copy_from_slice(sums)).unwrap();
            let fast = single.sums(&x_single).unwrap();
            let bound = single.error_bound(2.0);
            assert!(bound < 1e-2, "{bound} is of no use");
            for (exact, fast) in exact.iter().zip(&fast) {
                assert!(
                    (exact - f64::from(*fast)).abs() <= bound,
                    "{activation:?}: {exact}, {fast}, {bound}"
                );
            }
            let labels = single.predict(&x_single).unwrap();
            let n_equal = labels.iter().zip(&mlp.predict(&x).unwrap()).filter(|(a, b)| a == b).count();
            assert!(n_equal >= 299, "{n_equal} of 300 labels are equal");
        }
    }
    let single = quick().untrained(1, &[0, 1]).unwrap().to_single();
    assert!(matches!(single.predict(&array![[1e16_f32]]), Err(Error::Magnitude { .. })));
    assert!(matches!(single.predict(&array![[f32::NAN]]), Err(Error::NonFinite { .. })));
    assert!(matches!(single.predict(&array![[0.0, 0.0]]), Err(Error::NFeatures { found: 2, expected: 1 })));
}

#[test]
fn calibration_minimises_the_log_loss_and_keeps_the_classes() {
    for n_classes in [2, 4] {
        let (x, y) = samples(300, n_classes);
        let params = MlpParams { max_iter: 80, ..quick() };
        let mut mlp = params.fit(&x, &y).unwrap();
        // Labels that are wrong one time in five: the fitted model is too sure of itself.
        let noisy =
            Array1::from_shape_fn(300, |row| if row % 5 == 0 { (y[row] + 1) % n_classes } else { y[row] });
        let before = mlp.predict(&x).unwrap();
        let temperature = mlp.calibrate(&x, &noisy).unwrap();
        assert!(temperature > 1.0);
        assert_eq!(mlp.predict(&x).unwrap(), before);
        let loss = |temperature: f64| {
            let mlp = Mlp { temperature, ..mlp.clone() };
            crate::metrics::log_loss(&noisy, &mlp.predict_proba(&x).unwrap()).unwrap()
        };
        assert!(loss(temperature) <= loss(temperature * 1.01).min(loss(temperature / 1.01)));
    }
}

#[test]
fn shuffling_a_feature_that_is_not_used_costs_nothing() {
    let (x, y) = samples(300, 2);
    let params = MlpParams { max_iter: 80, ..quick() };
    let mut mlp = params.fit(&x, &y).unwrap();
    for metric in [ValidationMetric::Accuracy, ValidationMetric::LogLoss, ValidationMetric::AveragePrecision]
    {
        let importance = mlp.permutation_importance(&x, &y, metric, 3, 1).unwrap();
        assert_eq!(importance, mlp.permutation_importance(&x, &y, metric, 3, 1).unwrap());
        assert!(importance.importances_mean()[0] > 0.01);
        assert!(importance.importances_std().iter().all(|std| *std >= 0.0));
    }
    let mut coefs = mlp.coefs()[0].to_owned();
    coefs.row_mut(3).fill(0.0);
    let intercepts = mlp.intercepts()[0].to_owned();
    mlp.network.set_layer(0, &coefs, &intercepts);
    let importance = mlp.permutation_importance(&x, &y, ValidationMetric::Accuracy, 2, 1).unwrap();
    assert_eq!(importance.importances.row(3).to_vec(), [0.0, 0.0]);
}
