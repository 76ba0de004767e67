//! What the program tells of its own work: a log, and how long each stage took.

use crate::args::Global;
use std::fmt::Debug;
use std::io::stderr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tracing::Subscriber;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::fmt::format::FmtSpan;
use tracing_subscriber::layer::{Context, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::{Layer, Registry};

/// How long the stages took, in the order in which they first ended.
#[derive(Debug, Clone, Default)]
pub(crate) struct Timings(Arc<Mutex<Vec<Stage>>>);

#[derive(Debug, Clone)]
struct Stage {
    name: String,
    n_times: u64,
    wall: Duration,
}

/// What a span remembers of its start.
struct Started {
    name: String,
    at: Instant,
}

/// Listens as the user asks; the timings if they were asked for.
pub(crate) fn listen(global: &Global) -> anyhow::Result<Option<Timings>> {
    let level = global.log_level.filter();
    if !global.timings && level == LevelFilter::OFF {
        return Ok(None);
    }
    let timings = global.timings.then(Timings::default);
    let log = tracing_subscriber::fmt::layer()
        .with_writer(stderr)
        .with_ansi(false)
        .with_span_events(FmtSpan::CLOSE)
        .with_filter(level);
    let listener = Registry::default().with(log).with(timings.clone());
    tracing::subscriber::set_global_default(listener)?;
    Ok(timings)
}

impl Timings {
    /// A line for each stage, and one for all of it.
    pub(crate) fn lines(&self, whole: Duration) -> Vec<String> {
        let stages = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let line = |name: &str, wall: Duration, n_times: u64| {
            let times = if n_times > 1 { format!("  ({n_times} times)") } else { String::new() };
            format!("{name:<15} {:>9.3} s{times}", wall.as_secs_f64())
        };
        let mut lines: Vec<_> =
            stages.iter().map(|stage| line(&stage.name, stage.wall, stage.n_times)).collect();
        lines.push(line("in all", whole, 1));
        lines
    }

    fn add(&self, started: Started) {
        let wall = started.at.elapsed();
        let mut stages = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match stages.iter_mut().find(|stage| stage.name == started.name) {
            Some(stage) => (stage.n_times, stage.wall) = (stage.n_times + 1, stage.wall + wall),
            None => stages.push(Stage { name: started.name, n_times: 1, wall }),
        }
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Timings {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut name = StageName::default();
        attributes.record(&mut name);
        if let (Some(name), Some(span)) = (name.0, context.span(id)) {
            span.extensions_mut().insert(Started { name, at: Instant::now() });
        }
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        if let Some(started) = context.span(&id).and_then(|span| span.extensions_mut().remove::<Started>()) {
            self.add(started);
        }
    }
}

/// The field `stage` of a span.
#[derive(Default)]
struct StageName(Option<String>);

impl Visit for StageName {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "stage" {
            self.0 = Some(value.to_owned());
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn Debug) {}
}
