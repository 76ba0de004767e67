use super::shared::{Asked, TABLE_ROWS, command, kept_limit, logs, warn};
use crate::args::{self, Format};
use crate::bar::Bar;
use crate::{input, output};
use bro_analysis::{Logs, Outliers, OutliersParams, outliers};
use bro_report::{Clock, outliers_csv, outliers_html, outliers_json, outliers_table};
use bro_web::outliers_run;
use std::ops::ControlFlow;

pub(crate) fn run(args: &args::Outliers) -> anyhow::Result<()> {
    let clock = Clock::new(&args.output.tz)?;
    let params = params(args);
    params.validate()?;
    let asked = Asked::now(&args.keep)?;
    let found = find(args, &params)?;
    warn(&found.warnings, args.output.format);
    asked.answered(|| outliers_run(&found), || outliers_html(&found, &clock, &command()))?;
    let text = match args.output.format {
        Format::Table => outliers_table(&found, &clock, output::style(), args.limit.unwrap_or(TABLE_ROWS)),
        Format::Json => outliers_json(&found)?,
        Format::Csv => outliers_csv(&found, &clock)?,
    };
    Ok(output::print(&text)?)
}

fn params(args: &args::Outliers) -> OutliersParams {
    let default = OutliersParams::default();
    OutliersParams {
        n_clusters: args.n_clusters,
        n_components: args.components,
        n_init: args.n_init,
        max_iter: args.max_iter,
        tol: args.tol,
        seed: args.seed,
        features: args.features.clone().unwrap_or_default(),
        sample: args.sample,
        sample_by: args.sample_by.clone(),
        smallest: args.smallest,
        limit: kept_limit(args.output.format, args.limit, default.limit),
    }
}

fn find(args: &args::Outliers, params: &OutliersParams) -> anyhow::Result<Outliers> {
    let sources = input::open(&args.input, &args.kind.names(), &args.keep.database)?;
    let logs = Logs { kind: args.kind.log_kind, ..logs(&sources, &args.input.reading)? };
    let mut bar = Bar::new();
    Ok(outliers(&logs, params, &mut |progress| {
        bar.show(progress);
        ControlFlow::Continue(())
    })?)
}
