use super::Direction;
use super::conclusions::Conclusion;
use super::params::ProfileParams;
use crate::{Clusters, Intake, Outliers, Sample, Session, Warning};
use bro_features::stats::BoxNumbers;
use bro_features::{LogKind, Unit};

/// What some logs hold, part by part.
#[derive(Debug, Clone, PartialEq)]
pub struct Profile {
    /// Which kind of log it is of.
    pub kind: LogKind,
    /// The parameters, with [`ProfileParams::by`] filled in if it was empty.
    pub params: ProfileParams,
    /// What was read, and how far it can be trusted.
    pub intake: ProfileIntake,
    /// The columns of the log.
    pub columns: Vec<ColumnProfile>,
    /// How often numbers are unset, by protocol and state, or by method and class of the status.
    pub missing: Missing,
    /// Box-plot numbers of each number by each column of [`ProfileParams::by`].
    pub boxes: Vec<BoxProfile>,
    /// Rows by the columns of [`ProfileParams::by`], the largest groups first.
    pub groups: Groups,
    /// Correlations of the numbers.
    pub correlations: Vec<Correlations>,
    /// How gaps were filled, and what standardized features would be taken from.
    pub imputation: Vec<ImputationProfile>,
    /// What happened when.
    pub activity: Activity,
    /// The hosts with most bytes, as originators and as responders.
    pub talkers: Vec<TalkerProfile>,
    /// What was carried, by time, direction, service and host.
    pub bandwidth: Bandwidth,
    /// Ways to behave, and what the numbers have to do with them.
    pub behaviours: Classes,
    /// The labels, if there are any, and what tells them apart.
    pub labels: Option<Classes>,
    /// What is to be concluded, the gravest first.
    pub conclusions: Vec<Conclusion>,
    /// Outliers and clusters of a sample.
    pub clusters: ClustersPanel,
    /// What the reader should know.
    pub warnings: Vec<Warning>,
}

/// What was read, and how far it can be trusted.
#[derive(Debug, Clone, PartialEq)]
pub struct ProfileIntake {
    /// Logs, rows set aside, rows of other kinds.
    pub logs: Intake,
    /// Rows that every figure is about.
    pub n_records: u64,
    /// The sample, if one was asked for.
    pub sample: Option<Sample>,
    /// The earliest start of a connection, in microseconds since 1970.
    pub first: Option<i64>,
    /// The latest start of a connection.
    pub last: Option<i64>,
    /// The latest end of a connection.
    pub end: Option<i64>,
    /// What speaks for or against the sensor.
    pub quality: Vec<QualityCheck>,
    /// Stretches without any connection, start and end in microseconds, the longest first.
    pub gaps: Vec<(i64, i64)>,
}

/// One look at how well the sensor saw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QualityCheck {
    /// What was looked at, in a few words.
    pub name: &'static str,
    /// Rows it holds for.
    pub n: u64,
    /// Rows looked at.
    pub of: u64,
    /// The share from which on it is an alarm, in thousandths.
    pub alarm_at: u64,
    /// What it means.
    pub meaning: &'static str,
}

impl QualityCheck {
    /// The share of the rows it holds for, 0 without rows.
    ///
    /// ```
    /// # use bro_analysis::QualityCheck;
    /// let check = QualityCheck { name: "gaps", n: 30, of: 100, alarm_at: 200, meaning: "lost packets" };
    /// assert_eq!((check.share(), check.is_alarm()), (0.3, true));
    /// ```
    #[must_use]
    pub fn share(&self) -> f64 {
        if self.of == 0 { 0.0 } else { self.n as f64 / self.of as f64 }
    }

    /// True if the share is high enough to doubt the capture.
    #[must_use]
    pub fn is_alarm(&self) -> bool {
        self.of > 0 && self.n > 0 && self.share() * 1_000.0 >= self.alarm_at as f64
    }
}

/// How many distinct values a column has.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Distinct {
    /// Counted.
    Exactly(u64),
    /// Estimated, with a standard error of 1.6 %.
    About(f64),
    /// Not counted.
    Unknown,
}

/// One column.
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnProfile {
    /// Zeek's name of it.
    pub name: &'static str,
    /// Zeek's type of it.
    pub ty: &'static str,
    /// Rows.
    pub n: u64,
    /// Rows in which it is unset.
    pub n_missing: u64,
    /// Distinct values.
    pub distinct: Distinct,
    /// For numbers: what they are like.
    pub numbers: Option<NumberProfile>,
    /// The most frequent values with their counts.
    pub top: Vec<(String, u64)>,
    /// Why it carries nothing to learn from, if so.
    pub dropped: Option<&'static str>,
}

/// What the set values of a number are like, in its unit.
#[derive(Debug, Clone, PartialEq)]
pub struct NumberProfile {
    /// What it is measured in.
    pub unit: Unit,
    /// Values that are 0.
    pub n_zeros: u64,
    /// Mean.
    pub mean: f64,
    /// Sample standard deviation; NaN below two values.
    pub std: f64,
    /// Skewness; NaN where all values are equal.
    pub skew: f64,
    /// Excess kurtosis; NaN where all values are equal.
    pub kurtosis: f64,
    /// The smallest, the quantiles .01, .25, .5, .75, .99, and the largest; exact below 128 (microseconds, bytes,
    /// packets) and within 0.8 % above.
    pub quantiles: [f64; 7],
}

/// How often numbers are unset.
#[derive(Debug, Clone, PartialEq)]
pub struct Missing {
    /// The two columns that rows are grouped by.
    pub by: [&'static str; 2],
    /// The numbers looked at.
    pub columns: [&'static str; 3],
    /// The groups, the largest first.
    pub rows: Vec<MissingProfile>,
}

/// How often the numbers are unset in the rows of one group.
#[derive(Debug, Clone, PartialEq)]
pub struct MissingProfile {
    /// Its values in [`Missing::by`].
    pub key: [&'static str; 2],
    /// Rows.
    pub n: u64,
    /// Rows without each of [`Missing::columns`].
    pub n_unset: [u64; 3],
}

/// A number in the rows of one group.
#[derive(Debug, Clone, PartialEq)]
pub struct BoxProfile {
    /// The column that rows are grouped by, or `label`.
    pub by: String,
    /// The number.
    pub column: &'static str,
    /// What it is measured in.
    pub unit: Unit,
    /// The group.
    pub group: String,
    /// Rows of the group.
    pub n_rows: u64,
    /// Rows in which the number is unset.
    pub n_missing: u64,
    /// Of all set values; `None` if there are none.
    pub numbers: Option<BoxNumbers>,
    /// Of those above 0, for a logarithmic axis.
    pub positive: Option<BoxNumbers>,
}

/// Rows by some columns.
#[derive(Debug, Clone, PartialEq)]
pub struct Groups {
    /// The columns.
    pub by: Vec<String>,
    /// The largest groups.
    pub rows: Vec<GroupProfile>,
    /// Groups there are.
    pub n_groups: Distinct,
    /// Rows in groups that are not listed.
    pub n_rest: u64,
}

/// The rows that agree in some columns.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupProfile {
    /// Their values in [`Groups::by`].
    pub key: Vec<String>,
    /// Rows.
    pub n: u64,
    /// Share of all rows.
    pub share: f64,
    /// Payload bytes from originators.
    pub sent: u128,
    /// Payload bytes from responders.
    pub received: u128,
    /// Median duration in seconds, or median bytes of the response's body; of the rows that have one.
    pub median: Option<f64>,
    /// Rows that led to no connection, or to an error.
    pub n_failed: u64,
    /// The first of its rows.
    pub examples: Vec<Session>,
}

/// How a correlation is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Of the values as they stand, over the rows in which both are set.
    Pearson,
    /// Of ln(1 + value), gaps filled by their cause.
    PearsonLog,
    /// Of the ranks, gaps filled by their cause.
    Spearman,
}

impl Method {
    /// Its stable name.
    ///
    /// ```
    /// assert_eq!(bro_analysis::Method::PearsonLog.name(), "pearson_ln");
    /// ```
    #[must_use]
    pub fn name(self) -> &'static str {
        ["pearson", "pearson_ln", "spearman"][self as usize]
    }
}

/// The correlations of the numbers among the rows of one protocol, or of one method.
#[derive(Debug, Clone, PartialEq)]
pub struct Correlations {
    /// The protocol or method, or `all`.
    pub family: &'static str,
    /// How they are measured.
    pub method: Method,
    /// The numbers.
    pub columns: Vec<&'static str>,
    /// The matrix, row by row; NaN where a number is constant or too few rows have both.
    pub r: Vec<Vec<f64>>,
    /// Rows behind each figure.
    pub n: Vec<Vec<u64>>,
}

/// What happened when.
#[derive(Debug, Clone, PartialEq)]
pub struct Activity {
    /// Width of a bin in seconds.
    pub bin_seconds: f64,
    /// The bins that hold anything, in order.
    pub bins: Vec<ActivityBin>,
    /// Rows and bytes by direction.
    pub directions: Vec<DirectionProfile>,
}

/// What happened in a stretch of time.
#[derive(Debug, Clone, PartialEq)]
pub struct ActivityBin {
    /// Its start in microseconds since 1970.
    pub start: i64,
    /// Connections that began in it.
    pub n: u64,
    /// Those that led to no connection.
    pub n_failed: u64,
    /// Payload bytes from originator and responder by direction; a connection's bytes are spread evenly over its
    /// duration.
    pub bytes: [[u64; 2]; Direction::ALL.len()],
}

impl ActivityBin {
    /// Payload bytes of all directions both ways.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.bytes.iter().flatten().fold(0, |sum, bytes| sum.saturating_add(*bytes))
    }
}

/// Rows and bytes of a direction.
#[derive(Debug, Clone, PartialEq)]
pub struct DirectionProfile {
    /// The direction.
    pub direction: Direction,
    /// Rows.
    pub n: u64,
    /// Rows that led to no connection.
    pub n_failed: u64,
    /// Payload bytes from originators.
    pub sent: u64,
    /// Payload bytes from responders.
    pub received: u64,
}

/// How the gaps of a number were filled.
#[derive(Debug, Clone, PartialEq)]
pub struct ImputationProfile {
    /// The number.
    pub column: &'static str,
    /// What it is measured in.
    pub unit: Unit,
    /// Rows in which it is set.
    pub n_set: u64,
    /// Gaps filled with 0, because the connection had no length in time or the log lacks the column.
    pub n_zero: u64,
    /// Gaps filled with what the IP headers leave of `ip_bytes`.
    pub n_from_ip_bytes: u64,
    /// Gaps filled with the median of protocol, service and state.
    pub n_median: u64,
    /// First quartile, median and third quartile of the set values.
    pub before: Option<[f64; 3]>,
    /// The same after filling.
    pub after: Option<[f64; 3]>,
    /// Mean of ln(1 + value) after filling, of the rows that say themselves what their gaps are; what standardization
    /// subtracts.
    pub ln_mean: f64,
    /// Standard deviation of it; what standardization divides by.
    pub ln_std: f64,
    /// Median of ln(1 + value) after filling; what robust standardization subtracts.
    pub ln_median: f64,
    /// Interquartile range of it; what robust standardization divides by.
    pub ln_iqr: f64,
}

/// A host and what it did, in one role.
#[derive(Debug, Clone, PartialEq)]
pub struct TalkerProfile {
    /// Its address.
    pub host: String,
    /// True for what it did as originator, false as responder.
    pub is_orig: bool,
    /// Connections.
    pub n: u64,
    /// Connections that led to nothing.
    pub n_failed: u64,
    /// Payload bytes it sent.
    pub sent: u64,
    /// Payload bytes it received.
    pub received: u64,
    /// Hosts at the other end; about, beyond 1,024.
    pub n_peers: u64,
    /// Its first connection, in microseconds since 1970.
    pub first: Option<i64>,
    /// Its last one.
    pub last: Option<i64>,
}

/// What was carried.
#[derive(Debug, Clone, PartialEq)]
pub struct Bandwidth {
    /// All traffic, each direction, the busiest services and the busiest hosts.
    pub rates: Vec<RateProfile>,
    /// How bytes grow: the slope of a straight line through the bins, in bit/s per day; `None` below two hours.
    pub trend: Option<Trend>,
    /// By hour of the day (0 to 23, UTC): bytes, and seconds of that hour the log covers.
    pub hours: Vec<HourProfile>,
}

/// Bytes and bits per second of something, over the whole time.
#[derive(Debug, Clone, PartialEq)]
pub struct RateProfile {
    /// `all`, `direction`, `service` or `host`.
    pub of: &'static str,
    /// Which one.
    pub name: String,
    /// Payload bytes sent by originators (for a host: by it).
    pub sent: u64,
    /// Payload bytes sent by responders (for a host: to it).
    pub received: u64,
    /// Mean bit/s both ways.
    pub mean: f64,
    /// The rate that 95 % of the bins do not exceed, bit/s both ways.
    pub p95: f64,
    /// The rate of the busiest bin, bit/s both ways.
    pub peak: f64,
    /// When that bin began, in microseconds since 1970.
    pub peak_at: Option<i64>,
    /// Bins the figures are over, empty ones among them.
    pub n_bins: u64,
}

/// A straight line through the rates.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Trend {
    /// Bit/s more for each day.
    pub bits_per_second_per_day: f64,
    /// Share of the variation it explains.
    pub r_squared: f64,
    /// Bins it is drawn through.
    pub n: u64,
    /// Days the log covers.
    pub days: f64,
}

/// An hour of the day.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HourProfile {
    /// 0 to 23, UTC.
    pub hour: u8,
    /// Payload bytes both ways.
    pub bytes: u64,
    /// Connections.
    pub n: u64,
    /// Seconds of this hour that the log covers.
    pub seconds: f64,
}

/// Classes of rows, and what sets them apart.
#[derive(Debug, Clone, PartialEq)]
pub struct Classes {
    /// The classes, the largest first.
    pub classes: Vec<ClassProfile>,
    /// What the columns have to do with them.
    pub associations: Vec<Association>,
    /// Box-plot numbers of each number in each class, gaps filled.
    pub boxes: Vec<BoxProfile>,
}

/// One class of rows.
#[derive(Debug, Clone, PartialEq)]
pub struct ClassProfile {
    /// Its name.
    pub name: String,
    /// Rows.
    pub n: u64,
    /// Share of the rows that are in any class (of labels), or of all (of behaviours).
    pub share: f64,
    /// What would give it away to a model that learns nothing.
    pub leaks: Vec<String>,
}

/// What a column has to do with a class, or with all of them.
#[derive(Debug, Clone, PartialEq)]
pub struct Association {
    /// The class against all other rows, or `all classes`.
    pub class: String,
    /// The column.
    pub column: &'static str,
    /// `auc` (the chance that the number is larger in the class; from bins, so within 0.8 % of each value),
    /// `correlation_ratio` (η of ln(1 + number)), `cramers_v` (corrected for bias) or `mutual_information` (nats).
    pub measure: &'static str,
    /// The figure; NaN where it is not defined.
    pub value: f64,
    /// For `auc`: how much more often the number is larger than smaller, from −1 to 1.
    pub cliffs_delta: Option<f64>,
    /// For `auc`: its standard error, by Hanley and McNeil.
    pub standard_error: f64,
    /// Rows behind it.
    pub n: u64,
}

/// Outliers and clusters of a sample of the rows.
#[derive(Debug, Clone, PartialEq)]
pub struct ClustersPanel {
    /// Rows that were clustered.
    pub n: u64,
    /// The sample, if not all rows were.
    pub sample: Option<Sample>,
    /// k-means in the plane of two principal components; `None` if there were too few rows, or too few differences.
    pub outliers: Option<Outliers>,
    /// DBSCAN; `None` if there were too few rows.
    pub clusters: Option<Clusters>,
}
