//! Findings that nobody wants to see again.

use bro_log::Time;
use diesel::prelude::*;

use crate::{
    datasets::now,
    error::{Error, check_text},
    schema::suppressions,
    store::Store,
};

/// A rule by which findings are left out, to be stored.
///
/// ```
/// use bro_store::{NewSuppression, Store};
/// let mut store = Store::open(&"sqlite://:memory:".parse()?)?;
/// store.add_suppression(&NewSuppression { kind: "beacon".into(), rule: "{}".into(), ..Default::default() })?;
/// assert_eq!(store.suppressions()?.len(), 1);
/// # Ok::<(), bro_store::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewSuppression {
    /// The kind of finding it is about.
    pub kind: String,
    /// Which ones, as JSON.
    pub rule: String,
    /// Why.
    pub reason: String,
    /// Who says so.
    pub author: String,
    /// Until when, `None` for always.
    pub expires_at: Option<Time>,
}

/// A stored rule.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Suppression {
    /// Its number.
    pub id: i64,
    /// The rule itself.
    pub suppression: NewSuppression,
    /// When it was stored.
    pub created_at: Time,
}

impl Store {
    /// Stores a rule and gives its number.
    ///
    /// # Errors
    /// [`Error::Nul`], [`Error::Query`] from the database.
    pub fn add_suppression(&mut self, new: &NewSuppression) -> Result<i64, Error> {
        check_text([
            ("kind", &new.kind),
            ("rule", &new.rule),
            ("reason", &new.reason),
            ("author", &new.author),
        ])?;
        self.transaction("add the suppression", |connection| {
            diesel::insert_into(suppressions::table)
                .values((
                    suppressions::kind.eq(&new.kind),
                    suppressions::rule.eq(&new.rule),
                    suppressions::reason.eq(&new.reason),
                    suppressions::author.eq(&new.author),
                    suppressions::created_at.eq(now()),
                    suppressions::expires_at.eq(new.expires_at.map(|time| time.0)),
                ))
                .execute(connection)?;
            connection.last_id()
        })
    }

    /// All rules, expired ones too, in the order in which they were added.
    ///
    /// # Errors
    /// [`Error::Query`] from the database.
    pub fn suppressions(&mut self) -> Result<Vec<Suppression>, Error> {
        type Row = (i64, String, String, String, String, i64, Option<i64>);
        let rows = suppressions::table.order(suppressions::id).load::<Row>(&mut self.connection);
        let suppression = |(id, kind, rule, reason, author, created_at, expires_at): Row| Suppression {
            id,
            suppression: NewSuppression { kind, rule, reason, author, expires_at: expires_at.map(Time) },
            created_at: Time(created_at),
        };
        Ok(rows.map_err(Error::query("read the suppressions"))?.into_iter().map(suppression).collect())
    }

    /// Deletes a rule; whether there was one.
    ///
    /// # Errors
    /// [`Error::Query`] from the database.
    pub fn delete_suppression(&mut self, id: i64) -> Result<bool, Error> {
        let deleted = diesel::delete(suppressions::table.find(id)).execute(&mut self.connection);
        deleted.map(|n_rows| n_rows > 0).map_err(Error::query("delete the suppression"))
    }
}
