use super::shared::schema;
use crate::args::{self, Format};
use crate::bar::Bar;
use crate::files::{LogFile, expand};
use crate::output;
use anyhow::bail;
use bro_analysis::{Check, CheckInput, CheckParams, CheckedLog, check};
use bro_log::Strictness;
use bro_report::{Clock, check_csv, check_json, check_table};
use std::ops::ControlFlow;

pub(crate) fn run(args: &args::Check) -> anyhow::Result<()> {
    let clock = Clock::new(&args.output.tz)?;
    let inputs = expand(&args.logs)?;
    let found = find(args, &inputs)?;
    let text = match args.output.format {
        Format::Table => check_table(&found, &clock, output::style()),
        Format::Json => check_json(&found)?,
        Format::Csv => check_csv(&found, &clock)?,
    };
    output::print(&text)?;
    judge(args, &inputs, &found)
}

fn find(args: &args::Check, inputs: &[LogFile]) -> anyhow::Result<Check> {
    let params = CheckParams {
        strictness: if args.strict { Strictness::Strict } else { Strictness::Lenient },
        schema: args.schema.as_deref().map(schema).transpose()?,
        ..CheckParams::default()
    };
    let names: Vec<_> = inputs
        .iter()
        .map(|input| CheckInput { name: input.path.display().to_string(), n_bytes: input.n_bytes })
        .collect();
    let mut bar = Bar::new();
    Ok(check(&names, &params, |idx| inputs[idx].open(), &mut |progress| {
        bar.show(progress);
        ControlFlow::Continue(())
    })?)
}

/// Fails if a log could not be read, or has a fault that the user will not have.
fn judge(args: &args::Check, inputs: &[LogFile], found: &Check) -> anyhow::Result<()> {
    let is_unread = |(input, log): &(&LogFile, &CheckedLog)| {
        let failure = log.failure.as_ref();
        failure.is_some_and(|failure| !failure.is_cut_off() && (input.is_named || !failure.is_no_log()))
    };
    let unread: Vec<_> = inputs.iter().zip(&found.logs).filter(is_unread).collect();
    if let Some((_, first)) = unread.first()
        && let Some(failure) = &first.failure
    {
        bail!(
            "{} of {} logs could not be read; {}: {}",
            unread.len(),
            inputs.len(),
            first.name,
            failure.error
        );
    }
    let is_cut_off = |log: &&CheckedLog| log.failure.as_ref().is_some_and(bro_analysis::Failure::is_cut_off);
    let n_cut_off = found.logs.iter().filter(is_cut_off).count();
    if args.strict && (n_cut_off > 0 || found.n_rejected() > 0) {
        bail!("{} rows were set aside and {n_cut_off} logs are cut off", found.n_rejected());
    }
    Ok(())
}
