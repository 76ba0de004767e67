use super::shared::{TABLE_ROWS, command, logs, now, store, warn};
use crate::args::{self, Format};
use crate::bar::Bar;
use crate::{input, output};
use bro_analysis::{Clusters, ClustersParams, Logs, clusters};
use bro_log::Time;
use bro_report::{AxisScale, Clock, clusters_csv, clusters_html, clusters_json, clusters_table};
use bro_store::{NewRun, RunId, Store};
use bro_web::clusters_run;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

pub(crate) fn run(args: &args::Clusters) -> anyhow::Result<()> {
    let clock = Clock::new(&args.output.tz)?;
    let params = params(args);
    params.validate()?;
    let store = store(&args.database, args.no_save)?;
    let (started_at, start) = (now(), Instant::now());
    let found = find(args, &params)?;
    let duration = start.elapsed();
    warn(&found.warnings, args.output.format);
    if let Some(mut store) = store {
        let id = save(&mut store, &found, started_at, duration)?;
        output::note(&format!("saved as run {id}; bro-ml runs show {id} brings it back"));
    }
    if let Some(path) = &args.html {
        let scales = [args.log_x, args.log_y].map(|log| if log { AxisScale::Log } else { AxisScale::Linear });
        output::write_file(path, &clusters_html(&found, &clock, &command(), scales)?)?;
        output::note(&format!("page written to {}", path.display()));
    }
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
        // A shorter table leaves the page and the saved run whole.
        limit: if args.output.format == Format::Table {
            default.limit
        } else {
            args.limit.unwrap_or(default.limit)
        },
    }
}

fn find(args: &args::Clusters, params: &ClustersParams) -> anyhow::Result<Clusters> {
    let sources = input::open(&args.input, &args.kind.names(), &args.database)?;
    let logs = Logs { kind: args.kind.log_kind, ..logs(&sources, &args.input.reading)? };
    let mut bar = Bar::new();
    Ok(clusters(&logs, params, &mut |progress| {
        bar.show(progress);
        ControlFlow::Continue(())
    })?)
}

/// Keeps a run with its noise sessions.
fn save(store: &mut Store, found: &Clusters, started_at: Time, duration: Duration) -> anyhow::Result<RunId> {
    Ok(store.save_run(&NewRun { started_at, duration, ..clusters_run(found)? })?)
}
