mod beacons;
mod check;
mod convert;
mod cut;
mod database;
mod datasets;
mod db;
mod doctor;
mod features;
mod filter;
mod global;
mod import;
mod input;
mod keep;
mod labels;
mod models;
mod profile;
mod serve;
mod sessions;
mod shell;
mod synth;

use bro_analysis::SampleBy;
use bro_features::FeatureSelection;
use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

pub(crate) use beacons::{Beacons, BeaconsAction, Evaluate, Method, Score, TrainPairs};
pub(crate) use check::Check;
pub(crate) use convert::{Convert, Form};
pub(crate) use cut::Cut;
pub(crate) use database::Database;
pub(crate) use datasets::{Datasets, DatasetsAction, DatasetsExport, DatasetsShow};
pub(crate) use db::{Db, DbAction};
pub(crate) use doctor::{Config, ConfigAction, Doctor};
pub(crate) use features::{Features, MatrixFormat};
pub(crate) use filter::Filter;
pub(crate) use global::Global;
pub(crate) use import::Import;
pub(crate) use input::{Input, Kind, Reading};
pub(crate) use keep::Keep;
pub(crate) use labels::{Labels, LabelsAction};
pub(crate) use models::{Models, ModelsAction};
pub(crate) use profile::Profile;
pub(crate) use serve::Serve;
pub(crate) use sessions::{
    ActivationName, ClassWeightName, Classify, LabelSource, LearningRateName, MetricName, Predict,
    SolverName, Split, Train, Training, Verdicts,
};
pub(crate) use shell::{Completions, Man};
pub(crate) use synth::{ScenarioKind, Synth};

/// Finds what is odd in Bro/Zeek logs.
#[derive(Debug, Parser)]
#[command(name = "bro-ml", version, propagate_version = true, arg_required_else_help = true)]
pub(crate) struct Args {
    #[command(flatten)]
    pub(crate) global: Global,

    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Outliers(Outliers),
    Clusters(Clusters),
    Profile(Profile),
    Import(Import),
    Datasets(Datasets),
    Db(Db),
    Check(Check),
    Convert(Convert),
    Features(Features),
    Beacons(Beacons),
    Cut(Cut),
    Runs(Runs),
    Models(Models),
    Labels(Labels),
    Synth(Synth),
    Serve(Serve),
    Demo(Demo),
    Doctor(Doctor),
    Config(Config),
    Completions(Completions),
    Man(Man),
}

/// List the sessions of a conn.log or http.log that fit in nowhere: k-means on two principal components of their
/// features; the sessions of the least-populated clusters are the outliers, each with the features that set it apart.
#[derive(Debug, ClapArgs)]
#[command(after_help = OUTLIERS_EXAMPLES)]
pub(crate) struct Outliers {
    #[command(flatten)]
    pub(crate) input: Input,

    #[command(flatten)]
    pub(crate) kind: Kind,

    /// Number of clusters k-means forms
    #[arg(long, value_name = "K", default_value_t = 8)]
    pub(crate) n_clusters: usize,

    /// Number of principal components the clusters are sought in
    #[arg(long, value_name = "N", default_value_t = 2)]
    pub(crate) components: usize,

    /// Number of k-means starts; the one with the least inertia counts
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) n_init: usize,

    /// Most iterations of one start
    #[arg(long, value_name = "N", default_value_t = 300)]
    pub(crate) max_iter: usize,

    /// A start ends when its centres move by less than this share of the variance
    #[arg(long, value_name = "SHARE", default_value_t = 1e-4, allow_negative_numbers = true)]
    pub(crate) tol: f64,

    /// Seed of the sample and the starts; the same seed gives the same answer
    #[arg(long, value_name = "SEED", default_value_t = 0)]
    pub(crate) seed: u64,

    /// Features to use, or groups such as flow or history, separated by commas [default: all but those to be named]
    #[arg(long, value_name = "NAMES")]
    pub(crate) features: Option<FeatureSelection>,

    /// Use N rows drawn at random instead of all
    #[arg(long, value_name = "N")]
    pub(crate) sample: Option<usize>,

    /// How they are drawn: uniform, reservoir, systematic, or stratified:COLUMN to keep the rare values of a column
    #[arg(long, value_name = "HOW", default_value_t, requires = "sample")]
    pub(crate) sample_by: SampleBy,

    /// The sessions of this many least-populated clusters are the outliers
    #[arg(long, value_name = "N", default_value_t = 3)]
    pub(crate) smallest: usize,

    /// List at most N outliers [default: 20 in a table, 100000 elsewhere]
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<usize>,

    #[command(flatten)]
    pub(crate) output: Output,

    #[command(flatten)]
    pub(crate) keep: Keep,
}

const OUTLIERS_EXAMPLES: &str = "\
Examples:
  bro-ml outliers conn.log
  bro-ml outliers conn.*.log.gz --html outliers.html
  bro-ml outliers http.log --html outliers.html
  bro-ml outliers /var/log/zeek --log-kind http
  bro-ml outliers /opt/zeek/logs/2026-01-02
  bro-ml outliers --dataset january
  zcat conn.log.gz | bro-ml outliers - --format json | jq '.outliers[].uid'
  bro-ml outliers conn.log --n-clusters 12 --smallest 2 --features ln_duration,bytes_ratio,service

Exit codes: 0 done, 1 failed, 2 wrong usage.";

/// Group the sessions with DBSCAN: each cluster in a sentence, the sessions in none apart, any two features plotted
/// against each other.
#[derive(Debug, ClapArgs)]
#[command(after_help = CLUSTERS_EXAMPLES)]
pub(crate) struct Clusters {
    #[command(flatten)]
    pub(crate) input: Input,

    #[command(flatten)]
    pub(crate) kind: Kind,

    /// Sessions at most this far apart, in standard deviations, are neighbours [default: the knee of the k-distance
    /// curve]
    #[arg(long, value_name = "E", allow_negative_numbers = true)]
    pub(crate) eps: Option<f64>,

    /// A session with this many neighbours, itself among them, is at the core of a cluster
    #[arg(long, value_name = "M", default_value_t = 5)]
    pub(crate) min_samples: usize,

    /// Features to group by, separated by commas [default: of a conn.log
    /// ln_duration,ln_orig_bytes,ln_resp_bytes,ln_orig_pkts,ln_resp_pkts; of an http.log
    /// ln_request_body_len,ln_response_body_len,ln_uri_len,ln_user_agent_len,ln_trans_depth]
    #[arg(long, value_name = "NAMES")]
    pub(crate) features: Option<FeatureSelection>,

    /// The feature on the horizontal axis of the plot [default: ln_duration; of an http.log ln_uri_len]
    #[arg(long, value_name = "FEATURE")]
    pub(crate) x: Option<String>,

    /// The feature on the vertical axis of the plot [default: ln_orig_bytes; of an http.log ln_response_body_len]
    #[arg(long, value_name = "FEATURE")]
    pub(crate) y: Option<String>,

    /// Divide the horizontal axis by orders of magnitude
    #[arg(long)]
    pub(crate) log_x: bool,

    /// Divide the vertical axis by orders of magnitude
    #[arg(long)]
    pub(crate) log_y: bool,

    /// Seed of the sample
    #[arg(long, value_name = "SEED", default_value_t = 0)]
    pub(crate) seed: u64,

    /// Use N rows drawn at random instead of all
    #[arg(long, value_name = "N")]
    pub(crate) sample: Option<usize>,

    /// How they are drawn: uniform, reservoir, systematic, or stratified:COLUMN to keep the rare values of a column
    #[arg(long, value_name = "HOW", default_value_t, requires = "sample")]
    pub(crate) sample_by: SampleBy,

    /// List at most N sessions that are in no cluster [default: 20 in a table, 100000 elsewhere]
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<usize>,

    #[command(flatten)]
    pub(crate) output: Output,

    #[command(flatten)]
    pub(crate) keep: Keep,
}

const CLUSTERS_EXAMPLES: &str = "\
Examples:
  bro-ml clusters conn.log
  bro-ml clusters http.log --x ln_uri_len --y user_agent_rarity --html clusters.html
  bro-ml clusters conn.log --eps 0.3 --min-samples 10 --html clusters.html
  bro-ml clusters conn.log --x duration --y resp_bytes --log-x --log-y --html clusters.html
  bro-ml clusters conn.log --features ln_duration,bytes_ratio --format json | jq '.clusters[].summary'

Exit codes: 0 done, 1 failed, 2 wrong usage.";

#[derive(Debug, ClapArgs)]
pub(crate) struct Output {
    /// How to print what was found
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub(crate) format: Format,

    /// Time zone of printed times: UTC, local, or a name such as Europe/Berlin
    #[arg(long, value_name = "ZONE", default_value = "UTC")]
    pub(crate) tz: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    Table,
    /// One object
    Json,
    /// A header and a row for each finding
    Csv,
}

/// List, show or delete saved runs.
#[derive(Debug, ClapArgs)]
#[command(
    after_help = "Examples:\n  bro-ml runs list\n  bro-ml runs show 3 --format json\n  bro-ml runs delete 3"
)]
pub(crate) struct Runs {
    #[command(subcommand)]
    pub(crate) action: RunsAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum RunsAction {
    /// List the saved runs, the latest first
    List {
        #[command(flatten)]
        output: Output,
        #[command(flatten)]
        database: Database,
    },
    /// Show a run with what it found
    Show {
        /// The run's number
        id: i64,
        /// Show at most N findings in a table, 0 for all [default: 20]
        #[arg(long, value_name = "N")]
        limit: Option<usize>,
        #[command(flatten)]
        output: Output,
        #[command(flatten)]
        database: Database,
    },
    /// Delete a run with what it found
    Delete {
        /// The run's number
        id: i64,
        #[command(flatten)]
        database: Database,
    },
}

/// Show the main job: make a day of office traffic with planted oddities, find the outliers, compare.
#[derive(Debug, ClapArgs)]
#[command(after_help = "Example:\n  bro-ml demo --out /tmp/bro-ml-demo --seed 7")]
pub(crate) struct Demo {
    /// Folder for the log, the truth, the database and the page [default: bro-ml/demo in the user's data folder]
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,

    /// Seed of the traffic and of the starts
    #[arg(long, value_name = "SEED", default_value_t = 1)]
    pub(crate) seed: u64,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_definitions_are_sound() {
        Args::command().debug_assert();
    }
}
