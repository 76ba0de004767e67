//! A log as a table of text cells: a second pair of eyes that shares nothing with the writer.

use std::sync::LazyLock;

use bro_synth::{Outputs, Scenario, Truth};

/// The rows of one log.
pub(crate) struct Table {
    fields: Vec<String>,
    rows: Vec<Vec<String>>,
}

/// One row, whose cells are found by name.
#[derive(Clone, Copy)]
pub(crate) struct Row<'a> {
    fields: &'a [String],
    cells: &'a [String],
}

impl Table {
    pub(crate) fn new(log: &[u8]) -> Self {
        let log = std::str::from_utf8(log).expect("synthetic logs are ASCII");
        let cells = |line: &str| line.split('\t').map(str::to_owned).collect::<Vec<_>>();
        let header = log.lines().find_map(|line| line.strip_prefix("#fields\t")).expect("a header");
        let rows = log.lines().filter(|line| !line.starts_with('#')).map(cells).collect();
        Self { fields: cells(header), rows }
    }

    pub(crate) fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.rows.iter().map(|cells| Row { fields: &self.fields, cells })
    }

    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }
}

impl<'a> Row<'a> {
    pub(crate) fn get(self, field: &str) -> &'a str {
        let idx = self.fields.iter().position(|name| name == field).unwrap_or_else(|| panic!("no {field}"));
        &self.cells[idx]
    }

    pub(crate) fn is_unset(self, field: &str) -> bool {
        self.get(field) == "-"
    }

    pub(crate) fn count(self, field: &str) -> u64 {
        self.get(field).parse().unwrap_or_else(|_| panic!("{field} is {}", self.get(field)))
    }

    /// A time or interval in microseconds; 0 where it is unset.
    pub(crate) fn micros(self, field: &str) -> i64 {
        let text = self.get(field);
        if text == "-" { 0 } else { text.replace('.', "").parse().expect("six digits behind the point") }
    }

    /// Originator and responder.
    pub(crate) fn id(self) -> [&'a str; 4] {
        ["id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p"].map(|field| self.get(field))
    }
}

/// Every log of a scenario, and its truth.
pub(crate) struct Logs {
    pub(crate) conn: Table,
    pub(crate) http: Table,
    pub(crate) ssl: Table,
    pub(crate) dns: Table,
    pub(crate) truth_log: Table,
    pub(crate) actors_log: Table,
    pub(crate) truth: Truth,
}

impl Logs {
    pub(crate) fn of(scenario: &Scenario) -> Self {
        let (mut conn, mut http, mut ssl) = (Vec::new(), Vec::new(), Vec::new());
        let (mut dns, mut truth_log, mut actors) = (Vec::new(), Vec::new(), Vec::new());
        let outputs = Outputs {
            conn: Some(&mut conn),
            http: Some(&mut http),
            ssl: Some(&mut ssl),
            dns: Some(&mut dns),
            truth: Some(&mut truth_log),
            actors: Some(&mut actors),
        };
        let truth = scenario.write(outputs).expect("memory takes everything");
        let [conn, http, ssl, dns, truth_log, actors_log] =
            [conn, http, ssl, dns, truth_log, actors].map(|log| Table::new(&log));
        Self { conn, http, ssl, dns, truth_log, actors_log, truth }
    }
}

/// The small office and the small study of seed 1, made once for all tests.
pub(crate) static LOGS: LazyLock<[Logs; 2]> =
    LazyLock::new(|| [small_office(1), small_study(1)].map(|scenario| Logs::of(&scenario)));

/// A small office with everything planted.
pub(crate) fn small_office(seed: u64) -> Scenario {
    Scenario { n_hosts: 12, n_sites: 200, ..Scenario::office_day(seed) }
}

/// A small study on a Monday morning, the timers of every law.
pub(crate) fn small_study(seed: u64) -> Scenario {
    let study = Scenario::beacon_study(seed, 2.0, 8);
    let morning = study.start + 9 * 3_600 * 1_000_000;
    Scenario { start: morning, n_hosts: 15, n_sites: 100, ..study }
}
