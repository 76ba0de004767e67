use super::{HttpColumns, HttpMethod, HttpPort, HttpRequest, StatusClass};
use crate::LogHistogram;
use crate::survey::category_columns;
use bro_log::Batch;
use std::collections::{BTreeMap, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};

/// What an http.log holds, in so far as features depend on it. Every part is a count.
#[derive(Debug, Clone, Default)]
pub(crate) struct HttpSurvey {
    n_rows: u64,
    methods: [u64; HttpMethod::NAMES.len()],
    statuses: [u64; StatusClass::NAMES.len()],
    ports: [u64; HttpPort::NAMES.len()],
    mime_types: BTreeMap<Vec<u8>, u64>,
    n_without_mime_type: u64,
    hosts: Rarity,
    user_agents: Rarity,
    numbers: [LogHistogram; N_NUMBERS],
}

const N_NUMBERS: usize = 6;
const NUMBERS: [&str; N_NUMBERS] =
    ["request_body_len", "response_body_len", "trans_depth", "uri_len", "host_len", "user_agent_len"];

/// Most distinct types that are told apart.
const MOST_MIME_TYPES: usize = 1024;

/// How many rows share each text, by its hash; a text met after the limit counts as met once.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rarity {
    counts: HashMap<u64, u64>,
    n_rows: u64,
}

impl Rarity {
    /// Most distinct texts that are counted: at most 3 MiB.
    const LIMIT: usize = 1 << 16;

    fn insert(&mut self, text: Option<&[u8]>) {
        self.n_rows += 1;
        self.add(hash(text), 1);
    }

    fn add(&mut self, hash: u64, n: u64) {
        if self.counts.len() < Self::LIMIT || self.counts.contains_key(&hash) {
            *self.counts.entry(hash).or_default() += n;
        }
    }

    fn merge(&mut self, other: &Self) {
        self.n_rows += other.n_rows;
        let mut theirs: Vec<_> = other.counts.iter().collect();
        theirs.sort_unstable();
        theirs.into_iter().for_each(|(hash, n)| self.add(*hash, *n));
    }

    /// Rows with that text.
    pub(crate) fn n_rows_with(&self, text: Option<&[u8]>) -> u64 {
        self.counts.get(&hash(text)).copied().unwrap_or(1)
    }

    /// −ln of the share of rows with that text.
    pub(crate) fn of(&self, text: Option<&[u8]>) -> f64 {
        (self.n_rows.max(1) as f64 / self.n_rows_with(text) as f64).ln()
    }
}

fn hash(text: Option<&[u8]>) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

impl HttpSurvey {
    /// Surveys the given rows of a batch.
    pub(crate) fn of_rows(batch: &Batch<'_>, rows: impl Iterator<Item = usize>) -> Self {
        let columns = HttpColumns::of(batch);
        let mut survey = Self::default();
        rows.for_each(|row| survey.insert(&columns.request(row)));
        survey
    }

    /// Counts one row.
    pub(crate) fn insert(&mut self, request: &HttpRequest<'_>) {
        self.n_rows += 1;
        self.methods[request.method_class().index()] += 1;
        self.statuses[request.status_class().index()] += 1;
        self.ports[request.port_class().index()] += 1;
        match request.resp_mime_type {
            Some(mime_type) => self.add_mime_type(mime_type, 1),
            None => self.n_without_mime_type += 1,
        }
        self.hosts.insert(request.host);
        self.user_agents.insert(request.user_agent);
        let numbers = [
            request.request_body_len,
            request.response_body_len,
            request.trans_depth,
            Some(request.uri_len() as u64),
            Some(request.host_len() as u64),
            Some(request.user_agent_len() as u64),
        ];
        for (sketch, number) in self.numbers.iter_mut().zip(numbers) {
            if let Some(number) = number {
                sketch.insert(number);
            }
        }
    }

    fn add_mime_type(&mut self, mime_type: &[u8], n: u64) {
        let is_known = self.mime_types.contains_key(mime_type);
        let mime_type =
            if is_known || self.mime_types.len() < MOST_MIME_TYPES { mime_type } else { b"other" };
        *self.mime_types.entry(mime_type.to_vec()).or_default() += n;
    }

    /// Adds what `other` has seen.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.n_rows += other.n_rows;
        let counts = [
            (&mut self.methods[..], &other.methods[..]),
            (&mut self.statuses, &other.statuses),
            (&mut self.ports, &other.ports),
        ];
        for (mine, theirs) in counts {
            mine.iter_mut().zip(theirs).for_each(|(mine, theirs)| *mine += theirs);
        }
        other.mime_types.iter().for_each(|(mime_type, n)| self.add_mime_type(mime_type, *n));
        self.n_without_mime_type += other.n_without_mime_type;
        self.hosts.merge(&other.hosts);
        self.user_agents.merge(&other.user_agents);
        self.numbers.iter_mut().zip(&other.numbers).for_each(|(mine, theirs)| mine.merge(theirs));
    }

    pub(crate) fn n_rows(&self) -> u64 {
        self.n_rows
    }

    pub(crate) fn hosts(&self) -> &Rarity {
        &self.hosts
    }

    pub(crate) fn user_agents(&self) -> &Rarity {
        &self.user_agents
    }

    /// The median of a number where it is set.
    pub(crate) fn typical(&self, number: &str) -> Option<f64> {
        self.numbers[NUMBERS.iter().position(|name| *name == number)?].median()
    }

    /// Number of rows in the category of a one-hot column.
    pub(crate) fn n_rows_of(&self, family: &str, category: &str) -> Option<u64> {
        let of = |names: &[&str], counts: &[u64]| {
            names.iter().position(|name| *name == category).map_or(0, |index| counts[index])
        };
        Some(match family {
            "method" => of(&HttpMethod::NAMES, &self.methods),
            "status_class" => of(&StatusClass::NAMES, &self.statuses),
            "port" => of(&HttpPort::NAMES, &self.ports),
            "resp_mime_type" => self.n_rows_of_mime_type(category),
            _ => return None,
        })
    }

    fn n_rows_of_mime_type(&self, category: &str) -> u64 {
        let columns = self.mime_type_columns();
        let place = columns.iter().position(|column| column == category);
        let of = |mime_type: &[u8]| crate::survey::category_column(&columns, Some(mime_type));
        let counts = self.mime_types.iter().filter(|(mime_type, _)| Some(of(mime_type)) == place);
        let without = if place == Some(columns.len() - 2) { self.n_without_mime_type } else { 0 };
        counts.map(|(_, n)| n).sum::<u64>() + without
    }

    /// The types that get a column of their own, by name, then `(none)` and `other`.
    pub(crate) fn mime_type_columns(&self) -> Vec<String> {
        category_columns(&self.mime_types, self.n_rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn merged_parts_equal_the_whole_and_shares_are_counted() {
        let agents: Vec<String> = (0..300).map(|i| format!("agent {}", i % 7)).collect();
        let (mut whole, mut left, mut right) =
            (HttpSurvey::default(), HttpSurvey::default(), HttpSurvey::default());
        for (i, agent) in agents.iter().enumerate() {
            let request = HttpRequest {
                method: Some(if i % 3 == 0 { b"POST" } else { b"GET" }),
                user_agent: Some(agent.as_bytes()),
                resp_mime_type: (i % 2 == 0).then_some(b"text/html"),
                request_body_len: Some(i as u64),
                ..HttpRequest::default()
            };
            whole.insert(&request);
            if i < 100 { left.insert(&request) } else { right.insert(&request) }
        }
        left.merge(&right);
        assert_eq!(left.n_rows_of("method", "POST"), Some(100));
        assert_eq!(left.n_rows_of("resp_mime_type", "(none)"), Some(150));
        assert_eq!(left.typical("request_body_len"), whole.typical("request_body_len"));
        assert_eq!(left.user_agents.n_rows_with(Some(b"agent 0")), 43);
        assert_eq!(left.user_agents.of(Some(b"agent 0")), (300.0_f64 / 43.0).ln());
        assert_eq!(left.mime_type_columns(), ["text/html", "(none)", "other"]);
    }

    #[test]
    fn endless_texts_do_not_grow_the_survey_without_bound() {
        let mut rarity = Rarity::default();
        (0..Rarity::LIMIT + 100).for_each(|i| rarity.insert(Some(i.to_string().as_bytes())));
        assert_eq!(rarity.counts.len(), Rarity::LIMIT);
        assert_eq!(rarity.n_rows_with(Some(b"never seen")), 1);
    }
}
