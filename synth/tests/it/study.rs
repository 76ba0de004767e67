//! The rules of the beacon study, so that nobody marks their own paper.

use std::collections::HashSet;

use bro_synth::{Beacon, Decoy, JitterLaw, Label, LossLaw, Planted, Scenario};

use crate::table::LOGS;

fn study() -> (Vec<Beacon>, Vec<Decoy>) {
    let scenario = Scenario::beacon_study(1, 24.0, 500);
    let beacons = scenario.planted.iter().filter_map(|planted| match planted {
        Planted::Beacon(beacon) => Some(*beacon),
        _ => None,
    });
    let decoys = scenario.planted.iter().filter_map(|planted| match planted {
        Planted::Decoy(decoy) => Some(*decoy),
        _ => None,
    });
    (beacons.collect(), decoys.collect())
}

fn share<T>(items: &[T], holds: impl Fn(&T) -> bool) -> f64 {
    items.iter().filter(|item| holds(item)).count() as f64 / items.len() as f64
}

#[test]
fn every_decoy_has_the_timer_of_a_beacon() {
    let (beacons, decoys) = study();
    assert_eq!((beacons.len(), decoys.len()), (500, 1_000));
    assert!(decoys.iter().all(|decoy| beacons.iter().any(|beacon| beacon.beat == decoy.beat)));
}

/// Counted by pairs: a service of ten desks is ten pairs.
#[test]
fn a_fifth_of_the_decoys_has_a_single_client() {
    let (_, decoys) = study();
    let n_pairs: usize = decoys.iter().map(|decoy| decoy.n_clients).sum();
    let n_alone = decoys.iter().filter(|decoy| decoy.n_clients == 1 && !decoy.is_popular).count();
    assert!(n_alone as f64 >= 0.2 * n_pairs as f64, "{n_alone} of {n_pairs}");
}

#[test]
fn three_beacons_in_ten_blend_in() {
    let (beacons, _) = study();
    assert!(share(&beacons, |beacon| beacon.blends_in) >= 0.3);
}

#[test]
fn every_law_and_every_grade_occurs() {
    let (beacons, _) = study();
    for law in JitterLaw::ALL {
        assert!(share(&beacons, |beacon| beacon.beat.jitter_law == law) > 0.15);
    }
    assert!(share(&beacons, |beacon| beacon.beat.loss_law == LossLaw::Bursty) > 0.3);
    let grades = |grade: fn(&Beacon) -> f64| {
        beacons.iter().map(|beacon| grade(beacon).to_bits()).collect::<HashSet<_>>()
    };
    assert_eq!(grades(|beacon| beacon.beat.jitter).len(), 8);
    assert_eq!(grades(|beacon| beacon.beat.loss).len(), 5);
    assert_eq!(grades(|beacon| beacon.beat.active_hours).len(), 6);
    assert!(beacons.iter().all(|beacon| (1.0..=7_200.0).contains(&beacon.beat.period)));
}

/// What blends in shows a browser that others show as well, and calls hosts that others call.
#[test]
fn blending_in_means_a_shared_browser_and_host() {
    let logs = &LOGS[1];
    let hidden = logs.truth.actors.iter().filter(|actor| actor.label == Label::Beacon && actor.blends_in);
    let others = |peer: &str, own: &str| {
        let hosts = logs.http.rows().map(|row| (row.get("host"), row.get("id.orig_h")));
        let names = logs.ssl.rows().map(|row| (row.get("server_name"), row.get("id.orig_h")));
        hosts.chain(names).any(|(host, orig)| host == peer && orig != own)
    };
    for actor in hidden {
        let own = actor.id_orig_h.expect("a beacon has a desk").to_string();
        assert!(actor.peers.iter().any(|peer| others(peer, &own)), "{actor:?}");
    }
    let agents: HashSet<&str> = logs.http.rows().map(|row| row.get("user_agent")).collect();
    assert!(agents.iter().any(|agent| agent.starts_with("Mozilla/")));
}
