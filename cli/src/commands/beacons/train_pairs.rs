use crate::args::TrainPairs;
use crate::bar::Bar;
use crate::output;
use bro_analysis::train_default_pairs;
use std::ops::ControlFlow;

pub(crate) fn run(args: &TrainPairs) -> anyhow::Result<()> {
    let mut bar = Bar::new();
    let model = train_default_pairs(args.seed, args.days, args.beacons, &mut |progress| {
        bar.show(progress);
        ControlFlow::Continue(())
    })?;
    drop(bar);
    output::write_file(&args.model, &model.to_json())?;
    let summary = model.summary();
    output::print(&format!(
        "{}: trained on {} pairs, {} of them beacons, in {} epochs; on days held out: average precision {:.3}, \
         calibration error {:.3}",
        args.model.display(),
        summary.n_samples,
        summary.n_positive,
        summary.n_iter,
        summary.validation_score,
        summary.calibration_error
    ))?;
    Ok(())
}
