//! What a log holds, in so far as features depend on it.

mod conn;

pub(crate) use conn::{ConnSurvey, GroupMedians};

use crate::http::HttpSurvey;
use crate::{Flow, HttpRequest, LogKind};
use bro_log::Batch;
use std::collections::BTreeMap;

/// What a log holds, in so far as features depend on it: how often each category occurs, and what is typical.
///
/// Made batch by batch and merged in the order of the rows; every part is a count. The order matters only where a log
/// has more distinct values than are told apart: [`MAX_SERVICES`](Self::MAX_SERVICES) services of a conn.log (those
/// met later count as one), 65,536 hosts and as many user agents of an http.log (those met later count as met once).
/// One pass; memory a few KiB for each group of protocol, service and state, or up to 6 MiB for an http.log.
///
/// ```
/// use bro_features::{Flow, LogKind, Proto, Survey};
/// let mut survey = Survey::new(LogKind::Conn);
/// survey.insert(&Flow { proto: Proto::Tcp, orig_bytes: Some(100), ..Flow::default() }, Some(b"http"));
/// assert_eq!(survey.n_rows(), 1);
/// assert_eq!(survey.share_of("service=http"), Some(1.0));
/// assert_eq!(survey.typical("orig_bytes"), Some(100.0));
/// ```
#[derive(Debug, Clone)]
pub struct Survey {
    pub(crate) of: SurveyOf,
}

#[derive(Debug, Clone)]
pub(crate) enum SurveyOf {
    Conn(Box<ConnSurvey>),
    Http(Box<HttpSurvey>),
}

impl Survey {
    /// Most distinct services that are told apart.
    pub const MAX_SERVICES: usize = ConnSurvey::MAX_SERVICES;

    /// A survey that has seen no rows of logs of that kind.
    #[must_use]
    pub fn new(kind: LogKind) -> Self {
        let of = match kind {
            LogKind::Conn => SurveyOf::Conn(Box::default()),
            LogKind::Http => SurveyOf::Http(Box::default()),
        };
        Self { of }
    }

    /// Surveys one batch that was read with the kind's [`projection`](LogKind::projection).
    #[must_use]
    pub fn of_batch(kind: LogKind, batch: &Batch<'_>) -> Self {
        Self::of_rows(kind, batch, 0..batch.n_rows())
    }

    /// Surveys the given rows of a batch.
    ///
    /// # Panics
    /// If a row is not below the batch's number of rows.
    #[must_use]
    pub fn of_rows(kind: LogKind, batch: &Batch<'_>, rows: impl Iterator<Item = usize>) -> Self {
        let of = match kind {
            LogKind::Conn => SurveyOf::Conn(Box::new(ConnSurvey::of_rows(batch, rows))),
            LogKind::Http => SurveyOf::Http(Box::new(HttpSurvey::of_rows(batch, rows))),
        };
        Self { of }
    }

    /// Counts one row of a conn.log; a survey of other logs stays as it is.
    pub fn insert(&mut self, flow: &Flow, service: Option<&[u8]>) {
        if let SurveyOf::Conn(survey) = &mut self.of {
            survey.insert(flow, service);
        }
    }

    /// Counts one row of an http.log; a survey of other logs stays as it is.
    pub fn insert_request(&mut self, request: &HttpRequest<'_>) {
        if let SurveyOf::Http(survey) = &mut self.of {
            survey.insert(request);
        }
    }

    /// Adds what `other` has seen; of a log of another kind, nothing.
    pub fn merge(&mut self, other: Self) {
        match (&mut self.of, other.of) {
            (SurveyOf::Conn(mine), SurveyOf::Conn(theirs)) => mine.merge(*theirs),
            (SurveyOf::Http(mine), SurveyOf::Http(theirs)) => mine.merge(&theirs),
            _ => {}
        }
    }

    /// The kind of the logs it has seen.
    #[must_use]
    pub fn kind(&self) -> LogKind {
        match self.of {
            SurveyOf::Conn(_) => LogKind::Conn,
            SurveyOf::Http(_) => LogKind::Http,
        }
    }

    /// Number of rows.
    #[must_use]
    pub fn n_rows(&self) -> u64 {
        match &self.of {
            SurveyOf::Conn(survey) => survey.n_rows(),
            SurveyOf::Http(survey) => survey.n_rows(),
        }
    }

    /// The median of a number where it is set: of `duration` (in seconds), `orig_bytes`, `resp_bytes`,
    /// `missed_bytes`, `orig_pkts`, `orig_ip_bytes`, `resp_pkts` or `resp_ip_bytes` in a conn.log, of
    /// `request_body_len`, `response_body_len`, `trans_depth`, `uri_len`, `host_len` or `user_agent_len` in an
    /// http.log. `None` for another name, or if it is set nowhere.
    #[must_use]
    pub fn typical(&self, number: &str) -> Option<f64> {
        match &self.of {
            SurveyOf::Conn(survey) => survey.typical(number),
            SurveyOf::Http(survey) => survey.typical(number),
        }
    }

    /// The share of rows in the category of a one-hot column such as `service=dns` or `method=POST`; `None` for other
    /// names and for an empty log.
    #[must_use]
    pub fn share_of(&self, feature: &str) -> Option<f64> {
        let (family, category) = feature.split_once('=')?;
        let n_rows = match &self.of {
            SurveyOf::Conn(survey) => survey.n_rows_of(family, category),
            SurveyOf::Http(survey) => survey.n_rows_of(family, category),
        }?;
        (self.n_rows() > 0).then(|| n_rows as f64 / self.n_rows() as f64)
    }

    /// Number of rows of an http.log with that user agent; `None` for other logs.
    #[must_use]
    pub fn n_rows_with_user_agent(&self, user_agent: Option<&[u8]>) -> Option<u64> {
        let SurveyOf::Http(survey) = &self.of else { return None };
        Some(survey.user_agents().n_rows_with(user_agent))
    }

    /// Number of rows of an http.log with that host; `None` for other logs.
    #[must_use]
    pub fn n_rows_with_host(&self, host: Option<&[u8]>) -> Option<u64> {
        let SurveyOf::Http(survey) = &self.of else { return None };
        Some(survey.hosts().n_rows_with(host))
    }
}

/// A category needs this share of the rows for a column of its own.
const LEAST_SHARE: f64 = 1e-3;
const MOST_COLUMNS: usize = 24;

/// The column of rows without a category, and that of the categories too rare for one of their own.
pub(crate) const NONE: &str = "(none)";
pub(crate) const OTHER: &str = "other";

/// The categories that get a column of their own, by name, then `(none)` and `other`.
pub(crate) fn category_columns(counts: &BTreeMap<Vec<u8>, u64>, n_rows: u64) -> Vec<String> {
    let enough = (n_rows as f64 * LEAST_SHARE).max(1.0);
    let mut frequent: Vec<_> = counts.iter().filter(|(_, n_rows)| **n_rows as f64 >= enough).collect();
    frequent.sort_by_key(|(name, n_rows)| (std::cmp::Reverse(**n_rows), *name));
    frequent.truncate(MOST_COLUMNS);
    let mut columns: Vec<String> =
        frequent.into_iter().map(|(name, _)| name.escape_ascii().to_string()).collect();
    columns.retain(|name| name != NONE && name != OTHER);
    columns.sort();
    columns.extend([NONE.to_owned(), OTHER.to_owned()]);
    columns
}

/// The index of the column that stands for a category; the last two are `(none)` and `other`.
pub(crate) fn category_column(columns: &[String], category: Option<&[u8]>) -> usize {
    let Some(category) = category.filter(|category| !category.is_empty()) else { return columns.len() - 2 };
    let name = category.escape_ascii().to_string();
    columns[..columns.len() - 2].binary_search(&name).unwrap_or(columns.len() - 1)
}
