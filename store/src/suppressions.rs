//! Findings that nobody wants to see again.

use bro_log::Time;
use diesel::prelude::*;
use serde_json::Value;

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
    /// Which ones, as JSON: `{"orig": …, "resp": …}`, with an end left out where any will do.
    pub rule: String,
    /// Why.
    pub reason: String,
    /// Who says so.
    pub author: String,
    /// Until when, `None` for always.
    pub expires_at: Option<Time>,
}

impl NewSuppression {
    /// A rule about the findings of a kind between two ends, for always and without a reason; `None` is any end.
    ///
    /// ```
    /// let rule = bro_store::NewSuppression::between("beacon", Some("10.0.0.5"), None);
    /// assert_eq!(rule.rule, r#"{"orig":"10.0.0.5"}"#);
    /// ```
    #[must_use]
    pub fn between(kind: &str, orig: Option<&str>, resp: Option<&str>) -> Self {
        let ends = [("orig", orig), ("resp", resp)].into_iter();
        let ends = ends.filter_map(|(name, end)| Some((name.to_owned(), Value::from(end?))));
        let rule = Value::Object(ends.collect()).to_string();
        Self { kind: kind.to_owned(), rule, ..Self::default() }
    }
}

/// A rule that was understood.
pub(crate) struct Rule {
    pub(crate) kind: String,
    pub(crate) orig: Option<String>,
    pub(crate) resp: Option<String>,
}

impl Rule {
    /// `None` for a rule of another form: it suppresses nothing.
    pub(crate) fn of(suppression: &NewSuppression) -> Option<Self> {
        let Ok(Value::Object(ends)) = serde_json::from_str(&suppression.rule) else { return None };
        let is_end =
            |(name, end): (&String, &Value)| ["orig", "resp"].contains(&name.as_str()) && end.is_string();
        if !ends.iter().all(is_end) {
            return None;
        }
        let end = |name: &str| ends.get(name).and_then(Value::as_str).map(str::to_owned);
        Some(Self { kind: suppression.kind.clone(), orig: end("orig"), resp: end("resp") })
    }
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
