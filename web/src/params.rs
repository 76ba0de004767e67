//! Parameters from what a form, an address or an object says, under scikit-learn's names.

use crate::failure::Failure;
use crate::fields::Fields;
use bro_analysis::{BeaconsParams, ClustersParams, HeldOut, OutliersParams, ProfileParams, SessionTraining};
use bro_features::{FeatureSelection, LogKind};
use bro_ml_core::{Activation, BatchSize, ClassWeight, LearningRate, MlpParams, Solver, ValidationMetric};
use bro_report::AxisScale;
use serde_json::Value;

/// Most sessions of a run that are described unless more are asked for.
pub(crate) const LIMIT: usize = 10_000;

pub(crate) fn outliers(fields: &Fields) -> Result<OutliersParams, Failure> {
    let default = OutliersParams::default();
    let params = OutliersParams {
        n_clusters: fields.number_or("n_clusters", default.n_clusters)?,
        n_components: fields.number_or("n_components", default.n_components)?,
        n_init: fields.number_or("n_init", default.n_init)?,
        max_iter: fields.number_or("max_iter", default.max_iter)?,
        tol: fields.number_or("tol", default.tol)?,
        seed: fields.number_or("seed", default.seed)?,
        features: features(fields).unwrap_or(default.features),
        sample: fields.number("sample")?,
        sample_by: default.sample_by,
        smallest: fields.number_or("smallest", default.smallest)?,
        limit: fields.number_or("limit", LIMIT)?,
    };
    params.validate()?;
    Ok(params)
}

pub(crate) fn clusters(fields: &Fields) -> Result<ClustersParams, Failure> {
    let default = ClustersParams::default();
    let axis = |name: &str| fields.text(name).map(str::to_owned);
    let params = ClustersParams {
        eps: fields.number("eps")?,
        min_samples: fields.number_or("min_samples", default.min_samples)?,
        features: features(fields).unwrap_or(default.features),
        x: axis("x").or(default.x),
        y: axis("y").or(default.y),
        seed: fields.number_or("seed", default.seed)?,
        sample: fields.number("sample")?,
        sample_by: default.sample_by,
        limit: fields.number_or("limit", LIMIT)?,
    };
    params.validate()?;
    Ok(params)
}

/// Which rows are asked about: `log_kind`, `conn` or `http`.
pub(crate) fn log_kind(fields: &Fields) -> Result<LogKind, Failure> {
    choice(fields, "log_kind", &[("conn", LogKind::Conn), ("http", LogKind::Http)])
}

pub(crate) fn profile(fields: &Fields) -> Result<ProfileParams, Failure> {
    let default = ProfileParams::default();
    let mut thresholds = default.thresholds.clone();
    let changes =
        fields.text("threshold").unwrap_or_default().split([',', ' ']).filter(|change| !change.is_empty());
    changes.into_iter().try_for_each(|change| thresholds.set(change))?;
    let by = fields.text("by").map(|names| names.split(',').map(|name| name.trim().to_owned()).collect());
    let params = ProfileParams {
        by: by.unwrap_or(default.by),
        sample: fields.number("sample")?,
        seed: fields.number_or("seed", default.seed)?,
        label_column: fields.text("label_column").map(str::to_owned),
        thresholds,
        limit: fields.number_or("limit", default.limit)?,
        ..default
    };
    params.validate()?;
    Ok(params)
}

/// Pairs whose evidence is drawn.
const N_DRAWN: usize = 50;

pub(crate) fn beacons(fields: &Fields) -> Result<BeaconsParams, Failure> {
    let default = BeaconsParams::default();
    let params = BeaconsParams {
        min_events: fields.number_or("min_events", default.min_events)?,
        limit: fields.number_or("limit", default.limit)?,
        n_drawn: N_DRAWN,
        ..default
    };
    params.validate()?;
    Ok(params)
}

/// How a model of sessions is to be trained; the network's own limits are checked when it is fitted.
pub(crate) fn training(fields: &Fields) -> Result<SessionTraining, Failure> {
    let default = SessionTraining::default();
    let text = |name: &str| fields.text(name).map(str::to_owned);
    Ok(SessionTraining {
        train_size: fields.number("train_size")?,
        held_out: choice(
            fields,
            "split",
            &[
                ("pair-time", HeldOut::PairTime),
                ("time", HeldOut::Time),
                ("random", HeldOut::Random),
                ("none", HeldOut::Nothing),
            ],
        )?,
        share: fields.number_or("validation_fraction", default.share)?,
        positive: text("positive"),
        label_column: text("label_column"),
        params: network(fields, default.params)?,
    })
}

fn network(fields: &Fields, default: MlpParams) -> Result<MlpParams, Failure> {
    let sizes = fields.text("hidden_layer_sizes").map(|sizes| {
        let wrong = || {
            Failure::usage(format!("hidden_layer_sizes is {sizes:?}, expected numbers with commas: 64,32"))
        };
        sizes
            .split(',')
            .map(|size| size.trim().parse().map_err(|_| wrong()))
            .collect::<Result<Vec<usize>, _>>()
    });
    Ok(MlpParams {
        hidden_layer_sizes: sizes.transpose()?.unwrap_or(default.hidden_layer_sizes),
        activation: choice(
            fields,
            "activation",
            &[
                ("relu", Activation::Relu),
                ("tanh", Activation::Tanh),
                ("logistic", Activation::Logistic),
                ("identity", Activation::Identity),
            ],
        )?,
        solver: choice(fields, "solver", &[("adam", Solver::Adam), ("sgd", Solver::Sgd)])?,
        alpha: fields.number_or("alpha", default.alpha)?,
        batch_size: fields.number("batch_size")?.map_or(BatchSize::Auto, BatchSize::Count),
        learning_rate: choice(
            fields,
            "learning_rate",
            &[
                ("constant", LearningRate::Constant),
                ("invscaling", LearningRate::InvScaling),
                ("adaptive", LearningRate::Adaptive),
            ],
        )?,
        learning_rate_init: fields.number_or("learning_rate_init", default.learning_rate_init)?,
        max_iter: fields.number_or("max_iter", default.max_iter)?,
        tol: fields.number_or("tol", default.tol)?,
        momentum: fields.number_or("momentum", default.momentum)?,
        beta_1: fields.number_or("beta_1", default.beta_1)?,
        beta_2: fields.number_or("beta_2", default.beta_2)?,
        early_stopping: fields.text("early_stopping").is_some(),
        validation_fraction: fields.number_or("validation_fraction", default.validation_fraction)?,
        validation_metric: choice(
            fields,
            "validation_metric",
            &[
                ("accuracy", ValidationMetric::Accuracy),
                ("log_loss", ValidationMetric::LogLoss),
                ("average_precision", ValidationMetric::AveragePrecision),
            ],
        )?,
        n_iter_no_change: fields.number_or("n_iter_no_change", default.n_iter_no_change)?,
        class_weight: choice(
            fields,
            "class_weight",
            &[("none", ClassWeight::Uniform), ("balanced", ClassWeight::Balanced)],
        )?,
        dropout: fields.number_or("dropout", default.dropout)?,
        seed: fields.number_or("seed", default.seed)?,
        ..default
    })
}

/// One of several named values; the first where nothing is said.
fn choice<T: Clone>(fields: &Fields, name: &str, of: &[(&str, T)]) -> Result<T, Failure> {
    let Some(asked) = fields.text(name) else { return Ok(of[0].1.clone()) };
    let found = of.iter().find(|(known, _)| *known == asked).map(|(_, value)| value.clone());
    found.ok_or_else(|| {
        let known: Vec<_> = of.iter().map(|(known, _)| *known).collect();
        Failure::usage(format!("{name} is {asked:?}, expected {}", known.join(", ")))
    })
}

/// How the axes of the plane are divided: `x_scale` and `y_scale`, `linear` or `log`.
pub(crate) fn scales(fields: &Fields) -> Result<[AxisScale; 2], Failure> {
    let scale = |name| choice(fields, name, &[("linear", AxisScale::Linear), ("log", AxisScale::Log)]);
    Ok([scale("x_scale")?, scale("y_scale")?])
}

fn features(fields: &Fields) -> Option<FeatureSelection> {
    fields.text("features").map(|names| names.parse().unwrap_or_default())
}

/// The fields that ask for a saved run again. Not every run is of a dataset; that field is then missing.
pub(crate) fn again(params: &str, seed: u64) -> Fields {
    let mut fields = Fields::of_json(params.as_bytes()).unwrap_or_default();
    fields.set("seed", seed);
    fields
}

/// The parameters of a run with what a page adds to them, as they are saved.
pub(crate) fn with_fields(params: &str, fields: &Fields, names: &[&str]) -> String {
    let Ok(Value::Object(mut object)) = serde_json::from_str(params) else { return params.to_owned() };
    for name in names {
        if let Some(value) = fields.text(name) {
            object.insert((*name).to_owned(), value.into());
        }
    }
    Value::Object(object).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_saved_run_can_be_asked_for_again() {
        let fields =
            Fields::of_form(b"dataset=january&eps=0.5&features=ln_duration,service&x_scale=log&seed=7");
        let params = clusters(&fields).unwrap();
        let json = bro_report::clusters_params_json(&params).unwrap();
        let saved = with_fields(&json, &fields, &["dataset", "x_scale"]);
        let again = again(&saved, params.seed);
        assert_eq!(clusters(&again).unwrap(), params);
        assert_eq!((again.text("dataset"), again.text("x_scale")), (Some("january"), Some("log")));
    }

    #[test]
    fn limits_are_told_as_the_analysis_tells_them() {
        let message = |text: &[u8]| outliers(&Fields::of_form(text)).unwrap_err().message;
        assert_eq!(message(b"n_clusters=3"), "smallest is 3, expected less than n_clusters, which is 3");
        assert!(message(b"max_iter=-1").contains("max_iter"));
        assert!(scales(&Fields::of_form(b"x_scale=cubic")).is_err());
    }
}
