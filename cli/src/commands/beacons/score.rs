use crate::args::{Format, Method, Score};
use crate::bar::Bar;
use crate::commands::shared::{TABLE_ROWS, command, kept_limit, logs, warn, write_page};
use crate::{input, output};
use anyhow::Context;
use bro_analysis::{BeaconsParams, PairModel, Progress, beacons, rita_beacons};
use bro_report::{Clock, beacons_csv, beacons_html, beacons_json, beacons_table};
use std::ops::ControlFlow;
use std::path::Path;

pub(crate) fn run(args: &Score) -> anyhow::Result<()> {
    let clock = Clock::new(&args.tz)?;
    let default = BeaconsParams::default();
    let params = BeaconsParams {
        min_events: args.min_events,
        explain: args.explain.clone(),
        limit: kept_limit(args.format, args.limit, default.limit),
        ..default
    };
    params.validate()?;
    let model = args.model.as_deref().map(read_model).transpose()?;
    let sources = input::open(&args.input, &["conn", "dns", "http", "ssl"], &args.database)?;
    let logs = logs(&sources, &args.input.reading)?;
    let mut bar = Bar::new();
    let mut show = |progress: &Progress| {
        bar.show(progress);
        ControlFlow::Continue(())
    };
    let found = match args.method {
        Method::Model => beacons(&logs, &params, model.as_ref().unwrap_or(PairModel::shipped()), &mut show)?,
        Method::Rita => rita_beacons(&logs, &params, &mut show)?,
    };
    drop(bar);
    warn(&found.warnings, args.format);
    write_page(args.html.as_deref(), || beacons_html(&found, &clock, &command()))?;
    let text = match args.format {
        Format::Table => beacons_table(&found, &clock, output::style(), args.limit.unwrap_or(TABLE_ROWS)),
        Format::Json => beacons_json(&found)?,
        Format::Csv => beacons_csv(&found, &clock)?,
    };
    Ok(output::print(&text)?)
}

fn read_model(path: &Path) -> anyhow::Result<PairModel> {
    let text =
        std::fs::read_to_string(path).with_context(|| format!("{} could not be read", path.display()))?;
    PairModel::from_json(&text).with_context(|| path.display().to_string())
}
