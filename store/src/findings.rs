//! Findings of all runs together.

use bro_log::Time;
use diesel::prelude::*;

use crate::{
    connection::MultiBackend,
    datasets::now,
    encode::stored_text,
    error::Error,
    rows::FindingRow,
    runs::{Finding, RunId},
    schema::{findings, runs},
    store::Store,
    suppressions::Rule,
};

/// How much a finding asks to be looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing.
    #[default]
    Info,
    /// Often harmless.
    Low,
    /// To be looked at.
    Medium,
    /// To be looked at now.
    High,
}

impl Severity {
    /// All of them, the mildest first.
    pub const ALL: [Self; 4] = [Self::Info, Self::Low, Self::Medium, Self::High];

    /// The severity in a word.
    ///
    /// ```
    /// use bro_store::Severity;
    /// assert!(Severity::ALL.iter().all(|&severity| Severity::named(severity.name()) == Some(severity)));
    /// ```
    #[must_use]
    pub fn name(self) -> &'static str {
        ["info", "low", "medium", "high"][self as usize]
    }

    /// The severity of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|severity| severity.name() == name)
    }

    pub(crate) fn from_code(code: i64) -> Self {
        Self::ALL.into_iter().find(|severity| *severity as i64 == code).unwrap_or_default()
    }
}

/// What became of a finding.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum FindingStatus {
    /// Nobody has looked at it.
    #[default]
    New,
    /// Somebody has, and it is what it seems.
    Confirmed,
    /// Somebody has, and it is harmless.
    Dismissed,
}

impl FindingStatus {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::New, Self::Confirmed, Self::Dismissed];

    /// The status in a word.
    ///
    /// ```
    /// use bro_store::FindingStatus;
    /// assert!(FindingStatus::ALL.iter().all(|&status| FindingStatus::named(status.name()) == Some(status)));
    /// ```
    #[must_use]
    pub fn name(self) -> &'static str {
        ["new", "confirmed", "dismissed"][self as usize]
    }

    /// The status of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.name() == name)
    }

    pub(crate) fn from_code(code: i64) -> Self {
        Self::ALL.into_iter().find(|status| *status as i64 == code).unwrap_or_default()
    }
}

/// Conditions on findings, all of which must hold.
///
/// ```
/// use bro_store::{FindingFilter, Severity};
/// let filter = FindingFilter { severity: Severity::Medium, ..FindingFilter::default() };
/// assert!(!filter.suppressed_too);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FindingFilter {
    /// At least this severity.
    pub severity: Severity,
    /// What they are.
    pub kind: Option<String>,
    /// What became of them.
    pub status: Option<FindingStatus>,
    /// The run that found them.
    pub run: Option<RunId>,
    /// `uid`, originator, or responder with or without its port.
    pub about: Option<String>,
    /// Those that a rule suppresses, too.
    pub suppressed_too: bool,
}

/// A finding and the run that found it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct StoredFinding {
    /// The run.
    pub run: RunId,
    /// What was asked.
    pub run_kind: String,
    /// The run's parameters, as JSON.
    pub run_params: String,
    /// When the run began.
    pub started_at: Time,
    /// The finding.
    pub finding: Finding,
}

/// Some findings.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct FindingPage {
    /// The findings: the gravest first, of those the ones of the latest run, by rank.
    pub findings: Vec<StoredFinding>,
    /// How many the filter asks for.
    pub n_findings: u64,
}

type Row = (FindingRow, (i64, String, String, i64));

fn stored((row, (run, run_kind, run_params, started_at)): Row) -> StoredFinding {
    StoredFinding {
        run: RunId(run),
        run_kind,
        run_params,
        started_at: Time(started_at),
        finding: Finding::from(row),
    }
}

/// The findings that a filter asks for, without those that rules suppress.
macro_rules! filtered {
    ($filter:expr, $rules:expr) => {{
        let filter: &FindingFilter = $filter;
        let mut query = findings::table.inner_join(runs::table).into_boxed::<MultiBackend>();
        if filter.severity > Severity::Info {
            query = query.filter(findings::severity.ge(filter.severity as i64));
        }
        if let Some(kind) = &filter.kind {
            query = query.filter(findings::kind.eq(kind.clone()));
        }
        if let Some(status) = filter.status {
            query = query.filter(findings::status.eq(status as i64));
        }
        if let Some(run) = filter.run {
            query = query.filter(findings::run_id.eq(run.0));
        }
        if let Some(about) = &filter.about {
            let with_port = format!("{}:%", escaped(about));
            query = query.filter(
                findings::uid
                    .eq(stored_text(about.as_bytes()))
                    .or(findings::orig.eq(about.clone()))
                    .or(findings::resp.eq(about.clone()))
                    .or(findings::resp.like(with_port).escape('|')),
            );
        }
        for rule in $rules {
            // What is unset is no such end, so that it is not suppressed.
            let other = |end: Option<String>| end.unwrap_or_default();
            let (orig, resp) = (rule.orig.clone(), rule.resp.clone());
            let (any_orig, any_resp) = (orig.is_none(), resp.is_none());
            let (orig, resp) = (other(orig), other(resp));
            let is_other_kind = findings::kind.ne(rule.kind.clone());
            let is_other_orig = findings::orig.is_null().or(findings::orig.ne(orig));
            let is_other_resp = findings::resp.is_null().or(findings::resp.ne(resp));
            query = match (any_orig, any_resp) {
                (true, true) => query.filter(is_other_kind),
                (false, true) => query.filter(is_other_kind.or(is_other_orig)),
                (true, false) => query.filter(is_other_kind.or(is_other_resp)),
                (false, false) => query.filter(is_other_kind.or(is_other_orig).or(is_other_resp)),
            };
        }
        query
    }};
}

/// Text in which LIKE finds nothing but itself.
fn escaped(text: &str) -> String {
    text.replace('|', "||").replace('%', "|%").replace('_', "|_")
}

impl Store {
    /// Up to `limit` of the findings of all runs that the filter asks for, behind the first `offset`.
    ///
    /// # Errors
    /// [`Error::Query`] from the database.
    ///
    /// ```
    /// use bro_store::{FindingFilter, NewFinding, NewRun, Severity, Store};
    /// let mut store = Store::open(&"sqlite://:memory:".parse()?)?;
    /// let finding = |rank, severity| NewFinding { rank, severity, ..NewFinding::new("beacon", "regular") };
    /// let findings = vec![finding(1, Severity::Low), finding(2, Severity::High)];
    /// store.save_run(&NewRun { findings, ..NewRun::new("beacons", "{}") })?;
    /// let page = store.findings(&FindingFilter::default(), 0, 10)?;
    /// assert_eq!((page.n_findings, page.findings[0].finding.rank), (2, 2));
    /// # Ok::<(), bro_store::Error>(())
    /// ```
    pub fn findings(
        &mut self,
        filter: &FindingFilter,
        offset: u64,
        limit: u64,
    ) -> Result<FindingPage, Error> {
        let rules = if filter.suppressed_too { Vec::new() } else { self.rules_at(now())? };
        let failed = Error::query("read the findings");
        let n_findings: i64 =
            filtered!(filter, &rules).count().get_result(&mut self.connection).map_err(&failed)?;
        let rows = filtered!(filter, &rules)
            .order((findings::severity.desc(), findings::run_id.desc(), findings::rank))
            .limit(limit.cast_signed())
            .offset(offset.cast_signed())
            .select((FindingRow::as_select(), (runs::id, runs::kind, runs::params, runs::started_at)))
            .load::<Row>(&mut self.connection)
            .map_err(&failed)?;
        let findings = rows.into_iter().map(stored).collect();
        Ok(FindingPage { findings, n_findings: n_findings.cast_unsigned() })
    }

    /// One finding.
    ///
    /// # Errors
    /// [`Error::NoSuchFinding`], [`Error::Query`] from the database.
    pub fn finding(&mut self, run: RunId, rank: u64) -> Result<StoredFinding, Error> {
        let found = findings::table
            .inner_join(runs::table)
            .filter(findings::run_id.eq(run.0).and(findings::rank.eq(rank.cast_signed())))
            .select((FindingRow::as_select(), (runs::id, runs::kind, runs::params, runs::started_at)))
            .first::<Row>(&mut self.connection)
            .optional();
        let found = found.map_err(Error::query("read the finding"))?;
        found.map(stored).ok_or(Error::NoSuchFinding { run, rank })
    }

    /// Notes what became of a finding.
    ///
    /// # Errors
    /// [`Error::NoSuchFinding`], [`Error::Query`] from the database.
    pub fn set_finding_status(&mut self, run: RunId, rank: u64, status: FindingStatus) -> Result<(), Error> {
        let found = self.finding(run, rank)?;
        let of = findings::table
            .filter(findings::run_id.eq(found.run.0).and(findings::rank.eq(rank.cast_signed())));
        let changed =
            diesel::update(of).set(findings::status.eq(status as i64)).execute(&mut self.connection);
        changed.map(drop).map_err(Error::query("note what became of the finding"))
    }

    /// The kinds of findings there are, by name.
    ///
    /// # Errors
    /// [`Error::Query`] from the database.
    pub fn finding_kinds(&mut self) -> Result<Vec<String>, Error> {
        let kinds = findings::table.select(findings::kind).distinct().order(findings::kind);
        kinds.load(&mut self.connection).map_err(Error::query("list the kinds of findings"))
    }

    /// The rules in force at a moment.
    fn rules_at(&mut self, at: i64) -> Result<Vec<Rule>, Error> {
        let all = self.suppressions()?.into_iter().map(|stored| stored.suppression);
        let in_force = all.filter(|rule| rule.expires_at.is_none_or(|until| until.0 > at));
        Ok(in_force.filter_map(|rule| Rule::of(&rule)).collect())
    }
}
