use super::{Input, Keep, Kind, Output};
use clap::Args as ClapArgs;
use std::path::PathBuf;

/// Say what logs hold: columns, distributions, groups, correlations, activity, bandwidth, and what is to be concluded:
/// scans, floods, password guessing, exfiltration, long and periodic connections, services on odd ports; of an http.log
/// scans, denials, uploads, periodic requests, programs fetched, odd user agents.
///
/// Every figure covers every row, unless it says that it is of a sample.
#[derive(Debug, ClapArgs)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Profile {
    #[command(flatten)]
    pub(crate) input: Input,

    #[command(flatten)]
    pub(crate) kind: Kind,

    /// Columns of categories to group by, separated by commas; also direction, and status_class of an http.log [default:
    /// service,proto,conn_state of a conn.log, method,status_code,host of an http.log]
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',')]
    pub(crate) by: Vec<String>,

    /// Use N rows drawn at random instead of all
    #[arg(long, value_name = "N")]
    pub(crate) sample: Option<usize>,

    /// Seed of samples; the same seed gives the same answer
    #[arg(long, value_name = "SEED", default_value_t = 0)]
    pub(crate) seed: u64,

    /// Compare columns with labels: a file of uid and label, separated by a tab or a comma, or a log with both columns
    #[arg(long, value_name = "FILE", conflicts_with = "label_column")]
    pub(crate) labels: Option<PathBuf>,

    /// Compare columns with the labels in this column of the log; IoT-23's packed last column is taken apart
    #[arg(long, value_name = "NAME")]
    pub(crate) label_column: Option<String>,

    /// Change from where on a detector speaks, such as scan_hosts=100; can be given several times
    #[arg(long = "threshold", value_name = "NAME=VALUE")]
    pub(crate) thresholds: Vec<String>,

    /// List at most N groups; the others are counted
    #[arg(long, value_name = "N", default_value_t = 50)]
    pub(crate) limit: usize,

    #[command(flatten)]
    pub(crate) output: Output,

    #[command(flatten)]
    pub(crate) keep: Keep,
}

const EXAMPLES: &str = "\
Examples:
  bro-ml profile conn.log
  bro-ml profile conn.*.log.gz --html profile.html
  bro-ml profile /var/log/zeek --log-kind http --html profile.html
  bro-ml profile conn.log --by direction,id.resp_p
  bro-ml profile conn.log --by proto,service --format json | jq '.conclusions.conclusions[0]'
  bro-ml profile conn.log --labels truth.log --html profile.html
  bro-ml profile conn.log.labeled --label-column label
  bro-ml profile conn.log --threshold scan_hosts=100 --threshold long_seconds=14400

Exit codes: 0 done, 1 failed, 2 wrong usage.";
