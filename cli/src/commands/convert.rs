#[cfg(not(feature = "parquet"))]
use super::shared::NO_PARQUET;
use super::{Usage, shared::schema};
use crate::args::{self, Form};
use crate::bar::Bar;
use crate::{input, output};
use anyhow::{Context, bail};
use bro_analysis::{Progress, Stage, count_in_words};
use bro_log::{ConvertParams, ConvertSummary, ConvertTo, ReaderBuilder, Rejects, Source, Strictness};
use std::fs::{self, File};
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};

pub(crate) fn run(args: &args::Convert) -> anyhow::Result<()> {
    let params = params(args)?;
    let to_stdout = args.output.as_os_str() == "-";
    if to_stdout && args.to == Form::Parquet && io::stdout().is_terminal() {
        bail!(Usage("Parquet is not for the terminal: name a file with -o".to_owned()));
    }
    let sources = input::open_logs(&input::find_logs(&args.logs, &[])?)?;
    let summary = if to_stdout {
        convert(&params, &sources, io::stdout())?
    } else {
        refuse_input(&args.logs, &args.output)?;
        let partial = partial_of(&args.output);
        let unwritable = || format!("{} could not be written", args.output.display());
        let file = File::create(&partial).with_context(unwritable)?;
        let summary = convert(&params, &sources, file).and_then(|summary| {
            fs::rename(&partial, &args.output).map(|()| summary).with_context(unwritable)
        });
        if summary.is_err() {
            // The error at hand says more than one about what is left behind.
            fs::remove_file(&partial).ok();
        }
        summary?
    };
    tell(args, &sources, &summary)
}

fn params(args: &args::Convert) -> anyhow::Result<ConvertParams> {
    let strictness = if args.reading.strict { Strictness::Strict } else { Strictness::Lenient };
    let reader = ReaderBuilder::new().strictness(strictness);
    let reader = match args.reading.schema.as_deref() {
        Some(text) => reader.schema(schema(text)?),
        None => reader,
    };
    Ok(ConvertParams {
        reader,
        path: args.path.clone(),
        has_path: args.with_path,
        is_spreadsheet_safe: args.csv_safe,
        ..ConvertParams::new(target(args.to)?)
    })
}

fn target(form: Form) -> anyhow::Result<ConvertTo> {
    Ok(match form {
        Form::Json => ConvertTo::Json,
        Form::Tsv => ConvertTo::Tsv,
        Form::Csv => ConvertTo::Csv,
        #[cfg(feature = "parquet")]
        Form::Parquet => ConvertTo::Parquet,
        #[cfg(not(feature = "parquet"))]
        Form::Parquet => bail!(NO_PARQUET),
    })
}

/// Reading a log while it is replaced would end in neither.
fn refuse_input(logs: &[PathBuf], output: &Path) -> anyhow::Result<()> {
    let Ok(output) = output.canonicalize() else { return Ok(()) };
    if logs.iter().any(|log| log.canonicalize().is_ok_and(|log| log == output)) {
        let output = output.display();
        bail!(Usage(format!("{output} is read here and cannot be written too; name another file with -o")));
    }
    Ok(())
}

fn partial_of(output: &Path) -> PathBuf {
    let mut name = output.as_os_str().to_owned();
    name.push(".partial");
    name.into()
}

fn convert(
    params: &ConvertParams,
    sources: &[Source],
    out: impl Write + Send,
) -> anyhow::Result<ConvertSummary> {
    let total = sources.iter().map(Source::n_bytes).sum();
    let mut bar = Bar::new();
    let mut show = |done| {
        bar.show(&Progress { stage: Stage::Convert, done, total, n_rows: 0, epoch: None });
    };
    let what = || match sources {
        [one] => one.name().to_owned(),
        logs => format!("{} logs", logs.len()),
    };
    params.run(sources, BufWriter::with_capacity(1 << 16, out), &mut show).with_context(what)
}

fn tell(args: &args::Convert, sources: &[Source], summary: &ConvertSummary) -> anyhow::Result<()> {
    for (source, rejects) in sources.iter().zip(&summary.rejects) {
        tell_rejects(rejects, &format!("{}: rows set aside", source.name()));
    }
    tell_rejects(&summary.unfit, "rows that this form has no place for");
    if summary.n_other_rows > 0 {
        output::note(&format!("{} rows of other paths left out", count_in_words(summary.n_other_rows)));
    }
    if summary.n_escaped > 0 {
        let cells = count_in_words(summary.n_escaped);
        output::note(&format!("{cells} cells are not UTF-8; their odd bytes are written as \\xhh"));
    }
    for (idx, error) in &summary.truncated {
        if args.reading.strict {
            bail!("{}: {error}", sources[*idx].name());
        }
        output::note(&format!("warning: {}: {error}", sources[*idx].name()));
    }
    Ok(())
}

fn tell_rejects(rejects: &Rejects, what: &str) {
    const N_SHOWN: usize = 3;
    if rejects.total() == 0 {
        return;
    }
    output::note(&format!("{what}: {}", count_in_words(rejects.total())));
    for reject in rejects.examples().iter().take(N_SHOWN) {
        output::note(&format!("  {}", reject.error));
    }
}
