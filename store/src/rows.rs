//! Rows as they stand in the tables.

use diesel::prelude::*;

use crate::schema::{findings, runs};

/// A row of `runs`.
#[derive(Queryable, Selectable)]
#[diesel(table_name = runs)]
pub(crate) struct RunRow {
    pub(crate) id: i64,
    pub(crate) kind: String,
    pub(crate) params: String,
    pub(crate) seed: i64,
    pub(crate) version: String,
    pub(crate) started_at: i64,
    pub(crate) duration: i64,
    pub(crate) n_records: i64,
    pub(crate) summary: String,
}

/// A new row of `runs`; the database numbers it.
#[derive(Insertable)]
#[diesel(table_name = runs, treat_none_as_default_value = false)]
pub(crate) struct NewRunRow<'a> {
    pub(crate) kind: &'a str,
    pub(crate) params: &'a str,
    pub(crate) seed: i64,
    pub(crate) version: &'a str,
    pub(crate) started_at: i64,
    pub(crate) duration: i64,
    pub(crate) n_records: i64,
    pub(crate) summary: &'a str,
}

/// A row of `findings`.
#[derive(Queryable, Selectable)]
#[diesel(table_name = findings)]
pub(crate) struct FindingRow {
    pub(crate) rank: i64,
    pub(crate) uid: Option<String>,
    pub(crate) kind: String,
    pub(crate) score: f64,
    pub(crate) reason: String,
    pub(crate) evidence: String,
    pub(crate) severity: i64,
    pub(crate) status: i64,
    pub(crate) orig: Option<String>,
    pub(crate) resp: Option<String>,
}

/// A new row of `findings`.
#[derive(Insertable)]
#[diesel(table_name = findings, treat_none_as_default_value = false)]
pub(crate) struct NewFindingRow<'a> {
    pub(crate) run_id: i64,
    pub(crate) rank: i64,
    pub(crate) uid: Option<String>,
    pub(crate) kind: &'a str,
    pub(crate) score: f64,
    pub(crate) reason: &'a str,
    pub(crate) evidence: &'a str,
    pub(crate) severity: i64,
    pub(crate) status: i64,
    pub(crate) orig: Option<&'a str>,
    pub(crate) resp: Option<&'a str>,
}
