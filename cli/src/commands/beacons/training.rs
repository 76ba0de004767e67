//! What the commands that train have in common.

use crate::args::{
    ActivationName, ClassWeightName, Database, LabelSource, LearningRateName, MetricName, SolverName, Split,
    Training,
};
use crate::database;
use anyhow::Context;
use bro_analysis::{HeldOut, Labels, SESSION_MODEL, SESSION_MODEL_VERSION, SessionModel, SessionTraining};
use bro_ml_core::{Activation, BatchSize, ClassWeight, LearningRate, MlpParams, Solver, ValidationMetric};
use bro_store::NewModel;
use std::path::Path;

/// The training as the arguments want it.
pub(super) fn training(args: &Training, labels: &LabelSource, held_out: HeldOut) -> SessionTraining {
    SessionTraining {
        params: params(args),
        train_size: args.train_size,
        held_out,
        share: args.validation_fraction,
        positive: labels.positive.clone(),
        label_column: labels.label_column.clone(),
    }
}

pub(super) fn held_out(split: Split) -> HeldOut {
    match split {
        Split::PairTime => HeldOut::PairTime,
        Split::Time => HeldOut::Time,
        Split::Random => HeldOut::Random,
        Split::None => HeldOut::Nothing,
    }
}

fn params(args: &Training) -> MlpParams {
    MlpParams {
        hidden_layer_sizes: args.hidden_layer_sizes.iter().copied().filter(|&size| size > 0).collect(),
        activation: match args.activation {
            ActivationName::Identity => Activation::Identity,
            ActivationName::Logistic => Activation::Logistic,
            ActivationName::Tanh => Activation::Tanh,
            ActivationName::Relu => Activation::Relu,
        },
        solver: match args.solver {
            SolverName::Sgd => Solver::Sgd,
            SolverName::Adam => Solver::Adam,
        },
        alpha: args.alpha,
        batch_size: args.batch_size.map_or(BatchSize::Auto, BatchSize::Count),
        learning_rate: match args.learning_rate {
            LearningRateName::Constant => LearningRate::Constant,
            LearningRateName::Invscaling => LearningRate::InvScaling,
            LearningRateName::Adaptive => LearningRate::Adaptive,
        },
        learning_rate_init: args.learning_rate_init,
        max_iter: args.max_iter,
        tol: args.tol,
        momentum: args.momentum,
        beta_1: args.beta_1,
        beta_2: args.beta_2,
        early_stopping: args.early_stopping,
        validation_fraction: args.validation_fraction,
        validation_metric: match args.validation_metric {
            MetricName::Accuracy => ValidationMetric::Accuracy,
            MetricName::LogLoss => ValidationMetric::LogLoss,
            MetricName::AveragePrecision => ValidationMetric::AveragePrecision,
        },
        n_iter_no_change: args.n_iter_no_change,
        class_weight: match args.class_weight {
            ClassWeightName::None => ClassWeight::Uniform,
            ClassWeightName::Balanced => ClassWeight::Balanced,
        },
        dropout: args.dropout,
        seed: args.seed,
        ..MlpParams::new()
    }
}

/// The labels of a file, of a dataset, or none where a column has them.
pub(super) fn labels(
    source: &LabelSource,
    dataset: Option<&str>,
    database: &Database,
) -> anyhow::Result<Labels> {
    match (&source.labels, dataset) {
        (Some(path), _) => read_labels(path),
        (None, Some(dataset)) if source.label_column.is_none() => {
            let labels = database::open(database)?.labels(dataset)?;
            Ok(Labels::of(labels.into_iter().map(|label| (label.label.uid, label.label.label))))
        }
        _ => Ok(Labels::default()),
    }
}

pub(in crate::commands) fn read_labels(path: &Path) -> anyhow::Result<Labels> {
    let text = std::fs::read(path).with_context(|| format!("{} could not be read", path.display()))?;
    Labels::parse(&String::from_utf8_lossy(&text)).with_context(|| path.display().to_string())
}

/// Keeps a model in the database and tells its number.
pub(super) fn save(model: &SessionModel, database: &Database) -> anyhow::Result<i64> {
    Ok(database::open(database)?.save_model(&NewModel {
        summary: model.summary_json(),
        bytes: model.to_json().into_bytes(),
        ..NewModel::new(SESSION_MODEL, SESSION_MODEL_VERSION)
    })?)
}

/// The model of a file, or of the database where the name is a number and no file.
pub(super) fn read_model(name: &str, database: &Database) -> anyhow::Result<SessionModel> {
    let bytes = match name.parse::<i64>() {
        Ok(id) if !Path::new(name).exists() => database::open(database)?.model(id)?.model.bytes,
        _ => std::fs::read(name).with_context(|| format!("{name} could not be read"))?,
    };
    SessionModel::from_json(&String::from_utf8_lossy(&bytes)).with_context(|| name.to_owned())
}
