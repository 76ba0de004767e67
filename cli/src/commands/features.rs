#[cfg(not(feature = "parquet"))]
use super::shared::NO_PARQUET;
use super::{
    Usage,
    shared::{logs, warn},
};
use crate::args::{self, Format, Input, MatrixFormat, Reading};
use crate::bar::Bar;
use crate::{input, output};
use anyhow::{Context, bail};
use bro_analysis::{FeatureMatrix, Logs, MatrixParams};
use bro_features::LogKind;
use bro_report::{MatrixWriter, catalogue_csv, catalogue_json, catalogue_table};
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::ops::ControlFlow;
use std::path::Path;

pub(crate) fn run(args: &args::Features) -> anyhow::Result<()> {
    if args.list {
        return list(args.kind.log_kind, args.format);
    }
    let params = MatrixParams {
        features: args.features.clone().unwrap_or_default(),
        is_scaled: args.scaled,
        sample: args.sample,
        sample_by: args.sample_by.clone(),
        seed: args.seed,
    };
    params.validate()?;
    let reading = Reading { strict: args.reading.strict, schema: args.reading.schema.clone() };
    let input = Input { logs: args.logs.clone(), dataset: args.dataset.clone(), reading };
    let sources = input::open(&input, &args.kind.names(), &args.database)?;
    let logs = Logs { kind: args.kind.log_kind, ..logs(&sources, &input.reading)? };
    let mut bar = Bar::new();
    let mut on_progress = |progress: &bro_analysis::Progress| {
        bar.show(progress);
        ControlFlow::Continue(())
    };
    let mut matrix = FeatureMatrix::prepare(&logs, &params, &mut on_progress)?;
    let mut writer = writer(args, &matrix)?;
    let mut failure = None;
    let read = matrix.read(&mut on_progress, &mut |rows| match writer.write(rows) {
        Ok(()) => ControlFlow::Continue(()),
        Err(error) => {
            failure = Some(error);
            ControlFlow::Break(())
        }
    });
    if let Some(error) = failure {
        return Err(error.into());
    }
    read?;
    writer.finish()?;
    warn(&matrix.warnings(), Format::Json);
    if let Some(path) = &args.out {
        let (n_rows, n_columns) = (matrix.n_rows(), matrix.columns().len());
        output::note(&format!("{n_rows} rows of {n_columns} features written to {}", path.display()));
    }
    Ok(())
}

type Out = Box<dyn Write + Send>;

fn writer(args: &args::Features, matrix: &FeatureMatrix<'_>) -> anyhow::Result<MatrixWriter<Out>> {
    let out: Out = match &args.out {
        Some(path) => Box::new(create(path)?),
        None => Box::new(BufWriter::new(io::stdout())),
    };
    Ok(match (args.to, &args.out) {
        (MatrixFormat::Csv, _) => MatrixWriter::csv(out, matrix)?,
        (MatrixFormat::Npy, Some(path)) => {
            let mut sidecar = path.clone().into_os_string();
            sidecar.push(".json");
            MatrixWriter::npy(out, Box::new(create(Path::new(&sidecar))?), matrix)?
        }
        (MatrixFormat::Npy, None) => {
            bail!(Usage("--to npy needs a file: give -o FILE; names and uids go to FILE.json".to_owned()))
        }
        (MatrixFormat::Parquet, None) => bail!(Usage("--to parquet needs a file: give -o FILE".to_owned())),
        #[cfg(feature = "parquet")]
        (MatrixFormat::Parquet, Some(_)) => MatrixWriter::parquet(out, matrix)?,
        #[cfg(not(feature = "parquet"))]
        (MatrixFormat::Parquet, Some(_)) => bail!(NO_PARQUET),
    })
}

fn create(path: &Path) -> anyhow::Result<BufWriter<File>> {
    let file = File::create(path).with_context(|| format!("{} could not be written", path.display()))?;
    Ok(BufWriter::new(file))
}

fn list(kind: Option<LogKind>, format: Format) -> anyhow::Result<()> {
    let kinds = kind.map_or_else(|| LogKind::ALL.to_vec(), |kind| vec![kind]);
    let text = match format {
        Format::Table => catalogue_table(&kinds, output::style()),
        Format::Json => catalogue_json(&kinds)?,
        Format::Csv => catalogue_csv(&kinds)?,
    };
    Ok(output::print(&text)?)
}
