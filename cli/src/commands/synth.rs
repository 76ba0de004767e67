use crate::args::{ScenarioKind, Synth};
use crate::output;
use bro_synth::{GENERATOR, Scenario};

pub(crate) fn run(args: &Synth) -> anyhow::Result<()> {
    let kind = match args.scenario {
        ScenarioKind::OfficeDay => Scenario::office_day(args.seed),
        ScenarioKind::QuietDay => Scenario::quiet_day(args.seed),
        ScenarioKind::BeaconStudy => Scenario::beacon_study(args.seed, args.hours, args.beacons),
    };
    let scenario = Scenario { hours: args.hours, n_hosts: args.hosts, intensity: args.intensity, ..kind };
    let truth = scenario.write_dir(&args.out)?;
    output::print(&format!(
        "{}: {} sessions of {} actors, {} of them planted; made by {GENERATOR} from seed {}",
        args.out.display(),
        truth.n_sessions,
        truth.actors.len(),
        truth.planted.len(),
        args.seed,
    ))?;
    Ok(())
}
