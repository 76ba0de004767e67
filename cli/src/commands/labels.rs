use super::beacons::read_labels;
use crate::args::{Labels, LabelsAction};
use crate::{database, output};
use bro_store::NewLabel;

pub(crate) fn run(args: &Labels) -> anyhow::Result<()> {
    match &args.action {
        LabelsAction::Import { dataset, file, database } => {
            let source = file.display().to_string();
            let labels = read_labels(file)?;
            let labels: Vec<_> = labels.iter().map(|(uid, label)| new(uid, label, &source)).collect();
            database::open(database)?.add_labels(dataset, &labels)?;
            output::note(&format!("{} labels added to {dataset}", labels.len()));
            Ok(())
        }
        LabelsAction::Export { dataset, database } => {
            let labels = database::open(database)?.labels(dataset)?;
            let labels = labels.into_iter().map(|label| (label.label.uid, label.label.label));
            Ok(output::print(&bro_analysis::Labels::of(labels).to_text())?)
        }
        LabelsAction::Set { dataset, uid, label, database } => {
            database::open(database)?.add_labels(dataset, &[new(uid, label, "set")])?;
            Ok(())
        }
    }
}

fn new(uid: &str, label: &str, source: &str) -> NewLabel {
    NewLabel { source: source.to_owned(), ..NewLabel::new(uid, label) }
}
