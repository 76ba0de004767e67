//! Classes of rows (labels, and ways to behave), and what sets them apart.

use super::cells::addr_hash;
use super::found::{Association, BoxProfile, ClassProfile, Classes};
use super::merge::{Capped, Merge};
use super::numbers::{
    DURATION, N_FAMILIES, N_NUMBERS, N_STATES, ORIG_BYTES, RESP_BYTES, categories, names, unit,
};
use super::tally::Tally;
use super::tracks::FewDistinct;
use super::view::Row;
use bro_features::stats::{BoxNumbers, Measured, cramers_v, mutual_information};
use bro_features::{LogHistogram, LogKind};
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The rows of one class.
#[derive(Debug, Clone, Default)]
pub(super) struct ClassTrack {
    pub(super) n: u64,
    /// With gaps filled.
    pub(super) numbers: [LogHistogram; N_NUMBERS],
    states: [u64; N_STATES],
    families: [u64; N_FAMILIES],
    services: BTreeMap<Arc<str>, u64>,
    n_bad_checksums: u64,
    origs: FewDistinct,
    resps: FewDistinct,
    ports: FewDistinct,
}

/// Most services of a class that are told apart.
const MOST_SERVICES: usize = 256;

/// A row with what classes need to know of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct ClassRow<'a> {
    pub(super) row: &'a Row,
    /// With gaps filled.
    pub(super) values: &'a [u64; N_NUMBERS],
    pub(super) service: Option<&'a Arc<str>>,
    pub(super) history: &'a [u8],
    /// True if the host asked is an address.
    pub(super) is_addr: bool,
}

impl ClassTrack {
    pub(super) fn insert(&mut self, what: &ClassRow<'_>) {
        let ClassRow { row, values, service, history, .. } = *what;
        self.n += 1;
        self.numbers.iter_mut().zip(values).for_each(|(numbers, value)| numbers.insert(*value));
        self.states[usize::from(row.state_idx)] += 1;
        self.families[usize::from(row.family_idx)] += 1;
        if let Some(service) = service {
            *self.services.entry(service.clone()).or_default() += 1;
            self.trim();
        }
        self.n_bad_checksums +=
            u64::from(!history.is_empty() && history.iter().all(|letter| b"Cc".contains(letter)));
        if let Some(addr) = row.orig_h {
            self.origs.insert(addr_hash(addr));
        }
        if let Some(addr) = row.resp_h {
            self.resps.insert(addr_hash(addr));
        }
        if let Some(port) = row.resp_p {
            self.ports.insert(bro_features::stats::HyperLogLog::mix(u64::from(port)));
        }
    }

    /// The first names stay: what stays was never dropped, in whatever order the rows came.
    fn trim(&mut self) {
        while self.services.len() > MOST_SERVICES {
            self.services.pop_last();
        }
    }
}

impl Merge for ClassTrack {
    fn merge(&mut self, other: Self) {
        self.n += other.n;
        self.numbers.iter_mut().zip(&other.numbers).for_each(|(mine, theirs)| mine.merge(theirs));
        self.states.iter_mut().zip(other.states).for_each(|(mine, theirs)| *mine += theirs);
        self.families.iter_mut().zip(other.families).for_each(|(mine, theirs)| *mine += theirs);
        for (service, n) in other.services {
            *self.services.entry(service).or_default() += n;
        }
        self.trim();
        self.n_bad_checksums += other.n_bad_checksums;
        self.origs.merge(other.origs);
        self.resps.merge(other.resps);
        self.ports.merge(other.ports);
    }
}

/// Ways to behave that are told apart.
pub(super) const N_BEHAVIOURS: usize = 5;

/// Ways to behave that a single row shows; a row may show several.
fn behaviour_names(kind: LogKind) -> [&'static str; N_BEHAVIOURS] {
    match kind {
        LogKind::Conn => {
            ["failed", "unanswered (S0)", "refused (REJ)", "upload (over 1 MB, nine tenths sent)", "long"]
        }
        LogKind::Http => [
            "client error (4xx)",
            "server error (5xx)",
            "no response seen",
            "upload (over 100 kB, nine tenths sent)",
            "host is an address",
        ],
    }
}

impl ClassRow<'_> {
    /// Whether the row behaves so.
    pub(super) fn behaves(&self, long: u64) -> [bool; N_BEHAVIOURS] {
        let (row, sent, received) = (self.row, self.values[ORIG_BYTES], self.values[RESP_BYTES]);
        let is_upload = |least: u64| sent >= least && sent / 9 >= received;
        match row.kind {
            LogKind::Conn => [
                row.is_failed(),
                row.state.name() == "S0",
                row.state.name() == "REJ",
                is_upload(1_000_000),
                self.values[DURATION] >= long,
            ],
            LogKind::Http => [
                row.status.is_some_and(|status| status / 100 == 4),
                row.status.is_some_and(|status| status / 100 == 5),
                row.status.is_none(),
                is_upload(100_000),
                self.is_addr,
            ],
        }
    }
}

/// The classes of a partition, or ways to behave; what they are, and what tells them apart from all other rows.
pub(super) fn classes(
    kind: LogKind,
    tracks: &[(String, &ClassTrack)],
    all: &[LogHistogram; N_NUMBERS],
    is_partition: bool,
) -> Classes {
    let mut tracks: Vec<_> = tracks.iter().filter(|(_, track)| track.n > 0).collect();
    tracks.sort_by(|a, b| (Reverse(a.1.n), &a.0).cmp(&(Reverse(b.1.n), &b.0)));
    let n_all = all[DURATION].n().max(1);
    let profile = |(name, track): &&(String, &ClassTrack)| ClassProfile {
        name: name.clone(),
        n: track.n,
        share: track.n as f64 / n_all as f64,
        leaks: if is_partition { leaks(name, track, n_all) } else { Vec::new() },
    };
    let mut associations: Vec<Association> =
        tracks.iter().flat_map(|(name, track)| against_rest(kind, name, track, all)).collect();
    if is_partition && tracks.len() > 1 {
        let tracks: Vec<&ClassTrack> = tracks.iter().map(|(_, track)| *track).collect();
        associations.extend(by_categories(kind, &tracks));
    }
    let boxes = tracks.iter().flat_map(|(name, track)| boxes(kind, name, track)).collect();
    Classes { classes: tracks.iter().map(profile).collect(), associations, boxes }
}

/// Of each number: the chance that it is larger in the class than elsewhere.
fn against_rest(
    kind: LogKind,
    name: &str,
    track: &ClassTrack,
    all: &[LogHistogram; N_NUMBERS],
) -> Vec<Association> {
    let of = |(number, (values, all)): (usize, (&LogHistogram, &LogHistogram))| {
        let mut rest = all.clone();
        rest.subtract(values);
        let auc = auc_of(values, &rest);
        Association {
            class: name.to_owned(),
            column: names(kind)[number],
            measure: "auc",
            value: auc,
            cliffs_delta: Some(2.0 * auc - 1.0),
            standard_error: standard_error(auc, values.n() as f64, rest.n() as f64),
            n: values.n() + rest.n(),
        }
    };
    track.numbers.iter().zip(all).enumerate().map(of).collect()
}

/// The chance that a value of one is larger than one of the other, values of one bin counting half.
fn auc_of(one: &LogHistogram, other: &LogHistogram) -> f64 {
    let pairs = one.n() as f64 * other.n() as f64;
    let mut others = other.bins().peekable();
    let (mut below, mut sum) = (0_u64, 0.0);
    for (bin, n) in one.bins() {
        while let Some((_, count)) = others.next_if(|(other, _)| *other < bin) {
            below += count;
        }
        let same = others.peek().filter(|(other, _)| *other == bin).map_or(0, |(_, count)| *count);
        sum += n as f64 * (below as f64 + same as f64 / 2.0);
    }
    if pairs > 0.0 { sum / pairs } else { f64::NAN }
}

/// Hanley and McNeil's standard error of an area under the curve.
fn standard_error(auc: f64, n_one: f64, n_other: f64) -> f64 {
    let q1 = auc / (2.0 - auc);
    let q2 = 2.0 * auc * auc / (1.0 + auc);
    let variance = auc * (1.0 - auc) + (n_one - 1.0) * (q1 - auc * auc) + (n_other - 1.0) * (q2 - auc * auc);
    (variance.max(0.0) / (n_one * n_other)).sqrt()
}

/// What categories have to do with all classes.
fn by_categories(kind: LogKind, tracks: &[&ClassTrack]) -> Vec<Association> {
    let mut services: Vec<Arc<str>> =
        tracks.iter().flat_map(|track| track.services.keys().cloned()).collect();
    services.sort();
    services.dedup();
    let by_service = |track: &ClassTrack| {
        let known: Vec<u64> =
            services.iter().map(|name| track.services.get(name).copied().unwrap_or(0)).collect();
        let none = track.n - known.iter().sum::<u64>();
        known.into_iter().chain([none]).collect()
    };
    let [family, service, state] = categories(kind);
    let tables: [(&'static str, Vec<Vec<u64>>); 3] = [
        (service, tracks.iter().map(|track| by_service(track)).collect()),
        (family, tracks.iter().map(|track| track.families.to_vec()).collect()),
        (state, tracks.iter().map(|track| track.states.to_vec()).collect()),
    ];
    let measure = |column, measure, Measured { value, n }: Measured| Association {
        class: "all classes".to_owned(),
        column,
        measure,
        value,
        cliffs_delta: None,
        standard_error: f64::NAN,
        n: n as u64,
    };
    let both = |(column, table): &(&'static str, Vec<Vec<u64>>)| {
        [
            measure(column, "cramers_v", cramers_v(table)),
            measure(column, "mutual_information", mutual_information(table)),
        ]
    };
    let categories = tables.iter().flat_map(both);
    let ratios = (0..N_NUMBERS).map(|number| correlation_ratio(kind, tracks, number));
    categories.chain(ratios).collect()
}

/// η of ln(1 + number) and the classes, from the middles of the bins.
fn correlation_ratio(kind: LogKind, tracks: &[&ClassTrack], number: usize) -> Association {
    let mut sums = Vec::new();
    let mut squares = 0.0;
    for track in tracks {
        let mut sum = 0.0;
        for (bin, n) in track.numbers[number].bins() {
            let value = LogHistogram::middle_of(bin).ln_1p();
            sum += n as f64 * value;
            squares += n as f64 * value * value;
        }
        sums.push((track.n as f64, sum));
    }
    let n: f64 = sums.iter().map(|(n, _)| n).sum();
    let mean = sums.iter().map(|(_, sum)| sum).sum::<f64>() / n;
    let between: f64 = sums.iter().map(|(n, sum)| n * (sum / n - mean).powi(2)).sum();
    let all = squares - n * mean * mean;
    Association {
        class: "all classes".to_owned(),
        column: names(kind)[number],
        measure: "correlation_ratio",
        value: if all > 0.0 { (between / all).clamp(0.0, 1.0).sqrt() } else { f64::NAN },
        cliffs_delta: None,
        standard_error: f64::NAN,
        n: n as u64,
    }
}

/// What would tell a model the class without anything being learnt.
fn leaks(name: &str, track: &ClassTrack, n_all: u64) -> Vec<String> {
    let mut leaks = Vec::new();
    // A class of nearly all rows, or of a few, is expected to have what it has.
    if track.n < 20 || 10 * track.n > 9 * n_all {
        return leaks;
    }
    for (distinct, column) in
        [(&track.origs, "id.orig_h"), (&track.resps, "id.resp_h"), (&track.ports, "id.resp_p")]
    {
        if distinct.n() == 1 {
            leaks.push(format!(
                "all {} rows of {name} have the same {column}: a model that sees it learns who, not what",
                crate::count_in_words(track.n)
            ));
        }
    }
    if 2 * track.n_bad_checksums >= track.n {
        leaks.push(format!(
            "{} of the {} rows of {name} have a history of bad checksums only: an artefact of the capture, which a model would take for the class",
            crate::count_in_words(track.n_bad_checksums),
            crate::count_in_words(track.n)
        ));
    }
    leaks
}

fn boxes(kind: LogKind, name: &str, track: &ClassTrack) -> Vec<BoxProfile> {
    let of = |(number, values): (usize, &LogHistogram)| {
        let scaled = |numbers: BoxNumbers| super::parts::in_units(kind, number, numbers);
        BoxProfile {
            by: "label".to_owned(),
            column: names(kind)[number],
            unit: unit(kind, number),
            group: name.to_owned(),
            n_rows: track.n,
            n_missing: 0,
            numbers: BoxNumbers::of(values).map(scaled),
            positive: BoxNumbers::of_positive(values).map(scaled),
        }
    };
    track.numbers.iter().enumerate().map(of).collect()
}

/// What ways to behave, and labels, have to do with the numbers.
pub(super) fn behaviours(tally: &Tally, detail: &super::detail::Detail) -> Classes {
    let all = filled(tally, detail);
    let names = behaviour_names(tally.kind).map(str::to_owned);
    let tracks: Vec<_> = names.into_iter().zip(&detail.behaviours).collect();
    classes(tally.kind, &tracks, &all, false)
}

/// `None` if no row has a label.
pub(super) fn labelled(tally: &Tally, detail: &super::detail::Detail) -> Option<Classes> {
    let tracks: Vec<_> = detail.labels.iter().map(|(name, track)| (name.to_string(), track)).collect();
    if tracks.is_empty() {
        return None;
    }
    let mut all: [LogHistogram; N_NUMBERS] = Default::default();
    for (_, track) in &tracks {
        all.iter_mut().zip(&track.numbers).for_each(|(all, part)| all.merge(part));
    }
    Some(classes(tally.kind, &tracks, &all, true))
}

/// All rows with their gaps filled.
fn filled(tally: &Tally, detail: &super::detail::Detail) -> [LogHistogram; N_NUMBERS] {
    let mut all = tally.all_numbers();
    all.iter_mut().zip(&detail.filled).for_each(|(all, filled)| all.merge(filled));
    all
}

/// Rows by label.
pub(super) type LabelTracks = Capped<Arc<str>, ClassTrack>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_area_from_bins_equals_that_of_the_values() {
        let (one, other): (Vec<u64>, Vec<u64>) =
            ((0..60).map(|i| i * 7 % 50 + 20).collect(), (0..90).map(|i| i * 11 % 60).collect());
        let of = |values: &[u64]| {
            let mut histogram = LogHistogram::default();
            values.iter().for_each(|value| histogram.insert(*value));
            histogram
        };
        let all: Vec<f64> = one.iter().chain(&other).map(|value| *value as f64).collect();
        let is_one: Vec<bool> = (0..all.len()).map(|i| i < one.len()).collect();
        let exact = bro_features::stats::auc(&all, &is_one).value;
        assert!((auc_of(&of(&one), &of(&other)) - exact).abs() < 1e-12);
        assert!(standard_error(exact, 60.0, 90.0) < 0.05);
    }
}
