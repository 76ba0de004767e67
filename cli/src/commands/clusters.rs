use super::shared::{Asked, TABLE_ROWS, command, kept_limit, logs, warn};
use crate::args::{self, Format};
use crate::bar::Bar;
use crate::{input, output};
use bro_analysis::{Clusters, ClustersParams, Logs, clusters};
use bro_report::{AxisScale, Clock, clusters_csv, clusters_html, clusters_json, clusters_table};
use bro_web::clusters_run;
use std::ops::ControlFlow;

pub(crate) fn run(args: &args::Clusters) -> anyhow::Result<()> {
    let clock = Clock::new(&args.output.tz)?;
    let params = params(args);
    params.validate()?;
    let asked = Asked::now(&args.keep)?;
    let found = find(args, &params)?;
    warn(&found.warnings, args.output.format);
    let scales = [args.log_x, args.log_y].map(|log| if log { AxisScale::Log } else { AxisScale::Linear });
    asked.answered(|| clusters_run(&found), || clusters_html(&found, &clock, &command(), scales))?;
    let text = match args.output.format {
        Format::Table => clusters_table(&found, &clock, output::style(), args.limit.unwrap_or(TABLE_ROWS)),
        Format::Json => clusters_json(&found)?,
        Format::Csv => clusters_csv(&found, &clock)?,
    };
    Ok(output::print(&text)?)
}

fn params(args: &args::Clusters) -> ClustersParams {
    let default = ClustersParams::default();
    ClustersParams {
        eps: args.eps,
        min_samples: args.min_samples,
        features: args.features.clone().unwrap_or(default.features),
        x: args.x.clone(),
        y: args.y.clone(),
        seed: args.seed,
        sample: args.sample,
        sample_by: args.sample_by.clone(),
        limit: kept_limit(args.output.format, args.limit, default.limit),
    }
}

fn find(args: &args::Clusters, params: &ClustersParams) -> anyhow::Result<Clusters> {
    let sources = input::open(&args.input, &args.kind.names(), &args.keep.database)?;
    let logs = Logs { kind: args.kind.log_kind, ..logs(&sources, &args.input.reading)? };
    let mut bar = Bar::new();
    Ok(clusters(&logs, params, &mut |progress| {
        bar.show(progress);
        ControlFlow::Continue(())
    })?)
}
