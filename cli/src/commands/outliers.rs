use super::shared::{TABLE_ROWS, command, logs, now, store, warn};
use crate::args::{self, Format};
use crate::bar::Bar;
use crate::{input, output};
use bro_analysis::{Logs, Outliers, OutliersParams, outliers};
use bro_log::Time;
use bro_report::{Clock, outliers_csv, outliers_html, outliers_json, outliers_table};
use bro_store::{NewRun, RunId, Store};
use bro_web::outliers_run;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

pub(crate) fn run(args: &args::Outliers) -> anyhow::Result<()> {
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
        output::write_file(path, &outliers_html(&found, &clock, &command())?)?;
        output::note(&format!("page written to {}", path.display()));
    }
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
        // A shorter table leaves the page and the saved run whole.
        limit: if args.output.format == Format::Table {
            default.limit
        } else {
            args.limit.unwrap_or(default.limit)
        },
    }
}

fn find(args: &args::Outliers, params: &OutliersParams) -> anyhow::Result<Outliers> {
    let sources = input::open(&args.input, &args.kind.names(), &args.database)?;
    let logs = Logs { kind: args.kind.log_kind, ..logs(&sources, &args.input.reading)? };
    let mut bar = Bar::new();
    Ok(outliers(&logs, params, &mut |progress| {
        bar.show(progress);
        ControlFlow::Continue(())
    })?)
}

/// Keeps a run with everything it found.
pub(super) fn save(
    store: &mut Store,
    found: &Outliers,
    started_at: Time,
    duration: Duration,
) -> anyhow::Result<RunId> {
    Ok(store.save_run(&NewRun { started_at, duration, ..outliers_run(found)? })?)
}
