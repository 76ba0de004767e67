use super::shared::{Asked, command, logs, warn};
use crate::args::{self, Format};
use crate::bar::Bar;
use crate::{input, output};
use anyhow::Context;
use bro_analysis::{ClassLabels, Logs, Profile, ProfileParams, Thresholds, profile};
use bro_report::{Clock, profile_csv, profile_html, profile_json, profile_params_json, profile_table};
use bro_web::profile_run;
use std::ops::ControlFlow;
use std::path::Path;

pub(crate) fn run(args: &args::Profile) -> anyhow::Result<()> {
    let clock = Clock::new(&args.output.tz)?;
    let params = params(args)?;
    params.validate()?;
    let asked = Asked::now(&args.keep)?;
    let found = find(args, &params)?;
    warn(&found.warnings, args.output.format);
    let params = profile_params_json(&found)?;
    asked
        .answered(|| profile_run(&found, params, &command()), || profile_html(&found, &clock, &command()))?;
    let text = match args.output.format {
        Format::Table => profile_table(&found, &clock, output::style(), &command()),
        Format::Json => profile_json(&found, &command())?,
        Format::Csv => profile_csv(&found, &command())?,
    };
    Ok(output::print(&text)?)
}

fn params(args: &args::Profile) -> anyhow::Result<ProfileParams> {
    let mut thresholds = Thresholds::default();
    args.thresholds.iter().try_for_each(|change| thresholds.set(change))?;
    Ok(ProfileParams {
        by: args.by.clone(),
        sample: args.sample,
        seed: args.seed,
        labels: args.labels.as_deref().map(labels).transpose()?,
        label_column: args.label_column.clone(),
        thresholds,
        limit: args.limit,
    })
}

fn labels(path: &Path) -> anyhow::Result<ClassLabels> {
    let text = std::fs::read(path).with_context(|| format!("{} could not be read", path.display()))?;
    ClassLabels::parse(&text).with_context(|| path.display().to_string())
}

fn find(args: &args::Profile, params: &ProfileParams) -> anyhow::Result<Profile> {
    let sources = input::open(&args.input, &args.kind.names(), &args.keep.database)?;
    let mut logs = Logs { kind: args.kind.log_kind, ..logs(&sources, &args.input.reading)? };
    logs.options.split_labels = args.label_column.is_some();
    let mut bar = Bar::new();
    Ok(profile(&logs, params, &mut |progress| {
        bar.show(progress);
        ControlFlow::Continue(())
    })?)
}
