use super::{Connection, Service, WindowFeature, share};
use crate::Unit;
use std::collections::{HashMap, VecDeque};
use std::hash::Hash;
use std::net::IpAddr;

/// The rows of the last so many microseconds, counted as in KDD 99.
#[derive(Debug, Clone)]
pub(super) struct TimeWindow {
    span: i64,
    limit: usize,
    rows: VecDeque<Seen>,
    hosts: HashMap<IpAddr, Tally>,
    services: HashMap<Service, Tally>,
    /// Rows to the host at the service.
    doors: HashMap<(IpAddr, Service), Tally>,
    n_cut: u64,
}

#[derive(Debug, Clone, Copy)]
struct Seen {
    time: i64,
    host: IpAddr,
    service: Service,
    is_syn_error: bool,
    is_rejected: bool,
}

#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    n: u32,
    n_syn_errors: u32,
    n_rejected: u32,
}

impl TimeWindow {
    pub(super) fn new(span: i64, limit: usize) -> Self {
        Self {
            span,
            limit,
            rows: VecDeque::new(),
            hosts: HashMap::new(),
            services: HashMap::new(),
            doors: HashMap::new(),
            n_cut: 0,
        }
    }

    pub(super) fn n_cut(&self) -> u64 {
        self.n_cut
    }

    pub(super) fn features(name: &str, span: i64) -> Vec<WindowFeature> {
        let seconds = span / 1_000_000;
        let among = [
            ("count", "connections to the same responder", Unit::Count),
            ("srv_count", "connections to the same protocol and responder port", Unit::Count),
            ("serror_rate", "share of S0 to S3 among those to the same responder", Unit::Share),
            ("srv_serror_rate", "share of S0 to S3 among those to the same protocol and port", Unit::Share),
            ("rerror_rate", "share of REJ among those to the same responder", Unit::Share),
            ("srv_rerror_rate", "share of REJ among those to the same protocol and port", Unit::Share),
            (
                "same_srv_rate",
                "share of the same protocol and port among those to the same responder",
                Unit::Share,
            ),
            (
                "diff_srv_rate",
                "share of another protocol or port among those to the same responder",
                Unit::Share,
            ),
            (
                "srv_diff_host_rate",
                "share of other responders among those to the same protocol and port",
                Unit::Share,
            ),
        ];
        let feature = |(start, what, unit): (&str, &str, Unit)| {
            let definition = format!("{what} in the last {seconds} s, this one included (KDD 99)");
            WindowFeature::new(format!("{start}_{name}"), definition, unit, "window")
        };
        among.into_iter().map(feature).collect()
    }

    pub(super) fn push(&mut self, now: i64, row: &Connection, values: &mut Vec<f64>) {
        let start = now.saturating_sub(self.span);
        while self.rows.front().is_some_and(|seen| seen.time <= start) {
            self.forget();
        }
        if self.rows.len() >= self.limit {
            self.forget();
            self.n_cut += 1;
        }
        self.remember(Seen {
            time: now,
            host: row.resp_h,
            service: row.service(),
            is_syn_error: row.is_syn_error(),
            is_rejected: row.is_rejected(),
        });
        let host = self.hosts[&row.resp_h];
        let service = self.services[&row.service()];
        let door = self.doors[&(row.resp_h, row.service())].n;
        values.extend([
            f64::from(host.n),
            f64::from(service.n),
            share(host.n_syn_errors, host.n),
            share(service.n_syn_errors, service.n),
            share(host.n_rejected, host.n),
            share(service.n_rejected, service.n),
            share(door, host.n),
            share(host.n - door, host.n),
            share(service.n - door, service.n),
        ]);
    }

    fn remember(&mut self, seen: Seen) {
        self.hosts.entry(seen.host).or_default().add(&seen);
        self.services.entry(seen.service).or_default().add(&seen);
        self.doors.entry((seen.host, seen.service)).or_default().add(&seen);
        self.rows.push_back(seen);
    }

    fn forget(&mut self) {
        let Some(seen) = self.rows.pop_front() else { return };
        take(&mut self.hosts, seen.host, &seen);
        take(&mut self.services, seen.service, &seen);
        take(&mut self.doors, (seen.host, seen.service), &seen);
    }
}

impl Tally {
    fn add(&mut self, seen: &Seen) {
        self.n += 1;
        self.n_syn_errors += u32::from(seen.is_syn_error);
        self.n_rejected += u32::from(seen.is_rejected);
    }
}

/// Takes a row out of its tally, and the tally out of the map with the last row.
fn take<K: Hash + Eq>(tallies: &mut HashMap<K, Tally>, key: K, seen: &Seen) {
    let std::collections::hash_map::Entry::Occupied(mut entry) = tallies.entry(key) else { return };
    let tally = entry.get_mut();
    tally.n -= 1;
    tally.n_syn_errors -= u32::from(seen.is_syn_error);
    tally.n_rejected -= u32::from(seen.is_rejected);
    if tally.n == 0 {
        entry.remove();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_window_lets_the_oldest_go_and_counts_it() {
        let mut window = TimeWindow::new(1_000_000, 3);
        let mut values = Vec::new();
        for _ in 0..5 {
            values.clear();
            window.push(0, &Connection::default(), &mut values);
        }
        assert_eq!((values[0], window.n_cut(), window.rows.len()), (3.0, 2, 3));
        window.push(2_000_000, &Connection::default(), &mut values);
        assert_eq!((window.rows.len(), window.hosts.len(), window.doors.len()), (1, 1, 1));
    }
}
