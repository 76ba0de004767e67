//! The parts of the report, made of what was counted.

use super::Direction;
use super::detail::{Detail, LN_STEPS, NamedGroup};
use super::found::{
    Activity, ActivityBin, BoxProfile, ColumnProfile, Correlations, DirectionProfile, Distinct, GroupProfile,
    Groups, ImputationProfile, Method, Missing, MissingProfile, NumberProfile, ProfileIntake, QualityCheck,
};
use super::layout::{Layout, is_base};
use super::merge::Merge;
use super::numbers::{
    DURATION, HOST_LEN, N_FAMILIES, N_NUMBERS, ORIG_BYTES, RESP_BYTES, URI_LEN, USER_AGENT_LEN, categories,
    family_name, in_unit, n_families, names, state_name, type_of, unit,
};
use super::params::ProfileParams;
use super::tally::{EXACT_BELOW, Group, GroupKey, Tally};
use super::tracks::{Evidence, Tracks};
use crate::{Intake, Sample};
use bro_features::stats::{BoxNumbers, ExactCoMoments, HyperLogLog};
use bro_features::{LogHistogram, LogKind, Proto};
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// A share of distinct values from which on a column names rows rather than describing them.
const NEAR_UNIQUE: f64 = 0.95;

pub(super) fn intake(tally: &Tally, intake: &Intake, sample: Option<Sample>) -> ProfileIntake {
    let some = |time: i64| (tally.first <= tally.last).then_some(time);
    ProfileIntake {
        logs: intake.clone(),
        n_records: tally.n_rows,
        sample,
        first: some(tally.first),
        last: some(tally.last),
        end: some(tally.end),
        quality: quality(tally),
        gaps: gaps(tally),
    }
}

fn quality(tally: &Tally) -> Vec<QualityCheck> {
    let found = &tally.quality;
    let check = |name, n, of, alarm_at, meaning| QualityCheck { name, n, of, alarm_at, meaning };
    let without_time =
        check("without time", found.n_without_time, tally.n_rows, 1, "these rows are in no figure over time");
    if tally.kind == LogKind::Http {
        return vec![
            check(
                "without a response (no status_code)",
                found.n_unanswered,
                tally.n_rows,
                100,
                "the server said nothing, or the sensor saw one side only or lost packets",
            ),
            check(
                "responses whose request was not seen (no uri)",
                found.n_without_request,
                tally.n_rows,
                10,
                "the capture began late, lost packets, or saw one side only",
            ),
            check(
                "without a Host header",
                found.n_without_host,
                tally.n_rows,
                50,
                "HTTP 1.1 demands one: old programs, scanners and malware leave it out; such requests go by the address",
            ),
            without_time,
        ];
    }
    vec![
        check(
            "TCP seen in mid-stream (OTH)",
            found.n_tcp_midstream,
            found.n_tcp,
            200,
            "neither start nor end of the connection was seen: the capture began late, lost packets, or saw one side only",
        ),
        check(
            "content gaps (missed_bytes > 0)",
            found.n_with_gaps,
            tally.n_rows,
            20,
            "the sensor lost packets; sizes are too small there",
        ),
        check(
            "bad checksums only (history of c and C)",
            found.n_bad_checksums_only,
            tally.n_rows,
            10,
            "checksum off-loading on the sensor's own host: such rows have no packets, and models learn the artefact",
        ),
        check(
            "direction flipped (^ in history)",
            found.n_flipped,
            tally.n_rows,
            100,
            "Zeek guessed who began the connection; originator and responder may be exchanged",
        ),
        without_time,
        check(
            "values of 2^48 or more",
            found.n_too_large,
            tally.n_rows,
            1,
            "no byte count or duration is as large as that; left out of means and correlations",
        ),
    ]
}

/// The longest stretches without a connection: at least three bins and a hundredth of the whole.
fn gaps(tally: &Tally) -> Vec<(i64, i64)> {
    let bins = tally.activity.sorted();
    let width = tally.activity.width();
    let Some(((first, _), (last, _))) = bins.first().zip(bins.last()) else { return Vec::new() };
    let least = (3 * width).max(last.saturating_sub(*first) / 100);
    let starts: Vec<i64> =
        bins.iter().filter(|(_, moment)| moment.n_rows > 0).map(|(start, _)| *start).collect();
    let mut gaps: Vec<_> = starts
        .windows(2)
        .map(|pair| (pair[0].saturating_add(width), pair[1]))
        .filter(|(from, to)| to.saturating_sub(*from) >= least)
        .collect();
    gaps.sort_by_key(|(from, to)| (Reverse(to.saturating_sub(*from)), *from));
    gaps.truncate(10);
    gaps
}

pub(super) fn columns(
    tally: &Tally,
    detail: &Detail,
    layout: &Layout,
    params: &ProfileParams,
) -> Vec<ColumnProfile> {
    let uid = column("uid", "string", tally.n_rows, tally.n_rows - detail.n_uids, about(&detail.uids));
    let mut columns = vec![time_column(tally), uid];
    columns.extend(host_columns(tally));
    match tally.kind {
        LogKind::Conn => columns.extend(category_columns(tally, params)),
        LogKind::Http => columns.extend(request_columns(tally, detail, layout, params)),
    }
    columns.extend((0..N_NUMBERS).map(|number| number_column(tally, number)));
    columns.iter_mut().for_each(|column| column.dropped = dropped(column));
    columns
}

/// The texts of requests, with their most frequent values.
fn request_columns(
    tally: &Tally,
    detail: &Detail,
    layout: &Layout,
    params: &ProfileParams,
) -> Vec<ColumnProfile> {
    let mut columns = category_columns_of(tally, &["method", "resp_mime_types"], params);
    for (name, ty) in [
        ("status_code", "count"),
        ("host", "string"),
        ("uri", "string"),
        ("referrer", "string"),
        ("user_agent", "string"),
        ("username", "string"),
    ] {
        let by = [name.to_owned()];
        let place = layout.columns().iter().position(|column| column == name);
        let Some((grouping, place)) = layout.grouping(&by).zip(place) else { continue };
        let n_set = tally.n_set.get(place).copied().flatten().unwrap_or(0);
        let groups = detail.groupings.get(grouping).into_iter().flat_map(Tracks::iter);
        let counts = groups.map(|(_, found)| (found.key.join(" "), found.group.n_rows));
        let counts = counts.filter(|(value, _)| value != NO_SERVICE);
        // The rows without a value are a group as well.
        let distinct = tally.grouped[grouping].estimate() - f64::from(u8::from(n_set < tally.n_rows));
        let mut profile =
            column(name, ty, tally.n_rows, tally.n_rows - n_set, Distinct::About(distinct.max(0.0)));
        profile.top = top(counts, params.limit.min(5));
        columns.push(profile);
    }
    columns
}

/// A column with nothing counted yet. There are no more distinct values than rows, whatever an estimate says.
fn column(name: &'static str, ty: &'static str, n: u64, n_missing: u64, distinct: Distinct) -> ColumnProfile {
    let distinct = match distinct {
        Distinct::About(distinct) => Distinct::About(distinct.min((n - n_missing) as f64)),
        exact => exact,
    };
    ColumnProfile { name, ty, n, n_missing, distinct, numbers: None, top: Vec::new(), dropped: None }
}

fn dropped(column: &ColumnProfile) -> Option<&'static str> {
    let n_set = column.n - column.n_missing;
    match (column.distinct, column.ty) {
        _ if n_set == 0 => Some("unset in every row"),
        (Distinct::Exactly(1), _) if column.n_missing == 0 => Some("constant"),
        (Distinct::Exactly(1), _) if matches!(column.name, "local_orig" | "local_resp") => {
            Some("constant where set")
        }
        _ if column.name == "uid" => Some("a key: it names a row"),
        (_, "time") => Some("a key: it tells rows apart, and when, not what"),
        (Distinct::About(n), "addr" | "string") if n >= NEAR_UNIQUE * n_set as f64 && n_set > 20 => {
            Some("near unique")
        }
        _ if matches!(column.name, "host" | "uri" | "referrer" | "user_agent" | "username") => {
            Some("text: its length, shape and rarity are features, the text itself is not")
        }
        (_, "addr") => Some("a key: models that see addresses learn who, not what"),
        (_, "port") if column.name == "id.orig_p" => Some("ephemeral: chosen at random by the originator"),
        _ => None,
    }
}

fn time_column(tally: &Tally) -> ColumnProfile {
    column("ts", "time", tally.n_rows, tally.quality.n_without_time, Distinct::Unknown)
}

fn host_columns(tally: &Tally) -> Vec<ColumnProfile> {
    let mut columns = Vec::new();
    for (side, (addr, port)) in
        [("id.orig_h", "id.orig_p"), ("id.resp_h", "id.resp_p")].into_iter().enumerate()
    {
        let n_missing = tally.n_rows - tally.n_hosts[side];
        columns.push(column(addr, "addr", tally.n_rows, n_missing, about(&tally.hosts[side])));
        let ports = &tally.ports[side];
        let n_set: u64 = ports.iter().sum();
        let n_icmp = if tally.kind == LogKind::Conn { n_of_family(tally, Proto::Icmp as usize) } else { 0 };
        let distinct = ports.iter().filter(|n| **n > 0).count() as u64;
        let n = tally.n_rows - n_icmp;
        let mut profile = column(port, "port", n, n.saturating_sub(n_set), Distinct::Exactly(distinct));
        profile.top = top(ports.iter().enumerate().map(|(port, n)| (port.to_string(), *n)), 5);
        columns.push(profile);
    }
    columns
}

fn about(distinct: &HyperLogLog) -> Distinct {
    Distinct::About(distinct.estimate())
}

fn n_of_family(tally: &Tally, family: usize) -> u64 {
    tally
        .groups
        .iter()
        .filter(|(key, _)| usize::from(key.family) == family)
        .map(|(_, group)| group.n_rows)
        .sum()
}

/// The values with the largest counts, ties by name.
fn top(counts: impl Iterator<Item = (String, u64)>, most: usize) -> Vec<(String, u64)> {
    let mut counts: Vec<_> = counts.filter(|(_, n)| *n > 0).collect();
    counts.sort_by(|a, b| (Reverse(a.1), &a.0).cmp(&(Reverse(b.1), &b.0)));
    counts.truncate(most);
    counts
}

fn category(
    tally: &Tally,
    (name, ty): (&'static str, &'static str),
    counts: BTreeMap<String, u64>,
    (n_missing, is_whole): (u64, bool),
    params: &ProfileParams,
) -> ColumnProfile {
    let n = counts.len() as u64;
    let distinct = if is_whole { Distinct::Exactly(n) } else { Distinct::About(n as f64) };
    let mut profile = column(name, ty, tally.n_rows, n_missing, distinct);
    profile.top = top(counts.into_iter(), params.limit.min(5));
    profile
}

/// Columns of the categories that the first pass groups rows by.
fn category_columns_of(
    tally: &Tally,
    columns: &[&'static str],
    params: &ProfileParams,
) -> Vec<ColumnProfile> {
    let of = |name: &&'static str| {
        let mut counts: BTreeMap<String, u64> = BTreeMap::new();
        for (key, group) in tally.groups.iter() {
            *counts.entry(value_of(tally.kind, key, name)).or_default() += group.n_rows;
        }
        let n_missing = counts.remove(NO_SERVICE).unwrap_or(0);
        let ty = match *name {
            "proto" => "enum",
            "resp_mime_types" => "vector[string]",
            _ => "string",
        };
        // Only the second of them has any number of values.
        let is_whole = *name != categories(tally.kind)[1] || tally.groups.is_whole();
        category(tally, (name, ty), counts, (n_missing, is_whole), params)
    };
    columns.iter().map(of).collect()
}

fn category_columns(tally: &Tally, params: &ProfileParams) -> Vec<ColumnProfile> {
    let category = |name, ty, counts, n_missing, is_whole| {
        category(tally, (name, ty), counts, (n_missing, is_whole), params)
    };
    let bools = |counts: &[u64; 3]| {
        let values = [("F", counts[1]), ("T", counts[2])].into_iter().filter(|(_, n)| *n > 0);
        values.map(|(value, n)| (value.to_owned(), n)).collect()
    };
    let histories = tally.histories.iter().map(|(name, n)| (name.to_string(), *n)).collect();
    let tunnels = [("(empty)", tally.tunnels[1]), ("(some uid)", tally.tunnels[2])];
    let tunnels =
        tunnels.into_iter().filter(|(_, n)| *n > 0).map(|(value, n)| (value.to_owned(), n)).collect();
    let mut columns = category_columns_of(tally, &["proto", "service", "conn_state"], params);
    columns.extend([
        category("local_orig", "bool", bools(&tally.locals[0]), tally.locals[0][0], true),
        category("local_resp", "bool", bools(&tally.locals[1]), tally.locals[1][0], true),
        category(
            "history",
            "string",
            histories,
            tally.n_rows - tally.n_histories,
            tally.histories.is_whole(),
        ),
    ]);
    if tally.tunnels.iter().sum::<u64>() > 0 {
        columns.push(category("tunnel_parents", "set[string]", tunnels, tally.tunnels[0], true));
    }
    columns
}

pub(super) const NO_SERVICE: &str = "(none)";

/// The value of a group in one of the columns that the first pass groups by.
fn value_of(kind: LogKind, key: &GroupKey, column: &str) -> String {
    match categories(kind).iter().position(|name| *name == column) {
        Some(0) => family_name(kind, usize::from(key.family)).to_owned(),
        Some(2) => state_name(kind, usize::from(key.state)).to_owned(),
        _ => key.service.as_deref().unwrap_or(NO_SERVICE).to_owned(),
    }
}

fn number_column(tally: &Tally, number: usize) -> ColumnProfile {
    let groups = || tally.groups.iter().map(|(_, group)| group).chain([&tally.groups.rest]);
    let mut values = LogHistogram::default();
    groups().for_each(|group| values.merge(&group.numbers[number]));
    let sum: u128 = groups().map(|group| group.sums[number]).sum();
    let bins = || values.bins().map(|(bin, _)| bin as u64);
    let n_small = bins().take_while(|bin| *bin < EXACT_BELOW).count();
    let distinct = match bins().next_back() {
        Some(EXACT_BELOW..) => Distinct::About(n_small as f64 + tally.distinct[number].estimate()),
        _ => Distinct::Exactly(n_small as u64),
    };
    let mut profile = column(
        names(tally.kind)[number],
        type_of(tally.kind, number),
        tally.n_rows,
        tally.n_rows - values.n(),
        distinct,
    );
    profile.numbers = numbers(tally, number, &values, sum);
    profile
}

fn numbers(tally: &Tally, number: usize, values: &LogHistogram, sum: u128) -> Option<NumberProfile> {
    let (kind, n) = (tally.kind, values.n() as f64);
    let quantile = |q: f64| values.quantile(q).map(|value| in_unit(kind, number, value));
    let mut quantiles = [0.0; 7];
    for (out, q) in quantiles.iter_mut().zip([0.0, 0.01, 0.25, 0.5, 0.75, 0.99, 1.0]) {
        *out = quantile(q)?;
    }
    // Squares are summed where no value is too large; deviations come from there.
    let mut moments = ExactCoMoments::new(N_NUMBERS);
    for ((_, pattern), part) in &tally.raw {
        if pattern >> number & 1 == 1 {
            moments.merge(part);
        }
    }
    let mean = sum as f64 / n;
    let [_, m2, m3, m4] = central_moments(values, mean);
    let skew = m3 / m2.powf(1.5);
    let kurtosis = m4 / (m2 * m2) - 3.0;
    let is_varied = m2 > 0.0;
    Some(NumberProfile {
        unit: unit(kind, number),
        n_zeros: values.n_zeros(),
        mean: in_unit(kind, number, mean),
        std: in_unit(kind, number, moments.variance(number).sqrt()),
        skew: if is_varied { skew } else { f64::NAN },
        kurtosis: if is_varied { kurtosis } else { f64::NAN },
        quantiles,
    })
}

/// The first four moments about a mean, of the middles of the bins.
fn central_moments(values: &LogHistogram, mean: f64) -> [f64; 4] {
    let mut moments = [0.0; 4];
    for (bin, n) in values.bins() {
        let deviation = LogHistogram::middle_of(bin) - mean;
        let mut power = n as f64;
        for moment in &mut moments {
            power *= deviation;
            *moment += power;
        }
    }
    moments.map(|moment| moment / values.n() as f64)
}

pub(super) fn missing(tally: &Tally) -> Missing {
    let kind = tally.kind;
    let numbers = match kind {
        LogKind::Conn => [DURATION, ORIG_BYTES, RESP_BYTES],
        LogKind::Http => [URI_LEN, HOST_LEN, USER_AGENT_LEN],
    };
    let mut groups: BTreeMap<(u8, u8), Group> = BTreeMap::new();
    for (key, group) in tally.groups.iter() {
        groups.entry((key.family, key.state)).or_default().merge(group.clone());
    }
    let row = |((family, state), group): ((u8, u8), Group)| MissingProfile {
        key: [family_name(kind, usize::from(family)), state_name(kind, usize::from(state))],
        n: group.n_rows,
        n_unset: numbers.map(|number| group.n_rows - group.numbers[number].n()),
    };
    let mut rows: Vec<_> = groups.into_iter().map(row).collect();
    rows.sort_by_key(|row| (Reverse(row.n), row.key));
    let [family, _, state] = categories(kind);
    Missing { by: [family, state], columns: numbers.map(|number| names(kind)[number]), rows }
}

/// Rows that agree in some columns.
struct Grouped {
    key: Vec<String>,
    group: Group,
    examples: Evidence,
}

/// The groups by some columns, the largest first.
fn grouped(tally: &Tally, detail: &Detail, layout: &Layout, by: &[String]) -> Vec<Grouped> {
    let mut groups: Vec<Grouped> = match layout.grouping(by) {
        Some(grouping) if !is_base(tally.kind, by) => {
            let found = detail.groupings.get(grouping).into_iter().flat_map(Tracks::iter);
            let named = |found: &NamedGroup| Grouped {
                key: found.key.iter().map(ToString::to_string).collect(),
                group: found.group.clone(),
                examples: found.examples.clone(),
            };
            found.map(|(_, found)| named(found)).collect()
        }
        _ => grouped_at_first(tally, detail, by),
    };
    groups.sort_by(|a, b| (Reverse(a.group.n_rows), &a.key).cmp(&(Reverse(b.group.n_rows), &b.key)));
    groups
}

/// The groups by columns that the first pass tells apart.
fn grouped_at_first(tally: &Tally, detail: &Detail, by: &[String]) -> Vec<Grouped> {
    let mut groups: BTreeMap<Vec<String>, (Group, Evidence)> = BTreeMap::new();
    for (key, group) in tally.groups.iter() {
        let name = by.iter().map(|column| value_of(tally.kind, key, column)).collect();
        let (all, examples) = groups.entry(name).or_default();
        all.merge(group.clone());
        if let Some(found) = detail.examples.get(key) {
            examples.merge(found.clone());
        }
    }
    if tally.groups.rest.n_rows > 0 {
        let key = by.iter().map(|_| "(too many to tell apart)".to_owned()).collect();
        groups.insert(key, (tally.groups.rest.clone(), detail.examples.rest.clone()));
    }
    let whole = |(key, (group, examples))| Grouped { key, group, examples };
    groups.into_iter().map(whole).collect()
}

/// Most groups with a box of their own.
const MOST_BOXES: usize = 16;

/// Boxes of each number, by each of the columns.
pub(super) fn boxes(
    tally: &Tally,
    detail: &Detail,
    layout: &Layout,
    params: &ProfileParams,
) -> Vec<BoxProfile> {
    let kind = tally.kind;
    let mut boxes = Vec::new();
    for by in &params.by {
        let groups = grouped(tally, detail, layout, std::slice::from_ref(by));
        for (number, column) in names(kind).into_iter().enumerate() {
            let of = |found: &Grouped| {
                let values = &found.group.numbers[number];
                let scaled = |numbers: BoxNumbers| in_units(kind, number, numbers);
                BoxProfile {
                    by: by.clone(),
                    column,
                    unit: unit(kind, number),
                    group: found.key.join(" "),
                    n_rows: found.group.n_rows,
                    n_missing: found.group.n_rows - values.n(),
                    numbers: BoxNumbers::of(values).map(scaled),
                    positive: BoxNumbers::of_positive(values).map(scaled),
                }
            };
            boxes.extend(groups.iter().take(MOST_BOXES).map(of));
        }
    }
    boxes
}

pub(super) fn in_units(kind: LogKind, number: usize, mut numbers: BoxNumbers) -> BoxNumbers {
    let values = [
        &mut numbers.min,
        &mut numbers.q1,
        &mut numbers.median,
        &mut numbers.q3,
        &mut numbers.max,
        &mut numbers.whisker_low,
        &mut numbers.whisker_high,
    ];
    values.into_iter().chain(numbers.outliers.iter_mut().map(|(value, _)| value)).for_each(|value| {
        *value = in_unit(kind, number, *value);
    });
    numbers
}

pub(super) fn groups(tally: &Tally, detail: &Detail, layout: &Layout, params: &ProfileParams) -> Groups {
    let all = grouped(tally, detail, layout, &params.by);
    let n_known: u64 = all.iter().map(|found| found.group.n_rows).sum();
    let n_groups = match layout.grouping(&params.by) {
        Some(grouping) if n_known < tally.n_rows => about(&tally.grouped[grouping]),
        _ => Distinct::Exactly(all.len() as u64),
    };
    let number = if tally.kind == LogKind::Conn { DURATION } else { RESP_BYTES };
    let row = |Grouped { key, group, examples }: Grouped| GroupProfile {
        key,
        n: group.n_rows,
        share: group.n_rows as f64 / tally.n_rows.max(1) as f64,
        sent: group.sums[ORIG_BYTES],
        received: group.sums[RESP_BYTES],
        median: group.numbers[number].median().map(|median| in_unit(tally.kind, number, median)),
        n_failed: group.n_failed,
        examples: examples.sessions(),
    };
    let rows: Vec<_> = all.into_iter().take(params.limit).map(row).collect();
    let n_rest = tally.n_rows - rows.iter().map(|row| row.n).sum::<u64>();
    Groups { by: params.by.clone(), rows, n_groups, n_rest }
}

/// Fewer rows than this say nothing about a correlation.
const LEAST_ROWS: u64 = 10;

pub(super) fn correlations(tally: &Tally, detail: &Detail) -> Vec<Correlations> {
    let kind = tally.kind;
    let families = || (0..n_families(kind)).map(|family| (family, family_name(kind, family)));
    let mut found = vec![pearson(tally, "all", |_| true)];
    for (family, name) in families() {
        if n_of_family(tally, family) >= LEAST_ROWS {
            found.push(pearson(tally, name, |one| usize::from(one) == family));
        }
    }
    let mut all = ExactCoMoments::new(N_NUMBERS);
    detail.logs.iter().for_each(|moments| all.merge(moments));
    found.push(filled(kind, &all, "all", Method::PearsonLog));
    found.push(filled(kind, &detail.ranks[N_FAMILIES], "all", Method::Spearman));
    for (family, name) in families() {
        if detail.logs[family].n() >= LEAST_ROWS {
            found.push(filled(kind, &detail.logs[family], name, Method::PearsonLog));
            found.push(filled(kind, &detail.ranks[family], name, Method::Spearman));
        }
    }
    found
}

/// Over rows whose gaps are filled.
fn filled(kind: LogKind, moments: &ExactCoMoments, family: &'static str, method: Method) -> Correlations {
    let cell = |i: usize, j: usize| {
        if moments.n() >= LEAST_ROWS { moments.correlation(i, j) } else { f64::NAN }
    };
    let r = (0..N_NUMBERS).map(|i| (0..N_NUMBERS).map(|j| cell(i, j)).collect()).collect();
    Correlations {
        family,
        method,
        columns: names(kind).to_vec(),
        r,
        n: vec![vec![moments.n(); N_NUMBERS]; N_NUMBERS],
    }
}

/// How gaps were filled, and what a standardization of the logarithms would take.
pub(super) fn imputation(tally: &Tally, detail: &Detail) -> Vec<ImputationProfile> {
    let mut logs = ExactCoMoments::new(N_NUMBERS);
    detail.logs.iter().for_each(|moments| logs.merge(moments));
    let (kind, set) = (tally.kind, tally.all_numbers());
    (0..N_NUMBERS)
        .map(|number| {
            let mut after = set[number].clone();
            after.merge(&detail.filled[number]);
            let quartiles = |values: &LogHistogram| {
                let of = |q: f64| values.quantile(q).map(|value| in_unit(kind, number, value));
                Some([of(0.25)?, of(0.5)?, of(0.75)?])
            };
            let ln = quartiles(&after).map_or([f64::NAN; 3], |quartiles| quartiles.map(f64::ln_1p));
            let how = detail.how[number];
            ImputationProfile {
                column: names(kind)[number],
                unit: unit(kind, number),
                n_set: set[number].n(),
                n_zero: how.zero,
                n_from_ip_bytes: how.from_ip_bytes,
                n_median: how.median,
                before: quartiles(&set[number]),
                after: quartiles(&after),
                ln_mean: logs.mean(number) / LN_STEPS,
                ln_std: logs.variance(number).sqrt() / LN_STEPS,
                ln_median: ln[1],
                ln_iqr: ln[2] - ln[0],
            }
        })
        .collect()
}

/// Over the rows of some protocols or methods; each pair over the rows in which both are set.
fn pearson(tally: &Tally, family: &'static str, is_meant: impl Fn(u8) -> bool) -> Correlations {
    let mut r = vec![vec![f64::NAN; N_NUMBERS]; N_NUMBERS];
    let mut n = vec![vec![0; N_NUMBERS]; N_NUMBERS];
    for i in 0..N_NUMBERS {
        for j in i..N_NUMBERS {
            let both = 1 << i | 1 << j;
            let mut moments = ExactCoMoments::new(N_NUMBERS);
            for ((family, pattern), part) in &tally.raw {
                if is_meant(*family) && pattern & both == both {
                    moments.merge(part);
                }
            }
            let found = if moments.n() >= LEAST_ROWS { moments.correlation(i, j) } else { f64::NAN };
            (r[i][j], r[j][i]) = (found, found);
            (n[i][j], n[j][i]) = (moments.n(), moments.n());
        }
    }
    Correlations { family, method: Method::Pearson, columns: names(tally.kind).to_vec(), r, n }
}

pub(super) fn activity(tally: &Tally) -> Activity {
    let bins = tally.activity.sorted().into_iter().map(|(start, moment)| ActivityBin {
        start,
        n: moment.n_rows,
        n_failed: moment.n_failed,
        bytes: moment.bytes,
    });
    let directions =
        Direction::ALL.into_iter().zip(tally.directions).map(|(direction, traffic)| DirectionProfile {
            direction,
            n: traffic.n_rows,
            n_failed: traffic.n_failed,
            sent: traffic.sent,
            received: traffic.received,
        });
    Activity {
        bin_seconds: tally.activity.width() as f64 / 1e6,
        bins: bins.collect(),
        directions: directions.collect(),
    }
}
