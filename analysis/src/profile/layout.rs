use super::numbers::{categories, names, state_name};
use super::params::ProfileParams;
use super::tally::{Tally, direction};
use super::view::{Cells, Codes, Row, as_bool, cells, codes};
use crate::Error;
use bro_features::stats::HyperLogLog;
use bro_features::{LogKind, canonical_service};
use bro_log::{Batch, Column, Projection};
use std::net::IpAddr;
use std::sync::Arc;

/// The columns a pass asks for, and the columns by which rows are grouped.
#[derive(Debug, Clone)]
pub(super) struct Layout {
    pub(super) kind: LogKind,
    pub(super) projection: Projection,
    label: Option<String>,
    /// Columns whose values are told apart, beyond the three of every log.
    columns: Vec<String>,
    /// What rows are grouped by, as places in `columns`.
    groupings: Vec<Vec<usize>>,
}

/// Columns that say when, or name a row: nothing to group by.
const KEYS: [&str; 2] = ["ts", "uid"];

/// Categories that are made of other columns.
const DERIVED: [&str; 2] = ["direction", "status_class"];

/// Text whose most frequent values are always told.
fn told(kind: LogKind) -> &'static [&'static str] {
    match kind {
        LogKind::Conn => &[],
        LogKind::Http => &["host", "uri", "referrer", "user_agent", "status_code", "username"],
    }
}

/// What rows are grouped by unless something else is asked for.
pub(super) fn default_by(kind: LogKind) -> Vec<String> {
    let by = match kind {
        LogKind::Conn => ["service", "proto", "conn_state"],
        LogKind::Http => ["method", "status_code", "host"],
    };
    by.map(str::to_owned).to_vec()
}

impl Layout {
    /// The first pass's: every typed column, and the text that rows are grouped by.
    pub(super) fn new(kind: LogKind, params: &ProfileParams) -> Result<Self, Error> {
        let mut layout = Self {
            kind,
            projection: base(kind),
            label: params.label_column.clone(),
            columns: Vec::new(),
            groupings: Vec::new(),
        };
        for column in &params.by {
            layout.check(column)?;
            layout.group_by(std::slice::from_ref(column));
        }
        layout.group_by(&params.by);
        told(kind).iter().for_each(|column| layout.group_by(&[(*column).to_owned()]));
        Ok(layout)
    }

    /// The second pass's: those, the `uid` and the label: text, which rejects no row.
    pub(super) fn with_text(&self) -> Self {
        let mut layout = self.clone();
        // Near unique, so not worth a dictionary.
        layout.projection = layout.projection.field("uid");
        if let Some(label) = &self.label {
            layout.ask_for(label);
        }
        layout
    }

    fn ask_for(&mut self, column: &str) {
        if self.place(column).is_none() {
            self.projection = self.projection.clone().dictionary(column);
        }
    }

    fn check(&self, column: &str) -> Result<(), Error> {
        if KEYS.contains(&column) || names(self.kind).contains(&column) {
            return Err(self.refused(column, "columns of categories"));
        }
        Ok(())
    }

    /// Checks that some log has each column that rows are to be grouped by.
    pub(super) fn check_found(&self, tally: &Tally, params: &ProfileParams) -> Result<(), Error> {
        for (column, n_set) in self.columns.iter().zip(&tally.n_set) {
            if n_set.is_none() && params.by.contains(column) {
                return Err(self.refused(column, "a column that the log has"));
            }
        }
        Ok(())
    }

    fn refused(&self, column: &str, expected: &str) -> Error {
        Error::Parameter {
            name: "by",
            found: format!("`{column}`"),
            expected: format!("{expected}, such as {}", default_by(self.kind).join(", ")),
        }
    }

    /// Has rows grouped by these columns, unless the first pass does so anyway.
    fn group_by(&mut self, by: &[String]) {
        if is_base(self.kind, by) || self.grouping(by).is_some() {
            return;
        }
        let places = by.iter().map(|column| self.column(column)).collect();
        self.groupings.push(places);
    }

    fn column(&mut self, name: &str) -> usize {
        if let Some(known) = self.columns.iter().position(|known| known == name) {
            return known;
        }
        if !DERIVED.contains(&name) {
            self.ask_for(name);
        }
        self.columns.push(name.to_owned());
        self.columns.len() - 1
    }

    /// Where a column stands in the projection.
    pub(super) fn place(&self, column: &str) -> Option<usize> {
        self.projection.names().position(|name| name == column)
    }

    pub(super) fn label(&self) -> Option<&str> {
        self.label.as_deref()
    }

    /// Columns whose values are told apart, beyond the three of every log.
    pub(super) fn columns(&self) -> &[String] {
        &self.columns
    }

    pub(super) fn groupings(&self) -> &[Vec<usize>] {
        &self.groupings
    }

    /// The grouping by these columns.
    pub(super) fn grouping(&self, by: &[String]) -> Option<usize> {
        let is_it = |places: &Vec<usize>| places.iter().map(|place| &self.columns[*place]).eq(by);
        self.groupings.iter().position(is_it)
    }

    /// The values of a batch that rows are grouped by.
    pub(super) fn categories<'a>(&self, batch: &'a Batch<'_>) -> Vec<Category<'a>> {
        self.columns.iter().map(|name| self.category(batch, name)).collect()
    }

    fn category<'a>(&self, batch: &'a Batch<'_>, name: &str) -> Category<'a> {
        let column = self.place(name).and_then(|place| batch.column(place));
        match (name, self.kind) {
            ("direction", _) => Category::Derived(|row| Some(direction(row).name())),
            ("status_class", LogKind::Http) => {
                Category::Derived(|row| Some(state_name(LogKind::Http, usize::from(row.state_idx))))
            }
            _ => Category::of(column, name == "service"),
        }
    }
}

/// True if the first pass groups rows by these columns anyway.
pub(super) fn is_base(kind: LogKind, by: &[String]) -> bool {
    by.iter().all(|name| categories(kind).contains(&name.as_str()))
}

/// The columns of a kind of log that every profile reads. Those without which a log is none of that kind come first.
fn base(kind: LogKind) -> Projection {
    let ends = ["ts", "id.orig_h", "id.resp_h", "id.orig_p", "id.resp_p"];
    let add =
        |projection: Projection, names: &[&str]| names.iter().fold(projection, |all, name| all.field(name));
    match kind {
        LogKind::Conn => {
            let texts = ["proto", "conn_state", "service", "history"];
            let projection = texts.iter().fold(Projection::new(), |all, name| all.dictionary(name));
            let projection = add(add(projection, &ends), &["local_orig", "local_resp", "tunnel_parents"]);
            add(projection, &names(kind))
        }
        LogKind::Http => {
            let projection = Projection::new().dictionary("method").field("uri");
            let texts = ["host", "user_agent", "username"];
            let projection = texts.iter().fold(projection, |all, name| all.dictionary(name));
            let projection =
                add(projection, &ends).field("referrer").field("resp_mime_types").field("status_code");
            add(projection, &names(kind)[..3])
        }
    }
}

/// A column of categories in a batch.
pub(super) enum Category<'a> {
    /// Text of few values, with the hash of each.
    Codes(Codes<'a>, Vec<u64>, bool),
    Text(Option<&'a Column>),
    Addr(Cells<'a, IpAddr>),
    Port(Cells<'a, u16>),
    Bool(Cells<'a, bool>),
    Count(Cells<'a, u64>),
    Derived(fn(&Row) -> Option<&'static str>),
}

impl<'a> Category<'a> {
    /// The values of a column, by how they are kept.
    fn of(column: Option<&'a Column>, is_service: bool) -> Self {
        let Some(kept) = column else { return Self::Text(None) };
        if kept.as_addr().is_some() {
            Self::Addr(cells(column, Column::as_addr))
        } else if kept.as_port().is_some() {
            Self::Port(cells(column, Column::as_port))
        } else if kept.as_count().is_some() {
            Self::Count(cells(column, Column::as_count))
        } else if as_bool(kept).is_some() {
            Self::Bool(cells(column, as_bool))
        } else if kept.as_dictionary().is_some() {
            Self::codes(codes(column), is_service)
        } else {
            Self::Text(column)
        }
    }

    fn codes(codes: Codes<'a>, is_service: bool) -> Self {
        let hash = |bytes: &[u8]| match is_service {
            true => HyperLogLog::hash(&canonical_service(bytes)),
            false => HyperLogLog::hash(bytes),
        };
        let hashes = codes.values().map(hash).collect();
        Self::Codes(codes, hashes, is_service)
    }

    /// True if the log has the column.
    pub(super) fn is_there(&self) -> bool {
        match self {
            Self::Codes(codes, ..) => codes.is_there(),
            Self::Text(column) => column.is_some(),
            Self::Addr(cells) => cells.is_there(),
            Self::Port(cells) => cells.is_there(),
            Self::Bool(cells) => cells.is_there(),
            Self::Count(cells) => cells.is_there(),
            Self::Derived(_) => true,
        }
    }

    /// A hash of the row's value; `None` if it is unset.
    pub(super) fn hash(&self, row_idx: usize, row: &Row) -> Option<u64> {
        match self {
            Self::Codes(codes, hashes, _) => codes.get(row_idx).map(|code| hashes[code]),
            Self::Text(column) => column.and_then(|column| column.bytes(row_idx)).map(HyperLogLog::hash),
            Self::Addr(cells) => cells.get(row_idx).map(super::cells::addr_hash),
            Self::Port(cells) => cells.get(row_idx).map(|port| HyperLogLog::mix(u64::from(port))),
            Self::Bool(cells) => cells.get(row_idx).map(|one| HyperLogLog::mix(u64::from(one))),
            Self::Count(cells) => cells.get(row_idx).map(HyperLogLog::mix),
            Self::Derived(of) => of(row).map(|name| HyperLogLog::hash(name.as_bytes())),
        }
    }

    /// The row's value in words.
    pub(super) fn text(&self, row_idx: usize, row: &Row) -> Arc<str> {
        let text = match self {
            Self::Codes(codes, _, true) => {
                codes.get(row_idx).map(|code| crate::session::readable(&canonical_service(codes.value(code))))
            }
            Self::Codes(codes, ..) => {
                codes.get(row_idx).map(|code| crate::session::readable(codes.value(code)))
            }
            Self::Text(column) => {
                column.and_then(|column| column.bytes(row_idx)).map(crate::session::readable)
            }
            Self::Addr(cells) => cells.get(row_idx).map(|addr| addr.to_string()),
            Self::Port(cells) => cells.get(row_idx).map(|port| port.to_string()),
            Self::Bool(cells) => cells.get(row_idx).map(|one| if one { "T" } else { "F" }.to_owned()),
            Self::Count(cells) => cells.get(row_idx).map(|count| count.to_string()),
            Self::Derived(of) => of(row).map(str::to_owned),
        };
        text.map_or_else(|| Arc::from(super::parts::NO_SERVICE), Arc::from)
    }
}

/// A hash of a row's values in some columns.
pub(super) fn group_hash(categories: &[Category<'_>], by: &[usize], row_idx: usize, row: &Row) -> u64 {
    let add = |hash: u64, place: &usize| {
        let value = categories[*place].hash(row_idx, row).unwrap_or(0x5bd1_e995);
        HyperLogLog::mix(hash.rotate_left(23) ^ value)
    };
    by.iter().fold(0, add)
}
