use crate::args::Doctor;
use crate::{config, database, output};
use anyhow::{Context, bail};
use bro_report::{Style, printable};
use bro_store::Backend;
use std::io::{IsTerminal, stderr, stdin, stdout};
use std::path::Path;

/// What was looked at, and what came of it.
struct Check {
    what: &'static str,
    found: anyhow::Result<String>,
}

pub(crate) fn run(args: &Doctor) -> anyhow::Result<()> {
    let checks = [
        Check { what: "version", found: Ok(version()) },
        Check { what: "processors", found: processors() },
        Check { what: "databases", found: Ok(databases()) },
        Check { what: "config file", found: config_file() },
        Check { what: "data folder", found: database::data_folder().and_then(|folder| writable(&folder)) },
        Check { what: "temp folder", found: writable(&std::env::temp_dir()) },
        Check { what: "database", found: database_state(args) },
        Check { what: "terminal", found: Ok(terminal()) },
    ];
    let n_failed = checks.iter().filter(|check| check.found.is_err()).count();
    let lines: Vec<_> = checks.iter().map(line).collect();
    output::print(&lines.join("\n"))?;
    match n_failed {
        0 => Ok(()),
        n => bail!("{n} of {} checks failed", checks.len()),
    }
}

fn line(check: &Check) -> String {
    let (mark, text) = match &check.found {
        Ok(text) => ("ok    ", text.clone()),
        Err(error) => ("FAILED", format!("{error:#}")),
    };
    format!("{mark}  {:<12}  {}", check.what, printable(&text))
}

fn version() -> String {
    format!("bro-ml {} for {}, {}", env!("CARGO_PKG_VERSION"), std::env::consts::OS, std::env::consts::ARCH)
}

fn processors() -> anyhow::Result<String> {
    let n = std::thread::available_parallelism().context("the number of processors is not known")?;
    Ok(format!("{n}, kernels for {:?}", bro_ml_core::simd::in_use()))
}

/// Which databases this build can talk to.
fn databases() -> String {
    let built_in = |backend: &Backend| backend.is_built_in();
    let (here, missing): (Vec<_>, Vec<_>) =
        [Backend::Sqlite, Backend::Mysql, Backend::Postgres].into_iter().partition(built_in);
    let names = |backends: &[Backend]| backends.iter().map(Backend::to_string).collect::<Vec<_>>().join(", ");
    match missing.as_slice() {
        [] => names(&here),
        missing => format!("{}; not built in: {}", names(&here), names(missing)),
    }
}

fn config_file() -> anyhow::Result<String> {
    let Some(path) = config::file() else {
        return Ok("none: neither XDG_CONFIG_HOME nor HOME is set".into());
    };
    let url = config::database_url()?;
    Ok(match (path.exists(), url) {
        (false, _) => format!("{} is not there, and need not be", path.display()),
        (true, None) => format!("{} names no database", path.display()),
        (true, Some(url)) => format!("{} names the database {url}", path.display()),
    })
}

/// Makes the folder if need be, and a file in it that is gone at once.
fn writable(folder: &Path) -> anyhow::Result<String> {
    let failed = || format!("{} cannot be written to", folder.display());
    std::fs::create_dir_all(folder).with_context(failed)?;
    tempfile::tempfile_in(folder).with_context(failed)?;
    Ok(folder.display().to_string())
}

fn database_state(args: &Doctor) -> anyhow::Result<String> {
    let mut store = database::open_unmigrated(&args.database)?;
    let schema = store.schema_status()?;
    let tables = match (schema.applied.is_empty(), schema.pending.is_empty()) {
        (_, true) => "tables are up to date",
        (true, _) => "no tables yet; the first run makes them",
        (false, _) => "tables are of an older version; the next run brings them up to date",
    };
    Ok(format!("{}: {tables}", store.url()))
}

fn terminal() -> String {
    let of = |name: &'static str, is_terminal: bool| is_terminal.then_some(name);
    let streams = [
        of("input", stdin().is_terminal()),
        of("output", stdout().is_terminal()),
        of("error", stderr().is_terminal()),
    ];
    let streams: Vec<_> = streams.into_iter().flatten().collect();
    let streams = if streams.is_empty() { "none".to_owned() } else { streams.join(", ") };
    let colours = match output::style() {
        Style::Plain => "no colours",
        Style::Colour => "colours",
    };
    format!("{streams}; {colours}")
}
