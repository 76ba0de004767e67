use super::shared::{TABLE_ROWS, now};
use crate::args::Demo;
use crate::bar::Bar;
use crate::{database, output};
use anyhow::Context;
use bro_analysis::{
    Beacons, BeaconsParams, Conclusion, Logs, Outliers, OutliersParams, PairModel, Profile, ProfileParams,
    Progress, Severity, beacons, outliers, profile,
};
use bro_log::Source;
use bro_report::{Clock, Planted, beacons_html, outliers_html, outliers_table, planted_table, profile_html};
use bro_store::{DatabaseUrl, NewRun, Store};
use bro_synth::{ActorTruth, Label, Scenario, Truth};
use bro_web::outliers_run;
use std::fs;
use std::net::IpAddr;
use std::ops::ControlFlow;
use std::time::Instant;

pub(crate) fn run(args: &Demo) -> anyhow::Result<()> {
    let folder = match &args.out {
        Some(folder) => folder.clone(),
        None => database::data_folder()?.join("demo"),
    };
    fs::create_dir_all(&folder).with_context(|| format!("{} could not be made", folder.display()))?;
    output::note("making a day of office traffic with planted oddities");
    let truth = Scenario::office_day(args.seed).write_dir(&folder)?;
    let log = folder.join("conn.log");
    let sources = [Source::open(&log)?];
    let clock = Clock::default();

    let params = OutliersParams { seed: args.seed, ..OutliersParams::default() };
    let (started_at, start) = (now(), Instant::now());
    let found = with_bar(|progress| outliers(&Logs::of(&sources), &params, progress))?;
    let duration = start.elapsed();
    let database = DatabaseUrl::sqlite(folder.join("bro-ml.db"));
    let run = NewRun { started_at, duration, ..outliers_run(&found)? };
    let id = Store::open(&database)?.save_run(&run)?;
    let again = format!("bro-ml outliers {} --seed {}", log.display(), args.seed);
    output::write_file(&folder.join("outliers.html"), &outliers_html(&found, &clock, &again)?)?;

    output::note("concluding from the whole of it");
    let params = ProfileParams { seed: args.seed, ..ProfileParams::default() };
    let profiled = with_bar(|progress| profile(&Logs::of(&sources), &params, progress))?;
    let command = format!("bro-ml profile {} --seed {}", log.display(), args.seed);
    output::write_file(&folder.join("profile.html"), &profile_html(&profiled, &clock, &command)?)?;

    output::note("looking for beacons");
    let logs = ["conn", "dns", "http", "ssl"].map(|name| Source::open(folder.join(format!("{name}.log"))));
    let logs: Vec<Source> = logs.into_iter().collect::<Result<_, _>>()?;
    let params = BeaconsParams::default();
    let pairs = with_bar(|progress| beacons(&Logs::of(&logs), &params, PairModel::shipped(), progress))?;
    let command = format!("bro-ml beacons score {}", folder.display());
    output::write_file(&folder.join("beacons.html"), &beacons_html(&pairs, &clock, &command)?)?;

    output::print(&outliers_table(&found, &clock, output::style(), TABLE_ROWS / 2))?;
    let planted = planted(&truth, &found, &profiled, &pairs);
    output::print(&planted_table(&planted, found.n_outliers, output::style()))?;
    output::print(&format!(
        "\nlogs and truth: {folder}\nrun {id} saved: {database}\npages: {folder}/outliers.html, profile.html, beacons.html\n\
         again: {again}",
        folder = folder.display(),
    ))?;
    Ok(())
}

/// An answer, with a bar while it is sought.
fn with_bar<T>(
    ask: impl FnOnce(&mut dyn FnMut(&Progress) -> ControlFlow<()>) -> Result<T, bro_analysis::Error>,
) -> Result<T, bro_analysis::Error> {
    let mut bar = Bar::new();
    ask(&mut |progress| {
        bar.show(progress);
        ControlFlow::Continue(())
    })
}

/// What each question made of each planted actor.
fn planted<'a>(truth: &'a Truth, found: &Outliers, profiled: &Profile, pairs: &Beacons) -> Vec<Planted<'a>> {
    let uids = found.outliers.iter().filter_map(|outlier| outlier.session.uid.as_deref());
    let actors = truth.actors.iter().filter(|actor| actor.label != Label::Benign);
    let planted = actors.zip(truth.recovery(uids)).map(|(actor, recovery)| Planted {
        label: actor.label.name(),
        family: actor.family,
        n_planted: recovery.n_planted,
        n_outliers: recovery.n_found,
        conclusions: conclusions_about(actor, profiled),
        beacon: place_of(actor, pairs),
    });
    planted.collect()
}

/// The kinds of the conclusions of some weight about the actor: its host, and its peer and port where these are known.
fn conclusions_about(actor: &ActorTruth, profiled: &Profile) -> Vec<String> {
    let host = actor.id_orig_h.map(|addr| addr.to_string());
    let addrs: Vec<_> = actor.peers.iter().filter(|peer| peer.parse::<IpAddr>().is_ok()).collect();
    let is_about = |about: &Conclusion| {
        let is_peer = about.id_resp_h.as_ref().is_none_or(|resp| addrs.is_empty() || addrs.contains(&resp));
        let is_port =
            about.id_resp_p.is_none() || actor.id_resp_p.is_none() || about.id_resp_p == actor.id_resp_p;
        about.severity >= Severity::Medium && about.id_orig_h == host && is_peer && is_port
    };
    let about = profiled.conclusions.iter().filter(|about| is_about(about));
    let mut kinds: Vec<String> =
        about.map(|about| format!("{} ({})", about.kind, about.severity.name())).collect();
    kinds.sort();
    kinds.dedup();
    kinds
}

/// The best place of one of the actor's pairs among those that may be beacons.
fn place_of(actor: &ActorTruth, pairs: &Beacons) -> Option<String> {
    let host = actor.id_orig_h?.to_string();
    let is_its = |peer: &String, resp: &String| actor.peers.contains(peer) || actor.peers.contains(resp);
    let pair =
        pairs.pairs.iter().find(|pair| pair.id_orig_h == host && is_its(&pair.peer, &pair.id_resp_h))?;
    Some(format!("rank {} of {}, score {:.2}", pair.rank, pairs.n_scored, pair.score))
}
