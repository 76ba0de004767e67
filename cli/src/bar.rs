use bro_analysis::{Progress, Stage};
use indicatif::{HumanCount, ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{IsTerminal, stderr};

/// A progress bar on standard error if that is a terminal, and nothing otherwise.
pub(crate) struct Bar {
    bar: ProgressBar,
    stage: Option<Stage>,
    /// Where the part being counted starts.
    start: u64,
}

const BYTES: &str = "{msg:<13} {wide_bar} {bytes}/{total_bytes} {binary_bytes_per_sec} ETA {eta}";
const ROWS_OF_BYTES: &str =
    "{msg:<13} {wide_bar} {prefix} {bytes}/{total_bytes} {binary_bytes_per_sec} ETA {eta}";
const ROWS: &str = "{msg:<13} {wide_bar} {human_pos}/{human_len} rows {per_sec} ETA {eta}";
const STEPS: &str = "{msg:<13} {wide_bar} {pos}/{len}";

impl Bar {
    /// A bar that counts bytes; [`show_bytes`](Self::show_bytes) moves it.
    pub(crate) fn bytes(message: &'static str, n_bytes: u64) -> Self {
        let bar = Self::new();
        bar.begin(message, ROWS_OF_BYTES);
        bar.bar.set_length(n_bytes);
        bar
    }

    /// A bar that counts rows; [`show_rows`](Self::show_rows) moves it.
    pub(crate) fn rows(message: &'static str) -> Self {
        let bar = Self::new();
        bar.begin(message, ROWS);
        bar
    }

    /// So many bytes of this part are done, and rows of all.
    pub(crate) fn show_bytes(&self, n_bytes: u64, n_rows: u64) {
        self.bar.set_prefix(format!("{} rows", HumanCount(n_rows)));
        self.bar.set_position(self.start + n_bytes);
    }

    /// What comes is counted from here.
    pub(crate) fn finish_part(&mut self) {
        self.start = self.bar.position();
    }

    pub(crate) fn show_rows(&self, n_rows: u64, n_rows_total: u64) {
        self.bar.set_length(n_rows_total);
        self.bar.set_position(n_rows);
    }

    fn begin(&self, message: &'static str, template: &str) {
        self.bar.set_style(ProgressStyle::with_template(template).expect("the templates are constants"));
        self.bar.set_message(message);
    }

    pub(crate) fn new() -> Self {
        let target = if stderr().is_terminal() {
            ProgressDrawTarget::stderr_with_hz(10)
        } else {
            ProgressDrawTarget::hidden()
        };
        Self { bar: ProgressBar::with_draw_target(None, target), stage: None, start: 0 }
    }

    pub(crate) fn show(&mut self, progress: &Progress) {
        if self.bar.is_hidden() {
            return;
        }
        if self.stage != Some(progress.stage) {
            self.stage = Some(progress.stage);
            let template = if progress.stage.counts_bytes() { BYTES } else { STEPS };
            self.begin(progress.stage.label(), template);
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
