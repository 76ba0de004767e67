use bro_analysis::{Progress, Stage};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{IsTerminal, stderr};

/// A progress bar on standard error if that is a terminal, and nothing otherwise.
pub(crate) struct Bar {
    bar: ProgressBar,
    stage: Option<Stage>,
}

const BYTES: &str = "{msg:<13} {wide_bar} {bytes}/{total_bytes} {binary_bytes_per_sec} ETA {eta}";
const STEPS: &str = "{msg:<13} {wide_bar} {pos}/{len}";

impl Bar {
    pub(crate) fn new() -> Self {
        let target = if stderr().is_terminal() {
            ProgressDrawTarget::stderr_with_hz(10)
        } else {
            ProgressDrawTarget::hidden()
        };
        Self { bar: ProgressBar::with_draw_target(None, target), stage: None }
    }

    pub(crate) fn show(&mut self, progress: &Progress) {
        if self.bar.is_hidden() {
            return;
        }
        if self.stage != Some(progress.stage) {
            self.stage = Some(progress.stage);
            let template = if progress.stage.counts_bytes() { BYTES } else { STEPS };
            self.bar.set_style(ProgressStyle::with_template(template).expect("the templates are constants"));
            self.bar.set_message(progress.stage.label());
            self.bar.reset();
        }
        self.bar.set_length(progress.total);
        self.bar.set_position(progress.done);
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
