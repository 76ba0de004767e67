//! The truth is true.

use std::collections::{HashMap, HashSet};

use bro_synth::{Attack, Beacon, Beat, Label, Planted, Scenario};

use crate::table::{LOGS, Logs};

#[test]
fn every_session_has_a_label() {
    let logs = &LOGS[0];
    let uids: Vec<&str> = logs.conn.rows().map(|row| row.get("uid")).collect();
    let labelled: Vec<&str> = logs.truth_log.rows().map(|row| row.get("uid")).collect();
    assert_eq!(uids, labelled);
    assert_eq!(logs.truth.n_sessions, uids.len() as u64);
}

#[test]
fn the_files_and_the_answer_say_the_same() {
    let logs = &LOGS[0];
    let planted: Vec<(&str, u64)> = logs
        .truth_log
        .rows()
        .filter(|row| row.get("label") != "benign")
        .map(|row| (row.get("uid"), row.count("actor")))
        .collect();
    let told: Vec<(&str, u64)> =
        logs.truth.planted.iter().map(|session| (session.uid.as_str(), session.actor.into())).collect();
    assert_eq!(planted, told);
    for (row, actor) in logs.actors_log.rows().zip(&logs.truth.actors) {
        assert_eq!(row.count("actor"), u64::from(actor.actor));
        assert_eq!((row.get("label"), row.get("family")), (actor.label.name(), actor.family));
        assert_eq!(row.count("n_sessions"), actor.n_sessions);
    }
    assert_eq!(logs.actors_log.len(), logs.truth.actors.len());
}

/// What one planted thing does, alone in a small office.
fn planted(planted: Planted) -> Logs {
    Logs::of(&Scenario { planted: vec![planted], n_hosts: 5, n_sites: 50, ..Scenario::quiet_day(1) })
}

/// The number of planted sessions with each `conn_state`.
fn states(attack: Attack) -> HashMap<String, usize> {
    let logs = planted(Planted::Attack(attack));
    let uids: HashSet<&str> = logs.truth.planted.iter().map(|session| session.uid.as_str()).collect();
    let mut states = HashMap::new();
    for row in logs.conn.rows().filter(|row| uids.contains(row.get("uid"))) {
        *states.entry(row.get("conn_state").to_owned()).or_default() += 1;
    }
    states
}

#[test]
fn scans_fail_mostly() {
    let horizontal = states(Attack::HorizontalScan { port: 23, n_targets: 500 });
    assert_eq!(horizontal.values().sum::<usize>(), 500);
    assert!(horizontal["S0"] > 350);
    let vertical = states(Attack::VerticalScan { n_ports: 300 });
    assert!(vertical["REJ"] > 250);
}

#[test]
fn floods_and_guesses_have_their_states() {
    assert_eq!(states(Attack::SynFlood { n_syns: 400 })["S0"], 400);
    let guesses = states(Attack::BruteForce { n_attempts: 100 });
    assert_eq!(guesses["SF"] + guesses["RSTO"], 100);
}

#[test]
fn exfiltration_carries_out_what_it_says() {
    let logs = planted(Planted::Attack(Attack::Exfiltration { bytes: 1_000_000_000, n_sessions: 4 }));
    let uids: HashSet<&str> = logs.truth.planted.iter().map(|session| session.uid.as_str()).collect();
    let sent: u64 =
        logs.conn.rows().filter(|row| uids.contains(row.get("uid"))).map(|row| row.count("orig_bytes")).sum();
    assert!((800_000_000..1_210_000_000).contains(&sent), "{sent}");
}

#[test]
fn a_tunnel_is_as_long_as_it_says() {
    let logs = planted(Planted::Attack(Attack::Tunnel { minutes: 300 }));
    let uid = &logs.truth.planted[0].uid;
    let row = logs.conn.rows().find(|row| row.get("uid") == uid).expect("a tunnel");
    assert_eq!(row.micros("duration"), 300 * 60 * 1_000_000);
}

/// The times of a lone HTTP beacon's requests, in seconds.
fn requests(beacon: Beacon) -> (Logs, Vec<f64>) {
    let logs = planted(Planted::Beacon(beacon));
    let peer =
        logs.truth.actors.iter().find(|actor| actor.label == Label::Beacon).map(|actor| &actor.peers[0]);
    let peer = peer.expect("a beacon has a peer").clone();
    let is_its = |host: &str| host == peer;
    let times =
        logs.http.rows().filter(|row| is_its(row.get("host"))).map(|row| row.micros("ts") as f64 / 1e6);
    let times = times.collect();
    (logs, times)
}

#[test]
fn an_exact_beacon_beats_exactly() {
    let (_, times) = requests(Beacon::new(Beat::new(60.0)));
    assert!(times.len() > 1_420);
    // Only the lookup of its name comes between timer and request, below half a second; a few connections fail.
    let n_exact = times.windows(2).filter(|pair| (pair[1] - pair[0] - 60.0).abs() < 0.5).count();
    assert!(n_exact > 1_400, "{n_exact}");
}

#[test]
fn a_beacon_that_keeps_its_connection_makes_few() {
    let (logs, times) = requests(Beacon { per_connection: 500, ..Beacon::new(Beat::new(30.0)) });
    assert!(times.len() > 2_800);
    let beacon = logs.truth.actors.iter().find(|actor| actor.label == Label::Beacon).expect("planted");
    // Six connections and the lookups before them.
    assert!(beacon.n_sessions <= 18, "{}", beacon.n_sessions);
}
