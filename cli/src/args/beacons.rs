use super::{Classify, Database, Format, Input, Predict, Train};
use clap::{Args as ClapArgs, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Find who calls home: beacons among the pairs of hosts.
#[derive(Debug, ClapArgs)]
pub(crate) struct Beacons {
    #[command(subcommand)]
    pub(crate) action: BeaconsAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum BeaconsAction {
    Score(Score),
    Train(Train),
    Predict(Predict),
    Classify(Classify),
    Evaluate(Evaluate),
    TrainPairs(TrainPairs),
}

/// Rank the pairs of http, ssl, dns and conn logs by how much they look like a beacon; needs no labels.
#[derive(Debug, ClapArgs)]
#[command(after_help = SCORE_EXAMPLES)]
pub(crate) struct Score {
    #[command(flatten)]
    pub(crate) input: Input,

    /// How pairs are scored
    #[arg(long, value_enum, default_value_t = Method::Model)]
    pub(crate) method: Method,

    /// A model of pairs to use instead of the one that comes with the program
    #[arg(long, value_name = "FILE")]
    pub(crate) model: Option<PathBuf>,

    /// Draw one pair, too: its rank, its peer, or `ORIGINATOR PEER`
    #[arg(long, value_name = "PAIR")]
    pub(crate) explain: Option<String>,

    /// Write a self-contained page with the pairs, and with the drawings of the explained one
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,

    /// Score pairs with at least this many events
    #[arg(long, value_name = "N", default_value_t = 4)]
    pub(crate) min_events: u64,

    /// List at most N pairs [default: 20 in a table, 1000 elsewhere]
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<usize>,

    #[command(flatten)]
    pub(crate) database: Database,

    /// How to print what was found
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub(crate) format: Format,

    /// Time zone of printed times: UTC, local, or a name such as Europe/Berlin
    #[arg(long, value_name = "ZONE", default_value = "UTC")]
    pub(crate) tz: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Method {
    /// The shipped neural network
    Model,
    /// RITA v5's formula and filter, exactly
    Rita,
}

const SCORE_EXAMPLES: &str = "\
Examples:
  bro-ml beacons score /opt/zeek/logs/2026-03-02
  bro-ml beacons score http.log.gz conn.log.gz --format json | jq '.pairs[0]'
  bro-ml beacons score logs --explain 1 --html beacons.html

Exit codes: 0 done, 1 failed, 2 wrong usage.";

/// Train a model of pairs on synthetic logs alone; this is how the one that comes with the program was made.
#[derive(Debug, ClapArgs)]
#[command(after_help = TRAIN_PAIRS_EXAMPLES)]
pub(crate) struct TrainPairs {
    /// Synthetic days to train on, with four small logs each; half as many more are held out
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub(crate) days: u64,

    /// Beacons of each day
    #[arg(long, value_name = "N", default_value_t = 60)]
    pub(crate) beacons: usize,

    /// Seed of the logs and of the training
    #[arg(long, value_name = "SEED", default_value_t = 1)]
    pub(crate) seed: u64,

    /// Where the model is written
    #[arg(long, value_name = "FILE")]
    pub(crate) model: PathBuf,
}

const TRAIN_PAIRS_EXAMPLES: &str = "\
Examples:
  bro-ml beacons train-pairs --model pairs.json
  bro-ml beacons score conn.log http.log --model pairs.json

Exit codes: 0 done, 1 failed, 2 wrong usage.";

/// Prove how good the detection is: the whole protocol on synthetic logs, beside the rules of other programs.
#[derive(Debug, ClapArgs)]
#[command(after_help = EVALUATE_EXAMPLES)]
pub(crate) struct Evaluate {
    /// Synthetic days to train on
    #[arg(long, value_name = "N", default_value_t = 6)]
    pub(crate) train_days: u64,

    /// Synthetic days of each test
    #[arg(long, value_name = "N", default_value_t = 4)]
    pub(crate) test_days: u64,

    /// Beacons planted into a day
    #[arg(long, value_name = "N", default_value_t = 60)]
    pub(crate) beacons: usize,

    /// Seed of everything
    #[arg(long, value_name = "SEED", default_value_t = 1)]
    pub(crate) seed: u64,

    /// Write a self-contained page with the tests, the heat maps and the gates
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,

    /// Write the features of the shifted test and its training as CSV, for other programs' models, instead of testing
    #[arg(long, value_name = "FILE", conflicts_with = "html")]
    pub(crate) export: Option<PathBuf>,

    /// Print one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

const EVALUATE_EXAMPLES: &str = "\
Examples:
  bro-ml beacons evaluate --html beacons.html
  bro-ml beacons evaluate --json | jq '.gates'

Exit codes: 0 done (also if a gate fails), 1 failed, 2 wrong usage.";
