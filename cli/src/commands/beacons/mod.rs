//! `bro-ml beacons`.

mod evaluate;
mod score;
mod sessions;
mod train_pairs;
mod training;

pub(super) use training::read_labels;

use crate::args::{Beacons, BeaconsAction};

pub(crate) fn run(args: &Beacons) -> anyhow::Result<()> {
    match &args.action {
        BeaconsAction::Score(args) => score::run(args),
        BeaconsAction::Train(args) => sessions::train(args),
        BeaconsAction::Predict(args) => sessions::predict(args),
        BeaconsAction::Classify(args) => sessions::classify(args),
        BeaconsAction::Evaluate(args) => evaluate::run(args),
        BeaconsAction::TrainPairs(args) => train_pairs::run(args),
    }
}
