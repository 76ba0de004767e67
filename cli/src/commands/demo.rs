use super::outliers::save;
use super::shared::{TABLE_ROWS, now};
use crate::args::Demo;
use crate::bar::Bar;
use crate::{database, output};
use anyhow::Context;
use bro_analysis::{Logs, OutliersParams, outliers};
use bro_log::Source;
use bro_report::{Clock, Planted, outliers_html, outliers_table, planted_table};
use bro_store::{DatabaseUrl, Store};
use bro_synth::Scenario;
use std::fs;
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

    let params = OutliersParams { seed: args.seed, ..OutliersParams::default() };
    let sources = [Source::open(&log)?];
    let (started_at, start) = (now(), Instant::now());
    let mut bar = Bar::new();
    let found = outliers(&Logs::of(&sources), &params, &mut |progress| {
        bar.show(progress);
        ControlFlow::Continue(())
    })?;
    drop(bar);
    let duration = start.elapsed();

    let database = DatabaseUrl::sqlite(folder.join("bro-ml.db"));
    let id = save(&mut Store::open(&database)?, &found, started_at, duration)?;
    let page = folder.join("outliers.html");
    let command = format!("bro-ml outliers {} --seed {}", log.display(), args.seed);
    output::write_file(&page, &outliers_html(&found, &Clock::default(), &command)?)?;

    let uids = found.outliers.iter().filter_map(|outlier| outlier.session.uid.as_deref());
    let planted: Vec<_> = truth
        .recovery(uids)
        .into_iter()
        .map(|actor| Planted {
            label: actor.label.name(),
            family: actor.family,
            n_planted: actor.n_planted,
            n_found: actor.n_found,
        })
        .collect();
    output::print(&outliers_table(&found, &Clock::default(), output::style(), TABLE_ROWS / 2))?;
    output::print(&planted_table(&planted, found.n_outliers, output::style()))?;
    output::print(&format!(
        "\nlogs and truth: {}\nrun {id} saved: {database}\npage: {}\nagain: {command}",
        folder.display(),
        page.display(),
    ))?;
    Ok(())
}
