use crate::args::{Database, Format, Models, ModelsAction};
use crate::{database, output};
use bro_report::{Clock, StoredModel, models_csv, models_json, models_table};

pub(crate) fn run(args: &Models) -> anyhow::Result<()> {
    match &args.action {
        ModelsAction::List { format, tz, database } => list(*format, &Clock::new(tz)?, database),
        ModelsAction::Show { id, database } => {
            let model = database::open(database)?.model(*id)?;
            Ok(output::print(&models_json(&[listed(&model)])?)?)
        }
        ModelsAction::Export { id, file, database } => {
            let model = database::open(database)?.model(*id)?;
            output::write_file(file, &String::from_utf8_lossy(&model.model.bytes))
        }
        ModelsAction::Delete { id, database } => {
            database::open(database)?.delete_model(*id)?;
            output::note(&format!("model {id} is deleted"));
            Ok(())
        }
    }
}

fn list(format: Format, clock: &Clock, database: &Database) -> anyhow::Result<()> {
    let models: Vec<_> = database::open(database)?.list_models()?.iter().map(listed).collect();
    let text = match format {
        Format::Table => models_table(&models, clock, output::style()),
        Format::Json => models_json(&models)?,
        Format::Csv => models_csv(&models, clock)?,
    };
    Ok(output::print(&text)?)
}

fn listed(model: &bro_store::Model) -> StoredModel {
    StoredModel {
        id: model.id,
        kind: model.model.kind.clone(),
        format_version: model.model.format_version,
        created_at: model.created_at.micros(),
        summary: model.model.summary.clone(),
    }
}
