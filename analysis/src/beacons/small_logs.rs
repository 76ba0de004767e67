//! Beacons in small logs that no generator of training data made.

use super::{BeaconPair, BeaconSeverity, Beacons, BeaconsParams, PairModel, beacons};
use crate::Logs;
use bro_log::{Port, Schema, Source, Time, Value, WriterBuilder};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use std::net::{IpAddr, Ipv4Addr};
use std::ops::ControlFlow;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Http,
    Conn,
}

/// What one host asks one peer, and when, in seconds.
struct Calls {
    host: u8,
    peer: u8,
    name: String,
    service: (&'static str, u16),
    is_page: bool,
    times: Vec<f64>,
}

impl Calls {
    fn new(host: u8, peer: u8, times: Vec<f64>) -> Self {
        let name = format!("peer{peer}.example");
        Self { host, peer, name, service: ("http", 80), is_page: false, times }
    }
}

/// A timer's beats; a share of them is missed.
fn beats(rng: &mut ChaCha8Rng, n: usize, period: f64, jitter: f64, missed: f64) -> Vec<f64> {
    let mut at = 0.0;
    let mut times = Vec::new();
    while times.len() < n {
        if missed == 0.0 || rng.random_bool(1.0 - missed) {
            times.push(at);
        }
        at += period * (1.0 + jitter * rng.random_range(-1.0..=1.0));
    }
    times
}

/// Times until `hours` are over, each a gap after the one before.
fn renewal(hours: f64, mut gap: impl FnMut() -> f64) -> Vec<f64> {
    let mut at = 0.0;
    let next = || {
        at += gap();
        (at < 3600.0 * hours).then_some(at)
    };
    std::iter::from_fn(next).collect()
}

/// From 0 to below 1.
fn unit(rng: &mut ChaCha8Rng) -> f64 {
    rng.random_range(0.0..1.0)
}

fn exponential(rng: &mut ChaCha8Rng, mean: f64) -> f64 {
    -mean * (1.0 - unit(rng)).ln()
}

/// A host that browses, calls two services at random, and one with long pauses now and then.
fn ordinary(rng: &mut ChaCha8Rng, host: u8, hours: f64) -> Vec<Calls> {
    let peer = |n: u8| 100 + 10 * (host % 10) + n;
    let mut calls = Vec::new();
    for site in 0..2 {
        let pages = renewal(hours, || exponential(rng, 900.0));
        let parts = pages.into_iter().flat_map(|page| {
            let n_parts = rng.random_range(3..20);
            (0..n_parts).map(|_| page + exponential(rng, 0.8)).collect::<Vec<_>>()
        });
        calls.push(Calls { is_page: true, ..Calls::new(host, peer(site), parts.collect()) });
    }
    for (idx, per_hour) in [rng.random_range(5.0..20.0), rng.random_range(20.0..60.0)].into_iter().enumerate()
    {
        let times = renewal(hours, || exponential(rng, 3600.0 / per_hour));
        calls.push(Calls::new(host, peer(2 + idx as u8), times));
    }
    let times = renewal(hours, || 20.0 * ((1.0 - unit(rng)).powf(-1.0 / 0.9) - 1.0));
    calls.push(Calls::new(host, peer(4), times));
    calls
}

fn log(rng: &mut ChaCha8Rng, kind: Kind, calls: &[Calls]) -> Vec<u8> {
    let columns = match kind {
        Kind::Http => {
            "method:string host:string uri:string referrer:string user_agent:string request_body_len:count \
             response_body_len:count status_code:count"
        }
        Kind::Conn => {
            "proto:enum service:string duration:interval orig_bytes:count resp_bytes:count conn_state:string"
        }
    };
    let id = "ts:time uid:string id.orig_h:addr id.orig_p:port id.resp_h:addr id.resp_p:port";
    let schema: Schema = format!("{id} {columns}").parse().unwrap();
    let path = if kind == Kind::Http { "http" } else { "conn" };
    let mut writer = WriterBuilder::new(schema).path(path).from_writer(Vec::new()).unwrap();
    let mut rows: Vec<(f64, &Calls)> =
        calls.iter().flat_map(|calls| calls.times.iter().map(move |&at| (at, calls))).collect();
    rows.sort_by(|a, b| a.0.total_cmp(&b.0));
    for (idx, (at, calls)) in rows.into_iter().enumerate() {
        let uid = format!("C{idx}");
        let page = format!("/page/{}", rng.random_range(0..40));
        let referrer = format!("http://{}/", calls.name);
        let (service, resp_p) = calls.service;
        let addr = |addr: Ipv4Addr| Value::Addr(IpAddr::V4(addr));
        let port = |number: u16| Value::Port(Port { number, proto: None });
        let size = if calls.is_page { rng.random_range(500..60_000) } else { 700 };
        let mut row: Vec<Value<'_>> = vec![
            Time(1_780_000_000_000_000 + (at * 1e6) as i64).into(),
            uid.as_str().into(),
            addr(Ipv4Addr::new(10, 1, 1, calls.host)),
            port(rng.random_range(40_000..60_000)),
            addr(Ipv4Addr::new(203, 0, 113, calls.peer)),
            port(resp_p),
        ];
        let agent = "Mozilla/5.0 (X11; Linux x86_64)";
        row.extend(match kind {
            Kind::Http => [
                "GET".into(),
                calls.name.as_str().into(),
                if calls.is_page { page.as_str() } else { "/status" }.into(),
                if calls.is_page { referrer.as_str().into() } else { Value::Unset },
                agent.into(),
                Value::Count(0),
                Value::Count(size),
                Value::Count(200),
            ]
            .to_vec(),
            Kind::Conn => vec![
                Value::Enum(if service == "ntp" { b"udp" } else { b"tcp" }.as_slice().into()),
                service.into(),
                Value::Unset,
                Value::Count(220),
                Value::Count(size),
                "SF".into(),
            ],
        });
        writer.write(&row).unwrap();
    }
    writer.finish("2026-06-01-00-00-00").unwrap()
}

fn scored(rng: &mut ChaCha8Rng, kind: Kind, calls: &[Calls]) -> Beacons {
    let sources = [Source::from_bytes("a.log", log(rng, kind, calls))];
    let go_on = &mut |_: &_| ControlFlow::Continue(());
    beacons(&Logs::of(&sources), &BeaconsParams::default(), PairModel::shipped(), go_on).unwrap()
}

const BEACON: u8 = 99;

/// The beacon and the others, the best first.
fn with_beacon(
    seed: u64,
    kind: Kind,
    n_hosts: u8,
    (n_beats, period, jitter, missed): (usize, f64, f64, f64),
) -> (BeaconPair, Vec<BeaconPair>) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let times = beats(&mut rng, n_beats, period, jitter, missed);
    let hours = (times[times.len() - 1] / 3600.0).max(2.0);
    let mut calls = vec![Calls::new(1, BEACON, times)];
    (1..=n_hosts).for_each(|host| calls.extend(ordinary(&mut rng, host, hours)));
    let found = scored(&mut rng, kind, &calls);
    let (beacon, others): (Vec<_>, Vec<_>) =
        found.pairs.into_iter().partition(|pair| pair.id_resp_h == format!("203.0.113.{BEACON}"));
    (beacon.into_iter().next().unwrap(), others)
}

const PERIODS: [f64; 4] = [30.0, 60.0, 300.0, 3600.0];

#[test]
fn a_beacon_is_high_and_first_in_a_small_log_and_what_has_no_timer_is_low() {
    let (mut n_others, mut n_above) = (0, 0);
    let mut seed = 0;
    for kind in [Kind::Http, Kind::Conn] {
        for n_hosts in [1, 3, 8] {
            for period in PERIODS {
                for (n_beats, jitter, missed) in [
                    (12, 0.0, 0.0),
                    (14, 0.0, 0.2),
                    (14, 0.1, 0.0),
                    (20, 0.1, 0.1),
                    (30, 0.3, 0.0),
                    (48, 0.3, 0.1),
                ] {
                    seed += 1;
                    let (beacon, others) =
                        with_beacon(seed, kind, n_hosts, (n_beats, period, jitter, missed));
                    let case = format!("{kind:?}, {n_hosts} hosts, {period} s ± {jitter}, {missed} missed");
                    let least = if jitter <= 0.1 { 0.8 } else { 0.7 };
                    assert!(
                        beacon.score >= least,
                        "{case}: {} of {:?}",
                        beacon.score,
                        beacon.evidence.timing
                    );
                    assert_eq!(beacon.rank, 1, "{case}");
                    let highest = others.iter().map(|pair| pair.score).fold(0.0, f64::max);
                    assert!(highest < 0.6, "{case}: {highest}");
                    n_others += others.len();
                    n_above += others.iter().filter(|pair| pair.score > 0.3).count();
                }
            }
        }
    }
    assert!(n_others > 2_000 && n_above * 200 <= n_others, "{n_above} of {n_others} above .3");
}

#[test]
fn what_is_known_to_keep_time_has_its_reason_and_is_not_high() {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let mut every = |period| beats(&mut rng, 40, period, 0.02, 0.0);
    let named = |name: &str, times| Calls { name: name.to_owned(), ..Calls::new(1, BEACON, times) };
    let cases = [
        (Kind::Conn, Calls { service: ("ntp", 123), ..Calls::new(1, BEACON, every(1024.0)) }, "NTP"),
        (Kind::Http, named("ocsp.digicert.com", every(3600.0)), "certificates"),
        (Kind::Http, named("download.windowsupdate.com", every(3600.0)), "updates"),
    ];
    for (kind, periodic, reason) in cases {
        let mut calls = ordinary(&mut rng, 1, 40.0);
        calls.push(periodic);
        let found = scored(&mut rng, kind, &calls);
        let pair = found.pairs.iter().find(|pair| pair.id_resp_h == format!("203.0.113.{BEACON}")).unwrap();
        assert!(
            pair.benign_reason.as_ref().is_some_and(|told| told.contains(reason)),
            "{:?}",
            pair.benign_reason
        );
        assert!(pair.severity <= BeaconSeverity::Low, "{reason}: {:?}", pair.severity);
    }
}

#[test]
fn a_page_that_reloads_is_excused_and_a_beacon_beside_it_is_not() {
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    let times = beats(&mut rng, 30, 140.0, 0.02, 0.0);
    let mut calls: Vec<Calls> =
        (0..8).map(|peer| Calls { is_page: true, ..Calls::new(1, peer, times.clone()) }).collect();
    calls.push(Calls::new(1, BEACON, times));
    let found = scored(&mut rng, Kind::Http, &calls);
    assert_eq!(found.pairs[0].id_resp_h, format!("203.0.113.{BEACON}"));
    assert_eq!((found.pairs[0].severity, &found.pairs[0].benign_reason), (BeaconSeverity::High, &None));
    let is_excused =
        |pair: &BeaconPair| pair.benign_reason.as_ref().is_some_and(|told| told.contains("reloads"));
    assert!(found.pairs[1..].iter().all(is_excused));
}
