use super::evaluate::perfect_first;
use super::train::train_pairs;
use super::*;
use bro_synth::Scenario;
use std::ops::ControlFlow;

fn small(seed: u64) -> Study {
    let scenario = Scenario { n_hosts: 10, ..Scenario::beacon_study(seed, 3.0, 12) };
    Study::of(&scenario, &mut |_| ControlFlow::Continue(())).unwrap()
}

#[test]
fn a_study_knows_its_beacons_and_decoys() {
    let study = small(1);
    let n_decoys = study.pairs.iter().filter(|pair| pair.is_decoy).count();
    assert!(study.n_beacons() > 5 && n_decoys > 5, "{} {n_decoys}", study.n_beacons());
    assert!(study.pairs.iter().all(|pair| !(pair.is_beacon && pair.is_decoy)));
    assert!(study.pairs.iter().all(|pair| pair.features.iter().all(|value| value.is_finite())));
}

#[test]
fn the_same_pairs_and_seed_give_the_same_model() {
    let (train, held_out) = (small(1), small(2));
    let [train, held_out]: [Vec<&StudyPair>; 2] =
        [train.pairs.iter().collect(), held_out.pairs.iter().collect()];
    let mut training = PairTraining::default();
    training.params.max_iter = 3;
    let model = || {
        let summary = ModelSummary { command: "a test".to_owned(), ..ModelSummary::default() };
        train_pairs(&training, &train, &held_out, summary, &mut |_| ControlFlow::Continue(()))
            .unwrap()
            .to_json()
    };
    let (first, second) = (model(), model());
    assert_eq!(first, second);
    assert_eq!(PairModel::from_json(&first).unwrap().to_json(), first);
}

#[test]
fn the_shipped_model_prefers_two_perfect_hours_to_a_day_of_chance() {
    assert_eq!(perfect_first(PairModel::shipped()).unwrap(), 1.0);
}

#[test]
fn the_shipped_model_tells_how_it_was_made() {
    let summary = PairModel::shipped().summary();
    assert!(summary.command.starts_with("bro-ml beacons train-pairs --days"), "{}", summary.command);
    assert_eq!(summary.data, bro_synth::GENERATOR);
    assert!(summary.n_samples > 4_000 && summary.n_positive > 200);
}

#[test]
fn models_that_do_not_fit_are_refused_with_a_reason() {
    let shipped = PairModel::shipped().to_json();
    for (from, to, reason) in [
        ("beacon pairs", "beacon sessions", "expected \"beacon pairs\""),
        ("\"lag1\"", "\"lag9\"", "lag9"),
        ("\"relu\"", "\"step\"", "activation"),
        ("\"clip\":4.0", "\"clip\":-4.0", "scaling"),
    ] {
        let error = PairModel::from_json(&shipped.replace(from, to)).unwrap_err().to_string();
        assert!(error.contains(reason), "{error}");
    }
}
