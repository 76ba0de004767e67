use crate::args::Cut;
use crate::output;
use anyhow::Context;
use bro_log::{CutHeader, CutParams, CutSummary, Rejects};
use bro_report::Clock;
use std::io;

pub(crate) fn run(args: &Cut) -> anyhow::Result<()> {
    let params = CutParams {
        fields: args.fields.clone(),
        is_negated: args.negate,
        header: header(args),
        separator: args.separator.as_ref().map(|text| text.as_bytes().to_vec()),
    };
    let (input, output) = (io::stdin().lock(), io::stdout().lock());
    let summary = match times(args) {
        None => params.run(input, output, None),
        Some((zone, format)) => {
            let clock = Clock::new(zone)?;
            let mut write = |seconds, text: &mut Vec<u8>| match clock.format(seconds, format) {
                Ok(Some(time)) => {
                    text.extend_from_slice(time.as_bytes());
                    true
                }
                _ => false,
            };
            params.run(input, output, Some(&mut write))
        }
    };
    tell(&summary.context("standard input")?);
    Ok(())
}

fn header(args: &Cut) -> CutHeader {
    match (args.first_header, args.all_headers, args.first_names, args.all_names) {
        (true, ..) => CutHeader::First,
        (_, true, ..) => CutHeader::All,
        (_, _, true, _) => CutHeader::FirstNames,
        (.., true) => CutHeader::AllNames,
        _ => CutHeader::None,
    }
}

/// The zone and the format that times are wanted in.
fn times(args: &Cut) -> Option<(&'static str, &str)> {
    match (&args.local_format, &args.utc_format) {
        (Some(format), _) => Some(("local", format)),
        (_, Some(format)) => Some(("UTC", format)),
        _ if args.local => Some(("local", &args.time_format)),
        _ if args.utc => Some(("UTC", &args.time_format)),
        _ => None,
    }
}

fn tell(summary: &CutSummary) {
    tell_rejects(&summary.skipped, "rows left out");
    tell_rejects(&summary.unconverted, "times printed as they stand");
}

fn tell_rejects(rejects: &Rejects, what: &str) {
    const N_SHOWN: usize = 3;
    if rejects.total() == 0 {
        return;
    }
    output::note(&format!("{what}: {}", rejects.total()));
    for reject in rejects.examples().iter().take(N_SHOWN) {
        output::note(&format!("  {}", reject.error));
    }
}
