//! The same scenario, the same bytes; another seed, others.

use bro_synth::{ApiClient, Attack, Beacon, Beat, Error, GENERATOR, Outputs, Planted, Scenario};

use crate::table::{small_office, small_study};

fn bytes(scenario: &Scenario) -> Vec<u8> {
    let (mut conn, mut http, mut actors) = (Vec::new(), Vec::new(), Vec::new());
    let outputs = Outputs {
        conn: Some(&mut conn),
        http: Some(&mut http),
        actors: Some(&mut actors),
        ..Outputs::default()
    };
    scenario.write(outputs).expect("memory takes everything");
    [conn, http, actors].concat()
}

/// FNV-1a: enough to notice a change.
fn digest(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    assert!(bytes(&small_study(1)) == bytes(&small_study(1)));
    assert!(bytes(&small_study(1)) != bytes(&small_study(2)));
}

/// When this fails on purpose, count `GENERATOR` up: models and measurements name the version they were made with.
#[test]
fn this_version_gives_these_bytes_on_every_platform() {
    let digests = [small_office(1), small_study(1)].map(|scenario| digest(&bytes(&scenario)));
    assert_eq!(
        (GENERATOR, digests),
        ("bro-synth/1", [18_137_640_364_430_682_911, 4_457_157_102_597_087_932])
    );
}

#[test]
fn what_is_planted_later_leaves_earlier_actors_alone() {
    let all = small_office(1);
    let mut fewer = all.clone();
    fewer.planted.truncate(3);
    let scan = |scenario: &Scenario| {
        let log = String::from_utf8(bytes(scenario)).expect("ASCII");
        log.lines()
            .filter(|line| line.contains("\t445\t") && line.contains("\tS0\t"))
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert!(!scan(&all).is_empty());
    assert_eq!(scan(&all), scan(&fewer));
}

#[test]
fn max_sessions_is_exact() {
    let scenario = Scenario { max_sessions: Some(1_000), ..small_office(1) };
    let truth = scenario.write_conn(&mut Vec::new()).expect("memory takes everything");
    assert_eq!(truth.n_sessions, 1_000);
}

#[test]
fn parameters_out_of_range_are_named() {
    let check = |scenario: Scenario, expected: &str| {
        let error = scenario.write_conn(&mut Vec::new()).expect_err("out of range");
        assert_eq!(error.to_string(), expected);
    };
    let quiet = || Scenario::quiet_day(1);
    check(Scenario { n_sites: 3, ..quiet() }, "n_sites is 3, expected 20 to 100000");
    check(Scenario { hours: f64::NAN, ..quiet() }, "hours is NaN, expected more than 0, at most 8784");
    check(Scenario { intensity: 0.0, ..quiet() }, "intensity is 0, expected 0.001 to 1000");
    let plant = |planted| Scenario { planted: vec![planted], ..quiet() };
    let scan = Planted::Attack(Attack::VerticalScan { n_ports: 70_000 });
    check(plant(scan), "n_ports is 70000, expected 1 to 65535");
    let beat = Beat { jitter: 1.5, ..Beat::new(60.0) };
    check(plant(Planted::Beacon(Beacon::new(beat))), "jitter is 1.5, expected 0 to 1");
    check(plant(Planted::ApiClient(ApiClient::new(0.0))), "per_hour is 0, expected 0.001 to 100000");
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let file = std::env::current_exe().expect("the test has a file");
    let error = Scenario::quiet_day(1).write_dir(&file).expect_err("a file is no folder");
    assert!(matches!(error, Error::File { path, .. } if path == file));
}
