use super::{OTHER, category_column, category_columns};
use crate::columns::FlowColumns;
use crate::{ConnState, Flow, LogHistogram, Medians, Proto, canonical_service};
use bro_log::Batch;
use std::collections::BTreeMap;

/// What a conn.log holds, in so far as features depend on it.
#[derive(Debug, Clone, Default)]
pub(crate) struct ConnSurvey {
    n_rows: u64,
    groups: BTreeMap<Group, Typical>,
    services: BTreeMap<Vec<u8>, u64>,
    numbers: [LogHistogram; N_NUMBERS],
}

/// Protocol, service (`None` if unset) and state.
type Group = (Proto, Option<Vec<u8>>, usize);

/// Protocol, code of the service and state.
type BatchGroup = (Proto, Option<usize>, usize);

/// The groups of one batch, whose services are known by code.
struct BatchGroups {
    /// By protocol, service and state: 1 + the place in `groups`, or 0.
    places: Vec<u32>,
    groups: Vec<(BatchGroup, Typical)>,
}

impl BatchGroups {
    fn new(n_services: usize) -> Self {
        let n_places = (n_services + 1) * Proto::ALL.len() * ConnState::COUNT;
        Self { places: vec![0; n_places], groups: Vec::new() }
    }

    fn of(&mut self, flow: &Flow, service: Option<usize>) -> &mut Typical {
        let (proto, state) = (flow.proto as usize, flow.conn_state.index());
        let column = service.map_or(0, |code| code + 1);
        let place = &mut self.places[(column * Proto::ALL.len() + proto) * ConnState::COUNT + state];
        if *place == 0 {
            self.groups.push(((flow.proto, service, state), Typical::default()));
            *place = self.groups.len() as u32;
        }
        &mut self.groups[*place as usize - 1].1
    }
}

#[derive(Debug, Clone, Default)]
struct Typical {
    n_rows: u64,
    duration: LogHistogram,
    orig_bytes: LogHistogram,
    resp_bytes: LogHistogram,
}

const N_NUMBERS: usize = 8;
const NUMBERS: [&str; N_NUMBERS] = [
    "duration",
    "orig_bytes",
    "resp_bytes",
    "missed_bytes",
    "orig_pkts",
    "orig_ip_bytes",
    "resp_pkts",
    "resp_ip_bytes",
];

impl ConnSurvey {
    /// Most distinct services that are told apart.
    pub(crate) const MAX_SERVICES: usize = 1024;

    /// Surveys the given rows of a batch.
    pub(crate) fn of_rows(batch: &Batch<'_>, rows: impl Iterator<Item = usize>) -> Self {
        let columns = FlowColumns::of(batch);
        let services: Vec<_> = columns.services().map(canonical_service).collect();
        let mut survey = Self::default();
        let mut groups = BatchGroups::new(services.len());
        for row in rows {
            let flow = columns.flow(row);
            survey.insert_numbers(&flow);
            groups.of(&flow, columns.service(row)).insert(&flow);
        }
        for ((proto, service, state), typical) in &groups.groups {
            let service = service.map(|code| &*services[code]).filter(|service| !service.is_empty());
            survey.merge_group((*proto, service.map(<[u8]>::to_vec), *state), typical);
        }
        survey
    }

    /// Counts one row.
    pub(crate) fn insert(&mut self, flow: &Flow, service: Option<&[u8]>) {
        self.insert_numbers(flow);
        let mut typical = Typical::default();
        typical.insert(flow);
        let service = service.map(|service| canonical_service(service).into_owned());
        self.merge_group((flow.proto, service, flow.conn_state.index()), &typical);
    }

    fn insert_numbers(&mut self, flow: &Flow) {
        self.n_rows += 1;
        let numbers = [
            flow.duration.map(micros),
            flow.orig_bytes,
            flow.resp_bytes,
            flow.missed_bytes,
            flow.orig_pkts,
            flow.orig_ip_bytes,
            flow.resp_pkts,
            flow.resp_ip_bytes,
        ];
        for (sketch, number) in self.numbers.iter_mut().zip(numbers) {
            if let Some(number) = number {
                sketch.insert(number);
            }
        }
    }

    fn merge_group(&mut self, group: Group, typical: &Typical) {
        let (proto, mut service, state) = group;
        if let Some(name) = &service {
            let is_known = self.services.contains_key(name);
            if !is_known && self.services.len() >= Self::MAX_SERVICES {
                service = Some(OTHER.into());
            }
        }
        if let Some(name) = &service {
            *self.services.entry(name.clone()).or_default() += typical.n_rows;
        }
        self.groups.entry((proto, service, state)).or_default().merge(typical);
    }

    /// Adds what `other` has seen.
    pub(crate) fn merge(&mut self, other: Self) {
        self.n_rows += other.n_rows;
        for (mine, theirs) in self.numbers.iter_mut().zip(&other.numbers) {
            mine.merge(theirs);
        }
        for (group, typical) in other.groups {
            self.merge_group(group, &typical);
        }
    }

    pub(crate) fn n_rows(&self) -> u64 {
        self.n_rows
    }

    /// The median of a number where it is set, a duration in seconds.
    pub(crate) fn typical(&self, number: &str) -> Option<f64> {
        let index = NUMBERS.iter().position(|name| *name == number)?;
        let median = self.numbers[index].median()?;
        Some(if number == "duration" { median / 1e6 } else { median })
    }

    /// Number of rows in the category of a one-hot column.
    pub(crate) fn n_rows_of(&self, family: &str, category: &str) -> Option<u64> {
        let columns = self.service_columns();
        let matches = |group: &Group| match family {
            "proto" => group.0.name() == category,
            "conn_state" => ConnState::NAMES[group.2] == category,
            "service" => columns[category_column(&columns, group.1.as_deref())] == category,
            _ => false,
        };
        let is_known = matches!(family, "proto" | "conn_state" | "service");
        let n_rows = self.groups.iter().filter(|(group, _)| matches(group)).map(|(_, t)| t.n_rows).sum();
        is_known.then_some(n_rows)
    }

    /// The services that get a column of their own, by name, then `(none)` and `other`.
    pub(crate) fn service_columns(&self) -> Vec<String> {
        category_columns(&self.services, self.n_rows)
    }

    /// Medians for every protocol, service column and state; where a group has none, those of the protocol and
    /// state, of the protocol, of all rows.
    pub(crate) fn medians(&self, columns: &[String]) -> GroupMedians {
        let mut sums: BTreeMap<[Option<usize>; 3], Typical> = BTreeMap::new();
        for ((proto, service, state), typical) in &self.groups {
            let (proto, service) = (*proto as usize, category_column(columns, service.as_deref()));
            let levels = [
                [Some(proto), Some(service), Some(*state)],
                [Some(proto), None, Some(*state)],
                [Some(proto), None, None],
                [None; 3],
            ];
            levels.iter().for_each(|level| sums.entry(*level).or_default().merge(typical));
        }
        let mut medians = Vec::with_capacity(Proto::ALL.len() * columns.len() * ConnState::COUNT);
        for proto in 0..Proto::ALL.len() {
            for service in 0..columns.len() {
                for state in 0..ConnState::COUNT {
                    let levels = [
                        [Some(proto), Some(service), Some(state)],
                        [Some(proto), None, Some(state)],
                        [Some(proto), None, None],
                        [None; 3],
                    ];
                    let parts: Vec<_> = levels.iter().filter_map(|level| sums.get(level)).collect();
                    medians.push(first_medians(&parts));
                }
            }
        }
        GroupMedians { medians, n_services: columns.len() }
    }
}

fn micros(duration: i64) -> u64 {
    u64::try_from(duration).unwrap_or(0)
}

/// The median of each number in the first of the groups that has one.
fn first_medians(groups: &[&Typical]) -> Medians {
    let first =
        |sketch: fn(&Typical) -> &LogHistogram| groups.iter().find_map(|typical| sketch(typical).median());
    Medians {
        duration: first(|t| &t.duration).unwrap_or(0.0),
        orig_bytes: first(|t| &t.orig_bytes).unwrap_or(0.0),
        resp_bytes: first(|t| &t.resp_bytes).unwrap_or(0.0),
    }
}

impl Typical {
    fn insert(&mut self, flow: &Flow) {
        self.n_rows += 1;
        if let Some(duration) = flow.duration {
            self.duration.insert(micros(duration));
        }
        if let Some(bytes) = flow.orig_bytes {
            self.orig_bytes.insert(bytes);
        }
        if let Some(bytes) = flow.resp_bytes {
            self.resp_bytes.insert(bytes);
        }
    }

    fn merge(&mut self, other: &Self) {
        self.n_rows += other.n_rows;
        self.duration.merge(&other.duration);
        self.orig_bytes.merge(&other.orig_bytes);
        self.resp_bytes.merge(&other.resp_bytes);
    }
}

/// Medians by protocol, service column and state.
#[derive(Debug, Clone)]
pub(crate) struct GroupMedians {
    medians: Vec<Medians>,
    n_services: usize,
}

impl GroupMedians {
    pub(crate) fn get(&self, proto: Proto, service: usize, state: ConnState) -> Medians {
        self.medians[(proto as usize * self.n_services + service) * ConnState::COUNT + state.index()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flow(proto: Proto, state: &[u8], orig_bytes: u64) -> Flow {
        Flow { proto, conn_state: ConnState::parse(state), orig_bytes: Some(orig_bytes), ..Flow::default() }
    }

    #[test]
    fn medians_come_from_the_narrowest_group_that_has_any() {
        let mut survey = ConnSurvey::default();
        survey.insert(&flow(Proto::Tcp, b"SF", 10), Some(b"http"));
        survey.insert(&flow(Proto::Tcp, b"SF", 50), Some(b"ssl"));
        survey.insert(&flow(Proto::Udp, b"SF", 90), None);
        let columns = survey.service_columns();
        let medians = survey.medians(&columns);
        let of = |proto, service: Option<&[u8]>, state: &[u8]| {
            medians.get(proto, category_column(&columns, service), ConnState::parse(state)).orig_bytes
        };
        assert_eq!(of(Proto::Tcp, Some(b"http"), b"SF"), 10.0);
        assert_eq!(of(Proto::Tcp, None, b"SF"), 10.0, "no tcp row without service: all of tcp in SF");
        assert_eq!(of(Proto::Udp, Some(b"http"), b"S0"), 90.0, "all of udp");
        assert_eq!(of(Proto::Icmp, None, b"OTH"), 50.0, "all rows");
    }

    #[test]
    fn merged_parts_equal_the_whole() {
        let rows: Vec<(Flow, Option<&[u8]>)> = (0..500)
            .map(|i| {
                let service: Option<&[u8]> = [None, Some(&b"dns"[..]), Some(b"b,a"), Some(b"a,b")][i % 4];
                (flow(Proto::ALL[i % 3], b"SF", (i * i) as u64), service)
            })
            .collect();
        let (mut whole, mut left, mut right) =
            (ConnSurvey::default(), ConnSurvey::default(), ConnSurvey::default());
        for (i, (flow, service)) in rows.iter().enumerate() {
            whole.insert(flow, *service);
            if i < 123 { left.insert(flow, *service) } else { right.insert(flow, *service) }
        }
        left.merge(right);
        assert_eq!(format!("{left:?}"), format!("{whole:?}"));
        assert_eq!(whole.service_columns(), ["a,b", "dns", "(none)", "other"]);
        assert_eq!(whole.n_rows_of("service", "a,b"), Some(250));
    }

    #[test]
    fn endless_services_do_not_grow_the_survey_without_bound() {
        let mut survey = ConnSurvey::default();
        for i in 0..3 * ConnSurvey::MAX_SERVICES {
            survey.insert(&flow(Proto::Tcp, b"SF", 1), Some(format!("service-{i}").as_bytes()));
        }
        assert!(survey.groups.len() <= ConnSurvey::MAX_SERVICES + 1);
        assert_eq!(survey.n_rows_of("service", "other"), Some(survey.n_rows));
    }
}
