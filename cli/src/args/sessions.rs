use super::{Database, Format, Input};
use clap::{Args as ClapArgs, ValueEnum};
use std::path::PathBuf;

/// Train a network on labelled sessions of http logs: which of them beacon.
#[derive(Debug, ClapArgs)]
#[command(after_help = TRAIN_EXAMPLES)]
pub(crate) struct Train {
    #[command(flatten)]
    pub(crate) input: Input,

    #[command(flatten)]
    pub(crate) labels: LabelSource,

    #[command(flatten)]
    pub(crate) training: Training,

    /// How sessions are held out to score the model
    #[arg(long, value_enum, default_value_t = Split::PairTime)]
    pub(crate) split: Split,

    /// Where the model is written
    #[arg(long, value_name = "FILE")]
    pub(crate) model: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) database: Database,

    /// Do not keep the model in the database
    #[arg(long)]
    pub(crate) no_save: bool,
}

/// The old experiment: train on the first labelled sessions, list those of the rest that beacon, and compare with
/// their labels.
#[derive(Debug, ClapArgs)]
#[command(after_help = CLASSIFY_EXAMPLES)]
pub(crate) struct Classify {
    #[command(flatten)]
    pub(crate) input: Input,

    #[command(flatten)]
    pub(crate) labels: LabelSource,

    #[command(flatten)]
    pub(crate) training: Training,

    #[command(flatten)]
    pub(crate) verdicts: Verdicts,

    #[command(flatten)]
    pub(crate) database: Database,

    /// Write the model, too
    #[arg(long, value_name = "FILE")]
    pub(crate) model: Option<PathBuf>,
}

/// Judge every session of http logs with a trained model.
#[derive(Debug, ClapArgs)]
#[command(after_help = PREDICT_EXAMPLES)]
pub(crate) struct Predict {
    #[command(flatten)]
    pub(crate) input: Input,

    /// The model: a file, or its number in the database
    #[arg(long, value_name = "MODEL")]
    pub(crate) model: String,

    /// Labels to compare the verdicts with
    #[arg(long, value_name = "FILE")]
    pub(crate) labels: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) verdicts: Verdicts,

    #[command(flatten)]
    pub(crate) database: Database,
}

/// Where labels come from.
#[derive(Debug, ClapArgs)]
pub(crate) struct LabelSource {
    /// A file of labels: uid, label and perhaps a note in each line, or a Zeek log with these fields
    #[arg(long, value_name = "FILE", required_unless_present_any = ["label_column", "dataset"])]
    pub(crate) labels: Option<PathBuf>,

    /// The column of the log that holds labels
    #[arg(long, value_name = "NAME")]
    pub(crate) label_column: Option<String>,

    /// The label that is looked for [default: the one that says beacon, malicious or the like]
    #[arg(long, value_name = "LABEL")]
    pub(crate) positive: Option<String>,
}

/// The network and its training, with scikit-learn's names and meanings.
#[derive(Debug, ClapArgs)]
pub(crate) struct Training {
    /// Train on the first N labelled sessions
    #[arg(long, value_name = "N")]
    pub(crate) train_size: Option<usize>,

    /// Neurons of each hidden layer, separated by commas
    #[arg(long, value_name = "N,...", value_delimiter = ',', default_value = "64,32")]
    pub(crate) hidden_layer_sizes: Vec<usize>,

    /// Function of the hidden neurons
    #[arg(long, value_enum, default_value_t = ActivationName::Relu)]
    pub(crate) activation: ActivationName,

    /// How gradients become steps
    #[arg(long, value_enum, default_value_t = SolverName::Adam)]
    pub(crate) solver: SolverName,

    /// Strength of the L2 penalty
    #[arg(long, value_name = "A", default_value_t = 1e-4)]
    pub(crate) alpha: f64,

    /// Sessions of one step [default: 200, or all if they are fewer]
    #[arg(long, value_name = "N")]
    pub(crate) batch_size: Option<usize>,

    /// How the step size of sgd changes with time
    #[arg(long, value_enum, default_value_t = LearningRateName::Constant)]
    pub(crate) learning_rate: LearningRateName,

    /// First step size
    #[arg(long, value_name = "R", default_value_t = 1e-3)]
    pub(crate) learning_rate_init: f64,

    /// Most epochs
    #[arg(long, value_name = "N", default_value_t = 60)]
    pub(crate) max_iter: usize,

    /// Improvement below which an epoch counts as none
    #[arg(long, value_name = "T", default_value_t = 1e-4)]
    pub(crate) tol: f64,

    /// Share of the last step that sgd keeps
    #[arg(long, value_name = "M", default_value_t = 0.9)]
    pub(crate) momentum: f64,

    /// Decay of adam's mean gradient
    #[arg(long, value_name = "B", default_value_t = 0.9)]
    pub(crate) beta_1: f64,

    /// Decay of adam's mean squared gradient
    #[arg(long, value_name = "B", default_value_t = 0.999)]
    pub(crate) beta_2: f64,

    /// Stop by the score of the sessions held out, and keep the weights of the best epoch
    #[arg(long)]
    pub(crate) early_stopping: bool,

    /// Share of the sessions, or pairs, held out
    #[arg(long, value_name = "SHARE", default_value_t = 0.2)]
    pub(crate) validation_fraction: f64,

    /// What early stopping looks at
    #[arg(long, value_enum, default_value_t = MetricName::AveragePrecision)]
    pub(crate) validation_metric: MetricName,

    /// Epochs without improvement after which training stops
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub(crate) n_iter_no_change: usize,

    /// Weight of each class in the loss
    #[arg(long, value_enum, default_value_t = ClassWeightName::None)]
    pub(crate) class_weight: ClassWeightName,

    /// Share of hidden neurons silenced at random in each step
    #[arg(long, value_name = "SHARE", default_value_t = 0.1)]
    pub(crate) dropout: f64,

    /// Seed of the weights, the order and the sessions held out
    #[arg(long, value_name = "SEED", default_value_t = 0)]
    pub(crate) seed: u64,
}

/// How verdicts are given.
#[derive(Debug, ClapArgs)]
pub(crate) struct Verdicts {
    /// From which probability on a session beacons
    #[arg(long, value_name = "P", default_value_t = 0.5, allow_negative_numbers = true)]
    pub(crate) threshold: f64,

    /// List the sessions that beacon, and no others
    #[arg(long)]
    pub(crate) only_beacons: bool,

    /// List at most N sessions [default: 20 in a table, all elsewhere]
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<usize>,

    /// How to print what was found
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub(crate) format: Format,

    /// Time zone of printed times: UTC, local, or a name such as Europe/Berlin
    #[arg(long, value_name = "ZONE", default_value = "UTC")]
    pub(crate) tz: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Split {
    /// Other pairs at a later time
    PairTime,
    /// A later time
    Time,
    /// At random: flatters every model, since sessions of one beacon are alike
    Random,
    /// Nothing is held out
    None,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ActivationName {
    Identity,
    Logistic,
    Tanh,
    Relu,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SolverName {
    Sgd,
    Adam,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LearningRateName {
    Constant,
    Invscaling,
    Adaptive,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum MetricName {
    Accuracy,
    LogLoss,
    AveragePrecision,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ClassWeightName {
    None,
    Balanced,
}

const TRAIN_EXAMPLES: &str = "\
Examples:
  bro-ml beacons train http.log --labels labels.tsv --model beacons.json
  bro-ml beacons train http.log --label-column label --hidden-layer-sizes 100 --early-stopping --model beacons.json

Exit codes: 0 done, 1 failed, 2 wrong usage.";

const CLASSIFY_EXAMPLES: &str = "\
Examples:
  bro-ml beacons classify http.log --labels labels.tsv --train-size 20000
  bro-ml beacons classify http.log --label-column label --train-size 20000 --only-beacons --format csv

Exit codes: 0 done, 1 failed, 2 wrong usage.";

const PREDICT_EXAMPLES: &str = "\
Examples:
  bro-ml beacons predict http.log --model beacons.json --only-beacons
  bro-ml beacons predict http.log --model 3 --threshold 0.9 --format json

Exit codes: 0 done, 1 failed, 2 wrong usage.";
