//! `bro-ml beacons train`, `classify` and `predict`.

use super::training::{held_out, labels, read_labels, read_model, save, training};
use crate::args::{Classify, Format, Predict, Train, Verdicts};
use crate::bar::Bar;
use crate::commands::shared::{TABLE_ROWS, logs};
use crate::{input, output};
use bro_analysis::{
    HeldOut, Labels, Progress, SessionModel, SessionVerdicts, classify_sessions, predict_sessions,
    train_sessions,
};
use bro_report::{Clock, VerdictsShown, session_model_text, verdicts_csv, verdicts_json, verdicts_table};
use std::ops::ControlFlow;

fn show(bar: &mut Bar) -> impl FnMut(&Progress) -> ControlFlow<()> {
    |progress| {
        bar.show(progress);
        ControlFlow::Continue(())
    }
}

pub(crate) fn train(args: &Train) -> anyhow::Result<()> {
    let training = training(&args.training, &args.labels, held_out(args.split));
    let labels = labels(&args.labels, args.input.dataset.as_deref(), &args.database)?;
    let sources = input::open(&args.input, &["http"], &args.database)?;
    let logs = logs(&sources, &args.input.reading)?;
    let mut bar = Bar::new();
    let model = train_sessions(&logs, &labels, &training, &mut show(&mut bar))?;
    drop(bar);
    if let Some(path) = &args.model {
        output::write_file(path, &model.to_json())?;
        output::note(&format!("model written to {}", path.display()));
    }
    if !args.no_save {
        let id = save(&model, &args.database)?;
        output::note(&format!("saved as model {id}; bro-ml models show {id} tells about it"));
    }
    Ok(output::print(&session_model_text(&model, output::style()))?)
}

pub(crate) fn classify(args: &Classify) -> anyhow::Result<()> {
    let clock = Clock::new(&args.verdicts.tz)?;
    let held_out = if args.training.early_stopping { HeldOut::PairTime } else { HeldOut::Nothing };
    let training = training(&args.training, &args.labels, held_out);
    let labels = labels(&args.labels, args.input.dataset.as_deref(), &args.database)?;
    let sources = input::open(&args.input, &["http"], &args.database)?;
    let logs = logs(&sources, &args.input.reading)?;
    let mut bar = Bar::new();
    let threshold = args.verdicts.threshold;
    let (model, found) = classify_sessions(&logs, &labels, &training, threshold, &mut show(&mut bar))?;
    drop(bar);
    if let Some(path) = &args.model {
        output::write_file(path, &model.to_json())?;
        output::note(&format!("model written to {}", path.display()));
    }
    if args.verdicts.format == Format::Table {
        output::print(&session_model_text(&model, output::style()))?;
    } else {
        warn(&model);
    }
    print(&found, &args.verdicts, &clock)
}

pub(crate) fn predict(args: &Predict) -> anyhow::Result<()> {
    let clock = Clock::new(&args.verdicts.tz)?;
    let model = read_model(&args.model, &args.database)?;
    let labels = args.labels.as_deref().map_or_else(|| Ok(Labels::default()), read_labels)?;
    let sources = input::open(&args.input, &["http"], &args.database)?;
    let logs = logs(&sources, &args.input.reading)?;
    let mut bar = Bar::new();
    let found = predict_sessions(&logs, &model, &labels, args.verdicts.threshold, &mut show(&mut bar))?;
    drop(bar);
    print(&found, &args.verdicts, &clock)
}

fn warn(model: &SessionModel) {
    for warning in &model.summary().warnings {
        output::note(&format!("warning: {warning}"));
    }
}

fn print(found: &SessionVerdicts, args: &Verdicts, clock: &Clock) -> anyhow::Result<()> {
    output::warn(&found.warnings);
    let default = if args.format == Format::Table { TABLE_ROWS } else { 0 };
    let shown = VerdictsShown {
        // A table of everybody would bury the few that matter.
        only_beacons: args.only_beacons || args.format == Format::Table,
        limit: args.limit.unwrap_or(default),
    };
    let text = match args.format {
        Format::Table => verdicts_table(found, clock, output::style(), shown),
        Format::Json => verdicts_json(found, shown)?,
        Format::Csv => verdicts_csv(found, clock, shown)?,
    };
    Ok(output::print(&text)?)
}
