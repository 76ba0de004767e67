use crate::args::Evaluate;
use crate::bar::Bar;
use crate::commands::shared::{command, write_page};
use crate::output;
use bro_analysis::{EvaluateParams, Progress, evaluate, export_evaluation};
use bro_report::{evaluation_html, evaluation_json, evaluation_text};
use std::ops::ControlFlow;

pub(crate) fn run(args: &Evaluate) -> anyhow::Result<()> {
    let params = EvaluateParams {
        n_train: args.train_days,
        n_test: args.test_days,
        n_beacons: args.beacons,
        seed: args.seed,
    };
    let mut bar = Bar::new();
    let mut show = |progress: &Progress| {
        bar.show(progress);
        ControlFlow::Continue(())
    };
    if let Some(path) = &args.export {
        return output::write_file(path, &export_evaluation(&params, &mut show)?);
    }
    let found = evaluate(&params, &mut show)?;
    drop(bar);
    write_page(args.html.as_deref(), || evaluation_html(&found, &command()))?;
    let text = if args.json { evaluation_json(&found)? } else { evaluation_text(&found, output::style()) };
    Ok(output::print(&text)?)
}
