//! Window features beside the direct formula: every row compared with all rows before it.

use bro_features::{ConnState, Connection, Proto, WindowFeature, Windows};
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};

/// A log of a few hosts over some hours, with times that go backwards, gaps and a change of day.
fn random_log(n_rows: usize, mut seed: u64) -> Vec<Connection> {
    let mut random = move |below: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % below
    };
    let mut clock = 86_400_000_000 - 3_000_000_000;
    (0..n_rows)
        .map(|_| {
            clock += [0, 100_000, 1_500_000, 40_000_000][random(4) as usize];
            let back = if random(5) == 0 { random(90_000_000) as i64 } else { 0 };
            let host = |last: u64| IpAddr::V4(Ipv4Addr::new(10, 0, 0, last as u8));
            Connection {
                ts: (random(20) > 0).then_some(clock - back),
                orig_h: host(random(4)),
                orig_p: 5000 + random(3) as u16,
                resp_h: host(10 + random(5)),
                resp_p: [22, 80, 443, 53][random(4) as usize],
                proto: [Proto::Tcp, Proto::Udp][random(2) as usize],
                conn_state: ConnState::parse([&b"SF"[..], b"S0", b"REJ", b"S1", b"OTH"][random(5) as usize]),
                orig_bytes: random(1000) as f64,
                resp_bytes: random(1000) as f64,
            }
        })
        .collect()
}

/// The definitions, word for word, over all rows up to the last.
fn direct(rows: &[Connection], times: &[i64]) -> BTreeMap<String, f64> {
    let (row, now) = (rows.last().unwrap(), *times.last().unwrap());
    let state = |r: &Connection| r.conn_state.name();
    let is_serror = |r: &&Connection| {
        state(r).starts_with('S') && state(r).len() == 2 && state(r) != "SF" && state(r) != "SH"
    };
    let service = |r: &&Connection| (r.proto, r.resp_p) == (row.proto, row.resp_p);
    let share = |part: usize, whole: usize| if whole == 0 { 0.0 } else { part as f64 / whole as f64 };
    let mut values = BTreeMap::new();
    for (name, span) in [("2s", 2), ("60s", 60), ("5min", 300), ("1h", 3600)] {
        let inside = || rows.iter().zip(times).filter(|(_, t)| now - **t < span * 1_000_000).map(|(r, _)| r);
        let host: Vec<_> = inside().filter(|r| r.resp_h == row.resp_h).collect();
        let same: Vec<_> = inside().filter(service).collect();
        let of = |rows: &[&Connection], holds: &dyn Fn(&&Connection) -> bool| {
            share(rows.iter().filter(|r| holds(r)).count(), rows.len())
        };
        values.insert(format!("count_{name}"), host.len() as f64);
        values.insert(format!("srv_count_{name}"), same.len() as f64);
        values.insert(format!("serror_rate_{name}"), of(&host, &is_serror));
        values.insert(format!("srv_serror_rate_{name}"), of(&same, &is_serror));
        values.insert(format!("rerror_rate_{name}"), of(&host, &|r| state(r) == "REJ"));
        values.insert(format!("srv_rerror_rate_{name}"), of(&same, &|r| state(r) == "REJ"));
        values.insert(format!("same_srv_rate_{name}"), of(&host, &service));
        values.insert(format!("diff_srv_rate_{name}"), of(&host, &|r| !service(r)));
        values.insert(format!("srv_diff_host_rate_{name}"), of(&same, &|r| r.resp_h != row.resp_h));
    }
    let to_host: Vec<_> = rows.iter().filter(|r| r.resp_h == row.resp_h).collect();
    let last: Vec<_> = to_host[to_host.len().saturating_sub(100)..].to_vec();
    let same: Vec<_> = last.iter().copied().filter(service).collect();
    let of = |rows: &[&Connection], holds: &dyn Fn(&&Connection) -> bool| {
        share(rows.iter().filter(|r| holds(r)).count(), rows.len())
    };
    for (name, value) in [
        ("count", last.len() as f64),
        ("srv_count", same.len() as f64),
        ("same_srv_rate", of(&last, &service)),
        ("diff_srv_rate", of(&last, &|r| !service(r))),
        ("same_src_port_rate", of(&last, &|r| r.orig_p == row.orig_p)),
        ("srv_diff_host_rate", of(&same, &|r| r.orig_h != row.orig_h)),
        ("serror_rate", of(&last, &is_serror)),
        ("srv_serror_rate", of(&same, &is_serror)),
        ("rerror_rate", of(&last, &|r| state(r) == "REJ")),
        ("srv_rerror_rate", of(&same, &|r| state(r) == "REJ")),
    ] {
        values.insert(format!("dst_host_{name}"), value);
    }
    let all = &rows[rows.len().saturating_sub(100)..];
    let count = |holds: &dyn Fn(&Connection) -> bool| all.iter().filter(|r| holds(r)).count() as f64;
    for (name, value) in [
        ("srv_src", count(&|r| service(&r) && r.orig_h == row.orig_h)),
        ("srv_dst", count(&|r| service(&r) && r.resp_h == row.resp_h)),
        ("dst_ltm", count(&|r| r.resp_h == row.resp_h)),
        ("src_ltm", count(&|r| r.orig_h == row.orig_h)),
        ("src_dport_ltm", count(&|r| r.orig_h == row.orig_h && r.resp_p == row.resp_p)),
        ("dst_sport_ltm", count(&|r| r.resp_h == row.resp_h && r.orig_p == row.orig_p)),
        ("dst_src_ltm", count(&|r| r.resp_h == row.resp_h && r.orig_h == row.orig_h)),
    ] {
        values.insert(format!("ct_{name}"), value);
    }
    day(rows, times, &mut values);
    values
}

fn day(rows: &[Connection], times: &[i64], values: &mut BTreeMap<String, f64>) {
    let (row, now) = (rows.last().unwrap(), *times.last().unwrap());
    let day = |time: i64| time.div_euclid(86_400_000_000);
    let today: Vec<_> = rows.iter().zip(times).filter(|(_, t)| day(**t) == day(now)).collect();
    let mine: Vec<_> = today.iter().filter(|(r, _)| r.orig_h == row.orig_h).map(|(r, _)| *r).collect();
    let distinct = |mut values: Vec<IpAddr>| {
        values.sort();
        values.dedup();
        values.len() as f64
    };
    let failed = mine.iter().filter(|r| ["S0", "REJ", "RSTOS0", "SH"].contains(&r.conn_state.name())).count();
    let mut ports = BTreeMap::<u16, f64>::new();
    mine.iter().for_each(|r| *ports.entry(r.resp_p).or_default() += 1.0);
    let p = |n: &f64| n / mine.len() as f64;
    let pair: Vec<i64> = today
        .iter()
        .filter(|(r, _)| (r.orig_h, r.resp_h) == (row.orig_h, row.resp_h))
        .map(|(_, t)| **t)
        .collect();
    let seconds = |micros: f64| (micros / 1e6).ln_1p();
    let iat = pair.len().checked_sub(2).map_or(0.0, |before| (now - pair[before]) as f64);
    let mean = if pair.len() > 1 { (now - pair[0]) as f64 / (pair.len() - 1) as f64 } else { 0.0 };
    for (name, value) in [
        ("conns_day", mine.len() as f64),
        ("failed_share_day", failed as f64 / mine.len() as f64),
        ("fan_out_day", distinct(mine.iter().map(|r| r.resp_h).collect())),
        (
            "fan_in_day",
            distinct(today.iter().filter(|(r, _)| r.resp_h == row.resp_h).map(|(r, _)| r.orig_h).collect()),
        ),
        ("new_peer", f64::from(u8::from(mine.iter().filter(|r| r.resp_h == row.resp_h).count() == 1))),
        ("ports_day", ports.len() as f64),
        ("port_entropy_day", ports.values().map(|n| -p(n) * p(n).log2()).sum::<f64>()),
        ("ln_bytes_out_day", mine.iter().map(|r| r.orig_bytes).sum::<f64>().ln_1p()),
        ("ln_bytes_in_day", mine.iter().map(|r| r.resp_bytes).sum::<f64>().ln_1p()),
        ("pair_conns_day", pair.len() as f64),
        ("ln_iat", seconds(iat)),
        ("ln_iat_mean_day", seconds(mean)),
    ] {
        values.insert(name.to_owned(), value);
    }
}

#[test]
fn every_window_feature_equals_the_direct_formula_on_random_logs() {
    for seed in [1, 2] {
        let rows = random_log(700, seed);
        let (mut windows, mut times, names) = (Windows::default(), Vec::new(), WindowFeature::all());
        let mut latest = i64::MIN;
        for (i, row) in rows.iter().enumerate() {
            latest = latest.max(row.ts.unwrap_or(i64::MIN));
            times.push(latest);
            let values = windows.push(row);
            assert_eq!(values.len(), names.len());
            if latest == i64::MIN {
                continue;
            }
            let expected = direct(&rows[..=i], &times);
            assert_eq!(expected.len(), names.len());
            for (feature, value) in names.iter().zip(values) {
                let expected = expected[&feature.name];
                assert!(
                    (value - expected).abs() < 1e-9,
                    "row {i}, {}: {value} is not {expected}",
                    feature.name
                );
            }
        }
        assert_eq!(windows.n_cut(), 0);
    }
}

#[test]
fn rows_without_any_time_and_times_at_the_ends_of_what_can_be_are_no_panic() {
    let mut windows = Windows::default();
    let row = Connection::default();
    for ts in [None, Some(i64::MIN), None, Some(0), Some(i64::MAX), None, Some(i64::MIN)] {
        let values = windows.push(&Connection { ts, ..row });
        assert!(values.iter().all(|value| value.is_finite()), "{values:?}");
    }
}
