use super::activity::Bins;
use super::cells::{Cells, Keys, Kind, Marked, addr_hash};
use super::classes::{ClassRow, ClassTrack, LabelTracks, N_BEHAVIOURS};
use super::labels::{ClassLabels, MOST_LABELS};
use super::layout::{Layout, group_hash};
use super::merge::{Capped, Merge};
use super::numbers::{DURATION, N_FAMILIES, N_NUMBERS, N_STATES, ORIG_BYTES, RESP_BYTES, TRANS_DEPTH};
use super::panel::{Drawn, Extra, Lottery};
use super::params::ProfileParams;
use super::requests::{RequestTracks, is_program};
use super::tally::{Group, GroupKey, MediansByGroup, Tally};
use super::tracks::{
    AttemptTrack, Candidate, Channel, ChannelTrack, Door, Evidence, HostTrack, OddTrack, Pair, Tracks,
};
use super::view::{Row, View};
use crate::session::{SessionColumns, readable};
use bro_features::stats::{ExactCoMoments, HyperLogLog};
use bro_features::{HttpRequest, ImputedFlow, LogHistogram, LogKind, Proto};
use bro_log::Batch;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;

/// What the second pass needs to know of the first.
#[derive(Debug)]
pub(super) struct Plan {
    origs: [Marked; 3],
    resps: [Marked; 2],
    ports: Marked,
    pairs: [Marked; 3],
    targets: Marked,
    channels: Marked,
    long: u64,
    /// Services that are unusual on a port.
    odd_ports: HashMap<Arc<str>, Vec<u16>>,
    medians: MediansByGroup,
    /// Hosts whose bytes may be followed over time.
    busy: [Marked; 2],
    /// Services whose bytes are.
    services: Vec<Arc<str>>,
    /// Least width of a bin in seconds.
    bin_seconds: i64,
    labels: Option<ClassLabels>,
    lottery: Lottery,
    /// The groups with most rows, of each grouping.
    groupings: Vec<Marked>,
    /// Ranks (twice their number) of each bin, by protocol or method, and for all rows together.
    ranks: Vec<[Vec<u64>; N_NUMBERS]>,
    logs: Vec<[u64; 2]>,
    /// True if every key that reached its threshold is counted.
    pub(super) is_whole: bool,
}

const MOST_HOSTS: usize = 400;
const MOST_KEYS: usize = 5_000;
const MOST_BUSY: usize = 40;
const MOST_SERVICES: usize = 12;

/// ln(1 + value) is kept in so many steps of one.
pub(super) const LN_STEPS: f64 = (1_u64 << 30) as f64;

impl Plan {
    pub(super) fn of(tally: &Tally, cells: &Cells, layout: &Layout, params: &ProfileParams) -> Self {
        let thresholds = &params.thresholds;
        let least = |threshold: f64| threshold.clamp(1.0, 1e18) as u64;
        let keys = |kind, threshold: f64| cells.at_least(kind, least(threshold), MOST_KEYS);
        let hosts = |kind| cells.at_least(kind, 1, MOST_HOSTS);
        let is_http = layout.kind == LogKind::Http;
        let sent = if is_http { thresholds.http_upload_bytes } else { thresholds.exfiltration_bytes };
        let channel = match is_http {
            true => thresholds.periodic_rows.min(thresholds.http_scan_uris).min(thresholds.http_logins),
            false => thresholds.periodic_rows.min(thresholds.retry_rows).min(thresholds.brute_force),
        };
        let mut plan = Self {
            origs: [hosts(Kind::OrigRows), hosts(Kind::OrigBytes), hosts(Kind::OrigFailed)],
            resps: [hosts(Kind::RespRows), hosts(Kind::RespBytes)],
            ports: keys(Kind::PortFailed, thresholds.scan_hosts),
            pairs: [
                keys(Kind::PairFailed, thresholds.scan_ports),
                keys(Kind::PairSent, sent),
                keys(Kind::PairUnanswered, thresholds.flood_packets),
            ],
            targets: keys(Kind::TargetFailed, thresholds.flood_rows),
            channels: keys(Kind::ChannelRows, channel),
            long: if is_http { u64::MAX } else { (thresholds.long_seconds * 1e6) as u64 },
            odd_ports: super::mismatch::odd_ports(tally, thresholds),
            medians: tally.medians(),
            busy: [Kind::OrigBytes, Kind::RespBytes].map(|kind| cells.at_least(kind, 1, MOST_BUSY)),
            services: busiest_services(tally),
            bin_seconds: tally.activity.width() / 1_000_000,
            labels: params.labels.clone(),
            lottery: Lottery::new(tally.n_rows, params.seed),
            groupings: (0..layout.groupings().len())
                .map(|grouping| cells.largest_groups(grouping, 4 * params.limit.max(MOST_HOSTS / 4)))
                .collect(),
            ranks: (0..=N_FAMILIES).map(|family| ranks(tally, family)).collect(),
            logs: logarithms(),
            is_whole: true,
        };
        let marked = plan.pairs.iter().chain([&plan.ports, &plan.targets, &plan.channels]);
        plan.is_whole = marked.into_iter().all(|marked| marked.is_whole);
        plan
    }
}

/// The services that carry most bytes, those of rows without one among them.
fn busiest_services(tally: &Tally) -> Vec<Arc<str>> {
    let mut bytes: HashMap<Arc<str>, u128> = HashMap::new();
    for (key, group) in tally.groups.iter() {
        let name = key.service.clone().unwrap_or_else(|| Arc::from(super::parts::NO_SERVICE));
        *bytes.entry(name).or_default() += group.sums[ORIG_BYTES] + group.sums[RESP_BYTES];
    }
    let mut services: Vec<_> = bytes.into_iter().filter(|(_, bytes)| *bytes > 0).collect();
    services.sort_by(|a, b| (std::cmp::Reverse(a.1), &a.0).cmp(&(std::cmp::Reverse(b.1), &b.0)));
    services.into_iter().take(MOST_SERVICES).map(|(name, _)| name).collect()
}

/// Of each bin: twice the middle of its ranks; of the rows of a protocol or method, or of all if there is no such.
fn ranks(tally: &Tally, family: usize) -> [Vec<u64>; N_NUMBERS] {
    let values = tally.filled_numbers((family < N_FAMILIES).then_some(family as u8));
    values.map(|values| {
        let mut ranks = vec![0; LogHistogram::N_BINS];
        let mut below = 0;
        for (bin, count) in values.bins() {
            ranks[bin] = 2 * below + count + 1;
            below += count;
        }
        ranks
    })
}

/// Of each bin: ln(1 + its middle), of counts and of microseconds in seconds.
fn logarithms() -> Vec<[u64; 2]> {
    let steps = |value: f64| (value.ln_1p() * LN_STEPS).round() as u64;
    (0..LogHistogram::N_BINS)
        .map(|bin| {
            let middle = LogHistogram::middle_of(bin);
            [steps(middle), steps(middle / 1e6)]
        })
        .collect()
}

/// How gaps were filled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Filled {
    /// The flow had no length in time, so the value is 0.
    pub(super) zero: u64,
    /// From what the IP headers leave over.
    pub(super) from_ip_bytes: u64,
    /// The median of the group.
    pub(super) median: u64,
}

/// Everything the second pass counts; parts merge in any order.
#[derive(Debug)]
pub(super) struct Detail {
    pub(super) n_uids: u64,
    pub(super) uids: HyperLogLog,
    pub(super) origs: Tracks<IpAddr, HostTrack>,
    pub(super) resps: Tracks<IpAddr, HostTrack>,
    pub(super) ports: Tracks<Door, AttemptTrack>,
    pub(super) pairs: Tracks<Pair, AttemptTrack>,
    pub(super) targets: Tracks<Door, AttemptTrack>,
    pub(super) channels: Tracks<Channel, ChannelTrack>,
    pub(super) odd_ports: Tracks<(Arc<str>, u16), OddTrack>,
    pub(super) icmp: Tracks<Pair, OddTrack>,
    pub(super) n_long: u64,
    pub(super) long: Evidence,
    pub(super) requests: RequestTracks,
    /// The largest groups of each grouping.
    pub(super) groupings: Vec<Tracks<u64, NamedGroup>>,
    /// Some rows of each group of the first pass.
    pub(super) examples: Capped<GroupKey, Evidence>,
    /// Numbers with their gaps filled, as logarithms and as ranks, by protocol or method; ranks of all rows come last.
    pub(super) logs: Vec<ExactCoMoments>,
    pub(super) ranks: Vec<ExactCoMoments>,
    /// What gaps were filled with.
    pub(super) filled: [LogHistogram; N_NUMBERS],
    pub(super) how: [Filled; N_NUMBERS],
    pub(super) hosts_over_time: Tracks<IpAddr, Rates>,
    pub(super) services_over_time: Tracks<Arc<str>, Rates>,
    pub(super) behaviours: [ClassTrack; N_BEHAVIOURS],
    pub(super) labels: LabelTracks,
    pub(super) drawn: Drawn,
}

/// A group by any columns, with some of its rows.
#[derive(Debug, Clone, Default)]
pub(super) struct NamedGroup {
    pub(super) key: Vec<Arc<str>>,
    pub(super) group: Group,
    pub(super) examples: Evidence,
}

impl Merge for NamedGroup {
    fn merge(&mut self, other: Self) {
        if self.key.is_empty() {
            self.key = other.key;
        }
        self.group.merge(other.group);
        self.examples.merge(other.examples);
    }
}

/// Bytes over time, both ways.
#[derive(Debug, Clone, Default)]
pub(super) struct Rates(pub(super) Option<Bins<[u64; 2]>>);

impl Rates {
    fn add(&mut self, row: &Row, bytes: [u64; 2], bin_seconds: i64) {
        let Some(ts) = row.ts else { return };
        let bins = self.0.get_or_insert_with(|| Bins::new(3_000, bin_seconds));
        let duration = i64::try_from(row.duration()).unwrap_or(i64::MAX);
        for (side, amount) in bytes.into_iter().enumerate().filter(|(_, amount)| *amount > 0) {
            bins.spread(ts, duration, amount, |bin, part| bin[side] = bin[side].saturating_add(part));
        }
    }
}

impl Merge for [u64; 2] {
    fn merge(&mut self, other: Self) {
        self[0] = self[0].saturating_add(other[0]);
        self[1] = self[1].saturating_add(other[1]);
    }
}

impl Merge for Rates {
    fn merge(&mut self, other: Self) {
        match (&mut self.0, other.0) {
            (Some(mine), Some(theirs)) => mine.merge(theirs),
            (mine @ None, theirs) => *mine = theirs,
            (Some(_), None) => {}
        }
    }
}

impl Default for Detail {
    fn default() -> Self {
        let moments = |n: usize| (0..n).map(|_| ExactCoMoments::new(N_NUMBERS)).collect();
        Self {
            n_uids: 0,
            uids: HyperLogLog::default(),
            origs: Capped::new(4 * MOST_HOSTS),
            resps: Capped::new(4 * MOST_HOSTS),
            ports: Capped::new(2 * MOST_KEYS),
            pairs: Capped::new(2 * MOST_KEYS),
            targets: Capped::new(2 * MOST_KEYS),
            channels: Capped::new(2 * MOST_KEYS),
            odd_ports: Capped::new(2 * MOST_KEYS),
            icmp: Capped::new(2 * MOST_KEYS),
            n_long: 0,
            long: Evidence::new(200),
            requests: RequestTracks::default(),
            groupings: Vec::new(),
            examples: Capped::new(MOST_KEYS),
            logs: moments(N_FAMILIES),
            ranks: moments(N_FAMILIES + 1),
            filled: Default::default(),
            how: Default::default(),
            hosts_over_time: Capped::new(256),
            services_over_time: Capped::new(64),
            behaviours: Default::default(),
            labels: Capped::new(MOST_LABELS),
            drawn: Drawn::default(),
        }
    }
}

impl Merge for Detail {
    fn merge(&mut self, other: Self) {
        self.n_uids += other.n_uids;
        self.uids.merge(&other.uids);
        self.origs.absorb(other.origs);
        self.resps.absorb(other.resps);
        self.ports.absorb(other.ports);
        self.pairs.absorb(other.pairs);
        self.targets.absorb(other.targets);
        self.channels.absorb(other.channels);
        self.odd_ports.absorb(other.odd_ports);
        self.icmp.absorb(other.icmp);
        self.n_long += other.n_long;
        self.long.merge(other.long);
        self.requests.merge(other.requests);
        self.make_room(other.groupings.len());
        for (mine, theirs) in self.groupings.iter_mut().zip(other.groupings) {
            mine.absorb(theirs);
        }
        self.examples.absorb(other.examples);
        let moments = self.logs.iter_mut().chain(&mut self.ranks);
        moments.zip(other.logs.iter().chain(&other.ranks)).for_each(|(mine, theirs)| mine.merge(theirs));
        self.filled.iter_mut().zip(&other.filled).for_each(|(mine, theirs)| mine.merge(theirs));
        for (mine, theirs) in self.how.iter_mut().zip(other.how) {
            mine.zero += theirs.zero;
            mine.from_ip_bytes += theirs.from_ip_bytes;
            mine.median += theirs.median;
        }
        self.hosts_over_time.absorb(other.hosts_over_time);
        self.services_over_time.absorb(other.services_over_time);
        self.behaviours.iter_mut().zip(other.behaviours).for_each(|(mine, theirs)| mine.merge(theirs));
        self.labels.absorb(other.labels);
        self.drawn.merge(other.drawn);
    }
}

/// One batch and where it stands.
pub(super) struct Place<'a> {
    pub(super) batch: &'a Batch<'a>,
    pub(super) layout: &'a Layout,
    pub(super) log: usize,
    pub(super) log_name: &'a str,
}

impl Detail {
    /// Counts the wanted rows of a batch.
    pub(super) fn insert(&mut self, place: &Place<'_>, rows: impl Iterator<Item = usize>, plan: &Plan) {
        let &Place { batch, layout, log, log_name } = place;
        let view = View::of(batch, layout);
        let sessions = SessionColumns::of(batch, &layout.projection, layout.kind, log_name);
        let services: Vec<Arc<str>> = view.services().collect();
        let ports_of = |service| plan.odd_ports.get(service).map_or(&[][..], Vec::as_slice);
        let odd_ports: Vec<&[u16]> = services.iter().map(ports_of).collect();
        let categories = layout.categories(batch);
        self.make_room(plan.groupings.len());
        let names = RequestNames::of(&view);
        let labels: Vec<Arc<str>> =
            view.label.values().map(|label| Arc::from(&*String::from_utf8_lossy(label))).collect();
        // Only the first rows of a group in a batch can be among the first of all.
        let n_services = services.len() + 1;
        let mut n_seen = vec![0_u8; N_FAMILIES * n_services * N_STATES];
        for row_idx in rows {
            let row = view.row(row_idx);
            let session = || sessions.session(row_idx);
            let byte = batch.byte_of_row(row_idx);
            let candidate = Candidate { log, byte, session: &session };
            if let Some(uid) = view.uid.and_then(|column| column.bytes(row_idx)) {
                self.n_uids += 1;
                self.uids.insert(HyperLogLog::hash(uid));
            }
            let service = row.service.map(|code| &services[code]);
            let place = usize::from(row.family_idx) * n_services + row.service.map_or(0, |code| code + 1);
            let seen = &mut n_seen[place * N_STATES + usize::from(row.state_idx)];
            if *seen < MOST_EXAMPLES {
                *seen += 1;
                let key = key_of(&row, service);
                let hash = service.map_or(0, |name| HyperLogLog::hash(name.as_bytes()));
                self.examples.entry(hash, &key).offer(0, &candidate);
            }
            for (grouping, by) in layout.groupings().iter().enumerate() {
                let hash = group_hash(&categories, by, row_idx, &row);
                if plan.groupings[grouping].has(hash) {
                    let found = self.groupings[grouping].entry(hash, &hash);
                    if found.key.is_empty() {
                        found.key = by.iter().map(|place| categories[*place].text(row_idx, &row)).collect();
                    }
                    found.group.insert(&row);
                    found.examples.offer(0, &candidate);
                }
            }
            match layout.kind {
                LogKind::Conn => {
                    let odd_ports = row.service.map_or(&[][..], |code| odd_ports[code]);
                    self.insert_keys(&row, (service, odd_ports), &candidate, plan);
                }
                LogKind::Http => {
                    let what = names.request(&view, row_idx);
                    self.insert_request(&row, &what, service, &candidate, plan);
                }
            }
            let duration = row.duration();
            if duration >= plan.long && row.numbers.get(DURATION).is_some() {
                self.n_long += 1;
                self.long.offer(-i64::try_from(duration).unwrap_or(i64::MAX), &candidate);
            }
            self.follow(&row, service, plan);
            let values = self.insert_numbers(&view, &row, service, plan);
            let history = row.history.map_or(&b""[..], |code| view.history.value(code));
            let what = ClassRow {
                row: &row,
                values: &values,
                service,
                history,
                is_addr: names.is_addr(&view, row_idx),
            };
            self.insert_classes(&what, plan);
            let label = match view.label.get(row_idx) {
                Some(code) => Some(&labels[code]),
                None => view.uid.and_then(|column| plan.labels.as_ref()?.name(column.bytes(row_idx)?)),
            };
            if let Some(label) = label {
                self.labels.entry(HyperLogLog::hash(label.as_bytes()), label).insert(&what);
            }
            if let Some(ticket) = plan.lottery.ticket(row_name(&row)) {
                self.drawn.insert(ticket, session(), Extra::of(&row, &sessions, row_idx));
            }
        }
    }

    fn make_room(&mut self, n_groupings: usize) {
        self.groupings.resize_with(n_groupings.max(self.groupings.len()), || Capped::new(MOST_KEYS));
    }

    fn insert_request(
        &mut self,
        row: &Row,
        what: &Request<'_>,
        mime_type: Option<&Arc<str>>,
        candidate: &Candidate<'_>,
        plan: &Plan,
    ) {
        let (Some(orig), Some(resp), Some(keys)) =
            (row.orig_h, row.resp_h, Keys::of_request(row, what.host_hash))
        else {
            return;
        };
        let (sent, received) = (row.numbers.or_zero(ORIG_BYTES), row.numbers.or_zero(RESP_BYTES));
        self.insert_ends(row, &keys, (orig, resp), [sent, received], candidate, plan);
        let visit = || (orig, what.host.cloned().unwrap_or_else(|| Arc::from(resp.to_string())));
        if plan.channels.has(keys.channel) || plan.pairs[1].has(keys.channel) {
            self.requests.visits.entry(keys.channel, &visit()).insert(row, what.uri, candidate);
        }
        if let Some((agent, hash)) = what.agent {
            self.requests.agents.entry(*hash, agent).insert(row, keys.orig, what.host_hash, candidate);
        }
        if mime_type.is_some_and(|mime_type| is_program(mime_type)) {
            self.requests.programs.entry(keys.channel, &visit()).insert(row, candidate);
        }
    }

    /// Counts a row for its ends, if they may be among the busiest.
    fn insert_ends(
        &mut self,
        row: &Row,
        keys: &Keys,
        (orig, resp): Pair,
        [sent, received]: [u64; 2],
        candidate: &Candidate<'_>,
        plan: &Plan,
    ) {
        if plan.origs.iter().any(|marked| marked.has(keys.orig)) {
            self.origs.entry(keys.orig, &orig).insert(row, keys.resp, [sent, received], candidate);
        }
        if plan.resps.iter().any(|marked| marked.has(keys.resp)) {
            self.resps.entry(keys.resp, &resp).insert(row, keys.orig, [received, sent], candidate);
        }
    }

    fn insert_keys(
        &mut self,
        row: &Row,
        (service, odd_ports): (Option<&Arc<str>>, &[u16]),
        candidate: &Candidate<'_>,
        plan: &Plan,
    ) {
        let (Some(orig), Some(resp), Some(keys)) = (row.orig_h, row.resp_h, Keys::of(row)) else { return };
        let (sent, received) = (row.numbers.or_zero(ORIG_BYTES), row.numbers.or_zero(RESP_BYTES));
        let door = |addr: IpAddr| (addr, row.resp_p.unwrap_or(0), row.proto as u8);
        self.insert_ends(row, &keys, (orig, resp), [sent, received], candidate, plan);
        if plan.ports.has(keys.port) {
            self.ports.entry(keys.port, &door(orig)).insert(row, keys.resp, candidate);
        }
        if plan.pairs.iter().any(|marked| marked.has(keys.pair)) {
            let port = HyperLogLog::mix(u64::from(row.resp_p.unwrap_or(0)) << 2 | row.proto as u64);
            self.pairs.entry(keys.pair, &(orig, resp)).insert(row, port, candidate);
        }
        if plan.targets.has(keys.target) {
            self.targets.entry(keys.target, &door(resp)).insert(row, keys.orig, candidate);
        }
        if plan.channels.has(keys.channel) {
            let (_, port, proto) = door(resp);
            self.channels.entry(keys.channel, &(orig, resp, port, proto)).insert(row, candidate);
        }
        if let (Some(service), Some(port)) = (service, row.resp_p)
            && odd_ports.binary_search(&port).is_ok()
        {
            let hash = HyperLogLog::mix(HyperLogLog::hash(service.as_bytes()) ^ u64::from(port));
            self.odd_ports.entry(hash, &(service.clone(), port)).insert(row, keys.orig, candidate);
        }
        if super::mismatch::is_large_icmp(row) {
            self.icmp.entry(keys.pair, &(orig, resp)).insert(row, keys.orig, candidate);
        }
    }

    fn insert_classes(&mut self, what: &ClassRow<'_>, plan: &Plan) {
        for (track, behaves) in self.behaviours.iter_mut().zip(what.behaves(plan.long)) {
            if behaves {
                track.insert(what);
            }
        }
    }

    /// The row's numbers with their gaps filled.
    fn insert_numbers(
        &mut self,
        view: &View<'_>,
        row: &Row,
        service: Option<&Arc<str>>,
        plan: &Plan,
    ) -> [u64; N_NUMBERS] {
        let mut values = *row.numbers.values();
        let has_gap = row.numbers.present() != u8::MAX;
        if has_gap && view.kind == LogKind::Http {
            // What was not sent has no length.
            for number in (0..N_NUMBERS).filter(|number| row.numbers.get(*number).is_none()) {
                self.filled[number].insert(0);
                self.how[number].zero += 1;
            }
        } else if has_gap {
            let flow = view.flow(row);
            let imputed = flow.imputed(plan.medians.get(&key_of(row, service)));
            let filled = kept(&imputed);
            values = std::array::from_fn(|number| row.numbers.get(number).unwrap_or(filled[number]));
            let no_length = flow.duration.is_none() && flow.orig_bytes.is_none() && flow.resp_bytes.is_none();
            for (number, value) in
                values.iter().enumerate().filter(|(number, _)| row.numbers.get(*number).is_none())
            {
                self.filled[number].insert(*value);
                self.how[number].count(number, no_length, row.proto);
            }
            // What is not known from the row itself is no evidence for a correlation.
            if !is_known(&flow) {
                return values;
            }
        }
        if values.iter().any(|value| *value >= ExactCoMoments::LIMIT) {
            return values;
        }
        let bins = values.map(LogHistogram::bin_of);
        let mut logs = [0; N_NUMBERS];
        for (number, (log, bin)) in logs.iter_mut().zip(bins).enumerate() {
            *log = plan.logs[bin][usize::from(view.kind == LogKind::Conn && number == DURATION)];
        }
        self.logs[usize::from(row.family_idx)].insert(&logs);
        for kind in [usize::from(row.family_idx), N_FAMILIES] {
            let ranks: [u64; N_NUMBERS] =
                std::array::from_fn(|number| plan.ranks[kind][number][bins[number]]);
            self.ranks[kind].insert(&ranks);
        }
        values
    }

    /// Follows what the busiest hosts and services carry over time.
    fn follow(&mut self, row: &Row, service: Option<&Arc<str>>, plan: &Plan) {
        let bytes = [row.numbers.or_zero(ORIG_BYTES), row.numbers.or_zero(RESP_BYTES)];
        if bytes == [0, 0] {
            return;
        }
        let name = service.map_or(super::parts::NO_SERVICE, |service| service);
        if let Some(service) = plan.services.iter().find(|known| &***known == name) {
            let hash = HyperLogLog::hash(name.as_bytes());
            self.services_over_time.entry(hash, service).add(row, bytes, plan.bin_seconds);
        }
        for (addr, bytes) in [(row.orig_h, bytes), (row.resp_h, [bytes[1], bytes[0]])] {
            let Some(addr) = addr else { continue };
            let hash = addr_hash(addr);
            if plan.busy.iter().any(|marked| marked.has(hash)) {
                self.hosts_over_time.entry(hash, &addr).add(row, bytes, plan.bin_seconds);
            }
        }
    }
}

impl Filled {
    fn count(&mut self, number: usize, no_length: bool, proto: Proto) {
        match (number, no_length, proto) {
            (DURATION, true, _) | (ORIG_BYTES | RESP_BYTES, true, Proto::Tcp) => self.zero += 1,
            (ORIG_BYTES | RESP_BYTES, true, Proto::Udp | Proto::Icmp) => self.from_ip_bytes += 1,
            (DURATION | ORIG_BYTES | RESP_BYTES, ..) => self.median += 1,
            _ => self.zero += 1,
        }
    }
}

/// True if the row itself says what its gaps are.
pub(super) fn is_known(flow: &bro_features::Flow) -> bool {
    let unknown = bro_features::Medians { duration: f64::NAN, orig_bytes: f64::NAN, resp_bytes: f64::NAN };
    let imputed = flow.imputed(unknown);
    // The larger of nothing known and 0 is 0, so the duration needs a look of its own.
    let has_duration = flow.duration.is_some() || (flow.orig_bytes.is_none() && flow.resp_bytes.is_none());
    has_duration && imputed.orig_bytes.is_finite() && imputed.resp_bytes.is_finite()
}

/// The numbers of an imputed flow as they are kept.
pub(super) fn kept(flow: &ImputedFlow) -> [u64; N_NUMBERS] {
    let micros = flow.duration * 1e6;
    [
        micros,
        flow.orig_bytes,
        flow.resp_bytes,
        flow.missed_bytes,
        flow.orig_pkts,
        flow.orig_ip_bytes,
        flow.resp_pkts,
        flow.resp_ip_bytes,
    ]
    .map(|value| value.round() as u64)
}

/// A number for what names a row: when, from where, to where.
fn row_name(row: &Row) -> u64 {
    let ends = [row.orig_h, row.resp_h].map(|addr| addr.map_or(0, addr_hash));
    let ports = u64::from(row.orig_p.unwrap_or(0)) << 16 | u64::from(row.resp_p.unwrap_or(0));
    let start = HyperLogLog::mix(row.ts.unwrap_or(0) as u64 ^ ports.rotate_left(24));
    let again =
        if row.kind == LogKind::Http { HyperLogLog::mix(row.numbers.or_zero(TRANS_DEPTH)) } else { 0 };
    HyperLogLog::mix(start ^ ends[0].rotate_left(7)) ^ ends[1] ^ again
}

fn key_of(row: &Row, service: Option<&Arc<str>>) -> GroupKey {
    GroupKey { family: row.family_idx, service: service.cloned(), state: row.state_idx }
}

/// Hosts and user agents of a batch of an http.log, by code.
struct RequestNames {
    hosts: Vec<(Arc<str>, u64, bool)>,
    agents: Vec<(Arc<str>, u64)>,
}

/// What a request asked for.
struct Request<'a> {
    host: Option<&'a Arc<str>>,
    host_hash: u64,
    agent: Option<&'a (Arc<str>, u64)>,
    /// A hash of it.
    uri: u64,
}

impl RequestNames {
    fn of(view: &View<'_>) -> Self {
        let named = |bytes: &[u8]| (Arc::from(readable(bytes)), HyperLogLog::hash(bytes));
        let is_addr = |bytes| HttpRequest { host: Some(bytes), ..HttpRequest::default() }.host_is_addr();
        let host = |bytes| {
            let (name, hash) = named(bytes);
            (name, hash, is_addr(bytes))
        };
        Self {
            hosts: view.hosts().values().map(host).collect(),
            agents: view.agents().values().map(named).collect(),
        }
    }

    fn request(&self, view: &View<'_>, row_idx: usize) -> Request<'_> {
        let host = view.hosts().get(row_idx).map(|code| &self.hosts[code]);
        Request {
            host: host.map(|(name, ..)| name),
            host_hash: host.map_or(0, |(_, hash, _)| *hash),
            agent: view.agents().get(row_idx).map(|code| &self.agents[code]),
            uri: view.uri_hash(row_idx),
        }
    }

    fn is_addr(&self, view: &View<'_>, row_idx: usize) -> bool {
        view.hosts().get(row_idx).is_some_and(|code| self.hosts[code].2)
    }
}

/// Most rows of a group that are shown.
const MOST_EXAMPLES: u8 = 5;
