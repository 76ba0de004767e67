use super::{Connection, Kept, Service, WindowFeature, share};
use crate::Unit;
use std::collections::VecDeque;
use std::net::IpAddr;

/// Connections looked back on.
const LAST: usize = 100;

/// Most destinations whose last connections are kept, in two generations.
const MOST_HOSTS: usize = 1 << 14;

/// The last 100 connections, of all and of each destination, counted as in KDD 99 and UNSW-NB15.
#[derive(Debug, Clone)]
pub(super) struct Recent {
    of_all: VecDeque<Seen>,
    of_host: Kept<IpAddr, VecDeque<Seen>>,
}

#[derive(Debug, Clone, Copy)]
struct Seen {
    orig_h: IpAddr,
    resp_h: IpAddr,
    orig_p: u16,
    service: Service,
    is_syn_error: bool,
    is_rejected: bool,
}

impl Default for Recent {
    fn default() -> Self {
        Self { of_all: VecDeque::new(), of_host: Kept::new(MOST_HOSTS) }
    }
}

impl Recent {
    pub(super) fn features() -> Vec<WindowFeature> {
        let host = [
            ("dst_host_count", "how many they are", Unit::Count),
            ("dst_host_srv_count", "how many are to the same protocol and port", Unit::Count),
            ("dst_host_same_srv_rate", "share to the same protocol and port", Unit::Share),
            ("dst_host_diff_srv_rate", "share to another protocol or port", Unit::Share),
            ("dst_host_same_src_port_rate", "share from the same originator port", Unit::Share),
            (
                "dst_host_srv_diff_host_rate",
                "share from other originators, of those to the same protocol and port",
                Unit::Share,
            ),
            ("dst_host_serror_rate", "share of S0 to S3", Unit::Share),
            (
                "dst_host_srv_serror_rate",
                "share of S0 to S3, of those to the same protocol and port",
                Unit::Share,
            ),
            ("dst_host_rerror_rate", "share of REJ", Unit::Share),
            ("dst_host_srv_rerror_rate", "share of REJ, of those to the same protocol and port", Unit::Share),
        ];
        let all = [
            ("ct_srv_src", "same protocol, responder port and originator"),
            ("ct_srv_dst", "same protocol, responder port and responder"),
            ("ct_dst_ltm", "same responder"),
            ("ct_src_ltm", "same originator"),
            ("ct_src_dport_ltm", "same originator and responder port"),
            ("ct_dst_sport_ltm", "same responder and originator port"),
            ("ct_dst_src_ltm", "same originator and responder"),
        ];
        let host = host.into_iter().map(|(name, what, unit)| {
            let definition =
                format!("{what}, of the last 100 connections to the responder, this one included (KDD 99)");
            WindowFeature::new(name, definition, unit, "recent")
        });
        let all = all.into_iter().map(|(name, what)| {
            let definition = format!(
                "connections with the {what} among the last 100 of all, this one included (UNSW-NB15)"
            );
            WindowFeature::new(name, definition, Unit::Count, "recent")
        });
        host.chain(all).collect()
    }

    pub(super) fn push(&mut self, row: &Connection, values: &mut Vec<f64>) {
        let seen = Seen {
            orig_h: row.orig_h,
            resp_h: row.resp_h,
            orig_p: row.orig_p,
            service: row.service(),
            is_syn_error: row.is_syn_error(),
            is_rejected: row.is_rejected(),
        };
        let of_host = self.of_host.get(row.resp_h);
        keep(of_host, seen);
        values.extend(of_destination(of_host, &seen));
        keep(&mut self.of_all, seen);
        values.extend(of_all(&self.of_all, &seen));
    }
}

fn keep(last: &mut VecDeque<Seen>, seen: Seen) {
    if last.len() == LAST {
        last.pop_front();
    }
    last.push_back(seen);
}

fn of_destination(last: &VecDeque<Seen>, seen: &Seen) -> [f64; 10] {
    let n = last.len() as u32;
    let count = |holds: &dyn Fn(&Seen) -> bool| last.iter().filter(|other| holds(other)).count() as u32;
    let is_same = |other: &Seen| other.service == seen.service;
    let n_same = count(&is_same);
    [
        f64::from(n),
        f64::from(n_same),
        share(n_same, n),
        share(n - n_same, n),
        share(count(&|other| other.orig_p == seen.orig_p), n),
        share(count(&|other| is_same(other) && other.orig_h != seen.orig_h), n_same),
        share(count(&|other| other.is_syn_error), n),
        share(count(&|other| is_same(other) && other.is_syn_error), n_same),
        share(count(&|other| other.is_rejected), n),
        share(count(&|other| is_same(other) && other.is_rejected), n_same),
    ]
}

fn of_all(last: &VecDeque<Seen>, seen: &Seen) -> [f64; 7] {
    let mut counts = [0.0; 7];
    for other in last {
        let (orig, resp) = (other.orig_h == seen.orig_h, other.resp_h == seen.resp_h);
        let service = other.service == seen.service;
        let holds = [
            service && orig,
            service && resp,
            resp,
            orig,
            orig && other.service.1 == seen.service.1,
            resp && other.orig_p == seen.orig_p,
            orig && resp,
        ];
        counts.iter_mut().zip(holds).for_each(|(count, holds)| *count += f64::from(u8::from(holds)));
    }
    counts
}
