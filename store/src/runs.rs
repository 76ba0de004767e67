//! Analysis runs and their findings.

use std::{fmt, str::FromStr, time::Duration};

use bro_log::Time;
use diesel::{dsl::count, prelude::*};

use crate::{
    connection::AnyConnection,
    encode::{stored_text, text_of_stored},
    error::{Error, check_text},
    findings::{FindingStatus, Severity},
    rows::{FindingRow, NewFindingRow, NewRunRow, RunRow},
    schema::{findings, runs},
    store::Store,
};

/// The number of a run; never used again after the run is deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RunId(pub i64);

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for RunId {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

/// A run to be stored; JSON stands as text.
///
/// ```
/// use bro_store::NewRun;
/// let run = NewRun { seed: 7, n_records: 8462, ..NewRun::new("outliers", r#"{"n_clusters":8}"#) };
/// assert!(run.findings.is_empty());
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NewRun {
    /// What was asked, such as `outliers`.
    pub kind: String,
    /// The parameters, as JSON.
    pub params: String,
    /// The seed of all randomness.
    pub seed: u64,
    /// The version of the program that ran.
    pub version: String,
    /// When it began.
    pub started_at: Time,
    /// How long it took; kept to the microsecond.
    pub duration: Duration,
    /// Number of records it looked at.
    pub n_records: u64,
    /// What it found as a whole, as JSON.
    pub summary: String,
    /// What it found in particular.
    pub findings: Vec<NewFinding>,
}

impl NewRun {
    /// A run of this kind and these parameters, begun at 0 with seed 0, without records or findings.
    #[must_use]
    pub fn new(kind: &str, params: &str) -> Self {
        Self { kind: kind.to_owned(), params: params.to_owned(), summary: "{}".to_owned(), ..Self::default() }
    }
}

/// One thing a run found, to be stored with it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NewFinding {
    /// Its place among the run's findings; no two share one.
    pub rank: u64,
    /// The `uid` of the session, if it is about one.
    pub uid: Option<String>,
    /// What it is, such as `outlier` or `beacon`.
    pub kind: String,
    /// How strong it is; finite, on the scale of its kind.
    pub score: f64,
    /// Why, in one sentence.
    pub reason: String,
    /// The numbers and rows behind it, as JSON.
    pub evidence: String,
    /// How much it asks to be looked at.
    pub severity: Severity,
    /// What became of it.
    pub status: FindingStatus,
    /// Who began it: an originator's address.
    pub orig: Option<String>,
    /// Who was called: a responder's address or name, with the port where it matters, as in `192.0.2.1:443`.
    pub resp: Option<String>,
}

impl NewFinding {
    /// A finding with a reason, of rank 0, score 0 and no evidence.
    #[must_use]
    pub fn new(kind: &str, reason: &str) -> Self {
        let evidence = "{}".to_owned();
        Self { kind: kind.to_owned(), reason: reason.to_owned(), evidence, ..Self::default() }
    }
}

/// A stored run without its findings.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RunSummary {
    /// Its number.
    pub id: RunId,
    /// What was asked.
    pub kind: String,
    /// The seed of all randomness.
    pub seed: u64,
    /// The version of the program that ran.
    pub version: String,
    /// When it began.
    pub started_at: Time,
    /// How long it took.
    pub duration: Duration,
    /// Number of records it looked at.
    pub n_records: u64,
    /// Number of findings.
    pub n_findings: u64,
}

/// A stored run; its fields are those of [`NewRun`].
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Run {
    /// Its number.
    pub id: RunId,
    /// What was asked.
    pub kind: String,
    /// The parameters, as JSON.
    pub params: String,
    /// The seed of all randomness.
    pub seed: u64,
    /// The version of the program that ran.
    pub version: String,
    /// When it began.
    pub started_at: Time,
    /// How long it took.
    pub duration: Duration,
    /// Number of records it looked at.
    pub n_records: u64,
    /// What it found as a whole, as JSON.
    pub summary: String,
    /// What it found in particular, by rank.
    pub findings: Vec<Finding>,
}

/// A stored finding.
pub type Finding = NewFinding;

/// Which findings of a run come first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FindingOrder {
    /// By rank.
    #[default]
    Rank,
    /// By score, the strongest first; equal ones by rank.
    Score,
    /// By how near the score is to one half, the nearest first: of probabilities, the most doubtful.
    Doubt,
}

/// A stored run with some of its findings.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct RunPage {
    /// The run, with the findings asked for.
    pub run: Run,
    /// Number of findings it has.
    pub n_findings: u64,
}

impl Store {
    /// Stores a run with its findings, in full or not at all.
    ///
    /// # Errors
    /// [`Error::Score`] for a score that is not finite, [`Error::Nul`] for a NUL in a text, [`Error::Query`] from the
    /// database, also when two findings share a rank.
    pub fn save_run(&mut self, run: &NewRun) -> Result<RunId, Error> {
        check(run)?;
        let row = NewRunRow::from(run);
        self.transaction("save the run", |connection| {
            diesel::insert_into(runs::table).values(&row).execute(connection)?;
            let id = connection.last_id()?;
            for finding in &run.findings {
                let row = NewFindingRow::new(id, finding);
                diesel::insert_into(findings::table).values(&row).execute(connection)?;
            }
            Ok(RunId(id))
        })
    }

    /// All runs, the newest first.
    ///
    /// # Errors
    /// [`Error::Query`] from the database.
    pub fn list_runs(&mut self) -> Result<Vec<RunSummary>, Error> {
        let rows = runs::table
            .left_join(findings::table)
            .group_by(runs::id)
            .order(runs::id.desc())
            .select((
                (runs::id, runs::kind, runs::seed, runs::version),
                (runs::started_at, runs::duration, runs::n_records),
                count(findings::rank.nullable()),
            ))
            .load::<SummaryRow>(&mut self.connection)
            .map_err(Error::query("list the runs"))?;
        Ok(rows.into_iter().map(RunSummary::from).collect())
    }

    /// One run with its findings.
    ///
    /// # Errors
    /// [`Error::NoSuchRun`], [`Error::Query`] from the database.
    pub fn run(&mut self, id: RunId) -> Result<Run, Error> {
        let found = runs::table.find(id.0).select(RunRow::as_select()).first(&mut self.connection).optional();
        let row = found.map_err(Error::query("read the run"))?.ok_or(Error::NoSuchRun { id })?;
        let findings = findings::table
            .filter(findings::run_id.eq(id.0))
            .order(findings::rank)
            .select(FindingRow::as_select())
            .load(&mut self.connection)
            .map_err(Error::query("read the findings"))?;
        Ok(Run::from_rows(row, findings))
    }

    /// One run with up to `limit` of its findings behind the first `offset`.
    ///
    /// # Errors
    /// [`Error::NoSuchRun`], [`Error::Query`] from the database.
    ///
    /// ```
    /// use bro_store::{FindingOrder, NewFinding, NewRun, Store};
    /// let mut store = Store::open(&"sqlite://:memory:".parse()?)?;
    /// let finding = |rank, score| NewFinding { rank, score, ..NewFinding::new("outlier", "odd") };
    /// let findings = vec![finding(1, 0.5), finding(2, 9.5), finding(3, 1.5)];
    /// let id = store.save_run(&NewRun { findings, ..NewRun::new("outliers", "{}") })?;
    /// let page = store.run_page(id, FindingOrder::Score, 1, 1)?;
    /// assert_eq!((page.n_findings, page.run.findings[0].rank), (3, 3));
    /// # Ok::<(), bro_store::Error>(())
    /// ```
    pub fn run_page(
        &mut self,
        id: RunId,
        order: FindingOrder,
        offset: u64,
        limit: u64,
    ) -> Result<RunPage, Error> {
        let found = runs::table.find(id.0).select(RunRow::as_select()).first(&mut self.connection).optional();
        let row = found.map_err(Error::query("read the run"))?.ok_or(Error::NoSuchRun { id })?;
        let of_run = findings::table.filter(findings::run_id.eq(id.0));
        let failed = Error::query("read the findings");
        let n_findings: i64 = of_run.count().get_result(&mut self.connection).map_err(&failed)?;
        let page =
            of_run.limit(limit.cast_signed()).offset(offset.cast_signed()).select(FindingRow::as_select());
        let findings = match order {
            FindingOrder::Rank => page.order(findings::rank).load(&mut self.connection),
            FindingOrder::Score => {
                page.order((findings::score.desc(), findings::rank)).load(&mut self.connection)
            }
            FindingOrder::Doubt => {
                let doubt = diesel::dsl::sql::<diesel::sql_types::Double>("abs(score - 0.5)");
                page.order((doubt, findings::rank)).load(&mut self.connection)
            }
        };
        let run = Run::from_rows(row, findings.map_err(&failed)?);
        Ok(RunPage { run, n_findings: n_findings.cast_unsigned() })
    }

    /// Deletes a run and its findings.
    ///
    /// # Errors
    /// [`Error::NoSuchRun`], [`Error::Query`] from the database.
    pub fn delete_run(&mut self, id: RunId) -> Result<(), Error> {
        let deleted = diesel::delete(runs::table.find(id.0)).execute(&mut self.connection);
        match deleted.map_err(Error::query("delete the run"))? {
            0 => Err(Error::NoSuchRun { id }),
            _ => Ok(()),
        }
    }
}

type SummaryRow = ((i64, String, i64, String), (i64, i64, i64), i64);

impl From<SummaryRow> for RunSummary {
    fn from(((id, kind, seed, version), (started_at, duration, n_records), n_findings): SummaryRow) -> Self {
        Self {
            id: RunId(id),
            kind,
            seed: seed.cast_unsigned(),
            version,
            started_at: Time(started_at),
            duration: Duration::from_micros(duration.cast_unsigned()),
            n_records: n_records.cast_unsigned(),
            n_findings: n_findings.cast_unsigned(),
        }
    }
}

impl Run {
    fn from_rows(row: RunRow, findings: Vec<FindingRow>) -> Self {
        Self {
            id: RunId(row.id),
            kind: row.kind,
            params: row.params,
            seed: row.seed.cast_unsigned(),
            version: row.version,
            started_at: Time(row.started_at),
            duration: Duration::from_micros(row.duration.cast_unsigned()),
            n_records: row.n_records.cast_unsigned(),
            summary: row.summary,
            findings: findings.into_iter().map(Finding::from).collect(),
        }
    }
}

impl From<Run> for NewRun {
    /// The run to be stored elsewhere, without its number.
    fn from(run: Run) -> Self {
        let Run { id: _, kind, params, seed, version, started_at, duration, n_records, summary, findings } =
            run;
        Self { kind, params, seed, version, started_at, duration, n_records, summary, findings }
    }
}

impl<'a> From<&'a NewRun> for NewRunRow<'a> {
    fn from(run: &'a NewRun) -> Self {
        Self {
            kind: &run.kind,
            params: &run.params,
            seed: run.seed.cast_signed(),
            version: &run.version,
            started_at: run.started_at.0,
            duration: i64::try_from(run.duration.as_micros()).unwrap_or(i64::MAX),
            n_records: run.n_records.cast_signed(),
            summary: &run.summary,
        }
    }
}

impl<'a> NewFindingRow<'a> {
    fn new(run_id: i64, finding: &'a NewFinding) -> Self {
        Self {
            run_id,
            rank: finding.rank.cast_signed(),
            uid: finding.uid.as_ref().map(|uid| stored_text(uid.as_bytes())),
            kind: &finding.kind,
            score: finding.score,
            reason: &finding.reason,
            evidence: &finding.evidence,
            severity: finding.severity as i64,
            status: finding.status as i64,
            orig: finding.orig.as_deref(),
            resp: finding.resp.as_deref(),
        }
    }
}

impl From<FindingRow> for Finding {
    fn from(row: FindingRow) -> Self {
        Self {
            rank: row.rank.cast_unsigned(),
            uid: row.uid.map(|uid| text_of_stored(&uid)),
            kind: row.kind,
            score: row.score,
            reason: row.reason,
            evidence: row.evidence,
            severity: Severity::from_code(row.severity),
            status: FindingStatus::from_code(row.status),
            orig: row.orig,
            resp: row.resp,
        }
    }
}

/// Refuses what one of the databases could not keep, whichever is open.
fn check(run: &NewRun) -> Result<(), Error> {
    check_text([
        ("kind", &run.kind),
        ("params", &run.params),
        ("version", &run.version),
        ("summary", &run.summary),
    ])?;
    for finding in &run.findings {
        check_text(finding.orig.as_ref().map(|orig| ("orig", orig)))?;
        check_text(finding.resp.as_ref().map(|resp| ("resp", resp)))?;
        check_text([("kind", &finding.kind), ("reason", &finding.reason), ("evidence", &finding.evidence)])?;
    }
    match run.findings.iter().find(|finding| !finding.score.is_finite()) {
        Some(&NewFinding { rank, score, .. }) => Err(Error::Score { rank, score }),
        None => Ok(()),
    }
}

impl AnyConnection {
    /// The number that the database gave to the row inserted last on this connection.
    pub(crate) fn last_id(&mut self) -> QueryResult<i64> {
        let function = match self {
            Self::Sqlite(_) => "last_insert_rowid()",
            #[cfg(feature = "mysql")]
            Self::Mysql(_) => "CAST(last_insert_id() AS SIGNED)",
            #[cfg(feature = "postgres")]
            Self::Postgres(_) => "lastval()",
        };
        diesel::select(diesel::dsl::sql::<diesel::sql_types::BigInt>(function)).get_result(self)
    }
}
