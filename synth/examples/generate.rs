//! Writes a scenario's logs into a folder: `generate office_day|quiet_day|beacon_study SEED DIR`.

use std::path::Path;

use bro_synth::{Error, Label, Scenario};

fn main() -> Result<(), Error> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [kind, seed, dir] = &args[..] else { panic!("generate office_day|quiet_day|beacon_study SEED DIR") };
    let seed = seed.parse().expect("the seed is a number");
    let scenario = match kind.as_str() {
        "office_day" => Scenario::office_day(seed),
        "quiet_day" => Scenario::quiet_day(seed),
        _ => Scenario::beacon_study(seed, 24.0, 100),
    };
    let truth = scenario.write_dir(Path::new(dir))?;
    let n_planted = truth.actors.iter().filter(|actor| actor.label != Label::Benign).count();
    #[expect(clippy::print_stdout, reason = "an example tells what it did")]
    {
        println!(
            "{} sessions, {} of them by {n_planted} planted actors",
            truth.n_sessions,
            truth.planted.len()
        );
    }
    Ok(())
}
