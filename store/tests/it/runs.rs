//! Runs and findings come back as they were stored.

use std::time::Duration;

use bro_log::Time;
use bro_store::{
    Error, FindingFilter, FindingStatus, NewFinding, NewRun, NewSuppression, RunId, Severity, Store,
};

use crate::database::on_every_database;

/// Texts that are trouble where text becomes SQL.
const HOSTILE: [&str; 6] =
    ["'; DROP TABLE runs; --", "\\'\"`%_\\", "🦀\u{feff}\u{202e}é", "$1 ? :a @b {}", "a\nb\tc\r\x01\x7f", ""];

fn finding(rank: u64, text: &str) -> NewFinding {
    NewFinding {
        rank,
        uid: (rank % 2 == 1).then(|| text.to_owned()),
        kind: text.to_owned(),
        score: 0.1 + rank as f64 / 3.0,
        reason: text.to_owned(),
        evidence: format!("{{\"text\":{text:?}}}"),
        severity: Severity::ALL[rank as usize],
        status: FindingStatus::Confirmed,
        orig: rank.is_multiple_of(2).then(|| text.to_owned()),
        resp: Some(text.to_owned()),
    }
}

fn run(text: &str) -> NewRun {
    NewRun {
        kind: text.to_owned(),
        params: text.to_owned(),
        seed: u64::MAX - 1,
        version: "0.1.0".to_owned(),
        started_at: Time(-1_234_567_890_123_457),
        duration: Duration::from_micros(1_500_001),
        n_records: 1 << 40,
        summary: text.to_owned(),
        findings: (1..=3).map(|rank| finding(rank, text)).collect(),
    }
}

on_every_database! {
    fn a_run_comes_back_exactly(database) {
        let mut store = database.open();
        for text in HOSTILE {
            let saved = run(text);
            let id = store.save_run(&saved).unwrap();
            let loaded = store.run(id).unwrap();
            assert_eq!((loaded.id, &loaded.kind, &loaded.params), (id, &saved.kind, &saved.params));
            assert_eq!((loaded.seed, &loaded.version, loaded.started_at), (saved.seed, &saved.version, saved.started_at));
            assert_eq!((loaded.duration, loaded.n_records), (saved.duration, saved.n_records));
            assert_eq!((&loaded.summary, &loaded.findings), (&saved.summary, &saved.findings));
        }
        assert_eq!(store.list_runs().unwrap().len(), HOSTILE.len());
    }
}

on_every_database! {
    fn a_megabyte_of_evidence_comes_back(database) {
        let mut store = database.open();
        let evidence = "é🦀x".repeat(150_000);
        let findings = vec![NewFinding { evidence: evidence.clone(), ..NewFinding::new("outlier", "large") }];
        let id = store.save_run(&NewRun { findings, ..NewRun::new("outliers", "{}") }).unwrap();
        assert_eq!(store.run(id).unwrap().findings[0].evidence, evidence);
    }
}

on_every_database! {
    fn runs_are_listed_newest_first_and_their_numbers_are_not_used_again(database) {
        let mut store = database.open();
        let one = store.save_run(&NewRun::new("outliers", "{}")).unwrap();
        let two = store.save_run(&run("beacons")).unwrap();
        let listed: Vec<_> = store.list_runs().unwrap().iter().map(|run| (run.id, run.n_findings)).collect();
        assert_eq!(listed, [(two, 3), (one, 0)]);
        store.delete_run(two).unwrap();
        assert!(matches!(store.run(two), Err(Error::NoSuchRun { id }) if id == two));
        assert!(store.save_run(&run("beacons")).unwrap() > two);
    }
}

on_every_database! {
    fn a_run_that_is_not_there_is_an_error(database) {
        let mut store = database.open();
        assert_eq!(store.run(RunId(7)).unwrap_err().to_string(), "there is no run 7");
        assert!(matches!(store.delete_run(RunId(7)), Err(Error::NoSuchRun { .. })));
    }
}

on_every_database! {
    fn a_run_that_cannot_be_stored_whole_is_not_stored_at_all(database) {
        let mut store = database.open();
        let twice = NewRun { findings: vec![finding(1, "a"), finding(1, "b")], ..run("outliers") };
        assert!(matches!(store.save_run(&twice), Err(Error::Query { .. })));
        let nan = NewFinding { score: f64::NAN, ..finding(1, "a") };
        assert!(matches!(store.save_run(&NewRun { findings: vec![nan], ..run("x") }), Err(Error::Score { .. })));
        assert!(matches!(store.save_run(&run("a\0b")), Err(Error::Nul { field: "kind" })));
        assert!(store.list_runs().unwrap().is_empty());
        store.save_run(&run("outliers")).unwrap();
    }
}

on_every_database! {
    fn findings_of_all_runs_are_filtered_and_suppressed(database) {
        let mut store = database.open();
        let finding = |rank, severity, orig: &str, resp: Option<&str>| NewFinding {
            rank,
            severity,
            orig: Some(orig.to_owned()),
            resp: resp.map(str::to_owned),
            ..NewFinding::new("beacon", "regular")
        };
        let findings = vec![
            finding(1, Severity::Low, "10.0.0.1", Some("a.example:80")),
            finding(2, Severity::High, "10.0.0.1", Some("b_example:80")),
            finding(3, Severity::High, "10.0.0.2", None),
            NewFinding { rank: 4, uid: Some("C4".to_owned()), ..NewFinding::new("outlier", "odd") },
        ];
        let run = store.save_run(&NewRun { findings, ..NewRun::new("beacons", "{}") }).unwrap();
        let ranks = |store: &mut Store, filter: &FindingFilter| {
            let page = store.findings(filter, 0, 10).unwrap();
            assert_eq!(page.n_findings, page.findings.len() as u64);
            page.findings.iter().map(|found| found.finding.rank).collect::<Vec<_>>()
        };
        let all = FindingFilter::default();
        let about = |text: &str| FindingFilter { about: Some(text.to_owned()), ..FindingFilter::default() };
        assert_eq!(ranks(&mut store, &all), [2, 3, 1, 4]);
        assert_eq!(store.findings(&all, 1, 2).unwrap().findings[0].finding.rank, 3);
        assert_eq!(ranks(&mut store, &FindingFilter { severity: Severity::Medium, ..all.clone() }), [2, 3]);
        assert_eq!(ranks(&mut store, &about("10.0.0.1")), [2, 1]);
        assert_eq!(ranks(&mut store, &about("b_example")), [2]);
        assert_eq!(ranks(&mut store, &about("%")), [0; 0]);
        assert_eq!(ranks(&mut store, &about("C4")), [4]);
        assert_eq!(store.finding_kinds().unwrap(), ["beacon", "outlier"]);

        store.set_finding_status(run, 2, FindingStatus::Confirmed).unwrap();
        store.set_finding_status(run, 2, FindingStatus::Confirmed).unwrap();
        let confirmed = FindingFilter { status: Some(FindingStatus::Confirmed), ..all.clone() };
        assert_eq!(ranks(&mut store, &confirmed), [2]);
        assert!(store.set_finding_status(run, 9, FindingStatus::New).is_err());

        let rule = NewSuppression::between("beacon", Some("10.0.0.1"), Some("b_example:80"));
        let expired =
            NewSuppression { expires_at: Some(Time(5)), ..NewSuppression::between("outlier", None, None) };
        for rule in [&rule, &expired, &NewSuppression { rule: "odd".to_owned(), ..rule.clone() }] {
            store.add_suppression(rule).unwrap();
        }
        assert_eq!(ranks(&mut store, &all), [3, 1, 4]);
        assert_eq!(ranks(&mut store, &FindingFilter { suppressed_too: true, ..all.clone() }), [2, 3, 1, 4]);
        store.add_suppression(&NewSuppression::between("beacon", Some("10.0.0.2"), None)).unwrap();
        store.add_suppression(&NewSuppression::between("beacon", None, Some("a.example:80"))).unwrap();
        assert_eq!(ranks(&mut store, &all), [4]);
    }
}
