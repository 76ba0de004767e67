use super::activity::{Bins, Moment};
use super::cells::{Cells, Keys, addr_hash};
use super::direction::{Direction, is_private};
use super::layout::{Layout, group_hash};
use super::merge::{Capped, Given, Merge};
use super::numbers::{
    DURATION, HOST_LEN, MISSED_BYTES, N_FAMILIES, N_NUMBERS, N_STATES, ORIG_BYTES, RESP_BYTES, URI_LEN,
    n_families,
};
use super::view::{Row, View};
use bro_features::stats::{ExactCoMoments, HyperLogLog};
use bro_features::{LogHistogram, LogKind, Medians, Proto};
use bro_log::Batch;
use std::collections::HashMap;
use std::hash::BuildHasherDefault;
use std::sync::Arc;

/// Protocol, service (`None` if unset) and state; or method, type of content and class of the status.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct GroupKey {
    pub(super) family: u8,
    pub(super) service: Option<Arc<str>>,
    pub(super) state: u8,
}

/// What the rows of one protocol, service and state hold.
#[derive(Debug, Clone, Default)]
pub(super) struct Group {
    pub(super) n_rows: u64,
    pub(super) n_failed: u64,
    pub(super) numbers: [LogHistogram; N_NUMBERS],
    pub(super) sums: [u128; N_NUMBERS],
}

impl Merge for Group {
    fn merge(&mut self, other: Self) {
        self.n_rows += other.n_rows;
        self.n_failed += other.n_failed;
        for (mine, theirs) in self.numbers.iter_mut().zip(&other.numbers) {
            mine.merge(theirs);
        }
        for (mine, theirs) in self.sums.iter_mut().zip(other.sums) {
            *mine += theirs;
        }
    }
}

/// Rows and bytes of a direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Traffic {
    pub(super) n_rows: u64,
    pub(super) n_failed: u64,
    pub(super) sent: u64,
    pub(super) received: u64,
}

/// What speaks for or against the sensor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Quality {
    pub(super) n_tcp: u64,
    pub(super) n_tcp_midstream: u64,
    pub(super) n_with_gaps: u64,
    pub(super) missed_bytes: u64,
    pub(super) n_flipped: u64,
    pub(super) n_bad_checksums_only: u64,
    pub(super) n_without_time: u64,
    pub(super) n_too_large: u64,
    /// Requests without a response, requests without a `Host`, responses without a request.
    pub(super) n_unanswered: u64,
    pub(super) n_without_host: u64,
    pub(super) n_without_request: u64,
}

/// A [`LogHistogram`] has a bin for each smaller value.
pub(super) const EXACT_BELOW: u64 = 128;

/// Most groups of protocol, service and state that are told apart.
const MOST_GROUPS: usize = 1_500;
const MOST_HISTORIES: usize = 4_096;
const MOST_SERVICE_PORTS: usize = 16_384;
const MOST_BINS: usize = 3_000;

/// Everything the first pass counts; parts merge in any order.
#[derive(Debug)]
pub(super) struct Tally {
    pub(super) kind: LogKind,
    pub(super) n_rows: u64,
    pub(super) first: i64,
    pub(super) last: i64,
    pub(super) end: i64,
    pub(super) groups: Capped<GroupKey, Group>,
    /// Raw numbers by protocol and by which of them are set.
    pub(super) raw: HashMap<(u8, u8), ExactCoMoments, BuildHasherDefault<Given>>,
    pub(super) hosts: [HyperLogLog; 2],
    pub(super) pairs: HyperLogLog,
    /// Distinct values of each number from 128 on; smaller ones have a bin each.
    pub(super) distinct: [HyperLogLog; N_NUMBERS],
    pub(super) n_hosts: [u64; 2],
    /// Rows by originator's and responder's port, without ICMP.
    pub(super) ports: [Vec<u64>; 2],
    /// Unset, false, true of `local_orig` and `local_resp`.
    pub(super) locals: [[u64; 3]; 2],
    pub(super) histories: Capped<Arc<str>, u64>,
    pub(super) n_histories: u64,
    /// Unset, empty, filled `tunnel_parents`.
    pub(super) tunnels: [u64; 3],
    pub(super) service_ports: Capped<(Arc<str>, u16), u64>,
    pub(super) activity: Bins<Moment>,
    pub(super) directions: [Traffic; Direction::ALL.len()],
    pub(super) quality: Quality,
    /// By protocol: what the rows themselves say of their gaps.
    pub(super) known: [[LogHistogram; N_NUMBERS]; N_FAMILIES],
    /// By protocol: the numbers of rows that do not say so.
    pub(super) unknown: [[LogHistogram; N_NUMBERS]; N_FAMILIES],
    /// Distinct groups of each grouping.
    pub(super) grouped: Vec<HyperLogLog>,
    /// Rows in which each column that rows are grouped by is set; `None` if no log has it.
    pub(super) n_set: Vec<Option<u64>>,
}

impl Default for Tally {
    fn default() -> Self {
        Self {
            kind: LogKind::default(),
            n_rows: 0,
            first: i64::MAX,
            last: i64::MIN,
            end: i64::MIN,
            groups: Capped::new(MOST_GROUPS),
            raw: HashMap::default(),
            hosts: Default::default(),
            pairs: HyperLogLog::default(),
            distinct: Default::default(),
            n_hosts: [0; 2],
            ports: [vec![0; 1 << 16], vec![0; 1 << 16]],
            locals: [[0; 3]; 2],
            histories: Capped::new(MOST_HISTORIES),
            n_histories: 0,
            tunnels: [0; 3],
            service_ports: Capped::new(MOST_SERVICE_PORTS),
            activity: Bins::new(MOST_BINS, 1),
            directions: Default::default(),
            quality: Quality::default(),
            known: Default::default(),
            unknown: Default::default(),
            grouped: Vec::new(),
            n_set: Vec::new(),
        }
    }
}

impl Merge for Tally {
    fn merge(&mut self, other: Self) {
        self.kind = other.kind;
        self.n_rows += other.n_rows;
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
        self.end = self.end.max(other.end);
        self.groups.absorb(other.groups);
        for (key, moments) in other.raw {
            self.raw.entry(key).or_insert_with(|| ExactCoMoments::new(N_NUMBERS)).merge(&moments);
        }
        let distinct = self.hosts.iter_mut().chain(&mut self.distinct);
        distinct.zip(other.hosts.iter().chain(&other.distinct)).for_each(|(mine, theirs)| mine.merge(theirs));
        self.pairs.merge(&other.pairs);
        let counts = self.ports.iter_mut().flatten().chain(self.locals.iter_mut().flatten());
        let counts = counts.chain(&mut self.tunnels).chain(&mut self.n_hosts);
        let others = other.ports.iter().flatten().chain(other.locals.iter().flatten());
        let others = others.chain(&other.tunnels).chain(&other.n_hosts);
        counts.zip(others).for_each(|(mine, theirs)| *mine += theirs);
        self.histories.absorb(other.histories);
        self.n_histories += other.n_histories;
        self.service_ports.absorb(other.service_ports);
        self.activity.merge(other.activity);
        for (mine, theirs) in self.directions.iter_mut().zip(other.directions) {
            mine.n_rows += theirs.n_rows;
            mine.n_failed += theirs.n_failed;
            mine.sent += theirs.sent;
            mine.received += theirs.received;
        }
        self.quality.merge(other.quality);
        let numbers = self.known.iter_mut().chain(&mut self.unknown).flatten();
        let others = other.known.iter().chain(&other.unknown).flatten();
        numbers.zip(others).for_each(|(mine, theirs)| mine.merge(theirs));
        self.make_room(other.grouped.len(), other.n_set.len());
        self.grouped.iter_mut().zip(&other.grouped).for_each(|(mine, theirs)| mine.merge(theirs));
        for (mine, theirs) in self.n_set.iter_mut().zip(other.n_set) {
            *mine = mine.map_or(theirs, |n| Some(n + theirs.unwrap_or(0)));
        }
    }
}

impl Quality {
    fn merge(&mut self, other: Self) {
        self.n_tcp += other.n_tcp;
        self.n_tcp_midstream += other.n_tcp_midstream;
        self.n_with_gaps += other.n_with_gaps;
        self.missed_bytes = self.missed_bytes.saturating_add(other.missed_bytes);
        self.n_flipped += other.n_flipped;
        self.n_bad_checksums_only += other.n_bad_checksums_only;
        self.n_without_time += other.n_without_time;
        self.n_too_large += other.n_too_large;
        self.n_unanswered += other.n_unanswered;
        self.n_without_host += other.n_without_host;
        self.n_without_request += other.n_without_request;
    }

    fn insert(&mut self, row: &Row, history: Option<HistoryFacts>) {
        self.n_without_time += u64::from(row.ts.is_none());
        if row.kind == LogKind::Http {
            self.n_unanswered += u64::from(row.status.is_none());
            self.n_without_host += u64::from(row.numbers.get(HOST_LEN).is_none());
            self.n_without_request += u64::from(row.numbers.get(URI_LEN).is_none());
            return;
        }
        if row.proto == Proto::Tcp {
            self.n_tcp += 1;
            self.n_tcp_midstream += u64::from(row.state.name() == "OTH");
        }
        let missed = row.numbers.or_zero(MISSED_BYTES);
        self.n_with_gaps += u64::from(missed > 0);
        self.missed_bytes = self.missed_bytes.saturating_add(missed);
        if let Some(facts) = history {
            self.n_flipped += u64::from(facts.is_flipped);
            self.n_bad_checksums_only += u64::from(facts.is_bad_checksums_only);
        }
    }
}

/// What a `history` says about the sensor.
#[derive(Debug, Clone, Copy)]
struct HistoryFacts {
    is_flipped: bool,
    is_bad_checksums_only: bool,
}

impl HistoryFacts {
    fn of(history: &[u8]) -> Self {
        Self {
            is_flipped: history.contains(&b'^'),
            is_bad_checksums_only: !history.is_empty() && history.iter().all(|letter| b"Cc".contains(letter)),
        }
    }
}

/// A batch's codes in words.
struct Names {
    services: Vec<(Arc<str>, u64)>,
    histories: Vec<(Arc<str>, HistoryFacts)>,
}

impl Names {
    fn of(view: &View<'_>) -> Self {
        let text = |bytes: &[u8]| match std::str::from_utf8(bytes) {
            Ok(text) => Arc::from(text),
            Err(_) => Arc::from(bytes.escape_ascii().to_string()),
        };
        let service = |name: Arc<str>| {
            let hash = HyperLogLog::hash(name.as_bytes());
            (name, hash)
        };
        Self {
            services: view.services().map(service).collect(),
            histories: view.history.values().map(|bytes| (text(bytes), HistoryFacts::of(bytes))).collect(),
        }
    }
}

impl Tally {
    /// Counts the wanted rows of a batch.
    pub(super) fn insert(
        &mut self,
        batch: &Batch<'_>,
        layout: &Layout,
        rows: impl Iterator<Item = usize>,
        cells: &Cells,
    ) {
        let view = View::of(batch, layout);
        let categories = layout.categories(batch);
        self.kind = layout.kind;
        self.make_room(layout.groupings().len(), categories.len());
        for (n_set, _) in self.n_set.iter_mut().zip(&categories).filter(|(_, one)| one.is_there()) {
            n_set.get_or_insert(0);
        }
        let hosts: Vec<u64> = view.hosts().values().map(HyperLogLog::hash).collect();
        let names = Names::of(&view);
        let n_services = view.n_services() + 1;
        // Rows are gathered by group first, so that each group is looked up once.
        let mut members: Vec<Vec<u32>> = vec![Vec::new(); N_FAMILIES * n_services * N_STATES];
        let mut histories = vec![0_u64; view.history.n_values()];
        let mut service_ports: HashMap<(usize, u16), u64, BuildHasherDefault<Given>> = HashMap::default();
        for row_idx in rows {
            let row = view.row(row_idx);
            let service = row.service.map_or(0, |code| code + 1);
            let group =
                (usize::from(row.family_idx) * n_services + service) * N_STATES + usize::from(row.state_idx);
            members[group].push(row_idx as u32);
            let facts = row.history.map(|code| names.histories[code].1);
            if let Some(code) = row.history {
                histories[code] += 1;
            }
            if let (LogKind::Conn, Some(code), Some(port)) = (view.kind, row.service, row.resp_p) {
                *service_ports.entry((code, port)).or_default() += 1;
            }
            let host = view.hosts().get(row_idx).map_or(0, |code| hosts[code]);
            self.insert_row(&row, facts, host, cells);
            for (n_set, category) in self.n_set.iter_mut().zip(&categories) {
                if let (Some(n_set), Some(_)) = (n_set, category.hash(row_idx, &row)) {
                    *n_set += 1;
                }
            }
            for (grouping, by) in layout.groupings().iter().enumerate() {
                let hash = group_hash(&categories, by, row_idx, &row);
                self.grouped[grouping].insert(hash);
                cells.insert_group(grouping, hash);
            }
            if let Some(column) = view.tunnel {
                let kind = column
                    .bytes(row_idx)
                    .map_or(0, |text| if text.is_empty() || text == b"(empty)" { 1 } else { 2 });
                self.tunnels[kind] += 1;
            }
        }
        for (code, n) in histories.into_iter().enumerate().filter(|(_, n)| *n > 0) {
            let name = &names.histories[code].0;
            *self.histories.entry(HyperLogLog::hash(name.as_bytes()), name) += n;
            self.n_histories += n;
        }
        for ((code, port), n) in service_ports {
            let (name, hash) = &names.services[code];
            *self.service_ports.entry(HyperLogLog::mix(hash ^ u64::from(port)), &(name.clone(), port)) += n;
        }
        self.insert_groups(&view, &names, members, n_services);
    }

    fn make_room(&mut self, n_groupings: usize, n_columns: usize) {
        self.grouped.resize_with(n_groupings.max(self.grouped.len()), HyperLogLog::default);
        self.n_set.resize(n_columns.max(self.n_set.len()), None);
    }

    fn insert_groups(&mut self, view: &View<'_>, names: &Names, members: Vec<Vec<u32>>, n_services: usize) {
        for (group, rows) in members.into_iter().enumerate().filter(|(_, rows)| !rows.is_empty()) {
            let state = (group % N_STATES) as u8;
            let service = group / N_STATES % n_services;
            let family = (group / N_STATES / n_services) as u8;
            let (service, hash) = match service.checked_sub(1).map(|code| &names.services[code]) {
                Some((name, hash)) => (Some(name.clone()), *hash),
                None => (None, 0),
            };
            let key = GroupKey { family, service, state };
            let group = self.groups.entry(hash, &key);
            let mut raw: Option<(u8, &mut ExactCoMoments)> = None;
            for row_idx in rows {
                let row = view.row(row_idx as usize);
                group.insert(&row);
                if row.numbers.present() != u8::MAX {
                    fill(
                        view,
                        &row,
                        &mut self.known[usize::from(family)],
                        &mut self.unknown[usize::from(family)],
                    );
                }
                if row.numbers.values().iter().any(|value| *value >= ExactCoMoments::LIMIT) {
                    self.quality.n_too_large += 1;
                    continue;
                }
                let pattern = row.numbers.present();
                if raw.as_ref().is_none_or(|(known, _)| *known != pattern) {
                    let moments = self.raw.entry((family, pattern));
                    raw = Some((pattern, moments.or_insert_with(|| ExactCoMoments::new(N_NUMBERS))));
                }
                if let Some((_, moments)) = &mut raw {
                    moments.insert(row.numbers.values());
                }
            }
        }
    }

    fn insert_row(&mut self, row: &Row, history: Option<HistoryFacts>, host: u64, cells: &Cells) {
        self.n_rows += 1;
        self.quality.insert(row, history);
        for (side, addr) in [row.orig_h, row.resp_h].into_iter().enumerate() {
            if let Some(addr) = addr {
                self.hosts[side].insert(addr_hash(addr));
                self.n_hosts[side] += 1;
            }
        }
        if row.proto != Proto::Icmp {
            for (ports, port) in self.ports.iter_mut().zip([row.orig_p, row.resp_p]) {
                if let Some(port) = port {
                    ports[usize::from(port)] += 1;
                }
            }
        }
        for (counts, local) in self.locals.iter_mut().zip([row.local_orig, row.local_resp]) {
            counts[local.map_or(0, |local| 1 + usize::from(local))] += 1;
        }
        for number in 0..N_NUMBERS {
            let value = row.numbers.or_zero(number);
            if value >= EXACT_BELOW {
                self.distinct[number].insert(HyperLogLog::mix(value));
            }
        }
        if row.kind == LogKind::Http {
            if let Some(keys) = Keys::of_request(row, host) {
                self.pairs.insert(keys.channel);
                cells.insert_request(&keys, row);
            }
        } else if let Some(keys) = Keys::of(row) {
            self.pairs.insert(keys.pair);
            cells.insert(&keys, row);
        }
        self.insert_traffic(row);
    }

    fn insert_traffic(&mut self, row: &Row) {
        let direction = direction(row);
        let (sent, received) = (row.numbers.or_zero(ORIG_BYTES), row.numbers.or_zero(RESP_BYTES));
        let failed = u64::from(row.is_failed());
        let traffic = &mut self.directions[direction as usize];
        traffic.n_rows += 1;
        traffic.n_failed += failed;
        traffic.sent = traffic.sent.saturating_add(sent);
        traffic.received = traffic.received.saturating_add(received);
        let Some(ts) = row.ts else { return };
        let duration = i64::try_from(row.duration()).unwrap_or(i64::MAX);
        self.first = self.first.min(ts);
        self.last = self.last.max(ts);
        self.end = self.end.max(ts.saturating_add(duration));
        let moment = self.activity.at(ts);
        moment.n_rows += 1;
        moment.n_failed += failed;
        for (side, amount) in [sent, received].into_iter().enumerate().filter(|(_, amount)| *amount > 0) {
            self.activity.spread(ts, duration, amount, |moment, part| {
                let bytes = &mut moment.bytes[direction as usize][side];
                *bytes = bytes.saturating_add(part);
            });
        }
    }

    /// The numbers of all rows together.
    pub(super) fn all_numbers(&self) -> [LogHistogram; N_NUMBERS] {
        let mut all: [LogHistogram; N_NUMBERS] = Default::default();
        for group in self.groups.iter().map(|(_, group)| group).chain([&self.groups.rest]) {
            all.iter_mut().zip(&group.numbers).for_each(|(all, part)| all.merge(part));
        }
        all
    }

    /// The numbers of the rows of a protocol or method, or of all, that are set or say themselves what their gaps are.
    pub(super) fn filled_numbers(&self, family: Option<u8>) -> [LogHistogram; N_NUMBERS] {
        let mut all: [LogHistogram; N_NUMBERS] = Default::default();
        let is_meant = |one: u8| family.is_none_or(|family| family == one);
        let mut add = |part: &[LogHistogram; N_NUMBERS]| {
            all.iter_mut().zip(part).for_each(|(all, part)| all.merge(part));
        };
        self.groups.iter().filter(|(key, _)| is_meant(key.family)).for_each(|(_, group)| add(&group.numbers));
        if family.is_none() {
            add(&self.groups.rest.numbers);
        }
        let families = || (0..n_families(self.kind)).filter(|family| is_meant(*family as u8));
        families().for_each(|family| add(&self.known[family]));
        if self.groups.is_whole() {
            for part in families().map(|family| &self.unknown[family]) {
                all.iter_mut().zip(part).for_each(|(all, part)| all.subtract(part));
            }
        }
        all
    }

    /// The medians by which the last gaps of a row are filled: of its group, or else of all rows.
    pub(super) fn medians(&self) -> MediansByGroup {
        let all = self.all_numbers();
        let of = |numbers: &[LogHistogram; N_NUMBERS]| {
            let median =
                |number: usize| numbers[number].median().or_else(|| all[number].median()).unwrap_or(0.0);
            Medians {
                duration: median(DURATION),
                orig_bytes: median(ORIG_BYTES),
                resp_bytes: median(RESP_BYTES),
            }
        };
        let groups = self.groups.iter().map(|(key, group)| (key.clone(), of(&group.numbers))).collect();
        MediansByGroup { groups, all: of(&all) }
    }
}

/// What is typical by protocol, service and state of a connection.
#[derive(Debug, Clone)]
pub(super) struct MediansByGroup {
    groups: HashMap<GroupKey, Medians, BuildHasherDefault<Given>>,
    all: Medians,
}

impl MediansByGroup {
    pub(super) fn get(&self, key: &GroupKey) -> Medians {
        self.groups.get(key).copied().unwrap_or(self.all)
    }
}

/// Counts what a row says of its gaps, or else the row's numbers, among those that do not say.
fn fill(
    view: &View<'_>,
    row: &Row,
    known: &mut [LogHistogram; N_NUMBERS],
    unknown: &mut [LogHistogram; N_NUMBERS],
) {
    if view.kind == LogKind::Http {
        // What was not sent has no length.
        let gaps = known.iter_mut().enumerate().filter(|(number, _)| row.numbers.get(*number).is_none());
        return gaps.for_each(|(_, known)| known.insert(0));
    }
    let flow = view.flow(row);
    if !super::detail::is_known(&flow) {
        for (number, unknown) in unknown.iter_mut().enumerate() {
            if let Some(value) = row.numbers.get(number) {
                unknown.insert(value);
            }
        }
        return;
    }
    let values = super::detail::kept(&flow.imputed(Medians::default()));
    for (number, known) in known.iter_mut().enumerate() {
        if row.numbers.get(number).is_none() {
            known.insert(values[number]);
        }
    }
}

/// Where a row's connection runs; what Zeek says of the sides goes before what the addresses say.
pub(super) fn direction(row: &Row) -> Direction {
    let is_local = |said: Option<bool>, addr: Option<std::net::IpAddr>| {
        said.unwrap_or(false) || addr.is_some_and(is_private)
    };
    Direction::between(is_local(row.local_orig, row.orig_h), is_local(row.local_resp, row.resp_h))
}

impl Group {
    pub(super) fn insert(&mut self, row: &Row) {
        self.n_rows += 1;
        self.n_failed += u64::from(row.is_failed());
        for number in 0..N_NUMBERS {
            if let Some(value) = row.numbers.get(number) {
                self.numbers[number].insert(value);
                self.sums[number] += u128::from(value);
            }
        }
    }
}
